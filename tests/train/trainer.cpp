// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/fixed.hpp>
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>
#include <gkd/divergence/any.hpp>
#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/divergence/jsd.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/model/mlp.hpp>
#include <gkd/model/transformer.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/optim/sgd.hpp>
#include <gkd/train/trainer.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

namespace {

/// Keeps what a trainer says.
struct recorder {
  std::vector<step_event>& steps;
  void on_step(const step_event& e) { steps.push_back(e); }
};

template <class Model>
auto table_of(Model& model) {
  const auto t = model.table();
  return std::vector(t.data, t.data + t.size());
}

}  // namespace

TEST_CASE("One SGD step on one row, by hand") {
  // uniform student, teacher (3/4, 1/4) after token 0, forward KL: dz = q - p = (-1/4, 1/4)
  tabular<double> student(2), teacher(2);
  teacher.table()(0, 0) = std::log(3.0);
  toy::dataset data{{make_sequence(std::vector<token>{0}, std::vector<token>{1})}};
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            sgd{},
            training_options{.per_device_train_batch_size = 1,
                             .max_steps = 1,
                             .learning_rate = 1,
                             .lr_scheduler_type = decay_shape::constant,
                             .max_grad_norm = 0}};
  const step_event e = t.training_step();
  CHECK(e.loss == Approx(0.75 * std::log(1.5) + 0.25 * std::log(0.5)).epsilon(1e-14));
  CHECK(e.gradient_norm == Approx(std::sqrt(0.125)).epsilon(1e-14));
  CHECK(student.table()(0, 0) == Approx(0.25).epsilon(1e-14));
  CHECK(student.table()(0, 1) == Approx(-0.25).epsilon(1e-14));
  CHECK(student.table()(1, 0) == 0.0);
}

TEST_CASE("A tabular student reaches its teacher under every divergence") {
  const auto data = toy::ragged_dataset(64, 6);
  for (double beta : {0.0, 0.1, 0.5, 0.9, 1.0}) {
    auto teacher = toy::random_bigram(6);
    tabular<float> student(6);
    std::vector<step_event> steps;
    trainer t{
        student,
        teacher,
        any_divergence::from_beta(beta, scaling::continuous),
        fixed{data},
        adamw{},
        training_options{.per_device_train_batch_size = 16, .max_steps = 500, .learning_rate = 0.2},
        recorder{steps}};
    t.train();
    INFO("beta " << beta << ": " << steps.front().loss << " -> " << steps.back().loss);
    CHECK(steps.front().loss > 0.05);
    CHECK(steps.back().loss < 1e-4 * steps.front().loss);
    CHECK(steps.back().step == 500);
  }
}

TEST_CASE("Accumulation is exact: 1 x 8, 2 x 4, 4 x 2 and 8 x 1 give the same run [N25]") {
  const auto data = toy::ragged_dataset(24, 5);
  for (normaliser how : {normaliser::token_mean, normaliser::sequence_mean}) {
    std::vector<double> first_loss, first_table;
    for (gkd::index micro : {8u, 4u, 2u, 1u}) {
      auto teacher = toy::random_bigram<double>(5);
      tabular<double> student(5);
      std::vector<step_event> steps;
      trainer t{student,
                teacher,
                generalized_jsd{0.5},
                fixed{data},
                adamw{},
                training_options{.per_device_train_batch_size = micro,
                                 .gradient_accumulation_steps = 8 / micro,
                                 .max_steps = 20,
                                 .learning_rate = 0.05,
                                 .loss_normaliser = how},
                recorder{steps}};
      t.train();
      std::vector<double> loss;
      for (const auto& e : steps) loss.push_back(e.loss);
      const auto table = table_of(student);
      if (first_loss.empty()) first_loss = loss, first_table = table;
      for (gkd::index i = 0; i < loss.size(); ++i)
        CHECK(loss[i] == Approx(first_loss[i]).epsilon(1e-12).margin(1e-15));
      for (gkd::index i = 0; i < table.size(); ++i)
        CHECK(table[i] == Approx(first_table[i]).epsilon(1e-10).margin(1e-12));
    }
  }
}

TEST_CASE("The same program twice gives the same bits") {
  const auto data = toy::ragged_dataset(20, 5);
  std::vector<float> first;
  for (int run = 0; run < 2; ++run) {
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    trainer t{student,     teacher, generalized_jsd{0.3},
              fixed{data}, adamw{}, training_options{.max_steps = 30, .learning_rate = 0.1}};
    t.train();
    const auto table = table_of(student);
    if (run == 0) first = table;
    CHECK(std::memcmp(table.data(), first.data(), table.size() * sizeof(float)) == 0);
  }
}

