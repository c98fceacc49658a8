// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>
#include <gkd/data/teacher_generated.hpp>
#include <gkd/divergence/any.hpp>
#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/model/lora.hpp>
#include <gkd/optim/adafactor.hpp>
#include <gkd/optim/sgd.hpp>
#include <gkd/train/any_optimizer.hpp>
#include <gkd/train/evaluation.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <iostream>
#include <limits>
#include <sstream>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "train/runs.hpp"

using namespace gkd;
using runs::checkpoint;

namespace {

constexpr long steps = 40;

/// Trains 40 steps and saves each; then resumes from every one of them in a directory that holds
/// nothing else, in new objects, and trains to the end.
/// with(student, options, use, policies...) calls use(trainer).
template <class MakeStudent, class WithTrainer>
void check_resuming_everywhere(const MakeStudent& make_student, const WithTrainer& with,
                               gkd::index accumulation = 1) {
  const runs::memory_folder folder;
  const auto options = [&](const std::string& directory, interval when) {
    return training_options{.output_dir = directory,
                            .per_device_train_batch_size = 3,
                            .gradient_accumulation_steps = accumulation,
                            .seed = 7,
                            .max_steps = steps,
                            .learning_rate = 0.02,
                            .warmup_steps = 5,
                            .save_strategy = when,
                            .save_steps = 1};
  };
  runs::log straight_log;
  auto straight = make_student();
  with(
      straight, options(folder / "run", interval::steps), [](auto& t) { t.train(); }, checkpoints{},
      runs::recorder{straight_log});
  const std::string straight_bits = runs::bits(straight);
  REQUIRE(straight_log.steps.size() == steps);
  REQUIRE(straight_bits != [&] {
    auto fresh = make_student();
    return runs::bits(fresh);
  }());

  for (long k = 1; k < steps; ++k) {
    INFO("resumed at step " << k);
    const std::string directory = folder / "resumed-" + std::to_string(k);
    std::filesystem::create_directory(directory);
    std::filesystem::copy(checkpoint(folder / "run", k), checkpoint(directory, k));
    runs::log log;
    auto resumed = make_student();
    with(
        resumed, options(directory, interval::no),
        [&](auto& t) {
          REQUIRE(t.resume());
          CHECK(t.state().step == k);
          t.train();
          if (k % 13 == 0) t.save();
        },
        checkpoints{}, runs::recorder{log});
    CHECK(log.steps.size() == static_cast<gkd::index>(steps - k));
    CHECK(runs::same_tail(straight_log, log));
    CHECK(runs::bits(resumed) == straight_bits);
    if (k % 13 == 0)  // weights, moments, counts, what the source carries, hashes
      CHECK(runs::files(checkpoint(directory, steps)) ==
            runs::files(checkpoint(folder / "run", steps)));
  }
}

template <class MakeSource>
void check_bigram(const MakeSource& make_source, gkd::index accumulation = 1) {
  const auto data = toy::ragged_dataset(17, 5);
  auto teacher = toy::random_bigram(5);
  check_resuming_everywhere(
      [] { return toy::random_bigram(5, 11, 0.3); },
      [&](auto& student, const training_options& o, const auto& use, auto... policies) {
        auto source = make_source(data, teacher);
        trainer t{student,
                  teacher,
                  generalized_jsd{0.5},
                  std::move(source),
                  adamw{.weight_decay = 0.1},
                  o,
                  std::move(policies)...};
        use(t);
      },
      accumulation);
}

generation_options answers() { return {.max_new_tokens = 5, .stop_tokens = {0}}; }

struct failing_evaluation {
  metrics evaluate(auto&, auto&, const auto&) { fail(errc::bad_argument, "no such file"); }
};

}  // namespace

TEST_CASE("Resuming at any step gives the same bits: fixed data, within an epoch [T01]") {
  check_bigram([](const auto& data, auto&) { return fixed{data}; }, 3);
}

TEST_CASE("Resuming at any step gives the same bits: on-policy [T01]") {
  check_bigram([](const auto& data, auto&) { return on_policy{data, answers()}; }, 2);
}

TEST_CASE("Resuming at any step gives the same bits: mixed by batch, by a schedule [T01]") {
  check_bigram([](const auto& data, auto&) {
    return mixture{on_policy{data, answers()}, fixed{data},
                   [](long step) { return step < 20 ? 0.3 : 0.8; }};
  });
}

TEST_CASE("Resuming at any step gives the same bits: a replay buffer inside a mixture [T01]") {
  check_bigram(
      [](const auto& data, auto&) {
        return mixture{replay{on_policy{data, answers()}, 16, 0.5}, fixed{data}, 0.6,
                       draw_per::sequence};
      },
      2);
}

TEST_CASE("Resuming at any step gives the same bits: the teacher's answers [T01]") {
  check_bigram(
      [](const auto& data, auto& teacher) { return teacher_generated{teacher, data, answers()}; });
}

