// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/fixed.hpp>
#include <gkd/divergence/any.hpp>
#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/eval/mean_divergence.hpp>
#include <gkd/eval/perplexity.hpp>
#include <gkd/model/transformer.hpp>
#include <gkd/optim/sgd.hpp>
#include <gkd/train/evaluation.hpp>
#include <gkd/train/trainer.hpp>

#include <cmath>
#include <map>
#include <memory>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

namespace {

std::map<std::string, double> named(const metrics& m) { return {m.begin(), m.end()}; }

// prompts alone
struct prompts_only {
  std::vector<std::vector<token>> prompts;
  gkd::index size() const { return prompts.size(); }
  std::span<const token> prompt(gkd::index i) const { return prompts[i]; }
};

// a model that counts its passes, and a dataset that counts how often it is asked for answers
struct counted_model {
  tabular<double> table;
  int passes = 0;
  gkd::index vocab_size() const { return table.vocab_size(); }
  matrix_view<double> logits(const token_batch& batch) {
    ++passes;
    return table.logits(batch);
  }
};
struct counted_dataset {
  toy::dataset data;
  mutable gkd::index asked = 0;
  gkd::index size() const { return data.size(); }
  std::span<const token> prompt(gkd::index i) const { return data.prompt(i); }
  const sequence& full(gkd::index i) const {
    ++asked;
    return data.full(i);
  }
};

struct listener_of_nothing {
  void on_end(const end_event&) {}
};

// a model whose backend counts the measures that are taken of its rows
struct counting_backend : reference {
  int* measures = nullptr;
  template <class D, class T>
  void divergence_rows(const D& divergence, matrix_view<const T> teacher,
                       matrix_view<const T> student, std::span<const double> scales,
                       const row_options& o, matrix_view<T> dlogits,
                       std::span<row_result> results) const {
    ++*measures;
    loop::divergence_rows<D, T>(divergence, teacher, student, scales, o, dlogits, results);
  }
};
struct measured_model {
  tabular<double> table;
  std::unique_ptr<int> measures = std::make_unique<int>(0);
  gkd::index vocab_size() const { return table.vocab_size(); }
  matrix_view<double> logits(const token_batch& batch) { return table.logits(batch); }
  void backward(const token_batch& batch, matrix_view<const double> d) { table.backward(batch, d); }
  template <class Visit>
  void parameters(Visit&& visit) {
    table.parameters(visit);
  }
  counting_backend backend() const {
    counting_backend b;
    b.measures = measures.get();
    return b;
  }
};

}  // namespace

TEST_CASE("Evaluation on one row, by hand") {
  // uniform student, teacher (3/4, 1/4) after token 0
  tabular<double> student(2), teacher(2);
  teacher.table()(0, 0) = std::log(3.0);
  const toy::dataset data{{make_sequence(std::vector<token>{0}, std::vector<token>{1})}};
  trainer t{student,          teacher, generalized_jsd{0.5},
            fixed{data},      sgd{},   training_options{.max_steps = 1, .loss_temperature = 2.0},
            evaluate_on{data}};
  const auto m = named(t.evaluate());
  const double forward = 0.75 * std::log(1.5) + 0.25 * std::log(0.5);
  const double reverse = 0.5 * std::log(0.5 / 0.75) + 0.5 * std::log(0.5 / 0.25);
  CHECK(m.at("eval_forward_kl") == Approx(forward).epsilon(1e-13));
  CHECK(m.at("eval_reverse_kl") == Approx(reverse).epsilon(1e-13));
  CHECK(m.at("eval_cross_entropy") == Approx(std::log(2.0)).epsilon(1e-13));
  CHECK(m.at("eval_perplexity") == Approx(2.0).epsilon(1e-13));
  CHECK(m.at("eval_teacher_perplexity") == Approx(4.0).epsilon(1e-13));
  CHECK(m.at("eval_token_agreement") == 1.0);  // of equals the first, and that is the teacher's
  CHECK(m.at("eval_tokens") == 1.0);

  // the loss is at its own temperature, 2: p = (sqrt 3, 1) / (1 + sqrt 3)
  const double p = std::sqrt(3.0) / (1.0 + std::sqrt(3.0)), a = (p + 0.5) / 2, b = 1.0 - a;
  const double jsd = 0.5 * (p * std::log(p / a) + (1 - p) * std::log((1 - p) / b)) +
                     0.5 * (0.5 * std::log(0.5 / a) + 0.5 * std::log(0.5 / b));
  CHECK(m.at("eval_loss") == Approx(jsd).epsilon(1e-13));
}

