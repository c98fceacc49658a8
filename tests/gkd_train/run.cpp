// SPDX-License-Identifier: Apache-2.0
// The command-line trainer on tiny folders, from its words to what it leaves behind.
#include <gkd/train/gkd_config_reader.hpp>

#include <cerrno>
#include <cmath>
#include <csignal>
#include <map>
#include <sstream>
#include <system_error>

#include "../../examples/gkd_train/outcome.hpp"
#include "../../examples/gkd_train/page.hpp"
#include "../../examples/gkd_train/sinks.hpp"
#include "gkd_train/workplace.hpp"
#include "support/catch.hpp"
#include "support/data_dir.hpp"
#include "support/golden.hpp"
#include "support/throws.hpp"

using namespace gkd;
namespace fs = std::filesystem;

namespace {

gkd::index times(const std::string& text, const std::string& part) {
  gkd::index count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("A run leaves a model that loads, logs, curves and a report") {
  workplace w;
  CHECK(w.run("out", {"--lmbda", "0.5", "--eval_fraction", "0.25", "--eval_strategy", "steps",
                      "--eval_steps", "3", "--eval_on_start", "--sample_every", "3", "--run_name",
                      "a <run>"}) == 0);
  for (const char* name : {"config.json", "model.safetensors", "tokenizer.json",
                           "tokenizer_config.json", "generation_config.json", "gkd_config.json",
                           "train.jsonl", "trainer_state.json", "report.html", "runs"}) {
    INFO(name);
    CHECK(w.has(std::string("out/") + name));
  }
  CHECK_FALSE(w.has("out/checkpoint-6"));
  const auto student = load_hf_model(w / "out", reference{});
  CHECK(student.config().layers == 1);
  CHECK(w.weights("out") != w.weights("student"));
  CHECK(w.folder.read("out/tokenizer.json") == w.folder.read("student/tokenizer.json"));

  const auto state = w.json("out/trainer_state.json");
  CHECK(state.at("global_step") == 6);
  const auto& history = state.at("log_history");
  REQUIRE(history.size() == 3 + 6 + 1);
  const double before = history[0].at("eval_forward_kl"), after = history[8].at("eval_forward_kl");
  CHECK(after < before);
  CHECK(w.json("out/gkd_config.json").at("lmbda") == 0.5);
  CHECK(w.folder.read("out/train.jsonl").find("\"samples\"") != std::string::npos);
  const std::string report = w.folder.read("out/report.html");
  for (const char* part : {"a &lt;run&gt;", "student before", "student after", "teacher",
                           "forward KL to the teacher", "peak memory", "--lmbda 0.5"}) {
    INFO(part);
    CHECK(report.find(part) != std::string::npos);
  }
  CHECK(w.said("train on  9 chats of"));
  CHECK(w.said("evaluate  3 chats of"));
  CHECK(w.said("6 steps in 0:"));
  CHECK(w.bar.find("a <run>") != std::string::npos);
}

TEST_CASE("The configuration that a run writes makes the same run again, on any threads") {
  workplace w;
  CHECK(w.run("out", {"--lmbda", "1", "--seed", "5"}) == 0);
  const std::vector<std::string> words{"gkd_train",    "--config",  w / "out/gkd_config.json",
                                       "--output_dir", w / "again", "--log_level",
                                       "error",        "--threads", "3"};
  CHECK(gkd_train::main_program(words) == 0);
  CHECK(w.weights("again") == w.weights("out"));
}

TEST_CASE(
    "What a resumed or overwriting run writes as configuration begins a run, and overwrites none") {
  workplace w;
  CHECK(w.cut("out", {"--overwrite_output_dir"}) == 130);
  CHECK(w.run("out", {"--resume_from_checkpoint", "--overwrite_output_dir", "--resume_anyway"}) ==
        0);
  const auto written = w.json("out/gkd_config.json");
  CHECK(written.at("resume_from_checkpoint") == false);
  CHECK(written.at("resume_anyway") == false);
  CHECK(written.at("overwrite_output_dir") == false);
  const auto again = [&](const std::string& out) {
    gkd_train::screens silent;
    silent.out.write = silent.bar.write = [](std::string_view) {};
    return gkd_train::main_program(
        {"gkd_train", "--config", w / "out/gkd_config.json", "--output_dir", w / out}, silent);
  };
  CHECK(again("again") == 0);
  CHECK(w.weights("again") == w.weights("out"));
  CHECK_ERROR(again("out"), errc::already_exists, "holds a model already");
}

TEST_CASE("The command to go on is without --overwrite_output_dir, however it was written") {
  workplace w;
  for (const char* word : {"--overwrite_output_dir", "--overwrite-output-dir=true"}) {
    CHECK(w.cut("out", {word}) == 130);
    CHECK_FALSE(w.said("overwrite"));
  }
  CHECK(w.cut("out", {"--overwrite_output_dir", "True", "--lmbda", "0"}) == 130);
  CHECK(w.said("--save_strategy=no --lmbda 0 --resume_from_checkpoint true"));
}

TEST_CASE("After a kill and a resume no step is twice in train.jsonl") {
  workplace w;
  CHECK(w.run("out", {"--save_strategy", "steps", "--save_steps", "2"}) == 0);
  // as a kill between step 5 and the next checkpoint leaves it
  fs::remove_all(w / "out/checkpoint-6");
  CHECK(w.run("out",
              {"--save_strategy", "steps", "--save_steps", "2", "--resume_from_checkpoint"}) == 0);
  CHECK(w.said("going on after step 4"));
  std::vector<long> steps;
  std::istringstream lines(w.folder.read("out/train.jsonl"));
  for (std::string line; std::getline(lines, line);)
    if (const auto json = nlohmann::json::parse(line); json.contains("loss"))
      steps.push_back(json.at("step"));
  CHECK(steps == std::vector<long>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("Ctrl-C keeps the run, says how to go on, and nothing is lost") {
  workplace w;
  for (const char* lmbda : {"0", "1"}) {
    const std::string whole = concat("whole", lmbda), cut = concat("cut", lmbda);
    CHECK(w.run(whole, {"--lmbda", lmbda}) == 0);
    CHECK(w.cut(cut, {"--lmbda", lmbda}) == 130);
    CHECK(w.said("interrupted at step 1 of 6; all of it is in "));
    CHECK(w.said("--resume_from_checkpoint true"));
    CHECK_FALSE(w.has(cut + "/model.safetensors"));
    CHECK(w.run(cut, {"--lmbda", lmbda, "--resume_from_checkpoint"}) == 0);
    CHECK(w.said("going on after step 1"));
    CHECK(w.weights(cut) == w.weights(whole));
    CHECK(w.json(cut + "/trainer_state.json").at("log_history").size() == 7);
  }
}

TEST_CASE("Checkpoints rotate; a run goes on from the one it is told") {
  workplace w;
  CHECK(w.run("out",
              {"--save_strategy", "steps", "--save_steps", "2", "--save_total_limit", "2"}) == 0);
  CHECK_FALSE(w.has("out/checkpoint-2"));
  CHECK(w.has("out/checkpoint-4/optimizer.safetensors"));
  CHECK(w.json("out/checkpoint-4/trainer_state.json").at("global_step") == 4);
  CHECK(w.has("out/checkpoint-6"));
  const std::string four = w / "out/checkpoint-4";
  CHECK(w.run("more", {"--resume_from_checkpoint", four}) == 0);
  CHECK(w.weights("more") == w.weights("out"));
  CHECK_ERROR(w.run("other", {"--resume_from_checkpoint", four, "--max_steps", "9"}),
              errc::bad_checkpoint, "max_steps is 6, 9 in this run");
  CHECK_ERROR(w.run("other", {"--resume_from_checkpoint", four, "--lmbda", "0.25"}),
              errc::bad_checkpoint, "(--resume_anyway)");
  CHECK_ERROR(w.run("other", {"--resume_from_checkpoint", four, "--beta", "0"}),
              errc::bad_checkpoint, "forward_kl");
  CHECK(w.run("longer",
              {"--resume_from_checkpoint", four, "--max_steps", "9", "--resume_anyway"}) == 0);
  CHECK(w.json("longer/trainer_state.json").at("global_step") == 9);
  for (const char* out : {"shorter", "out"})  // a bar of 6/4 and the model of step 6
    CHECK_ERROR(w.run(out, {"--resume_from_checkpoint", w / "out/checkpoint-6", "--max_steps", "4",
                            "--resume_anyway"}),
                errc::bad_checkpoint,
                "out/checkpoint-6: is of step 6, and this run ends after step 4; want a longer "
                "run, or " + four);
  CHECK_FALSE(w.has("shorter"));
}

TEST_CASE("A damaged trainer_state.json, a report alone, does not keep a run from going on") {
  workplace w;
  const std::vector<std::string> words{"--save_strategy", "steps", "--save_steps", "2"};
  CHECK(w.run("out", words) == 0);
  std::vector<std::string> again = words;
  again.push_back("--resume_from_checkpoint");
  const auto whole = w.json("out/trainer_state.json").at("log_history").size();
  fs::remove_all(w / "out/checkpoint-6");
  w.folder.write("out/trainer_state.json", "{");
  CHECK(w.run("out", again) == 0);
  CHECK(w.said("note: what was logged before is not read from a damaged file: "));
  CHECK(w.json("out/trainer_state.json").at("log_history").size() == whole);
  for (const char* name : {"out/checkpoint-4/trainer_state.json", "out/trainer_state.json"})
    w.folder.write(name, "{");
  fs::remove_all(w / "out/checkpoint-6");
  CHECK(w.run("out", again) == 0);
  CHECK(w.said("checkpoint-4/trainer_state.json"));
  CHECK(w.json("out/trainer_state.json").at("log_history").front().at("step") > 4);
}

TEST_CASE("A finished run whose trainer_state.json is damaged keeps its report of before") {
  workplace w;
  const std::vector<std::string> words{"--report_samples", "2",   "--save_strategy",
                                       "steps",            "--save_steps", "3"};
  CHECK(w.run("out", words) == 0);
  const std::string report = read_file(w / "out/report.html");
  w.folder.write("out/trainer_state.json", "{");
  std::vector<std::string> again = words;
  again.push_back("--resume_from_checkpoint");
  CHECK(w.run("out", again) == 0);
  CHECK(w.said("the run is finished already, step 6 of 6"));
  CHECK(read_file(w / "out/report.html") == report);
}

TEST_CASE("save_only_model: checkpoints are models that load") {
  workplace w;
  CHECK(w.run("out", {"--save_only_model", "--save_strategy", "steps", "--save_steps", "2",
                      "--save_total_limit", "2"}) == 0);
  CHECK_FALSE(w.has("out/checkpoint-2"));
  CHECK_FALSE(w.has("out/checkpoint-6/optimizer.safetensors"));
  CHECK(load_hf_model(w / "out/checkpoint-4", reference{}).config().layers == 1);
  CHECK(w.has("out/checkpoint-4/tokenizer.json"));
  CHECK(w.weights("out/checkpoint-6") == w.weights("out"));
  CHECK(w.bar.find("step 4  saved ") != std::string::npos);
  CHECK(w.folder.read("out/train.jsonl").find("{\"step\":4,\"checkpoint\":") != std::string::npos);
  CHECK(w.cut("cut", {"--save_only_model"}) == 130);
  CHECK(w.has("cut/checkpoint-1/config.json"));
  CHECK(w.said("--save_only_model keeps no state to go on from"));
}

TEST_CASE("save_only_model: the limit spares what was just written, not a later step's") {
  workplace w;
  CHECK(w.run("out", {"--save_strategy", "steps", "--save_steps", "2"}) == 0);
  CHECK(w.cut("out",
              {"--save_only_model", "--save_total_limit", "1", "--resume_from_checkpoint",
               w / "out/checkpoint-2"},
              "2/6") == 130);
  CHECK(w.has("out/checkpoint-3/config.json"));
  CHECK_FALSE(w.has("out/checkpoint-6"));
}

TEST_CASE("save_only_model: a model takes the place of a checkpoint as a whole") {
  workplace w;
  CHECK(w.run("out", {"--save_strategy", "steps", "--save_steps", "2"}) == 0);
  CHECK(w.run("out", {"--save_only_model", "--save_strategy", "steps", "--save_steps", "2",
                      "--resume_from_checkpoint", w / "out/checkpoint-2"}) == 0);
  CHECK_FALSE(w.has("out/checkpoint-6/optimizer.safetensors"));
  CHECK(w.weights("out/checkpoint-6") == w.weights("out"));
  // the checkpoint, from which a run can go on, is not gone
  CHECK(w.has("out/checkpoint-6.passed-1/optimizer.safetensors"));
  CHECK(w.said("note: " + (w / "out/checkpoint-6") + ": this run saves a model alone in its place; "
               "it is now " + (w / "out/checkpoint-6.passed-1")));
  CHECK_FALSE(w.has("out/checkpoint-2.passed-1"));
}

TEST_CASE("An answer that the model's context ended was called cut at --max_new_tokens") {
  const generation_options how{.max_new_tokens = 5, .stop_tokens = {9}};
  const auto cut = [&](std::vector<token> tokens) {
    std::vector<float> weights(tokens.size(), 1.0f);
    weights[0] = 0.0f;  // the prompt
    return gkd_train::how_cut({tokens, weights}, how, 0, 4);
  };
  CHECK(cut({1, 2, 9}) == "");
  CHECK(cut({1, 2, 3, 4, 5, 6}) == "cut at 5 tokens");
  CHECK(cut({1, 2, 3, 4}) ==
        "cut after 3 tokens, where with its prompt it is as long as the model's 4 positions");
  workplace w;
  write_chats(w / "long.jsonl", {{{"user", std::string(60, 'x')}, {"assistant", "y"}}});
  CHECK(w.run("out", {"--dataset_name", w / "long.jsonl", "--max_new_tokens", "1000",
                      "--max_steps", "1", "--lmbda", "0"}) == 0);
  CHECK(w.folder.read("out/report.html").find("cut at 1000 tokens") == std::string::npos);
}

TEST_CASE("Folders of --save_only_model are no damaged checkpoints: no run goes on from them") {
  workplace w;
  CHECK(w.run("out", {"--save_only_model", "--save_strategy", "steps", "--save_steps", "3"}) == 0);
  CHECK_ERROR(w.run("out", {"--save_only_model", "--resume_from_checkpoint"}), errc::bad_checkpoint,
              "out: its checkpoints are models alone: --save_only_model keeps no state");
  CHECK_ERROR(w.run("two", {"--resume_from_checkpoint", w / "out/checkpoint-3"}),
              errc::bad_checkpoint, "checkpoint-3: is a model alone: --save_only_model keeps no");
}

TEST_CASE("Ctrl-C before the first step trains none") {
  workplace w;
  CHECK(w.cut("out", {}, "train on ") == 130);
  CHECK(w.said("interrupted before the first step: nothing was trained"));
  CHECK_FALSE(w.has("out/train.jsonl"));
  CHECK(w.cut("out", {}, "6 steps of 4 chats") == 130);
  CHECK_FALSE(w.has("out/checkpoint-1"));

  CHECK(w.cut("eval", {"--eval_fraction", "0.25", "--eval_strategy", "steps", "--eval_on_start",
                       "--eval_generate"}) == 130);
  CHECK(w.said("interrupted before the first step: nothing was trained"));
  CHECK(w.folder.read("eval/train.jsonl").find("loss\":") == std::string::npos);
  CHECK_FALSE(w.has("eval/checkpoint-1"));
}

TEST_CASE("Ctrl-C before the first step of a run that goes on leaves its checkpoint") {
  workplace w;
  CHECK(w.cut("out", {}) == 130);
  CHECK(w.cut("out", {"--resume_from_checkpoint"}, "train on ") == 130);
  CHECK(w.said("to go on:\n"));
  CHECK(times(w.screen, "--resume_from_checkpoint") == 1);
  CHECK(w.run("out", {"--resume_from_checkpoint"}) == 0);
  CHECK(w.said("going on after step 1"));
}

TEST_CASE("Ctrl-C in the evaluation after the last step gives it up and keeps the model") {
  workplace w;
  for (const char* when : {"no", "steps"}) {
    const std::string out = concat("out-", when);
    CHECK(w.cut(out,
                {"--eval_dataset_name", w / "chats.jsonl", "--eval_strategy", when, "--eval_steps",
                 "6"},
                "6/6") == 130);
    CHECK(w.said("the model is whole, but not all of it was measured"));
    CHECK(w.has(out + "/model.safetensors"));
    CHECK(w.has(out + "/report.html"));
    CHECK(w.folder.read(out + "/train.jsonl").find("eval_") == std::string::npos);
  }
}

TEST_CASE("Ctrl-C in the last step of a run that measures nothing leaves nothing out") {
  workplace w;
  CHECK(w.cut("out", {"--report_samples", "0"}, "6/6") == 0);
  CHECK_FALSE(w.said("not all of it was measured"));
}

TEST_CASE("A result that could not be written was lost") {
  workplace w;
  transformer wide = load_hf_model(w / "student", reference{});
  for_each_value(wide, [](const auto& p) {
    if (p.name == "norm.weight") p.value.flat()[0] = 1e5f;  // beyond half precision
  });
  save_hf_model(wide, w / "wide", w / "student");
  const std::vector<std::string> words{"--model_name_or_path", w / "wide"};
  auto half = words;
  half.insert(half.end(), {"--save_dtype", "float16"});
  CHECK_ERROR(w.run("out", half), errc::non_finite, "; the run is in ");
  CHECK(w.has("out/checkpoint-6/manifest.json"));
  CHECK_FALSE(w.has("out/config.json"));
  auto again = words;
  again.push_back("--resume_from_checkpoint");
  CHECK(w.run("out", again) == 0);
  CHECK(w.has("out/config.json"));
}

TEST_CASE("The run that goes on makes the evaluation that Ctrl-C left out") {
  workplace w;
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--eval_dataset_name", w / "chats.jsonl", "--eval_strategy", "steps",
                               "--eval_steps", "1"});
    return words;
  };
  const auto forward_kl = [&](const std::string& out) {
    std::map<long, double> at;
    const auto state = w.json(out + "/trainer_state.json");
    for (const auto& entry : state.at("log_history"))
      if (entry.contains("eval_forward_kl")) at[entry.at("step")] = entry.at("eval_forward_kl");
    return at;
  };
  CHECK(w.run("whole", with({})) == 0);
  CHECK(w.cut("cut", with({})) == 130);  // within step 1, after which one is due
  CHECK(forward_kl("cut").empty());
  CHECK(w.run("cut", with({"--resume_from_checkpoint"})) == 0);
  CHECK(forward_kl("whole").size() == 6);
  CHECK((forward_kl("cut") == forward_kl("whole")));
}

TEST_CASE("Of a run that has no step left, the evaluation that Ctrl-C left out is made, too") {
  workplace w;
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--eval_dataset_name", w / "chats.jsonl", "--eval_strategy", "steps",
                               "--eval_steps", "6", "--save_strategy", "steps"});
    return words;
  };
  CHECK(w.cut("out", with({}), "6/6") == 130);
  CHECK(w.run("out", with({"--resume_from_checkpoint"})) == 0);
  CHECK(w.folder.read("out/train.jsonl").find("eval_") != std::string::npos);
  CHECK(w.said("\n0 of 6 steps in "));  // of which there is neither a speed nor a loss
  CHECK_FALSE(w.said("tokens/s"));
  CHECK_FALSE(w.said("mean loss"));
  CHECK(w.run("out", with({"--resume_from_checkpoint"})) == 0);  // its evaluation came once more
  const std::string log = w.folder.read("out/train.jsonl"), first = ",\"eval_loss\":";
  CHECK(log.find(first) != log.npos);
  CHECK(log.find(first) == log.rfind(first));
}

