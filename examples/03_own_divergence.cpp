// SPDX-License-Identifier: Apache-2.0
// A divergence of one's own: the squared Hellinger distance, the sum of (sqrt p_v - sqrt q_v)^2.
// The formula is all there is to write; its gradient comes from dual numbers.
#include <gkd/gkd.hpp>

#include <cstdio>  // printf

// [divergence]
struct squared_hellinger {
  static constexpr bool finite_at_zero_p = true;  // f stays finite where the teacher gives 0 ...
  static constexpr bool finite_at_zero_q = true;  // ... and where the student does

  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using gkd::math::exp;  // for numbers, for dual numbers, and on a device
    const T difference = exp(log_p / 2) - exp(log_q / 2);
    return difference * difference;
  }
};
static_assert(gkd::divergence<squared_hellinger>);
// [/divergence]

// [choice]
/// A choice that is made at run time: a trainer takes it like a divergence.
struct own_or_reverse_kl {
  bool own;
  template <class F>
  GKD_FN decltype(auto) visit(F&& f) const {
    return own ? f(squared_hellinger{}) : f(gkd::reverse_kl{});
  }
};
static_assert(gkd::divergence_choice<own_or_reverse_kl>);
// [/choice]

namespace {

/// Token t is followed by t + 1 or t + 2, each half of the time, in a circle of six.
gkd::tabular<> circle() {
  gkd::tabular teacher{6};
  for (gkd::index t = 0; t < 6; ++t)
    for (gkd::index next = 0; next < 6; ++next)
      teacher.table()(t, next) = next == (t + 1) % 6 || next == (t + 2) % 6 ? 5.0f : 0.0f;
  return teacher;
}

/// A data source of one's own is any type with `next`: sequences that the teacher writes, no two
/// batches alike.
struct teachers_walks {
  gkd::tabular<>& teacher;
  std::optional<gkd::token_batch> next(auto& /*student*/, const gkd::batch_request& request) {
    const std::vector<std::vector<gkd::token>> prompts(request.size, {0});
    return gkd::token_batch(gkd::generate(
        teacher, prompts,
        {.max_new_tokens = 12, .seed = request.seed, .first_id = request.number * request.size}));
  }
};

struct print_loss {
  void on_step(const gkd::step_event& e) const {
    if (e.log) std::printf("step %3ld   loss %.4f\n", e.step, e.loss);
  }
};

}  // namespace

int main() {
  // [check]
  const gkd::divergence_report report = gkd::check_divergence(squared_hellinger{});
  for (const gkd::divergence_finding& f : report.findings)
    std::printf("%-45s %s\n", f.property.c_str(), f.passed ? "within its limit" : "FAILED");
  // [/check]

  auto teacher = circle();
  for (bool own : {true, false}) {
    std::puts(own ? "squared Hellinger distance" : "reverse KL");
    gkd::tabular student{6};
    // [train]
    gkd::trainer trainer{student,
                         teacher,
                         own_or_reverse_kl{own},
                         teachers_walks{teacher},
                         gkd::adamw{},
                         gkd::training_options{.max_steps = 200,
                                               .learning_rate = 0.2,
                                               .logging_steps = 100,
                                               .logging_first_step = true},
                         print_loss{}};
    trainer.train();
    // [/train]
  }
  return report.passed() ? 0 : 1;
}
