// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/gkd_config_help.hpp>

#include <fstream>
#include <sstream>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {

std::string committed(const std::string& name) {
  std::ifstream file(std::string(GKD_TEST_SOURCE_DIR) + "/tests/train/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("Help, and help on what is ignored, are what the pages show") {
  CHECK(gkd_config_help() == committed("gkd_config_help.expected"));
  CHECK(gkd_config_help("ignored") == committed("gkd_config_ignored.expected"));
}

TEST_CASE("No line of the help is wider than 100 columns, none ends with a blank") {
  for (const char* topic : {"", "ignored", "lmbda", "lr_scheduler_type", "fsdp_config", "config",
                            "help", "chat_format", "train_sampling_strategy"}) {
    std::istringstream lines(gkd_config_help(topic));
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(line.size() <= 100);
      CHECK_FALSE(line.ends_with(' '));
    }
  }
}

TEST_CASE("About one option: what it is, what it takes, its default, where its name is from") {
  CHECK(gkd_config_help("lmbda") ==
        "--lmbda X\n"
        "  share of the batches that the student writes itself\n"
        "  wants a number from 0 to 1\n"
        "  default 0.5\n"
        "  of TRL's first GKDConfig\n");
  CHECK(gkd_config_help("--max_seq_length").find("also --max_seq_length") != std::string::npos);
  CHECK(gkd_config_help("optim").find("adamw_torch_fused") != std::string::npos);
  CHECK(gkd_config_help("bf16") ==
        "--bf16\n"
        "  changes nothing: everything is computed in float32\n"
        "  of TRL's first GKDConfig\n");
  CHECK(gkd_config_help("max_length").find("wants an integer of at least 1, or none\n") !=
        std::string::npos);
  CHECK_ERROR(gkd_config_help("lamda"), errc::bad_argument, "the nearest is --lmbda");
}

TEST_CASE("Help on a name with one hyphen, or with no_, said that it is no option") {
  for (const char* name : {"-lmbda", "--lmbda"})
    CHECK(gkd_config_help(name) == gkd_config_help("lmbda"));
  for (const char* name : {"no_eval_generate", "--no-eval-generate"})
    CHECK(gkd_config_help(name) == gkd_config_help("eval_generate"));
  CHECK_ERROR(gkd_config_help("no_lmbda"), errc::bad_argument, "--no_lmbda is no option");
  CHECK(gkd_config_help("no_cuda").starts_with("--no_cuda"));
}

TEST_CASE("Help on a name that is an error if set said that it changes nothing") {
  CHECK(gkd_config_help("neftune_noise_alpha") ==
        "--neftune_noise_alpha\n"
        "  an error if set: no noise is added to embeddings\n"
        "  of TRL's first GKDConfig\n");
  CHECK(gkd_config_help("use_peft").find("\n  an error unless false: gkd_train trains all") !=
        std::string::npos);
  CHECK(gkd_config_help("train_sampling_strategy")
            .find("\n  an error unless random or group_by_length: chats come in random order") !=
        std::string::npos);
  for_each_unused_option([](const unused_option& o, option_class) {
    INFO(o.name);
    const std::string text = gkd_config_help(o.name);
    const bool says_nothing = text.find("\n  changes nothing: ") != std::string::npos;
    CHECK(says_nothing == (o.effect == unused_effect::note));
  });
}

TEST_CASE("Help on chat_format names them; names may have hyphens") {
  const std::string text = gkd_config_help("chat_format");
  CHECK(text.find("\n  wants one of chatml, qwen1_5, ") != std::string::npos);
  for (const detail::named_chat_format& f : detail::named_chat_formats())
    CHECK(text.find(f.name) != std::string::npos);
  CHECK(gkd_config_help("eval-steps") == gkd_config_help("eval_steps"));
  CHECK(gkd_config_help("--eval-steps") == gkd_config_help("eval_steps"));
}

TEST_CASE("Help on --config and --help said that they are no options") {
  CHECK(gkd_config_help("config").find("--config FILE\n  options as a JSON object") == 0);
  CHECK(gkd_config_help("help").find("--help [NAME]\n  lists all options") == 0);
}

TEST_CASE("Lines break between words, at column 100") {
  const std::string word(30, 'x');
  CHECK(detail::wrapped(word + " " + word + " " + word, 4, 4) ==
        word + " " + word + " " + word);  // to column 96
  CHECK(detail::wrapped(word + " " + word + " " + word, 4, 9) ==
        word + " " + word + "\n    " + word);
  CHECK(detail::wrapped("", 4, 4).empty());
}