TEST_CASE("Resuming at any step gives the same bits: a transformer, mixed by sequence [T01]") {
  const auto data = toy::ragged_dataset(11, 7);
  auto teacher = toy::random_bigram(7);
  check_resuming_everywhere(
      [] { return transformer<reference>(runs::tiny_shape(), {}, 3); },
      [&](auto& student, const training_options& o, const auto& use, auto... policies) {
        trainer t{student,
                  teacher,
                  generalized_jsd{0.5},
                  mixture{on_policy{data, answers()}, fixed{data}, 0.5, draw_per::sequence},
                  adamw{.weight_decay = 0.1},
                  o,
                  std::move(policies)...};
        use(t);
      },
      2);
}

TEST_CASE("Resuming at any step gives the same bits: its own teacher, replay, Adafactor [T01]") {
  const auto data = toy::ragged_dataset(11, 7);
  check_resuming_everywhere(
      [] { return transformer<reference, double>(runs::tiny_shape(), {}, 3); },
      [&](auto& student, const training_options& o, const auto& use, auto... policies) {
        training_options warm = o;
        warm.loss_temperature = 2.0;
        trainer t{student,
                  cross_entropy{},
                  replay{on_policy{data, answers()}, 8, 0.4},
                  adafactor{.beta1 = 0.9},
                  warm,
                  std::move(policies)...};
        use(t);
      });
}

TEST_CASE("Resuming at any step gives the same bits: LoRA, momentum [T01]") {
  const auto data = toy::ragged_dataset(11, 7);
  auto teacher = toy::random_bigram(7);
  check_resuming_everywhere(
      [] { return lora(transformer<reference>(runs::tiny_shape(), {}, 3), {.rank = 2}); },
      [&](auto& student, const training_options& o, const auto& use, auto... policies) {
        trainer t{student,
                  teacher,
                  generalized_jsd{0.5},
                  fixed{data},
                  sgd{.momentum = 0.9},
                  o,
                  std::move(policies)...};
        use(t);
      });
}

TEST_CASE("A checkpoint holds the model, the moments, the state and a manifest, and no times") {
  test_folder folder;
  runs::simple run(folder.path());
  run.options.save_strategy = interval::steps;
  run.options.save_steps = 20;
  run([&](auto& t) {
    t.train();
    CHECK(folder.names() == std::vector<std::string>{"checkpoint-20", "checkpoint-40", "gkd.lock"});
    const auto before = runs::files(folder / "checkpoint-40");
    CHECK(t.save() == folder / "checkpoint-40");  // of the same step: already there
    CHECK(runs::files(folder / "checkpoint-40") == before);
  });
  CHECK(names_in(folder / "checkpoint-20") ==
        std::vector<std::string>{"manifest.json", "model.safetensors", "optimizer.safetensors",
                                 "run.json"});
  const auto json = read_json(folder / "checkpoint-20/run.json");
  CHECK(json.at("state").at("step") == 20);
  CHECK(json.at("state").at("sequences_seen") == 60.0);
  CHECK(json.at("optimizer_steps") == 20);
  CHECK(json.at("options").at("seed") == "42");
  CHECK(json.at("data").at("examples") == 20);
  const safetensors model(folder / "checkpoint-40/model.safetensors");
  std::vector<float> table(25);
  model.read(model.at("table"), table);
  CHECK(table == std::vector<float>(run.student.table().data, run.student.table().data + 25));
  const safetensors moments(folder / "checkpoint-40/optimizer.safetensors");
  CHECK(moments.at("table.exp_avg").size() == 25);
  CHECK(moments.at("table.exp_avg_sq").size() == 25);
}

TEST_CASE("save_total_limit keeps the newest; without it all stay") {
  for (long limit : {0, 1, 3}) {
    test_folder folder;
    runs::simple run(folder.path());
    run.options.save_strategy = interval::steps;
    run.options.save_steps = 5;
    run.options.save_total_limit = limit;
    run([&](auto& t) { t.train(); });
    gkd::index whole = 0;
    for (const auto& place : list_checkpoints(folder.path())) {
      detail::verify_checkpoint(place);
      CHECK(place.step == 40 - 5 * static_cast<long>(whole));
      ++whole;
    }
    CHECK(whole == (limit == 0 ? 8u : static_cast<gkd::index>(limit)));
    CHECK(folder.names().size() == whole);  // no lock, nothing unfinished
  }
}

TEST_CASE("Rotation takes what a resumed run has passed over before it takes what is whole") {
  test_folder folder;
  runs::simple run(folder.path());
  run.options.save_strategy = interval::steps;
  run.options.save_steps = 10;
  run([](auto& t) { t.train(); });
  std::filesystem::resize_file(folder / "checkpoint-40/model.safetensors", 10);
  std::filesystem::resize_file(folder / "checkpoint-30/manifest.json", 10);
  runs::simple again(folder.path());
  again.options.save_total_limit = 3;
  again([&](auto& t) {
    REQUIRE(t.resume());
    CHECK(t.state().step == 20);
    t.training_step();
    t.save();
  });
  CHECK(folder.names() ==
        std::vector<std::string>{"checkpoint-10", "checkpoint-20", "checkpoint-21"});
}