TEST_CASE("Ctrl-C in the evaluation that says which model is the best lost the trained one") {
  workplace w;
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(),
                 {"--eval_dataset_name", w / "chats.jsonl", "--eval_strategy", "steps",
                  "--eval_steps", "2", "--load_best_model_at_end", "--metric_for_best_model",
                  "forward_kl", "--learning_rate", "0.3"});
    return words;
  };
  CHECK(w.run("whole", with({})) == 0);
  CHECK(w.cut("out", with({}), "6/6") == 130);
  CHECK(w.said("interrupted at step 6 of 6, in the evaluation that says which model is the best; "
               "all of it is in " + (w / "out/checkpoint-6")));
  CHECK_FALSE(w.has("out/config.json"));
  CHECK(w.run("out", with({"--resume_from_checkpoint"})) == 0);
  CHECK(w.weights("out") == w.weights("whole"));
  CHECK(w.json("out/best/best.json") == w.json("whole/best/best.json"));
  CHECK(w.cut("alone", with({"--save_only_model"}), "6/6") == 130);
  CHECK(w.has("alone/checkpoint-6/model.safetensors"));
}

TEST_CASE("The result of another run is not taken for that of a finished one") {
  workplace w;
  CHECK(w.run("one", {"--save_strategy", "steps", "--save_steps", "6"}) == 0);
  CHECK(w.run("two", {"--seed", "9"}) == 0);
  CHECK(w.weights("one") != w.weights("two"));
  CHECK(w.run("two", {"--resume_from_checkpoint", w / "one/checkpoint-6",
                      "--overwrite_output_dir"}) == 0);
  CHECK(w.weights("one") == w.weights("two"));
}

