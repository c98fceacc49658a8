// SPDX-License-Identifier: Apache-2.0
// Patterns of tokenizer.json, run by PCRE2. Opt-in: needs PCRE2 (8 bit).
//
// Hugging Face runs them with Oniguruma, whose language differs in places:
//
//   the same       | ( ) * + ? {n,m} with ? + after them (not after {n,m}), classes, \p{L}, (?:
//                  (?i: (?= (?! (?<= (?<! (?>, ^ and $ at every line, . for all but a line feed
//   rewritten      \s \S to Unicode's White_Space (PCRE2 counts U+180E too), \p{Han} to the script,
//                  \uHHHH
//   refused        \w \b \h \v [[:x:]] && (?m: {n,m}+ ...: they would match something else;
//                  more than 255 times in { }, which PCRE2 counts as one step
//
// A search that takes too many steps or too much memory is an error, never a hung or dead process.
// Steps are the parts of the pattern that are tried and the characters that they run over, counted
// here in PCRE2's callouts: its own limit leaves the characters out, so (?=a)a*[bc] on a run of "a"
// would take time in the square of its length.
// Categories are those of the Unicode version that PCRE2 was built for (14 for 10.42).
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/utf8.hpp>

#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8  // pcre2.h asks for it; only names ending in _8 are used here
#endif
#include <pcre2.h>  // pcre2_match_8

#include <cstdint>      // uint32_t
#include <limits>       // numeric_limits
#include <memory>       // shared_ptr, unique_ptr
#include <new>          // bad_alloc
#include <string>       // string
#include <string_view>  // string_view

namespace gkd::inline v0 {

/// Bounds on the work of one regex_search.
struct regex_limits {
  std::uint32_t steps = 10'000'000;  ///< and 256 more for each byte; tokenizers' patterns take 4
  std::uint32_t heap_kib = 65'536;   ///< without just-in-time compilation
  std::uint32_t depth = 1'000'000;   ///< of nested choices, without just-in-time compilation
  bool jit = true;                   ///< compile to machine code where PCRE2 can
};

namespace detail {

// Oniguruma's language to PCRE2's, one construct after another.
class oniguruma_reader {
 public:
  oniguruma_reader(std::string_view pattern, std::string_view where)
      : pattern_(pattern), where_(where) {}

  std::string translated() {
    while (at_ < pattern_.size()) {
      if (starts("\\"))
        escape();
      else if (starts("["))
        bracket();
      else if (starts("(?"))
        group();
      else if (starts("(*"))
        refuse(2);
      else if (starts("{"))
        interval();
      else
        copy(1);
    }
    return std::move(out_);
  }

