// SPDX-License-Identifier: Apache-2.0
// The names of options as they are given, and what is meant by one that no option has:
//
//   detail::nearest_option("lr", false)       learning_rate: what others call it
//   detail::nearest_option("model", false)    model_name_or_path: it begins so
//   detail::nearest_option("lamda", false)    lmbda: the fewest letters differ
#pragma once

#include <gkd/io/model_folder.hpp>  // lower_case
#include <gkd/train/gkd_config_unused.hpp>

#include <algorithm>    // find, max, min
#include <optional>     // optional
#include <string>       // string
#include <string_view>  // string_view
#include <type_traits>  // is_same_v
#include <utility>      // exchange, pair
#include <vector>       // vector

namespace gkd::inline v0::detail {

/// The name with hyphens as underscores.
inline std::string with_underscores(std::string name) {
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

/// Insertions, deletions, replacements and swaps of neighbours that make one text of the other.
inline index edit_distance(std::string_view a, std::string_view b) {
  std::vector<index> before, last(b.size() + 1), now(b.size() + 1);
  for (index j = 0; j <= b.size(); ++j) now[j] = j;
  for (index i = 1; i <= a.size(); ++i) {
    before = std::exchange(last, now);
    now[0] = i;
    for (index j = 1; j <= b.size(); ++j) {
      const index change = a[i - 1] == b[j - 1] ? 0 : 1;
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
  }
  return now[b.size()];
}

/// What the name of an option stands for.
struct known_option {
  std::string_view name;  ///< the option's own, whatever name of it was given
  bool truth = false;     ///< true or false: a flag on a command line
  const unused_option* unused = nullptr;
  option_class kind = option_class::own;
};

inline std::optional<known_option> find_option(std::string_view name) {
  std::optional<known_option> found;
  gkd_config defaults;
  visit_options(defaults, [&]<class Field>(const option_info& o, Field&, const value_rule&) {
    constexpr bool truth =
        std::is_same_v<Field, bool> || std::is_same_v<Field, std::optional<bool>>;
    if (o.name == name) found = {o.same_as.empty() ? o.name : o.same_as, truth, nullptr, o.kind};
  });
  for_each_unused_option([&](const unused_option& o, option_class kind) {
    if (o.name == name) found = {o.name, o.truth, &o, kind};
  });
  return found;
}

/// Every name that is read from a command line, or from a file, which names no file and no help.
inline std::vector<std::string_view> all_option_names(bool in_file) {
  std::vector<std::string_view> names;
  if (!in_file) names = {"config", "help"};
  gkd_config defaults;
  visit_options(defaults,
                [&](const option_info& o, auto&, const value_rule&) { names.push_back(o.name); });
  for_each_unused_option([&](const unused_option& o, option_class) { names.push_back(o.name); });
  return names;
}

/// Whether a word is an option with one hyphen in place of two: -lmbda, -lmbda=1.
inline bool lacks_hyphen(std::string_view word) {
  if (!word.starts_with('-') || word.starts_with("--")) return false;
  const std::string name = with_underscores(std::string(word.substr(1, word.find('=') - 1)));
  const std::vector<std::string_view> names = all_option_names(false);
  return std::find(names.begin(), names.end(), lower_case(name)) != names.end();
}

/// What options are called elsewhere, and their names here.
inline constexpr std::pair<std::string_view, std::string_view> names_elsewhere[] = {
    {"student", "model_name_or_path"},
    {"data", "dataset_name"},
    {"lambda", "lmbda"},
    {"max_tokens", "max_new_tokens"},
    {"template", "chat_template_path"},
    {"lr", "learning_rate"},
    {"scheduler", "lr_scheduler_type"},
    {"epochs", "num_train_epochs"},
    {"num_epochs", "num_train_epochs"},
    {"steps", "max_steps"},
    {"batch_size", "per_device_train_batch_size"},
    {"train_batch_size", "per_device_train_batch_size"},
    {"per_device_batch_size", "per_device_train_batch_size"},
    {"eval_batch_size", "per_device_eval_batch_size"},
    {"accumulation_steps", "gradient_accumulation_steps"}};

/// The known name that the fewest changes make of this one; "" where all differ in too much.
inline std::string_view least_changed(std::string_view name,
                                      const std::vector<std::string_view>& names) {
  std::string_view nearest;
  index distance = std::max(index{2}, name.size() / 3) + 1;
  for (std::string_view known : names)
    if (const index d = edit_distance(name, known); d < distance) distance = d, nearest = known;
  return nearest;
}

/// What is likely meant by a name that no option has, in capitals or not: an option written
/// otherwise, what others call so, what begins so, what is spelt nearly so, or what it begins with;
/// "" if nothing is.
inline std::string_view nearest_option(std::string_view given, bool in_file) {
  if (given.size() > 100) return "";  // none is near a longer one, 1 MiB would take 10 s
  const std::string name = lower_case(given);
  for (const auto& [elsewhere, here] : names_elsewhere)
    if (name == elsewhere) return here;
  const std::vector<std::string_view> names = all_option_names(in_file);
  if (const auto same = std::find(names.begin(), names.end(), name); same != names.end())
    return *same;
  for (std::string_view known : names)
    if (name.size() >= 3 && known.starts_with(name)) return known;
  std::string_view nearest = least_changed(name, names);
  if (!nearest.empty()) return nearest;
  for (std::string_view known : names)
    if (name.starts_with(known) && known.size() > nearest.size()) nearest = known;
  return nearest;
}

/// Throws bad_argument; `where` shows the name, `quote` stands before one of a command line and
/// around one of a file.
[[noreturn]] inline void fail_unknown_option(const std::string& where, std::string_view name,
                                             std::string_view quote) {
  const bool word = quote == "--";
  const std::string_view nearest = nearest_option(name, !word);
  const std::string hint =
      nearest.empty() ? "" : concat("; the nearest is ", quote, nearest, word ? "" : quote);
  fail(errc::bad_argument, where, " is no option", hint, "; --help lists all");
}

}  // namespace gkd::inline v0::detail
