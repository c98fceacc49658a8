// SPDX-License-Identifier: Apache-2.0
// --help: the options by group with their defaults, --help NAME about one of them, --help ignored
// about the names of TRL's configuration that change nothing.
#pragma once

#include <gkd/text/chat_template.hpp>
#include <gkd/train/gkd_config_reader.hpp>

namespace gkd::inline v0 {

namespace detail {

/// The text in lines of at most 100 columns: the first begins at column `first`, the others at
/// column `left`.
inline std::string wrapped(std::string_view text, index left, index first) {
  std::string out;
  index column = first;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!out.empty() && column + 1 + word.size() > 100) {
      out += concat("\n", std::string(left, ' '));
      column = left;
    } else if (!out.empty()) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

constexpr std::string_view title_of(option_group group) {
  switch (group) {
    case option_group::models: return "Models and data";
    case option_group::distillation: return "Distillation";
    case option_group::optimisation: return "Optimisation";
    case option_group::evaluation: return "Evaluation";
    case option_group::saving: return "Saving";
    case option_group::reports: return "Reports";
    case option_group::machine: return "This machine";
  }
  return "";
}

constexpr std::string_view text_of(option_class kind) {
  switch (kind) {
    case option_class::kept:
    case option_class::choice:
    case option_class::launcher:
    case option_class::ignored: return "of TRL's first GKDConfig";
    case option_class::later: return "of later versions of TRL and of its scripts";
    case option_class::own: return "of gkd, TRL has no such option";
  }
  return "";
}

/// An option as --help shows it.
struct option_help {
  option_info info;
  std::string value;     ///< what stands behind the name: X, no|steps|epoch, nothing
  std::string wanted;    ///< in words
  std::string choices;   ///< where there is no room for them behind the name
  std::string default_;  ///< "" for none
  std::string aliases;
};

inline std::string default_text(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) return value.empty() ? "" : value[0].get<std::string>();
  if (value.is_null() || value == false || value.is_object()) return "";
  const std::string text = value.dump();
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

template <class Field>
option_help help_of(const option_info& info, const Field& field, const value_rule& rule) {
  option_help out{info, std::string(rule.placeholder), std::string(rule.wanted), "", "", ""};
  if constexpr (requires { field.has_value(); }) out.wanted += ", or none";
  if (info.name == "chat_format") out.wanted = concat("one of ", chat_format_names());
  if constexpr (std::is_enum_v<Field>) {
    out.wanted = names_text<Field>(true);
    for (std::string_view name : choice_names<Field>())
      out.value += concat(out.value.empty() ? "" : "|", name);
    if (out.value.size() > 20) out.value = "NAME", out.choices = out.wanted;
  }
  out.default_ = default_text(json_of(field));
  return out;
}

/// All of them, other names of an option beside its own.
inline std::vector<option_help> all_option_help() {
  std::vector<option_help> out;
  gkd_config defaults;
  visit_options(defaults, [&](const option_info& o, const auto& field, const value_rule& rule) {
    if (o.same_as.empty()) {
      out.push_back(help_of(o, field, rule));
    } else {
      for (option_help& other : out)
        if (other.info.name == o.same_as) other.aliases += concat("--", o.name);
    }
  });
  return out;
}

inline std::string line_of(const option_help& o) {
  constexpr index left = 36;
  std::string out = concat("  --", o.info.name, o.value.empty() ? "" : " ", o.value);
  out += out.size() + 2 > left ? concat("\n", std::string(left, ' '))
                               : std::string(left - out.size(), ' ');
  std::string text(o.info.help);
  if (!o.choices.empty()) text += concat(": ", o.choices);
  if (!o.default_.empty()) text += concat(" (", o.default_, ")");
  if (!o.aliases.empty()) text += concat("; also ", o.aliases);
  return concat(out, wrapped(text, left, left), "\n");
}

/// How --help NAME begins on a name without effect, up to the reason: "an error unless false: ".
inline std::string effect_of(const unused_option& o) {
  if (o.effect == unused_effect::note) return "changes nothing: ";
  if (o.passed_over.empty()) return "an error if set: ";
  std::string values(o.passed_over);
  for (index bar; (bar = values.find('|')) != values.npos;) values.replace(bar, 1, " or ");
  return concat("an error unless ", values, ": ");
}

/// The two names that are of the command line alone; "" for another.
inline std::string help_about_words(std::string_view name) {
  if (name == "config")
    return "--config FILE\n"
           "  options as a JSON object, such as TRL's GKDConfig.to_json_string(); words of the "
           "command\n  line win over it\n"
           "  of gkd, TRL has no such option\n";
  if (name == "help")
    return "--help [NAME]\n"
           "  lists all options; with NAME tells more of one, --help ignored lists TRL's names "
           "without effect;\n  also -h\n"
           "  of gkd, TRL has no such option\n";
  return "";
}

inline std::string help_about(std::string_view name) {
  if (std::string words = help_about_words(name); !words.empty()) return words;
  for (const option_help& o : all_option_help()) {
    if (o.info.name != name && o.aliases != concat("--", name)) continue;
    std::string out = concat("--", o.info.name, " ", o.value, "\n  ", wrapped(o.info.help, 2, 2));
    out += concat("\n  wants ", wrapped(o.wanted, 2, 8));
    if (!o.default_.empty()) out += concat("\n  default ", o.default_);
    if (!o.aliases.empty()) out += concat("\n  also ", o.aliases);
    return concat(out, "\n  ", text_of(o.info.kind), "\n");
  }
  std::string out;
  for_each_unused_option([&](const unused_option& o, option_class kind) {
    const std::string effect = effect_of(o);
    if (o.name == name)
      out = concat("--", name, "\n  ", effect, wrapped(o.reason, 2, 2 + effect.size()), "\n  ",
                   text_of(kind), "\n");
  });
  if (out.empty() && name.starts_with("no_"))
    if (const auto option = find_option(name.substr(3)); option && option->truth)
      return help_about(name.substr(3));
  if (out.empty()) fail_unknown_option(concat("--", shown_path(name)), name, "--");
  return out;
}

/// Reason by reason, the names that it is the reason for.
inline std::string help_about_ignored() {
  std::vector<std::pair<std::string_view, std::string>> reasons;
  for_each_unused_option([&](const unused_option& o, option_class) {
    const auto found = std::find_if(reasons.begin(), reasons.end(),
                                    [&](const auto& r) { return r.first == o.reason; });
    std::string name = std::string(o.name);
    if (o.effect == unused_effect::refuse) name += " (an error if set)";
    if (found == reasons.end())
      reasons.emplace_back(o.reason, name);
    else
      found->second += ", " + name;
  });
  std::string out =
      "Names of TRL's configuration that change nothing here, by the reason. A value that asks "
      "for\n"
      "something else gets a note, or is an error where the result would be another.\n";
  for (const auto& [reason, names] : reasons)
    out += concat("\n  ", wrapped(concat(reason, ":"), 2, 2), "\n      ", wrapped(names, 6, 6));
  return out + "\n";
}

}  // namespace detail

/// What --help prints below the usage: for topic "" all options by group, for "ignored" the names
/// without effect, else all about the option of that name. Throws bad_argument for an unknown one.
inline std::string gkd_config_help(std::string_view topic = "") {
  if (topic == "ignored") return detail::help_about_ignored();
  for (int hyphens = 0; hyphens < 2 && topic.starts_with('-'); ++hyphens) topic.remove_prefix(1);
  if (!topic.empty()) return detail::help_about(detail::with_underscores(std::string(topic)));
  std::string out;
  std::string_view group;
  for (const detail::option_help& o : detail::all_option_help()) {
    if (group != detail::title_of(o.info.group)) {
      group = detail::title_of(o.info.group);
      out += concat(out.empty() ? "" : "\n", group, "\n");
    }
    out += detail::line_of(o);
  }
  return out;
}

}  // namespace gkd::inline v0
