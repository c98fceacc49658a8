// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/fixed.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/optim/sgd.hpp>
#include <gkd/train/best_model.hpp>
#include <gkd/train/checkpoint.hpp>
#include <gkd/train/evaluation.hpp>
#include <gkd/train/trainer.hpp>

#include <limits>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "train/runs.hpp"

using namespace gkd;

namespace {

/// An evaluation that gives these numbers, one after another.
struct scripted {
  std::vector<double> values;
  gkd::index next = 0;
  metrics evaluate(auto&, auto&, const auto&) { return {{"eval_score", values[next++]}}; }
};

/// Worse from one to the next; the third is given up unless it is wanted.
struct given_up_at_the_end {
  bool& wanted;
  long next = 0;
  metrics evaluate(auto&, auto&, const auto&) {
    if (next == 2 && !wanted) fail(errc::interrupted, "given up");
    return {{"eval_score", double(++next)}};
  }
};

/// The student of each evaluation, and the one that a run ends with.
struct outcome {
  std::vector<std::string> evaluated;
  std::string last;
  std::optional<best_value> best;
};

struct watcher {
  tabular<float>& student;
  std::vector<std::string>& bits;
  void on_eval(const eval_event&) { bits.push_back(runs::bits(student)); }
};

outcome run(const test_folder& folder, std::vector<double> values, best_model_options options,
            long stop_at = 100) {
  struct stopper {
    long step;
    bool on_step(const step_event& e) { return e.step < step; }
  };
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  outcome out;
  options.directory = folder / "best";
  options.metric.name = "eval_score";
  best_model best{student, options};
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            sgd{},
            training_options{.max_steps = static_cast<long>(values.size()),
                             .learning_rate = 0.1,
                             .eval_strategy = interval::steps,
                             .eval_steps = 1},
            scripted{values},
            watcher{student, out.evaluated},
            best,
            stopper{stop_at}};
  t.train();
  out.last = runs::bits(student);
  out.best = best.best();
  return out;
}

/// The model that a directory holds.
std::string bits_in(const std::string& directory) {
  tabular<float> student(5);
  load_model(directory, student);
  return runs::bits(student);
}

}  // namespace

TEST_CASE("At the end the student is the one of the best evaluation") {
  test_folder folder;
  const outcome low = run(folder, {3.0, 1.0, 2.0, 1.0}, {});
  REQUIRE(low.best);
  CHECK(low.best->step == 2);  // the first of two that are equal
  CHECK(low.best->value == 1.0);
  CHECK(low.last == low.evaluated[1]);
  CHECK(low.last != low.evaluated[3]);
  const auto record = read_json(folder / "best/best.json");
  CHECK(record == nlohmann::json{{"metric", "eval_score"}, {"step", 2}, {"value", 1.0}});

  const outcome high = run(folder, {3.0, 1.0, 4.0, 1.0}, {.metric = {.greater_is_better = true}});
  CHECK(high.best->step == 3);
  CHECK(high.last == high.evaluated[2]);

  const outcome kept = run(folder, {1.0, 2.0}, {.restore_at_end = false});
  CHECK(kept.best->step == 1);
  CHECK(kept.last == kept.evaluated[1]);
  tabular<float> loaded(5);
  load_model(folder / "best", loaded);
  CHECK(runs::bits(loaded) == kept.evaluated[0]);
}

TEST_CASE("NaN and infinity are never the best") {
  test_folder folder;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(run(folder, {infinity, 2.0, -infinity}, {}).best->step == 2);
  CHECK(run(folder, {infinity, 2.0}, {.metric = {.greater_is_better = true}}).best->step == 2);
  CHECK(run(folder, {nan, 2.0, nan}, {}).best->step == 2);
  CHECK_FALSE(run(folder, {nan, nan}, {}).best);
}

TEST_CASE("A run that is stopped keeps its student, since it may go on") {
  test_folder folder;
  const outcome o = run(folder, {1.0, 2.0, 3.0, 4.0}, {}, 3);
  CHECK(o.best->step == 1);
  CHECK(o.last != o.evaluated[0]);
}

TEST_CASE("A run that is stopped in its last evaluation lost its student to an older one") {
  test_folder folder;
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  best_model best{student, {.directory = folder / "best", .metric = {"eval_score"}}};
  bool wanted = false;
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            sgd{},
            training_options{.max_steps = 3,
                             .learning_rate = 0.1,
                             .eval_strategy = interval::steps,
                             .eval_steps = 1},
            given_up_at_the_end{wanted},
            best};
  t.train();
  CHECK(t.state().step == 3);
  CHECK(t.state().evaluation_due);
  CHECK(runs::bits(student) != bits_in(folder / "best"));
  wanted = true;
  t.train();  // makes the evaluation; then it is known which is the best
  CHECK(best.best()->step == 1);
  CHECK(runs::bits(student) == bits_in(folder / "best"));
}

