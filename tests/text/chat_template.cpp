// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/chat_template.hpp>

#include <gkd/text/encode_chat.hpp>

#include "oracle/chat_templates.hpp"
#include "support/catch.hpp"
#include "support/data_dir.hpp"
#include "support/throws.hpp"

#include <fstream>   // ifstream
#include <iterator>  // istreambuf_iterator
#include <set>       // set

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

namespace {

const conversation chat = {{"user", "2 + 3?"}, {"assistant", "5"}};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

TEST_CASE("recognise_chat_format: Qwen2's template, by hand") {
  const std::string qwen2_template =
      "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
      "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
      "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
      "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
  const chat_format format = recognise_chat_format(qwen2_template);
  CHECK(format.name() == "qwen2");
  CHECK(format(chat) == qwen2(chat));
  CHECK(format({{"user", "a"}}, true) == qwen2({{"user", "a"}}, true));
  // another full stop makes another template
  CHECK(recognise_chat_format(replaced(qwen2_template, "assistant.", "assistant")).name() ==
        "qwen1_5");
  CHECK_ERROR(recognise_chat_format(replaced(qwen2_template, "assistant.", "assistant!")),
              errc::bad_format, "a chat template that gkd does not know");
}

TEST_CASE("recognise_chat_format: every template that the oracle rendered, and no other") {
  std::set<std::string> digests;
  for (const oracle::chat_template& golden : oracle::templates) {
    INFO(golden.format << ": " << golden.source);
    CHECK(digests.insert(golden.sha256).second);
    gkd::index found = 0;
    for (const known_chat_template& known : known_chat_templates())
      if (known.sha256 == golden.sha256) {
        CHECK(known.format == golden.format);
        ++found;
      }
    CHECK(found == 1);
    if (golden.text.empty()) continue;  // not copied: its digest is all there is
    CHECK(hex(sha256_of(golden.text)) == golden.sha256);
    CHECK(recognise_chat_format(golden.text).name() == golden.format);
  }
  CHECK(known_chat_templates().size() == oracle::templates.size());
}

TEST_CASE("recognise_chat_format: line ends do not matter, all other white space does") {
  for (const oracle::chat_template& golden : oracle::templates) {
    if (golden.text.empty()) continue;
    INFO(golden.source);
    const std::string& text = golden.text;
    const std::string bare = text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
    for (const std::string& same : {bare, bare + "\n", bare + "\r\n", bare + "\r", text + "\n",
                                    replaced(text, "\n", "\r\n"), replaced(text, "\n", "\r")})
      CHECK(recognise_chat_format(same).name() == golden.format);
    for (const std::string& other :
         {" " + bare, "\n" + bare, bare + " ", text + "\n\n", replaced(bare, "role", "role "),
          "\xef\xbb\xbf" + bare, bare + '\0', bare.substr(1), bare + bare})
      CHECK_THROWS_AS(recognise_chat_format(other), error);
  }
}

TEST_CASE("recognise_chat_format: an unknown template says what it is and what to do") {
  const std::string hostile = "{{ ''.__class__.__mro__ }}\x1b]52;c;\x07 secret";
  CHECK_THROWS_WITH(
      recognise_chat_format(hostile, "model/chat_template.jinja"),
      "gkd: model/chat_template.jinja: a chat template that gkd does not know, 41 bytes beginning "
      "\"{{ ''.__class__.__mro__ }}\\x1b]52;c\"..., SHA-256 " +
          hex(sha256_of(hostile)).substr(0, 16) +
          "...; gkd runs no templates. If one of the formats chatml, qwen1_5, qwen2, qwen2_5, "
          "smollm2, llama3, llama3_dated, gemma, zephyr, llama2, phi3, phi3_5, plain writes the "
          "same, "
          "choose it by name (format_by_name, --chat_format NAME); else write the format as a "
          "function of ten lines "
          "[docs/concepts.md#chat-format]");
  CHECK_ERROR(recognise_chat_format(""), errc::bad_format,
              "0 bytes beginning \"\", SHA-256 e3b0c4");
}

TEST_CASE("format_by_name: every name gives the function of that name") {
  const conversation turns = {{"user", " a "}, {"assistant", "b"}, {"user", "c"}};
  const auto check = [&](const char* name, const auto& format) {
    INFO(name);
    const chat_format found = format_by_name(name);
    CHECK(found.name() == name);
    CHECK(found(turns, true) == format(turns, true));
    CHECK(found(turns) == format(turns, false));
  };
  check("chatml", chatml);
  check("qwen1_5", qwen1_5);
  check("qwen2", qwen2);
  check("qwen2_5", qwen2_5);
  check("smollm2", smollm2);
  check("llama3", llama3);
  check("llama3_dated", llama3_dated{});
  check("gemma", gemma);
  check("zephyr", zephyr);
  check("llama2", llama2);
  check("phi3", phi3);
  check("phi3_5", phi3_5);
  check("plain", plain);
  CHECK(chat_format_names() ==
        "chatml, qwen1_5, qwen2, qwen2_5, smollm2, llama3, llama3_dated, gemma, zephyr, llama2, "
        "phi3, phi3_5, plain");
  CHECK_ERROR(format_by_name("Qwen2"), errc::bad_argument,
              "gkd: chat format \"Qwen2\", want one of chatml, qwen1_5,");
}

TEST_CASE("chat_format: copies, and takes formats of one's own") {
  chat_format format = format_by_name("chatml");
  const chat_format copy = format;
  format = chat_format("mine", default_system(chatml, "Be brief."));
  CHECK(format.name() == "mine");
  CHECK(copy.name() == "chatml");
  CHECK(copy(chat) == chatml(chat));
  CHECK(rendered(format(chat)).starts_with("<|im_start|>system\nBe brief.<|im_end|>"));
  CHECK(chat_format("dated", llama3_dated{"01 Feb 2025"})(chat) ==
        llama3_dated{"01 Feb 2025"}(chat));
  // wherever a format is taken
  const byte_tokenizer bytes;
  CHECK(encode_chat(chat, bytes, copy).full.tokens == encode_chat(chat, bytes, chatml).full.tokens);
}

TEST_CASE("recognise_chat_format: Phi-3's template, as its tokenizer_config.json has it") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const std::string config =
      text_of(*data / "tokenizers-hf" / "phi-3-mini" / "tokenizer_config.json");
  const auto begin = config.find("{% for message"), end = config.find("\",", begin);
  CHECK(recognise_chat_format(replaced(config.substr(begin, end - begin), "\\n", "\n")).name() ==
        "phi3");
}

TEST_CASE("recognise_chat_format: the templates in the data folder") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const auto folder = *data / "llama.cpp-vocab" / "templates";
  CHECK(recognise_chat_format(text_of(folder / "Qwen-Qwen2.5-7B-Instruct.jinja")).name() ==
        "qwen2_5");
  CHECK(recognise_chat_format(text_of(folder / "meta-llama-Llama-3.2-3B-Instruct.jinja")).name() ==
        "llama3_dated");
  gkd::index others = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("Qwen-Qwen2.5") || name.starts_with("meta-llama-Llama-3.2")) continue;
    INFO(name);
    CHECK_THROWS_AS(recognise_chat_format(text_of(entry.path())), error);
    ++others;
  }
  CHECK(others == 8);
}
