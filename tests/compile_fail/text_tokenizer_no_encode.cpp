// SPDX-License-Identifier: Apache-2.0
// A tokenizer that gives pieces instead of ids.
// expect: gkd: a tokenizer needs  std::vector<gkd::token> encode(std::string_view text)
#include <gkd/text/encode_chat.hpp>

struct words {
#if GKD_TWIN
  std::vector<gkd::token> encode(std::string_view) const { return {}; }
#else
  std::vector<std::string> encode(std::string_view) const { return {}; }
#endif
  std::string decode(std::span<const gkd::token>) const { return ""; }
  std::optional<gkd::token> control_id(std::string_view) const { return 0; }
  gkd::index vocab_size() const { return 1; }
  gkd::token eos() const { return 0; }
};

int main() {
  return static_cast<int>(gkd::encode_chat({{"user", "a"}}, words{}, gkd::plain).prompt_length);
}
