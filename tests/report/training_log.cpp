// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/fixed.hpp>
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/optim/sgd.hpp>
#include <gkd/report/training_log.hpp>
#include <gkd/train/checkpoint.hpp>
#include <gkd/train/evaluation.hpp>
#include <gkd/train/trainer.hpp>

#include <nlohmann/json.hpp>

#include <fstream>
#include <limits>
#include <sstream>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

namespace {

/// a b c d e
struct letters {
  std::string decode(std::span<const token> ids) const {
    std::string text;
    for (token id : ids) text += static_cast<char>('a' + id);
    return text;
  }
};

std::vector<nlohmann::json> lines_of(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}
std::vector<nlohmann::json> with(const std::vector<nlohmann::json>& lines, const char* name) {
  std::vector<nlohmann::json> found;
  for (const auto& line : lines)
    if (line.contains(name)) found.push_back(line);
  return found;
}

struct recorder {
  std::vector<step_event>& steps;
  void on_step(const step_event& e) { steps.push_back(e); }
};

/// Where a progress bar writes, and its clock.
struct stage {
  double now = 0.0;
  std::string written;
  progress_options options(bool terminal) {
    progress_options o;
    o.out.write = [this](std::string_view text) { written += text; };
    o.out.width = [] { return gkd::index{120}; };
    o.out.terminal = terminal;
    o.clock = [this] { return now += 0.5; };
    return o;
  }
};

}  // namespace

TEST_CASE("A line for each logged step: means since the line before, and the step's own numbers") {
  test_folder folder;
  const auto data = toy::ragged_dataset(20, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  std::vector<step_event> steps;
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            sgd{},
            training_options{.per_device_train_batch_size = 4,
                             .max_steps = 7,
                             .learning_rate = 0.1,
                             .logging_steps = 3},
            recorder{steps},
            jsonl_log{folder / "log.jsonl"}};
  t.train();
  const auto lines = lines_of(folder.read("log.jsonl"));
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].at("step") == 0);
  CHECK(lines[0].at("total_steps") == 7);
  CHECK(lines[0].at("summary").get<std::string>().find("7 steps of 4 sequences") == 0);
  const auto logged = with(lines, "loss");
  REQUIRE(logged.size() == 3);
  CHECK(logged[1].at("step") == 6);
  CHECK(logged[1].at("epoch") == 6 * 4 / 20.0);
  CHECK(logged[1].at("loss").get<double>() ==
        Approx((steps[3].loss + steps[4].loss + steps[5].loss) / 3).epsilon(1e-14));
  CHECK(logged[1].at("loss_tokens") == steps[3].rows + steps[4].rows + steps[5].rows);
  CHECK(logged[1].at("learning_rate") == steps[5].learning_rate);
  CHECK(logged[1].at("grad_norm") == steps[5].gradient_norm);
  CHECK(logged[1].at("num_input_tokens_seen") == steps[5].tokens_seen);
  CHECK(logged[1].at("tokens_per_second").get<double>() > 0.0);
  CHECK(logged[2].at("step") == 7);  // the last is always logged
  CHECK(logged[2].at("loss") == steps[6].loss);
  CHECK(lines[4].at("step") == 7);
  CHECK(lines[4].at("stopped") == false);
}

TEST_CASE("Evaluations are logged under their names; a log goes on or begins anew") {
  test_folder folder;
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  const auto train = [&](log_mode mode) {
    tabular<float> student(5);
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.max_steps = 4, .eval_strategy = interval::steps, .eval_steps = 2},
              evaluate_on{data},
              jsonl_log{folder / "log.jsonl", {.mode = mode}}};
    t.train();
    return t.evaluate();
  };
  const metrics last = train(log_mode::append);
  const auto evaluated = with(lines_of(folder.read("log.jsonl")), "eval_loss");
  REQUIRE(evaluated.size() == 3);
  CHECK(evaluated[0].at("step") == 2);
  for (const auto& [name, value] : last) CHECK(evaluated[2].at(name) == value);
  train(log_mode::append);
  CHECK(with(lines_of(folder.read("log.jsonl")), "eval_loss").size() == 6);
  train(log_mode::replace);
  CHECK(with(lines_of(folder.read("log.jsonl")), "eval_loss").size() == 3);
}