TEST_CASE("A student equal to its teacher learns nothing: loss and gradient exactly 0") {
  const auto data = toy::ragged_dataset(16, 5);
  auto teacher = toy::random_bigram(5), student = toy::random_bigram(5);
  std::vector<step_event> steps;
  trainer t{student,        teacher, generalized_jsd{0.5},
            fixed{data},    sgd{},   training_options{.max_steps = 5, .learning_rate = 1.0},
            recorder{steps}};
  t.train();
  for (const auto& e : steps) {
    CHECK(e.loss == 0.0);
    CHECK(e.gradient_norm == 0.0);
  }
  CHECK(table_of(student) == table_of(teacher));
}

TEST_CASE("Supervised fine-tuning needs no teacher and reaches the frequencies of its data") {
  toy::dataset data;  // after 0: token 1 three times in four, else 2
  for (int i = 0; i < 4; ++i) data.examples.push_back({{0, i == 0 ? 2 : 1}, {0, 1}});
  tabular<float> student(3);
  trainer t{
      student,
      no_teacher{},
      cross_entropy{},
      fixed{data},
      adamw{},
      training_options{.per_device_train_batch_size = 4, .max_steps = 400, .learning_rate = 0.1}};
  t.train();
  const auto row = student.table().row(0);
  CHECK(std::exp(double(row[1] - row[2])) == Approx(3.0).epsilon(1e-2));
  CHECK(row[1] - row[0] > 4);  // never seen: driven away
}

TEST_CASE("Steps and epochs: max_steps wins, else num_train_epochs over the source's size") {
  const auto data = toy::ragged_dataset(10, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  const auto planned = [&](training_options o) {
    return trainer{student, teacher, forward_kl{}, fixed{data}, sgd{}, o}.total_steps();
  };
  CHECK(planned({.per_device_train_batch_size = 4, .num_train_epochs = 2}) == 5);
  CHECK(planned({.per_device_train_batch_size = 4,
                 .gradient_accumulation_steps = 2,
                 .num_train_epochs = 2}) == 3);
  CHECK(planned({.num_train_epochs = 2, .max_steps = 7}) == 7);
  CHECK(planned({.num_train_epochs = 1e-300}) == 1);
  CHECK(planned({.per_device_train_batch_size = 1, .num_train_epochs = 1e17}) ==
        1000000000000000000);
  for (double epochs : {1e18, 1e300})
    CHECK_ERROR(planned({.per_device_train_batch_size = 1, .num_train_epochs = epochs}),
                errc::bad_argument, "steps over 10 examples, more than can be counted");
}

TEST_CASE("logging_strategy says which steps are to be reported") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  const auto logged = [&](training_options o) {
    std::vector<step_event> steps;
    tabular<float> student(5);
    o.per_device_train_batch_size = 2;
    trainer t{student, teacher, forward_kl{}, fixed{data}, sgd{}, o, recorder{steps}};
    t.train();
    std::vector<long> out;
    for (const step_event& e : steps)
      if (e.log) out.push_back(e.step);
    return out;
  };
  using list = std::vector<long>;
  CHECK(logged({.max_steps = 5}) == list{5});
  CHECK(logged({.max_steps = 5, .logging_steps = 2}) == list{2, 4, 5});
  CHECK(logged({.max_steps = 5, .logging_steps = 4, .logging_first_step = true}) == list{1, 4, 5});
  CHECK(logged({.max_steps = 10, .logging_strategy = interval::epoch, .logging_steps = 1}) ==
        list{4, 8, 10});
  CHECK(logged({.max_steps = 5, .logging_strategy = interval::no, .logging_steps = 1}) == list{});
  CHECK(logged({.max_steps = 5, .logging_strategy = interval::no, .logging_first_step = true}) ==
        list{1});
}

namespace {
/// The first tokens of the batches, which tell the order of the examples.
struct order_recorder {
  std::vector<token>& order;
  void on_batch(const batch_event& e) {
    for (gkd::index b = 0; b < e.batch.size(); ++b)
      for (token t : e.batch.tokens(b)) order.push_back(t);
  }
};
}  // namespace

TEST_CASE("data_seed orders the examples; seed, without it, does") {
  const auto data = toy::ragged_dataset(16, 5);
  auto teacher = toy::random_bigram(5);
  const auto order = [&](std::uint64_t seed, std::optional<std::uint64_t> data_seed) {
    std::vector<token> seen;
    tabular<float> student(5);
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.seed = seed, .data_seed = data_seed, .max_steps = 4},
              order_recorder{seen}};
    t.train();
    return seen;
  };
  CHECK(order(1, {}) != order(2, {}));
  CHECK(order(1, 7) == order(2, 7));
  CHECK(order(1, 7) == order(7, {}));
  CHECK(order(1, 7) != order(1, 8));
}

