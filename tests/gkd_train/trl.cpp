// SPDX-License-Identifier: Apache-2.0
// Five steps on a batch of chats, beside TRL's own GKDTrainer: same folders, same configuration.
#include <gkd/train/gkd_config_reader.hpp>

#include "../../examples/gkd_train/chats.hpp"
#include "../../examples/gkd_train/models.hpp"
#include "../../examples/gkd_train/program.hpp"
#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/worst_of.hpp"

using namespace gkd;
namespace fs = std::filesystem;

namespace {

/// Folders as transformers wrote them, with the tokenizer that TRL was given, and the chats.
struct parity_folder {
  parity_folder(const std::string& student, const std::string& teacher)
      : chats(golden::oracle_folder() + "trl/" + student + ".jsonl") {
    for (const auto& [from, to] : {std::pair(student, "student"), std::pair(teacher, "teacher")}) {
      fs::copy(golden::oracle_folder() + "hf/" + from, folder / to);
      for (const char* name : {"tokenizer.json", "tokenizer_config.json"})
        fs::copy(golden::oracle_folder() + "trl/" + name, (folder / to) + "/" + name);
    }
  }
  /// A command line: TRL's configuration as it is, paths, and `more`.
  std::vector<std::string> words(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{"--config",
                                 golden::oracle_folder() + "trl/config.json",
                                 "--model_name_or_path",
                                 folder / "student",
                                 "--teacher_model_name_or_path",
                                 folder / "teacher",
                                 "--dataset_name",
                                 chats,
                                 "--output_dir",
                                 folder / "out",
                                 "--overwrite_output_dir",
                                 "--closing_text=target",
                                 "--report_samples=0",
                                 "--threads=1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  test_folder folder;
  std::string chats;
};

/// What the steps of a run were logged with.
struct step_log {
  std::vector<double> losses, norms, rates;
};

step_log run(const parity_folder& at, const std::string& beta, const std::string& lmbda) {
  std::vector<std::string> words = at.words({"--beta", beta, "--lmbda", lmbda});
  words.insert(words.begin(), "gkd_train");
  gkd_train::screens silent;
  silent.out.write = silent.bar.write = [](std::string_view) {};
  REQUIRE(gkd_train::main_program(words, silent) == 0);
  step_log log;
  const nlohmann::json state = read_json(at.folder / "out/trainer_state.json");
  for (const nlohmann::json& entry : state.at("log_history")) {
    if (!entry.contains("loss")) continue;
    log.losses.push_back(entry.at("loss"));
    log.norms.push_back(entry.at("grad_norm"));
    log.rates.push_back(entry.at("learning_rate"));
  }
  return log;
}

/// The greatest relative difference.
double farthest(const std::vector<double>& ours, const std::vector<double>& theirs) {
  REQUIRE(ours.size() == theirs.size());
  double worst = 0.0;
  for (std::size_t i = 0; i < ours.size(); ++i)
    worst = worst_of(worst, std::abs(ours[i] / theirs[i] - 1.0));
  return worst;
}

/// TRL divides by the number of targets that the chats have, also where it sampled others.
std::vector<double> per_token_in_loss(const golden::record& c, const std::string& key) {
  std::vector<double> values = c.list<double>(key);
  const auto sampled = c.list<double>("sampled");
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= c.number("targets") / sampled[i];
  return values;
}

}  // namespace

TEST_CASE("TRL's collator and gkd_train see the same tokens") {
  const golden::file file = golden::oracle("trl_losses.golden");
  for (const char* student : {"qwen2", "llama"}) {
    INFO(student);
    const parity_folder at(student, "llama");
    const gkd_config config = read_gkd_config(at.words()).config;
    const gkd_train::models models =
        gkd_train::load_models(config, gkd_train::backend_type{}, gkd_train::read_facts(config));
    const auto quiet = [](const std::string&) {};
    const chat_dataset data = gkd_train::read_chat_sets(config, models, quiet).train.data;
    gkd::index number = 0;
    for (const golden::record& chat : file.all("chat")) {
      if (chat.name() != student) continue;
      REQUIRE(number < data.size());
      CHECK(data.full(number).tokens == chat.list<token>("ids"));
      CHECK(data.prompt(number++).size() == chat.number<gkd::index>("prompt"));
    }
    CHECK(number == data.size());
  }
}

// The limit of 2e-5 sees, in every case: no weight decay (6e-5 or more), no clipping (8e-5), an
// epsilon of 1e-6 (5e-5), a beta2 of 0.99 (3e-5). It does not see a decay of 0.09 in place of 0.1.
TEST_CASE("Five steps have the losses of TRL's GKDTrainer, off-policy and on-policy") {
  for (const golden::record& c : golden::oracle("trl_losses.golden").all("losses")) {
    INFO(c.name() << ", beta " << c.number("beta") << ", lambda " << c.number("lmbda"));
    const parity_folder at(c.name(), c.word("teacher"));
    const step_log log = run(at, concat(c.number("beta")), concat(c.number("lmbda")));
    CHECK(log.losses.size() == 5);
    CHECK(farthest(log.losses, per_token_in_loss(c, "losses")) < 2e-5);
    CHECK(farthest(log.norms, per_token_in_loss(c, "norms")) < 1e-4);
    CHECK(farthest(log.rates, c.list<double>("rates")) < 1e-12);
  }
}
