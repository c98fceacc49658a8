// SPDX-License-Identifier: Apache-2.0
// Values of options: from JSON and from words of a command line into the fields of gkd_config, and
// back to JSON. Whatever does not fit is an error that says where it stands, what it is and what is
// wanted.
#pragma once

#include <gkd/io/model_folder.hpp>  // lower_case
#include <gkd/train/gkd_config_options.hpp>

#include <array>        // array
#include <charconv>     // from_chars
#include <concepts>     // integral
#include <cstdint>      // int64_t
#include <type_traits>  // is_enum_v

namespace gkd::inline v0 {

/// @name Names of the values of an option
/// The first name of a value is the one that is written.
/// @{
template <class E>
struct named_value {
  std::string_view name;
  E value;
};
template <class E, index N>
using value_names = std::array<named_value<E>, N>;

constexpr auto values_of(interval) {
  using enum interval;
  return value_names<interval, 3>{{{"no", no}, {"steps", steps}, {"epoch", epoch}}};
}
constexpr auto values_of(save_moment) {
  using enum save_moment;
  return value_names<save_moment, 4>{
      {{"no", no}, {"steps", steps}, {"epoch", epoch}, {"best", best}}};
}
constexpr auto values_of(lr_scheduler_kind) {
  using enum lr_scheduler_kind;
  return value_names<lr_scheduler_kind, 10>{
      {{"linear", linear},
       {"cosine", cosine},
       {"cosine_with_restarts", cosine_with_restarts},
       {"polynomial", polynomial},
       {"constant", constant},
       {"constant_with_warmup", constant_with_warmup},
       {"inverse_sqrt", inverse_sqrt},
       {"cosine_with_min_lr", cosine_with_min_lr},
       {"cosine_warmup_with_min_lr", cosine_warmup_with_min_lr},
       {"warmup_stable_decay", warmup_stable_decay}}};
}
constexpr auto values_of(lr_curve) {
  using enum lr_curve;
  return value_names<lr_curve, 3>{
      {{"linear", linear}, {"cosine", cosine}, {"1-sqrt", one_minus_sqrt}}};
}
constexpr auto values_of(optimizer_kind) {
  using enum optimizer_kind;
  return value_names<optimizer_kind, 5>{{{"adamw_torch", adamw},
                                         {"adamw_torch_fused", adamw},
                                         {"adamw_hf", adamw},
                                         {"adafactor", adafactor},
                                         {"sgd", sgd}}};
}
constexpr auto values_of(log_level) {
  using enum log_level;
  return value_names<log_level, 7>{{{"info", info},
                                    {"passive", info},
                                    {"debug", debug},
                                    {"detail", debug},
                                    {"warning", warning},
                                    {"error", error},
                                    {"critical", critical}}};
}
constexpr auto values_of(draw_per) {
  using enum draw_per;
  return value_names<draw_per, 2>{{{"batch", batch}, {"sequence", sequence}}};
}
constexpr auto values_of(scaling) {
  using enum scaling;
  return value_names<scaling, 2>{{{"paper", paper}, {"continuous", continuous}}};
}
constexpr auto values_of(normaliser) {
  using enum normaliser;
  return value_names<normaliser, 3>{
      {{"token_mean", token_mean}, {"sequence_mean", sequence_mean}, {"sum", sum}}};
}
constexpr auto values_of(weight_type) {
  using enum weight_type;
  return value_names<weight_type, 3>{
      {{"float32", float32}, {"bfloat16", bfloat16}, {"float16", float16}}};
}
constexpr auto values_of(closing_text) {
  using enum closing_text;
  return value_names<closing_text, 2>{{{"drop", drop}, {"target", target}}};
}
constexpr auto values_of(long_prompt) {
  using enum long_prompt;
  return value_names<long_prompt, 2>{{{"fail", fail}, {"drop", drop}}};
}
constexpr auto values_of(bad_line) {
  using enum bad_line;
  return value_names<bad_line, 2>{{{"fail", fail}, {"skip", skip}}};
}

/// The names of an enumeration's values, one for each, or all that are read.
template <class E>
std::vector<std::string_view> choice_names(bool all = false) {
  std::vector<std::string_view> names;
  std::vector<E> seen;
  for (const named_value<E>& v : values_of(E{}))
    if (all || std::find(seen.begin(), seen.end(), v.value) == seen.end()) {
      names.push_back(v.name);
      seen.push_back(v.value);
    }
  return names;
}
/// "no, steps or epoch"
template <class E>
std::string names_text(bool all = false) {
  const std::vector<std::string_view> names = choice_names<E>(all);
  std::string text;
  for (index i = 0; i < names.size(); ++i)
    text += concat(i == 0 ? "" : i + 1 == names.size() ? " or " : ", ", names[i]);
  return text;
}
/// @}

namespace detail {

/// A value as it was given: JSON from a file, or the words behind an option.
struct given_value {
  std::string where;  ///< run.json: "lmbda"    --lmbda
  nlohmann::json json = {};
  std::optional<std::vector<std::string>> words = {};