namespace {
struct stop_at {
  long step;
  std::vector<std::string>& log;
  void on_start(const start_event& e) { log.push_back("start " + std::to_string(e.total_steps)); }
  bool on_step(const step_event& e) { return e.step < step; }
  void on_end(const end_event& e) {
    log.push_back("end " + std::to_string(e.step) + (e.stopped ? " stopped" : ""));
  }
};
}  // namespace

TEST_CASE("A callback that returns false stops the run; train() goes on from there") {
  const auto data = toy::ragged_dataset(10, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5), straight(5);
  std::vector<std::string> log;
  stop_at callback{3, log};
  const training_options options{.max_steps = 6, .learning_rate = 0.1};
  trainer t{student, teacher, forward_kl{}, fixed{data}, adamw{}, options, callback};
  CHECK(t.train().stopped);
  CHECK(t.state().step == 3);
  callback.step = 100;
  CHECK_FALSE(t.train().stopped);
  CHECK(log == std::vector<std::string>{"start 6", "end 3 stopped", "start 6", "end 6"});

  trainer whole{straight, teacher, forward_kl{}, fixed{data}, adamw{}, options};
  whole.train();
  CHECK(table_of(straight) == table_of(student));
}

namespace {
struct counts_nothing {
  metrics evaluate(auto&, auto&, const auto&) const { return {}; }
};
struct notes_saves {
  std::vector<std::string>& log;
  std::string save(const auto& now) {
    log.push_back("saved " + std::to_string(now.state.step));
    return {};
  }
  bool resume(const auto&) { return false; }
};
struct enough {
  bool on_eval(const eval_event& e) const { return e.step < 4; }
};
}  // namespace

TEST_CASE("A run that an evaluation ends is saved, too") {
  const auto data = toy::ragged_dataset(10, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  std::vector<std::string> log;
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            adamw{},
            training_options{.max_steps = 9, .eval_strategy = interval::steps, .eval_steps = 2},
            counts_nothing{},
            notes_saves{log},
            enough{}};
  CHECK(t.train().stopped);
  CHECK(log == std::vector<std::string>{"saved 4"});
}

TEST_CASE("A step without a single token to learn from is skipped and counted [N29]") {
  toy::dataset data;
  data.examples.push_back({{0, 1, 2}, {0, 0, 0}});
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            adamw{.weight_decay = 0.5},
            training_options{.per_device_train_batch_size = 2, .max_steps = 3}};
  CHECK_ERROR(t.train(), errc::empty_data, "none of the 3 steps had a token to learn from");
  CHECK(t.state().skipped_steps == 3);
  CHECK(table_of(student) == std::vector<float>(25, 0.0f));
}

namespace {
struct empty_batches {
  std::optional<token_batch> next(auto&, const batch_request&) { return token_batch(); }
};
}  // namespace

TEST_CASE("A batch without sequences is skipped, and no share of it is NaN") {
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  std::vector<step_event> steps;
  trainer t{student,         teacher, forward_kl{},
            empty_batches{}, sgd{},   training_options{.max_steps = 2},
            recorder{steps}};
  CHECK_ERROR(t.train(), errc::empty_data, "none of the 2 steps");
  CHECK(t.state().skipped_steps == 2);
  CHECK(t.state().sequences_seen == 0.0);
  for (const step_event& e : steps) CHECK(e.student_fraction == 0.0);
}

namespace {
struct endless {
  token_batch next(auto&, const batch_request& request) {
    return token_batch(std::vector(request.size, sequence{{0, 1}, {0, 1}}));
  }
};
}  // namespace

TEST_CASE("A source that never ends may give its batch as it is, not as an optional one") {
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  trainer t{student,   teacher, forward_kl{},
            endless{}, sgd{},   training_options{.per_device_train_batch_size = 3, .max_steps = 2}};
  t.train();
  CHECK(t.state().sequences_seen == 6.0);
}

TEST_CASE("NaN in a model stops the training with step and place, and changes no parameter") {
  const auto data = toy::ragged_dataset(10, 5);
  auto teacher = toy::random_bigram(5);
  teacher.table()(2, 1) = std::numeric_limits<float>::quiet_NaN();
  tabular<float> student(5);
  trainer t{student,     teacher, forward_kl{},
            fixed{data}, sgd{},   training_options{.max_steps = 100, .learning_rate = 1.0}};
  CHECK_ERROR(t.train(), errc::non_finite, "teacher logits of sequence");
  const auto before = table_of(student);
  CHECK_ERROR(t.training_step(), errc::non_finite, "step 0, micro-batch 0, rank 0");
  CHECK(table_of(student) == before);
}