TEST_CASE("A run that is finished stays as it is when it is resumed") {
  workplace w;
  CHECK(w.run("out", {"--save_strategy", "steps", "--save_steps", "3"}) == 0);
  const auto files = [&] {
    std::map<std::string, std::string> all;
    for (const char* name : {"out/report.html", "out/trainer_state.json", "out/train.jsonl",
                             "out/gkd_config.json", "out/model.safetensors"})
      all[name] = w.folder.read(name);
    return all;
  };
  const auto before = files();
  CHECK(w.run("out",
              {"--save_strategy", "steps", "--save_steps", "3", "--resume_from_checkpoint"}) == 0);
  CHECK(w.said("the run is finished already, step 6 of 6"));
  CHECK((files() == before));
  // killed before its model was written, or gone since
  for (const std::string file : {"out/config.json", "out/model.safetensors"}) {
    fs::remove(w / file);
    CHECK(w.run("out", {"--save_strategy", "steps", "--save_steps", "3",
                        "--resume_from_checkpoint"}) == 0);
    CHECK(w.said("0 of 6 steps in"));
    CHECK(w.has(file));
  }
  // an option of saving, which may differ
  for (const std::string type : {"bfloat16", "float32"}) {
    const std::vector<std::string> words{"--save_strategy", "steps", "--save_steps", "3",
                                         "--resume_from_checkpoint", "--save_dtype", type};
    CHECK(w.run("out", words) == 0);
    CHECK(w.said("0 of 6 steps in"));
    CHECK(read_json(w / "out/config.json").at("torch_dtype") == type);
    CHECK(w.run("out", words) == 0);
    CHECK(w.said("the run is finished already, step 6 of 6"));
  }
  CHECK(w.folder.read("out/model.safetensors") == before.at("out/model.safetensors"));
}

