// SPDX-License-Identifier: Apache-2.0
// Strict JSON (RFC 8259) from hostile files, as nlohmann::json values. Opt-in: needs nlohmann/json.
//
// On top of the grammar, refused with file:line:column:
//   * nesting deeper than 64, documents of more than 100 MB or 20,000,000 values
//   * a key that an object has already, also when spelt with escapes
//   * integers outside [-2^63, 2^63 - 1], numbers too large for a double, NaN and Infinity
//   * anything after the value, NUL bytes, a byte order mark, text that is not UTF-8
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/io/file.hpp>

#include <nlohmann/json.hpp>  // json, sax_parse

#include <algorithm>    // min
#include <cstdint>      // int64_t
#include <iterator>     // input_iterator_tag
#include <limits>       // numeric_limits
#include <string>       // string
#include <string_view>  // string_view
#include <type_traits>  // is_same_v, remove_reference_t
#include <utility>      // forward, move
#include <vector>       // vector

namespace gkd::inline v0 {

/// Bounds on what is read.
struct json_limits {
  index max_bytes = 100'000'000;
  index max_depth = 64;
  index max_values = 20'000'000;
};

/// Where a text comes from, for errors.
struct json_source {
  std::string_view file;
  index first_line = 1;  ///< line of the file on which the text begins
};

namespace detail {

// hands nlohmann the bytes and keeps count of them
struct json_cursor {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at = nullptr;
  const char** reached = nullptr;

  reference operator*() const { return *at; }
  json_cursor& operator++() {
    *reached = ++at;
    return *this;
  }
  json_cursor operator++(int) {
    json_cursor before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(json_cursor a, json_cursor b) { return a.at == b.at; }
  friend bool operator!=(json_cursor a, json_cursor b) { return a.at != b.at; }
};

// Where the members of the outermost object go, and how many values each may have.
template <class Limit, class Sink>
struct json_members {
  Limit& max_values;
  Sink& sink;
};
struct no_json_members {};

// Builds the value from nlohmann's events and refuses what the header of this file lists. With
// members, each of the outermost object goes to their sink as soon as it is complete.
template <class Members>
class json_builder {
 public:
  using json = nlohmann::json;

  json_builder(std::string_view text, const json_source& source, const json_limits& limits,
               Members members)
      : text_(text), source_(source), limits_(limits), members_(members), reached_(text.data()) {}

  json build() {
    if (text_.size() > limits_.max_bytes) refuse("more than ", limits_.max_bytes, " bytes");
    if (text_.starts_with("\xef\xbb\xbf"))
      refuse("begins with a byte order mark, want UTF-8 without one");
    if (const index nul = text_.find('\0'); nul != text_.npos) {
      reached_ = text_.data() + nul;
      refuse("a NUL byte");
    }
    json::sax_parse(json_cursor{text_.data(), &reached_},
                    json_cursor{text_.data() + text_.size(), &reached_}, this);
    return std::move(root_);
  }

  // --- the events that nlohmann::json::sax_parse asks for
  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      refuse("an integer above 2^63 - 1");
    return add(value);
  }
  bool number_float(double value, const std::string& digits) {
    if (digits.find_first_of(".eE") == digits.npos) refuse("an integer that 64 bits cannot hold");
    return add(value);
  }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(json::binary_t&) { return false; }  // not part of JSON
  bool start_object(index) { return open(json::object()); }
  bool start_array(index) { return open(json::array()); }
  bool key(std::string& name) {
    const auto [place, is_new] = stack_.back()->get_ref<json::object_t&>().emplace(name, nullptr);
    if (!is_new) refuse("the key ", in_quotes(name), " for the second time in one object");
    member_ = &place->second;
    if constexpr (has_members)
      if (stack_.size() == 1) {
        member_name_ = &place->first;
        values_before_ = values_;
        max_member_values_ = members_.max_values(place->first);
      }
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(index bytes_read, const std::string&, const nlohmann::detail::exception& e) {
    // nlohmann's sentence without its own position and without the text it quotes
    std::string_view reason = e.what();
    if (const index start = reason.find("syntax error"); start != reason.npos)
      reason.remove_prefix(start);
    reason = reason.substr(0, reason.find("; last read"));
    if (reason.find("number overflow") != reason.npos) reason = "a number too large for a double";
    reached_ = text_.data() + std::min(bytes_read - 1, text_.size());
    refuse(reason);
    return false;  // never reached
  }

 private:
  static constexpr bool has_members = !std::is_same_v<Members, no_json_members>;

  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... reason) const {
    const std::string_view before(text_.data(), static_cast<index>(reached_ - text_.data()));
    index line = source_.first_line;
    index column = before.size() + 1;
    for (index i = 0; i < before.size(); ++i)
      if (before[i] == '\n') {
        ++line;
        column = before.size() - i;
      }
    fail(errc::bad_format, shown_path(source_.file), ":", line, ":", column,
         ": bad JSON: ", reason..., " (byte ", before.size(), ")");
  }