namespace {
// its gradient is no number from the n-th batch on
struct bad_gradient : tabular<float> {
  bad_gradient(gkd::index vocab, int n) : tabular<float>(vocab), good(n) {}
  void backward(const token_batch& batch, matrix_view<const float> dlogits) {
    tabular<float>::backward(batch, dlogits);
    if (good-- > 0) return;
    parameters([](std::string_view, auto, auto gradient) {
      gradient(1, 1) = std::numeric_limits<float>::quiet_NaN();
    });
  }
  int good;
};
// the n-th batch of the run cannot be made
struct bad_batch {
  toy::dataset data;
  gkd::index n;
  std::optional<token_batch> next(auto& student, const batch_request& request) {
    if (request.number == n) fail(errc::non_finite, "the scores are NaN");
    return fixed{data}.next(student, request);
  }
};
}  // namespace

TEST_CASE("An update that overflows is an error, also after the last step, and is not saved") {
  const auto data = toy::ragged_dataset(10, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  trainer t{student,     teacher, forward_kl{},
            fixed{data}, sgd{},   training_options{.max_steps = 1, .learning_rate = 1e300}};
  CHECK_ERROR(t.train(), errc::non_finite, "parameter \"table\" has norm");
}

TEST_CASE(
    "NaN in a gradient, in sampling or in a source names step and rank, and changes nothing") {
  const auto data = toy::ragged_dataset(10, 5);
  auto teacher = toy::random_bigram(5);
  const training_options options{.per_device_train_batch_size = 2,
                                 .gradient_accumulation_steps = 3,
                                 .max_steps = 9,
                                 .learning_rate = 0.1};
  const std::string nothing = "rank 0); no parameter was changed in this step";
  for (double norm : {0.0, 1.0}) {
    training_options clipped = options;
    clipped.max_grad_norm = norm;
    bad_gradient student(5, 7);
    trainer t{student, teacher, forward_kl{}, fixed{data}, sgd{}, clipped};
    CHECK_ERROR(t.train(), errc::non_finite, "the gradient of parameter \"table\" has norm nan");
    const auto before = table_of(student);
    CHECK_ERROR(t.training_step(), errc::non_finite, "(step 2, " + nothing);
    CHECK(table_of(student) == before);
  }

  auto student = toy::random_bigram(5, 9);
  for (gkd::index v = 0; v < 5; ++v)
    student.table()(v, 0) = std::numeric_limits<float>::quiet_NaN();
  trainer sampled{student, teacher, forward_kl{}, on_policy{data, {.max_new_tokens = 3}},
                  sgd{},   options};
  CHECK_ERROR(sampled.train(), errc::non_finite, "sequence 0, new token 0");
  CHECK_ERROR(sampled.train(), errc::non_finite, "(step 0, micro-batch 0, " + nothing);

  tabular<float> fresh(5);
  trainer made{fresh, teacher, forward_kl{}, bad_batch{data, 5}, sgd{}, options};
  CHECK_ERROR(made.train(), errc::non_finite,
              "the scores are NaN (step 1, micro-batch 2, " + nothing);
}

TEST_CASE("What cannot be trained is refused before the first step") {
  const auto data = toy::ragged_dataset(4, 5);
  auto teacher = toy::random_bigram(7);
  tabular<float> student(5);
  const auto make = [&](training_options o) {
    return trainer{student, teacher, forward_kl{}, fixed{data}, sgd{}, o};
  };
  CHECK_ERROR(make({}), errc::vocabulary_mismatch,
              "the teacher's vocabulary has 7 tokens, the student's 5");
  CHECK_NOTHROW(make({.vocab_size = 5}));
  CHECK_ERROR(make({.vocab_size = 6}), errc::vocabulary_mismatch, "vocab_size is 6");
  CHECK_ERROR(make({.per_device_train_batch_size = 0}), errc::bad_argument,
              "training_options.per_device_train_batch_size is 0");
  const int converted = -1;
  CHECK_ERROR(make({.gradient_accumulation_steps = gkd::index(converted)}), errc::bad_argument,
              "at least 1 and at most 2^31");
  CHECK_ERROR(make({.vocab_size = 5, .eval_strategy = interval::steps}), errc::bad_argument,
              "asks for evaluations (eval_strategy, eval_on_start), but the trainer has none");
  CHECK_ERROR(make({.learning_rate = std::nan("")}), errc::bad_argument, "learning_rate is nan");
  CHECK_ERROR(make({.max_steps = 0}), errc::bad_argument, "max_steps is 0");

  const toy::dataset empty;
  for (long max_steps : {1L, -1L})
    CHECK_ERROR((trainer{student, no_teacher{}, cross_entropy{}, fixed{empty}, sgd{},
                         training_options{.max_steps = max_steps}}),
                errc::empty_data, "no examples");

  toy::dataset foreign = data;
  foreign.examples[0].tokens[1] = 6;
  trainer out{student,        teacher, forward_kl{},
              fixed{foreign}, sgd{},   training_options{.num_train_epochs = 1, .vocab_size = 5}};
  CHECK_ERROR(out.train(), errc::vocabulary_mismatch, "token id 6");
}

namespace {

/// A table that shows its parameters a number of times.
struct shown_table : tabular<float> {
  int times;
  shown_table(gkd::index vocab, int n) : tabular<float>(vocab), times(n) {}
  void parameters(auto&& visit) {
    for (int i = 0; i < times; ++i) tabular<float>::parameters(visit);
  }
};

}  // namespace

TEST_CASE("A student that shows nothing, or one name twice, is refused when it is bound") {
  const auto data = toy::ragged_dataset(4, 5);
  auto teacher = toy::random_bigram(5);
  const auto make = [&](shown_table student) {
    return trainer{student, teacher, forward_kl{}, fixed{data}, adamw{}, training_options{}};
  };
  CHECK_NOTHROW(make({5, 1}));
  CHECK_ERROR(make({5, 0}), errc::bad_argument, "the student shows no parameters");
  CHECK_ERROR(make({5, 2}), errc::bad_argument, "is shown twice, want each once");
}

TEST_CASE("Logits of a student that lie nowhere are an error of the first step") {
  struct nowhere : tabular<float> {
    using tabular<float>::tabular;
    matrix_view<float> logits(const token_batch& b) { return {nullptr, b.rows().size(), 5}; }
  } student(5);
  const auto data = toy::ragged_dataset(4, 5);
  auto teacher = toy::random_bigram(5);
  trainer t{student,     teacher, forward_kl{},
            fixed{data}, sgd{},   training_options{.max_steps = 1}};
  CHECK_ERROR(t.train(), errc::shape_mismatch, "5) at a null pointer");
}

TEST_CASE("A student with padded columns never writes a token that its teacher does not have") {
  const auto data = toy::ragged_dataset(12, 6);
  auto teacher = toy::random_bigram(6);
  auto student = toy::random_bigram(8, 9);  // two columns of padding, as likely as the others
  const training_options options{.max_steps = 20, .learning_rate = 0.1, .vocab_size = 6};
  trainer t{student, teacher, reverse_kl{}, on_policy{data, {.max_new_tokens = 8}},
            adamw{}, options};
  CHECK(t.train().steps == 20);
  trainer mixed{
      student,      teacher,
      reverse_kl{}, mixture{replay{on_policy{data, {.max_new_tokens = 8}}}, fixed{data}, 0.5},
      adamw{},      options};
  CHECK(mixed.train().steps == 20);
}

TEST_CASE("Without a teacher a student is taught by a frozen copy of itself as it was") {
  const auto data = toy::ragged_dataset(10, 5);
  const training_options options{.max_steps = 3, .learning_rate = 0.1};
  const auto logits_of_first = [&](auto& model) {
    const auto z = model.logits(token_batch(std::span(data.examples).first(1)));
    return std::vector(z.data, z.data + z.size());
  };
  const auto check = [&](auto& student, auto& t) {
    const auto before = logits_of_first(t.teacher());
    CHECK(logits_of_first(student) == before);
    CHECK(t.training_step().loss == 0.0);  // both are the same
    for_each_parameter(student, [](const auto& p) { p.value(0, 0) += 0.5f; });
    CHECK(t.training_step().loss > 0.0);
    CHECK(logits_of_first(t.teacher()) == before);
  };
  mlp<reference> copied({.vocab_size = 5, .order = 2, .width = 4, .hidden = 6}, {}, 1);
  trainer by_copy{copied, forward_kl{}, fixed{data}, sgd{}, options};
  static_assert(std::is_same_v<decltype(by_copy.teacher()), mlp<reference>&>);
  check(copied, by_copy);

  auto table = toy::random_bigram(5);
  trainer of_table{table, reverse_kl{}, fixed{data}, sgd{}, options};
  static_assert(std::is_same_v<decltype(of_table.teacher()), tabular<float>&>);
  check(table, of_table);

  transformer<reference> model({.vocab_size = 5, .width = 8, .layers = 1, .heads = 2}, {}, 1);
  trainer frozen{model, generalized_jsd{0.5}, fixed{data}, sgd{}, options};
  CHECK_FALSE(frozen.teacher().options().gradients);  // its own frozen()
  check(model, frozen);
}

TEST_CASE("A trainer that owns its student stays where it was made; a function may make it") {
  const auto data = toy::ragged_dataset(10, 5);
  auto teacher = toy::random_bigram(5);
  const training_options options{.max_steps = 5, .learning_rate = 0.1};
  const auto make = [&] {
    return trainer{tabular<float>(5), teacher, forward_kl{}, fixed{data}, adamw{}, options};
  };
  auto t = make();
  static_assert(!std::is_move_constructible_v<decltype(t)> &&
                !std::is_copy_constructible_v<decltype(t)> &&
                !std::is_move_assignable_v<decltype(t)>);
  t.train();
  tabular<float> outside(5);
  trainer same{outside, teacher, forward_kl{}, fixed{data}, adamw{}, options};
  same.train();
  CHECK(table_of(t.student()) == table_of(outside));  // its own student is the one that learned
}

TEST_CASE("Without a teacher all forms of a trainer are understood") {
  const auto data = toy::ragged_dataset(10, 5);
  mlp<reference> student({.vocab_size = 5, .order = 2, .width = 4, .hidden = 6}, {}, 1);
  std::vector<step_event> steps;
  trainer plain{student, forward_kl{}, fixed{data}, sgd{}};
  CHECK(plain.total_steps() == 4);  // 3 epochs of 10 in batches of 8
  trainer with_options{student, forward_kl{}, fixed{data}, sgd{}, {.max_steps = 2}};
  CHECK(with_options.total_steps() == 2);
  trainer with_callback{
      student, forward_kl{}, fixed{data}, sgd{}, training_options{.max_steps = 2}, recorder{steps}};
  CHECK_ERROR(with_callback.train(), errc::bad_argument, "the student learnt nothing in 2 steps");
  CHECK(steps.size() == 2);
  trainer owned{mlp<reference>({.vocab_size = 5, .order = 1, .width = 4, .hidden = 6}, {}, 1),
                forward_kl{}, fixed{data}, sgd{}, training_options{.max_steps = 2}};
  CHECK(owned.training_step().loss == 0.0);
  tabular<float> table(5);  // a loss that needs no teacher makes none
  trainer tuned{table, cross_entropy{}, fixed{data}, sgd{}, training_options{.max_steps = 2}};
  static_assert(std::is_same_v<decltype(tuned.teacher()), no_teacher&>);
  CHECK(tuned.train().mean_loss > 0.0);
}

TEST_CASE("A forgotten teacher is an error at the end, and weights that have moved are none") {
  const auto data = toy::ragged_dataset(16, 5);
  const training_options options{.max_steps = 4, .learning_rate = 0.1};
  auto student = toy::random_bigram(5);
  trainer forgotten{student, generalized_jsd{0.5},
                    mixture{on_policy{data, {.max_new_tokens = 4}}, fixed{data}, 0.5}, adamw{},
                    options};
  CHECK_ERROR(forgotten.train(), errc::bad_argument,
              "the student learnt nothing in 4 steps: the trainer was given no teacher, so a copy "
              "of the student taught it, and loss and gradient were exactly 0 in each; want "
              "trainer{student, teacher, loss, ...}");
  CHECK(forgotten.state().step == 4);

  // a copy as it was before does teach a student that something has moved since
  trainer moved{student, generalized_jsd{0.5}, fixed{data}, adamw{}, options};
  student.table()(1, 1) += 0.5f;
  CHECK(moved.train().mean_loss > 0.0);
  auto decayed = toy::random_bigram(5);
  trainer decays{decayed, generalized_jsd{0.5}, fixed{data}, adamw{.weight_decay = 0.5}, options};
  CHECK(decays.train().mean_loss > 0.0);

  // a teacher that was given may be the student's equal, and a run that was stopped is not over
  auto twin = toy::random_bigram(5), same = toy::random_bigram(5);
  trainer given{twin, same, generalized_jsd{0.5}, fixed{data}, sgd{}, options};
  CHECK(given.train().mean_loss == 0.0);
  std::vector<std::string> log;
  trainer stopped{twin, generalized_jsd{0.5}, fixed{data}, sgd{}, options, stop_at{2, log}};
  CHECK(stopped.train().stopped);
}

namespace {
struct history {  // has a size, as a communicator has
  std::vector<double> losses;
  gkd::index size() const { return losses.size(); }
  void on_step(const step_event& e) { losses.push_back(e.loss); }
};
}  // namespace

TEST_CASE("A callback with a size is a callback") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  history seen;
  trainer t{student, teacher, forward_kl{}, fixed{data}, sgd{}, training_options{.max_steps = 3},
            seen};
  t.train();
  CHECK(seen.size() == 3);
}