TEST_CASE("eval_loss is what a step over the whole dataset reports, under every normaliser") {
  const auto data = toy::ragged_dataset(12, 5);
  auto teacher = toy::random_bigram<double>(5);
  auto student = toy::random_bigram<double>(5, 9);
  for (normaliser how : {normaliser::token_mean, normaliser::sequence_mean, normaliser::sum})
    for (double beta : {0.0, 0.3, 1.0}) {
      trainer t{student,
                teacher,
                any_divergence::from_beta(beta),
                fixed{data},
                sgd{},
                training_options{.per_device_train_batch_size = 12,
                                 .per_device_eval_batch_size = 5,
                                 .max_steps = 1,
                                 .learning_rate = 0.0,
                                 .loss_normaliser = how,
                                 .loss_temperature = 1.5},
                evaluate_on{data}};
      const double before = named(t.evaluate()).at("eval_loss");
      CHECK(before == Approx(t.training_step().loss).epsilon(1e-12));
    }
}

TEST_CASE("An evaluation that is given up between two batches: no numbers, and the run stops") {
  const auto data = toy::ragged_dataset(12, 5);
  auto teacher = toy::random_bigram<double>(5);
  auto student = toy::random_bigram<double>(5, 9);
  struct {
    int evaluations = 0;
    long end = -1;
    bool stopped = false;
    void on_eval(const eval_event&) { ++evaluations; }
    void on_end(const end_event& e) { end = e.step, stopped = e.stopped; }
  } heard;
  int asked = 0, last = 0;  // asks in all, and the one that is answered with no
  std::vector<evaluation_progress> told;
  evaluation_options options{.generate = true, .generation = {.max_new_tokens = 3}};
  options.keep_going = [&](const evaluation_progress& now) {
    told.push_back(now);
    return ++asked != last;
  };
  const auto run = [&](bool on_start) {
    asked = 0, told.clear();
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.per_device_eval_batch_size = 5,
                               .max_steps = 3,
                               .eval_strategy = interval::steps,
                               .eval_steps = 1,
                               .eval_on_start = on_start},
              evaluate_on{data, options},
              heard};
    t.train();
  };
  last = 2;
  run(true);
  CHECK(heard.end == 0);  // not one step
  CHECK(heard.stopped);
  REQUIRE(told.size() == 2);  // examples 0 to 4 were measured
  CHECK(told[1].done == 5);
  CHECK(told[1].examples == 12);
  CHECK_FALSE(told[1].writes);
  last = 5;  // after three batches, and before the second row of the answers
  run(false);
  CHECK(heard.end == 1);
  CHECK(told.back().writes);
  CHECK(heard.evaluations == 0);
  last = -1;
  run(false);
  CHECK(heard.end == 3);
  CHECK_FALSE(heard.stopped);
  CHECK(heard.evaluations == 3);

  last = 1, asked = 0;
  trainer alone{student,
                teacher,
                forward_kl{},
                fixed{data},
                sgd{},
                training_options{.max_steps = 1},
                evaluate_on{data, options}};
  CHECK_ERROR(alone.evaluate(), errc::interrupted, "given up after 0 of 12 examples measured");
}

