// SPDX-License-Identifier: Apache-2.0
// A divergence chosen at run time.
#include <gkd/divergence/any.hpp>

#include "divergence/row_sweep.hpp"

#include <cmath>        // nextafter
#include <string>       // string
#include <type_traits>  // is_same_v
#include <vector>       // vector

using Catch::Matchers::ContainsSubstring;
using gkd::any_divergence;

static_assert(gkd::divergence_choice<any_divergence> && gkd::loss_function<any_divergence>);
static_assert(std::is_trivially_copyable_v<any_divergence> && sizeof(any_divergence) <= 24);
static_assert(std::is_convertible_v<gkd::forward_kl, any_divergence>);
static_assert(std::is_convertible_v<gkd::generalized_jsd_at<1, 2>, any_divergence>);

TEST_CASE("from_beta follows the paper and TRL: the ends are the two KLs") {
  CHECK(any_divergence::from_beta(0.0).name() == "forward_kl");
  CHECK(any_divergence::from_beta(-0.0).name() == "forward_kl");
  CHECK(any_divergence::from_beta(1.0).name() == "reverse_kl");
  CHECK(any_divergence::from_beta(0.5).name() == "generalized_jsd");
  CHECK(any_divergence::from_beta(0.5).parameter() == 0.5);
  CHECK(any_divergence::from_beta(std::nextafter(0.0, 1.0)).name() == "generalized_jsd");
  CHECK_FALSE(any_divergence::from_beta(1.0).parameter());
  for (double beta : {-1e-9, 1.0 + 1e-9, double(NAN), double(INFINITY)}) {
    try {
      any_divergence::from_beta(beta);
      FAIL("no error for beta " << beta);
    } catch (const gkd::error& e) {
      CHECK(e.code() == gkd::errc::bad_argument);
      CHECK_THAT(e.what(), ContainsSubstring("want 0 <= beta <= 1: 0 is forward KL"));
    }
  }
}

TEST_CASE("every divergence by its name, and back") {
  for (const std::string name :
       {"forward_kl", "reverse_kl", "generalized_jsd", "total_variation", "jeffreys",
        "skew_forward_kl", "skew_reverse_kl", "alpha_divergence"})
    CHECK(any_divergence::from_name(name).name() == name);
  CHECK(any_divergence::from_name("jsd", 0.25).text() == "generalized_jsd(beta = 0.25)");
  CHECK(any_divergence::from_name("jsd").parameter() == 0.5);
  CHECK(any_divergence::from_name("jsd", 0.0).name() == "forward_kl");
  CHECK(any_divergence::from_name("generalized_jsd", 1.0).name() == "reverse_kl");
  CHECK_THROWS_WITH(gkd::generalized_jsd{0.0},  // its limit, 0, is no forward KL
                    ContainsSubstring("beta = 0 is forward_kl, beta = 1 is reverse_kl, and "
                                      "any_divergence::from_beta takes them all"));
  CHECK(any_divergence::from_name("skew_forward_kl").text() == "skew_forward_kl(alpha = 0.1)");
  CHECK(any_divergence::from_name("alpha_divergence", 0.3).parameter() == 0.3);
  CHECK(any_divergence::from_name("jeffreys").text() == "jeffreys");
  CHECK_THROWS_WITH(any_divergence::from_name("kl\x1b"),
                    ContainsSubstring("no divergence is called \"kl\\x1b\", want forward_kl,"));
  CHECK_THROWS_WITH(any_divergence::from_name("jeffreys", 0.5),
                    ContainsSubstring("jeffreys has no parameter, got 0.5"));
  CHECK_THROWS_WITH(any_divergence::from_name("skew_reverse_kl", 2.0),
                    ContainsSubstring("skew_reverse_kl: alpha is 2"));
}

TEST_CASE("a beta near the ends is never changed, but explained") {
  CHECK(any_divergence::from_beta(0.0).warning().empty());
  CHECK(any_divergence::from_beta(1e-3).warning().empty());
  CHECK(any_divergence::from_beta(0.5).warning().empty());
  CHECK(any_divergence::from_beta(1e-6, gkd::scaling::continuous).warning().empty());
  CHECK_THAT(any_divergence::from_beta(1e-4).warning(),
             ContainsSubstring("generalized_jsd(beta = 0.0001)") &&
                 ContainsSubstring("about 0.0001 times those of forward_kl (beta = 0)"));
  CHECK_THAT(any_divergence::from_beta(1 - 1e-4).warning(),
             ContainsSubstring("times those of reverse_kl (beta = 1)"));
  // and the loss is indeed about beta times forward KL
  cases::numbers random(4);
  const auto row = cases::row<double>(cases::shape::normal, 20, 0.3, random);
  const double jsd = run_row(any_divergence::from_beta(1e-5), row.teacher, row.student).value();
  CHECK(jsd / 1e-5 ==
        Approx(run_row(gkd::forward_kl{}, row.teacher, row.student).value()).epsilon(1e-3));
}

TEST_CASE("the row kernel treats the choice as the divergence itself, bit for bit") {
  cases::numbers random(5);
  const auto row = cases::row<float>(cases::shape::normal, 100, 1.0, random);
  const auto same = [&](const auto& d) {
    const auto direct = run_row(d, row.teacher, row.student);
    const auto chosen = run_row(any_divergence(d), row.teacher, row.student);
    CHECK(chosen.value() == direct.value());
    CHECK(chosen.dz == direct.dz);
    CHECK(any_divergence(d).visit([](const auto& c) {
      return std::is_same_v<std::decay_t<decltype(c)>, std::decay_t<decltype(d)>>;
    }));
  };
  same(gkd::forward_kl{});
  same(gkd::reverse_kl{});
  same(gkd::generalized_jsd{0.3});
  same(gkd::generalized_jsd(0.3, gkd::scaling::continuous));
  same(gkd::total_variation{});
  same(gkd::jeffreys{});
  same(gkd::skew_forward_kl{0.2});
  same(gkd::skew_reverse_kl{0.2});
  same(gkd::alpha_divergence{0.7});
  const any_divergence fixed = gkd::generalized_jsd_at<1, 4, gkd::scaling::continuous>{};
  CHECK(run_row(fixed, row.teacher, row.student).value() ==
        run_row(gkd::generalized_jsd(0.25, gkd::scaling::continuous), row.teacher, row.student)
            .value());
}
