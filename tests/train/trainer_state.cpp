// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/fixed.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/train/evaluation.hpp>
#include <gkd/train/trainer.hpp>
#include <gkd/train/trainer_state.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "train/runs.hpp"

using namespace gkd;

namespace {

/// Six steps, logged after each second one, evaluated and saved after each third.
training_options six_steps(const std::string& directory) {
  return {.output_dir = directory,
          .per_device_train_batch_size = 2,
          .max_steps = 6,
          .learning_rate = 0.1,
          .logging_steps = 2,
          .eval_strategy = interval::steps,
          .eval_steps = 3,
          .save_steps = 3};
}

/// A run of 6 steps in a folder, logged every 2, evaluated and saved every 3; nothing to begin with
/// or from a checkpoint, and perhaps stopped.
void run(const std::string& directory, runs::log& seen, const std::string& from = "",
         long stop_at = 100) {
  struct stopper {
    long step;
    bool on_step(const step_event& e) { return e.step < step; }
  };
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  const training_options options = six_steps(directory);
  best_model best{student,
                  {.directory = directory + "/best",
                   .metric = {"eval_forward_kl"},
                   .restore_at_end = false}};
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            adamw{},
            options,
            checkpoints{{.from = from}},
            evaluate_on{data},
            best,
            trainer_state_log{{.directory = directory,
                               .training = options,
                               .best = [&] { return best.best(); },
                               .best_directory = directory + "/best",
                               .from = from}},
            runs::recorder{seen},
            stopper{stop_at}};
  if (!from.empty()) REQUIRE(t.resume());
  t.train();
}

nlohmann::json state_in(const std::string& directory) {
  return read_json(directory + "/trainer_state.json");
}

/// log_history without what depends on the clock, and without the loss of step 4: a mean over the
/// steps since the entry before, of which a run that begins at step 3 has one.
nlohmann::json comparable(const nlohmann::json& state) {
  nlohmann::json history = state.at("log_history");
  for (nlohmann::json& entry : history) {
    for (const char* name : {"eval_runtime", "train_runtime", "train_steps_per_second",
                             "train_samples_per_second", "train_loss"})
      entry.erase(name);
    if (entry.at("step") == 4) entry.erase("loss");
  }
  return history;
}

}  // namespace

TEST_CASE("log_history holds what was logged and evaluated, in the order it happened") {
  test_folder folder;
  runs::log seen;
  run(folder.path(), seen);
  const nlohmann::json state = state_in(folder.path());
  CHECK(state.at("global_step") == 6);
  CHECK(state.at("max_steps") == 6);
  CHECK(state.at("epoch") == 1.5);
  CHECK(state.at("num_train_epochs") == 2);
  CHECK(state.at("logging_steps") == 2);
  CHECK(state.at("train_batch_size") == 2);
  CHECK(state.at("best_global_step") == 6);
  CHECK(state.at("best_model_checkpoint") == folder / "best");
  const auto& history = state.at("log_history");
  std::vector<long> steps;
  for (const auto& entry : history) steps.push_back(entry.at("step").get<long>());
  CHECK(steps == std::vector<long>{2, 3, 4, 6, 6, 6});
  CHECK(history[0].at("loss") == (seen.steps[0].loss + seen.steps[1].loss) / 2);
  CHECK(history[0].at("grad_norm") == seen.steps[1].gradient_norm);
  CHECK(history[0].at("learning_rate") == seen.steps[1].learning_rate);
  CHECK(history[0].at("epoch") == 0.5);
  CHECK(history[1].at("eval_forward_kl").is_number());
  CHECK(history[1].at("eval_runtime").get<double>() >= 0.0);
  CHECK(history[4].at("eval_forward_kl") == state.at("best_metric"));
  CHECK(history[5].at("train_runtime").get<double>() > 0.0);
  CHECK(history[5].at("train_samples_per_second").get<double>() > 0.0);
  double sum = 0.0;
  for (const auto& step : seen.steps) sum += step.loss;
  CHECK(history[5].at("train_loss").get<double>() == Approx(sum / 6));
}