  bool is_null() const { return !words && json.is_null(); }

  template <class... Wanted>
  [[noreturn]] void refuse(const Wanted&... wanted) const {
    fail(errc::bad_argument, where, shown(), ", want ", wanted...);
  }
  /// The one word; refuses none or several.
  const std::string& word(std::string_view wanted) const {
    if (words->size() != 1) refuse(wanted);
    return words->front();
  }
  /// " is 1.5"
  std::string shown() const {
    if (!words) {
      if (json.is_string()) return concat(" is ", in_quotes(json.get_ref<const std::string&>()));
      return concat(" is ", json.is_structured() ? shown_structure(json) : json.dump());
    }
    if (words->empty()) return " has no value";
    std::string text = " is ";
    for (const std::string& word : *words)
      text += concat(&word == &words->front() ? "" : " ", in_quotes(word));
    return text;
  }
};

template <class Number>
std::optional<Number> number_of_word(std::string_view word) {
  Number number{};
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (problem != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return number;
}

/// Whether a word is an integer above 2^63 - 1.
inline bool is_above_int64(std::string_view word) {
  std::int64_t number{};
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
  return problem == std::errc::result_out_of_range && end == word.data() + word.size() &&
         !word.starts_with('-');
}

/// A number of a file. YAML 1.1 takes one with an exponent, 2e-5, for a text; what has turned it
/// into JSON writes "2e-5".
inline std::optional<double> number_of_json(const nlohmann::json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  if (text.find_first_of("eE") == text.npos) return std::nullopt;
  return number_of_word<double>(text);
}

inline std::optional<bool> truth_of(std::string_view text) {
  const std::string word = lower_case(text);
  for (const char* yes : {"true", "yes", "on", "t", "y", "1"})
    if (word == yes) return true;
  for (const char* no : {"false", "no", "off", "f", "n", "0"})
    if (word == no) return false;
  return std::nullopt;
}

// --- from what was given to a field --------------------------------------------------------------

inline void assign(bool& to, const given_value& given, const value_rule& rule) {
  if (!given.words && given.json.is_boolean()) {
    to = given.json.get<bool>();
    return;
  }
  if (!given.words) given.refuse(rule.wanted);
  const std::string wanted = concat(rule.wanted, "; also yes, no, on, off, 1, 0, t, f, y or n");
  const auto truth = given.words->empty() ? std::optional(true) : truth_of(given.word(wanted));
  if (!truth) given.refuse(wanted);
  to = *truth;
}

template <class Number>
  requires(std::integral<Number> && !std::is_same_v<Number, bool>)
void assign(Number& to, const given_value& given, const value_rule& rule) {
  std::optional<std::int64_t> number;
  if (given.words && is_above_int64(given.word(rule.wanted)))
    given.refuse(rule.wanted, "; at most 2^63 - 1");
  if (given.words)
    number = number_of_word<std::int64_t>(given.word(rule.wanted));
  else if (given.json.is_number_integer())
    number = given.json.get<std::int64_t>();
  if (!number || !rule.holds(static_cast<double>(*number))) given.refuse(rule.wanted);
  to = static_cast<Number>(*number);
}

inline void assign(double& to, const given_value& given, const value_rule& rule) {
  std::optional<double> number;
  if (given.words)
    number = number_of_word<double>(given.word(rule.wanted));
  else
    number = number_of_json(given.json);
  if (!number || !math::is_finite(*number) || !rule.holds(*number)) given.refuse(rule.wanted);
  to = *number;
}

inline void assign(step_count& to, const given_value& given, const value_rule& rule) {
  assign(to.value, given, rule);
}

inline void assign(std::string& to, const given_value& given, const value_rule& rule) {
  if (given.words) {
    to = given.word(rule.wanted);
  } else {
    if (!given.json.is_string()) given.refuse(rule.wanted);
    to = given.json.get<std::string>();
  }
}

template <class E>
  requires std::is_enum_v<E>
void assign(E& to, const given_value& given, const value_rule&) {
  std::string name;
  const std::string wanted = names_text<E>(true);
  if (!given.words && given.json == false)
    name = "no";  // which YAML 1.1 takes for false
  else
    assign(name, given, {wanted});
  for (const auto& known : values_of(E{}))
    if (known.name == name) {
      to = known.value;
      return;
    }
  given.refuse(wanted);
}

inline void assign(resume_choice& to, const given_value& given, const value_rule& rule) {
  if (!given.words && given.json.is_boolean()) {
    to = {given.json.get<bool>(), ""};
    return;
  }
  std::string word = "true";
  if (!given.words || !given.words->empty()) assign(word, given, rule);
  const auto truth = truth_of(word);
  to = truth ? resume_choice{*truth, ""} : resume_choice{true, word};
}

inline void assign(std::vector<std::string>& to, const given_value& given, const value_rule& rule) {
  to.clear();
  if (given.words) {
    if (given.words->empty()) given.refuse(rule.wanted);
    to = *given.words;
  } else if (given.json.is_string()) {
    to = {given.json.get<std::string>()};
  } else {
    if (!given.json.is_array()) given.refuse(rule.wanted);
    for (const nlohmann::json& name : given.json) {
      if (!name.is_string()) given.refuse(rule.wanted);
      to.push_back(name.get<std::string>());
    }
  }
}

/// One of the settings "momentum=0.9, nesterov=true".
struct setting_text {
  std::string_view text, name;            ///< as it is written; the name without spaces around it
  std::optional<std::string_view> value;  ///< likewise; none where there is no "="
  bool whole() const { return value && !name.empty(); }
};
inline std::vector<setting_text> settings_in(std::string_view text) {
  const auto trim = [](std::string_view part) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    return part;
  };
  std::vector<setting_text> out;
  while (!trim(text).empty()) {
    setting_text s;
    s.text = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), s.text.size() + 1));
    const index equals = s.text.find('=');
    s.name = trim(s.text.substr(0, equals));
    if (equals != s.text.npos) s.value = trim(s.text.substr(equals + 1));
    out.push_back(s);
  }
  return out;
}