TEST_CASE("Every so many steps the first sequences of a batch are shown as text") {
  test_folder folder;
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  const letters tokenizer;
  trainer t{student,
            teacher,
            forward_kl{},
            on_policy{data, {.max_new_tokens = 3}},
            sgd{},
            training_options{
                .per_device_train_batch_size = 3, .gradient_accumulation_steps = 2, .max_steps = 5},
            jsonl_log{folder / "log.jsonl", tokenizer, {.sample_every = 2, .samples = 2}}};
  t.train();
  const auto shown = with(lines_of(folder.read("log.jsonl")), "samples");
  REQUIRE(shown.size() == 3);  // while steps 1, 3 and 5 are made
  CHECK(shown[1].at("step") == 3);
  REQUIRE(shown[1].at("samples").size() == 2);
  const auto& sample = shown[1].at("samples")[0];
  CHECK(sample.at("from") == "student");
  CHECK(sample.at("replayed") == false);
  CHECK(sample.at("tokens") == 3);
  CHECK(sample.at("completion").get<std::string>().size() == 3);
  const batch_request request{.number = 4, .size = 3};
  CHECK(sample.at("prompt") == tokenizer.decode(data.prompt(example_of(request, 0, 8))));

  CHECK_ERROR((jsonl_log{folder / "log.jsonl", {.sample_every = 2}}), errc::bad_argument,
              "there is no tokenizer");
  CHECK_ERROR((jsonl_log{folder / "log.jsonl", tokenizer, {.sample_every = -1}}),
              errc::bad_argument, "sample_every is -1");
  CHECK_ERROR((jsonl_log{folder / "nowhere/log.jsonl"}), errc::io_failure, "cannot open");
}

TEST_CASE("After a kill no step comes twice: a log goes on at the checkpoint's step") {
  test_folder folder;
  const std::string path = folder / "log.jsonl";
  step_event e;
  e.log = true;
  const auto steps = [&](auto& log, long from, long to) {
    log.on_start({.first_step = from, .total_steps = 6, .summary = ""});
    for (e.step = from + 1; e.step <= to; ++e.step) log.on_step(e);
  };
  const auto of = [&](const char* name) {
    std::vector<long> found;
    for (const auto& line : with(lines_of(folder.read("log.jsonl")), name))
      found.push_back(line.at("step"));
    return found;
  };
  {
    jsonl_log log{path};
    steps(log, 0, 2);
    log.on_eval({2, 1.0, {{"eval_loss", 0.5}}, 1.0});
    log.on_save({2, "run/checkpoint-2"});
    log.on_step(e);  // step 3
    log.on_eval({3, 1.0, {{"eval_loss", 0.4}}, 1.0});
    std::ofstream(path, std::ios::app) << "{\"step\":4,\"lo";  // killed here
  }
  {
    jsonl_log log{path};
    steps(log, 2, 6);
    log.on_end({6, false, 1.0});
  }
  CHECK(of("loss") == std::vector<long>{1, 2, 3, 4, 5, 6});
  CHECK(of("eval_loss") == std::vector<long>{2});
  CHECK(of("checkpoint") == std::vector<long>{2});
  CHECK(of("total_steps") == std::vector<long>{0, 2});
  CHECK(of("train_runtime") == std::vector<long>{6});
}

TEST_CASE("A run that is refused at its start, by a policy after the log, leaves no line in it") {
  test_folder folder;
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  struct killer {
    long at;
    void on_step(const step_event& e) const {
      if (e.step == at) throw std::runtime_error("killed");
    }
  };
  const auto run = [&](long killed_at, bool resumes, log_mode mode = log_mode::append) {
    tabular<float> student(5);
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.output_dir = folder / "run",
                               .per_device_train_batch_size = 2,
                               .max_steps = 8,
                               .learning_rate = 0.1,
                               .logging_steps = 1,
                               .save_steps = 4},
              jsonl_log{folder / "log.jsonl", {.mode = mode}},
              checkpoints{},
              killer{killed_at}};
    if (resumes) REQUIRE(t.resume());
    t.train();
  };
  CHECK_THROWS_AS(run(7, false), std::runtime_error);
  const std::string before = folder.read("log.jsonl");
  CHECK_ERROR(run(100, false), errc::already_exists, "resume");
  CHECK_ERROR(run(100, false, log_mode::replace), errc::already_exists, "resume");
  CHECK(folder.read("log.jsonl") == before);
  run(100, true);
  std::vector<long> steps;
  for (const auto& line : with(lines_of(folder.read("log.jsonl")), "loss"))
    steps.push_back(line.at("step"));
  CHECK(steps == std::vector<long>{1, 2, 3, 4, 5, 6, 7, 8});
}

