// SPDX-License-Identifier: Apache-2.0
// Optimisers and clipping against PyTorch and transformers, schedules against transformers:
// tests/oracle/optim.golden. Decay applies to everything there, hence decay_all.
#include <gkd/optim/adafactor.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/optim/clip.hpp>
#include <gkd/optim/schedule.hpp>
#include <gkd/optim/sgd.hpp>

#include "optim/list_student.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/worst_of.hpp"

#include <algorithm>  // max
#include <cmath>      // abs

namespace {

using golden::record;

template <class T>
std::vector<T> part(const std::vector<T>& all, std::size_t i, std::size_t size) {
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(i * size);
  return {first, first + static_cast<std::ptrdiff_t>(size)};
}

// the largest difference in units of the last digit of max(1, |want|)
template <class T>
double distance(const std::vector<T>& got, const std::vector<T>& want) {
  REQUIRE(got.size() == want.size());
  double worst = 0.0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double size = std::max(1.0, std::abs(double(want[i])));
    worst = worst_of(worst, std::abs(double(got[i]) - double(want[i])) / size);
  }
  return worst / double(std::numeric_limits<T>::epsilon());
}

template <class T>
list_student<T> student_of(const record& data) {
  list_student<T> s;
  s.add("matrix", 3, 4, data.list<T>("matrix"), std::vector<T>(12));
  s.add("vector", data.list<T>("vector"), std::vector<T>(5));
  return s;
}

template <class T>
void give_gradients(list_student<T>& s, const record& data, std::size_t step) {
  s.gradient(0) = part(data.list<T>("matrix_gradients"), step, 12);
  s.gradient(1) = part(data.list<T>("vector_gradients"), step, 5);
}

// the distance after each of the recorded steps, the largest
template <class T, class O>
double follow(const record& data, const record& want, const O& optimizer) {
  list_student<T> s = student_of<T>(data);
  auto state = optimizer.bind(s);
  const auto rates = want.list<double>("lr");
  double worst = 0.0;
  for (std::size_t step = 0; step < rates.size(); ++step) {
    give_gradients(s, data, step);
    state.step(rates[step]);
    worst = worst_of(worst, distance(s.value(0), part(want.list<T>("matrix"), step, 12)));
    worst = worst_of(worst, distance(s.value(1), part(want.list<T>("vector"), step, 5)));
  }
  return worst;
}

template <class O>
double follow(const record& data, const record& want, const O& optimizer) {
  return want.word("dtype") == "float32" ? follow<float>(data, want, optimizer)
                                         : follow<double>(data, want, optimizer);
}

}  // namespace

TEST_CASE("golden: sgd, adamw and adafactor as in PyTorch and transformers") {
  const auto file = golden::oracle("optim.golden");
  const record& data = file.get("data");
  int sgd = 0, adamw = 0, adafactor = 0;
  for (const record& r : file.all("optimiser")) {
    const std::string kind = r.word("kind");
    INFO("optim.golden:" << r.line() << " " << kind << " " << r.word("dtype"));
    const double decay = r.number("weight_decay");
    double worst = 0.0;
    if (kind == "sgd") {
      ++sgd;
      worst = follow(data, r,
                     gkd::sgd{.momentum = r.number("momentum"),
                              .weight_decay = decay,
                              .nesterov = r.number("nesterov") != 0.0,
                              .decays = gkd::decay_all});
    } else if (kind == "adamw") {
      ++adamw;
      worst = follow(data, r,
                     gkd::adamw{.beta1 = r.number("beta1"),
                                .beta2 = r.number("beta2"),
                                .epsilon = r.number("eps"),
                                .weight_decay = decay,
                                .decays = gkd::decay_all});
    } else if (kind == "adafactor_transformers" && r.number("relative_step") == 0.0) {
      ++adafactor;
      worst = follow(data, r,
                     gkd::adafactor{.epsilon1 = r.number("eps1"),
                                    .epsilon2 = r.number("eps2"),
                                    .clip_threshold = r.number("clip_threshold"),
                                    .decay_rate = r.number("decay_rate"),
                                    .beta1 = std::max(0.0, r.number("beta1")),
                                    .weight_decay = decay,
                                    .scale_parameter = r.number("scale_parameter") != 0.0,
                                    .decays = gkd::decay_all});
    }
    CHECK(worst <= 16.0);  // units of the last digit, over 20 steps
  }
  CHECK(sgd == 12);
  CHECK(adamw == 8);
  CHECK(adafactor == 8);
}

TEST_CASE("golden: clipping as in PyTorch") {
  const auto file = golden::oracle("optim.golden");
  const record& data = file.get("data");
  const auto check = [&]<class T>(const record& r, T) {
    list_student<T> s = student_of<T>(data);
    give_gradients(s, data, r.number<std::size_t>("step"));
    const double norm = gkd::clip_by_global_norm(s, r.number("max_norm"));
    constexpr double ulp = std::numeric_limits<T>::epsilon();
    CHECK(std::abs(norm - r.number("norm")) <= 4.0 * ulp * norm);
    CHECK(distance(s.gradient(0), r.list<T>("matrix")) <= 4.0);
    CHECK(distance(s.gradient(1), r.list<T>("vector")) <= 4.0);
  };
  for (const record& r : file.all("clip")) {
    INFO("optim.golden:" << r.line());
    if (r.word("dtype") == "float32")
      check(r, 0.0f);
    else
      check(r, 0.0);
  }
}

TEST_CASE("golden: schedules as in transformers") {
  const auto file = golden::oracle("optim.golden");
  for (const record& r : file.all("schedule")) {
    INFO("optim.golden:" << r.line());
    const std::string kind = r.word("kind");
    const auto lr = r.list<double>("lr");
    const gkd::learning_rate_schedule schedule{
        .shape = kind == "constant" ? gkd::decay_shape::constant
                 : kind == "linear" ? gkd::decay_shape::linear
                                    : gkd::decay_shape::cosine,
        .peak = r.number("base"),
        .total_steps = r.number<long>("total"),
        .warmup_steps = r.number<long>("warmup")};
    for (std::size_t step = 0; step < lr.size(); ++step)
      CHECK(std::abs(schedule(static_cast<long>(step)) - lr[step]) <= 1e-16);
  }
}