TEST_CASE("Each checkpoint has the state of its step, beside what the checkpoint vouches for") {
  test_folder folder;
  runs::log seen;
  run(folder.path(), seen);
  const nlohmann::json state = state_in(folder / "checkpoint-3");
  CHECK(state.at("global_step") == 3);
  CHECK(state.at("log_history").size() == 2);
  CHECK(state.at("log_history")[1].contains("eval_loss"));
  CHECK_NOTHROW(detail::verify_checkpoint({3, folder / "checkpoint-3"}));
}

TEST_CASE("What a checkpoint is to know is in the directory before the checkpoint is") {
  // sees what a run that is killed between its checkpoint and the log's on_save() leaves
  struct before_the_log {
    std::string directory;
    std::vector<nlohmann::json>& seen;
    void on_save(const save_event&) { seen.push_back(state_in(directory)); }
  };
  test_folder folder;
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  std::vector<nlohmann::json> seen;
  training_options options = six_steps(folder.path());
  for (const interval when : {interval::steps, interval::epoch}) {
    options.save_strategy = when;
    std::filesystem::remove_all(folder.path());
    seen.clear();
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              adamw{},
              options,
              checkpoints{},
              evaluate_on{data},
              before_the_log{folder.path(), seen},
              trainer_state_log{{.directory = folder.path(), .training = options}}};
    t.train();
    CHECK(seen.size() == 2);
    for (const nlohmann::json& state : seen) {
      const long step = state.at("global_step").get<long>();
      const auto known = state_in(runs::checkpoint(folder.path(), step));
      CHECK(state.at("log_history") == known.at("log_history"));
    }
  }
}

TEST_CASE("A run that goes on takes up what was logged before its checkpoint") {
  test_folder whole, stopped, elsewhere;
  runs::log seen;
  run(whole.path(), seen);
  run(stopped.path(), seen, "", 5);  // beyond the checkpoint of step 3
  CHECK(state_in(stopped.path()).at("global_step") == 5);
  run(stopped.path(), seen, stopped / "checkpoint-3");
  const nlohmann::json wanted = state_in(whole.path()), got = state_in(stopped.path());
  CHECK(comparable(got) == comparable(wanted));
  CHECK(got.at("best_metric") == wanted.at("best_metric"));
  CHECK(got.at("global_step") == 6);

  run(elsewhere.path(), seen, whole / "checkpoint-3");
  CHECK(comparable(state_in(elsewhere.path())) == comparable(wanted));
}

TEST_CASE("trainer_state.json called a model the best that was no longer kept") {
  test_folder folder;
  tabular<float> student(5);
  const auto measured = [](double value) { return metrics{{"eval_loss", value}}; };
  const auto with = [&](const auto& use) {
    best_model best{student, {.directory = folder / "best"}};
    trainer_state_log log{{.directory = folder.path(),
                           .best = [&] { return best.best(); },
                           .best_directory = folder / "best"}};
    const auto tell = [&](const auto& e) { notify(best, e), notify(log, e); };
    use(tell);
  };
  const auto recorded = [&] { return read_json(folder / "best/best.json"); };
  with([&](const auto& tell) {
    tell(start_event{0, 9, 1.0, ""});
    tell(eval_event{2, 0.2, measured(1.0), 0.0});
    std::filesystem::create_directory(folder / "checkpoint-2");
    tell(save_event{2, folder / "checkpoint-2"});
    tell(eval_event{4, 0.4, measured(0.5), 0.0});
  });
  CHECK(recorded().at("step") == 4);
  with([&](const auto& tell) {  // from step 2, whose model another has taken the place of
    tell(start_event{2, 9, 1.0, ""});
    step_event third;
    third.step = 3;
    tell(third);
    tell(eval_event{3, 0.3, measured(1.5), 0.0});
    tell(end_event{3, true, 0.0});
  });
  CHECK(recorded().at("step") == 3);
  CHECK(state_in(folder.path()).at("best_global_step") == 3);
  CHECK(state_in(folder.path()).at("best_metric") == recorded().at("value"));
}

