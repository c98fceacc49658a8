// SPDX-License-Identifier: Apache-2.0
// What tells one part of a run from another of its kind: a name and settings. A checkpoint keeps
// them, and a run that is resumed compares them with its own.
//
//   gkd::identity_fields identity() const {        an optional member of losses, of optimizers'
//     return gkd::identity_fields("annealed")      states, of data sources and of schedules
//         .add("from", from_).add("to", to_);
//   }
//
// A part without that member is allowed anywhere; it is known by the name "unnamed" alone.
#pragma once

#include <gkd/core/config.hpp>

#include <concepts>     // convertible_to, floating_point, integral
#include <cstdint>      // int64_t, uint64_t
#include <span>         // span
#include <string>       // string
#include <type_traits>  // is_same_v
#include <utility>      // pair
#include <variant>      // variant
#include <vector>       // vector

namespace gkd::inline v0 {

/// Settings by name, in the order they were added; the first is "name".
class identity_fields {
 public:
  using value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;
  using field = std::pair<std::string, value>;

  explicit identity_fields(std::string name) { add("name", std::move(name)); }

  /// A number, a bool or a text.
  template <class T>
  identity_fields& add(std::string name, const T& x) {
    fields_.emplace_back(std::move(name), to_value(x));
    return *this;
  }
  /// All fields of a part of this part, as "prefix.name".
  identity_fields& add(const std::string& prefix, const identity_fields& part) {
    for (const auto& [name, x] : part.fields_) fields_.emplace_back(prefix + "." + name, x);
    return *this;
  }

  std::span<const field> fields() const { return fields_; }
  friend bool operator==(const identity_fields&, const identity_fields&) = default;

 private:
  template <class T>
  static value to_value(const T& x) {
    if constexpr (std::same_as<T, bool>)
      return x;
    else if constexpr (std::floating_point<T>)
      return static_cast<double>(x);
    else if constexpr (std::signed_integral<T>)
      return static_cast<std::int64_t>(x);
    else if constexpr (std::integral<T>)
      return static_cast<std::uint64_t>(x);
    else
      return std::string(x);
  }
  std::vector<field> fields_;
};

namespace detail {

template <class P>
concept has_identity = requires(const P& part) {
  { part.identity() } -> std::convertible_to<identity_fields>;
};

}  // namespace detail

/// The identity of a source, an optimiser or another part; "unnamed" where it does not say.
template <class P>
identity_fields part_identity([[maybe_unused]] const P& part) {
  if constexpr (detail::has_identity<P>)
    return part.identity();
  else
    return identity_fields("unnamed");
}

}  // namespace gkd::inline v0
