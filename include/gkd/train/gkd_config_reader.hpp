// SPDX-License-Identifier: Apache-2.0
// A gkd_config from a command line and a JSON file, one that TRL's GKDConfig.to_json_string() wrote
// among them:
//
//   --config run.json --lmbda 1 --beta=0.9 --seq_kd --no_logging_first_step --report_to tensorboard
//
// What the command line says wins over the file, also over another name there that would keep it
// from having effect or does not go with it: --warmup_ratio over warmup_steps, --eval_fraction over
// eval_dataset_name. Hyphens in names are underscores. null stands for the default or, where none
// can be meant (max_length), for none. A name that is not known is an error, which names the
// nearest one if one is near. Of an option given twice the last value counts, with a note where
// they differ; so has a bad value of the file that is overridden, and a setting in its optim_args
// that the optimizer has not, which transformers passes over, too.
#pragma once

#include <gkd/core/utf8.hpp>
#include <gkd/train/gkd_config_effects.hpp>
#include <gkd/train/gkd_config_names.hpp>
#include <gkd/train/gkd_config_values.hpp>

#include <map>  // map

namespace gkd::inline v0 {

/// What was read, and what is to be said about it.
struct config_reading {
  gkd_config config;
  std::vector<std::string> notes;    ///< what will not be as asked for, and why; one text each
  std::vector<std::string> ignored;  ///< names that change nothing, at values that ask for nothing
  bool help = false;                 ///< --help was among the words
  std::string help_topic = {};       ///< the word behind it
  std::string config_file = {};      ///< of --config
};

namespace detail {

/// The values that one source gives, by the options' own names.
class given_options {
 public:
  /// Whether it takes the place of another value of that option.
  bool add(const known_option& option, given_value value) {
    const auto [place, is_new] = values_.try_emplace(std::string(option.name), value);
    if (is_new || value.is_null()) return false;
    given_value& there = place->second;
    const bool differs = there.json != value.json || there.words != value.words;
    if (there.where != value.where && !there.is_null() && differs)
      fail(errc::bad_argument, there.where, " and ", value.where,
           " are two names of one option, but their values differ");
    there = std::move(value);
    return differs && there.words;
  }
  /// Those of another source, which alone make the configuration `theirs`, win, also over what
  /// would keep them from having effect.
  void override_with(given_options&& others, const gkd_config& theirs) {
    for (const rival_options& rival : rivals)
      if (const auto there = values_.find(rival.other);
          there != values_.end() && others.find(rival.name) && rival.asks(theirs))
        values_.erase(there);
    for (auto& [name, value] : others.values_) values_.insert_or_assign(name, std::move(value));
  }
  const given_value* find(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, given_value, std::less<>> values_;
};

class config_reader {
 public:
  config_reading read(std::span<const std::string> words) {
    read_words(words);
    if (!out_.config_file.empty()) {
      given_options from_file = read_file();
      gkd_config of_file, of_words;
      const bad_values bad = try_to_assign(from_file, of_file);
      try_to_assign(given_, of_words);  // what is bad there, assign_options refuses
      from_file.override_with(std::move(given_), of_words);
      given_ = std::move(from_file);
      note_overridden(bad);
    }
    assign_options();
    pass_over_settings();
    note_placeholders();
    const auto find = [&](std::string_view name) { return given_.find(name); };
    for (std::string& note : notes_without_effect(out_.config, find))
      out_.notes.push_back(std::move(note));
    check_reports();
    report_unused();
    return std::move(out_);
  }

 private:
  static bool is_option(std::string_view word) { return word.starts_with("--") || word == "-h"; }
  static bool ends_values(std::string_view word) { return is_option(word) || lacks_hyphen(word); }