TEST_CASE("An evaluation that a stop has left out is made where the run goes on, once") {
  const auto data = toy::ragged_dataset(12, 5);
  auto teacher = toy::random_bigram<double>(5);
  auto student = toy::random_bigram<double>(5, 9);
  struct {
    std::vector<long> evaluated;
    long stop_in = 0;
    bool on_step(const step_event& e) { return e.step != stop_in; }
    void on_eval(const eval_event& e) { evaluated.push_back(e.step); }
  } heard;
  bool give_up = true;
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            sgd{},
            training_options{.max_steps = 3,
                             .eval_strategy = interval::steps,
                             .eval_steps = 1,
                             .eval_on_start = true},
            evaluate_on{data, {.keep_going = [&](const auto&) { return !give_up; }}},
            heard};
  t.train();  // given up before the first step
  CHECK(t.state().step == 0);
  give_up = false, heard.stop_in = 2;
  t.train();  // stopped in step 2
  CHECK((heard.evaluated == std::vector<long>{0, 1}));
  CHECK(t.state().evaluation_due);
  give_up = true, heard.stop_in = 0;
  t.train();  // given up once more
  CHECK(t.state().step == 2);
  give_up = false;
  t.train();
  CHECK((heard.evaluated == std::vector<long>{0, 1, 2, 3}));
  CHECK_FALSE(t.state().evaluation_due);
}

TEST_CASE("What is measured does not depend on the size of the evaluation's batches") {
  const auto data = toy::ragged_dataset(12, 5);
  auto teacher = toy::random_bigram<double>(5);
  auto student = toy::random_bigram<double>(5, 9);
  std::vector<metrics> all;
  for (gkd::index size : {1u, 5u, 100u}) {
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.per_device_eval_batch_size = size, .max_steps = 1},
              evaluate_on{data, {.generate = true, .generation = {.max_new_tokens = 6}}}};
    all.push_back(t.evaluate());
  }
  for (gkd::index i = 0; i < all[0].size(); ++i) {
    INFO(all[0][i].first);
    CHECK(all[1][i].second == Approx(all[0][i].second).epsilon(1e-12));
    CHECK(all[2][i].second == Approx(all[0][i].second).epsilon(1e-12));
  }
}

TEST_CASE("On the student's own answers: lengths, ends, matches and both KLs") {
  // after 0 and 1 the student is sure of 2; after 2 of 3, which ends an answer
  tabular<double> student(4), teacher(4);
  for (gkd::index t : {0u, 1u}) student.table()(t, 2) = 60.0;
  student.table()(2, 3) = 60.0;
  const std::vector<token> right{2, 3}, wrong{3};
  const toy::dataset data{{make_sequence(std::vector<token>{0, 1}, right),
                           make_sequence(std::vector<token>{1, 1}, right),
                           make_sequence(std::vector<token>{1, 0}, right),
                           make_sequence(std::vector<token>{0, 0}, wrong)}};
  const evaluation_options options{
      .generate = true, .generation = {.max_new_tokens = 5, .stop_tokens = {3}}, .name = "test"};
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            sgd{},
            training_options{.max_steps = 1},
            evaluate_on{data, options}};
  const auto m = named(t.evaluate());
  CHECK(m.at("test_mean_length") == 2.0);
  CHECK(m.at("test_eos_rate") == 1.0);
  CHECK(m.at("test_exact_match") == 0.75);
  CHECK(m.at("test_exact_match_low") == Approx(0.3006).margin(1e-4));  // Wilson, 3 of 4
  CHECK(m.at("test_exact_match_high") == Approx(0.9544).margin(1e-4));
  // sure against uniform
  CHECK(m.at("test_own_reverse_kl") == Approx(std::log(4.0)).epsilon(1e-12));
  CHECK(m.at("test_own_forward_kl") == Approx(0.75 * 60.0 - std::log(4.0)).epsilon(1e-12));

  const auto first_token = [](gkd::index, std::span<const token> c) { return c[0] == 2; };
  trainer judged{student,
                 teacher,
                 forward_kl{},
                 fixed{data},
                 sgd{},
                 training_options{.max_steps = 1},
                 evaluate_on{data, options, first_token}};
  CHECK(named(judged.evaluate()).at("test_exact_match") == 1.0);
}

