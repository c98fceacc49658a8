// SPDX-License-Identifier: Apache-2.0
// Cuts a text into words, within which byte-pair merges stay, as Hugging Face's pre_tokenizers do.
// Opt-in: needs PCRE2.
//
//   "It's 42!"   Digits, then GPT-2's pattern:   It|'s| |4|2|!
//   "It's 42!"   Metaspace, as Llama 2 has it:   ▁It's▁42!
//
// Steps run one after another, each on the pieces of the one before; empty pieces vanish.
#pragma once

#include <gkd/text/byte_level.hpp>
#include <gkd/text/normal_steps.hpp>
#include <gkd/text/regex.hpp>
#include <gkd/text/tokenizer.hpp>

#include <deque>        // deque
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // move
#include <variant>      // variant, visit
#include <vector>       // vector

namespace gkd::inline v0 {

/// What becomes of the matches of a pattern and of the text between them. By "-" on "a-b--c":
enum class split_behavior {
  removed,               ///< a b c
  isolated,              ///< a - b - - c
  merged_with_previous,  ///< a- b- - c
  merged_with_next,      ///< a -b - -c
  contiguous,            ///< a - b -- c
};

/// Where SentencePiece puts a space that the text has not. A text that goes on from other text
/// gets none from any scheme.
enum class prefix_scheme {
  never,
  first,   ///< before a text of its own
  always,  ///< also after a control token
};

/// GPT-2's words: contractions, letters, digits and the rest, each with the space before it.
inline constexpr std::string_view gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

class pre_tokenizer {
 public:
  /// Cuts at the matches of a pattern; `invert` exchanges matches and what is between them.
  void add_split(regex pattern, split_behavior behavior, bool invert = false) {
    if (byte_level_ && !has_step<byte_level_step>()) steps_.push_back(byte_level_step{});
    steps_.push_back(split_step{std::move(pattern), behavior, invert});
  }
  /// Puts a space before each piece that begins with none. Throws bad_format after add_byte_level;
  /// `where` names the step in errors, here and below.
  void add_prefix_space(std::string_view where = "pre_tokenizer") {
    check_before_byte_level("a prefix space", where);
    steps_.push_back(prefix_space_step{});
  }
  /// Writes spaces as `mark`, a character, and puts one before a piece that begins with none.
  /// Throws bad_format after add_byte_level, and for the second time: pieces that are cut and
  /// marked in turns would grow with every turn.
  void add_metaspace(std::string mark, prefix_scheme scheme,
                     std::string_view where = "pre_tokenizer") {
    check_before_byte_level("Metaspace", where);
    if (has_step<metaspace_step>())
      fail(errc::bad_format, where, ": Metaspace for the second time");
    steps_.push_back(metaspace_step{{" ", std::move(mark)}, scheme});
  }
  /// From here on, patterns see the byte-level alphabet instead of the text, and steps only cut.
  void add_byte_level() { byte_level_ = true; }
  bool is_byte_level() const { return byte_level_; }
  bool adds_prefix_space() const { return has_step<prefix_space_step>(); }
  /// Whether a Metaspace writes `from` as `to`.
  bool replaces(std::string_view from, std::string_view to) const {
    for (const step& s : steps_)
      if (const auto* m = std::get_if<metaspace_step>(&s))
        if (m->spaces.from == from && m->spaces.to == to) return true;
    return false;
  }

  /// Calls sink(word) for every word, in the order of the text. The view lives until sink returns.
  /// Bytes that are no UTF-8 stay where they are. Throws bad_format when a pattern hits a limit.
  template <class Sink>
  void split(std::string_view text, const Sink& sink, const text_place& place = {}) const {
    std::deque<regex_search> searches;  // of each step that has a pattern
    for (const step& s : steps_)
      if (const auto* split = std::get_if<split_step>(&s)) searches.emplace_back(split->pattern);
    const bool first = !place.inside && place.control_before < 0;
    run(text, sink, 0, searches.begin(),
        place.inside ? before::text
        : first      ? before::nothing
                     : before::other_piece);
  }