TEST_CASE("The file of an earlier run: missing is nothing, damaged is passed over with a note") {
  test_folder folder;
  runs::log seen;
  run(folder.path(), seen, "", 3);
  std::filesystem::remove(folder / "checkpoint-3/trainer_state.json");
  run(folder.path(), seen, folder / "checkpoint-3");
  const nlohmann::json state = state_in(folder.path());
  CHECK(state.at("log_history")[0].contains("eval_loss"));  // which the stop had left out
  CHECK(state.at("log_history")[0].at("step") == 3);
  CHECK(state.at("log_history")[1].at("step") == 4);
  const nlohmann::json whole = comparable(state);
  std::string note;
  const auto goes_on = [&](const std::string& from) {
    note.clear();
    trainer_state_log log{{.directory = folder.path(), .from = from, .on_note = [&](auto text) {
                             CHECK(note.empty());
                             note = text;
                           }}};
    log.on_start({6, 7, 1.75, ""});
    return log.history();
  };
  const std::string own = folder / "checkpoint-6/trainer_state.json";
  const std::string own_text = folder.read("checkpoint-6/trainer_state.json");
  const nlohmann::json of_own = read_json(own).at("log_history");
  CHECK(of_own.size() + 1 == whole.size());  // without the end
  for (const char* damaged : {"{", "", "[]", "{}", R"({"log_history": {}})",
                              R"({"log_history": [{"epoch": 1}]})",
                              R"({"log_history": [{"step": 1, "epoch": null}]})",
                              R"({"log_history": [1]})"}) {
    CAPTURE(damaged);
    folder.write("trainer_state.json", damaged);
    CHECK(goes_on("") == of_own);
    CHECK(note.find("from a damaged file: " + (folder / "trainer_state.json")) != note.npos);
    folder.write("checkpoint-6/trainer_state.json", damaged);
    CHECK(goes_on(folder / "checkpoint-6").empty());
    CHECK(note.find(own) != note.npos);
    folder.write("checkpoint-6/trainer_state.json", own_text);
  }
  std::filesystem::remove(folder / "trainer_state.json");
  CHECK(goes_on("") == of_own);
  CHECK(note.empty());
}

TEST_CASE("A run that was killed between its last checkpoint and its end gets the end's entry") {
  test_folder folder;
  runs::log seen;
  run(folder.path(), seen);
  const nlohmann::json whole = comparable(state_in(folder.path()));
  folder.write("trainer_state.json", folder.read("checkpoint-6/trainer_state.json"));
  CHECK(state_in(folder.path()).at("log_history").size() + 1 == whole.size());
  for (int i = 0; i < 2; ++i) {  // the second finds it there
    run(folder.path(), seen, folder / "checkpoint-6");
    CHECK(comparable(state_in(folder.path())) == whole);
    const nlohmann::json end = state_in(folder.path()).at("log_history").back();
    double sum = 0.0;
    for (int step = 0; step < 6; ++step) sum += seen.steps[static_cast<std::size_t>(step)].loss;
    CHECK(end.at("train_loss").get<double>() == Approx(sum / 6));  // of what was logged
    CHECK(end.at("train_steps_per_second") == 0.0);
    folder.write("checkpoint-6/trainer_state.json", folder.read("trainer_state.json"));
  }
  std::filesystem::remove(folder / "checkpoint-6/trainer_state.json");
  run(folder.path(), seen, folder / "checkpoint-6");
  const nlohmann::json alone = state_in(folder.path()).at("log_history");
  REQUIRE(alone.size() == 1);
  CHECK(alone[0].at("train_loss").is_null());
}

