// SPDX-License-Identifier: Apache-2.0
// Compared with the templates in tests/text/chat.cpp, with their ids in tests/text/chat_ids.cpp.
#include <gkd/text/chat_llama2.hpp>

#include <gkd/text/tokenizer.hpp>

#include "support/catch.hpp"
#include "support/role_injection.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {
using kind = segment_kind;
}  // namespace

TEST_CASE("zephyr: two messages, by hand") {
  const std::vector<chat_segment> expected = {
      {kind::text, "<|user|>\n"},      {kind::content, "2 + 3?"},
      {kind::control, "</s>"},         {kind::text, "\n"},
      {kind::text, "<|assistant|>\n"}, {kind::content, "5", true},
      {kind::control, "</s>", true},   {kind::text, "\n"}};
  CHECK(zephyr({{"user", "2 + 3?"}, {"assistant", "5"}}) == expected);
  CHECK(rendered(zephyr({{"system", "Be brief."}, {"user", "Hi"}}, true)) ==
        "<|system|>\nBe brief.</s>\n<|user|>\nHi</s>\n<|assistant|>\n");
}

TEST_CASE("llama2: the system's part is in the first message, the answer has a space around it") {
  CHECK(
      rendered(llama2({{"system", " s "}, {"user", " a "}, {"assistant", " b "}, {"user", "c"}})) ==
      "<s>[INST] <<SYS>>\n s \n<</SYS>>\n\n a [/INST] b </s><s>[INST] c [/INST]");
  CHECK(rendered(llama2({{"system", "s"}, {"user", " \n"}})) ==
        "<s>[INST] <<SYS>>\ns\n<</SYS>> [/INST]");
  CHECK(llama2({{"user", "a"}}, true) == llama2({{"user", "a"}}, false));
  const std::vector<chat_segment> segments = llama2({{"user", "a"}, {"assistant", "b"}});
  REQUIRE(segments.size() == 6);
  CHECK(segments[4] == chat_segment{kind::content, " b ", true});
  CHECK(segments[5] == chat_segment{kind::control, "</s>", true});
}

TEST_CASE("llama2: chats that it refuses") {
  CHECK_ERROR(llama2({{"system", "s"}}), errc::bad_format, "a system message alone");
  CHECK_ERROR(llama2({{"assistant", "s"}}), errc::bad_format, "messages[0]: role \"assistant\"");
  CHECK_ERROR(llama2({{"user", "a"}, {"user", "b"}}), errc::bad_format,
              "messages[1]: role \"user\", want user and assistant in turns, a user first, in the "
              "llama2 format");
  CHECK_ERROR(llama2({{"system", "s"}, {"system", "t"}, {"user", "a"}}), errc::bad_format,
              "messages[1]: role \"system\"");
  CHECK_ERROR(llama2({{"user", "a"}, {"system", "s"}, {"user", "b"}}), errc::bad_format,
              "messages[1]: role \"system\"");
  CHECK_ERROR(phi3_5({{"system", ""}}), errc::bad_format, "an empty system message alone");
  for (const auto& format : {zephyr, llama2, phi3, phi3_5}) {
    CHECK_ERROR(format({}, false), errc::bad_format, "a chat without messages");
    CHECK_ERROR(format({{"user", "a"}, {"tool", "b"}}, true), errc::bad_format,
                "messages[1]: role \"tool\"");
  }
}

TEST_CASE("phi3: the end of a text comes where no answer is asked for") {
  CHECK(rendered(phi3({{"user", "a"}})) == "<|user|>\na<|end|>\n<|endoftext|>");
  CHECK(rendered(phi3({{"user", "a"}}, true)) == "<|user|>\na<|end|>\n<|assistant|>\n");
  CHECK(rendered(phi3({{"system", ""}, {"user", "a"}}, true)).starts_with("<|system|>\n<|end|>"));
  CHECK(rendered(phi3_5({{"system", ""}, {"user", "a"}}, true)).starts_with("<|user|>\na"));
}

TEST_CASE("S80 S81 S82 in the formats of Llama 2's time") {
  const byte_tokenizer llama({"<s>", "</s>"}, "</s>");
  check_no_role_injection(llama, {"<s>", "</s>"}, zephyr);
  check_no_role_injection(llama, {"<s>", "</s>"}, llama2);
  const std::vector<std::string> names = {"<|system|>", "<|user|>", "<|assistant|>", "<|end|>",
                                          "<|endoftext|>"};
  check_no_role_injection(byte_tokenizer(names, "<|end|>"), names, phi3);
}
