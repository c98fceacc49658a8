// SPDX-License-Identifier: Apache-2.0
#include <gkd/report/axis.hpp>

#include "support/catch.hpp"

#include <set>  // set

using gkd::axis_scale;
using labels = std::vector<std::string>;

namespace {
labels linear(double low, double high) { return gkd::make_axis(low, high).labels; }
labels logarithmic(double low, double high) {
  return gkd::make_axis(low, high, axis_scale::log).labels;
}
}  // namespace

TEST_CASE("linear ticks are multiples of 1, 2, 2.5 or 5 times a power of ten") {
  CHECK(linear(0, 1) == labels{"0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(linear(0.123, 0.987) == labels{"0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(linear(0, 1.3) == labels{"0", "0.25", "0.50", "0.75", "1.00", "1.25", "1.50"});
  CHECK(linear(-3.2, 17) == labels{"−5", "0", "5", "10", "15", "20"});
  CHECK(linear(0, 2345678) == labels{"0", "500,000", "1.0M", "1.5M", "2.0M", "2.5M"});
  CHECK(linear(1e-7, 9e-7) == labels{"0", "2e-7", "4e-7", "6e-7", "8e-7", "1e-6"});
}

TEST_CASE("an axis that is widened ends on ticks, another keeps its range") {
  const gkd::plot_axis wide = gkd::make_axis(3, 487);
  CHECK(wide.low == 0.0);
  CHECK(wide.high == 500.0);
  const gkd::plot_axis exact = gkd::make_axis(3, 487, axis_scale::linear, 6, false);
  CHECK(exact.low == 3.0);
  CHECK(exact.high == 487.0);
  CHECK(exact.labels == labels{"100", "200", "300", "400"});
}

TEST_CASE("ticks tell close values apart") {
  const labels close = linear(1000000.1, 1000000.2);
  REQUIRE(close.size() >= 3);
  for (gkd::index i = 1; i < close.size(); ++i) CHECK(close[i] != close[i - 1]);
}

TEST_CASE("no two ticks have one label, however close they are") {
  CHECK(linear(1.0, 1.00001) ==
        labels{"1", "1.000002", "1.000004", "1.000006", "1.000008", "1.00001"});
  CHECK(linear(1e12, 1e12 + 1e7) == labels{"1e12", "1.000002e12", "1.000004e12", "1.000006e12",
                                           "1.000008e12", "1.00001e12"});
  const auto all_differ = [](const gkd::plot_axis& a) {
    CAPTURE(a.low, a.high, a.labels);
    CHECK(std::set<std::string>(a.labels.begin(), a.labels.end()).size() == a.labels.size());
  };
  all_differ(gkd::make_axis(2.30258, 2.30259));
  for (auto scale : {axis_scale::linear, axis_scale::log})
    for (double low : {1e-100, 3e-13, 1e-5, 9.9e-5, 0.37, 1.0, 2.30258, 999.0, 54321.0, 9.99e5,
                       7.7e8, 9.9e11, 1e12, 3e15, 1e90})
      for (double width = 1.01e-9; width < 1e3; width *= 2.7)
        for (int wanted : {2, 6, 12}) {
          all_differ(gkd::make_axis(low, low + low * width, scale, wanted));
          if (scale == axis_scale::linear)
            all_differ(gkd::make_axis(-low - low * width, -low, scale, wanted, false));
        }
}

TEST_CASE("one value gets a range around it") {
  for (double x : {5.0, -5.0, 0.0, 1e-30, 1e100}) {
    const gkd::plot_axis a = gkd::make_axis(x, x);
    CAPTURE(x);
    CHECK(a.low < a.high);
    CHECK(a.position(x) > 0.2);
    CHECK(a.position(x) < 0.8);
    CHECK(a.ticks.size() >= 2);
  }
  const gkd::plot_axis a = gkd::make_axis(0.5, 0.5, axis_scale::log);
  CHECK(a.low < 0.5);
  CHECK(a.high > 0.5);
}

TEST_CASE("logarithmic ticks are 1, 2, 5 times powers of ten, or the powers alone") {
  CHECK(logarithmic(0.013, 4.5) ==
        labels{"0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"});
  CHECK(logarithmic(100, 2e6).front() == "100");
  CHECK(logarithmic(1, 1e5) == labels{"1", "10", "100", "1,000", "10,000", "100,000"});
  CHECK(logarithmic(0.3, 0.7) == labels{"0.3", "0.4", "0.5", "0.6", "0.7"});
}

TEST_CASE("any range has a few ticks, ascending and inside") {
  for (auto scale : {axis_scale::linear, axis_scale::log})
    for (double low : {1e-100, 1e-9, 0.003, 0.7, 1.0, 42.0, 1e6, 1e90})
      for (double factor : {1.0, 1.0 + 1e-12, 1.01, 1.7, 3.9, 4.1, 9.0, 150.0, 1e5, 1e9}) {
        const gkd::plot_axis a = gkd::make_axis(low, low * factor, scale);
        CAPTURE(low, factor, scale == axis_scale::log);
        REQUIRE(a.ticks.size() == a.labels.size());
        CHECK(a.ticks.size() >= 2);
        CHECK(a.ticks.size() <= 14);
        CHECK(a.position(a.low) == Approx(0.0).margin(1e-9));
        CHECK(a.position(a.high) == Approx(1.0));
        for (gkd::index i = 0; i < a.ticks.size(); ++i) {
          CHECK(a.position(a.ticks[i]) >= -1e-6);
          CHECK(a.position(a.ticks[i]) <= 1.0 + 1e-6);
          if (i > 0) CHECK(a.ticks[i] > a.ticks[i - 1]);
        }
      }
}

TEST_CASE("positions are linear in the value, or in its logarithm") {
  CHECK(gkd::make_axis(0, 10).position(2.5) == Approx(0.25));
  CHECK(gkd::make_axis(1, 100, axis_scale::log).position(10) == Approx(0.5));
}

TEST_CASE("a range that no axis can show is an error") {
  CHECK_THROWS_AS(gkd::make_axis(1, 0), gkd::error);
  CHECK_THROWS_AS(gkd::make_axis(0, std::nan("")), gkd::error);
  CHECK_THROWS_AS(gkd::make_axis(0, HUGE_VAL), gkd::error);
  CHECK_THROWS_AS(gkd::make_axis(0, 1, axis_scale::log), gkd::error);
  CHECK_THROWS_AS(gkd::make_axis(0, 1, axis_scale::linear, 0), gkd::error);
}
