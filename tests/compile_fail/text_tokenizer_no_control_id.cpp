// SPDX-License-Identifier: Apache-2.0
// A tokenizer that looks control tokens up by id instead of by name.
// expect: gkd: a tokenizer needs  std::optional<gkd::token> control_id(std::string_view
#include <gkd/text/encode_chat.hpp>

struct words {
  std::vector<gkd::token> encode(std::string_view) const { return {}; }
  std::string decode(std::span<const gkd::token>) const { return ""; }
#if GKD_TWIN
  std::optional<gkd::token> control_id(std::string_view) const { return 0; }
#else
  bool control_id(gkd::token) const { return false; }
#endif
  gkd::index vocab_size() const { return 1; }
  gkd::token eos() const { return 0; }
};

int main() {
  return static_cast<int>(gkd::encode_chat({{"user", "a"}}, words{}, gkd::plain).prompt_length);
}
