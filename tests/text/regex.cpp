// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/regex.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

#include <vector>

using namespace gkd;

namespace {

std::vector<std::string> matches(const regex& r, std::string_view text) {
  std::vector<std::string> out;
  regex_search search(r);
  search.for_each_match(
      text, [&](index begin, index end) { out.emplace_back(text.substr(begin, end - begin)); });
  return out;
}
std::vector<std::string> matches(std::string_view pattern, std::string_view text) {
  return matches(regex::oniguruma(pattern, "test"), text);
}
using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("regex: matches from left to right, none within another") {
  CHECK(matches("a+|b", "aabba") == texts{"aa", "b", "b", "a"});
  CHECK(matches("aa", "aaaaa") == texts{"aa", "aa"});
  CHECK(matches(R"(\p{N}{1,3})", "12345") == texts{"123", "45"});
  CHECK(matches("(?i:'s|'LL)", "'S 'll '\xc5\xbf") == texts{"'S", "'ll", "'\xc5\xbf"});  // long s
  CHECK(matches("x", "") == texts{});
}

TEST_CASE("regex: an empty match only where the last match did not end") {
  CHECK(matches("a*", "baac") == texts{"", "aa", ""});
  CHECK(matches("x?", "\xc3\xa9\xc3\xa9") == texts{"", "", ""});
  CHECK(matches("(?=b)", "abb") == texts{"", ""});
}

TEST_CASE("regex: white space is Unicode's, not PCRE2's") {
  const std::string mongolian = "\xe1\xa0\x8e";  // U+180E, a space until Unicode 6.3
  CHECK(matches(R"(\s+)", " \xc2\x85" + mongolian + "\xe3\x80\x80") ==
        texts{" \xc2\x85", "\xe3\x80\x80"});
  CHECK(matches(R"(\S)", " " + mongolian) == texts{mongolian});
  CHECK(matches(R"([^\s]+)", "a\xe2\x80\xa9" + mongolian) == texts{"a", mongolian});
}

TEST_CASE("regex: scripts, escapes, anchors as in Oniguruma") {
  CHECK(matches(R"(\p{Han}+)", "\xe4\xbd\xa0\xe3\x80\x82\xe5\xa5\xbd") ==
        texts{"\xe4\xbd\xa0", "\xe5\xa5\xbd"});  // U+3002 has Han among its extensions only
  CHECK(matches(R"(\p{^L}+)", "a1-b") == texts{"1-"});
  CHECK(matches(R"(\P{Lu}+)", "aBc") == texts{"a", "c"});
  CHECK(matches(R"(\u00e9|\x{1f600}|\-|\n)", "\xc3\xa9-\xf0\x9f\x98\x80\n") ==
        texts{"\xc3\xa9", "-", "\xf0\x9f\x98\x80", "\n"});
  CHECK(matches("b$|^c", "ab\ncb") == texts{"b", "c", "b"});
  CHECK(matches(".+", "a\r\nb") == texts{"a\r", "b"});
  CHECK(matches(R"([\]\-a]+)", "a]-[") == texts{"a]-"});
  CHECK(matches("a{2}b{1,}?c{0,1}", "aabbc") == texts{"aab"});
}

TEST_CASE("regex: bytes that are no UTF-8 match nothing, and texts end there") {
  CHECK(matches(".+",
                "ab\xff\xfe"
                "cd\xe2\x82") == texts{"ab", "cd"});
  CHECK(matches(R"(a+(?!\S))",
                "aa\xff"
                "a b") == texts{"aa", "a"});
  CHECK(matches(R"([^a]+)", "\xff\x80") == texts{});
}

TEST_CASE("regex: a text of its own characters") {
  CHECK(matches(regex::literal("a.b(", "test"), "a.b(axb(a.b(") == texts{"a.b(", "a.b("});
  CHECK(matches(regex::literal("\xc3\xa9", "test"), "e\xc3\xa9") == texts{"\xc3\xa9"});
}

TEST_CASE("regex: copies search the same, matches_at looks at one place") {
  auto first = std::make_unique<regex>("b+", "test");
  const regex copy = *first;
  first.reset();
  CHECK(matches(copy, "abb") == texts{"bb"});
  regex_search search(copy);
  CHECK(search.matches_at("abb", 1));
  CHECK_FALSE(search.matches_at("abb", 0));
  CHECK_FALSE(search.matches_at("", 0));
}

TEST_CASE("S91: a search that takes too long is an error, compiled or interpreted") {
  const std::string text = std::string(40, 'a') + "!";
  for (bool jit : {true, false}) {
    INFO("jit " << jit);
    const regex_limits limits{.steps = 100'000, .jit = jit};
    for (const char* pattern : {"(a+)+$", "(?:a|a)*[bc]", "(a|aa)+$"})
      CHECK_ERROR(matches(regex::oniguruma(pattern, "x.json: step 1", limits), text),
                  errc::bad_format, "x.json: step 1: the pattern");
  }
  CHECK_ERROR(matches(regex::oniguruma("(a+)+$", "x", {.steps = 1000}), text), errc::bad_format,
              "on a text of 41 bytes, from byte 0: match limit exceeded");
}

TEST_CASE("S91: no pattern takes time in the square of a text, within one match or over many") {
  const std::string text(1 << 20, 'a');
  for (const char* pattern : {
           "(?=a)a*[bc]",                  // runs over the rest from every place, and fails
           "a(?=a*+b|)",                   // and matches
           "(?:a*+b|a)+",                  // the same inside one match
           "a(?=(?:(?:a|a){20}b|))",       // a million steps for each match, and few characters
           "(?=a{255})a{254}[bc]|a{255}b"  // what PCRE2 repeats in one step
       })
    for (bool jit : {true, false}) {
      INFO(pattern << ", jit " << jit);
      CHECK_ERROR(matches(regex::oniguruma(pattern, "x", {.jit = jit}), text), errc::bad_format,
                  "match limit exceeded");
    }
  // on short texts they are patterns like others
  CHECK(matches("(?=a)a*[bc]", "aab aa").size() == 1);
  CHECK(matches("(?:a*+b|a)+", std::string(1000, 'a')).size() == 1);
}

TEST_CASE("S90: patterns of tokenizers take few steps on a mebibyte of anything") {
  const char* const patterns[] = {
      // GPT-2, Llama 3, GPT-4o, two of DeepSeek's; Qwen2 has Llama 3's but for {1,3}
      R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3})"
      R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
      R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+)"
      R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3})"
      R"(| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
      R"(\s?\p{L}+)", R"(\s?\p{P}+)"};
  for (const char* pattern : patterns)
    for (const char* unit : {"A", "a", " ", "\n", "1", ".", "'", "\xc3\xa9", "\xe4\xb8\x80",
                             "\xcc\x80", "us", " \n", "a ", "Aa1. "}) {
      INFO(pattern << " on " << in_quotes(unit));
      std::string text;
      while (text.size() < (1 << 20)) text += unit;
      // with no steps but the 256 for each byte
      matches(regex::oniguruma(pattern, "x", {.steps = 0}), text);
    }
}

