// SPDX-License-Identifier: Apache-2.0
// What becomes of a text before it is cut into words, step by step. Opt-in: needs utf8proc.
//
//   {prefixed{"▁"}, replaced{" ", "▁"}}   "a b"  ->  "▁a▁b"      Llama 2
//   {normal_form::nfc}                     "e" U+0301  ->  U+00E9   Qwen2
//
// Steps come from files: 34 that double a text make 16 GiB of one byte. So no text may grow to more
// than 16 times its length and 256 bytes (normal forms alone make 11 times of it at most).
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

namespace detail {

// how long a text may become
class growth_limit {
 public:
  // the text must outlive it, and so must what names the steps in errors
  growth_limit(std::string_view text, std::string_view where) : text_(text), where_(where) {}
  // throws when this many bytes are too many
  void check(index size) const {
    const index most = 16 * text_.size() + 256;
    if (size > most)
      fail(errc::bad_format, where_, ": ", in_quotes(text_), " becomes more than ", most,
           " bytes, want at most 16 times its ", text_.size(), " and 256");
  }

 private:
  std::string_view text_, where_;
};

inline void append_replaced(std::string& out, std::string_view text, const replaced& step,
                            const growth_limit& limit) {
  for (index at = 0;;) {
    const index next = text.find(step.from, at);
    out += text.substr(at, next - at);
    if (next == text.npos) return limit.check(out.size());
    limit.check(out.size() + step.to.size());
    out += step.to;
    at = next + step.from.size();
  }
}

}  // namespace detail

/// The text after all replacements. What needs no change is returned as it came; else the view is
/// into `storage`. Throws bad_format, with `where` in front, when the text grows beyond the limit.
inline std::string_view all_replaced(std::string_view text, const std::vector<replaced>& steps,
                                     std::string& storage, std::string_view where = "decoder") {
  const detail::growth_limit limit(text, where);
  std::string other;
  for (const replaced& step : steps) {
    if (text.find(step.from) == text.npos) continue;
    other.clear();
    detail::append_replaced(other, text, step, limit);
    storage.swap(other);
    text = storage;
  }
  return text;
}

/// The text after all steps, as all_replaced gives it. `inside` says that the text goes on from
/// other text.
inline std::string_view normalized(std::string_view text, const std::vector<normal_step>& steps,
                                   bool inside, std::string& storage) {
  const detail::growth_limit limit(text, "normalizer");
  std::string other;
  for (const normal_step& step : steps) {
    if (text.empty()) break;
    if (const auto* form = std::get_if<normal_form>(&step)) {
      text = normalized(text, *form, other);
      if (text.data() != other.data()) continue;
      limit.check(text.size());
    } else if (const auto* before = std::get_if<prefixed>(&step)) {
      if (inside) continue;
      limit.check(before->prefix.size() + text.size());
      other = before->prefix;
      other += text;
    } else {
      const auto& replacement = std::get<replaced>(step);
      if (text.find(replacement.from) == text.npos) continue;
      other.clear();
      detail::append_replaced(other, text, replacement, limit);
    }
    storage.swap(other);
    text = storage;
  }
  return text;
}

}  // namespace gkd::inline v0