TEST_CASE("train_loss of a run without a step is the mean of the logged losses by their steps") {
  test_folder folder;
  folder.write("trainer_state.json", R"({"global_step": 9, "log_history": [
      {"step": 1, "epoch": 0, "loss": 4.0}, {"step": 4, "epoch": 0, "loss": 2.0},
      {"step": 6, "epoch": 0, "loss": null}, {"step": 8, "epoch": 0, "loss": 1.0}]})");
  trainer_state_log log{{.directory = folder.path()}};
  log.on_start({9, 9, 1.0, ""});
  log.on_end({9, false, 2.0});
  CHECK(log.history().back().at("train_loss") == 2.0);  // (4 + 3 * 2 + 2 * 1) / 6
}

TEST_CASE("The end of a run whose last evaluation was given up comes after that evaluation") {
  test_folder folder;
  trainer_state_log log{{.directory = folder.path()}};
  log.on_start({0, 1, 1.0, ""});
  step_event only;
  only.step = only.total_steps = 1;
  only.rows = only.loss = 3.0;
  log.on_step(only);
  log.on_end({1, false, 2.0, true});
  CHECK(log.history().size() == 1);
  trainer_state_log resumed{{.directory = folder.path()}};
  resumed.on_start({1, 1, 1.0, ""});
  resumed.on_eval({1, 1.0, metrics{{"eval_loss", 0.5}}, 1.0});
  resumed.on_end({1, false, 2.0});
  REQUIRE(resumed.history().size() == 2);
  CHECK(resumed.history()[0].contains("eval_loss"));
  CHECK(resumed.history()[1].at("train_loss") == 3.0);
}

TEST_CASE("A trainer that resumes after a failure has each step once in log_history") {
  test_folder folder;
  struct fails_once {
    long at;
    bool& done;
    void on_step(const step_event& e) {
      if (!std::exchange(done, done || e.step == at) && e.step == at)
        fail(errc::io_failure, "no space");
    }
  };
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  const training_options options{.output_dir = folder.path(),
                                 .per_device_train_batch_size = 2,
                                 .max_steps = 8,
                                 .learning_rate = 0.1,
                                 .logging_steps = 1,
                                 .eval_strategy = interval::steps,
                                 .eval_steps = 2,
                                 .save_steps = 4};
  bool done = false;
  best_model best{student, {.directory = folder / "best", .restore_at_end = false}};
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            adamw{},
            options,
            checkpoints{},
            evaluate_on{data},
            best,
            trainer_state_log{{.directory = folder.path(),
                               .training = options,
                               .best = [&] { return best.best(); },
                               .best_directory = folder.path() + "/best"}},
            fails_once{7, done}};
  CHECK_ERROR(t.train(), errc::io_failure, "no space");
  REQUIRE(t.resume());
  REQUIRE(t.state().step == 4);
  t.train();
  std::vector<long> logged, evaluated;
  const nlohmann::json state = state_in(folder.path());
  for (const auto& entry : state.at("log_history")) {
    if (entry.contains("loss")) logged.push_back(entry.at("step"));
    if (entry.contains("eval_loss")) evaluated.push_back(entry.at("step"));
  }
  CHECK(logged == std::vector<long>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(evaluated == std::vector<long>{2, 4, 6, 8});
  CHECK(state.at("best_global_step") == 8);
  const auto entries = state.at("log_history").size();
  t.train();  // at its end already: says nothing new, and takes nothing back
  CHECK(state_in(folder.path()).at("log_history").size() == entries);
}

