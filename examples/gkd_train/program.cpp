// SPDX-License-Identifier: Apache-2.0
#include "program.hpp"

#include <gkd/train/gkd_config_help.hpp>

#include "run.hpp"

namespace {

constexpr std::string_view usage =
    "gkd_train distils a chat model into a smaller one: generalized knowledge distillation.\n"
    "\n"
    "  gkd_train --model_name_or_path STUDENT --teacher_model_name_or_path TEACHER \\\n"
    "            --dataset_name CHATS.jsonl --output_dir OUT [options]\n"
    "  gkd_train --config RUN.json [options]     TRL's GKDConfig as JSON; options win over it\n"
    "\n"
    "STUDENT and TEACHER are folders as downloaded from the Hub; OUT becomes one that "
    "transformers\n"
    "loads. A line of CHATS.jsonl is {\"messages\": [{\"role\": ..., \"content\": ...}, ...]}.\n"
    "Ctrl-C stops after a step and keeps all of it; --resume_from_checkpoint goes on.\n"
    "--help NAME tells more of an option, --help ignored lists TRL's names without effect.\n"
    "\n";

}  // namespace

int gkd_train::main_program(const std::vector<std::string>& words, const screens& to) {
  const std::vector<std::string> options(words.begin() + 1, words.end());
  const gkd::config_reading given = gkd::read_gkd_config(options);
  if (given.help || options.empty()) {
    to.out.write(
        gkd::concat(given.help_topic.empty() ? usage : "", gkd::gkd_config_help(given.help_topic)));
    return given.help ? 0 : 2;  // without a word nothing was done
  }
  return said_in_program_words([&] { return run(given, words, to)(); },
                               given_names(given.config));
}