TEST_CASE("The start of a run is written with its first batch, and before an evaluation") {
  test_folder folder;
  jsonl_log log{folder / "log.jsonl"};
  const token_batch batch;
  log.on_start({.total_steps = 6, .summary = "one"});
  CHECK(folder.read("log.jsonl").empty());
  log.on_batch({0, 0, batch});
  log.on_batch({0, 1, batch});
  REQUIRE(lines_of(folder.read("log.jsonl")).size() == 1);
  log.on_start({.total_steps = 6, .summary = "two"});
  log.on_eval({0, 0.0, {{"eval_loss", 0.5}}, 1.0});
  const auto lines = lines_of(folder.read("log.jsonl"));
  REQUIRE(lines.size() == 3);
  CHECK(lines[1].at("summary") == "two");
}

TEST_CASE("A run that is stopped before its first batch leaves the file as it was") {
  test_folder folder;
  const std::string before = "{\"step\":1,\"loss\":2}\n";
  for (const log_mode mode : {log_mode::append, log_mode::replace}) {
    folder.write("log.jsonl", before);
    jsonl_log log{folder / "log.jsonl", {.mode = mode}};
    log.on_start({.total_steps = 6, .summary = "stopped"});
    log.on_end({0, true, 0.5});
    CHECK(folder.read("log.jsonl") == before);
    log.on_start({.total_steps = 6, .summary = "begun"});
    log.on_batch({0, 0, token_batch()});
    log.on_end({0, true, 0.5});
    const auto lines = lines_of(folder.read("log.jsonl"));
    REQUIRE(lines.size() == (mode == log_mode::replace ? 2 : 3));
    CHECK(lines[lines.size() - 2].at("summary") == "begun");
  }
}

TEST_CASE("Steps without a token to learn from have no part in the mean of the losses") {
  test_folder folder;
  jsonl_log log{folder / "log.jsonl"};
  const auto step = [&](long number, double loss, double rows) {
    step_event e;
    e.step = number, e.loss = loss, e.rows = rows, e.log = number % 3 == 0, e.seconds = 2.0;
    log.on_step(e);
  };
  step(1, 0.5, 4), step(2, 0.0, 0), step(3, 1.5, 2);
  step(4, 0.0, 0), step(5, 0.0, 0), step(6, 0.0, 0);
  step(7, 0.0, 3), step(8, 0.0, 0), step(9, 0.0, 0);
  const auto lines = lines_of(folder.read("log.jsonl"));
  CHECK(lines[0].at("loss") == 1.0);
  CHECK(lines[0].at("seconds_per_step") == 2.0);
  CHECK(lines[1].at("loss").is_null());
  CHECK(lines[2].at("loss") == 0.0);  // learnt from
}

TEST_CASE("A log that goes on leaves earlier runs in its file as they are, and lines of others") {
  const std::string begin = "{\"step\":0,\"total_steps\":9}\n", other = "{\"note\":1}\n";
  const auto line = [](long step) { return concat("{\"step\":", step, ",\"loss\":1}\n"); };
  const std::string earlier = begin + line(3) + line(9);
  CHECK(detail::lines_up_to(2, earlier + begin + line(2) + other + line(3) + other) ==
        earlier + begin + line(2) + other + other);
  CHECK(detail::lines_up_to(2, line(2) + line(3)) == line(2));  // begun elsewhere
  CHECK(detail::lines_up_to(2, "").empty());
}