 private:
  bool starts(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  void copy(index n) { replace(n, pattern_.substr(at_, n)); }
  void replace(index n, std::string_view text) {
    out_ += text;
    at_ += n;
  }
  [[noreturn]] void refuse(index n) const {
    fail(errc::bad_format, where_, ": the pattern ", in_quotes(pattern_), " has ",
         in_quotes(pattern_.substr(at_, n)), " at byte ", at_,
         ", which Oniguruma and PCRE2 read differently; not supported");
  }
  bool is_digit(index at) const {
    return at < pattern_.size() && pattern_[at] >= '0' && pattern_[at] <= '9';
  }
  bool is_letter(char c) const { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

  void escape() {
    if (at_ + 1 == pattern_.size()) refuse(1);
    const char c = pattern_[at_ + 1];
    if (c == 's') return replace(2, "\\p{White_Space}");
    if (c == 'S') return replace(2, "\\P{White_Space}");
    if (c == 'p' || c == 'P') return property();
    if (c == 'x' || c == 'u') return code();
    const bool same = std::string_view("dDrntfeAzZ").find(c) != std::string_view::npos;
    const bool literal =
        static_cast<unsigned char>(c) >= 0x80 || !(is_letter(c) || is_digit(at_ + 1));
    if (!same && !literal) refuse(2);
    copy(2);
  }
  // \p{Lu}, \p{^Lu}, \p{Han}
  void property() {
    const index close = pattern_.find('}', at_);
    if (!starts("\\p{") && !starts("\\P{")) refuse(2);
    if (close == pattern_.npos) refuse(3);
    std::string_view name = pattern_.substr(at_ + 3, close - at_ - 3);
    const bool negated = name.starts_with('^');
    if (negated) name.remove_prefix(1);
    for (char c : name)
      if (!is_letter(c) && c != '_') refuse(close + 1 - at_);
    out_ += concat("\\", pattern_.substr(at_ + 1, 1), negated ? "{^" : "{",
                   name.size() > 2 ? "sc:" : "", name, "}");  // a longer name is a script's
    at_ = close + 1;
  }
  // \x{1f600}, \u00e9
  void code() {
    const index begin = at_ + (starts("\\x{") ? 3 : 2);
    index end = begin;
    const auto is_hex = [&](char c) {
      return is_digit(end) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    while (end < pattern_.size() && end < begin + 6 && is_hex(pattern_[end])) ++end;
    const std::string_view digits = pattern_.substr(begin, end - begin);
    if (starts("\\x{") && !digits.empty() && end < pattern_.size() && pattern_[end] == '}')
      return copy(end + 1 - at_);
    if (!starts("\\u") || digits.size() < 4) refuse(2);
    replace(6, concat("\\x{", digits.substr(0, 4), "}"));
  }
  void bracket() {
    copy(1);
    if (starts("^")) copy(1);
    if (starts("]")) refuse(1);
    while (at_ < pattern_.size() && !starts("]")) {
      if (starts("[") || starts("&&")) refuse(2);
      starts("\\") ? escape() : copy(1);
    }
    copy(1);  // the bracket; PCRE2 says what is wrong when there is none
  }
  void group() {
    for (std::string_view same : {"(?:", "(?i:", "(?-i:", "(?=", "(?!", "(?<=", "(?<!", "(?>"})
      if (starts(same)) return copy(same.size());
    refuse(4);
  }
  // {3}, {1,3}, {1,}, {1,3}?
  void interval() {
    index end = at_ + 1;
    const auto number = [&] {
      for (index times = 0; is_digit(end); ++end) {
        times = 10 * times + static_cast<index>(pattern_[end] - '0');
        if (times > most_times)
          fail(errc::bad_format, where_, ": the pattern ", in_quotes(pattern_), " repeats ",
               "something more than ", most_times, " times at byte ", at_, "; not supported");
      }
    };
    number();
    bool closed = end > at_ + 1;
    const bool range = closed && end < pattern_.size() && pattern_[end] == ',';
    if (range) {
      ++end;
      number();
    }
    closed = closed && end < pattern_.size() && pattern_[end] == '}';
    const char after = end + 1 < pattern_.size() ? pattern_[end + 1] : ' ';
    if (!closed || after == '+' || (after == '?' && !range)) refuse(end + 2 - at_);
    copy(end + 1 - at_);
  }

  static constexpr index most_times = 255;
  std::string_view pattern_, where_;
  std::string out_;
  index at_ = 0;
};

struct pcre2_deleter {
  void operator()(pcre2_code_8* p) const { pcre2_code_free_8(p); }
  void operator()(pcre2_compile_context_8* p) const { pcre2_compile_context_free_8(p); }
  void operator()(pcre2_match_context_8* p) const { pcre2_match_context_free_8(p); }
  void operator()(pcre2_match_data_8* p) const { pcre2_match_data_free_8(p); }
};
template <class T>
std::unique_ptr<T, pcre2_deleter> pcre2_owned(T* p) {
  if (!p) throw std::bad_alloc();
  return std::unique_ptr<T, pcre2_deleter>(p);
}

inline std::string pcre2_reason(int code) {
  unsigned char text[128] = "";
  pcre2_get_error_message_8(code, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

}  // namespace detail

/// A compiled pattern. Copies share it; searching in several threads at once is fine.
class regex {
 public:
  /// A pattern in PCRE2's language. `where` names it in errors. Throws bad_format for one that is
  /// not well-formed.
  regex(std::string_view pattern, std::string_view where, const regex_limits& limits = {})
      : regex(pattern, 0, pattern, where, limits) {}
  /// A pattern in Oniguruma's language; bad_format also for one that PCRE2 would read differently.
  static regex oniguruma(std::string_view pattern, std::string_view where,
                         const regex_limits& limits = {}) {
    const std::string translated = detail::oniguruma_reader(pattern, where).translated();
    return regex(translated, PCRE2_MULTILINE, pattern, where, limits);
  }
  /// The text itself, each of its characters standing for itself.
  static regex literal(std::string_view text, std::string_view where,
                       const regex_limits& limits = {}) {
    return regex(text, PCRE2_LITERAL, text, where, limits);
  }

  const std::string& pattern() const { return pattern_; }

 private:
  friend class regex_search;

  regex(std::string_view translated, std::uint32_t options, std::string_view pattern,
        std::string_view where, const regex_limits& limits)
      : pattern_(pattern), where_(where), limits_(limits) {
    const auto context = detail::pcre2_owned(pcre2_compile_context_create_8(nullptr));
    pcre2_set_newline_8(context.get(), PCRE2_NEWLINE_LF);
    pcre2_set_parens_nest_limit_8(context.get(), 100);
    pcre2_set_max_pattern_length_8(context.get(), 65'536);
    int reason = 0;
    PCRE2_SIZE at = 0;
    if (!(options & PCRE2_LITERAL)) options |= PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
    pcre2_code_8* const code =
        pcre2_compile_8(reinterpret_cast<PCRE2_SPTR8>(translated.data()), translated.size(),
                        options | PCRE2_UTF | PCRE2_AUTO_CALLOUT, &reason, &at, context.get());
    if (!code)
      fail(errc::bad_format, where_, ": the pattern ", in_quotes(pattern),
           " is none for PCRE2: ", detail::pcre2_reason(reason));
    code_.reset(code, detail::pcre2_deleter{});
    if (limits.jit) pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE);  // else it is interpreted
  }

  std::string pattern_, where_;
  regex_limits limits_;
  std::shared_ptr<const pcre2_code_8> code_;
};

/// Searches texts for one pattern, one after another, within one budget of steps. One for each
/// thread.
class regex_search {
 public:
  /// The regex must outlive it.
  explicit regex_search(const regex& r)
      : regex_(r),
        context_(detail::pcre2_owned(pcre2_match_context_create_8(nullptr))),
        found_(detail::pcre2_owned(pcre2_match_data_create_8(1, nullptr))),
        budget_{r.limits_.steps} {
    pcre2_set_match_limit_8(context_.get(), std::numeric_limits<std::uint32_t>::max());
    pcre2_set_heap_limit_8(context_.get(), r.limits_.heap_kib);
    pcre2_set_depth_limit_8(context_.get(), r.limits_.depth);
  }

  /// Calls sink(begin, end) for every match, from left to right, none within another; an empty
  /// match only where the last one did not end. Bytes that are no UTF-8 match nothing, and the text
  /// ends before them and starts after them. Throws bad_format when a limit is hit.
  template <class Sink>
  void for_each_match(std::string_view text, const Sink& sink) {
    budget_.steps += steps_per_byte * text.size();
    for (index at = 0; at < text.size();) {
      const index length = utf8_prefix(text.substr(at));
      if (length > 0)
        search(text.substr(at, length),
               [&](index begin, index end) { sink(at + begin, at + end); });
      at += length;
      if (at < text.size()) at += utf8_first(text.substr(at)).length;
    }
  }

  /// Whether the pattern matches at this place of a UTF-8 text.
  bool matches_at(std::string_view text, index at) {
    budget_.steps += steps_per_byte * text.size();
    return match(text, at, PCRE2_ANCHORED);
  }

 private:
  static constexpr std::uint64_t steps_per_byte = 256;
  struct budget {
    std::uint64_t steps;  // that are left
    index at = 0;         // where the last part of the pattern was tried
  };
  // before each part of the pattern; to go back costs no more than to have gone forward
  static int count(pcre2_callout_block_8* part, void* of) {
    budget& b = *static_cast<budget*>(of);
    const index at = part->current_position;
    const std::uint64_t steps = 1 + (at > b.at ? at - b.at : 0);
    b.at = at;
    if (steps > b.steps) return PCRE2_ERROR_MATCHLIMIT;
    b.steps -= steps;
    return 0;
  }

  // in UTF-8
  template <class Sink>
  void search(std::string_view text, const Sink& sink) {
    const PCRE2_SIZE* const place = pcre2_get_ovector_pointer_8(found_.get());
    index from = 0, last_end = text.npos;
    while (from <= text.size() && match(text, from, 0)) {
      const index begin = place[0], end = place[1];
      if (begin == end && end == last_end) {
        if (end == text.size()) break;
        from = end + utf8_first(text.substr(end)).length;
      } else {
        from = last_end = end;
        sink(begin, end);
      }
    }
  }
  // at `from` or after it; the text is UTF-8, which PCRE2 would otherwise check at every call
  bool match(std::string_view text, index from, std::uint32_t options) {
    const auto run = [&](std::uint32_t more) {
      budget_.at = from;
      pcre2_set_callout_8(context_.get(), count, &budget_);
      return pcre2_match_8(regex_.code_.get(), reinterpret_cast<PCRE2_SPTR8>(text.data()),
                           text.size(), from, options | more | PCRE2_NO_UTF_CHECK, found_.get(),
                           context_.get());
    };
    int result = run(0);
    if (result == PCRE2_ERROR_JIT_STACKLIMIT) result = run(PCRE2_NO_JIT);
    if (result == PCRE2_ERROR_NOMEMORY) throw std::bad_alloc();
    if (result < 0 && result != PCRE2_ERROR_NOMATCH)
      fail(errc::bad_format, regex_.where_, ": the pattern ", in_quotes(regex_.pattern_),
           " on a text of ", text.size(), " bytes, from byte ", from, ": ",
           detail::pcre2_reason(result));
    return result >= 0;
  }

  const regex& regex_;
  std::unique_ptr<pcre2_match_context_8, detail::pcre2_deleter> context_;
  std::unique_ptr<pcre2_match_data_8, detail::pcre2_deleter> found_;
  budget budget_;
};

}  // namespace gkd::inline v0
