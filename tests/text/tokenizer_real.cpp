// SPDX-License-Identifier: Apache-2.0
// Tokenizers of real models against the ids that llama.cpp keeps from Hugging Face: GPT-2, Qwen2
// and RoBERTa on 46 texts, other files of the data folder there and back.
#include <gkd/io/file.hpp>
#include <gkd/text/tokenizer_json.hpp>

#include "support/catch.hpp"
#include "support/data_dir.hpp"
#include "support/throws.hpp"
#include "text/small_tokenizer.hpp"

#include <cstring>
#include <sstream>

using namespace gkd;
using nlohmann::json;

namespace {

using ids = std::vector<token>;
namespace fs = std::filesystem;

std::string content(const fs::path& path) { return read_file(path.string()); }

std::vector<std::string> lines(const fs::path& path) {
  std::vector<std::string> out;
  std::istringstream stream(content(path));
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

json merges(const fs::path& path) {
  json out = json::array();
  for (const std::string& line : lines(path))
    if (!line.empty() && !line.starts_with("#version")) out.push_back(line);
  return out;
}

// mllm's vocabulary: magic, count; then for each token id, length, bytes, score
json mllm_vocabulary(const fs::path& path) {
  const std::string bytes = content(path);
  json vocab = json::object();
  for (std::size_t at = 8; at < bytes.size();) {
    std::uint32_t id = 0, length = 0;
    std::memcpy(&id, &bytes[at], 4);
    std::memcpy(&length, &bytes[at + 4], 4);
    vocab[bytes.substr(at + 8, length)] = id;
    at += 12 + length;
  }
  return vocab;
}

bpe_tokenizer gpt2(const fs::path& data) {
  json t = small_tokenizer();
  t["added_tokens"] = json::array({small_added_token(50256, "<|endoftext|>", true)});
  t["model"]["vocab"] = json::parse(content(data / "tokenizers-gpt2" / "gpt2_vocab.json"));
  t["model"]["merges"] = merges(data / "tokenizers-gpt2" / "gpt2_merges.txt");
  return parse_tokenizer(t.dump(), "<|endoftext|>");
}

bpe_tokenizer qwen2(const fs::path& data) {
  json t = small_tokenizer();
  const json config =
      json::parse(content(data / "tokenizers-hf" / "qwen2.5" / "tokenizer_config.json"));
  t["added_tokens"] = json::array();
  for (const auto& [id, added] : config["added_tokens_decoder"].items()) {
    t["added_tokens"].push_back(added);
    t["added_tokens"].back()["id"] = std::stoi(id);
  }
  t["normalizer"] = {{"type", "NFC"}};
  const std::string pattern =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
      R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
  const json split = {{"type", "Split"},
                      {"pattern", {{"Regex", pattern}}},
                      {"behavior", "Isolated"},
                      {"invert", false}};
  t["pre_tokenizer"] = {{"type", "Sequence"},
                        {"pretokenizers", json::array({split, small_byte_level(false, false)})}};
  const fs::path folder = data / "tokenizers-mllm";
  t["model"]["vocab"] = mllm_vocabulary(folder / "qwen2.5_vocab.mllm");
  t["model"]["merges"] = merges(folder / "qwen2.5_merges.txt");
  return parse_tokenizer(t.dump(), "<|im_end|>");
}

bpe_tokenizer smollm2(const fs::path& data) {
  json t = small_tokenizer();
  const fs::path folder = data / "tokenizers-mllm";
  t["model"]["vocab"] = mllm_vocabulary(folder / "smollm_vocab.mllm");
  t["model"]["merges"] = merges(folder / "smollm_merges.txt");
  t["added_tokens"] = json::array();
  for (const auto& [text, id] : t["model"]["vocab"].items())
    if (id < 17) t["added_tokens"].push_back(small_added_token(id, text, true));
  const json digits = {{"type", "Digits"}, {"individual_digits", true}};
  t["pre_tokenizer"] = {{"type", "Sequence"},
                        {"pretokenizers", json::array({digits, small_byte_level()})}};
  return parse_tokenizer(t.dump(), "<|im_end|>");
}

// texts and ids of a pair of files; each text ends with a line "__ggml_vocab_test__"
void check_vectors(const bpe_tokenizer& t, const fs::path& data, const std::string& name) {
  const fs::path stem = data / "llama.cpp-vocab" / ("ggml-vocab-" + name + ".gguf");
  const std::string inp = content(stem.string() + ".inp"), mark = "\n__ggml_vocab_test__\n";
  const std::vector<std::string> want = lines(stem.string() + ".out");
  std::size_t at = 0, n = 0;
  for (std::size_t end; (end = inp.find(mark, at)) != inp.npos; at = end + mark.size(), ++n) {
    const std::string text = inp.substr(at, end - at);
    INFO(name << ": " << text);
    std::istringstream numbers(want.at(n));
    const ids wanted{std::istream_iterator<token>(numbers), {}};
    CHECK(t.encode(text) == wanted);
    CHECK(t.encode_with_control(text) == wanted);
    CHECK(t.decode(wanted) == text);
  }
  CHECK(n == 46);
  CHECK(want.size() == n);
}

}  // namespace

TEST_CASE("real tokenizers: GPT-2's ids equal Hugging Face's") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const bpe_tokenizer t = gpt2(*data);
  CHECK(t.vocab_size() == 50257);
  CHECK(t.lost_bytes() == "");
  check_vectors(t, *data, "gpt-2");
}