TEST_CASE("Masses left out are means over the rows of a step, however it is split") {
  // 9 rows in the first example, none in the second; half of the teacher's mass is left out
  const toy::dataset data{
      {{std::vector<token>(10, 1), std::vector<float>(10, 1.0f)}, {{1, 1}, {0, 0}}}};
  for (gkd::index micro : {1u, 2u}) {
    tabular<float> student(6), teacher(6);
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.per_device_train_batch_size = micro,
                               .gradient_accumulation_steps = 2 / micro,
                               .max_steps = 1,
                               .vocab_size = 3}};
    const step_event e = t.training_step();
    CHECK(e.details.rows == 9);
    CHECK(e.details.teacher_outside == Approx(0.5).epsilon(1e-6));
    CHECK(e.details.student_outside == Approx(0.5).epsilon(1e-6));
  }
}

namespace {
struct fails_once {
  int& left;
  bool after;
  void on_batch(const batch_event&) const {
    if (!after && left-- == 0) fail(errc::bad_argument, "the callback's own");
  }
  void on_step(const step_event&) const {
    if (after && left-- == 0) fail(errc::bad_argument, "the callback's own");
  }
};
std::vector<token> tokens_of(const source_state& s) {
  std::vector<token> out;
  for (const sequence& q : s.sequences) out.insert(out.end(), q.tokens.begin(), q.tokens.end());
  for (const source_state& part : s.parts)
    for (token t : tokens_of(part)) out.push_back(t);
  return out;
}
}  // namespace