TEST_CASE("An evaluation before the run has begun takes nothing from log_history, nor adds to it") {
  test_folder folder;
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  const auto with = [&](const auto& use) {
    tabular<float> student(5);
    const training_options options = six_steps(folder.path());
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              adamw{},
              options,
              checkpoints{},
              evaluate_on{data},
              trainer_state_log{{.directory = folder.path(), .training = options}}};
    use(t);
  };
  with([](auto& t) { t.train(); });
  const nlohmann::json whole = comparable(state_in(folder.path()));
  const std::string file = folder.read("trainer_state.json");
  std::filesystem::remove_all(folder / "checkpoint-6");
  with([](auto& t) {
    REQUIRE(t.resume());
    t.evaluate();
  });
  CHECK(folder.read("trainer_state.json") == file);
  with([](auto& t) {
    REQUIRE(t.resume());
    t.evaluate();
    t.train();
  });
  CHECK(comparable(state_in(folder.path())) == whole);
  std::filesystem::remove_all(folder / "checkpoint-6");
  with([](auto& t) {  // steps made by hand
    REQUIRE(t.resume());
    for (int i = 0; i < 3; ++i) t.training_step();
    t.evaluate();
    t.save();
  });
  nlohmann::json by_hand = whole;
  by_hand.erase(by_hand.size() - 1);  // the end, which train() logs
  CHECK(comparable(state_in(folder.path())) == by_hand);
}

namespace {

/// six_steps() in a folder with a best model and this callback beside it.
void six_steps_with(const std::string& directory, auto callback, const auto& use) {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  best_model best{student,
                  {.directory = directory + "/best",
                   .metric = {"eval_forward_kl"},
                   .restore_at_end = false}};
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            adamw{},
            six_steps(directory),
            checkpoints{},
            evaluate_on{data},
            best,
            trainer_state_log{{.directory = directory,
                               .training = six_steps(directory),
                               .best = [&] { return best.best(); },
                               .best_directory = directory + "/best"}},
            callback};
  use(t);
}
struct stops_at {
  long step;
  bool on_step(const step_event& e) { return e.step < step; }
};
/// The first time that it is there.
struct fails_at {
  long step;
  bool done = false;
  void on_step(const step_event& e) {
    if (!done && e.step == step) done = true, fail(errc::io_failure, "no space");
  }
};

}  // namespace

TEST_CASE("An evaluation that a run makes again where it goes on is once in log_history") {
  test_folder folder;
  const auto count = [&] {
    std::map<long, int> evaluations;
    const nlohmann::json state = state_in(folder.path());
    for (const nlohmann::json& entry : state.at("log_history"))
      if (entry.contains("eval_runtime")) ++evaluations[entry.at("step").get<long>()];
    return evaluations;
  };
  const std::map<long, int> none, two{{3, 1}, {6, 1}};
  six_steps_with(folder.path(), stops_at{3}, [](auto& t) { t.train(); });
  CHECK(count() == none);  // the stop left it out
  six_steps_with(folder.path(), stops_at{100}, [](auto& t) {
    REQUIRE(t.resume());
    t.train();
  });
  CHECK(count() == two);
  for (int i = 0; i < 2; ++i) {
    six_steps_with(folder.path(), stops_at{100}, [](auto& t) {
      REQUIRE(t.resume());
      t.train();
      t.evaluate();
    });
    CHECK(count() == two);
  }
}

TEST_CASE("A model that was resumed and is saved has the log of its checkpoint") {
  test_folder folder;
  six_steps_with(folder.path(), stops_at{5}, [](auto& t) { t.train(); });
  const nlohmann::json before = state_in(folder / "checkpoint-3");
  CHECK(before.at("log_history").size() == 2);
  CHECK(before.at("num_input_tokens_seen") > 0);
  CHECK(before.at("best_global_step") == 3);
  std::filesystem::remove_all(folder / "checkpoint-5");  // of the stop
  CHECK(state_in(folder.path()).at("global_step") == 5);
  six_steps_with(folder.path(), stops_at{9}, [&](auto& t) {
    REQUIRE(t.resume());
    REQUIRE(t.state().step == 3);
    for (int i = 0; i < 2; ++i) {  // an evaluation between two changes nothing
      t.save();
      CHECK(state_in(folder.path()) == before);
      CHECK(state_in(folder / "checkpoint-3") == before);
      t.evaluate();
    }
    t.train();
  });
  test_folder whole;
  six_steps_with(whole.path(), stops_at{9}, [](auto& t) { t.train(); });
  CHECK(comparable(state_in(folder.path())) == comparable(state_in(whole.path())));
}