TEST_CASE("Each answer, given or written, is read once by the teacher and asked for once") {
  const counted_dataset data{toy::ragged_dataset(8, 5)};
  counted_model teacher{toy::random_bigram<double>(5)};
  auto student = toy::random_bigram<double>(5, 9);
  for (gkd::index batch_size : {8u, 2u}) {
    teacher.passes = 0;
    data.asked = 0;
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data.data},
              sgd{},
              training_options{.per_device_eval_batch_size = batch_size, .max_steps = 1},
              evaluate_on{data, {.generate = true, .generation = {.max_new_tokens = 4}}}};
    const auto m = named(t.evaluate());
    CHECK(m.contains("eval_own_reverse_kl"));
    CHECK(m.contains("eval_exact_match"));
    CHECK(teacher.passes == 2 * 8 / int(batch_size));
    CHECK(data.asked == 8);
  }
}

TEST_CASE("An evaluation copies no answers that the dataset holds, and keeps those that it makes") {
  struct made_anew {
    toy::dataset data;
    gkd::index size() const { return data.size(); }
    std::span<const token> prompt(gkd::index i) const { return data.prompt(i); }
    sequence full(gkd::index i) const { return data.full(i); }
  };
  made_anew made{toy::ragged_dataset(13, 5)};
  for (gkd::index i = 0; i < made.size(); ++i)  // weights whose sum depends on the order
    for (gkd::index t = 2; t < made.data.examples[i].weights.size(); ++t)
      made.data.examples[i].weights[t] = (t % 3 == 0 ? 1e4f : 1.0f) / (0.7f + float(i * i + t));
  detail::answers_of<toy::dataset> held;
  detail::answers_of<made_anew> kept;
  for (gkd::index i = 0; i < made.size(); ++i) held.add(made.data, i), kept.add(made, i);
  for (gkd::index i = 0; i < made.size(); ++i) {
    CHECK(&held[i] == &made.data.examples[i]);
    CHECK(kept[i].tokens == held[i].tokens);
  }
  auto teacher = toy::random_bigram<double>(5), student = toy::random_bigram<double>(5, 9);
  const evaluation_options o{.generate = true, .generation = {.max_new_tokens = 4}};
  for (gkd::index batch_size : {1u, 4u, 13u}) {
    loss_count total;  // that of batches, bit by bit
    for (gkd::index first = 0; first < made.size(); first += batch_size) {
      const auto left = std::span(made.data.examples).subspan(first);
      total += count(groups_of(token_batch(left.first(std::min(batch_size, left.size())))));
    }
    const loss_count counted = detail::count_answers(held, batch_size);
    CHECK((counted.weight == total.weight && counted.sequences == total.sequences));
    const training_options options{.per_device_eval_batch_size = batch_size, .max_steps = 1};
    trainer of_held{student, teacher, forward_kl{}, fixed{made.data}, sgd{}, options,
                    evaluate_on{made.data, o}};
    trainer of_made{student, teacher, forward_kl{}, fixed{made.data}, sgd{}, options,
                    evaluate_on{made, o}};
    CHECK(named(of_held.evaluate()) == named(of_made.evaluate()));
  }
}

TEST_CASE("A sequence that no batch takes is refused as a batch refuses it, without one") {
  auto data = toy::ragged_dataset(5, 5);
  data.examples[3].weights[2] = -1.0f;
  detail::answers_of<toy::dataset> held;
  for (gkd::index i = 0; i < data.size(); ++i) held.add(data, i);
  CHECK_ERROR(detail::count_answers(held, 2), errc::bad_argument,
              "sequence 3 of the data, token 2: weight -1, want a finite number >= 0");
}

