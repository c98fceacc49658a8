// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/gkd_config_parts.hpp>
#include <gkd/train/gkd_config_reader.hpp>

#include <set>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {

config_reading read(std::vector<std::string> words) { return read_gkd_config(words); }

/// What a file of this text gives; words follow it.
config_reading from_file(const std::string& text, std::vector<std::string> words = {}) {
  const test_folder folder;
  words.insert(words.begin(), {"--config", folder.write("run.json", text)});
  return read_gkd_config(words);
}

bool any_holds(const std::vector<std::string>& texts, const std::string& part) {
  for (const std::string& text : texts)
    if (text.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("Words of a command line: with a blank, with =, flags, several values") {
  const gkd_config c = read({"--lmbda", "0.25", "--beta=1", "--max-new-tokens", "7", "--seq_kd",
                             "--eval_on_start", "false", "--no_logging_first_step", "--max_steps",
                             "-1", "--report_to", "tensorboard", "wandb", "--eval_steps=0.1"})
                           .config;
  CHECK(c.lmbda == 0.25);
  CHECK(c.beta == 1.0);
  CHECK(c.max_new_tokens == 7);
  CHECK(c.seq_kd);
  CHECK_FALSE(c.training.eval_on_start);
  CHECK_FALSE(c.training.logging_first_step);
  CHECK(c.training.max_steps == -1);
  CHECK(c.report_to == std::vector<std::string>{"tensorboard", "wandb"});
  REQUIRE(c.eval_steps);
  CHECK(c.eval_steps->of(95) == 10);
}

TEST_CASE("Nothing given: the defaults, and nothing to say") {
  const config_reading r = read({});
  CHECK(to_json(r.config) == to_json(gkd_config{}));
  CHECK(r.notes.empty());
  CHECK(r.ignored.empty());
  CHECK_FALSE(r.help);
}

TEST_CASE("Every kind of value, from a file and from words") {
  const auto check = [](const config_reading& r) {
    const gkd_config& c = r.config;
    CHECK(c.training.learning_rate == 3e-4);
    CHECK(c.training.per_device_train_batch_size == 2);
    CHECK(c.training.seed == 7);
    CHECK(c.training.data_seed == std::uint64_t{9});
    CHECK(c.training.eval_strategy == interval::epoch);
    CHECK(c.save_strategy == save_moment::best);
    CHECK(c.lr_scheduler_type == lr_scheduler_kind::cosine_with_min_lr);
    CHECK(c.lr_scheduler_kwargs == nlohmann::json{{"min_lr", 1e-6}});
    CHECK(c.optim == optimizer_kind::adamw);
    CHECK(c.training.output_dir == "out put");
    CHECK(c.logging_steps == step_count{0.5});
    CHECK(c.resume_from_checkpoint == resume_choice{true, ""});
    CHECK(c.greater_is_better == true);
    CHECK_FALSE(c.max_length.has_value());
    CHECK(c.beta_scaling == scaling::continuous);
    CHECK(c.gradient_checkpointing);
    CHECK(r.notes.empty());
  };
  check(from_file(R"({
    "learning_rate": 3e-4, "per_device_train_batch_size": 2, "seed": 7, "data_seed": 9,
    "eval_strategy": "epoch", "save_strategy": "best", "lr_scheduler_type": "cosine_with_min_lr",
    "lr_scheduler_kwargs": {"min_lr": 1e-6}, "optim": "adamw_hf", "output_dir": "out put",
    "logging_steps": 0.5, "resume_from_checkpoint": true, "greater_is_better": true,
    "max_length": null, "beta_scaling": "continuous", "gradient_checkpointing": true})"));
  check(read({"--learning_rate=3e-4",
              "--per-device-train-batch-size",
              "2",
              "--seed",
              "7",
              "--data_seed",
              "9",
              "--eval_strategy",
              "epoch",
              "--save_strategy",
              "best",
              "--lr_scheduler_type",
              "cosine_with_min_lr",
              "--lr_scheduler_kwargs",
              R"({"min_lr": 1e-6})",
              "--optim",
              "adamw_hf",
              "--output_dir",
              "out put",
              "--logging_steps",
              "0.5",
              "--resume_from_checkpoint",
              "--greater_is_better",
              "Yes",
              "--max_length",
              "none",
              "--beta_scaling",
              "continuous",
              "--activation_checkpointing"}));
  CHECK(read({"--resume_from_checkpoint", "out/checkpoint-5"}).config.resume_from_checkpoint ==
        resume_choice{true, "out/checkpoint-5"});
  CHECK(from_file(R"({"lr_scheduler_kwargs": "{\"power\": 2}"})").config.lr_scheduler_kwargs ==
        nlohmann::json{{"power", 2}});
  CHECK(from_file(R"({"report_to": "none"})").config.report_to == std::vector<std::string>{"none"});
}

TEST_CASE("The command line wins over the file; the last of two words wins") {
  const gkd_config c = from_file(R"({"lmbda": 0.1, "beta": 0.2})", {"--lmbda", "1"}).config;
  CHECK(c.lmbda == 1.0);
  CHECK(c.beta == 0.2);
  CHECK(read({"--lmbda", "1", "--lmbda", "0"}).config.lmbda == 0.0);
  CHECK(from_file(R"({"seq_kd": true})", {"--no_seq_kd"}).config.seq_kd == false);
}

TEST_CASE("The command line wins over what does not go with it in the file, in both directions") {
  const auto chats = [](const std::string& file, const std::vector<std::string>& words) {
    const gkd_config c = from_file(file, words).config;
    return std::pair(c.eval_dataset_name, c.eval_fraction);
  };
  using both = std::pair<std::string, double>;
  const std::string named = R"({"eval_dataset_name": "a.jsonl"})",
                    share = R"({"eval_fraction": 0.5})";
  CHECK(chats(named, {"--eval_fraction", "0.2"}) == both{"", 0.2});
  CHECK(chats(named, {"--eval_fraction", "0.0"}) == both{"a.jsonl", 0.0});  // asks for nothing
  CHECK(chats(share, {"--eval_dataset_name", "no"}) == both{"no", 0.0});
  CHECK(chats(share, {"--eval_dataset_name="}) == both{"", 0.5});

  gkd_config c = from_file(R"({"chat_template_path": "t"})", {"--chat_format", "chatml"}).config;
  CHECK((c.chat_template_path.empty() && c.chat_format == "chatml"));
  c = from_file(R"({"chat_format": "chatml"})", {"--chat-template-path", "t"}).config;
  CHECK((c.chat_template_path == "t" && c.chat_format.empty()));
  const std::string loss = R"({"prediction_loss_only": true})", own = R"({"eval_generate": true})";
  c = from_file(loss, {"--eval_generate", "--eval_fraction", "0.2"}).config;
  CHECK((c.eval_generate && !c.prediction_loss_only));
  c = from_file(loss, {"--eval_generate", "false"}).config;
  CHECK((!c.eval_generate && c.prediction_loss_only));
  c = from_file(own, {"--prediction_loss_only"}).config;
  CHECK((!c.eval_generate && c.prediction_loss_only));

  const config_reading other = from_file(R"({"adafactor": true})", {"--optim", "adamw_torch"});
  CHECK(other.config.optim == optimizer_kind::adamw);
  CHECK(other.notes.empty());
  CHECK_ERROR(from_file(R"({"adafactor": true})"), errc::bad_argument, "want optim = adafactor");
  CHECK_ERROR(from_file(R"({"eval_dataset_name": "a"})", {"--eval_fraction", "2"}),
              errc::bad_argument, "--eval_fraction is \"2\"");
}

TEST_CASE("optim_args that the optimizer has not: in a file a note, on a command line an error") {
  const auto notes = [](const std::string& file, const std::vector<std::string>& words = {}) {
    const config_reading r = from_file(file, words);
    CHECK_NOTHROW(optimizer_of(r.config));
    std::string text;
    for (const std::string& note : r.notes) text += note.substr(note.find("\"optim_args")) + "\n";
    return text + r.config.optim_args;
  };
  CHECK(notes(R"({"optim": "adamw_torch", "optim_args": "a=1"})") ==
        "\"optim_args\" has \"a\", which is no setting of adamw_torch and is passed over\n");
  CHECK(notes(R"({"optim": "sgd", "optim_args": "momentum=0.9, a = 1,nesterov=true"})") ==
        "\"optim_args\" has \"a\", which is no setting of sgd and is passed over\n"
        "momentum=0.9,nesterov=true");
  CHECK(notes(R"({"optim": "sgd", "optim_args": "momentum=0.9"})", {"--optim", "adafactor"}) ==
        "\"optim_args\" has \"momentum\", which is no setting of adafactor and is passed over\n");
  CHECK(notes(R"({"optim_args": null})").empty());
  const auto refused = [](const config_reading& r, const std::string& text) {
    CHECK(r.notes.empty());
    CHECK_ERROR(optimizer_of(r.config), errc::bad_argument, text);
  };
  // transformers' SGD heeds it
  refused(from_file(R"({"optim": "sgd", "optim_args": "dampening=0.5"})"),
          "optim_args: \"dampening\" is no setting of sgd, want momentum, nesterov");
  refused(read({"--optim_args", "a=1"}), "\"a\" is no setting of adamw_torch, want none");
  refused(from_file(R"({"optim_args": "a"})"), "optim_args: \"a\", want name=value");
  // those that are said to be an optimizer's are
  for (const optimizer_kind kind :
       {optimizer_kind::adamw, optimizer_kind::sgd, optimizer_kind::adafactor}) {
    gkd_config c;
    c.optim = kind;
    c.optim_args = "none_of_them=1";
    std::string wanted;
    for (const std::string_view name : detail::optimizer_settings(kind))
      wanted += concat(wanted.empty() ? "" : ", ", name);
    CHECK_ERROR(optimizer_of(c), errc::bad_argument, "want " + (wanted.empty() ? "none" : wanted));
  }
}

TEST_CASE("What TRL 1.16 writes as JSON loads as it is") {
  const std::string file = std::string(GKD_TEST_SOURCE_DIR) + "/tests/oracle/gkd_config.json";
  const config_reading r = read({"--config", file});
  REQUIRE(r.notes.size() == 1);  // of what TRL does not tell
  CHECK(r.notes[0].find("gkd_config.json: \"eos_token\" holds a mark") != std::string::npos);
  CHECK(r.config.training.output_dir == "out");
  CHECK(r.config.training.learning_rate == 2e-5);
  CHECK(r.config.gradient_checkpointing);
  CHECK(r.config.logging_steps == step_count{10});
  CHECK(r.config.eos_token.empty());  // "<EOS_TOKEN>" stands for what is not told
  CHECK(r.config.report_to.empty());
  CHECK(r.config.max_length == gkd::index{1024});
  CHECK(r.ignored.size() > 20);
  // on a machine with a GPU it says bf16, too
  const config_reading gpu = read({"--config", file, "--bf16"});
  REQUIRE(gpu.notes.size() == 2);
  CHECK(gpu.notes[1] == "--bf16 is true: everything is computed in float32");
}

TEST_CASE("Each field of what TRL 1.16 writes loads alone, too") {
  const nlohmann::json all =
      read_json(std::string(GKD_TEST_SOURCE_DIR) + "/tests/oracle/gkd_config.json");
  CHECK(all.size() == 143);
  for (const auto& [name, value] : all.items()) {
    INFO(name);
    CHECK_NOTHROW(from_file(nlohmann::json{{name, value}}.dump()));
  }
}

TEST_CASE("The first GKDConfig's defaults load without a note") {
  const golden::file file = golden::oracle("gkd_config.golden");
  nlohmann::json config;
  for (const std::string& name : file.get("first").keys())
    config[name] = nlohmann::json::parse(file.get("first").word(name));
  const config_reading r = from_file(config.dump());
  for (const std::string& note : r.notes) {
    INFO(note);
    CHECK(note.empty());
  }
  nlohmann::json before = to_json(gkd_config{}), after = to_json(r.config);
  CHECK(before == after);
  gkd::index without_effect = 0;
  for_each_unused_option([&](const unused_option& o, option_class) {
    without_effect += config.contains(std::string(o.name));
  });
  CHECK(r.ignored.size() == without_effect);  // each of those that --help ignored lists
}

TEST_CASE("What is written reads back the same") {
  gkd_config c;
  c.lmbda = 1.0 / 3.0;
  c.training.learning_rate = 1e-7;
  c.training.seed = 123456789012345;
  c.max_length = std::nullopt;
  c.eval_steps = step_count{0.125};
  c.warmup_steps = {17};
  c.save_strategy = save_moment::best;
  c.resume_from_checkpoint = {true, "a/checkpoint-7"};
  c.lr_scheduler_kwargs = {{"power", 2.5}};
  c.on_bad_line = bad_line::skip;
  c.greater_is_better = false;
  c.report_to = {"tensorboard"};
  c.training.loss_normaliser = normaliser::sequence_mean;
  const gkd_config back = from_file(to_json(c).dump()).config;
  CHECK(to_json(back) == to_json(c));
  CHECK(back.lmbda == c.lmbda);
  CHECK(back.training.seed == c.training.seed);
}

TEST_CASE("An unknown name is an error that names the nearest one") {
  CHECK_ERROR(read({"--lambda", "1"}), errc::bad_argument,
              "--lambda is no option; the nearest is --lmbda");
  CHECK_ERROR(read({"--learning_rtae=1"}), errc::bad_argument, "the nearest is --learning_rate");
  CHECK_ERROR(read({"--per_gpu_trian_batch_size", "1"}), errc::bad_argument,
              "the nearest is --per_gpu_train_batch_size");
  CHECK_ERROR(read({"--no_lmbda"}), errc::bad_argument, "--no_lmbda is no option");
  CHECK_ERROR(from_file(R"({"lamda": 1})"), errc::bad_argument,
              "run.json: \"lamda\" is no option; the nearest is \"lmbda\"");
  CHECK_ERROR(from_file(R"({"lr": 1})"), errc::bad_argument, "the nearest is \"learning_rate\"");
  CHECK_ERROR(read({"--model", "x"}), errc::bad_argument,
              "--model is no option; the nearest is --model_name_or_path; --help lists all");
  try {
    read({"--quite_something_else", "1"});
    FAIL("an unknown option was read");
  } catch (const error& e) {
    CHECK(std::string(e.what()) == "gkd: --quite_something_else is no option; --help lists all");
  }
  CHECK_ERROR(read({"run.json"}), errc::bad_argument, "\"run.json\" stands where an option is");
  CHECK_ERROR(read({"--LMBDA", "1"}), errc::bad_argument,
              "--LMBDA is no option; the nearest is --lmbda; --help lists all");
  CHECK_ERROR(read({"--beta", "0.5", "-lmbda", "1"}), errc::bad_argument,
              "gkd: -lmbda is no option; the nearest is --lmbda; --help lists all");
  CHECK_ERROR(read({"-eval-steps=1"}), errc::bad_argument, "the nearest is --eval_steps; --help");
  CHECK(read({"--run_name=-lmbda"}).config.run_name == "-lmbda");
  CHECK_ERROR(read({"--lmbda_per", "0.5"}), errc::bad_argument,
              "--lmbda_per is \"0.5\", want batch or sequence");
  CHECK(detail::edit_distance("lmbda", "lambda") == 1);
  CHECK(detail::edit_distance("abcd", "bacd") == 1);  // neighbours swapped
  CHECK(detail::edit_distance("", "abc") == 3);
  CHECK(detail::edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("An unknown name in a file is not told to be near config or help, which a file has not") {
  for (const char* name : {"config", "help", "confg", "hlep"}) {
    INFO(name);
    try {
      from_file(concat("{\"", name, "\": \"x\"}"));
      FAIL("an unknown option was read");
    } catch (const error& e) {
      const std::string text = e.what();
      CHECK(text.find(concat("\"", name, "\" is no option")) != text.npos);
      CHECK(text.find("is \"config\"") == text.npos);
      CHECK(text.find("is \"help\"") == text.npos);
    }
  }
  CHECK_ERROR(read({"--confg", "x"}), errc::bad_argument, "the nearest is --config");
}

TEST_CASE("Names are compared with none when they are too long to be near one") {
  for (std::string_view known : detail::all_option_names(false)) CHECK(known.size() < 60);
  // compared, nine megabytes would take minutes
  const std::string longest(9'000'000, 'l');
  CHECK_ERROR(from_file("{\"" + longest + "\": 1}"), errc::bad_argument,
              "... is no option; --help");
  CHECK_ERROR(read({"--" + longest, "1"}), errc::bad_argument, "is no option; --help lists all");
}

TEST_CASE("A configuration file has 100,000 values at most") {
  std::string many = "{\"report_to\": [0";
  for (int i = 0; i < 100'000; ++i) many += ",0";
  CHECK_ERROR(from_file(many + "]}"), errc::bad_format, "more than 100000 values");
}

TEST_CASE("A value of the wrong type or out of range: where, what, what is wanted") {
  const auto refused = [](const std::vector<std::string>& words, const std::string& text) {
    INFO(text);
    CHECK_ERROR(read(words), errc::bad_argument, text);
  };
  refused({"--lmbda", "1.5"}, "--lmbda is \"1.5\", want a number from 0 to 1");
  refused({"--lmbda", "nan"}, "--lmbda is \"nan\", want a number from 0 to 1");
  refused({"--lmbda"}, "--lmbda has no value, want a number from 0 to 1");
  refused({"--lmbda", "0", "1"}, "--lmbda is \"0\" \"1\", want a number from 0 to 1");
  refused({"--lmbda="}, "--lmbda is \"\", want");
  refused({"--learning_rate", "inf"}, "--learning_rate is \"inf\", want a number of at least 0");
  refused({"--max_steps", "0"}, "want an integer of at least 1, or -1 to count epochs");
  refused({"--max_new_tokens", "1.5"},
          "--max_new_tokens is \"1.5\", want an integer of at least 1");
  refused({"--seed", "-1"}, "--seed is \"-1\", want an integer of at least 0");
  refused({"--logging_steps", "1.5"}, "want an integer of at least 1, or a share of the run's");
  refused({"--seq_kd", "maybe"}, "--seq_kd is \"maybe\", want true or false");
  refused({"--bf16", "half"}, "--bf16 is \"half\", want true or false");
  refused({"--eval_strategy", "sometimes"}, "is \"sometimes\", want no, steps or epoch");
  refused({"--optim", "lion_32bit"},
          "want adamw_torch, adamw_torch_fused, adamw_hf, adafactor or sgd");
  refused({"--lr_scheduler_kwargs", "[1]"}, "want a JSON object");
  refused({"--report_to", "paper"}, "--report_to is \"paper\", want tensorboard, all or none");
  refused({"--config"}, "--config needs one file");
  for (const auto& words : {std::vector<std::string>{}, {"{}", "{}"}}) {
    std::vector<std::string> all{"--lr_scheduler_kwargs"};
    all.insert(all.end(), words.begin(), words.end());
    try {
      read(all);
      FAIL("not refused");
    } catch (const error& e) {
      CHECK(e.text().ends_with(", want a JSON object"));
      CHECK(e.text().find("(") == std::string_view::npos);  // said once
    }
  }
  refused({"--lr_scheduler_kwargs", "{"}, "is \"{\", want a JSON object (text:1:2: bad JSON");

  const auto refused_file = [](const std::string& text, const std::string& wanted) {
    INFO(text);
    CHECK_ERROR(from_file(text), errc::bad_argument, wanted);
  };
  refused_file(R"({"lmbda": 1.5})", "run.json: \"lmbda\" is 1.5, want a number from 0 to 1");
  refused_file(R"({"lmbda": "0.5"})", "\"lmbda\" is \"0.5\", want a number from 0 to 1");
  refused_file(R"({"lmbda": [1]})", "\"lmbda\" is [1], want a number");
  refused_file(R"({"max_steps": 2.0})", "\"max_steps\" is 2.0, want an integer");
  refused_file(R"({"seq_kd": 1})", "\"seq_kd\" is 1, want true or false");
  refused_file(R"({"fp16": "yes"})", "\"fp16\" is \"yes\", want true or false");
  refused_file(R"({"output_dir": 3})", "\"output_dir\" is 3, want a folder");
  refused_file(R"({"lmbda": {"token": "secret"}})", "\"lmbda\" is an object, want a number");
  refused_file(R"({"report_to": [3]})", "\"report_to\" is [3], want names");
}

TEST_CASE("A file that is no configuration") {
  CHECK_ERROR(read({"--config", "nowhere/run.json"}), errc::io_failure,
              "gkd: --config: nowhere/run.json: cannot open");
  CHECK_ERROR(from_file("[]"), errc::bad_format, "gkd: --config: ");
  for (const char* empty : {"", " \n"})  // no line of Python makes JSON of these
    CHECK_ERROR(from_file(empty), errc::bad_format,
                "run.json: is empty, want a JSON object, which begins with {");
  CHECK_ERROR(from_file("[1]"), errc::bad_format,
              "run.json: is an array, want a JSON object, which begins with {");
  CHECK_ERROR(from_file("{\"lmbda\": 0.5, \"lmbda\": 1}"), errc::bad_format, "second time");
  CHECK_ERROR(from_file("{\"lmbda\": 0.5"), errc::bad_format, "bad JSON");
  CHECK_ERROR(from_file("lmbda: 0.5"), errc::bad_format, "/run.json.json\"  makes one of YAML");
  CHECK_ERROR(from_file("\xef\xbb\xbf{}"), errc::bad_format, "begins with a byte order mark");
}

TEST_CASE("Two names of one option: either will do, both if they agree") {
  CHECK(read({"--max_seq_length", "77"}).config.max_length == gkd::index{77});
  CHECK(read({"--max_length", "78"}).config.max_length == gkd::index{78});
  const std::string both = R"({"gradient_checkpointing": )",
                    and_ = R"(, "activation_checkpointing": )";
  CHECK(from_file(both + "true" + and_ + "true}").config.gradient_checkpointing);
  CHECK(from_file(both + "true" + and_ + "null}").config.gradient_checkpointing);
  CHECK(from_file(both + "null" + and_ + "true}").config.gradient_checkpointing);
  CHECK_ERROR(from_file(both + "true" + and_ + "false}"), errc::bad_argument,
              "are two names of one option, but their values differ");
  // the command line wins under either name
  CHECK_FALSE(from_file(both + "true}", {"--activation_checkpointing", "false"})
                  .config.gradient_checkpointing);
}

TEST_CASE("Names without effect: silent at their defaults, else a note or an error") {
  CHECK(read({"--packing", "false", "--dataloader_num_workers", "0", "--local_rank=-1",
              "--logging_nan_inf_filter", "false"})
            .notes.empty());
  const config_reading r = read({"--bf16", "--dataloader_num_workers", "4", "--ddp_backend", "nccl",
                                 "--teacher_model_init_kwargs", R"({"dtype": "bfloat16"})"});
  CHECK(r.notes.size() == 4);
  CHECK(any_holds(r.notes, "--bf16 is true: everything is computed in float32"));
  CHECK(any_holds(r.notes, "--dataloader_num_workers is 4: the chats are read and encoded once"));
  CHECK(any_holds(r.notes, "--ddp_backend is nccl: gkd_train is one process"));
  CHECK(any_holds(r.notes, "--teacher_model_init_kwargs is given: "));  // its value may be a secret

  CHECK_ERROR(read({"--neftune_noise_alpha", "5"}), errc::bad_argument,
              "--neftune_noise_alpha is 5: no noise is added to embeddings");
  CHECK_ERROR(read({"--use_peft"}), errc::bad_argument, "--use_peft is true: gkd_train trains all");
  CHECK_ERROR(from_file(R"({"train_sampling_strategy": "sequential"})"), errc::bad_argument,
              "run.json: \"train_sampling_strategy\" is sequential: chats come in random order");
}

// of HfArgumentParser: --no_NAME where NAME is true by default; here for whatever is true or false
TEST_CASE("The flag --no_NAME is read for every name that is true or false in TRL") {
  CHECK(read({"--no_dataloader_pin_memory", "--no_skip_memory_metrics", "--no_save_safetensors",
              "--no-logging-nan-inf-filter", "--no_average_tokens_across_devices"})
            .notes.size() == 1);  // of save_safetensors
  const golden::file file = golden::oracle("gkd_config.golden");
  std::set<std::string> names;
  for (const char* version : {"first", "today"})
    for (const std::string& name : file.get(version).keys())
      if (const std::string word = file.get(version).word(name); word == "true" || word == "false")
        names.insert(name);
  CHECK(names.size() > 60);
  for (const std::string& name : names) {
    INFO(name);
    CHECK_NOTHROW(read({"--no_" + name}));
    CHECK_NOTHROW(from_file(nlohmann::json{{name, false}}.dump()));
  }
  // those whose default is null, which no list of values tells
  for (const char* name : {"tf32", "ddp_broadcast_buffers", "dispatch_batches", "split_batches",
                           "ddp_find_unused_parameters", "eval_packing", "completion_only_loss",
                           "ddp_static_graph", "greater_is_better"})
    CHECK_NOTHROW(read({std::string("--no_") + name}));
}

TEST_CASE("A flag without effect is read as one, however it is written") {
  for (const char* no : {"--push_to_hub=False", "--no_push_to_hub", "--no-push-to-hub"}) {
    CHECK(read({no}).notes.empty());
    CHECK(read({no}).ignored == std::vector<std::string>{"push_to_hub"});
  }
  CHECK(read({"--remove_unused_columns", "False"}).notes.empty());
  CHECK(read({"--include_num_input_tokens_seen", "all"}).notes.empty());  // once true or false
}

TEST_CASE("Numbers of steps that no integer holds are refused, not made -9223372036854775808") {
  for (const char* name : {"--save_steps", "--logging_steps", "--eval_steps", "--warmup_steps"}) {
    INFO(name);
    CHECK_ERROR(read({name, "1e300"}), errc::bad_argument, "is \"1e300\", want an integer of at");
    CHECK_ERROR(read({name, "9007199254740994"}), errc::bad_argument, "; at most 2^53");
    CHECK_NOTHROW(read({name, "9007199254740992"}));
  }
  CHECK(to_json(read({"--save_steps", "9007199254740992"}).config).at("save_steps") ==
        std::int64_t{9007199254740992});
  CHECK_ERROR(from_file(R"({"warmup_steps": 1e300})"), errc::bad_argument,
              "\"warmup_steps\" is 1e+300, want an integer of at least 0");
  // what a program sets and the reader would refuse is not written as something else
  gkd_config c;
  c.save_steps = {1e300};
  CHECK(to_json(c).at("save_steps") == 1e300);
  c.save_steps = {1.5};
  CHECK(to_json(c).at("save_steps") == 1.5);
}

TEST_CASE("18446744073709551615 is no -1") {
  CHECK_ERROR(from_file(R"({"max_steps": 18446744073709551615})"), errc::bad_format,
              "an integer above 2^63 - 1");
  CHECK_ERROR(read({"--max_steps", "18446744073709551615"}), errc::bad_argument,
              "want an integer of at least 1, or -1");
}

TEST_CASE("An integer above 2^63 - 1 was refused as if it were below 0") {
  for (const char* name : {"--seed", "--data_seed", "--threads"}) {
    INFO(name);
    CHECK_ERROR(read({name, "18446744073709551615"}), errc::bad_argument,
                "is \"18446744073709551615\", want an integer of at least 0");
    CHECK_ERROR(read({name, "18446744073709551615"}), errc::bad_argument, "; at most 2^63 - 1");
    CHECK_NOTHROW(read({name, "9223372036854775807"}));
  }
  CHECK_ERROR(read({"--seed", "9223372036854775808"}), errc::bad_argument,
              "gkd: --seed is \"9223372036854775808\", want an integer of at least 0; at most "
              "2^63 - 1");
  for (const char* other : {"-18446744073709551615", "18446744073709551615x"}) {
    try {
      read({"--seed", other});
      FAIL("no integer of at least 0 was read");
    } catch (const error& e) {
      CHECK(std::string(e.what()).find("2^63") == std::string::npos);
    }
  }
}

TEST_CASE("A word that is not UTF-8, which no JSON can hold, was found out after the models") {
  CHECK_ERROR(read({"--output_dir", "caf\xe9"}), errc::bad_argument,
              "gkd: --output_dir is \"caf\\xe9\", which is not UTF-8; want names and texts in "
              "UTF-8");
  CHECK_ERROR(read({"--run-name=\xff"}), errc::bad_argument, "--run_name is \"\\xff\", which is");
  CHECK_ERROR(read({"--report_to", "all", "\xc3"}), errc::bad_argument, "--report_to is \"all\" ");
  CHECK_ERROR(read({"--resume_from_checkpoint", "\xed\xa0\x80"}), errc::bad_argument, "not UTF-8");
  CHECK_ERROR(read({"--lr_scheduler_kwargs", "{\"\xe9\": 1}"}), errc::bad_argument, "not UTF-8");
  CHECK_ERROR(read({"--hub_token", "\xe9"}), errc::bad_argument, "not UTF-8");
  const gkd_config c =
      read({"--output_dir", "caf\xc3\xa9", "--run_name", "\xf0\x9f\x8d\xb0"}).config;
  CHECK(from_file(to_json(c).dump()).config.training.output_dir == "caf\xc3\xa9");
  const test_folder folder;  // of the file that is read, no other names the path
  CHECK_NOTHROW(read({"--config", folder.write("caf\xe9.json", "{}")}));
}

TEST_CASE("Names that mean nothing here are listed; what they ask for is said, secrets are not") {
  const config_reading r =
      from_file(R"({"push_to_hub": false, "hub_token": "<HUB_TOKEN>", "past_index": -1})");
  CHECK(r.notes.empty());
  CHECK(r.ignored == std::vector<std::string>{"past_index", "push_to_hub", "hub_token"});
  const config_reading secret = read({"--push_to_hub", "--hub_token", "hf_secret"});
  REQUIRE(secret.notes.size() == 1);  // one for each reason
  CHECK(secret.notes[0] == "push_to_hub, hub_token are ignored: of the Hub; gkd uses no network");
  CHECK_FALSE(any_holds(secret.notes, "hf_secret"));
  const config_reading script = read({"--do_train", "--do_eval", "--hub_strategy", "every_save"});
  CHECK(script.ignored == std::vector<std::string>{"hub_strategy"});
  REQUIRE(script.notes.size() == 1);
  CHECK(script.notes[0].find("do_train, do_eval are ignored: a flag of scripts;") == 0);
  CHECK(any_holds(read({"--report_to", "wandb"}).notes, "names wandb, a hosted dashboard"));
}

// transformers writes the obsolete name with the other one, both as they were set
TEST_CASE("Obsolete names that ask for something were passed over with a note") {
  const gkd_config c = read({"--evaluation_strategy", "steps", "--per_gpu_train_batch_size", "2",
                             "--per_gpu_eval_batch_size", "3"})
                           .config;
  CHECK(c.training.eval_strategy == interval::steps);
  CHECK(c.training.per_device_train_batch_size == 2);
  CHECK(c.training.per_device_eval_batch_size == 3);
  CHECK(from_file(R"({"evaluation_strategy": "epoch", "eval_strategy": "epoch"})")
            .config.training.eval_strategy == interval::epoch);
  CHECK(from_file(R"({"evaluation_strategy": null, "eval_strategy": "epoch"})")
            .config.training.eval_strategy == interval::epoch);
  CHECK_ERROR(from_file(R"({"evaluation_strategy": "epoch", "eval_strategy": "no"})"),
              errc::bad_argument, "are two names of one option, but their values differ");
  CHECK_ERROR(read({"--adafactor"}), errc::bad_argument,
              "--adafactor is true: obsolete; want optim = adafactor");
  CHECK(read({"--adafactor", "false"}).ignored == std::vector<std::string>{"adafactor"});
  CHECK(from_file(R"({"adafactor": true, "optim": "adafactor"})").notes.empty());
  CHECK(any_holds(read({"--no_cuda"}).notes, "no_cuda is ignored: obsolete; this is the CPU"));
}

TEST_CASE("A token that TRL hides in its JSON was dropped without a word") {
  const std::string hidden = R"({"eos_token": "<EOS_TOKEN>", "hub_token": "<HUB_TOKEN>"})";
  const config_reading r = from_file(hidden);
  REQUIRE(r.notes.size() == 1);  // hub_token changes nothing, whatever it was
  CHECK(r.notes[0].ends_with(
      "run.json: \"eos_token\" holds a mark that TRL writes in place of any value, so there is "
      "none: want --eos_token if one was set"));
  CHECK(r.config.eos_token.empty());
  const config_reading given = from_file(hidden, {"--eos_token", "<|im_end|>"});
  CHECK(given.notes.empty());
  CHECK(given.config.eos_token == "<|im_end|>");
}

TEST_CASE("What is ignored was a third of the names that --help ignored lists") {
  const config_reading r = read({"--past_index=-1", "--bf16", "false", "--local_rank", "0",
                                 "--packing", "false", "--use_peft", "false", "--tf32"});
  CHECK(r.ignored == std::vector<std::string>{"bf16", "packing", "local_rank", "past_index",
                                              "use_peft"});
  CHECK(r.notes.size() == 1);  // of tf32
}

TEST_CASE("Where none is allowed, the error says so") {
  CHECK_ERROR(read({"--max_length", "null"}), errc::bad_argument,
              "--max_length is \"null\", want an integer of at least 1, or none");
  CHECK_ERROR(from_file(R"({"max_length": 0})"), errc::bad_argument,
              "\"max_length\" is 0, want an integer of at least 1, or null");
  CHECK_ERROR(read({"--max_new_tokens", "none"}), errc::bad_argument,
              "want an integer of at least 1");
}

TEST_CASE("YAML turned into JSON as the error advises was refused") {
  // what json.dump(yaml.safe_load(...)) makes of  learning_rate: 2e-5, eval_strategy: no ...
  const gkd_config c = from_file(R"({"learning_rate": "2e-5", "adam_epsilon": "1E-07",
      "warmup_steps": "1e1", "eval_steps": "5e-1", "lr_scheduler_type": "cosine_with_min_lr",
      "lr_scheduler_kwargs": {"min_lr": "1e-6"}, "eval_strategy": false, "save_strategy": false,
      "logging_strategy": false, "resume_from_checkpoint": false})")
                           .config;
  CHECK(c.training.learning_rate == 2e-5);
  CHECK(c.adam_epsilon == 1e-7);
  CHECK(c.warmup_steps == step_count{10});
  CHECK((c.eval_steps == step_count{0.5}));
  CHECK(scheduler_of(c, 10).min_lr_rate == 1e-6 / 2e-5);
  CHECK(c.training.eval_strategy == interval::no);
  CHECK(c.save_strategy == save_moment::no);
  CHECK(c.training.logging_strategy == interval::no);
  CHECK_ERROR(from_file(R"({"learning_rate": "2e-5x"})"), errc::bad_argument,
              "\"learning_rate\" is \"2e-5x\", want a number of at least 0");
  CHECK_ERROR(from_file(R"({"learning_rate": "-2e-5"})"), errc::bad_argument,
              "\"-2e-5\", want a number of at least 0");
  CHECK_ERROR(from_file(R"({"eval_strategy": true})"), errc::bad_argument,
              "\"eval_strategy\" is true, want no, steps or epoch");
  CHECK_ERROR(from_file(R"({"optim": false})"), errc::bad_argument, "want adamw_torch");
}

TEST_CASE("A file's warmup_steps won over the command line's --warmup_ratio in silence") {
  const char* file = R"({"warmup_steps": 4, "warmup_ratio": 0.5, "max_steps": 6})";
  const auto warmup = [&](const std::vector<std::string>& words) {
    return scheduler_of(from_file(file, words).config, 20).warmup_steps;
  };
  CHECK(warmup({}) == 4);  // within one source as in transformers
  CHECK(warmup({"--warmup_ratio", "0"}) == 0);
  CHECK(warmup({"--warmup_ratio", "0.25"}) == 5);
  CHECK(warmup({"--warmup_steps", "0"}) == 0);
  CHECK(warmup({"--warmup_steps", "3", "--warmup_ratio", "0.25"}) == 3);
  const auto most_steps = [&](const std::vector<std::string>& words) {
    return from_file(file, words).config.training.max_steps;
  };
  CHECK(most_steps({"--learning_rate", "1"}) == 6);
  CHECK(most_steps({"--num_train_epochs", "2"}) == -1);
  CHECK(most_steps({"--num_train_epochs", "2", "--max_steps", "9"}) == 9);
  CHECK(from_file(R"({"num_train_epochs": 7})", {"--max_steps", "-1"})
            .config.training.num_train_epochs == 7.0);
}

TEST_CASE("Help and what it is about") {
  CHECK(read({"--help"}).help);
  CHECK(read({"-h"}).help);
  CHECK(read({"--lmbda", "1", "--help", "ignored"}).help_topic == "ignored");
}

TEST_CASE("Help on an option with its hyphens asks about it and sets nothing") {
  CHECK(read({"--help", "--eval_steps"}).help_topic == "eval_steps");
  CHECK(read({"--help", "--eval-steps=3"}).help_topic == "eval_steps");
  CHECK(read({"-h", "-h"}).help_topic == "help");
  CHECK(read({"--help", "-lmbda"}).help_topic == "lmbda");
  CHECK(read({"--help", "-lmbda=1"}).help_topic == "lmbda");
  CHECK_ERROR(read({"--help", "lmbda", "beta"}), errc::bad_argument,
              "gkd: --help lmbda beta: tells of one name at a time, want --help lmbda");
  const config_reading r = read({"--lmbda", "1", "--help", "--lmbda", "0.25", "0.5", "--none"});
  CHECK(r.help_topic == "lmbda");
  CHECK(r.config.lmbda == 1.0);
  CHECK(read({"--help", "lmbda", "--beta", "0.25"}).config.beta == 0.25);
}

TEST_CASE("Hostile words are shown safely") {
  CHECK_ERROR(read({"--\x1b[31mred"}), errc::bad_argument, "--\\x1b[31mred is no option");
  CHECK_ERROR(read({"--lmbda", "\x07"}), errc::bad_argument, "--lmbda is \"\\x07\", want");
  CHECK(any_holds(read({"--ddp_backend", "\x1b[0m"}).notes, "--ddp_backend is \\x1b[0m: "));
}

TEST_CASE("What another option keeps from having effect is a note") {
  using notes = std::vector<std::string>;
  CHECK(read({"--eval_steps", "5"}).notes ==
        notes{"--eval_steps has no effect: eval_strategy is not steps"});
  CHECK(read({"--eval_steps", "5", "--eval_strategy", "epoch"}).notes.size() == 1);
  CHECK(read({"--eval_steps", "5", "--eval_strategy", "steps"}).notes.empty());
  CHECK(from_file(R"({"eval_steps": null, "save_steps": 500, "seq_kd": true})").notes.empty());

  CHECK(read({"--warmup_steps", "5", "--warmup_ratio", "0.5"}).notes ==
        notes{"--warmup_ratio has no effect: warmup_steps is given, too"});
  CHECK(read({"--warmup_steps", "0", "--warmup_ratio", "0.5"}).notes.empty());
  CHECK(read({"--warmup_steps", "5", "--warmup_ratio", "0"}).notes.empty());
  const config_reading file = from_file(R"({"warmup_steps": 5, "warmup_ratio": 0.5})");
  REQUIRE(file.notes.size() == 1);
  CHECK(file.notes[0].ends_with(
      ": \"warmup_ratio\" has no effect: warmup_steps is given, too"));
  for (const char* name : {"--warmup_steps", "--warmup_ratio"}) {
    CHECK(read({name, "0.5", "--lr_scheduler_type", "constant"}).notes ==
          notes{concat(name, " has no effect: lr_scheduler_type is constant, want "
                             "constant_with_warmup")});
    CHECK(read({name, "0.5", "--lr_scheduler_type", "constant_with_warmup"}).notes.empty());
  }
  CHECK(read({"--seq_kd", "--lmbda", "1"}).notes ==
        notes{"--seq_kd has no effect: at lmbda 1 the student writes all of the batches"});
  CHECK(read({"--no_seq_kd", "--lmbda", "1"}).notes.empty());
  CHECK_ERROR(read({"--no_bf16=true"}), errc::bad_argument,
              "gkd: --no_bf16 is \"true\", but takes no value; want --no_bf16 alone, or --bf16 "
              "true or false");
  CHECK_ERROR(read({"--no_lmbda=1"}), errc::bad_argument, "--no_lmbda is no option");

  for (const char* epochs : {"1", "3"})  // 3 is the default
    CHECK(read({"--num_train_epochs", epochs, "--max_steps", "40"}).notes ==
          notes{"--num_train_epochs has no effect: max_steps is given, too"});
  CHECK(read({"--num_train_epochs", "1", "--max_steps", "-1"}).notes.empty());
  CHECK(from_file(R"({"num_train_epochs": 3.0, "max_steps": 40})").notes.empty());  // as TRL writes
  CHECK(from_file(R"({"num_train_epochs": 1, "max_steps": 40})").notes.size() == 1);
  CHECK(from_file(R"({"max_steps": 40})", {"--num_train_epochs", "1"}).notes.empty());
}

TEST_CASE("An option given twice was silent about the value that does not count") {
  using notes = std::vector<std::string>;
  const config_reading r =
      read({"--lmbda", "1", "--lmbda=0.5", "--lmbda", "0", "--hub_token", "a", "--hub-token", "b"});
  CHECK(r.config.lmbda == 0.0);
  REQUIRE(r.notes.size() == 3);
  CHECK(r.notes[0] == "--lmbda is given more than once: the last value counts");
  CHECK(r.notes[1] == "--hub_token is given more than once: the last value counts");  // not which
  CHECK(read({"--lmbda", "1", "--lmbda", "1"}).notes.empty());
  const config_reading no = read({"--eval_fraction=0.1", "--eval_generate", "--no-eval-generate"});
  CHECK(!no.config.eval_generate);
  CHECK(no.notes == notes{"--eval_generate is given more than once: the last value counts"});
  CHECK(read({"--no_seq_kd", "--seq_kd"}).config.seq_kd);
  CHECK(read({"--no_seq_kd", "--seq_kd", "false"}).notes.empty());
  CHECK_ERROR(read({"--lmbda", "2", "--lmbda", "2", "--lmbda", "2"}), errc::bad_argument,
              "--lmbda is \"2\"");
  const test_folder folder;
  const std::string one = folder.write("one.json", R"({"lmbda": 0.1})"),
                    two = folder.write("two.json", "{}");
  const config_reading files = read({"--config", one, "--config", two});
  CHECK(files.config.lmbda == 0.5);
  CHECK(files.notes == notes{"--config is given more than once: the last value counts"});
}

TEST_CASE("A bad value of a file that the command line overrides was silent") {
  const config_reading r = from_file(R"({"lmbda": 2, "optim": "lion", "warmup_steps": -1})",
                                     {"--lmbda", "0", "--optim", "sgd", "--warmup_ratio", "0.5"});
  CHECK(r.config.lmbda == 0.0);
  REQUIRE(r.notes.size() == 3);
  CHECK(r.notes[0].ends_with(
      "run.json: \"lmbda\" is 2, want a number from 0 to 1; the command line overrides it"));
  CHECK(any_holds(r.notes, "\"optim\" is \"lion\", want adamw_torch"));
  CHECK(any_holds(r.notes, "\"warmup_steps\" is -1, want an integer of at least 0"));
  CHECK_ERROR(from_file(R"({"lmbda": 2, "optim": "lion"})", {"--lmbda", "0.5"}),
              errc::bad_argument, "\"optim\" is \"lion\", want");
}

TEST_CASE("Another word than those for true and false is told them, a name without effect too") {
  for (const char* option : {"--seq_kd", "--bf16", "--do_train", "--use_ipex"})
    CHECK_ERROR(read({option, "nope"}), errc::bad_argument,
                concat(option,
                       " is \"nope\", want true or false; also yes, no, on, off, 1, 0, t, f, y or "
                       "n"));
  for (const char* no : {"no", "No", "False", "off", "0", "f", "n"})
    CHECK(read({"--do_train", no}).ignored == std::vector<std::string>{"do_train"});
  for (const char* yes : {"yes", "YES", "true", "on", "1", "t", "y"})
    CHECK(read({"--do_train", yes}).notes.size() == 1);
}
