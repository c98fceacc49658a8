// SPDX-License-Identifier: Apache-2.0
// What gkd's tokenizer makes of texts, for tokenizer_compare.py:
//
//   tokenizer_ids TOKENIZER.json EOS < texts > results
//
// Each line in is a text as JSON; each line out an array: the ids of encode(), the ids of
// encode_with_control() without and with special tokens, and decode() of the second as UTF-8.
#include <gkd/text/stream_decoder.hpp>
#include <gkd/text/tokenizer_json.hpp>

#include <cstdio>    // fputs
#include <iostream>  // cin, getline

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("tokenizer_ids TOKENIZER.json EOS\n", stderr), 2;
  try {
    const auto t = gkd::parse_tokenizer(gkd::read_file(argv[1]), argv[2], argv[1]);
    gkd::stream_decoder<gkd::bpe_tokenizer> stream(t);
    for (std::string line; std::getline(std::cin, line);) {
      const std::string text = gkd::parse_json(line, {"stdin"}).get<std::string>();
      const std::vector<gkd::token> ids = t.encode_with_control(text);
      std::string shown;
      for (gkd::token id : ids) shown += stream.push(id);
      shown += stream.finish();
      std::cout << nlohmann::json{t.encode(text), ids, t.encode_with_control(text, true), shown}
                << '\n';
    }
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
