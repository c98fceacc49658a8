// SPDX-License-Identifier: Apache-2.0
// Samples are logged as text, which this tokenizer cannot make.
// expect: gkd: a tokenizer needs  std::string decode(std::span<const gkd::token> ids) const
#include <gkd/report/training_log.hpp>

struct counting {
#if GKD_TWIN
  std::string decode(std::span<const gkd::token> ids) const { return std::to_string(ids.size()); }
#endif
};

auto log_to(const std::string& path) {
  return gkd::jsonl_log{path, counting{}, {.sample_every = 10}};
}