TEST_CASE("An evaluation that is made again where a run goes on came twice") {
  test_folder folder;
  const std::string path = folder / "log.jsonl";
  step_event e;
  e.log = true;
  const auto goes_on = [&](long step, double loss) {
    jsonl_log log{path};
    log.on_start({.first_step = step, .total_steps = 6, .summary = ",\"epoch\":1,\"eval_"});
    log.on_eval({step, 1.0, {{"eval_loss", loss}}, 1.0});
    e.step = step + 1;
    log.on_step(e);
    log.on_eval({step + 1, 1.0, {{"eval_loss", loss}}, 1.0});
    log.on_eval({step + 1, 1.0, {{"eval_loss", loss}}, 1.0});
  };
  const auto evaluations = [&] {
    std::vector<std::pair<long, double>> found;
    for (const auto& line : with(lines_of(folder.read("log.jsonl")), "eval_loss"))
      found.emplace_back(line.at("step"), line.at("eval_loss"));
    return found;
  };
  using pairs = std::vector<std::pair<long, double>>;
  goes_on(0, 9.0);
  CHECK(evaluations() == pairs{{0, 9.0}, {1, 9.0}, {1, 9.0}});  // as they were asked for
  goes_on(1, 8.0);
  CHECK(evaluations() == pairs{{0, 9.0}, {1, 8.0}, {2, 8.0}, {2, 8.0}});
  goes_on(1, 7.0);
  CHECK(evaluations() == pairs{{0, 9.0}, {1, 7.0}, {2, 7.0}, {2, 7.0}});
  const std::vector<nlohmann::json> all = lines_of(folder.read("log.jsonl"));
  CHECK(with(all, "loss").size() == 2);
  CHECK(with(all, "summary").size() == 3);
}

TEST_CASE("A number that is none is null, a checkpoint is named") {
  test_folder folder;
  jsonl_log log{folder / "log.jsonl"};
  step_event e;
  e.step = 1;
  e.loss = std::numeric_limits<double>::quiet_NaN();
  e.log = true;
  log.on_step(e);
  log.on_save({3, "run/checkpoint-3"});
  const auto lines = lines_of(folder.read("log.jsonl"));
  CHECK(lines[0].at("loss").is_null());
  CHECK(lines[0].at("tokens_per_second") == 0.0);
  CHECK(lines[1].dump() == R"({"checkpoint":"run/checkpoint-3","step":3})");
}

TEST_CASE("The bar follows the steps, says evaluations above it, and ends with the run") {
  stage s;
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  trainer t{student,
            teacher,
            forward_kl{},
            fixed{data},
            sgd{},
            training_options{.per_device_train_batch_size = 2,
                             .max_steps = 10,
                             .eval_strategy = interval::steps,
                             .eval_steps = 10},
            evaluate_on{data},
            progress_callback{s.options(false)}};
  t.train();
  INFO(s.written);
  CHECK(s.written.find("train:  40%   4/10  loss ") != std::string::npos);
  CHECK(s.written.find(" tokens/s") != std::string::npos);
  CHECK(s.written.find("step 10  eval_loss ") != std::string::npos);
  CHECK(s.written.find("100%  10/10") != std::string::npos);
  CHECK(s.written.substr(s.written.rfind("  in ")).size() < 12);  // the last line says how long
}

TEST_CASE("The time that writes a checkpoint is none of the rate on the bar") {
  stage s;
  progress_callback bar{s.options(true)};
  bar.on_start({.first_step = 0, .total_steps = 4, .summary = ""});
  step_event e;
  e.tokens = 50;
  s.now += 10.0, e.step = 1;
  bar.on_step(e);
  s.now += 40.0;
  bar.on_save({1, "run/checkpoint-1"});
  s.now += 10.0, e.step = 2;
  bar.on_step(e);
  CHECK(s.written.rfind("  5 tokens/s") > s.written.rfind("2/4"));
  CHECK(s.written.rfind("2/4") > s.written.rfind("saved run/checkpoint-1"));
}

TEST_CASE("A run that goes on counts from where it was, with the tokens of its own") {
  stage s;
  progress_callback bar{s.options(true)};
  bar.on_start({.first_step = 500, .total_steps = 1000, .summary = ""});
  step_event e;
  e.step = 501;
  e.tokens = 100;
  e.tokens_seen = 1e6;
  bar.on_step(e);
  CHECK(s.written.find(" 50%   501/1000") != std::string::npos);
  CHECK(s.written.find("M tokens/s") == std::string::npos);
  bar.on_end({});
  bar.on_save({501, "run/\x1b[2J"});  // also without a bar, and made safe to print
  CHECK(s.written.find("step 501  saved run/\\x1b[2J\n") != std::string::npos);
}