 private:
  struct split_step {
    regex pattern;
    split_behavior behavior;
    bool invert;
  };
  struct prefix_space_step {};
  struct metaspace_step {
    replaced spaces;
    prefix_scheme scheme;
  };
  struct byte_level_step {};
  using step = std::variant<split_step, prefix_space_step, metaspace_step, byte_level_step>;
  enum class before { nothing, text, other_piece };  // what stands before a piece
  using search_iterator = std::deque<regex_search>::iterator;

  template <class Step>
  bool has_step() const {
    for (const step& s : steps_)
      if (std::holds_alternative<Step>(s)) return true;
    return false;
  }
  // what is put into a text afterwards stands outside the alphabet, and stands for no byte
  void check_before_byte_level(std::string_view what, std::string_view where) const {
    if (byte_level_) fail(errc::bad_format, where, ": ", what, " after ByteLevel, want it before");
  }

  // step `at` and those after it, with the searches that they need
  template <class Sink>
  void run(std::string_view piece, const Sink& sink, index at, search_iterator search,
           before left) const {
    if (piece.empty()) return;
    if (at == steps_.size())  // what was written in the alphabet has only been cut since
      return has_step<byte_level_step>() ? sink(from_byte_level(piece).value()) : sink(piece);
    const auto next = [&](std::string_view text) { run(text, sink, at + 1, search, left); };
    if (const auto* split = std::get_if<split_step>(&steps_[at])) {
      cut(piece, *split, *search, [&](std::string_view part) {
        const bool begins = part.data() == piece.data();
        run(part, sink, at + 1, search + 1, begins ? left : before::other_piece);
      });
    } else if (const auto* metaspace = std::get_if<metaspace_step>(&steps_[at])) {
      next(with_metaspace(piece, *metaspace, left));
    } else if (std::holds_alternative<byte_level_step>(steps_[at])) {
      next(to_byte_level(piece));
    } else if (piece.front() == ' ' || left == before::text) {
      next(piece);
    } else {
      next(concat(" ", piece));
    }
  }

  static std::string with_metaspace(std::string_view piece, const metaspace_step& s, before left) {
    const bool wanted = s.scheme == prefix_scheme::always ||
                        (s.scheme == prefix_scheme::first && left == before::nothing);
    const bool has_one = piece.front() == ' ' || piece.starts_with(s.spaces.to);
    std::string out = wanted && !has_one && left != before::text ? s.spaces.to : std::string();
    detail::append_replaced(out, piece, s.spaces, {piece, "Metaspace"});
    return out;
  }

  // the pieces of one split, empty ones among them
  template <class Sink>
  static void cut(std::string_view text, const split_step& s, regex_search& search,
                  const Sink& sink) {
    index begin = 0, end = 0;  // of the piece that may still grow
    bool last_match = false, any = false;
    const auto flush = [&] { sink(text.substr(begin, end - begin)); };
    const auto add = [&](index from, index to, bool match) {
      const bool joins =
          any && ((s.behavior == split_behavior::contiguous && match == last_match) ||
                  (s.behavior == split_behavior::merged_with_previous && match && !last_match) ||
                  (s.behavior == split_behavior::merged_with_next && !match && last_match));
      if (any && !joins) flush();
      if (!joins) begin = from;
      end = to;
      last_match = match;
      any = !(s.behavior == split_behavior::removed && match);
    };
    index done = 0;
    search.for_each_match(text, [&](index from, index to) {
      if (done != from) add(done, from, s.invert);
      add(from, to, !s.invert);
      done = to;
    });
    if (done != text.size()) add(done, text.size(), s.invert);
    if (any) flush();
  }

  std::vector<step> steps_;
  bool byte_level_ = false;
};

}  // namespace gkd::inline v0