TEST_CASE("A damaged checkpoint in the way of a new one of its step is kept under another name") {
  test_folder folder;
  runs::simple run(folder.path());
  run.options.save_strategy = interval::steps;
  run.options.save_steps = 20;
  run([](auto& t) { t.train(); });
  const std::string good = runs::read(folder / "checkpoint-40/model.safetensors");
  folder.write("checkpoint-40/model.safetensors", "nothing");
  runs::simple again(folder.path());
  again([&](auto& t) {
    REQUIRE(t.resume());
    t.train();
    t.save();
  });
  CHECK(folder.names() ==
        std::vector<std::string>{"checkpoint-20", "checkpoint-40", "checkpoint-40.damaged-1"});
  CHECK(runs::read(folder / "checkpoint-40/model.safetensors") == good);
  CHECK(again.notes.size() == 2);
}

TEST_CASE("A note is a line on standard error, unless it is asked for elsewhere or not at all") {
  const test_folder folder;
  runs::simple run(folder.path());
  run.options.save_strategy = interval::steps;
  run.options.save_steps = 20;
  run([](auto& t) { t.train(); });
  folder.write("checkpoint-40/model.safetensors", "nothing");
  std::ostringstream printed;
  std::streambuf* const before = std::cerr.rdbuf(printed.rdbuf());
  const auto notes_of_resuming = [&](checkpoint_options options) {
    checkpoints kept{std::move(options)};
    trainer t{run.student, run.teacher, generalized_jsd{0.5}, fixed{run.data}, adamw{},
              run.options, kept};
    CHECK(t.resume());
    return kept.notes();
  };
  const auto silent = notes_of_resuming({.on_note = {}});
  const std::string by_silent = printed.str();
  std::string handed;
  notes_of_resuming({.on_note = [&](std::string_view note) { handed = note; }});
  const std::string by_handing = printed.str();
  const auto notes = notes_of_resuming({});
  std::cerr.rdbuf(before);

  REQUIRE(notes.size() == 1);
  CHECK(notes[0].starts_with("checkpoint-40 is passed over: "));
  CHECK(printed.str() == "gkd: " + notes[0] + "\n");
  CHECK(silent == notes);
  CHECK(handed == notes[0]);
  CHECK(by_silent + by_handing == "");
}

TEST_CASE("An evaluation that fails does not take the checkpoint of its step with it") {
  test_folder folder;
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram<double>(5);
  auto student = toy::random_bigram<double>(5, 9);
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            sgd{},
            training_options{.output_dir = folder.path(),
                             .max_steps = 4,
                             .eval_strategy = interval::steps,
                             .eval_steps = 2,
                             .save_steps = 2},
            checkpoints{},
            failing_evaluation{}};
  CHECK_ERROR(t.train(), errc::bad_argument, "no such file");
  CHECK(std::filesystem::is_directory(folder / "checkpoint-2"));
  CHECK(t.state().evaluation_due);  // the run that goes on makes it first
}

TEST_CASE("An evaluation that was due and is made leaves the run's own checkpoint free to say so") {
  test_folder folder;
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram<double>(5);
  struct {
    bool on_step(const step_event& e) const { return e.step < 2; }
    bool on_eval(const eval_event&) const { return false; }
  } stops;
  const auto due = [&](const auto& use) {
    auto student = toy::random_bigram<double>(5, 9);
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.output_dir = folder.path(),
                               .max_steps = 4,
                               .eval_strategy = interval::steps,
                               .eval_steps = 2,
                               .save_steps = 2},
              checkpoints{},
              evaluate_on{data},
              stops};
    use(t);
    return t.state().evaluation_due;
  };
  CHECK(due([](auto& t) { t.train(); }));  // stopped in step 2, saved with the evaluation due
  CHECK_FALSE(due([](auto& t) {
    REQUIRE(t.resume());
    t.train();  // makes it, says so in the checkpoint, and is stopped by it
    CHECK(t.state().step == 2);
  }));
  CHECK_FALSE(due([](auto& t) { REQUIRE(t.resume()); }));
}

TEST_CASE("Nothing to resume from is false; a fresh run in a used directory is refused") {
  test_folder folder;
  runs::simple run(folder.path());
  run([](auto& t) {
    CHECK_FALSE(t.resume());
    CHECK(t.state().step == 0);
    t.train();
    t.save();
    CHECK_NOTHROW(t.train());  // its own checkpoint
  });
  runs::simple second(folder.path());
  second([](auto& t) {
    CHECK_ERROR(t.train(), errc::already_exists, "call trainer.resume() before trainer.train()");
    CHECK(t.resume());
    CHECK_NOTHROW(t.train());
  });
  runs::simple nowhere("");
  CHECK_ERROR(nowhere([](auto&) {}), errc::bad_argument, "training_options.output_dir is empty");
}

TEST_CASE("A directory that was refused is refused again, and the one held before is still held") {
  test_folder folder;
  checkpoints other, mine, third;
  other.open({.output_dir = folder / "theirs"});
  mine.open({.output_dir = folder / "mine"});
  for (int i = 0; i < 2; ++i)
    CHECK_ERROR(mine.open({.output_dir = folder / "theirs"}), errc::already_exists,
                "another trainer of this process (or of one");
  CHECK_NOTHROW(mine.open({.output_dir = folder / "mine"}));
  CHECK_ERROR(third.open({.output_dir = folder / "mine"}), errc::already_exists, "another trainer");
  mine.open({.output_dir = folder / "new"});  // lets go of the first
  CHECK_NOTHROW(third.open({.output_dir = folder / "mine"}));
}

