// SPDX-License-Identifier: Apache-2.0
// What is changed, transformers reads as TRL's trainers would have saved it.
#include <gkd/model/hf_source.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;
namespace fs = std::filesystem;

namespace {

nlohmann::json json_of(const hf_source& source, const std::string& name) {
  return nlohmann::json::parse(source.files.at(name));
}
hf_source of(std::map<std::string, std::string> files) {
  hf_source out;
  out.folder = "m";
  out.files = std::move(files);
  return out;
}

}  // namespace

TEST_CASE("read_hf_source: what there is, byte for byte; a file that cannot be read is an error") {
  const test_folder at;
  at.write("config.json", R"({"eos_token_id": 2})");
  at.write("merges.txt", std::string("#\0\r\n", 4));
  at.write("README.md", "not of the model");
  const hf_source source = read_hf_source(at.path());
  CHECK(source.folder == at.path());
  CHECK(source.config == nlohmann::json{{"eos_token_id", 2}});
  CHECK(source.files == std::map<std::string, std::string>{{"merges.txt", {"#\0\r\n", 4}}});

  fs::create_symlink("nowhere", at / "vocab.json");  // a download that broke off
  CHECK_ERROR(read_hf_source(at.path()), errc::io_failure,
              "vocab.json: is a link to a file that is not there");
  fs::remove(at / "vocab.json");
  fs::create_symlink("/etc/hostname", at / "vocab.json");
  CHECK_ERROR(read_hf_source(at.path()), errc::bad_format, "outside the model's folder");
}

TEST_CASE("set_chat_template: the folder has one template, and it is the new one") {
  hf_source source = of({{"tokenizer_config.json", "{ \"eos_token\":  \"</s>\" }"}});
  set_chat_template(source, "{{ new }}");
  CHECK(source.files == std::map<std::string, std::string>{
                            {"chat_template.jinja", "{{ new }}"},
                            {"tokenizer_config.json", "{ \"eos_token\":  \"</s>\" }"}});

  source = of({{"chat_template.jinja", "{{ old }}"},
               {"chat_template.json", "{\"chat_template\": \"{{ old }}\"}"},
               {"tokenizer_config.json",
                R"({"chat_template": "{{ old }}", "pad_token": "\u00e9",
                    "model_max_length": 1000000000000000019884624838656})"}});
  set_chat_template(source, "{{ new }}");
  CHECK(source.files.at("chat_template.jinja") == "{{ new }}");
  CHECK(source.files.count("chat_template.json") == 0);
  // "no limit" is an integer whose digits no number holds; they stay as they were
  CHECK(source.files.at("tokenizer_config.json") ==
        "{\n  \"model_max_length\": 1000000000000000019884624838656,\n"
        "  \"pad_token\": \"\u00e9\"\n}\n");
}

TEST_CASE("Long integers were written as floats; a text that looks like the mark stays a text") {
  const char* text = R"({"a": [-12345678901234567890123, 1.5], "b": "gkd::digits 7", "c": 12})";
  hf_source source = of({{"tokenizer_config.json", text}});
  set_eos_token(source, "</s>", 2);
  const std::string& out = source.files.at("tokenizer_config.json");
  CHECK(out.find("-12345678901234567890123,") != out.npos);
  CHECK(out.find("\"b\": \"gkd::digits 7\"") != out.npos);
}

TEST_CASE("A text that looked like the mark once it was decoded, or was set, made a broken file") {
  const char* text = R"({"note": "\u0067kd::digits 5, \u007d",
                         "\u0067kd::digits 1": ["gkd::digits  2"],
                         "n": [{"m": 12345678901234567890123}]})";
  hf_source source = of({{"tokenizer_config.json", text}});
  set_eos_token(source, "gkd::digits 3", 2);
  CHECK(source.files.at("tokenizer_config.json") == R"({
  "eos_token": "gkd::digits 3",
  "gkd::digits 1": [
    "gkd::digits  2"
  ],
  "n": [
    {
      "m": 12345678901234567890123
    }
  ],
  "note": "gkd::digits 5, }"
}
)");
}