TEST_CASE("A step that failed and is taken again finds its source as it was") {
  const auto data = toy::ragged_dataset(24, 5);
  auto teacher = toy::random_bigram(5);
  const auto run = [&](int fail_at, bool after, int& failures) {
    tabular<float> student(5);
    trainer t{student,
              teacher,
              forward_kl{},
              mixture{replay{on_policy{data, {.max_new_tokens = 4}}, 8, 0.5}, fixed{data}, 0.7,
                      draw_per::sequence},
              adamw{},
              training_options{.per_device_train_batch_size = 2,
                               .gradient_accumulation_steps = 3,
                               .max_steps = 12,
                               .learning_rate = 0.1},
              fails_once{fail_at, after}};
    while (t.state().step < 12) {
      try {
        t.training_step();
      } catch (const error&) {
        ++failures;
      }
    }
    return table_of(student);
  };
  int failures = 0;
  const auto straight = run(1000, false, failures);
  CHECK(failures == 0);
  for (int at : {0, 1, 2, 4, 17, 32}) CHECK(run(at, false, failures) == straight);
  CHECK(failures == 6);
  for (int at : {0, 5}) CHECK(run(at, true, failures) == straight);  // these steps were taken
  CHECK(failures == 8);

  tabular<float> student(5);
  replay source{fixed{data}, 8, 0.0};
  trainer t{student, teacher, forward_kl{},
            source,  sgd{},   training_options{.per_device_train_batch_size = 2, .max_steps = 9}};
  t.training_step();
  const auto before = tokens_of(source.state());
  teacher.table()(0, 0) = teacher.table()(1, 0) = teacher.table()(2, 0) = teacher.table()(3, 0) =
      teacher.table()(4, 0) = std::numeric_limits<float>::quiet_NaN();
  for (int i = 0; i < 3; ++i) CHECK_ERROR(t.training_step(), errc::non_finite, "(step 1,");
  CHECK(tokens_of(source.state()) == before);
  CHECK(source.state().sequences.size() == 2);
}