TEST_CASE("overwrite removes the checkpoints of an earlier run, and says so") {
  test_folder folder;
  runs::simple first(folder.path()), second(folder.path());
  first.options.save_strategy = interval::steps;
  first.options.save_steps = 20;
  first([](auto& t) { t.train(); });
  second.overwrite = true;
  second.options.max_steps = 3;
  second([](auto& t) {
    t.train();
    t.save();
  });
  CHECK(folder.names() == std::vector<std::string>{"checkpoint-3"});
  REQUIRE(second.notes.size() == 1);
  CHECK(second.notes[0].ends_with(": removed, of an earlier run: checkpoint-40, checkpoint-20"));

  runs::simple third(folder.path());
  third.overwrite = true;
  third.options.max_steps = 3;
  third([](auto& t) {
    CHECK(t.resume());
    t.train();
  });
  CHECK(folder.names() == std::vector<std::string>{"checkpoint-3"});  // resumed: its own
}

TEST_CASE("A run goes on from the checkpoint that it is told, here or in another directory") {
  test_folder folder, elsewhere;
  runs::simple whole(folder.path());
  whole.options.save_strategy = interval::steps;
  whole.options.save_steps = 10;
  whole([](auto& t) { t.train(); });
  const auto resumed_at = [](runs::simple& run) {
    long step = -1;
    run([&](auto& t) {
      REQUIRE(t.resume());
      step = t.state().step;
      t.train();
    });
    return step;
  };
  runs::simple here(folder.path()), there(elsewhere.path());
  here.options = whole.options;
  here.from = folder / "checkpoint-20/";
  CHECK(resumed_at(here) == 20);
  CHECK(runs::same_tail(whole.seen, here.seen));
  there.from = folder / "checkpoint-30";
  CHECK(resumed_at(there) == 30);
  CHECK(runs::same_tail(whole.seen, there.seen));

  const auto refused = [&](const std::string& from, errc code, const std::string& text) {
    runs::simple run(elsewhere.path());
    run.from = from;
    run([&](auto& t) { CHECK_ERROR(t.resume(), code, text); });
  };
  refused(folder.path(), errc::bad_argument, "want a folder that is called checkpoint-<step>");
  refused(folder / "checkpoint-11", errc::bad_checkpoint,
          "checkpoint-11: none of 1 checkpoint(s) is whole");

  // from another directory, but into one with an earlier run's
  runs::simple mixed(folder.path());
  runs::simple source(elsewhere.path());
  source([](auto& t) { t.save(); });
  mixed.from = elsewhere / "checkpoint-0";
  mixed([](auto& t) {
    REQUIRE(t.resume());
    CHECK_ERROR(t.train(), errc::already_exists, "holds checkpoints of an earlier run");
  });
}

TEST_CASE("save_only_model writes no state of the optimizer; no run goes on from it") {
  test_folder folder;
  runs::simple run(folder.path());
  run.options.save_only_model = true;
  run([&](auto& t) {
    t.train();
    t.save();
    CHECK_ERROR(
        t.resume(), errc::bad_checkpoint,
        "checkpoint-40: was written with save_only_model and has no state of the optimizer");
  });
  CHECK(names_in(folder / "checkpoint-40") ==
        std::vector<std::string>{"manifest.json", "model.safetensors", "run.json"});
  tabular<float> loaded(5);
  load_model(folder / "checkpoint-40", loaded);
  CHECK(runs::bits(loaded) == runs::bits(run.student));
}

TEST_CASE("A whole checkpoint of the same step with another content is not replaced") {
  test_folder folder;
  runs::simple run(folder.path());
  run([&](auto& t) {
    t.save();
    run.student.table()(0, 0) = 3.0f;
    CHECK_ERROR(t.save(), errc::already_exists, "checkpoint-0: holds another run's state");
  });
  CHECK(folder.names() == std::vector<std::string>{"checkpoint-0"});
}

TEST_CASE("Another configuration, other data: refused with what differs, or noted") {
  test_folder folder;
  runs::simple run(folder.path());
  run([](auto& t) {
    t.train();
    t.save();
  });
  const auto refused = [&](auto&& change, const std::string& text) {
    runs::simple other(folder.path());
    change(other);
    const std::string before = runs::bits(other.student);
    other([&](auto& t) {
      CHECK_ERROR(t.resume(), errc::bad_checkpoint, text);
      CHECK(t.state().step == 0);
    });
    CHECK(runs::bits(other.student) == before);
  };
  refused([](auto& r) { r.options.learning_rate = 0.1; }, "learning_rate is 0.05, 0.1 in this run");
  refused([](auto& r) { r.options.seed = 1; }, "seed is \"42\", \"1\" in this run");
  refused([](auto& r) { r.options.data_seed = 9; }, "data_seed is absent");
  refused([](auto& r) { r.options.loss_normaliser = normaliser::sum; },
          "loss_normaliser is \"token_mean\", \"sum\" in this run");
  refused([](auto& r) { r.options.lr_schedule = [](long) { return 0.1; }; },
          "lr_schedule is absent, 0.1 in this run");
  refused([](auto& r) { r.options.max_steps = 50, r.options.warmup_ratio = 0.5; },
          "max_steps is 40, 50 in this run; warmup_ratio is 0.0, 0.5 in this run");
  refused([](auto& r) { r.data.examples.pop_back(); }, "examples is 20, 19 in this run's data");
  refused([](auto& r) { r.student = tabular<float>(6), r.teacher = tabular<float>(6); },
          "parameter \"table\" is (5, 5), the model's is (6, 6)");

  runs::simple longer(folder.path());
  longer.options.max_steps = 45;
  longer.options.save_steps = 3;  // of no consequence for the steps
  longer.strict = false;
  longer([](auto& t) {
    CHECK(t.resume());
    CHECK(t.train().steps == 45);
  });
  REQUIRE(longer.notes.size() == 1);
  CHECK(longer.notes[0].find("max_steps is 40, 45") != std::string::npos);
}