TEST_CASE("A chat with targets in all its turns is answered right by its own last answer") {
  // after 0 the student is sure of 2, after 2 of 3, which ends an answer
  tabular<double> student(4), teacher(4);
  student.table()(0, 2) = student.table()(2, 3) = 60.0;
  struct two_turns : toy::dataset {
    std::span<const token> prompt(gkd::index i) const {
      return std::span(examples[i].tokens).first(4);
    }
  };
  for (float earlier : {0.0f, 1.0f}) {  // assistant_turns::last, assistant_turns::all
    const two_turns data{{{{{0, 2, 3, 0, 2, 3}, {0, earlier, earlier, 0, 1, 1}}}}};
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.max_steps = 1},
              evaluate_on{data, {.generate = true, .generation = {.stop_tokens = {3}}}}};
    CHECK(named(t.evaluate()).at("eval_exact_match") == 1.0);
  }
}

TEST_CASE("Without a teacher there are the loss and the labels alone") {
  const auto data = toy::ragged_dataset(8, 5);
  auto student = toy::random_bigram<double>(5);
  trainer t{student,
            cross_entropy{},
            fixed{data},
            sgd{},
            training_options{.max_steps = 1},
            evaluate_on{data, {.generate = true, .generation = {.max_new_tokens = 3}}}};
  const auto m = named(t.evaluate());
  CHECK(m.at("eval_loss") == Approx(m.at("eval_cross_entropy")).epsilon(1e-13));
  CHECK(m.at("eval_perplexity") == Approx(std::exp(m.at("eval_loss"))).epsilon(1e-13));
  CHECK(m.count("eval_forward_kl") == 0);
  CHECK(m.count("eval_own_forward_kl") == 0);
  CHECK(m.at("eval_mean_length") == 3.0);
}

namespace {
struct listener {
  std::vector<long>& steps;
  void on_eval(const eval_event& e) { steps.push_back(e.step); }
};
}  // namespace

TEST_CASE("eval_strategy says when: at the start, every eval_steps, at epochs, at the end") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  const auto steps = [&](training_options o) {
    std::vector<long> seen;
    tabular<float> student(5);
    o.per_device_train_batch_size = 2;
    trainer t{student, teacher, forward_kl{},      fixed{data},
              sgd{},   o,       evaluate_on{data}, listener{seen}};
    t.train();
    return seen;
  };
  using list = std::vector<long>;
  CHECK(steps({.max_steps = 5}) == list{});
  CHECK(steps({.max_steps = 5, .eval_strategy = interval::steps, .eval_steps = 2}) ==
        list{2, 4, 5});
  CHECK(steps({.max_steps = 5,
               .eval_strategy = interval::steps,
               .eval_steps = 9,
               .eval_on_start = true}) == list{0, 5});
  CHECK(steps({.num_train_epochs = 2.5, .eval_strategy = interval::epoch}) == list{4, 8, 10});
  CHECK(
      steps({.max_steps = 9, .eval_strategy = interval::steps, .eval_steps = 2, .eval_delay = 5}) ==
      list{6, 8, 9});
  CHECK(steps({.num_train_epochs = 2.5, .eval_strategy = interval::epoch, .eval_delay = 2}) ==
        list{8, 10});
  CHECK(
      steps({.max_steps = 3, .eval_strategy = interval::steps, .eval_steps = 1, .eval_delay = 9}) ==
      list{3});  // the last is never too early
  CHECK_ERROR(steps({.eval_delay = -1}), errc::bad_argument, "eval_delay is -1");
}

namespace {
struct stopper {
  std::vector<long>& steps;
  bool on_step(const step_event& e) { return e.step < 2; }
  void on_eval(const eval_event& e) { steps.push_back(e.step); }
};
}  // namespace