  void read_words(std::span<const std::string> words) {
    for (index i = 0; i < words.size();) {
      const std::string& word = words[i++];
      if (lacks_hyphen(word)) {
        const std::string name = word.substr(0, word.find('='));
        fail_unknown_option(shown_path(name), with_underscores(name.substr(1)), "--");
      }
      if (!is_option(word))
        fail(errc::bad_argument, in_quotes(word),
             " stands where an option is wanted, such as --lmbda 0.5; --help lists all");
      const index equals = word.find('=');
      std::vector<std::string> values;
      if (equals != word.npos) values.push_back(word.substr(equals + 1));
      while (equals == word.npos && i < words.size() && !ends_values(words[i]))
        values.push_back(words[i++]);
      const std::string flag = word.substr(0, equals);
      const bool about_next = option_name(flag) == "help" && values.empty() && i < words.size();
      if (about_next) values.push_back(option_name(words[i].substr(0, words[i].find('='))));
      read_option(flag, std::move(values));
      if (about_next) return;  // --help --lmbda 1 asks about lmbda, and sets nothing
    }
  }
  static std::string option_name(const std::string& flag) {
    return flag == "-h" ? "help" : with_underscores(flag.substr(flag.starts_with("--") ? 2 : 1));
  }
  void read_option(const std::string& flag, std::vector<std::string> values) {
    const std::string name = option_name(flag);
    if (name == "help") {
      if (values.size() > 1)
        fail(errc::bad_argument, "--help ", shown_path(values[0]), " ", shown_path(values[1]),
             ": tells of one name at a time, want --help ", shown_path(values[0]));
      out_.help = true;
      if (!values.empty()) out_.help_topic = values.front();
    } else if (name == "config") {
      if (values.size() != 1 || values[0].empty())
        fail(errc::bad_argument, "--config needs one file, want --config run.json");
      if (!out_.config_file.empty() && out_.config_file != values[0]) note_twice("--config");
      out_.config_file = values[0];
    } else {
      const std::string where = shown_path(flag);
      std::optional<known_option> option = find_option(name);
      if (!option && name.starts_with("no_")) {
        option = find_option(std::string_view(name).substr(3));
        if (option && !option->truth) option.reset();
        if (option && !values.empty())
          fail(errc::bad_argument, where, " is ", in_quotes(values[0]),
               ", but takes no value; want ", where, " alone, or --", option->name,
               " true or false");
        if (option) values = {"false"};
      }
      if (!option) fail_unknown_option(where, name, "--");
      const bool negated = !find_option(name);  // --no_X is X once more
      given_value given{concat("--", shown_path(negated ? name.substr(3) : name)),
                        {},
                        std::move(values)};
      check_utf8(given);
      if (const std::string shown = given.where; given_.add(*option, std::move(given)))
        note_twice(shown);
    }
  }
  // without the values, since one may be a secret
  void note_twice(const std::string& option) {
    const std::string note = concat(option, " is given more than once: the last value counts");
    if (std::find(out_.notes.begin(), out_.notes.end(), note) == out_.notes.end())
      out_.notes.push_back(note);
  }
  // gkd_config.json, which makes the run again, is JSON and cannot hold another text
  static void check_utf8(const given_value& given) {
    for (const std::string& word : *given.words)
      if (utf8_prefix(word) != word.size())
        fail(errc::bad_argument, given.where, given.shown(),
             ", which is not UTF-8; want names and texts in UTF-8");
  }

  given_options read_file() {
    const std::string shown = shown_path(out_.config_file);
    const nlohmann::json file = read_object(shown);
    given_options from_file;
    for (const auto& [name, value] : file.items()) {
      const std::string where = concat(shown, ": ", in_quotes(name));
      const std::optional<known_option> option = find_option(name);
      if (!option) fail_unknown_option(where, name, "\"");
      const bool other_name = option->name != name;  // whose null is no null of the option's own
      if (other_name && value.is_null()) continue;
      const bool hidden = is_placeholder(name, value);
      if (hidden && !option->unused) hidden_.emplace_back(option->name, where);
      from_file.add(*option, {where, hidden ? nullptr : value, {}});
    }
    return from_file;
  }

