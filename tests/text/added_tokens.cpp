// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/added_tokens.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {

// the pieces, tokens as [id:piece]
std::string pieces(const std::vector<added_token>& tokens, std::string_view text) {
  std::string out;
  added_token_finder(tokens).split(text, [&](std::string_view piece, std::optional<token> id) {
    out += id ? concat("[", *id, ":", piece, "]") : concat("(", piece, ")");
  });
  return out;
}

}  // namespace

TEST_CASE("added_token_finder: names and the text between them") {
  const std::vector<added_token> tokens{{1, "<s>"}, {2, "</s>"}};
  CHECK(pieces(tokens, "a<s>b</s></s>") == "(a)[1:<s>](b)[2:</s>][2:</s>]");
  CHECK(pieces(tokens, "<s") == "(<s)");
  CHECK(pieces(tokens, "<<s>>") == "(<)[1:<s>](>)");
  CHECK(pieces(tokens, "") == "");
  CHECK(pieces({}, "<s>") == "(<s>)");
}

TEST_CASE("added_token_finder: the leftmost, then the longest") {
  const std::vector<added_token> tokens{{1, "ab"}, {2, "abcd"}, {3, "bcde"}, {4, "b"}};
  CHECK(pieces(tokens, "abcde") == "[2:abcd](e)");
  CHECK(pieces(tokens, "abcx") == "[1:ab](cx)");
  CHECK(pieces(tokens, "bcd") == "[4:b](cd)");
  CHECK(pieces(tokens, "bcde") == "[3:bcde]");
  CHECK(pieces({{2, "a"}, {1, "a"}}, "a") == "[1:a]");
  CHECK(pieces({{1, "  "}, {2, "   "}}, std::string(7, ' ')) == "[2:   ][2:   ]( )");
}

TEST_CASE("added_token_finder: white space on either side") {
  CHECK(pieces({{1, "X", false, true, false}}, "a \t\xc2\xa0X b") == "(a)[1: \t\xc2\xa0X]( b)");
  CHECK(pieces({{1, "X", false, false, true}}, "a X \n b") == "(a )[1:X \n ](b)");
  CHECK(pieces({{1, "X", false, true, true}}, "X X  X") == "[1:X ][1:X  ][1:X]");
  CHECK(pieces({{1, "X", false, true, true}}, "\xff X\xe3\x80\x80\xe3") ==
        "(\xff)[1: X\xe3\x80\x80](\xe3)");
}

TEST_CASE("added_token_finder: only where no word goes on") {
  const std::vector<added_token> tokens{{.id = 1, .content = "in", .single_word = true}};
  CHECK(pieces(tokens, "in") == "[1:in]");
  CHECK(pieces(tokens, "in in-in") == "[1:in]( )[1:in](-)[1:in]");
  CHECK(pieces(tokens, "inin sin in_ in3 in\xc3\xa9 \xc3\xa9in in\xe2\x80\x8d") ==
        "(inin sin in_ in3 in\xc3\xa9 \xc3\xa9in in\xe2\x80\x8d)");
  CHECK(pieces(tokens, "\xffin\xff") == "(\xff)[1:in](\xff)");
}

TEST_CASE("S90: a mebibyte of what long names begin with; 4096 bytes of each once took a minute") {
  std::vector<added_token> tokens;
  for (index n = 0; n < 64; ++n)
    tokens.push_back({static_cast<token>(n), std::string(longest_added_token - 1 - n, 'a') + "b"});
  const std::string text(1 << 20, 'a');
  index named = 0;
  added_token_finder(tokens).split(
      text + "b", [&](std::string_view, std::optional<token> id) { named += id == 0; });
  CHECK(named == 1);  // the longest of them ends the text
}

TEST_CASE("added_token_finder: names that are too long") {
  const std::string longest(longest_added_token, 'a');
  CHECK(pieces({{7, longest}}, longest + "a") == "[7:" + longest + "](a)");
  CHECK_ERROR(added_token_finder({{7, longest + "a"}}), errc::bad_format,
              "added token 7 is looked for by 257 bytes, want at most 256: \"aaa");
}

TEST_CASE("S90: a mebibyte of spaces with tokens of spaces that take spaces") {
  std::vector<added_token> tokens;
  for (index n = 1; n <= 32; ++n)
    tokens.push_back({static_cast<token>(n), std::string(n, ' '), false, true, true});
  index found = 0;
  added_token_finder(tokens).split(
      std::string(1 << 20, ' '),
      [&](std::string_view, std::optional<token> id) { found += id == 32; });
  CHECK(found == 1);  // it takes all
}

TEST_CASE("White space that a token took was the same token again, over an empty piece") {
  // as `tokenizers` 0.23.3 has them
  CHECK(pieces({{1, " ", false, true, true}}, "a  b") == "(a)[1:  ](b)");
  const std::vector<added_token> tokens{
      {1, "\n", false, true, true}, {2, "  ", false, true}, {3, " X", false, false, true}};
  CHECK(pieces(tokens, "\n\n X  ") == "[1:\n\n ][3: X  ]");
  CHECK(pieces({{1, "X", false, false, true}, {2, "  ", false, true}}, "X  b") == "[1:X  ](b)");
  // one that takes nothing is found in it
  CHECK(pieces({{1, "X", false, false, true}, {2, " "}}, "X  b") == "[1:X  ][2: ][2: ](b)");
}
