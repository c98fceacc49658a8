// SPDX-License-Identifier: Apache-2.0
// Text of tokens as they are sampled, one by one: what a terminal can show at once.
//
//   stream_decoder text(tokenizer);
//   while (...) std::fputs(text.push(id).c_str(), stdout);
//   std::fputs(text.finish().c_str(), stdout);
#pragma once

#include <gkd/text/tokenizer.hpp>
#include <gkd/text/utf8.hpp>

#include <span>    // span
#include <string>  // string

namespace gkd::inline v0 {

/// All that it gives, put together, is decode() of all ids with U+FFFD for malformed bytes, for
/// tokenizers whose decode goes token by token, as byte_tokenizer's and bpe_tokenizer's do.
template <class Tokenizer>
class stream_decoder {
 public:
  /// The tokenizer must outlive it.
  explicit stream_decoder(const Tokenizer& t) : tokenizer_(t) { check_tokenizer<Tokenizer>(); }

  /// The characters that this token completes, "" while one is unfinished.
  std::string push(token id) { return stream_.push(tokenizer_.decode(std::span(&id, 1))); }
  /// The end of the text: U+FFFD if it ends inside a character. Then a new text may begin.
  std::string finish() { return stream_.finish(); }

 private:
  const Tokenizer& tokenizer_;
  utf8_stream stream_;
};

}  // namespace gkd::inline v0