TEST_CASE("set_eos_token: ids that are none, or beyond the vocabulary, were written again") {
  const auto refused = [](const char* ids, errc code, const char* wanted) {
    INFO(ids);
    hf_source source = of({{"generation_config.json", concat("{\"eos_token_id\": ", ids, "}")}});
    source.config = {{"vocab_size", 10}};
    CHECK_ERROR(set_eos_token(source, "</s>", 2), code, wanted);
  };
  refused("-1", errc::vocabulary_mismatch,
          "m/generation_config.json: \"eos_token_id\" is -1, want 0 <= id < vocab_size = 10");
  refused("[3, 10]", errc::vocabulary_mismatch,
          "is 10, want 0 <= id < vocab_size = 10 of config.json");
  refused("9223372036854775807", errc::vocabulary_mismatch, "want 0 <= id < vocab_size = 10");
  refused("18446744073709551616", errc::bad_format, "is 18446744073709551616, want a token id");
  refused("1.5", errc::bad_format, "is 1.5, want a token id or an array of them");
  refused("[[18446744073709551616]]", errc::bad_format, "is [18446744073709551616], want");
  refused("[\"</s>\"]", errc::bad_format, "is \"</s>\", want a token id or an array of them");
  hf_source source = of({});
  CHECK_ERROR(set_eos_token(source, "</s>", -1), errc::vocabulary_mismatch, "want 0 <= id < ");
  source.config = {{"vocab_size", 10}};
  CHECK_ERROR(set_eos_token(source, "</s>", 10), errc::vocabulary_mismatch,
              "gkd: m: the id of the token \"</s>\" is 10, want 0 <= id < vocab_size = 10");
  CHECK(source.files.empty());
  source.config["eos_token_id"] = 11;  // generation_config.json, which is not there, was blamed
  CHECK_ERROR(set_eos_token(source, "</s>", 9), errc::vocabulary_mismatch,
              "m/config.json: \"eos_token_id\" is 11, want");
}

TEST_CASE("set_eos_token: the tokenizer's and the model's, and the first that ends an answer") {
  hf_source source = of({{"tokenizer_config.json", R"({"eos_token": {"content": "</s>"}, "x": 1})"},
                         {"special_tokens_map.json", R"({"eos_token": "</s>"})"},
                         {"generation_config.json", R"({"eos_token_id": 2, "top_p": 0.8})"}});
  source.config = {{"eos_token_id", {2, 5}}, {"x", 1}};
  set_eos_token(source, "<|im_end|>", 7);
  CHECK(json_of(source, "tokenizer_config.json") ==
        nlohmann::json{{"eos_token", "<|im_end|>"}, {"x", 1}});
  CHECK(json_of(source, "special_tokens_map.json") == nlohmann::json{{"eos_token", "<|im_end|>"}});
  CHECK(json_of(source, "generation_config.json") ==
        nlohmann::json{{"eos_token_id", {7, 2}}, {"top_p", 0.8}});
  CHECK(source.config == nlohmann::json{{"eos_token_id", 7}, {"x", 1}});

  set_eos_token(source, "</s>", 2);  // one that ends answers already
  CHECK(json_of(source, "generation_config.json").at("eos_token_id") == nlohmann::json{2, 7});
}

TEST_CASE("set_eos_token: a folder without some of the files") {
  hf_source source = of({});
  source.config = {{"eos_token_id", {2, 5}}, {"bos_token_id", 1}};
  set_eos_token(source, "<|im_end|>", 7);
  CHECK(json_of(source, "tokenizer_config.json") == nlohmann::json{{"eos_token", "<|im_end|>"}});
  CHECK(source.files.count("special_tokens_map.json") == 0);
  CHECK(json_of(source, "generation_config.json") ==
        nlohmann::json{{"bos_token_id", 1}, {"eos_token_id", {7, 2, 5}}});

  source = of({{"generation_config.json", "{}"}});
  set_eos_token(source, "<|im_end|>", 7);
  CHECK(json_of(source, "generation_config.json") == nlohmann::json{{"eos_token_id", 7}});
  CHECK(source.config.is_null());

  source = of({{"tokenizer_config.json", "[]"}});
  CHECK_ERROR(set_eos_token(source, "<|im_end|>", 7), errc::bad_format,
              "m/tokenizer_config.json: want a JSON object");
}