TEST_CASE("The report of a run that went on holds the whole run, and says what ran now") {
  workplace w;
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--save_strategy", "steps", "--save_steps", "2", "--eval_strategy",
                               "steps", "--eval_steps", "2", "--eval_fraction", "0.25"});
    return w.run("out", words);
  };
  const auto points = [&] { return times(w.folder.read("out/report.html"), "<circle"); };
  CHECK(run({}) == 0);
  const gkd::index whole = points();
  CHECK(w.said("\n6 steps in 0:"));
  for (const char* name : {"checkpoint-6", "config.json"}) fs::remove_all(w / concat("out/", name));
  CHECK(run({"--resume_from_checkpoint"}) == 0);
  CHECK(w.said("\n2 of 6 steps in 0:"));
  CHECK(w.said("first, step 2"));
  CHECK(w.said("last, step 6"));
  CHECK(points() == whole);
  const std::string report = w.folder.read("out/report.html");
  CHECK(report.find("first, step 2") != std::string::npos);
  CHECK(report.find("2 of 6 steps in 0:") != std::string::npos);
}

TEST_CASE("log_history is read back, by hand") {
  gkd_train::run_history h;
  h.take_up(nlohmann::json::parse(R"([
    {"epoch": 0.5, "grad_norm": 2.0, "learning_rate": 0.1, "loss": 0.75, "step": 1},
    {"epoch": 0.5, "eval_loss": 0.5, "eval_jsd": null, "eval_runtime": 3.0, "step": 1},
    {"train_loss": 0.7, "train_runtime": 9.0, "step": 1}])"));
  CHECK(h.steps == std::vector<double>{1.0});
  CHECK(h.losses == std::vector<double>{0.75});
  CHECK(h.learning_rates == std::vector<double>{0.1});
  CHECK(h.gradient_norms == std::vector<double>{2.0});
  REQUIRE(h.evaluations.size() == 1);
  CHECK(h.evaluations[0].step == 1);
  REQUIRE(h.evaluations[0].values.size() == 2);
  CHECK(h.evaluations[0].values[0].first == "eval_jsd");
  CHECK(std::isnan(h.evaluations[0].values[0].second));
  CHECK((h.evaluations[0].values[1] == std::pair<std::string, double>("eval_loss", 0.5)));
}

TEST_CASE("A run that stops early says whose model is in its folder") {
  workplace w;
  CHECK(w.cut("out", {}) == 130);
  CHECK_FALSE(w.said("an earlier run's"));
  CHECK(w.run("out", {"--overwrite_output_dir"}) == 0);
  for (const char* at : {"0/6", "train on "}) {
    CHECK(w.cut("out", {"--overwrite_output_dir"}, at) == 130);
    CHECK(w.said("note: model and report in "));
    CHECK(w.said("out are an earlier run's\n"));
  }
}

TEST_CASE("Ctrl-C with a strategy of saving saves once; the command to go on says so once") {
  workplace w;
  const std::vector<std::string> saves{"--save_strategy", "steps"};
  CHECK(w.cut("out", saves) == 130);
  CHECK(times(w.bar, "step 1  saved ") == 1);
  CHECK(times(w.folder.read("out/train.jsonl"), "\"checkpoint\"") == 1);
  CHECK(w.said("all of it is in " + (w / "out/checkpoint-1")));
  for (const auto& words : {std::vector<std::string>{"--resume_from_checkpoint", "--lmbda", "0.5"},
                            {"--resume-from-checkpoint=" + (w / "out/checkpoint-1")},
                            {"--resume_from_checkpoint", w / "out/checkpoint-1"}}) {
    fs::remove_all(w / "out/checkpoint-2");
    auto all = saves;
    all.insert(all.end(), words.begin(), words.end());
    CHECK(w.cut("out", all, "1/6") == 130);
    CHECK(w.said("interrupted at step 2 of 6"));
    CHECK(times(w.screen, "resume_from_checkpoint") == 1);
    CHECK(times(w.screen, "resume-from-checkpoint") == 0);
  }
}

TEST_CASE("The report says what share of the answers the student wrote, as drawn") {
  workplace w;
  CHECK(w.run("out", {"--lmbda", "0.5", "--max_steps", "1"}) == 0);
  const std::string report = w.folder.read("out/report.html");
  const bool none = report.find("Lambda is 0.5: the student wrote 0 % of the answers itself.") !=
                    std::string::npos;
  const bool all = report.find("Lambda is 0.5: the student wrote 100 % of the answers itself.") !=
                   std::string::npos;
  CHECK((none || all));  // of one batch
}

TEST_CASE("The best model is the result, or is kept beside it") {
  workplace w;
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--eval_dataset_name", w / "chats.jsonl", "--eval_strategy", "steps",
                               "--eval_steps", "2", "--metric_for_best_model", "forward_kl"});
    return words;
  };
  // at such a rate the later steps do harm
  CHECK(w.run("out", with({"--load_best_model_at_end", "--learning_rate", "0.3"})) == 0);
  const auto state = w.json("out/trainer_state.json");
  CHECK(state.at("best_model_checkpoint") == w / "out/best");
  CHECK(w.weights("out") == w.weights("out/best"));
  CHECK(w.said("that is the result"));
  CHECK(w.run("beside", with({"--save_strategy", "best"})) == 0);
  CHECK(load_hf_model(w / "beside/best", reference{}).config().layers == 1);
  CHECK_FALSE(w.has("beside/checkpoint-6"));
}

