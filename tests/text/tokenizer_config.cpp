// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/tokenizer_config.hpp>

#include "io/temporary.hpp"
#include "oracle/chat_templates.hpp"
#include "support/catch.hpp"
#include "support/data_dir.hpp"
#include "support/throws.hpp"

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

namespace {

// a model folder with this tokenizer_config.json
tokenizer_config read(const std::string& json) {
  test_folder folder;
  folder.write("tokenizer_config.json", json);
  return read_tokenizer_config(folder.path());
}
// the error's text without the folder's name, or "accepted"
std::string refusal(const std::string& json) {
  test_folder folder;
  folder.write("tokenizer_config.json", json);
  try {
    read_tokenizer_config(folder.path());
  } catch (const error& e) {
    CHECK(e.code() == errc::bad_format);
    const std::string text = e.what(), start = "gkd: " + folder.path() + "/tokenizer_config.json:";
    REQUIRE(text.starts_with(start));
    return text.substr(start.size());
  }
  return "accepted";
}

// the first template of a format
std::string text_of(const std::string& format) {
  for (const oracle::chat_template& t : oracle::templates)
    if (t.format == format) return t.text;
  return "";
}
// as it stands in JSON; the template has no quotes or backslashes
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) c == '\n' ? out += "\\n" : out += c;
  return out;
}

}  // namespace

TEST_CASE("read_tokenizer_config: a folder as transformers 5 writes it") {
  test_folder folder;
  folder.write("tokenizer_config.json", R"({
    "backend": "tokenizers",
    "bos_token": "<|im_start|>",
    "eos_token": "<|im_end|>",
    "model_max_length": 1000000000000000019884624838656,
    "pad_token": "<|im_end|>",
    "tokenizer_class": "TokenizersBackend"
  })");
  folder.write("chat_template.jinja", text_of("smollm2"));
  const tokenizer_config config = read_tokenizer_config(folder.path());
  CHECK(config.folder == folder.path());
  CHECK(config.bos_token == "<|im_start|>");
  CHECK(config.eos_token == "<|im_end|>");
  CHECK(config.pad_token == "<|im_end|>");
  CHECK(config.add_bos_token == std::nullopt);
  CHECK(config.model_max_length == std::nullopt);
  CHECK(config.chat_template == text_of("smollm2"));
  CHECK(config.chat_template_file == folder / "chat_template.jinja");
  CHECK(recognise_chat_format(config).name() == "smollm2");
}

TEST_CASE("read_tokenizer_config: a folder as transformers 4 wrote it") {
  const tokenizer_config config = read(R"({
    "add_bos_token": false, "bos_token": null, "model_max_length": 32768,
    "eos_token": {"__type": "AddedToken", "content": "<|im_end|>", "lstrip": false},
    "added_tokens_decoder": {"151643": {"content": "<|endoftext|>", "special": true}},
    "chat_template": ")" + escaped(text_of("qwen2")) +
                                       R"("
  })");
  CHECK(config.bos_token == std::nullopt);
  CHECK(config.eos_token == "<|im_end|>");
  CHECK(config.pad_token == std::nullopt);
  CHECK(config.add_bos_token == false);
  CHECK(config.model_max_length == gkd::index{32768});
  CHECK(config.chat_template_file.ends_with("/tokenizer_config.json"));
  CHECK(recognise_chat_format(config).name() == "qwen2");
}

TEST_CASE("read_tokenizer_config: of several templates the default, and the file before all") {
  test_folder folder;
  const std::string list =
      R"({"chat_template": [{"name": "tool_use", "template": "A"},
                            {"name": "default", "template": "B"}]})";
  folder.write("tokenizer_config.json", list);
  CHECK(read_tokenizer_config(folder.path()).chat_template == "B");
  folder.write("chat_template.jinja", "C");
  CHECK(read_tokenizer_config(folder.path()).chat_template == "C");
}

TEST_CASE("read_tokenizer_config: an empty object is a config that says nothing") {
  const tokenizer_config config = read("{}");
  CHECK(config.eos_token == std::nullopt);
  CHECK(config.model_max_length == std::nullopt);
  CHECK(config.chat_template == std::nullopt);
  CHECK(config.chat_template_file.empty());
  CHECK_ERROR(recognise_chat_format(config), errc::bad_format,
              "no chat_template.jinja and no \"chat_template\" in tokenizer_config.json");
  CHECK_ERROR(recognise_chat_format(config), errc::bad_format, "chatml, qwen1_5, qwen2, qwen2_5");
}

