// SPDX-License-Identifier: Apache-2.0
// What tells one model from another, so that a run does not go on with another teacher or on
// another base of its adapters: its configuration, where it says what that is, and a fingerprint of
// its numbers. Names, shapes and bits of all parameters go through
//
//   h <- (rotate(h, 27) xor word) m        word by word of 64 bits, m odd
//
// which no change of one word leaves as it was; no protection against a change made on purpose.
#pragma once

#include <gkd/core/identity.hpp>
#include <gkd/optim/parameters.hpp>

#include <bit>          // rotl
#include <concepts>     // convertible_to
#include <cstdint>      // uint64_t
#include <cstdio>       // snprintf
#include <cstring>      // memcpy
#include <span>         // span
#include <string>       // string
#include <string_view>  // string_view

namespace gkd::inline v0::detail {

class bits_hash {
 public:
  void add(std::uint64_t word) { h_ = (std::rotl(h_, 27) ^ word) * 0x9e3779b97f4a7c15u; }
  void add(const void* bytes, index size) {
    add(size);
    append(bytes, size);
    end_bytes();
  }
  /// Bytes in pieces, up to end_bytes(): the same however they are cut.
  void append(const void* bytes, index size) {
    const char* from = static_cast<const char*>(bytes);
    while (size > 0) {
      const index room = sizeof word_ - filled_;
      const index taken = size < room ? size : room;
      std::memcpy(reinterpret_cast<char*>(&word_) + filled_, from, taken);
      from += taken;
      size -= taken;
      filled_ += taken;
      if (filled_ == sizeof word_) end_bytes();
    }
  }
  void end_bytes() {
    if (filled_ > 0) add(word_);
    word_ = filled_ = 0;
  }
  /// 16 digits.
  std::string text() const {
    bits_hash end = *this;  // the last words, too, reach all bits
    for (int i = 0; i < 4; ++i) end.add(h_ >> 32);
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(end.h_));
    return digits;
  }

 private:
  std::uint64_t h_ = 0x243f6a8885a308d3u;
  std::uint64_t word_ = 0;  // bytes that make no whole word yet
  index filled_ = 0;        // so many
};

/// Of the values that visit_all(f) shows, wherever they are and with whatever stride:
/// f(parameter_view).
template <class Backend, class VisitAll>
std::string fingerprint_of_values(const Backend& backend, const VisitAll& visit_all) {
  bits_hash hash;
  visit_all([&]<class T, class S>(const parameter_view<T, S>& p) {
    hash.add(p.name.data(), p.name.size());
    hash.add(p.value.rows);
    hash.add(p.value.cols);
    for_each_read(backend, p.value, [&](std::span<const T> numbers) {
      hash.append(numbers.data(), numbers.size_bytes());
    });
    hash.end_bytes();
  });
  return hash.text();
}

// shows the values of the weights that do not learn: visit(name, value, gradient)
template <class M>
concept has_frozen_parameters = requires(M& m) { m.frozen_parameters(any_parameter{}); };

// f(parameter_view) for each of them
template <class M, class F>
void for_each_frozen_value(M& model, const F& f) {
  model.frozen_parameters([&](const auto&... shown) { f(make_value(shown...)); });
}

template <class M>
concept has_config_identity = requires(const M& m) {
  { m.config_identity() } -> std::convertible_to<identity_fields>;
};

/// What tells a teacher from another: its identity(), or its config_identity() and its parameters,
/// with those that do not learn. "unnamed" where it has none, as one whose parameters can only be
/// seen when it is not const.
template <class Teacher>
identity_fields teacher_identity(Teacher& teacher) {
  if constexpr (has_identity<Teacher>) {
    return teacher.identity();
  } else {
    identity_fields out("unnamed");
    if constexpr (trainable<Teacher>)
      out.add("fingerprint", fingerprint_of_values(backend_of(teacher), [&](const auto& f) {
                for_each_value(teacher, f);
                if constexpr (has_frozen_parameters<Teacher>) for_each_frozen_value(teacher, f);
              }));
    if constexpr (has_config_identity<Teacher>) out.add("config", teacher.config_identity());
    return out;
  }
}
/// The same, for when it is asked for: all parameters are read. The teacher must outlive it.
template <class Teacher>
auto teacher_mark(Teacher& teacher) {
  return [&teacher] { return teacher_identity(teacher); };
}

/// What of a student is not in its checkpoint: the weights that it does not show as parameters.
template <class Student>
identity_fields student_identity([[maybe_unused]] Student& student) {
  identity_fields out("unnamed");
  if constexpr (has_frozen_parameters<Student>)
    out.add("frozen", fingerprint_of_values(backend_of(student), [&](const auto& f) {
              for_each_frozen_value(student, f);
            }));
  return out;
}

}  // namespace gkd::inline v0::detail