TEST_CASE("loss_only: eval_loss, the same number, and nothing else") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  auto student = toy::random_bigram(5);
  const auto measured = [&](bool loss_only) {
    trainer t{student,
              teacher,
              generalized_jsd{0.3},
              fixed{data},
              sgd{},
              training_options{},
              evaluate_on{data, {.loss_only = loss_only}}};
    return t.evaluate();
  };
  const metrics all = measured(false), one = measured(true);
  CHECK(all.size() > 5);
  REQUIRE(one.size() == 1);
  CHECK(one[0] == all[0]);
}

TEST_CASE("A run that a callback stops does not evaluate any more, unless it had ended anyway") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  for (long total : {2, 5}) {
    std::vector<long> seen;
    tabular<float> student(5);
    trainer t{
        student,
        teacher,
        forward_kl{},
        fixed{data},
        sgd{},
        training_options{.max_steps = total, .eval_strategy = interval::steps, .eval_steps = 100},
        evaluate_on{data},
        stopper{seen}};
    t.train();
    CHECK(t.state().step == 2);
    CHECK(seen == (total == 2 ? std::vector<long>{2} : std::vector<long>{}));
  }
}

TEST_CASE("An evaluation changes nothing: not the student, not what is trained next") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  std::vector<float> tables[2];
  for (int evaluated = 0; evaluated < 2; ++evaluated) {
    tabular<float> student(5);
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.max_steps = 6,
                               .learning_rate = 0.5,
                               .eval_strategy = evaluated ? interval::steps : interval::no,
                               .eval_steps = 1},
              evaluate_on{data, {.generate = true, .generation = {.max_new_tokens = 3}}}};
    t.train();
    tables[evaluated].assign(student.table().data, student.table().data + 25);
  }
  CHECK(tables[0] == tables[1]);
}

TEST_CASE("A dataset of prompts can be answered; measuring answers it has none of is refused") {
  const prompts_only data{{{0, 1}, {2}, {3, 3, 3}}};
  auto teacher = toy::random_bigram(5), student = toy::random_bigram(5, 9);
  CHECK_ERROR((evaluate_on{data}), errc::bad_argument, "generate is off");
  const auto source = toy::ragged_dataset(8, 5);
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{source},
            sgd{},
            training_options{.max_steps = 1},
            evaluate_on{data, {.generate = true, .generation = {.max_new_tokens = 3}}}};
  const auto m = named(t.evaluate());
  CHECK(m.at("eval_mean_length") == 3.0);
  CHECK(m.at("eval_own_forward_kl") > 0.0);
  CHECK(m.count("eval_loss") == 0);
  CHECK(m.count("eval_exact_match") == 0);

  const toy::dataset empty;
  trainer none{student,           teacher, forward_kl{},
               fixed{source},     sgd{},   training_options{.max_steps = 1},
               evaluate_on{empty}};
  CHECK_ERROR(none.evaluate(), errc::empty_data, "evaluate_on: the dataset has no examples");
}

TEST_CASE("Chats that end with the user are written to, and are no wrong answers") {
  // after 0 and 1 the student is sure of 2, after 2 of 3, which ends an answer
  tabular<double> student(4), teacher(4);
  for (gkd::index t : {0u, 1u}) student.table()(t, 2) = 60.0;
  student.table()(2, 3) = 60.0;
  const std::vector<token> none, right{2, 3}, wrong{2, 2, 3};
  const sequence open = make_sequence(std::vector<token>{0, 1}, none);
  const toy::dataset prompts{{open, open, open}};
  const toy::dataset mixed{{make_sequence(std::vector<token>{1}, right), open,
                            make_sequence(std::vector<token>{0}, wrong), open}};
  const evaluation_options writes{.generate = true,
                                  .generation = {.max_new_tokens = 5, .stop_tokens = {3}}};
  const auto source = toy::ragged_dataset(8, 4);
  const auto measured = [&](auto evaluation) {
    trainer t{student,       teacher,
              forward_kl{},  fixed{source},
              sgd{},         training_options{.per_device_eval_batch_size = 1, .max_steps = 1},
              std::move(evaluation)};
    return named(t.evaluate());
  };
  const auto own = measured(evaluate_on{prompts, writes});
  CHECK(own.at("eval_mean_length") == 2.0);
  CHECK(own.at("eval_own_reverse_kl") > 0.0);
  CHECK(own.count("eval_loss") == 0);
  CHECK(own.count("eval_exact_match") == 0);  // of nothing
  CHECK_ERROR(measured(evaluate_on{prompts}), errc::empty_data,
              "none of the 3 sequences has a target to measure");

  const auto both = measured(evaluate_on{mixed, writes});
  CHECK(both.at("eval_tokens") == 5.0);
  CHECK(both.at("eval_exact_match") == 0.5);
  CHECK(both.at("eval_exact_match_low") == Approx(proportion{1, 2}.wilson().low));

  // a predicate judges what it is given
  const auto second = [](gkd::index example, std::span<const token>) { return example == 1; };
  CHECK(measured(evaluate_on{prompts, writes, second}).at("eval_exact_match") == Approx(1.0 / 3));
  CHECK(measured(evaluate_on{mixed, writes, second}).at("eval_exact_match") == 0.25);
}