TEST_CASE("real tokenizers: Qwen2's ids equal Hugging Face's") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const bpe_tokenizer t = qwen2(*data);
  CHECK(t.vocab_size() == 151665);
  CHECK(t.control_id("<|im_start|>") == 151644);
  check_vectors(t, *data, "qwen2");
  check_vectors(t, *data, "deepseek-r1-qwen");
  CHECK(t.encode_with_control("<|im_start|>user\nHi<|im_end|>\n") ==
        ids{151644, 872, 198, 13048, 151645, 198});
}

TEST_CASE("real tokenizers: RoBERTa's ids equal Hugging Face's") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const bpe_tokenizer t =
      read_tokenizer((*data / "tokenizers-hf" / "roberta-base").string(), "</s>");
  check_vectors(t, *data, "roberta-bpe");
  CHECK(t.encode_with_control("Hello world", true) == ids{0, 31414, 232, 2});
}

TEST_CASE("real tokenizers: no message becomes a control token, every text comes back [S80, S81]") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  for (const bpe_tokenizer& t : {qwen2(*data), smollm2(*data)})
    for (const added_token& added : t.added_tokens())
      for (const std::string& text :
           {added.content, "so " + added.content + added.content + "\n"}) {
        INFO(text);
        const ids encoded = t.encode(text);
        for (token id : encoded)
          for (const added_token& other : t.added_tokens()) CHECK(id != other.id);
        CHECK(t.decode(encoded) == text);
        CHECK(t.encode_with_control(added.content) == ids{added.id});
      }
}

TEST_CASE("real tokenizers: files of other models, read or refused by name") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const fs::path folder = *data / "tokenizers-hf";
  const std::string text = content(*data / "wikitext-2" / "valid.txt").substr(0, 100'000);
  for (const char* name : {"falcon-tokenizer", "whisper.tiny"}) {
    const bpe_tokenizer t = read_tokenizer((folder / name).string(), "<|endoftext|>");
    CHECK(t.decode(t.encode(text)) == text);
  }
  CHECK_ERROR(read_tokenizer((folder / "t5-small").string(), "</s>"), errc::bad_format,
              "model: \"vocab\" is of type array, want an object");
  CHECK_ERROR(read_tokenizer((folder / "added-tokens").string(), "</s>"), errc::bad_format,
              "model.vocab: no token \"<0x00>\", want all of <0x00> to <0xFF>");
}