TEST_CASE("read_tokenizer_config: an unknown template is an error that names its file") {
  test_folder folder;
  folder.write("tokenizer_config.json", "{}");
  folder.write("chat_template.jinja", "{{ 7 * 7 }}");
  CHECK_ERROR(recognise_chat_format(read_tokenizer_config(folder.path())), errc::bad_format,
              "gkd: " + folder.path() + "/chat_template.jinja: a chat template that gkd does not");
}

TEST_CASE("read_tokenizer_config: a typed error for each member") {
  CHECK(refusal("[]") == " want a JSON object");
  CHECK_THAT(refusal("{"), ContainsSubstring("1:2: bad JSON"));
  CHECK(refusal(R"({"eos_token": 2})") == " \"eos_token\" is 2, want a string");
  CHECK(refusal(R"({"eos_token": ["a"]})") == " \"eos_token\" is of type array, want a string");
  CHECK(refusal(R"({"bos_token": {"id": 1}})") == " bos_token: has no \"content\"");
  CHECK(refusal(R"({"bos_token": {"content": null}})") ==
        " bos_token: \"content\" is null, want a string");
  CHECK(refusal(R"({"pad_token": ""})") == " \"pad_token\" is empty, want a token's text or null");
  CHECK(refusal(R"({"add_bos_token": "yes"})") ==
        " \"add_bos_token\" is of type string, want true or false");
  for (const char* bad :
       {"0", "-1", "512.5", "512.0", "\"512\"", "true", "[]", "-1e30", "-10000000000000000000000"})
    CHECK_THAT(refusal(std::string(R"({"model_max_length": )") + bad + "}"),
               ContainsSubstring("want an integer from 1 to 9223372036854775807"));
  CHECK(refusal(R"({"chat_template": 1})") == " \"chat_template\" is 1, want a string");
  CHECK(refusal(R"({"chat_template": []})") ==
        " \"chat_template\" is a list of 0 templates without one named \"default\"");
  CHECK(refusal(R"({"chat_template": [{"name": "rag", "template": "A"}]})") ==
        " \"chat_template\" is a list of 1 templates without one named \"default\": \"rag\"");
  CHECK(refusal(R"({"chat_template": [{"name": "default"}]})") ==
        " \"chat_template\"[0]: has no \"template\"");
  CHECK(refusal(R"({"chat_template": ["A"]})") ==
        " \"chat_template\"[0]: of type string, want an object with \"name\"");
  CHECK(refusal(R"({"chat_template": [{"name": "default", "template": "A"},
                                      {"name": "default", "template": "B"}]})") ==
        " \"chat_template\"[1]: the second template named \"default\"");
}

TEST_CASE("read_tokenizer_config: lengths, from a token to no limit") {
  const auto length = [](const std::string& digits) {
    return read(R"({"model_max_length": )" + digits + "}").model_max_length;
  };
  CHECK(length("1") == gkd::index{1});
  CHECK(length("9223372036854775807") == gkd::index{9223372036854775807u});
  CHECK(length("null") == std::nullopt);
  CHECK(length("1e30") == std::nullopt);
  CHECK(length("18446744073709551615") == std::nullopt);
  CHECK(length("1000000000000000019884624838656") == std::nullopt);
  CHECK_THAT(refusal(R"({"model_max_length": 9223372036854775808})"),
             ContainsSubstring("an integer above 2^63 - 1"));
  CHECK_THAT(refusal(R"({"model_max_length": 00000000000000000000000})"),
             ContainsSubstring("bad JSON"));
}

TEST_CASE("read_tokenizer_config: long digits elsewhere stay as they are") {
  const std::string digits = "12345678901234567890123";
  CHECK(read(R"({"eos_token": "\")" + digits + R"(\\"})").eos_token == "\"" + digits + "\\");
  CHECK(read(R"({"a": 0.)" + digits + R"(, "b": [1.5e-3, -)" + digits + R"(], "eos_token": "a"})")
            .eos_token == "a");
  // the column of an error behind them
  CHECK_THAT(refusal(R"({"a": 1000000000000000000000, ?})"), ContainsSubstring("1:31: bad JSON"));
}