TEST_CASE("What no metric reports is not computed") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram<double>(5);
  measured_model student{toy::random_bigram<double>(5, 9)};
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            sgd{},
            training_options{.per_device_eval_batch_size = 8, .max_steps = 1},
            evaluate_on{data}};
  t.evaluate();
  CHECK(*student.measures == 5);  // loss, forward_kl, reverse_kl, jsd, token_agreement
}

TEST_CASE("Two evaluations of one name would write one metric twice") {
  const auto data = toy::ragged_dataset(3, 5);
  const auto policies = [&](std::string first, std::string second) {
    return std::tuple{evaluate_on{data, {.name = std::move(first)}}, listener_of_nothing{},
                      evaluate_on{data, {.name = std::move(second)}}};
  };
  CHECK_NOTHROW(detail::check_evaluation_names(policies("eval", "few")));
  CHECK_NOTHROW(detail::check_evaluation_names(std::tuple<>{}));
  CHECK_ERROR(detail::check_evaluation_names(policies("eval", "eval")), errc::bad_argument,
              "two evaluations of this trainer are named \"eval\", want a name for each, as in  "
              "evaluate_on{dataset, {.name = \"other\"}}");
  CHECK_NOTHROW(detail::check_evaluation_names(policies("eval", "eval_few")));
  CHECK_ERROR(detail::check_evaluation_names(policies("eval", "eval_own")), errc::bad_argument,
              "are named \"eval\" and \"eval_own\", which share metrics, want a name for each");
  CHECK_ERROR(detail::check_evaluation_names(policies("eval_teacher", "eval")),
              errc::bad_argument, "\"eval_teacher\" and \"eval\", which share metrics");
  auto teacher = toy::random_bigram(5), student = toy::random_bigram(5, 9);
  CHECK_ERROR((trainer{student, teacher, forward_kl{}, fixed{data}, sgd{},
                       training_options{.max_steps = 1}, evaluate_on{data}, evaluate_on{data}}),
              errc::bad_argument, "two evaluations of this trainer are named \"eval\"");
}

TEST_CASE("max_examples takes the first ones; two evaluations answer one after the other") {
  const auto data = toy::ragged_dataset(8, 5), other = toy::ragged_dataset(3, 5, 77);
  toy::dataset few = data;
  few.examples.resize(3);
  auto teacher = toy::random_bigram(5), student = toy::random_bigram(5, 9);
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            sgd{},
            training_options{.max_steps = 1},
            evaluate_on{data, {.max_examples = 3}},
            evaluate_on{few, {.name = "few"}},
            evaluate_on{other, {.name = "other"}}};
  const auto m = named(t.evaluate());
  CHECK(m.at("eval_loss") == m.at("few_loss"));
  CHECK(m.at("eval_loss") != m.at("other_loss"));
}

