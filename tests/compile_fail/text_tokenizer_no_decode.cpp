// SPDX-License-Identifier: Apache-2.0
// A tokenizer that decodes one token only.
// expect: gkd: a tokenizer needs  std::string decode(std::span<const gkd::token> ids)
#include <gkd/text/encode_chat.hpp>

struct words {
  std::vector<gkd::token> encode(std::string_view) const { return {}; }
#if GKD_TWIN
  std::string decode(std::span<const gkd::token>) const { return ""; }
#else
  std::string decode(gkd::token) const { return ""; }
#endif
  std::optional<gkd::token> control_id(std::string_view) const { return 0; }
  gkd::index vocab_size() const { return 1; }
  gkd::token eos() const { return 0; }
};

int main() {
  return static_cast<int>(gkd::encode_chat({{"user", "a"}}, words{}, gkd::plain).prompt_length);
}