namespace {
/// Counts what it gave, and can go back to where it was without being copied.
struct counting {
  struct calls {
    int states = 0, marks = 0, rollbacks = 0;
  };
  calls& seen;
  std::uint64_t given = 0, marked = 0;
  std::optional<token_batch> next(auto&, const batch_request&) {
    ++given;
    return token_batch(std::vector(1, sequence{{0, 1}, {0, 1}}));
  }
  source_state state() const {
    ++seen.states;
    return {{}, given, {}};
  }
  void restore(source_state s) { given = s.position; }
  void mark() {
    ++seen.marks;
    marked = given;
  }
  void rollback() {
    ++seen.rollbacks;
    given = marked;
  }
};
}  // namespace

TEST_CASE("A step copied all that its source carries: one that can undo is not asked for it") {
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  const training_options options{.gradient_accumulation_steps = 3, .max_steps = 9};
  counting::calls seen;
  counting source{seen};
  int left = 4;
  trainer t{student, teacher, forward_kl{}, source, sgd{}, options, fails_once{left, false}};
  t.training_step();
  CHECK(source.given == 3);
  CHECK_ERROR(t.training_step(), errc::bad_argument, "the callback's own");
  CHECK(source.given == 3);
  t.training_step();
  CHECK(source.given == 6);
  CHECK(seen.states == 0);
  CHECK(seen.marks == 3);
  CHECK(seen.rollbacks == 1);

  counting::calls inside;  // also as a part of others
  const auto data = toy::ragged_dataset(8, 5);
  counting part{inside};
  left = 2;
  mixture<mixture<counting&, fixed<const toy::dataset&>, constant>,
          replay<fixed<const toy::dataset&>>, constant>
      outer{{part, fixed<const toy::dataset&>{data}, 1.0},
            replay<fixed<const toy::dataset&>>{fixed<const toy::dataset&>{data}},
            1.0};
  trainer nested{student, teacher, forward_kl{}, outer, sgd{}, options, fails_once{left, false}};
  CHECK_ERROR(nested.training_step(), errc::bad_argument, "the callback's own");
  CHECK(part.given == 0);
  nested.training_step();
  CHECK(part.given == 3);
  CHECK(inside.states == 0);
}