TEST_CASE("regex: too much memory is an error") {
  const std::string text(1 << 20, 'a');
  const regex_limits limits{.steps = 1'000'000'000, .heap_kib = 1024, .jit = false};
  CHECK_ERROR(matches(regex::oniguruma("(?:(a)|b)*c|d", "x", limits), text), errc::bad_format,
              "heap limit exceeded");
  CHECK_ERROR(matches(regex::oniguruma("(?:(a)|b)*c|d", "x", {.depth = 100, .jit = false}), text),
              errc::bad_format, "matching depth limit exceeded");
}

TEST_CASE("regex: the limit grows with the text, so that long runs pass") {
  std::string text(3 << 20, ' ');
  text += 'x';
  for (bool jit : {true, false})
    CHECK(matches(regex::oniguruma(R"(\s*\n|\s+(?!\S)|\s+)", "x", {.jit = jit}), text).size() == 2);
}

TEST_CASE("regex: what Oniguruma and PCRE2 read differently is refused by name") {
  const auto refused = [](std::string_view pattern, const std::string& what) {
    INFO(pattern);
    CHECK_ERROR(regex::oniguruma(pattern, "f"), errc::bad_format,
                "has " + in_quotes(what) + " at byte");
  };
  refused(R"(a\w+)", R"(\w)");
  refused(R"(\bx)", R"(\b)");
  refused(R"(\h)", R"(\h)");
  refused(R"([\v])", R"(\v)");
  refused(R"(\R)", R"(\R)");
  refused(R"((a)\1)", R"(\1)");
  refused(R"(\xe9)", R"(\x)");
  refused(R"(\x{})", R"(\x)");
  refused(R"(\u12)", R"(\u)");
  refused(R"(\pL)", R"(\p)");
  refused(R"(\p{L)", R"(\p{)");
  refused(R"(\p{L1})", R"(\p{L1})");
  refused("[[:punct:]]", "[:");
  refused("[a[b]]", "[b");
  refused("[a-z&&b]", "&&");
  refused("[]a]", "]");
  refused("(?m:.)", "(?m:");
  refused("(?<n>a)", "(?<n");
  refused("(*UTF)a", "(*");
  refused("a{1,2}+", "{1,2}+");
  refused("a{2}?", "{2}?");
  refused("a{,2}", "{,2");
  refused("a{x", "{x");
  refused("a\\", "\\");
}

TEST_CASE("regex: an error showed 256 bytes of a pattern, which may be another file's text") {
  const std::string most = in_quotes(std::string(64, 'a')) + "...";
  const std::string text(100, 'a');
  for (const char* end : {"\\w", "{256}", "("})
    CHECK_ERROR(regex::oniguruma(text + end, "f"), errc::bad_format, "the pattern " + most);
  const regex slow = regex::oniguruma(text + "|(a+)+$", "f", {.steps = 10});
  CHECK_ERROR(matches(slow, std::string(60, 'a') + "b"), errc::bad_format,
              "the pattern " + most + " on a text of 61 bytes");
}

TEST_CASE("regex: patterns that are none") {
  for (const char* pattern : {"(a", "a)", "[a", "*", "a**", "[z-a]", R"(\p{Nosuch})", "(?<=a+)b"})
    CHECK_ERROR(regex::oniguruma(pattern, "f"), errc::bad_format, "is none for PCRE2: ");
  for (const char* pattern :
       {"a{256}", "a{1,256}", "a{999999999999999999999999}", "(?:a{2,}){256,}"})
    CHECK_ERROR(regex::oniguruma(pattern, "f"), errc::bad_format,
                "repeats something more than 255 times at byte");
  CHECK(matches("a{255}", std::string(600, 'a')).size() == 2);
  CHECK_ERROR(regex::oniguruma("a\xff", "f"), errc::bad_format, "is none for PCRE2: UTF-8 error");
  CHECK_ERROR(regex::oniguruma(std::string(200, '(') + std::string(200, ')'), "f"),
              errc::bad_format, "parentheses are too deeply nested");
  CHECK_ERROR(regex::oniguruma(std::string(70'000, 'a'), "f"), errc::bad_format,
              "pattern string is longer");
}