TEST_CASE("A metric that no evaluation gives was an error only at the first evaluation") {
  workplace w;
  const std::vector<std::string> evaluates{"--eval_dataset_name", w / "chats.jsonl",
                                           "--eval_strategy",     "steps",
                                           "--eval_steps",        "6",
                                           "--max_steps",         "6"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(), evaluates.begin(), evaluates.end());
    return words;
  };
  CHECK_ERROR(w.run("out", with({"--load_best_model_at_end", "--metric_for_best_model", "bleu"})),
              errc::bad_argument, "by \"eval_bleu\", which no evaluation gives; want one of eval_");
  CHECK_FALSE(w.has("out"));
  CHECK_ERROR(w.run("out", with({"--save_strategy", "best", "--metric_for_best_model", "jsd",
                                 "--prediction_loss_only"})),
              errc::bad_argument, "\"eval_jsd\", which no evaluation gives; want one of eval_loss");
  CHECK_ERROR(w.run("out", with({"--save_strategy", "best", "--metric_for_best_model",
                                 "exact_match"})),
              errc::bad_argument, "\"eval_exact_match\", which no evaluation gives");
  CHECK(w.run("any", with({"--metric_for_best_model", "bleu"})) == 0);  // nothing is chosen by it
}

TEST_CASE("Chats without answers gave no metric for the best model only at the first evaluation") {
  workplace w;
  std::string prompts;
  for (int i = 0; i < 4; ++i)
    prompts += R"({"messages": [{"role": "user", "content": "hello there"}]})" "\n";
  w.folder.write("prompts.jsonl", prompts);
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"--eval_dataset_name", w / "prompts.jsonl", "--eval_generate",
                                   "--eval_strategy",     "steps",             "--eval_steps",
                                   "1",                   "--max_steps",       "1",
                                   "--save_strategy",     "steps",             "--save_steps",
                                   "1",                   "--load_best_model_at_end"};
    words.insert(words.end(), more.begin(), more.end());
    return w.run("out", words);
  };
  CHECK_ERROR(run({}), errc::bad_argument, "by \"eval_loss\", which no evaluation gives; want one "
                                           "of eval_mean_length, eval_eos_rate, eval_own_");
  CHECK_ERROR(run({"--metric_for_best_model", "exact_match"}), errc::bad_argument,
              "\"eval_exact_match\", which no evaluation gives");
  CHECK_FALSE(w.has("out/checkpoint-1"));
  CHECK(run({"--metric_for_best_model", "own_reverse_kl"}) == 0);
  // held back of prompts that train, and nothing to be measured on them
  CHECK_ERROR(w.run("none", {"--dataset_name", w / "prompts.jsonl", "--lmbda", "1",
                             "--eval_fraction", "0.5", "--max_steps", "1"}),
              errc::empty_data, "prompts.jsonl: the chats to evaluate on have no answer");
  CHECK_FALSE(w.has("none/trainer_state.json"));
}

TEST_CASE("The metrics that options promise are those that an evaluation gives") {
  workplace w;
  for (const char* generate : {"--no_eval_generate", "--eval_generate"})
    for (const char* loss_only : {"--no_prediction_loss_only", "--prediction_loss_only"}) {
      const std::string out = concat("out", generate, loss_only);
      const auto run = [&] {
        return w.run(out, {"--eval_dataset_name", w / "chats.jsonl", "--eval_strategy", "epoch",
                           "--max_steps", "1", generate, loss_only});
      };
      if (generate == std::string("--eval_generate") &&
          loss_only == std::string("--prediction_loss_only")) {
        CHECK_ERROR(run(), errc::bad_argument,
                    "--prediction_loss_only and --eval_generate are both given, want one of them");
        continue;
      }
      CHECK(run() == 0);
      std::vector<std::string> given;
      const auto state = w.json(out + "/trainer_state.json");
      for (const auto& entry : state.at("log_history"))
        if (entry.contains("eval_loss"))
          for (const auto& [name, value] : entry.items())
            if (name.starts_with("eval_") && name != "eval_runtime") given.push_back(name);
      std::vector<std::string> promised =
          metric_names(read_gkd_config(std::vector<std::string>{generate, loss_only}).config);
      std::sort(promised.begin(), promised.end());
      CHECK(given == promised);
    }
}

TEST_CASE("Secrets were passed on with the report and with the command to go on") {
  workplace w;
  const std::vector<std::string> words{"--hub_token", "hf_one", "--push-to-hub-token=hf_two",
                                       "--eos_token", "<|im_end|>"};
  CHECK(w.cut("out", words) == 130);
  CHECK(w.said("--eos_token '<|im_end|>' --resume_from_checkpoint true"));
  CHECK_FALSE(w.said("hf_"));
  auto again = words;
  again.emplace_back("--resume_from_checkpoint");
  CHECK(w.cut("out", again, "train on ") == 130);
  CHECK_FALSE(w.said("hf_"));
  CHECK(w.run("out", again) == 0);
  for (const char* name : {"report.html", "gkd_config.json", "train.jsonl"})
    CHECK(w.folder.read(concat("out/", name)).find("hf_") == std::string::npos);
}

TEST_CASE("The \"token\" of model_init_kwargs was passed on with report and command, too") {
  workplace w;
  const std::vector<std::string> words{
      "--model_init_kwargs", R"({"token": "hf_one"})",
      R"(--teacher-model-init-kwargs={"token": "hf_two"})", "--eos_token", "<|im_end|>"};
  CHECK(w.cut("out", words) == 130);
  const auto command = w.screen.find("to go on:");
  REQUIRE(command != std::string::npos);
  CHECK(w.screen.find("hf_", command) == std::string::npos);
  CHECK(w.said("--eos_token '<|im_end|>' --resume_from_checkpoint true"));
  CHECK(w.run("whole", words) == 0);
  for (const char* name : {"report.html", "gkd_config.json", "train.jsonl"})
    CHECK(w.folder.read(concat("whole/", name)).find("hf_") == std::string::npos);
}

TEST_CASE("A folder that names no end of sequence takes --eos_token, which its error asks for") {
  workplace w;
  for (const char* name : {"student", "teacher"}) {
    auto config = w.json(concat(name, "/tokenizer_config.json"));
    config.erase("eos_token");
    w.folder.write(concat(name, "/tokenizer_config.json"), config.dump());
  }
  auto tokenizer = w.json("teacher/tokenizer.json");
  w.folder.write("teacher/tokenizer.json", tokenizer.dump(1));  // other bytes, to be compared
  CHECK_ERROR(w.run("out", {}), errc::bad_format,
              "student: tokenizer_config.json names no \"eos_token\"; want --eos_token TEXT");
  CHECK_ERROR(w.run("out", {"--eos_token", "<end>"}), errc::vocabulary_mismatch, "\"<end>\"");
  CHECK(w.run("out", {"--eos_token", "<|im_end|>", "--max_steps", "1"}) == 0);
}

TEST_CASE("save_only_model by epochs: no folder for a step within one") {
  workplace w;  // an epoch is three steps
  const auto folders = [&](const std::string& out) {
    std::vector<long> steps;
    for (const auto& place : gkd::list_checkpoints(w / out)) steps.push_back(place.step);
    return steps;
  };
  CHECK(w.run("one", {"--save_strategy", "steps", "--save_steps", "4"}) == 0);
  const std::vector<std::string> words{"--save_only_model", "--save_strategy", "epoch"};
  CHECK(w.run("out", words) == 0);
  CHECK(folders("out") == std::vector<long>{6, 3});
  auto from = words;
  from.insert(from.end(), {"--resume_from_checkpoint", w / "one/checkpoint-4", "--resume_anyway"});
  CHECK(w.run("two", from) == 0);
  CHECK(folders("two") == std::vector<long>{6});
}

