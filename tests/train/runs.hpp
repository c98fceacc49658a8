// SPDX-License-Identifier: Apache-2.0
// Small runs that are saved and resumed, and what is compared of them.
#pragma once

#include <gkd/data/fixed.hpp>
#include <gkd/divergence/jsd.hpp>
#include <gkd/model/transformer.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/train/checkpoint.hpp>
#include <gkd/train/trainer.hpp>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "io/temporary.hpp"
#include "support/toy.hpp"

namespace runs {

/// A test_folder in memory, where the system has a place for that: thousands of files are synced in
/// these tests, which a disk takes half a minute for.
class memory_folder {
  struct elsewhere {
    elsewhere() {
      if (const char* given = std::getenv("TMPDIR")) before = given;
      if (std::filesystem::is_directory(memory)) ::setenv("TMPDIR", memory, 1);
    }
    ~elsewhere() { before.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before.c_str(), 1); }
    static constexpr const char* memory = "/dev/shm";
    std::string before;
  };
  elsewhere while_making_;

 public:
  test_folder folder;
  std::string operator/(const std::string& name) const { return folder / name; }
  std::string path() const { return folder.path(); }
};

/// What a trainer says of its steps.
struct log {
  std::vector<gkd::step_event> steps;
};
struct recorder {
  log& to;
  void on_step(const gkd::step_event& e) { to.steps.push_back(e); }
};

/// The bits of all parameters.
template <class Model>
std::string bits(Model& model) {
  std::string out;
  gkd::for_each_parameter(model, [&](const auto& p) {
    for (gkd::index r = 0; r < p.value.rows; ++r)
      out.append(reinterpret_cast<const char*>(p.value.row(r).data),
                 p.value.cols * sizeof(*p.value.row(r).data));
  });
  return out;
}

inline bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// Whether the last steps of one log are those of the other, bit for bit.
inline bool same_tail(const log& whole, const log& tail) {
  if (tail.steps.size() > whole.steps.size()) return false;
  const auto* w = whole.steps.data() + whole.steps.size() - tail.steps.size();
  for (const gkd::step_event& t : tail.steps) {
    if (w->step != t.step || !same_bits(w->loss, t.loss) ||
        !same_bits(w->gradient_norm, t.gradient_norm) ||
        !same_bits(w->learning_rate, t.learning_rate) || !same_bits(w->rows, t.rows) ||
        !same_bits(w->tokens_seen, t.tokens_seen) ||
        !same_bits(w->student_fraction, t.student_fraction))
      return false;
    ++w;
  }
  return true;
}

inline std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// All files of a directory, by name.
inline std::vector<std::pair<std::string, std::string>> files(const std::string& directory) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& name : gkd::names_in(directory))
    out.emplace_back(name, read(directory + "/" + name));
  return out;
}

inline std::string checkpoint(const std::string& directory, long step) {
  return directory + "/checkpoint-" + std::to_string(step);
}

inline gkd::transformer_config tiny_shape() {
  return {.vocab_size = 7,
          .width = 8,
          .layers = 2,
          .heads = 2,
          .kv_heads = 1,
          .mlp_width = 12,
          .max_positions = 24,
          .mlp = gkd::mlp_kind::swiglu};
}

/// A bigram student that learns from a bigram teacher, with AdamW, on fixed data.
class simple {
 public:
  explicit simple(std::string directory) {
    options.output_dir = std::move(directory);
    options.per_device_train_batch_size = 3;
    options.max_steps = 40;
    options.learning_rate = 0.05;
    options.save_strategy = gkd::interval::no;
  }
  /// use(trainer) with a new trainer.
  template <class Use>
  void operator()(const Use& use) {
    gkd::trainer t{
        student,
        teacher,
        gkd::generalized_jsd{0.5},
        gkd::fixed{data},
        gkd::adamw{},
        options,
        recorder{seen},
        gkd::checkpoints{{.strict = strict,
                          .from = from,
                          .overwrite = overwrite,
                          .on_note = [this](std::string_view note) { notes.emplace_back(note); }}}};
    use(t);
  }
  gkd::training_options options;
  toy::dataset data = toy::ragged_dataset(20, 5);
  gkd::tabular<float> teacher = toy::random_bigram(5);
  gkd::tabular<float> student = gkd::tabular<float>(5);
  bool strict = true, overwrite = false;
  std::string from;
  std::vector<std::string> notes;
  log seen;
};

}  // namespace runs
