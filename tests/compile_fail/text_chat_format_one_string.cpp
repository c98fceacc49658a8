// SPDX-License-Identifier: Apache-2.0
// A chat format that gives one string, in which the content of messages could forge control tokens.
// expect: gkd: a chat format needs  std::vector<gkd::chat_segment> operator()(const
#include <gkd/text/encode_chat.hpp>

#if GKD_TWIN
std::vector<gkd::chat_segment> lines(const gkd::conversation& messages, bool) {
  return {{gkd::segment_kind::content, messages.front().content}};
}
#else
std::string lines(const gkd::conversation& messages, bool) { return messages.front().content; }
#endif

int main() {
  const gkd::byte_tokenizer bytes;
  return static_cast<int>(gkd::encode_chat({{"user", "a"}}, bytes, lines).prompt_length);
}
