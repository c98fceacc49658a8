// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/normal_steps.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {
using steps = std::vector<normal_step>;

std::string after(const steps& s, std::string_view text, bool inside = false) {
  std::string storage;
  return std::string(normalized(text, s, inside, storage));
}
}  // namespace

TEST_CASE("normalized: steps one after another, by hand") {
  const steps llama2{prefixed{"_"}, replaced{" ", "_"}};
  CHECK(after(llama2, "a b") == "_a_b");
  CHECK(after(llama2, "a b", true) == "a_b");
  CHECK(after(llama2, "") == "");
  CHECK(after({replaced{"aa", "b"}, replaced{"bb", "a"}}, "aaaaa") == "aa");
  CHECK(after({normal_form::nfc, replaced{"\xc3\xa9", "e"}}, "e\xcc\x81") == "e");
}

TEST_CASE("all_replaced: what needs no change is returned as it came") {
  std::string storage;
  const std::string_view text = "abc";
  CHECK(all_replaced(text, {{"x", "y"}}, storage).data() == text.data());
  CHECK(all_replaced(text, {{"b", "xx"}, {"xxc", ""}}, storage) == "a");
}

TEST_CASE("steps that double a text end at 16 times its length and 256 bytes") {
  const std::vector<replaced> doubling(64, {"a", "aa"});
  std::string storage;
  CHECK_ERROR(all_replaced("a", doubling, storage, "t.json: decoder"), errc::bad_format,
              "t.json: decoder: \"a\" becomes more than 272 bytes, want at most 16 times its 1 "
              "and 256");
  CHECK_ERROR(after(steps(64, replaced{"a", "aa"}), "a"), errc::bad_format,
              "normalizer: \"a\" becomes more than 272 bytes");
  // one step alone, which stops before all of it is made
  CHECK_ERROR(after({replaced{"a", std::string(1 << 20, 'b')}}, std::string(1 << 20, 'a')),
              errc::bad_format,
              "becomes more than 16777472 bytes, want at most 16 times its 1048576");
  CHECK(after({prefixed{std::string(271, 'b')}}, "a").size() == 272);
  CHECK_ERROR(after({prefixed{std::string(272, 'b')}}, "a"), errc::bad_format, "more than 272");
  // U+FDFA has the longest of all normal forms, 33 bytes for 3; 18 characters for each of them
  std::string widest;
  for (int i = 0; i < 100; ++i) widest += "\xef\xb7\xba";
  CHECK(after({normal_form::nfkd}, widest).size() == 3300);
}