namespace {
/// Logits as a type of one's own that becomes a view.
struct rows_of {
  using value_type = float;
  using space = host_space;
  matrix_view<float> view;
  operator matrix_view<float>() const { return view; }
  operator matrix_view<const float>() const { return view; }
};
struct converted : tabular<float> {
  using tabular<float>::tabular;
  rows_of logits(const token_batch& batch) { return {tabular<float>::logits(batch)}; }
};
}  // namespace

TEST_CASE("Logits of a type that becomes a view did not compile in a trainer") {
  const auto data = toy::ragged_dataset(16, 5);
  const training_options options{.max_steps = 5, .learning_rate = 0.1};
  auto teacher = toy::random_bigram(5);
  const auto learnt_by = [&](auto student, auto& by) {
    trainer t{student,      by,
              forward_kl{}, mixture{on_policy{data, {.max_new_tokens = 3}}, fixed{data}, 0.5},
              adamw{},      options};
    t.train();
    return table_of(student);
  };
  converted same(5);
  std::copy_n(teacher.table().data, 25, same.table().data);
  const auto want = learnt_by(tabular<float>(5), teacher);
  CHECK(learnt_by(converted(5), teacher) == want);
  CHECK(learnt_by(tabular<float>(5), same) == want);
  CHECK(learnt_by(converted(5), same) == want);
  converted tuned(5);
  trainer alone{tuned, cross_entropy{}, fixed{data}, sgd{}, options};
  CHECK(alone.train().mean_loss > 0.0);
}

TEST_CASE("Errors of a step name it, and the example of the dataset where a source knows it") {
  auto data = toy::ragged_dataset(100, 5);
  const training_options options{.per_device_train_batch_size = 4, .max_steps = 25};
  auto foreign = data;
  foreign.examples[37].tokens[1] = 7;
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  trainer a{student, teacher, forward_kl{}, fixed{foreign}, sgd{}, options};
  CHECK_ERROR(a.train(), errc::vocabulary_mismatch,
              "example 37, position 1: token id 7, want 0 <= id < vocab_size = 5 (step ");
  CHECK_ERROR(a.training_step(), errc::vocabulary_mismatch,
              "micro-batch 0, rank 0); no parameter was changed in this step");

  const transformer_config shape{
      .vocab_size = 5, .width = 8, .layers = 1, .heads = 2, .max_positions = 12};
  auto longer = shape;
  longer.max_positions = 40;
  data.examples[37] = {std::vector<token>(40, 1), std::vector<float>(40, 1.0f)};
  transformer<reference> shorter(shape, {}, 1), wide(longer, {}, 2);
  for (bool by_teacher : {false, true}) {  // whichever of the two takes less
    trainer b{by_teacher ? wide : shorter,
              by_teacher ? shorter : wide,
              forward_kl{},
              fixed{data},
              sgd{},
              options};
    CHECK_ERROR(b.train(), errc::context_overflow,
                "example 37 has 40 tokens, want at most 12, the longest sequence that teacher and "
                "student take (max_positions) (step ");
  }
}

TEST_CASE("Skipped steps are counted in the result") {
  const toy::dataset data{{{{0, 1}, {0, 1}}, {{1, 1}, {0, 0}}, {{2, 1}, {0, 1}}, {{3, 1}, {0, 0}}}};
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  trainer t{student,      teacher,
            forward_kl{}, fixed{data},
            sgd{},        training_options{.per_device_train_batch_size = 1, .max_steps = 8}};
  const train_result r = t.train();
  CHECK(r.steps == 8);
  CHECK(r.skipped_steps == 4);
}
