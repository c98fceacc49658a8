// SPDX-License-Identifier: Apache-2.0
// Unicode's normal forms, by utf8proc. Opt-in: needs utf8proc.
//
//   nfc   "e" U+0301  ->  U+00E9
//   nfd   U+00E9      ->  "e" U+0301
// nfkc and nfkd also replace what only looks different: U+FB01 by "fi". Tables are those of the
// Unicode version that utf8proc was built for (14 for 2.8).
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/utf8.hpp>

#include <utf8proc.h>  // utf8proc_decompose_char

#include <algorithm>    // max, sort
#include <iterator>     // size
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

enum class normal_form { nfc, nfd, nfkc, nfkd };

namespace detail {

inline auto combining_class(utf8proc_int32_t code) {
  return utf8proc_get_property(code)->combining_class;
}

// Marks in canonical order: by class, those of one class as they came. utf8proc_decompose does the
// same in quadratic time.
inline void sort_marks(std::vector<utf8proc_int32_t>& codes) {
  struct mark {
    utf8proc_propval_t order;
    index place;
    utf8proc_int32_t code;
  };
  std::vector<mark> marks;
  for (index begin = 0, end; begin < codes.size(); begin = end) {
    marks.clear();
    for (end = begin; end < codes.size() && combining_class(codes[end]) != 0; ++end)
      marks.push_back({combining_class(codes[end]), end, codes[end]});
    std::sort(marks.begin(), marks.end(), [](const mark& a, const mark& b) {
      return a.order != b.order ? a.order < b.order : a.place < b.place;
    });
    for (index i = 0; i < marks.size(); ++i) codes[begin + i] = marks[i].code;
    end = std::max(end, begin + 1);
  }
}

// appends the normal form of characters
inline void normalize_characters(std::string_view text, normal_form form, std::string& out) {
  const bool compatible = form == normal_form::nfkc || form == normal_form::nfkd;
  const bool compose = form == normal_form::nfc || form == normal_form::nfkc;
  const auto how = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
                                                  (compatible ? UTF8PROC_COMPAT : 0));
  std::vector<utf8proc_int32_t> codes;
  codes.reserve(text.size());
  while (!text.empty()) {
    const utf8_head head = utf8_first(text);
    utf8proc_int32_t parts[32];  // the longest decomposition has 18
    int boundary = 0;
    const utf8proc_ssize_t n = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(head.code),
                                                       parts, std::size(parts), how, &boundary);
    GKD_ASSERT(n >= 0 && n <= static_cast<utf8proc_ssize_t>(std::size(parts)));
    codes.insert(codes.end(), parts, parts + n);
    text.remove_prefix(head.length);
  }
  sort_marks(codes);
  auto size = static_cast<utf8proc_ssize_t>(codes.size());
  if (compose)
    size = utf8proc_normalize_utf32(
        codes.data(), size, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  for (utf8proc_ssize_t i = 0; i < size; ++i)
    append_utf8(out, static_cast<char32_t>(codes[static_cast<index>(i)]));
}

// the same with bytes among them that are no characters
inline void normalize_stretch(std::string_view text, normal_form form, std::string& out) {
  while (!text.empty()) {
    const index characters = utf8_prefix(text);
    normalize_characters(text.substr(0, characters), form, out);
    text.remove_prefix(characters);
    if (text.empty()) break;
    const index malformed = utf8_first(text).length;
    out += text.substr(0, malformed);
    text.remove_prefix(malformed);
  }
}

}  // namespace detail

/// The text in a normal form; bytes that are no UTF-8 stay where they are. What needs no change is
/// returned as it came; else the view is into `storage`. O(n log n) for any text.
inline std::string_view normalized(std::string_view text, normal_form form, std::string& storage) {
  // Characters below U+0300, of which the first byte of UTF-8 is below 0xCC, are in NFC among
  // themselves; those below U+0080 in every form.
  const unsigned first_changed = form == normal_form::nfc ? 0xcc : 0x80;
  const auto byte = [&](index i) { return static_cast<unsigned char>(text[i]); };
  const auto next_changed = [&](index i) {
    while (i < text.size() && byte(i) < first_changed) ++i;
    return i;
  };
  index begin = next_changed(0);
  if (begin == text.size()) return text;
  storage.clear();
  for (index done = 0; done < text.size(); begin = next_changed(done)) {
    index end = begin;
    while (end < text.size() && byte(end) >= 0x80) ++end;  // ASCII joins nothing before it
    if (begin < end)  // the character before may join the first that changes
      while (begin > done && (byte(--begin) & 0xc0) == 0x80) continue;
    storage += text.substr(done, begin - done);
    detail::normalize_stretch(text.substr(begin, end - begin), form, storage);
    done = end;
  }
  return storage;
}

}  // namespace gkd::inline v0
