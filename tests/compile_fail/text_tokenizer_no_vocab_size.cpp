// SPDX-License-Identifier: Apache-2.0
// A tokenizer whose vocabulary size is no const member.
// expect: gkd: a tokenizer needs  gkd::index vocab_size() const
#include <gkd/text/encode_chat.hpp>

struct words {
  std::vector<gkd::token> encode(std::string_view) const { return {}; }
  std::string decode(std::span<const gkd::token>) const { return ""; }
  std::optional<gkd::token> control_id(std::string_view) const { return 0; }
#if GKD_TWIN
  gkd::index vocab_size() const { return 1; }
#else
  gkd::index vocab_size() { return 1; }
#endif
  gkd::token eos() const { return 0; }
};

int main() {
  return static_cast<int>(gkd::encode_chat({{"user", "a"}}, words{}, gkd::plain).prompt_length);
}