  nlohmann::json read_object(const std::string& shown) const {
    try {
      constexpr index most = 10'000'000;
      const std::string text = gkd::read_file(out_.config_file, most);
      const index begin = text.find_first_not_of(" \t\r\n");
      const bool marked = text.starts_with("\xef\xbb\xbf");  // which parse_json refuses
      if (!marked && begin == text.npos)
        fail(errc::bad_format, shown, ": is empty, want a JSON object, which begins with {");
      if (!marked && text[begin] == '[')
        fail(errc::bad_format, shown, ": is an array, want a JSON object, which begins with {");
      if (!marked && text[begin] != '{')
        fail(errc::bad_format, shown, ": want a JSON object, which begins with {; ",
             "python -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)'",
             " < ", in_quotes(out_.config_file), " > ", in_quotes(out_.config_file + ".json"),
             "  makes one of YAML");
      return parse_json(text, {out_.config_file}, {.max_bytes = most, .max_values = 100'000});
    } catch (const error& e) {
      fail(e.code(), "--config: ", e.text());
    }
  }

  // TrainingArguments.to_dict() writes "<HUB_TOKEN>" in place of a token, set or not
  static bool is_placeholder(std::string_view name, const nlohmann::json& value) {
    if (!value.is_string() || !name.ends_with("_token")) return false;
    return lower_case(value.get_ref<const std::string&>()) == concat("<", name, ">");
  }

  using bad_values = std::map<std::string_view, std::string>;  // option, what is wrong

  // with what a source's values would be refused; the others are in `config`
  static bad_values try_to_assign(const given_options& source, gkd_config& config) {
    bad_values bad;
    visit_options(config, [&](const option_info& o, auto& to, const value_rule& rule) {
      const given_value* given = o.same_as.empty() ? source.find(o.name) : nullptr;
      if (!given || given->is_null()) return;
      try {
        assign(to, *given, rule);
      } catch (const error& e) {
        bad.emplace(o.name, e.text());
      }
    });
    return bad;
  }
  // of those that the command line does not override, assign_options tells
  void note_overridden(const bad_values& bad) {
    for (const auto& [name, problem] : bad)
      if (const given_value* given = given_.find(name); !given || given->words)
        out_.notes.push_back(concat(problem, "; the command line overrides it"));
  }

  // who set the option for TRL would miss it; a command line that gives it has it
  void note_placeholders() {
    for (const auto& [name, where] : hidden_)
      if (given_.find(name)->is_null())
        out_.notes.push_back(concat(where, " holds a mark that TRL writes in place of any value, ",
                                    "so there is none: want --", name, " if one was set"));
  }

  void assign_options() {
    visit_options(out_.config,
                  [&]<class Field>(const option_info& o, Field& to, const value_rule& rule) {
                    const given_value* given = o.same_as.empty() ? given_.find(o.name) : nullptr;
                    constexpr bool takes_null = requires { to.has_value(); };
                    if (given && (takes_null || !given->is_null())) assign(to, *given, rule);
                  });
  }

  // in a file that was written for transformers; on a command line they are refused
  void pass_over_settings() {
    const given_value* given = given_.find("optim_args");
    if (!given || given->words) return;
    for (const std::string& name : drop_other_settings(out_.config))
      out_.notes.push_back(concat(given->where, " has ", in_quotes(name),
                                  ", which is no setting of ",
                                  json_of(out_.config.optim).get<std::string>(),
                                  " and is passed over"));
  }

  // hosted dashboards get a note, since a configuration for TRL may well name one
  void check_reports() {
    constexpr std::string_view hosted[] = {
        "azure_ml", "clearml", "codecarbon", "comet_ml", "dagshub", "dvclive", "flyte",
        "kubeflow", "mlflow",  "neptune",    "swanlab",  "trackio", "wandb"};
    for (const std::string& to : out_.config.report_to) {
      if (to == "all" || to == "none" || to == "tensorboard") continue;
      const std::string& where = given_.find("report_to")->where;
      if (std::find(std::begin(hosted), std::end(hosted), to) == std::end(hosted))
        fail(errc::bad_argument, where, " is ", in_quotes(to), ", want tensorboard, all or none");
      out_.notes.push_back(concat(where, " names ", to, ", ", detail::reasons::dashboard));
    }
  }

  // --- names that have no effect
  void report_unused() {
    for_each_unused_option([&](const unused_option& o, option_class kind) {
      const given_value* given = given_.find(o.name);
      if (!given) return;
      const bool ignored = kind == option_class::ignored;
      const std::string value = text_of(*given, o, ignored);
      if (passes(value, o.passed_over) || is_done_anyway(o)) {
        out_.ignored.emplace_back(o.name);
        return;
      }
      const bool secret = std::string_view(o.name).ends_with("_kwargs");  // of the Hub, say
      const std::string shown = secret ? "given" : shown_path(value);
      if (o.effect == unused_effect::refuse)
        fail(errc::bad_argument, given->where, " is ", shown, ": ", o.reason);
      if (ignored) return note_ignored(o);
      out_.notes.push_back(concat(given->where, " is ", shown, ": ", o.reason));
    });
    for (const auto& [reason, names] : ignored_)
      out_.notes.push_back(
          concat(names, names.find(',') == names.npos ? " is" : " are", " ignored: ", reason));
  }
  // transformers sets optim, too, before it writes adafactor = true
  bool is_done_anyway(const unused_option& o) const {
    return o.name == "adafactor" && out_.config.optim == optimizer_kind::adafactor;
  }
  // their values are not shown: one may be a secret
  void note_ignored(const unused_option& o) {
    for (auto& [reason, names] : ignored_)
      if (reason == o.reason) {
        names += concat(", ", o.name);
        return;
      }
    ignored_.emplace_back(o.reason, o.name);
  }
  // as JSON would have it, a text without its quotes; nothing where every value will do
  static std::string text_of(const given_value& given, const unused_option& o, bool ignored) {
    if (o.passed_over == "*") return {};
    if (o.truth && (!ignored || given.words) && !given.is_null()) {
      bool value = false;
      assign(value, given, rules::either);
      return value ? "true" : "false";
    }
    if (!given.words && given.json.is_string()) return given.json.get<std::string>();
    if (!given.words) return given.json.dump();
    if (given.words->empty()) return "true";
    std::string text;
    for (const std::string& word : *given.words) text += (text.empty() ? "" : " ") + word;
    return text;
  }
  static bool passes(std::string_view value, std::string_view allowed) {
    if (allowed == "*" || value.empty() || value == "null" || value == "[]" || value == "{}")
      return true;
    while (!allowed.empty()) {
      const std::string_view one = allowed.substr(0, allowed.find('|'));
      if (value == one) return true;
      allowed.remove_prefix(std::min(allowed.size(), one.size() + 1));
    }
    return false;
  }

  config_reading out_;
  given_options given_;
  std::vector<std::pair<std::string_view, std::string>> hidden_;  // option, where its mark stands
  std::vector<std::pair<std::string_view, std::string>> ignored_;  // reason, names
};

}  // namespace detail

/// Reads a command line, without the program's name, and the file that its --config names. Throws
/// bad_argument for a name or a value that is wrong, naming flag or file and key; bad_format for a
/// file that is no JSON object; io_failure.
inline config_reading read_gkd_config(std::span<const std::string> words) {
  return detail::config_reader().read(words);
}

/// All options that act, as JSON that --config reads back to the same configuration.
inline nlohmann::ordered_json to_json(const gkd_config& config) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  visit_options(config, [&](const option_info& o, const auto& field, const value_rule&) {
    if (o.same_as.empty()) out[std::string(o.name)] = detail::json_of(field);
  });
  return out;
}

}  // namespace gkd::inline v0
