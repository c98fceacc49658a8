// SPDX-License-Identifier: Apache-2.0
// The names of TRL's configuration, in options and in names without effect, against the lists that
// were made from TRL itself.
#include <gkd/train/gkd_config_unused.hpp>
#include <gkd/train/gkd_config_values.hpp>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "support/catch.hpp"
#include "support/golden.hpp"

using namespace gkd;

namespace {

struct listed {
  option_class kind;
  std::string default_;   // as JSON; of an option that acts
  std::string silent_at;  // of one that does not
};

/// Every name that is read, with what is known of it.
std::map<std::string, listed> all_names() {
  std::map<std::string, listed> names;
  gkd_config defaults;
  visit_options(defaults, [&](const option_info& o, const auto& field, const value_rule&) {
    INFO(o.name);
    CHECK(names.emplace(o.name, listed{o.kind, detail::json_of(field).dump(), ""}).second);
  });
  for_each_unused_option([&](const unused_option& o, option_class kind) {
    INFO(o.name);
    CHECK(names.emplace(o.name, listed{kind, "", std::string(o.passed_over)}).second);
  });
  return names;
}

gkd::index count_of(const std::map<std::string, listed>& names, option_class kind) {
  gkd::index count = 0;
  for (const auto& [name, o] : names) count += o.kind == kind;
  return count;
}

}  // namespace

TEST_CASE("All 148 names of the first GKDConfig are known, each once: 52, 28, 14 and 54") {
  const auto names = all_names();
  CHECK(count_of(names, option_class::kept) == 52);
  CHECK(count_of(names, option_class::choice) == 28);
  CHECK(count_of(names, option_class::launcher) == 14);
  CHECK(count_of(names, option_class::ignored) == 54);

  const golden::file file = golden::oracle("gkd_config.golden");
  const golden::record& first = file.get("first");
  CHECK(first.keys().size() == 148);
  for (const std::string& name : first.keys()) {
    INFO(name);
    const auto found = names.find(name);
    REQUIRE(found != names.end());
    CHECK(found->second.kind != option_class::later);
    CHECK(found->second.kind != option_class::own);
  }
}

TEST_CASE("All names of today's GKDConfig are known") {
  const auto names = all_names();
  const golden::file file = golden::oracle("gkd_config.golden");
  CHECK(file.get("today").keys().size() > 140);
  for (const std::string& name : file.get("today").keys()) {
    INFO(name);
    REQUIRE(names.count(name) == 1);
    CHECK(names.at(name).kind != option_class::own);
  }
}

TEST_CASE("Defaults are those of the first GKDConfig, but for the ones that are named here") {
  const auto names = all_names();
  const golden::file file = golden::oracle("gkd_config.golden");
  const golden::record& first = file.get("first");
  const std::map<std::string, std::string> other = {
      {"output_dir", "\"trainer_output\""},   // today's default
      {"max_seq_length", "1024"},             // what null means there
      {"log_level", "\"info\""},              // passive: the program's own
      {"report_to", "[\"all\"]"},             // what null means there
      {"metric_for_best_model", "\"loss\""},  // what null means there
      {"evaluation_strategy", "\"no\""},      // other names: null there, and here what
      {"per_gpu_train_batch_size", "8"},      // their options' own have
      {"per_gpu_eval_batch_size", "8"},
  };
  gkd::index acting = 0;
  for (const std::string& name : first.keys()) {
    const listed& here = names.at(name);
    if (here.default_.empty()) continue;
    ++acting;
    INFO(name);
    const std::string there = first.word(name);
    if (const auto named = other.find(name); named != other.end()) {
      CHECK(here.default_ == named->second);
      continue;
    }
    const bool nothing = here.default_ == "\"\"" || here.default_ == "{}" ||
                         here.default_ == "null" || here.default_ == "false" ||
                         (name == "save_total_limit" && here.default_ == "0");
    if (there == "null")
      CHECK(nothing);
    else if (nlohmann::json::parse(there).is_number())
      CHECK(nlohmann::json::parse(here.default_).get<double>() ==
            nlohmann::json::parse(there).get<double>());
    else
      CHECK(here.default_ == there);
  }
  CHECK(acting == 51);
}

TEST_CASE("The pages name every option") {
  std::string docs;
  for (const char* name : {"gkd_train", "trl"}) {
    std::ifstream page(std::string(GKD_TEST_SOURCE_DIR) + "/docs/" + name + ".md");
    std::ostringstream text;
    text << page.rdbuf();
    docs += text.str();
  }
  std::set<std::string> words;
  std::string word;
  for (char c : docs) {
    if (c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      word += c;
    } else {
      words.insert(word);
      word.clear();
    }
  }
  for (const auto& [name, o] : all_names()) {
    INFO(name);
    CHECK(words.count(name) == 1);
  }
}
