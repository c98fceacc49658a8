// SPDX-License-Identifier: Apache-2.0
// The members of a Hugging Face configuration, each read with its type and range and remembered, so
// that in the end it is known which of them nobody has looked at.
#pragma once

#include <gkd/io/json.hpp>

#include <optional>     // optional
#include <set>          // set
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // move

namespace gkd::inline v0 {

/// A JSON object whose members are asked for by name; null is as good as absent. What is not as it
/// should be is bad_format and names file, member, value and range. The object must outlive it.
class hf_fields {
 public:
  /// `where` begins every message.
  hf_fields(const nlohmann::json& object, std::string where)
      : object_(&object), where_(std::move(where)) {
    if (!object.is_object())
      fail(errc::bad_format, where_, ": of type ", object.type_name(), ", want a JSON object");
  }

  const std::string& where() const { return where_; }
  /// The member, or nullptr.
  const nlohmann::json* find(const std::string& name) {
    asked_.insert(name);
    const auto found = object_->find(name);
    return found == object_->end() || found->is_null() ? nullptr : &*found;
  }
  /// Whether there is such a member, null or not.
  bool has(const std::string& name) const { return object_->contains(name); }
  /// An integer from least to most; it must be there unless there is a value for its absence.
  index size(const std::string& name, index least, index most, std::optional<index> absent = {}) {
    const nlohmann::json* value = find(name, absent.has_value());
    if (!value) return *absent;
    if (!value->is_number_integer() || *value < least || *value > most)
      refuse_value(name, *value, "an integer from ", least, " to ", most);
    return value->get<index>();
  }
  /// A number for which `good` holds; `wanted` says in words what that is.
  template <class Good>
  double number(const std::string& name, std::optional<double> absent, const Good& good,
                std::string_view wanted) {
    const nlohmann::json* value = find(name, absent.has_value());
    if (!value) return *absent;
    if (!value->is_number() || !good(value->get<double>())) refuse_value(name, *value, wanted);
    return value->get<double>();
  }
  double positive(const std::string& name, std::optional<double> absent = {}) {
    return number(name, absent, [](double x) { return x > 0.0; }, "a number above 0");
  }
  bool flag(const std::string& name, bool absent) {
    const nlohmann::json* value = find(name);
    if (value && !value->is_boolean()) refuse_value(name, *value, "true or false");
    return value ? value->get<bool>() : absent;
  }
  /// A text; "" if it is absent.
  std::string text(const std::string& name) {
    const nlohmann::json* value = find(name);
    if (value && !value->is_string()) refuse_value(name, *value, "a text");
    return value ? value->get<std::string>() : std::string();
  }
  /// The members of a member that is there.
  hf_fields object(const std::string& name) {
    const nlohmann::json& value = *find(name, false);
    if (!value.is_object()) refuse_value(name, value, "an object");
    return {value, concat(where_, ": ", in_quotes(name))};
  }
  bool empty() const { return object_->empty(); }

  /// f(name, value) for every member that was not asked for, null left out.
  template <class F>
  void for_the_rest(const F& f) const {
    for (const auto& [name, value] : object_->items())
      if (asked_.count(name) == 0 && !value.is_null()) f(name, value);
  }
  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... reason) const {
    fail(errc::bad_format, where_, ": ", reason...);
  }
  /// Says what a member is: a number, a text, true, a list or that it is an object.
  template <class... Parts>
  [[noreturn]] void refuse_value(std::string_view name, const nlohmann::json& value,
                                 const Parts&... wanted) const {
    std::string shown = value.is_structured() ? detail::shown_structure(value)
                        : value.is_string()   ? in_quotes(value.get_ref<const std::string&>())
                                              : value.dump();
    refuse(in_quotes(name), " is ", shown, ", want ", wanted...);
  }

 private:
  const nlohmann::json* find(const std::string& name, bool optional) {
    const nlohmann::json* value = find(name);
    if (!value && !optional) refuse("has no ", in_quotes(name));
    return value;
  }

  const nlohmann::json* object_;
  std::string where_;
  std::set<std::string> asked_;
};

}  // namespace gkd::inline v0