TEST_CASE("A run that ends before the step of its checkpoint does not go on from there") {
  test_folder folder;
  runs::simple run(folder.path());
  run.options.save_strategy = interval::steps;
  run.options.save_steps = 10;
  run([](auto& t) { t.train(); });
  runs::simple shorter(folder.path());
  shorter.strict = false;
  const auto refused = [&](const std::string& text) {
    const std::string before = runs::bits(shorter.student);
    shorter([&](auto& t) {
      CHECK_ERROR(t.resume(), errc::bad_checkpoint, text);
      CHECK(t.state().step == 0);
    });
    CHECK(runs::bits(shorter.student) == before);
    CHECK(shorter.notes.empty());
  };
  shorter.options.max_steps = 25;
  refused("checkpoint-40: is of step 40, and this run ends after step 25; want a longer run, or " +
          (folder / "checkpoint-20"));
  shorter.from = folder / "checkpoint-30";
  refused("checkpoint-30: is of step 30, and this run ends after step 25; want a longer run, or " +
          (folder / "checkpoint-20"));
  shorter.options.max_steps = 9;
  refused("this run ends after step 9; want a longer run; an earlier checkpoint is not beside it");
  shorter.options.max_steps = 30;
  shorter([](auto& t) {
    REQUIRE(t.resume());
    CHECK(t.train().steps == 30);
  });
}

namespace {

/// A loss and a source that are not gkd's, and say nothing of themselves.
struct own_loss {
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    return forward_kl{}(log_p, log_q);
  }
};
struct own_source {
  toy::dataset data;
  std::optional<token_batch> next(auto& student, const batch_request& request) {
    return fixed{data}.next(student, request);
  }
};
struct warm_up {
  double top;
  double operator()(long) const { return top; }
  identity_fields identity() const { return identity_fields("warm_up").add("top", top); }
};

/// What resuming says to a checkpoint that a run with the first three parts wrote, by one with the
/// others; "" if it goes on.
template <class L, class S, class O>
class resuming {
 public:
  resuming(L loss, S source, O optimizer) {
    with(loss, std::move(source), optimizer, [](auto& t) {
      t.training_step();
      t.save();
    });
  }
  template <class L2, class S2, class O2>
  std::string operator()(L2 loss, S2 source, O2 optimizer) {
    std::string said;
    with(loss, std::move(source), optimizer, [&](auto& t) {
      try {
        const bool resumed = t.resume();
        CHECK(resumed);
      } catch (const error& e) {
        CHECK(e.code() == errc::bad_checkpoint);
        CHECK(t.state().step == 0);
        said = e.text();
      }
    });
    return said;
  }