inline void assign(nlohmann::json& to, const given_value& given, const value_rule& rule) {
  nlohmann::json value = given.json;
  if (given.words) value = given.word(rule.wanted);
  if (value.is_string()) {
    try {
      value = parse_json(value.get<std::string>(), {"text"});
    } catch (const error& e) {
      given.refuse(rule.wanted, " (", e.text(), ")");
    }
  }
  if (!value.is_object()) given.refuse(rule.wanted);
  to = std::move(value);
}

template <class T>
void assign(std::optional<T>& to, const given_value& given, const value_rule& rule) {
  const bool none = given.words && given.words->size() == 1 && given.words->front() == "none";
  if (none || given.is_null()) {
    to = std::nullopt;
    return;
  }
  T value{};
  const std::string wanted = concat(rule.wanted, given.words ? ", or none" : ", or null");
  assign(value, given, value_rule{wanted, rule.placeholder, rule.holds});
  to = std::move(value);
}

// --- and back ------------------------------------------------------------------------------------

template <class T>
nlohmann::json json_of(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    for (const auto& known : values_of(T{}))
      if (known.value == value) return known.name;
    return nullptr;
  } else {
    return value;
  }
}
inline nlohmann::json json_of(const step_count& steps) {
  const bool whole = steps.value == std::floor(steps.value);
  if (!whole || std::abs(steps.value) > step_count::most) return steps.value;
  return static_cast<std::int64_t>(steps.value);
}
inline nlohmann::json json_of(const resume_choice& resume) {
  if (resume.path.empty()) return resume.wanted;
  return resume.path;
}
template <class T>
nlohmann::json json_of(const std::optional<T>& value) {
  if (value) return json_of(*value);
  return nullptr;
}

}  // namespace detail
}  // namespace gkd::inline v0