TEST_CASE("Every way to get batches, optimizers and schedules") {
  workplace w;
  const auto runs = [&](const std::string& out, std::vector<std::string> words) {
    words.insert(words.end(), {"--max_steps", "2", "--report_samples", "0"});
    INFO(out);
    CHECK(w.run(out, words) == 0);
    CHECK(w.weights(out) != w.weights("student"));
  };
  runs("sequence", {"--lmbda", "0.5", "--lmbda_per", "sequence"});
  runs("seq_kd", {"--lmbda", "0", "--seq_kd"});
  runs("forward", {"--lmbda", "0", "--beta", "0", "--gradient_accumulation_steps", "2"});
  runs("reverse", {"--beta", "1", "--loss_normaliser", "sequence_mean"});
  runs("adafactor", {"--optim", "adafactor", "--lr_scheduler_type", "constant"});
  runs("sgd", {"--optim", "sgd", "--optim_args", "momentum=0.9"});
  runs("cosine", {"--lr_scheduler_type", "cosine", "--warmup_ratio", "0.5"});
  runs("recompute", {"--gradient_checkpointing", "--data_seed", "9"});
  runs("bf16", {"--save_dtype", "bfloat16"});
  CHECK(load_hf_config(w / "bf16").type == dtype::bf16);
  CHECK(w.run("itself", {"--teacher_model_name_or_path", "", "--max_steps", "1", "--weight_decay",
                         "0.1"}) == 0);
  CHECK(w.said("teacher   the student as it is now"));
}

TEST_CASE("Models padded to different vocabularies share the tokenizer's tokens") {
  workplace w;
  folders::write_model(w / "wide", 1, 3, 272);
  CHECK(w.run("out", {"--teacher_model_name_or_path", w / "wide"}) == 0);
  CHECK(w.json("out/trainer_state.json").at("log_history")[0].at("loss").is_number());
  folders::write_model(w / "narrow", 1, 3, 263);
  CHECK_ERROR(w.run("other", {"--teacher_model_name_or_path", w / "narrow"}),
              errc::vocabulary_mismatch, "narrow: logits for 263 tokens, want at least");
}

TEST_CASE("TensorBoard, logs and notes as the configuration asks") {
  workplace w;
  CHECK(w.run("out", {"--report_to", "none", "--logging_dir", w / "board", "--bf16", "--do_train",
                      "--max_steps", "1"}) == 0);
  CHECK_FALSE(w.has("board"));
  CHECK(w.said("note: --bf16 is true: everything is computed in float32"));
  CHECK(w.said("note: do_train is ignored: a flag of scripts; gkd_train trains"));
  CHECK_FALSE(w.said("that change nothing"));
  CHECK(w.run("two", {"--report_to", "tensorboard", "--logging_dir", w / "board", "--max_steps",
                      "1", "--log_level", "error", "--bf16"}) == 0);
  CHECK(w.has("board"));
  CHECK(w.screen.empty());
  CHECK(w.bar.empty());
  // a bar ended the cell of the table of options
  CHECK(w.run("three", {"--report_to", "tensorboard", "--max_steps", "1", "--run_name", "a|b"}) ==
        0);
  for (const std::string& name : names_in(w / "three/runs"))
    CHECK(w.folder.read("three/runs/" + name).find("| \"a\\|b\" |") != std::string::npos);
}

TEST_CASE("Evaluation without a strategy is made once, at the end; prediction_loss_only") {
  workplace w;
  CHECK(w.run("out", {"--eval_dataset_name", w / "chats.jsonl", "--prediction_loss_only"}) == 0);
  const std::string log = w.folder.read("out/train.jsonl");
  CHECK(log.find("eval_loss") != std::string::npos);
  CHECK(log.find("eval_loss", log.find("eval_loss") + 1) == std::string::npos);
  CHECK(log.find("eval_forward_kl") == std::string::npos);
  CHECK(w.folder.read("out/trainer_state.json").find("\"eval_loss\"") != std::string::npos);
  // one column, where there is one evaluation
  CHECK(w.said("step 6"));
  CHECK_FALSE(w.said("first, step"));
  const std::string report = w.folder.read("out/report.html");
  CHECK(report.find("The only one of this run.") != std::string::npos);
  CHECK(report.find("first, step") == std::string::npos);
}

TEST_CASE("A folder of chats has a file for each split") {
  workplace w;
  fs::create_directory(w / "data");
  fs::copy(w / "chats.jsonl", w / "data/train.jsonl");
  CHECK(w.run("out", {"--dataset_name", w / "data", "--max_steps", "1"}) == 0);
  CHECK_ERROR(w.run("two", {"--dataset_name", w / "data", "--dataset_train_split", "x"}),
              errc::io_failure, "data/x.jsonl: is not there; --dataset_name is a folder");
  CHECK_ERROR(w.run("two", {"--dataset_name", w / "data", "--eval_strategy", "steps"}),
              errc::empty_data, "want --eval_dataset_name FILE or --eval_fraction X");
  fs::copy(w / "chats.jsonl", w / "data/test.jsonl");
  CHECK(w.run("two",
              {"--dataset_name", w / "data", "--eval_strategy", "epoch", "--max_steps", "1"}) == 0);
  CHECK(w.said("evaluate  12 chats of"));
}

TEST_CASE("A --dataset_test_split without effect ended the run that told so") {
  workplace w;
  fs::create_directory(w / "data");
  fs::copy(w / "chats.jsonl", w / "data/train.jsonl");
  const std::string note = "note: --dataset_test_split has no effect: ";
  CHECK(w.run("a", {"--dataset_name", w / "data", "--dataset_test_split", "dev", "--max_steps",
                    "1"}) == 0);
  CHECK(w.said(note + "eval_strategy is no"));
  CHECK(w.run("b", {"--dataset_name", w / "data", "--dataset_test_split", "dev", "--max_steps",
                    "1", "--eval_fraction", "0.5", "--eval_strategy", "epoch"}) == 0);
  CHECK(w.said(note + "eval_dataset_name or eval_fraction says which chats to evaluate on"));
  CHECK(w.run("c", {"--dataset_test_split", "dev", "--max_steps", "1"}) == 0);
  CHECK(w.said(note + "dataset_name is no folder, and a file has no splits"));
}

TEST_CASE("What cannot be run is refused, and an earlier result stays as it is") {
  workplace w;
  CHECK(w.run("out", {"--max_steps", "1"}) == 0);
  CHECK_ERROR(w.run("out", {}), errc::already_exists,
              "out: holds a model already: want another --output_dir, or --overwrite_output_dir");
  CHECK_ERROR(w.run("out", {"--resume_from_checkpoint"}), errc::bad_checkpoint,
              "no checkpoint to resume from");
  CHECK(w.run("out", {"--overwrite_output_dir", "--max_steps", "1"}) == 0);
  CHECK_ERROR(w.run("student", {"--overwrite_output_dir"}), errc::bad_argument,
              "the folder of a model that is read");
  CHECK_ERROR(w.run("two", {"--model_name_or_path", w / "nowhere"}), errc::io_failure, "nowhere");
  CHECK_ERROR(w.run("two", {"--dataset_name", w / "nowhere"}), errc::io_failure, "nowhere");
  CHECK_ERROR(w.run("two", {"--max_length", "8"}), errc::context_overflow,
              "(--max_length, --on_long_prompt drop)");
  CHECK_ERROR(w.run("two", {"--eval_fraction", "0.99"}), errc::empty_data, "leaves none");
  CHECK_ERROR(w.run("two", {"--eos_token", "<end>"}), errc::vocabulary_mismatch,
              "--eos_token \"<end>\" is no token of the tokenizer");
  CHECK_ERROR(w.run("two", {"--eval_dataset_name", w / "chats.jsonl", "--eval_strategy", "steps",
                            "--load_best_model_at_end", "--metric_for_best_model", "bleu"}),
              errc::bad_argument, "by \"eval_bleu\", which no evaluation gives; want one of");
}

