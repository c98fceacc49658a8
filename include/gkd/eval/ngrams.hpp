// SPDX-License-Identifier: Apache-2.0
// Words and n-grams, for ROUGE and BLEU. An n-gram is n neighbours of a sequence of tokens of any
// type with an order: token ids or words.
#pragma once

#include <gkd/core/config.hpp>

#include <map>          // map
#include <span>         // span
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

/// What stands between blanks.
inline std::vector<std::string> blank_separated_words(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (char c : text) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank && !inside) words.emplace_back();
    if (!blank) words.back() += c;
    inside = !blank;
  }
  return words;
}

/// Runs of letters a-z and digits in lower case, as the reference implementation of ROUGE takes
/// them; every other byte separates.
inline std::vector<std::string> rouge_words(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) c = ' ';
  }
  return blank_separated_words(plain);
}

namespace detail {

/// How often each n-gram occurs.
template <class T>
std::map<std::vector<T>, index> ngram_counts(std::span<const T> tokens, index n) {
  std::map<std::vector<T>, index> counts;
  for (index i = 0; i + n <= tokens.size(); ++i)
    ++counts[std::vector<T>(tokens.begin() + static_cast<std::ptrdiff_t>(i),
                            tokens.begin() + static_cast<std::ptrdiff_t>(i + n))];
  return counts;
}

}  // namespace detail
}  // namespace gkd::inline v0