TEST_CASE("An example that a model does not take is named by its place in the dataset") {
  auto data = toy::ragged_dataset(50, 5);
  data.examples[37] = {std::vector<token>(40, 1), std::vector<float>(40, 1.0f)};
  const auto good = toy::ragged_dataset(8, 5);
  const transformer_config shape{
      .vocab_size = 5, .width = 8, .layers = 1, .heads = 2, .max_positions = 12};
  transformer<reference> student(shape, {}, 1), teacher(shape, {}, 2);
  const training_options options{.per_device_eval_batch_size = 8, .max_steps = 1};
  const std::string text =
      "sequence 5 has 40 tokens, want at most the model's 12 (max_positions) (sequence 0 being "
      "number 32 of the data)";
  trainer both{student, teacher, forward_kl{}, fixed{good}, sgd{}, options, evaluate_on{data}};
  CHECK_ERROR(both.evaluate(), errc::context_overflow,
              "in the evaluation \"eval\": " + text + " (step 0, rank 0)");
  trainer alone{student, cross_entropy{}, fixed{good}, sgd{}, options, evaluate_on{data}};
  CHECK_ERROR(alone.evaluate(), errc::context_overflow, text);
  CHECK_ERROR(mean_divergence(forward_kl{}, student, teacher, data.examples),
              errc::context_overflow, text);
  CHECK_ERROR(measure_perplexity(student, data.examples), errc::context_overflow, text);
}

TEST_CASE("A prompt to answer that a model does not take is named by its place, with the limit") {
  prompts_only data{std::vector<std::vector<token>>(20, {0, 1})};
  data.prompts[17] = std::vector<token>(9, 1);
  const auto good = toy::ragged_dataset(8, 5);
  const auto refused = [&](gkd::index of_student, gkd::index of_teacher, gkd::index max_length,
                           const std::string& text) {
    transformer_config shape{.vocab_size = 5, .width = 8, .layers = 1, .heads = 2};
    shape.max_positions = of_student;
    transformer<reference> student(shape, {}, 1);
    shape.max_positions = of_teacher;
    transformer<reference> teacher(shape, {}, 2);
    const training_options options{.per_device_eval_batch_size = 8, .max_steps = 1};
    evaluation_options how{.generate = true, .generation = {.max_new_tokens = 4}};
    how.generation.max_length = max_length;
    trainer t{student, teacher, forward_kl{}, fixed{good}, sgd{}, options, evaluate_on{data, how}};
    CHECK_ERROR(t.evaluate(), errc::context_overflow, text);
  };
  refused(8, 12, 0, "prompt 17 has 9 tokens, want at most the model's 8 (max_positions)");
  refused(12, 12, 7, "prompt 17 has 9 tokens, want at most max_length = 7");
  refused(12, 8, 0,
          "the prompt of example 17 has 9 tokens, want at most 8, the longest sequence that "
          "teacher and student take (max_positions)");
}

TEST_CASE("Stop tokens of each example: of the first ones where only they are asked") {
  // after 0 and 1 the student goes on with 2, 3, 2, 3 ...
  tabular<double> student(4), teacher(4);
  for (gkd::index t : {0u, 1u, 3u}) student.table()(t, 2) = 60.0;
  student.table()(2, 3) = 60.0;
  const prompts_only data{{{0}, {1}, {0, 1}}};
  for (gkd::index examples : {0u, 2u}) {
    evaluation_options o{.generate = true, .generation = {.max_new_tokens = 4}};
    o.max_examples = examples;
    o.generation.stop_tokens_of = {{2}, {3}, {}};
    const auto source = toy::ragged_dataset(8, 4);
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{source},
              sgd{},
              training_options{.max_steps = 1},
              evaluate_on{data, o}};
    CHECK(named(t.evaluate()).at("eval_mean_length") ==
          Approx(examples == 2 ? (1 + 2) / 2.0 : (1 + 2 + 4) / 3.0));
  }
}