  // where the next value belongs
  json* place() {
    if (++values_ > limits_.max_values) refuse("more than ", limits_.max_values, " values");
    if (values_ - values_before_ > max_member_values_)
      refuse("more than ", max_member_values_, " values in ", in_quotes(*member_name_));
    if (stack_.empty()) return &root_;
    if (stack_.back()->is_array()) {
      auto& array = stack_.back()->get_ref<json::array_t&>();
      array.emplace_back();
      return &array.back();
    }
    return member_;
  }
  template <class Value>
  bool add(Value&& value) {
    json* const at = place();
    *at = std::forward<Value>(value);
    completed(at);
    return true;
  }
  bool open(json&& empty) {
    if (stack_.size() >= limits_.max_depth)
      refuse("nested deeper than ", limits_.max_depth, " levels");
    json* const at = place();
    *at = std::move(empty);
    stack_.push_back(at);
    return true;
  }
  bool close() {
    json* const at = stack_.back();
    stack_.pop_back();
    completed(at);
    return true;
  }
  void completed(json* value) {
    if constexpr (has_members) {
      if (stack_.size() != 1 || !stack_.back()->is_object()) return;
      members_.sink(*member_name_, std::move(*value));
      *value = nullptr;
    }
  }

  std::string_view text_;
  json_source source_;
  json_limits limits_;
  Members members_;
  const char* reached_;  // the byte that nlohmann reads next
  json root_;
  std::vector<json*> stack_;  // the arrays and objects that are open
  json* member_ = nullptr;    // value of the last key read
  index values_ = 0;
  const std::string* member_name_ = nullptr;  // of the outermost object's member that is read
  index values_before_ = 0;                   // it
  index max_member_values_ = std::numeric_limits<index>::max();
};

}  // namespace detail

/// The value that a text holds. Throws bad_format as told above.
inline nlohmann::json parse_json(std::string_view text, const json_source& source,
                                 const json_limits& limits = {}) {
  return detail::json_builder(text, source, limits, detail::no_json_members{}).build();
}

/// Calls sink(name, value) for each member of the object that a text holds, one after another as
/// they stand there, without ever holding them all. A value is built before the sink sees it:
/// max_values(name) is how many a member may have, itself and all that is in it. Throws bad_format
/// for a member of more, and for what is no object.
template <class Limit, class Sink>
void parse_json_members(std::string_view text, const json_source& source, Limit&& max_values,
                        Sink&& sink, const json_limits& limits = {}) {
  const detail::json_members<std::remove_reference_t<Limit>, std::remove_reference_t<Sink>> members{
      max_values, sink};
  if (!detail::json_builder(text, source, limits, members).build().is_object())
    fail(errc::bad_format, shown_path(source.file), ":", source.first_line, ": want a JSON object");
}

/// The value that a file holds. Throws io_failure, bad_format.
inline nlohmann::json read_json(const std::string& path, const json_limits& limits = {}) {
  return parse_json(read_file(path, limits.max_bytes), {path}, limits);
}

namespace detail {
// says where in a value, which cannot be written, a text is not UTF-8
template <class Json>
void refuse_other_texts(const Json& value) {
  const auto is_utf8 = [](const Json& text) {
    try {
      return !text.dump().empty();
    } catch (const typename Json::type_error&) {
      return false;
    }
  };
  const Json leaves = value.flatten();
  for (const auto& [place, leaf] : leaves.items()) {
    if (!is_utf8(leaf))
      fail(errc::bad_format, "JSON: ", in_quotes(place), " is ",
           in_quotes(leaf.template get_ref<const std::string&>()), ", want UTF-8");
    if (!is_utf8(place))
      fail(errc::bad_format, "JSON: the name ", in_quotes(place), ", want UTF-8");
  }
}
}  // namespace detail

/// The value, a json or an ordered_json, as files of gkd hold it: indented, with a line end. Throws
/// bad_format for a text in it that is not UTF-8, and names its place.
template <class Json>
std::string text_of_json(const Json& value) {
  try {
    return value.dump(2) + "\n";
  } catch (const typename Json::type_error&) {
    detail::refuse_other_texts(value);
    throw;
  }
}

namespace detail {
/// A list as it is or, if it is long, how many values it has; an object as no more than that.
inline std::string shown_structure(const nlohmann::json& value) {
  if (!value.is_array()) return "an object";
  const std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return text.size() <= 80 ? text : concat("a list of ", value.size(), " values");
}
}  // namespace detail

/// @name Members of an object, with a type
/// Throw bad_format naming `where`, the member, what it is and what was wanted.
/// @{
namespace detail {
template <class... Parts>
[[noreturn]] void bad_member(std::string_view where, std::string_view name,
                             const nlohmann::json& value, const Parts&... wanted) {
  const bool small = value.is_number() || value.is_boolean() || value.is_null();
  fail(errc::bad_format, where, ": ", in_quotes(name), " is ",
       small ? value.dump() : concat("of type ", value.type_name()), ", want ", wanted...);
}
}  // namespace detail

/// Any member.
inline const nlohmann::json& json_member(const nlohmann::json& object, std::string_view name,
                                         std::string_view where) {
  if (!object.is_object())
    fail(errc::bad_format, where, ": of type ", object.type_name(), ", want an object with ",
         in_quotes(name));
  const auto found = object.find(name);
  if (found == object.end()) fail(errc::bad_format, where, ": has no ", in_quotes(name));
  return *found;
}
inline const std::string& json_string(const nlohmann::json& object, std::string_view name,
                                      std::string_view where) {
  const nlohmann::json& value = json_member(object, name, where);
  if (!value.is_string()) detail::bad_member(where, name, value, "a string");
  return value.get_ref<const std::string&>();
}
inline bool json_bool(const nlohmann::json& object, std::string_view name, std::string_view where) {
  const nlohmann::json& value = json_member(object, name, where);
  if (!value.is_boolean()) detail::bad_member(where, name, value, "true or false");
  return value.get<bool>();
}
inline const nlohmann::json& json_array(const nlohmann::json& object, std::string_view name,
                                        std::string_view where) {
  const nlohmann::json& value = json_member(object, name, where);
  if (!value.is_array()) detail::bad_member(where, name, value, "an array");
  return value;
}
inline const nlohmann::json& json_object(const nlohmann::json& object, std::string_view name,
                                         std::string_view where) {
  const nlohmann::json& value = json_member(object, name, where);
  if (!value.is_object()) detail::bad_member(where, name, value, "an object");
  return value;
}
/// An integer, written as one: 4, not 4.0 or "4".
inline std::int64_t json_integer(const nlohmann::json& object, std::string_view name,
                                 std::string_view where, std::int64_t lowest,
                                 std::int64_t highest) {
  const nlohmann::json& value = json_member(object, name, where);
  if (!value.is_number_integer() || value.get<std::int64_t>() < lowest ||
      value.get<std::int64_t>() > highest)
    detail::bad_member(where, name, value, "an integer from ", lowest, " to ", highest);
  return value.get<std::int64_t>();
}
/// A number within [lowest, highest]; integers are numbers.
inline double json_number(const nlohmann::json& object, std::string_view name,
                          std::string_view where,
                          double lowest = -std::numeric_limits<double>::max(),
                          double highest = std::numeric_limits<double>::max()) {
  const nlohmann::json& value = json_member(object, name, where);
  if (!value.is_number() || value.get<double>() < lowest || value.get<double>() > highest)
    detail::bad_member(where, name, value, "a number from ", lowest, " to ", highest);
  return value.get<double>();
}
/// @}

}  // namespace gkd::inline v0
