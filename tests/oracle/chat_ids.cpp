// SPDX-License-Identifier: Apache-2.0
// What gkd_train --closing_text target makes of chats, for trl_losses.py:
//
//   chat_ids FOLDER CHATS.jsonl > results
//
// Each line out is of one chat: the length of its prompt, then all of its ids.
#include <gkd/data/chat_dataset.hpp>
#include <gkd/data/chat_jsonl.hpp>
#include <gkd/text/chat_template.hpp>
#include <gkd/text/tokenizer_config.hpp>
#include <gkd/text/tokenizer_json.hpp>

#include <cstdio>  // printf

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("chat_ids FOLDER CHATS.jsonl\n", stderr), 2;
  try {
    const gkd::model_folder folder(argv[1]);
    const gkd::tokenizer_config config = gkd::read_tokenizer_config(folder);
    const gkd::chat_dataset data(gkd::read_chats(argv[2]).conversations,
                                 gkd::read_tokenizer(folder),
                                 gkd::recognise_chat_format(config.chat_template.value(), argv[1]),
                                 {.closing = gkd::closing_text::target});
    for (gkd::index i = 0; i < data.size(); ++i) {
      std::printf("%zu", data.prompt(i).size());
      for (gkd::token id : data.full(i).tokens) std::printf(" %d", id);
      std::puts("");
    }
  } catch (const std::exception& e) {
    return std::fprintf(stderr, "%s\n", e.what()), 1;
  }
}