TEST_CASE("So has one that went back after a failure, and takes no entry of the failed steps") {
  test_folder folder, whole;
  six_steps_with(whole.path(), stops_at{9}, [](auto& t) { t.train(); });
  six_steps_with(folder.path(), fails_at{5}, [&](auto& t) {
    CHECK_ERROR(t.train(), errc::io_failure, "no space");
    const nlohmann::json before = state_in(folder / "checkpoint-3");
    REQUIRE(t.resume());
    t.evaluate();
    t.save();
    CHECK(state_in(folder.path()) == before);
    CHECK(state_in(folder / "checkpoint-3") == before);
    for (int i = 0; i < 2; ++i) t.training_step();  // steps made by hand
    REQUIRE(t.resume());
    for (int i = 0; i < 3; ++i) t.training_step();
    t.evaluate();
    t.save();
  });
  nlohmann::json by_hand = comparable(state_in(whole.path()));
  by_hand.erase(by_hand.size() - 1);  // the end, which train() logs
  CHECK(comparable(state_in(folder.path())) == by_hand);
}

TEST_CASE("A finished run that is resumed keeps its state to the letter") {
  test_folder folder;
  six_steps_with(folder.path(), stops_at{9}, [](auto& t) { t.train(); });
  const nlohmann::json before = state_in(folder.path());
  CHECK(before.at("num_input_tokens_seen") > 0);
  CHECK(before.at("log_history").back().contains("train_runtime"));
  for (int i = 0; i < 2; ++i)
    six_steps_with(folder.path(), stops_at{9}, [](auto& t) {
      REQUIRE(t.resume());
      t.train();
    });
  CHECK(state_in(folder.path()) == before);

  trainer_state_log log{{.directory = folder.path()}};  // and is none any more once a step follows
  log.on_start({6, 7, 1.75, ""});
  CHECK(log.history() == before.at("log_history"));
  step_event seventh;
  seventh.step = 7;
  log.on_step(seventh);
  CHECK(log.history().size() == before.at("log_history").size() - 1);
  CHECK_FALSE(log.history().back().contains("train_runtime"));
}

TEST_CASE("A state of another program, with other names and numbers of any size, is taken up") {
  test_folder folder;
  folder.write("trainer_state.json",
               R"({"global_step": 4, "epoch": null, "max_steps": 1e300, "log_history": [
                   {"step": 2, "epoch": 0.5, "num_input_tokens_seen": 17},
                   {"step": 6, "epoch": 1.5, "num_input_tokens_seen": 99}]})");
  trainer_state_log log{{.directory = folder.path()}};
  std::filesystem::create_directory(folder / "checkpoint-4");
  log.on_save({4, folder / "checkpoint-4"});
  const nlohmann::json state = state_in(folder / "checkpoint-4");
  CHECK(state.at("num_input_tokens_seen") == 17);
  CHECK(state.at("epoch") == 0.5);
  CHECK(state.at("log_history").size() == 1);
}

TEST_CASE("A best_directory that is not UTF-8 is an error that says so") {
  const test_folder folder;
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            adamw{},
            six_steps(folder.path()),
            checkpoints{},
            evaluate_on{data},
            trainer_state_log{{.directory = folder.path(),
                               .training = six_steps(folder.path()),
                               .best = [] { return best_value{1.0, 3}; },
                               .best_directory = "caf\xe9"}}};
  CHECK_ERROR(t.train(), errc::bad_format,
              "\"/best_model_checkpoint\" is \"caf\\xe9\", want UTF-8");
}