 private:
  void with(auto loss, auto source, auto optimizer, const auto& use) {
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    trainer t{student,      teacher,
              loss,         std::move(source),
              optimizer,    training_options{.output_dir = folder_ / "run", .max_steps = 9},
              checkpoints{}};
    use(t);
  }
  runs::memory_folder folder_;
};

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  const bool found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("Another loss, optimizer, lambda or way of sampling is another run") {
  const auto data = toy::ragged_dataset(9, 5);
  const generation_options ours{.max_new_tokens = 4, .stop_tokens = {0, 3}};
  const auto mix = [&](double lambda, generation_options how) {
    return mixture{on_policy{data, how}, fixed{data}, lambda};
  };
  resuming resume{generalized_jsd{0.1}, mix(0.9, ours), adamw{}};
  CHECK(resume(generalized_jsd{0.1}, mix(0.9, ours), adamw{}) == "");
  CHECK(resume(any_divergence::from_beta(0.1), mix(0.9, ours), adamw{}) == "");

  generation_options other = ours;
  other.sampling.temperature = 0.3;
  other.max_new_tokens = 7;
  const std::string all = resume(reverse_kl{}, on_policy{data, other},
                                 adamw{.beta1 = 0.5, .beta2 = 0.6, .weight_decay = 0.5});
  has(all,
      "is of another run: name is \"generalized_jsd\", \"reverse_kl\" in this run's loss; "
      "beta1 is 0.9, 0.5 in this run's optimizer; beta2 is 0.999, 0.6 in this run's optimizer; "
      "weight_decay is 0.0, 0.5 in this run's optimizer; "
      "name is \"mixture\", \"on_policy\" in this run's source; to go on all the same");
  has(resume(generalized_jsd{0.2}, mix(0.9, ours), adamw{}), "beta is 0.1, 0.2 in this run's loss");
  has(resume(generalized_jsd{0.1, scaling::continuous}, mix(0.9, ours), adamw{}), "scale is 1.0, ");
  has(resume(generalized_jsd{0.1}, mix(0.8, ours), adamw{}),
      "lambda is 0.9, 0.8 in this run's source");
  has(resume(generalized_jsd{0.1}, mix(0.9, other), adamw{}),
      "first.max_new_tokens is 4, 7 in this run's source; first.temperature is 1.0, 0.3");
  has(resume(generalized_jsd{0.1}, mix(0.9, ours), adamw{.decays = decay_all}),
      "decays is \"matrices\", \"all\" in this run's optimizer");
  has(resume(generalized_jsd{0.1}, mix(0.9, ours), sgd{}),
      "name is \"adamw\", \"sgd\" in this run's optimizer");
  other = ours;
  other.stop_tokens = {3};
  has(resume(generalized_jsd{0.1}, mix(0.9, other), adamw{}),
      "first.stop_tokens is \"0 3\", \"3\" in this run's source");
  const auto by_schedule = [](long) { return 0.9; };
  has(resume(generalized_jsd{0.1}, mixture{on_policy{data, ours}, fixed{data}, by_schedule},
             adamw{}),
      "lambda is 0.9, \"schedule\" in this run's source");
  has(resume(generalized_jsd{0.1},
             mixture{on_policy{data, ours}, fixed{data}, 0.9, draw_per::sequence}, adamw{}),
      "draw_per is \"batch\", \"sequence\" in this run's source");
  has(resume(generalized_jsd{0.1}, mixture{fixed{data}, on_policy{data, ours}, 0.9}, adamw{}),
      "first.name is \"on_policy\", \"fixed\" in this run's source; second.name is \"fixed\", "
      "\"on_policy\" in this run's source; to go on");
}

TEST_CASE("Replay, the teacher's answers and a schedule that says what it is are told apart") {
  const auto data = toy::ragged_dataset(9, 5);
  auto teacher = toy::random_bigram(5);
  const auto mix = [&](gkd::index capacity, redraw when, double top) {
    return mixture{replay{on_policy{data, answers()}, capacity, 0.5},
                   teacher_generated{teacher, data, answers(), when}, warm_up{top}};
  };
  resuming resume{cross_entropy{}, mix(8, redraw::once, 0.5), any_optimizer(adafactor{})};
  CHECK(resume(cross_entropy{}, mix(8, redraw::once, 0.5), adafactor{}) == "");
  has(resume(cross_entropy{}, mix(9, redraw::always, 0.6), adafactor{.clip_threshold = 2.0}),
      "clip_threshold is 1.0, 2.0 in this run's optimizer; first.capacity is 8, 9 in this run's "
      "source; lambda.top is 0.5, 0.6 in this run's source; second.redraw is \"once\", \"always\"");
}

TEST_CASE("A run of a teacher's answers that nobody else teaches goes on with no other teacher") {
  const auto data = toy::ragged_dataset(9, 5);
  auto teacher = toy::random_bigram(5), other = toy::random_bigram(5, 6);
  const auto by = [&](auto& who) { return teacher_generated{who, data, answers()}; };
  resuming resume{cross_entropy{}, by(teacher), sgd{}};
  CHECK(resume(cross_entropy{}, by(teacher), sgd{}) == "");
  has(resume(cross_entropy{}, by(other), sgd{}), "teacher.fingerprint is \"");
}

TEST_CASE("Parts that do not say what they are go on; one that does is not one that does not") {
  const auto data = toy::ragged_dataset(9, 5);
  resuming resume{own_loss{}, own_source{data}, sgd{}};
  CHECK(resume(own_loss{}, own_source{data}, sgd{}) == "");
  has(resume(forward_kl{}, own_source{data}, sgd{}),
      "name is \"unnamed\", \"forward_kl\" in this run's loss");
}

namespace {
struct fingerprinted : toy::dataset {
  std::uint64_t fingerprint() const { return value; }
  std::uint64_t value = 0;
};
}  // namespace

TEST_CASE("Data with a fingerprint is recognised, also inside a mixture") {
  const fingerprinted first{toy::ragged_dataset(9, 5), 0x123456789abcdef0},
      other{toy::ragged_dataset(9, 5), 5};
  auto teacher = toy::random_bigram(5);
  const auto resume = [&](const test_folder& folder, auto source, bool save) {
    tabular<float> student(5);
    trainer t{
        student,           teacher, generalized_jsd{0.5},
        std::move(source), adamw{}, training_options{.output_dir = folder.path(), .max_steps = 3},
        checkpoints{}};
    if (save) t.save();
    return t.resume();
  };
  test_folder alone, mixed;
  CHECK(resume(alone, fixed{first}, true));
  CHECK(resume(alone, fixed{first}, false));
  CHECK_ERROR(resume(alone, fixed{other}, false), errc::bad_checkpoint,
              "fingerprint is \"123456789abcdef0\", \"0000000000000005\" in this run's data");

  const auto mix = [](const fingerprinted& written, const fingerprinted& given) {
    return mixture{on_policy{written, answers()}, fixed{given}, 0.5};
  };
  CHECK(resume(mixed, mix(first, first), true));
  CHECK(resume(mixed, mix(first, first), false));
  CHECK_ERROR(resume(mixed, mix(first, other), false), errc::bad_checkpoint, "fingerprint is");
  CHECK_ERROR(resume(mixed, mix(other, first), false), errc::bad_checkpoint, "fingerprint is");
}

