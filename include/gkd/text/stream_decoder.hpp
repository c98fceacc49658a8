// SPDX-License-Identifier: Apache-2.0
// Text of tokens as they are sampled, one by one: what a terminal can show at once.
//
//   stream_decoder text(tokenizer);
//   while (...) std::fputs(text.push(id).c_str(), stdout);
//   std::fputs(text.finish().c_str(), stdout);
#pragma once

#include <gkd/core/utf8.hpp>
#include <gkd/text/tokenizer.hpp>

#include <span>    // span
#include <string>  // string

namespace gkd::inline v0 {

/// All that it gives, put together, is decode() of all ids with U+FFFD for malformed bytes, for
/// tokenizers whose decode, or decode_inside after the beginning, goes token by token, as
/// byte_tokenizer's and bpe_tokenizer's do.
template <class Tokenizer>
class stream_decoder {
 public:
  /// The tokenizer must outlive it.
  explicit stream_decoder(const Tokenizer& t) : tokenizer_(t) { check_tokenizer<Tokenizer>(); }

  /// The characters that this token completes, "" while one is unfinished.
  std::string push(token id) { return stream_.push(bytes_of(std::span(&id, 1))); }
  /// The end of the text: U+FFFD if it ends inside a character. Then a new text may begin.
  std::string finish() {
    begun_ = false;
    return stream_.finish();
  }

 private:
  std::string bytes_of(std::span<const token> id) {
    if constexpr (detail::has_decode_inside<Tokenizer>) {
      std::string bytes = tokenizer_.decode_inside(id);
      if (begun_) return bytes;
      begun_ = !bytes.empty();  // control tokens begin no text
    }
    return tokenizer_.decode(id);
  }

  const Tokenizer& tokenizer_;
  utf8_stream stream_;
  bool begun_ = false;
};

}  // namespace gkd::inline v0
