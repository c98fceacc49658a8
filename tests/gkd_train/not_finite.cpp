// SPDX-License-Identifier: Apache-2.0
#include "../../examples/gkd_train/not_finite.hpp"

#include <gkd/model/tabular.hpp>
#include <gkd/train/options.hpp>

#include <limits>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;
using gkd_train::with_advice;

namespace {

/// What with_advice() asks a trainer for.
struct trainer_after {
  struct {
    long step = 0;
  } now;
  tabular<>* model = nullptr;
  training_options settings = {.learning_rate = 1e30};

  const auto& state() const { return now; }
  tabular<>& student() { return *model; }
  const training_options& options() const { return settings; }
};

constexpr const char* advice =
    "; want a --learning_rate below 1e+30, or --warmup_steps to come to it slowly";

}  // namespace

TEST_CASE("Numbers that are not finite are told with the step before and its rate") {
  tabular model(3);
  trainer_after t{{4}, &model};
  const auto ends = [&] {
    with_advice(t, [] { fail(errc::non_finite, "student logits of here hold NaN"); });
  };
  CHECK_ERROR(ends(), errc::non_finite,
              concat("gkd: student logits of here hold NaN; after the update of step 4 the ",
                     "student's parameters are finite, but what is computed from them is not",
                     advice));
  for_each_parameter(model, [](const auto& p) {
    p.value(1, 2) = std::numeric_limits<float>::infinity();
  });
  CHECK_ERROR(ends(), errc::non_finite,
              concat("parameters are not finite: parameter \"table\" has norm inf, want a finite ",
                     "number", advice));
  // where the error is that of the parameter already, as after the last step
  CHECK_ERROR(with_advice(t, [&] { check_finite_values(model); }), errc::non_finite,
              concat("want a finite number; after the update of step 4 the student's parameters ",
                     "are not finite", advice));
}

TEST_CASE("The learning rate alone was blamed, also where nothing was clipped or it was 0") {
  tabular model(3);
  trainer_after t{{4}, &model};
  const auto ends = [&] { with_advice(t, [] { fail(errc::non_finite, "NaN"); }); };
  t.settings.max_grad_norm = 0.0;
  CHECK_ERROR(ends(), errc::non_finite,
              "; want --max_grad_norm 1 to clip gradients, a --learning_rate below 1e+30, or ");
  t.settings.learning_rate = 0.0;
  CHECK_ERROR(ends(), errc::non_finite,
              "; the learning rate is 0: the models or the chats give such numbers themselves");
}

TEST_CASE("No rate is blamed before the first step, for a teacher, or for another error") {
  tabular model(3);
  trainer_after t{{0}, &model};
  const auto text_of = [&](errc code, const char* text) {
    try {
      with_advice(t, [&] { fail(code, text); });
    } catch (const error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(text_of(errc::non_finite, "student logits") == "gkd: student logits");
  t.now.step = 2;
  CHECK(text_of(errc::non_finite, "teacher logits") == "gkd: teacher logits");
  CHECK(text_of(errc::io_failure, "disk full") == "gkd: disk full");
  CHECK(with_advice(t, [] { return 7; }) == 7);
}