TEST_CASE("Another model, optimizer or kind of source does not fit, and nothing changes") {
  test_folder folder;
  const auto data = toy::ragged_dataset(9, 7);
  auto teacher = toy::random_bigram(7);
  const training_options options{.output_dir = folder.path(), .max_steps = 3};
  bool strict = true;
  const auto with = [&](auto student, auto source, auto optimizer, const auto& use) {
    trainer t{student,   teacher, generalized_jsd{0.5},           std::move(source),
              optimizer, options, checkpoints{{.strict = strict, .on_note = {}}}};
    use(t);
  };
  const auto resume = [](auto& t) { t.resume(); };
  const auto model = [](transformer_config shape) { return transformer<reference>(shape, {}, 1); };
  with(model(runs::tiny_shape()), fixed{data}, adamw{}, [](auto& t) { t.save(); });

  transformer_config heads = runs::tiny_shape();
  heads.heads = 4, heads.kv_heads = 2, heads.head_dim = 2;  // the same shapes
  CHECK_ERROR(with(model(heads), fixed{data}, adamw{}, resume), errc::bad_checkpoint,
              "config.json: attention_scale is 0.5, 0.7071067811865475 in the student; head_dim is "
              "4, 2 in the student; heads is 2, 4 in the student");
  transformer_config deep = runs::tiny_shape();
  deep.layers = 3;
  CHECK_ERROR(with(model(deep), fixed{data}, adamw{}, resume), errc::bad_checkpoint,
              "has no parameter \"layers.2.attention_norm.weight\" of the model");
  deep.layers = 1;
  CHECK_ERROR(with(model(deep), fixed{data}, adamw{}, resume), errc::bad_checkpoint,
              "the model has no parameter \"layers.1.");
  CHECK_ERROR(with(toy::random_bigram(7), fixed{data}, adamw{}, resume), errc::bad_checkpoint,
              "has no parameter \"table\" of the model");
  strict = false;  // not the names, but what they stand for
  CHECK_ERROR(with(model(runs::tiny_shape()), fixed{data}, sgd{.momentum = 0.5}, resume),
              errc::bad_checkpoint, "\"embedding.weight.momentum_buffer\" has no numbers");
  CHECK_ERROR(with(model(runs::tiny_shape()), fixed{data}, sgd{}, resume), errc::bad_checkpoint,
              "buffers, the optimizer has 0");
  CHECK_ERROR(with(model(runs::tiny_shape()), replay{fixed{data}}, adamw{}, resume),
              errc::bad_checkpoint, "carries nothing from batch to batch, this run's does");

  auto wide_teacher = toy::random_bigram<double>(7);
  transformer<reference, double> wide(runs::tiny_shape(), {}, 1);
  trainer t{wide, wide_teacher, generalized_jsd{0.5}, fixed{data}, adamw{}, options, checkpoints{}};
  CHECK_ERROR(t.resume(), errc::bad_checkpoint, "is F32, this run's is F64");
}

TEST_CASE("A file that cannot be read to its end leaves the source and the steps as they were") {
  test_folder folder;
  const auto data = toy::ragged_dataset(9, 5);
  auto teacher = toy::random_bigram(5);
  const auto with = [&](auto& source, const auto& use) {
    tabular<float> student(5);
    trainer t{student,      teacher, generalized_jsd{0.5},
              source,       adamw{}, training_options{.output_dir = folder.path(), .max_steps = 3},
              checkpoints{}};
    use(t);
  };
  replay saved{fixed{data}, 20, 0.5}, resumed{fixed{data}, 20, 0.5};
  with(saved, [](auto& t) {
    t.training_step();
    t.save();
  });
  REQUIRE(!saved.state().sequences.empty());

  // whole, but its last number is none
  const std::string directory = checkpoint(folder.path(), 1);
  for (const std::string name : {"model.safetensors", "optimizer.safetensors"}) {
    const std::string before = runs::read(directory + "/" + name);
    const auto replace = [&](const std::string& bytes) {
      std::ofstream(directory + "/" + name, std::ios::binary) << bytes;
      auto manifest = detail::read_manifest(directory + "/manifest.json");
      manifest.files.at(name) = digest_of_file(directory + "/" + name);
      std::ofstream(directory + "/manifest.json") << detail::manifest_text(manifest);
    };
    replace(before.substr(0, before.size() - 4) + std::string("\0\0\xc0\x7f", 4));
    with(resumed, [&](auto& t) {
      CHECK_ERROR(t.resume(), errc::non_finite, "want finite numbers");
      CHECK(t.state().step == 0);
    });
    CHECK(resumed.state().sequences.empty());
    CHECK(resumed.state().position == 0);
    replace(before);
  }
  with(resumed, [](auto& t) { CHECK(t.resume()); });
  CHECK(resumed.state().position == saved.state().position);
}

