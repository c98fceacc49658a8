// SPDX-License-Identifier: Apache-2.0
// A number where a chat format is given a name.
// expect: gkd: a chat format needs  std::vector<gkd::chat_segment> operator()(const
// expect: gkd::conversation& messages, bool add_generation_prompt) const
#include <gkd/text/chat_template.hpp>

#if GKD_TWIN
const gkd::chat_format mine("mine", gkd::chatml);
#else
const gkd::chat_format mine("mine", 3);
#endif

auto text = mine({{"user", "a"}});
