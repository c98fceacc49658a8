// SPDX-License-Identifier: Apache-2.0
// A place in which gkd_train runs within the test, on tiny folders.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../examples/gkd_train/interruption.hpp"
#include "../../examples/gkd_train/program.hpp"
#include "gkd_train/folders.hpp"
#include "io/temporary.hpp"

/// A student, a teacher, and chats; runs of the program on them.
struct workplace {
  workplace() {
    folders::write_model(folder / "student", 1, 1);
    folders::write_model(folder / "teacher", 2, 2);
    gkd::write_chats(folder / "chats.jsonl", folders::chats(12));
  }
  std::string operator/(const std::string& name) const { return folder / name; }

  /// The exit status; `words` come after a student, a teacher, chats, an output folder `out` and
  /// settings that keep a run short.
  int run(const std::string& out, const std::vector<std::string>& words) {
    std::vector<std::string> all{"gkd_train"};
    for (const auto& [option, value] : {std::pair("--model_name_or_path", folder / "student"),
                                        {"--teacher_model_name_or_path", folder / "teacher"},
                                        {"--dataset_name", folder / "chats.jsonl"},
                                        {"--output_dir", folder / out}})
      if (!is_among(option, words)) all.insert(all.end(), {option, value});
    for (const char* word : {"--max_steps=6", "--per_device_train_batch_size=4",
                             "--max_new_tokens=4", "--learning_rate=0.01", "--logging_steps=1",
                             "--report_samples=2", "--threads=1", "--save_strategy=no"})
      if (!is_among(std::string_view(word).substr(0, std::string_view(word).find('=')), words))
        all.emplace_back(word);
    all.insert(all.end(), words.begin(), words.end());
    screen.clear(), bar.clear();
    gkd_train::screens to;
    const auto hear = [this](std::string& all_text, std::string_view text) {
      all_text += text;
      if (!stop_at.empty() && text.find(stop_at) != text.npos) gkd_train::interrupted() = 1;
    };
    to.out.write = [this, hear](std::string_view text) { hear(screen, text); };
    to.bar = {};
    to.bar.terminal = !stop_at.empty();  // which draws before the first step
    to.bar.write = [this, hear](std::string_view text) { hear(bar, text); };
    return gkd_train::main_program(all, to);
  }
  /// The same, as if Ctrl-C was pressed when `at` is shown; "0/6": within the first step.
  int cut(const std::string& out, const std::vector<std::string>& words,
          const std::string& at = "0/6") {
    stop_at = at;
    const int status = run(out, words);
    stop_at.clear();
    gkd_train::interrupted() = 0;
    return status;
  }
  /// Whether a word is this option, or OPTION=VALUE of it: what is given twice gets a note.
  static bool is_among(std::string_view option, const std::vector<std::string>& words) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      return std::string_view(word).substr(0, word.find('=')) == option;
    });
  }
  bool said(const std::string& text) const { return screen.find(text) != std::string::npos; }
  nlohmann::json json(const std::string& name) const { return gkd::read_json(folder / name); }
  bool has(const std::string& name) const { return std::filesystem::exists(folder / name); }
  std::string weights(const std::string& name) const {
    return folder.read(name + "/model.safetensors");
  }

  test_folder folder;
  std::string screen, bar, stop_at;
};
