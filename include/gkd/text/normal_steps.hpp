// SPDX-License-Identifier: Apache-2.0
// What becomes of a text before it is cut into words, step by step. Opt-in: needs utf8proc.
//
//   {prefixed{"▁"}, replaced{" ", "▁"}}   "a b"  ->  "▁a▁b"      Llama 2
//   {normal_form::nfc}                     "e" U+0301  ->  U+00E9   Qwen2
#pragma once

#include <gkd/text/normalizer.hpp>

#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // swap
#include <variant>      // get_if, variant
#include <vector>       // vector

namespace gkd::inline v0 {

/// Puts a text before one that is not empty; not where the text goes on from other text.
struct prefixed {
  std::string prefix;
};

/// Puts `to` in place of each `from`, which is not empty.
struct replaced {
  std::string from, to;
};

using normal_step = std::variant<normal_form, prefixed, replaced>;

/// Appends the text with the replacement made.
inline void append_replaced(std::string& out, std::string_view text, const replaced& step) {
  for (index at = 0;;) {
    const index next = text.find(step.from, at);
    out += text.substr(at, next - at);
    if (next == text.npos) return;
    out += step.to;
    at = next + step.from.size();
  }
}

/// The text after all steps. What needs no change is returned as it came; else the view is into
/// `storage`. `inside` says that the text goes on from other text.
inline std::string_view normalized(std::string_view text, const std::vector<normal_step>& steps,
                                   bool inside, std::string& storage) {
  std::string other;
  for (const normal_step& step : steps) {
    if (text.empty()) break;
    if (const auto* form = std::get_if<normal_form>(&step)) {
      text = normalized(text, *form, other);
      if (text.data() != other.data()) continue;
    } else if (const auto* before = std::get_if<prefixed>(&step)) {
      if (inside) continue;
      other = before->prefix;
      other += text;
    } else {
      const auto& replacement = std::get<replaced>(step);
      if (text.find(replacement.from) == text.npos) continue;
      other.clear();
      append_replaced(other, text, replacement);
    }
    storage.swap(other);
    text = storage;
  }
  return text;
}

}  // namespace gkd::inline v0