TEST_CASE("Chat formats: of the folder, of a file, by name; tokenizers that differ") {
  workplace w;
  folders::write_model(w / "bare", 1, 4, 264, false);
  const auto bare = [&](const std::string& out, std::vector<std::string> words) {
    words.insert(words.end(), {"--model_name_or_path", w / "bare", "--max_steps", "1"});
    return w.run(out, words);
  };
  CHECK_ERROR(bare("out", {}), errc::bad_format,
              "no chat_template.jinja and no \"chat_template\" in tokenizer_config.json, so that "
              "nothing says how this model writes chats; choose a format by name "
              "(--chat_format NAME): chatml, ");
  CHECK(bare("out", {"--chat_format", "chatml"}) == 0);
  w.folder.write("template.jinja", folders::chatml_template());
  CHECK(bare("file", {"--chat_template_path", w / "template.jinja"}) == 0);
  w.folder.write("template.jinja", "{{ messages }}");
  CHECK_ERROR(bare("two", {"--chat_template_path", w / "template.jinja"}), errc::bad_format,
              "template.jinja: a chat template that gkd does not know");
  nlohmann::json other = small_tokenizer();
  other["added_tokens"][2]["content"] = "<call>";
  folders::write_model(w / "stranger", 1, 5, 264, true, other);
  CHECK_ERROR(w.run("two", {"--teacher_model_name_or_path", w / "stranger"}),
              errc::vocabulary_mismatch,
              "differ: token 263 is \"<tool>\" and \"<call>\"; student and teacher must share one");
}

TEST_CASE("A template that writes the day is recognised with a note, since chats have one day") {
  const std::string note =
      "chats are dated 26 Jul 2024, whatever the day; Llama 3.2's template writes the day on which "
      "it is run";
  gkd::gkd_config c;
  CHECK(gkd_train::deviation_of(c, gkd::format_by_name("llama3_dated")) == note);
  CHECK(gkd_train::deviation_of(c, gkd::format_by_name("llama3")) == "");
  c.chat_format = "llama3_dated";  // whoever names it knows
  CHECK(gkd_train::deviation_of(c, gkd::format_by_name("llama3_dated")) == "");

  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const test_folder folder;
  nlohmann::json tokenizer = small_tokenizer();
  tokenizer["added_tokens"][2]["content"] = "<|eot_id|>";
  folders::write_model(folder / "llama", 1, 1, 264, false, tokenizer);
  c = {.model_name_or_path = folder / "llama", .max_length = 128};
  c.chat_template_path =
      (*data / "llama.cpp-vocab" / "templates" / "meta-llama-Llama-3.2-3B-Instruct.jinja").string();
  const gkd_train::models m =
      gkd_train::load_models(c, gkd_train::backend_type{}, gkd_train::read_facts(c));
  CHECK(m.notes == std::vector<std::string>{note});
}

TEST_CASE("Chats that do not fit or are none can be left out") {
  workplace w;
  auto chats = folders::chats(6);
  chats.push_back({{"user", std::string(60, 'x')}, {"assistant", "y"}});
  write_chats(w / "long.jsonl", chats);
  std::ofstream(w / "long.jsonl", std::ios::app) << "nonsense\n";
  CHECK_ERROR(w.run("out", {"--dataset_name", w / "long.jsonl"}), errc::bad_format, "long.jsonl:8");
  CHECK(w.run("out", {"--dataset_name", w / "long.jsonl", "--on_bad_line", "skip", "--max_length",
                      "60", "--on_long_prompt", "drop", "--max_steps", "1"}) == 0);
  CHECK(w.said("note: 1 line was no chat; the first: "));
  CHECK(w.said("note: 1 chat is left out: its prompt is longer than --max_length"));
  CHECK(w.said("train on  6 chats"));
}

TEST_CASE("Of TRL's whole configuration one line is said, and what differs in it with the reason") {
  workplace w;
  const std::vector<std::string> trl{"--config",     golden::oracle_folder() + "gkd_config.json",
                                     "--output_dir", w / "out",
                                     "--max_steps",  "1"};
  CHECK(w.run("out", trl) == 0);
  CHECK(w.screen.find("note: ") == 0);  // that TRL hides eos_token, and no other before the line
  const auto begin = w.screen.find('\n') + 1;
  CHECK(w.screen.substr(begin).find("ignored: ") == 0);
  const std::string line = w.screen.substr(begin, w.screen.find('\n', begin) - begin);
  CHECK(line.ends_with(
      " names that change nothing here (--help ignored: which)"));
  CHECK(line.size() <= 100);
  auto changed = read_json(golden::oracle_folder() + "gkd_config.json");
  changed["eos_token"] = nullptr;
  changed["push_to_hub"] = true, changed["hub_model_id"] = "me/it", changed["past_index"] = 2;
  replace_file(w / "changed.json", changed.dump());
  CHECK(w.run("two", {"--config", w / "changed.json", "--output_dir", w / "two", "--max_steps",
                      "1"}) == 0);
  CHECK(w.screen.find("note: past_index is ignored: obsolete in transformers\n"
                      "note: push_to_hub, hub_model_id are ignored: of the Hub; gkd uses no "
                      "network\nignored: ") == 0);
}

TEST_CASE("Names of the Hub were errors about files; they say that a folder or a file is wanted") {
  workplace w;
  CHECK_ERROR(w.run("a", {"--model_name_or_path", "Qwen/Qwen2-0.5B-Instruct"}), errc::io_failure,
              "--model_name_or_path: Qwen/Qwen2-0.5B-Instruct: cannot open for reading: No such "
              "file or directory; gkd uses no network, want the folder of a model as downloaded "
              "from the Hub");
  CHECK_ERROR(w.run("b", {"--teacher_model_name_or_path", "Qwen/Qwen2"}), errc::io_failure,
              "--teacher_model_name_or_path: Qwen/Qwen2: cannot open for reading: No such");
  CHECK_ERROR(w.run("c", {"--dataset_name", "trl-lib/tldr"}), errc::io_failure,
              "--dataset_name: trl-lib/tldr: is not there; gkd uses no network, want chats as a "
              "JSONL file, or a folder of SPLIT.jsonl");
  CHECK_ERROR(w.run("d", {"--eval_dataset_name", "trl-lib/tldr"}), errc::io_failure,
              "--eval_dataset_name: trl-lib/tldr: is not there");
}