TEST_CASE("A run that goes on knows what was best before, and nothing of what came later") {
  test_folder folder;
  tabular<float> student(5);
  const metrics good{{"eval_score", 1.0}}, bad{{"eval_score", 2.0}};
  const best_model_options options{.directory = folder / "best", .metric = {"eval_score"}};
  best_model first{student, options};
  first.on_start({});
  first.on_eval({10, 0.5, good});
  const auto later = [&](long step) {
    best_model next{student, options};
    next.on_start({step, 40, 0.0, ""});
    return next.best().has_value();
  };
  CHECK(later(10));
  CHECK(later(15));
  CHECK_FALSE(later(5));
  CHECK_FALSE(later(0));  // a new run
  best_model other{student, {.directory = folder / "best", .metric = {"eval_loss"}}};
  other.on_start({20, 40, 0.0, ""});
  CHECK_FALSE(other.best());
  const auto left_after_a_step = [&](long from) {
    best_model next{student, options};
    next.on_start({from, 40, 0.0, ""});
    next.on_step({});
    return std::filesystem::exists(folder / "best/best.json");
  };
  CHECK(left_after_a_step(10));
  CHECK_FALSE(left_after_a_step(5));  // who goes on from 11 must not take it for his own
  first.on_eval({12, 0.5, {{"eval_score", 0.5}}});
  CHECK_FALSE(left_after_a_step(0));
  folder.write("best/best.json", "{}");
  CHECK_ERROR(later(10), errc::bad_format, "best.json: has no \"value\"");
}

TEST_CASE("An evaluation before the run has begun leaves the best model and its record alone") {
  test_folder folder;
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  std::optional<best_value> known;
  const auto with = [&](std::vector<double> values, const auto& use) {
    tabular<float> student(5);
    best_model best{student, {.directory = folder / "run/best", .metric = {"eval_score"}}};
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.output_dir = folder / "run",
                               .max_steps = 4,
                               .learning_rate = 0.1,
                               .eval_strategy = interval::steps,
                               .eval_steps = 1,
                               .save_steps = 3},
              scripted{values},
              best,
              checkpoints{}};
    use(t);
    known = best.best();
  };
  const auto kept = [&] {
    return folder.read("run/best/best.json") + bits_in(folder / "run/best");
  };
  with({3.0, 1.0, 2.0, 2.5}, [](auto& t) { t.train(); });
  const std::string before = kept();

  with({0.5}, [](auto& t) {
    REQUIRE(t.resume());
    t.evaluate();
  });
  CHECK(kept() == before);
  with({0.5}, [](auto& t) {
    t.evaluate();
    CHECK_ERROR(t.train(), errc::already_exists, "resume");
  });
  CHECK(kept() == before);
  with({0.5, 4.0}, [](auto& t) {
    REQUIRE(t.resume());
    t.evaluate();
    t.train();
  });
  CHECK(kept() == before);
  CHECK(known->step == 2);
  with({0.9, 4.0}, [](auto& t) {  // steps made by hand are a run, too, and it goes on
    REQUIRE(t.resume());
    t.training_step();
    t.evaluate();
  });
  CHECK(known->value == 0.9);
  CHECK(kept() != before);
  with({0.8, 0.1}, [&](auto& t) {  // one that goes back is no longer where its run was
    REQUIRE(t.resume());
    t.training_step();
    t.evaluate();
    const std::string by_hand = kept();
    REQUIRE(t.resume());
    t.evaluate();
    CHECK(kept() == by_hand);
  });
  CHECK(known->value == 0.8);
}

TEST_CASE("Steps made by hand go on from what was best before") {
  test_folder folder;
  tabular<float> student(5);
  const best_model_options options{.directory = folder / "best", .metric = {"eval_score"}};
  best_model first{student, options};
  first.on_start({});
  first.on_eval({4, 0.5, {{"eval_score", 1.0}}});
  best_model next{student, options};
  step_event fifth;
  fifth.step = 5;
  next.on_step(fifth);
  REQUIRE(next.best());
  CHECK(next.best()->step == 4);
  next.on_eval({5, 0.5, {{"eval_score", 2.0}}});
  CHECK(next.best()->step == 4);
}

TEST_CASE("A directory in another form: one's own functions save and load") {
  test_folder folder;
  std::vector<std::string> calls;
  best_model_options options{
      .save = [&](const std::string& to) { calls.push_back("save " + to); },
      .load = [&](const std::string& from) { calls.push_back("load " + from); }};
  std::filesystem::create_directory(folder / "best");
  const outcome o = run(folder, {2.0, 1.0, 3.0}, options);
  CHECK(calls == std::vector<std::string>{"save " + (folder / "best"), "save " + (folder / "best"),
                                          "load " + (folder / "best")});
  CHECK(o.last == o.evaluated[2]);
}

TEST_CASE("A metric that no evaluation gives is an error that names those there are") {
  tabular<float> student(5);
  best_model best{student, {.metric = {"eval_bleu"}}};
  CHECK_ERROR(best.on_eval({1, 0.0, {{"eval_loss", 1.0}, {"eval_jsd", 2.0}}}), errc::bad_argument,
              "by \"eval_bleu\", which no evaluation gives; want one of eval_loss, eval_jsd");
}

TEST_CASE("A best model without a directory would have been kept in the root of all files") {
  auto student = toy::random_bigram(5);
  CHECK_ERROR((best_model{student, {.directory = ""}}), errc::bad_argument,
              "an empty path as best_model_options::directory");
}