TEST_CASE("read_tokenizer_config: files that are not there, or not files") {
  CHECK_ERROR(read_tokenizer_config(""), errc::bad_argument, "an empty path");
  test_folder folder;
  CHECK_ERROR(read_tokenizer_config(folder.path()), errc::io_failure, "tokenizer_config.json");
  folder.write("tokenizer_config.json", "{}");
  std::filesystem::create_directory(folder / "chat_template.jinja");
  CHECK_ERROR(read_tokenizer_config(folder.path()), errc::io_failure,
              "chat_template.jinja: not a regular file");
  std::filesystem::remove(folder / "chat_template.jinja");
  std::filesystem::create_symlink("nowhere", folder / "chat_template.jinja");
  CHECK_ERROR(read_tokenizer_config(folder.path()), errc::io_failure, "chat_template.jinja");
  std::filesystem::remove(folder / "chat_template.jinja");
  folder.write("chat_template.jinja", std::string((1 << 20) + 1, 'x'));
  CHECK_ERROR(read_tokenizer_config(folder.path()), errc::bad_format, "more than 1048576 bytes");
}

TEST_CASE("read_tokenizer_config: the Hub's cache, and links that lead out of a folder") {
  test_folder hub;
  const std::string model = hub / "models--org--name";
  std::filesystem::create_directories(model + "/blobs");
  std::filesystem::create_directories(model + "/snapshots/abc");
  hub.write("models--org--name/blobs/1", R"({"eos_token": "<|im_end|>"})");
  hub.write("models--org--name/blobs/2", text_of("smollm2"));
  const auto show = [&](const char* blob, const char* name) {
    std::filesystem::create_symlink(std::string("../../blobs/") + blob,
                                    model + "/snapshots/abc/" + name);
  };
  show("1", "tokenizer_config.json");
  show("2", "chat_template.jinja");
  for (const std::string& path : {model, model + "/snapshots/abc"}) {
    const tokenizer_config config = read_tokenizer_config(path);
    CHECK(config.folder == model + "/snapshots/abc");
    CHECK(config.eos_token == "<|im_end|>");
    CHECK(recognise_chat_format(config).name() == "smollm2");
  }
  test_folder folder;
  folder.write("tokenizer_config.json", "{}");
  std::filesystem::create_symlink(hub / "models--org--name/blobs/2",
                                  folder / "chat_template.jinja");
  CHECK_ERROR(read_tokenizer_config(folder.path()), errc::bad_format, "outside the model's folder");
}

TEST_CASE("read_tokenizer_config: 57 MB of empty objects took 2 GB and eight seconds") {
  const auto objects = [](gkd::index count) {
    std::string json = "{\"x\": [{}";
    for (gkd::index i = 1; i < count; ++i) json += ",{}";
    return json + "]}";
  };
  CHECK(refusal(objects(190'000)) == "accepted");
  CHECK_THAT(refusal(objects(200'000)), ContainsSubstring("more than 200000 values"));
  CHECK_THAT(refusal("{\"x\": \"" + std::string(8'000'000, ' ') + "\"}"),
             ContainsSubstring("more than 8000000 bytes"));
}

TEST_CASE("read_tokenizer_config: the folders in the data folder") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const auto read_folder = [&](const char* name) {
    return read_tokenizer_config((*data / "tokenizers-hf" / name).string());
  };
  const tokenizer_config qwen = read_folder("qwen2.5");
  CHECK(recognise_chat_format(qwen).name() == "qwen2_5");
  CHECK(qwen.eos_token == "<|im_end|>");
  CHECK(qwen.pad_token == "<|endoftext|>");
  CHECK(qwen.bos_token == std::nullopt);
  CHECK(qwen.add_bos_token == false);
  CHECK(qwen.model_max_length == gkd::index{131072});
  CHECK(read_folder("phi-3-mini").bos_token == "<s>");
  CHECK(recognise_chat_format(read_folder("phi-3-mini")).name() == "phi3");
  CHECK_ERROR(recognise_chat_format(read_folder("qwen3")), errc::bad_format,
              "a chat template that gkd does not know, 4168 bytes");
  CHECK(read_folder("whisper.tiny").model_max_length == gkd::index{1024});
  CHECK(read_folder("t5-small").eos_token == "</s>");
  CHECK(read_folder("roberta-base").eos_token == std::nullopt);
}