TEST_CASE("What is not finite is not saved; the earlier checkpoint stays as it is [T09]") {
  for (double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    test_folder folder;
    runs::simple run(folder.path());
    run([&](auto& t) {
      for (int i = 0; i < 3; ++i) t.training_step();
      t.save();
      const auto before = runs::files(folder / "checkpoint-3");
      t.training_step();
      run.student.table()(2, 4) = static_cast<float>(bad);
      CHECK_ERROR(t.save(), errc::non_finite, "tensor \"table\", element 14: ");
      CHECK_ERROR(t.save(folder / "model"), errc::non_finite, "tensor \"table\", element 14: ");
      CHECK(runs::files(folder / "checkpoint-3") == before);
      CHECK(folder.names() == std::vector<std::string>{"checkpoint-3", "gkd.lock"});
      CHECK(t.resume());
      CHECK(t.state().step == 3);
    });
  }
}

TEST_CASE("A moment that is not finite is not saved either [T09]") {
  test_folder folder;
  const auto data = toy::ragged_dataset(9, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  auto state = adamw{}.bind(student);
  state.visit_state([](const std::string& name, auto view) {
    if (name == "table.exp_avg_sq") view[3] = std::numeric_limits<float>::infinity();
  });
  train_state now;
  fixed source{data};
  const training_options options{.output_dir = folder.path()};
  checkpoints keep;
  CHECK_ERROR(keep.save(snapshot<tabular<float>, decltype(state), decltype(source)>{
                  now, student, state, source, options}),
              errc::non_finite, "tensor \"table.exp_avg_sq\", element 3: inf");
}

TEST_CASE("A directory that cannot be written is an error that leaves nothing behind [T07]") {
  test_folder folder;
  folder.write("file", "");
  runs::simple below_a_file(folder / "file/run");
  CHECK_ERROR(below_a_file([](auto&) {}), errc::io_failure, "cannot create the directory");
  runs::simple on_a_file(folder / "file");
  CHECK_ERROR(on_a_file([](auto&) {}), errc::io_failure, "file");

  test_folder closed;
  runs::simple run(closed.path());
  run([&](auto& t) {
    t.save();
    t.training_step();
    ::chmod(closed.path().c_str(), 0555);
    const bool root = ::geteuid() == 0;  // to whom nothing is closed
    if (root && ::seteuid(65534) != 0) GKD_SKIP("root without another user");
    CHECK_ERROR(t.save(), errc::io_failure, "cannot create the directory");
    if (root) REQUIRE(::seteuid(0) == 0);
    ::chmod(closed.path().c_str(), 0755);
    CHECK(closed.names() == std::vector<std::string>{"checkpoint-0", "gkd.lock"});
    CHECK_NOTHROW(t.save());  // freed again: the run goes on
  });

  runs::simple gone(closed / "run");
  gone([&](auto& t) {
    std::filesystem::remove_all(closed / "run");  // under the trainer's feet
    CHECK_ERROR(t.save(), errc::io_failure, "cannot create the directory");
  });
}

TEST_CASE("What a killed trainer left unfinished is removed by the next; strangers' files stay") {
  test_folder folder;
  for (const char* name :
       {"checkpoint-7.new.tmp-123-00abcdef", ".saving.tmp-9-12345678", "best", "tmp-notes",
        "checkpoint-x.tmp-1", "checkpoint-07", "checkpoint-best", "best.tmp-mine"}) {
    std::filesystem::create_directory(folder / name);
    folder.write(std::string(name) + "/model.safetensors", "half");
  }
  folder.write("best/model.safetensors.tmp-123-00abcdef", "half");
  std::filesystem::create_directory(folder / "checkpoint-2");
  folder.write("checkpoint-2/trainer_state.json.tmp-123-00abcdef", "half");
  runs::simple run(folder.path());
  run([](auto&) {});
  CHECK(folder.names() == std::vector<std::string>{"best", "best.tmp-mine", "checkpoint-07",
                                                   "checkpoint-2", "checkpoint-best",
                                                   "checkpoint-x.tmp-1", "tmp-notes"});
  CHECK(names_in(folder / "checkpoint-2").empty());
  CHECK(names_in(folder / "best") == std::vector<std::string>{"model.safetensors"});
  CHECK(run.notes.size() == 4);
}

TEST_CASE("What another program is at work on in output_dir is no killed run's, and stays") {
  test_folder folder;
  staged_directory theirs(folder / "exported");
  output_file file(detail::temporary_name(folder / "notes.txt"));
  runs::simple run(folder.path());
  run([](auto& t) { t.save(); });
  CHECK(run.notes.empty());
  replace_file(theirs.file("a"), "");
  theirs.commit();
  file.commit();
  CHECK(std::filesystem::exists(file.path()));
  CHECK(std::filesystem::exists(folder / "exported/a"));
}

TEST_CASE("save(directory) writes the student alone") {
  test_folder folder;
  runs::simple run(folder / "run");
  run([&](auto& t) {
    t.train();
    t.save(folder / "a/b");
  });
  tabular<float> loaded(5);
  load_model(folder / "a/b", loaded);
  CHECK(runs::bits(loaded) == runs::bits(run.student));
}