TEST_CASE("The model's positions lowered --max_length in silence") {
  workplace w;  // models of 128 positions
  CHECK(w.run("out", {"--max_length", "128", "--max_steps", "1"}) == 0);
  CHECK_FALSE(w.said("positions"));
  const std::string why =
      "--max_length is 200, but the student has 128 positions (max_position_embeddings), and no "
      "chat can be longer";
  CHECK(w.run("two", {"--max_length", "200", "--max_steps", "1"}) == 0);
  CHECK(w.said("note: " + why + "\n"));
  write_chats(w / "long.jsonl", {{{"user", std::string(150, 'x')}, {"assistant", "y"}}});
  CHECK_ERROR(w.run("three", {"--max_length", "200", "--dataset_name", w / "long.jsonl"}),
              errc::context_overflow,
              ", want a prompt shorter than max_length = 128; a prompt is never cut: the models "
              "have no more positions (--on_long_prompt drop)");
  CHECK(w.said("note: " + why + "\n"));
  CHECK_ERROR(w.run("four", {"--max_length", "none", "--dataset_name", w / "long.jsonl"}),
              errc::context_overflow, ": the models have no more positions (--on_long_prompt");
  CHECK(w.said("note: --max_length is none, but the student has 128 positions"));
}

TEST_CASE("Chats that end with the user were told to set an option that gkd_train has not") {
  workplace w;
  write_chats(w / "prompts.jsonl", {{{"user", "say a"}}, {{"user", "say b"}}});
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--dataset_name", w / "prompts.jsonl", "--max_steps", "1"});
    return words;
  };
  CHECK_ERROR(w.run("out", with({})), errc::bad_format,
              "want \"assistant\"; --lmbda 1 or --seq_kd trains on prompts without an answer");
  CHECK_ERROR(w.run("out", {"--eval_dataset_name", w / "prompts.jsonl"}), errc::bad_format,
              "want \"assistant\"; --eval_generate takes, among others, prompts without an "
              "answer");
  CHECK(w.run("one", with({"--lmbda", "1"})) == 0);
  CHECK(w.run("two", with({"--lmbda", "0", "--seq_kd"})) == 0);
  write_chats(w / "some.jsonl", {{{"user", "say a"}}, {{"user", "b"}, {"assistant", "b"}}});
  CHECK(w.run("three", {"--eval_dataset_name", w / "some.jsonl", "--eval_generate", "--max_steps",
                        "1"}) == 0);
}

TEST_CASE("A checkpoint given as a model says what it is") {
  workplace w;
  CHECK(w.run("out", {"--save_strategy", "steps", "--save_steps", "6"}) == 0);
  CHECK_ERROR(w.run("two", {"--model_name_or_path", w / "out/checkpoint-6"}), errc::bad_format,
              "out/checkpoint-6: a checkpoint, from which a run of gkd goes on");
  CHECK_ERROR(w.run("two", {"--teacher_model_name_or_path", w / "out/checkpoint-6"}),
              errc::bad_format, "out/checkpoint-6: a checkpoint, from which a run of gkd goes on");
}

TEST_CASE("A --dataset_test_split that is not there was passed over") {
  workplace w;
  fs::create_directory(w / "data");
  fs::copy(w / "chats.jsonl", w / "data/train.jsonl");
  CHECK_ERROR(w.run("a", {"--dataset_name", w / "data", "--dataset_test_split", "dev",
                          "--eval_strategy", "epoch"}),
              errc::io_failure, "data/dev.jsonl: is not there; want a split of the folder");
  CHECK_ERROR(w.run("b", {"--dataset_test_split", "dev", "--eval_strategy", "epoch"}),
              errc::empty_data, "but there are no chats for them");
  fs::copy(w / "chats.jsonl", w / "data/dev.jsonl");
  CHECK(w.run("c", {"--dataset_name", w / "data", "--dataset_test_split", "dev", "--max_steps",
                    "1", "--eval_strategy", "epoch"}) == 0);
  CHECK(w.said("evaluate  12 chats of"));
}

TEST_CASE("Threads beyond what a pool or the machine gives: an error that names the option") {
  workplace w;
  CHECK_ERROR(w.run("out", {"--threads", "100000"}), errc::bad_argument,
              "--threads is 100000: got 100000 threads, want at most 1024");
  CHECK_ERROR(w.run("out", {"--threads", "99999999999999999999"}), errc::bad_argument,
              "want an integer of at least 0");
}

TEST_CASE("Whatever ends the program ends it with a line and status 1") {
  std::string said;
  console err;
  err.write = [&](std::string_view text) { said += text; };
  const auto ends = [&](auto program, const std::string& line) {
    said.clear();
    CHECK(gkd_train::outcome_of(program, err) == 1);
    CHECK(said.find(line) == 0);
    CHECK(said.find('\n') == said.size() - 1);
  };
  ends([]() -> int { fail(errc::bad_argument, "this"); }, "gkd: this\n");
  ends([]() -> int { throw std::bad_alloc(); }, "gkd: out of memory; lower --per_device_train");
  ends([]() -> int { throw std::system_error(EAGAIN, std::generic_category()); },
       "gkd: Resource temporarily unavailable\n");
  ends([]() -> int { throw std::runtime_error("\x1b[31mred"); }, "gkd: \\x1b[31mred\n");
  CHECK(gkd_train::outcome_of([] { return 130; }, err) == 130);
}

TEST_CASE("A signal leaves errno as the interrupted code had it") {
  struct sigaction earlier[3];
  ::sigaction(SIGINT, nullptr, &earlier[0]);
  ::sigaction(SIGTERM, nullptr, &earlier[1]);
  ::sigaction(SIGHUP, nullptr, &earlier[2]);
  gkd_train::listen_for_interruption();
  const int screen = ::dup(STDERR_FILENO);
  ::close(STDERR_FILENO);  // so that the handler's write fails
  errno = ERANGE;
  std::raise(SIGTERM);
  const int after = errno;
  ::dup2(screen, STDERR_FILENO);
  ::close(screen);
  ::sigaction(SIGINT, &earlier[0], nullptr);
  ::sigaction(SIGTERM, &earlier[1], nullptr);
  std::raise(SIGHUP), std::raise(SIGHUP);  // as a lost connection has it: none ends the program
  ::sigaction(SIGHUP, &earlier[2], nullptr);
  CHECK(gkd_train::interrupted() == 1);
  gkd_train::interrupted() = 0;
  CHECK(after == ERANGE);
  CHECK(std::signal(SIGPIPE, SIG_DFL) == SIG_IGN);  // a closed pipe does not end a run
  CHECK(std::signal(SIGXFSZ, SIG_DFL) == SIG_IGN);  // nor does a limit on the size of files
}

TEST_CASE("Help, and nothing at all") {
  gkd_train::screens to;
  std::string screen;
  to.out.write = [&](std::string_view text) { screen += text; };
  CHECK(gkd_train::main_program({"gkd_train"}, to) == 2);  // nothing was done
  CHECK(screen.find("gkd_train distils a chat model") == 0);
  CHECK(screen.find("--lmbda X") != std::string::npos);
  screen.clear();
  CHECK(gkd_train::main_program({"gkd_train", "--help", "lmbda"}, to) == 0);
  CHECK(screen.find("--lmbda X\n") == 0);
  CHECK_ERROR(gkd_train::main_program({"gkd_train", "--lambda", "1"}, to), errc::bad_argument,
              "--lambda is no option; the nearest is --lmbda");
}
