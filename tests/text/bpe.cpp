// SPDX-License-Identifier: Apache-2.0
#include <gkd/core/random.hpp>
#include <gkd/text/bpe.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

#include <algorithm>
#include <string>

using namespace gkd;

namespace {

byte_tokens all_bytes() {
  byte_tokens bytes;
  for (gkd::index b = 0; b < 256; ++b) bytes[b] = static_cast<token>(b);
  return bytes;
}

std::vector<token> encode(const bpe& b, std::string_view word, bpe_unknown unknown = {}) {
  std::vector<token> ids;
  b.encode(word, ids, unknown);
  return ids;
}

// The definition, word for word: the first merge of the list that applies, at its leftmost place.
std::vector<token> by_definition(const std::vector<bpe_merge>& merges, std::string_view word) {
  std::vector<token> ids;
  for (char c : word) ids.push_back(static_cast<unsigned char>(c));
  for (bool found = true; found;) {
    found = false;
    for (const bpe_merge& m : merges) {
      for (gkd::index i = 0; i + 1 < ids.size() && !found; ++i)
        if (ids[i] == m.left && ids[i + 1] == m.right) {
          ids[i] = m.joined;
          ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(i) + 1);
          found = true;
        }
      if (found) break;
    }
  }
  return ids;
}

}  // namespace

TEST_CASE("bpe: merges in the order of the list, the leftmost of equals first, by hand") {
  const bpe b(all_bytes(), std::vector<bpe_merge>{
                               {'h', 'e', 256}, {'l', 'l', 257}, {256, 257, 258}, {'a', 'a', 259}});
  CHECK(encode(b, "hello") == std::vector<token>{258, 'o'});
  CHECK(encode(b, "") == std::vector<token>{});
  CHECK(encode(b, "x") == std::vector<token>{'x'});
  CHECK(encode(b, "lll") == std::vector<token>{257, 'l'});
  CHECK(encode(b, "aaa") == std::vector<token>{259, 'a'});
  CHECK(encode(b, std::string_view("\xff\0", 2)) == std::vector<token>{255, 0});
}

TEST_CASE("bpe: an earlier merge of the list goes before a longer piece") {
  // "abc": b c is first in the list, so that ab is never made
  const bpe b(all_bytes(), std::vector<bpe_merge>{{'b', 'c', 256}, {'a', 'b', 257}});
  CHECK(encode(b, "abc") == std::vector<token>{'a', 256});
  CHECK(encode(b, "ab") == std::vector<token>{257});
}

TEST_CASE("bpe: short and long words, with random merges, as the definition says") {
  const random_stream random(3, purpose::data);
  std::uint64_t draw = 0;
  std::vector<bpe_merge> merges;
  for (token next = 256; next < 330; ++next) {  // pairs of "abc" and of what came before
    const auto pick = [&] {
      const token t =
          static_cast<token>(random.below(draw++, static_cast<std::uint64_t>(next) - 253));
      return t < 3 ? 'a' + t : t + 253;
    };
    merges.push_back({pick(), pick(), next});
  }
  const bpe b(all_bytes(), merges);
  std::vector<bpe_merge> definition;  // of a pair that is listed twice, the later one
  for (const bpe_merge& m : merges) {
    const auto later = [&](const bpe_merge& n) {
      return n.left == m.left && n.right == m.right && n.joined > m.joined;
    };
    if (std::none_of(merges.begin(), merges.end(), later)) definition.push_back(m);
  }
  CHECK(definition.size() < merges.size());
  gkd::index long_words = 0;
  for (int i = 0; i < 600; ++i) {
    std::string word(random.below(draw++, 90), 'a');
    for (char& c : word) c = static_cast<char>('a' + random.below(draw++, 3));
    long_words += word.size() > 32;
    CHECK(encode(b, word) == by_definition(definition, word));
  }
  CHECK(long_words > 300);
}

TEST_CASE("bpe: a merge without ids takes no part but keeps its rank") {
  const bpe b(all_bytes(), std::vector<bpe_merge>{{'a', 'b', -1}, {'b', 'c', 256}});
  CHECK(encode(b, "abc") == std::vector<token>{'a', 256});
}

TEST_CASE("bpe: bytes without a token are lost, or become the unknown token") {
  byte_tokens bytes = all_bytes();
  bytes['x'] = bytes['y'] = -1;
  const bpe b(bytes, std::vector<bpe_merge>{{'a', 'b', 256}});
  CHECK(b.has('a'));
  CHECK_FALSE(b.has('x'));
  CHECK(encode(b, "xaxby") == std::vector<token>{256});
  CHECK(encode(b, "xyaxb", {.id = 300}) == std::vector<token>{300, 300, 'a', 300, 'b'});
  CHECK(encode(b, "xyaxb", {.id = 300, .fuse = true}) == std::vector<token>{300, 'a', 300, 'b'});
  const std::string many(100, 'x');
  CHECK(encode(b, many) == std::vector<token>{});
  CHECK(encode(b, many, {.id = 300, .fuse = true}) == std::vector<token>{300});
}

TEST_CASE("bpe: no merges, tokens far apart, a self-referential merge") {
  CHECK(encode(bpe(all_bytes(), {}), "ab") == std::vector<token>{'a', 'b'});
  // a a -> a shortens any run to one token and ends
  const bpe b(all_bytes(), std::vector<bpe_merge>{{'a', 'a', 'a'}, {4'000'000, 'b', 5}});
  CHECK(encode(b, std::string(1000, 'a')) == std::vector<token>{'a'});
  CHECK(encode(b, "aab") == std::vector<token>{'a', 'b'});
}

TEST_CASE("S90: a mebibyte of one word encodes; a quadratic encoder would never end") {
  std::vector<bpe_merge> merges;
  merges.push_back({'a', 'a', 256});
  for (token id = 256; id < 276; ++id) merges.push_back({id, id, id + 1});  // up to 2^21 a
  const bpe b(all_bytes(), merges);
  CHECK(encode(b, std::string(1 << 20, 'a')) == std::vector<token>{275});
  CHECK(encode(b, std::string(1 << 20, 'b')).size() == 1 << 20);
}
