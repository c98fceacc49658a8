// SPDX-License-Identifier: Apache-2.0
// Loading a folder, and what goes wrong with one; the numbers are tested in hf_parity.cpp.
#include <gkd/backend/reference.hpp>
#include <gkd/model/hf_load.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/far_backend.hpp"
#include "support/golden.hpp"
#include "support/throws.hpp"

#include <bit>

using namespace gkd;
namespace fs = std::filesystem;

namespace {

const std::string fixtures = golden::oracle_folder() + "hf/";

/// A copy of a folder of the oracle, to be spoilt.
struct copied {
  test_folder folder;
  std::string path = folder / "model";
  explicit copied(const std::string& name) { fs::copy(fixtures + name, path); }
  void write(const std::string& file, const std::string& bytes) const {
    folder.write("model/" + file, bytes);
  }
  std::string read(const std::string& file) const { return folder.read("model/" + file); }
  /// Replaces the first `from` in a file.
  void replace(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = read(file);
    REQUIRE(text.find(from) != text.npos);
    write(file, text.replace(text.find(from), from.size(), to));
  }
  auto load() const { return load_hf_model(path, reference{}); }
};

template <class Model>
std::vector<double> numbers(Model& model) {
  std::vector<double> out;
  model.parameters([&](std::string_view, auto value, auto) {
    for (gkd::index i = 0; i < detail::as_matrix(value).size(); ++i)
      out.push_back(double(detail::as_matrix(value).flat()[i]));
  });
  return out;
}

}  // namespace

TEST_CASE("load_hf_model: every number of every tensor, in the model's type") {
  for (const char* name : {"llama", "llama3", "llama_linear", "qwen2", "qwen2_window"}) {
    INFO(name);
    auto model = load_hf_model<double>(fixtures + name, reference{});
    CHECK(model.config() == load_hf_config(fixtures + name).model);
    const safetensors_folder file{model_folder(fixtures + name)};
    std::map<std::string, std::string> names;
    for (const hf_weight& w : hf_weights(model.config())) names[w.parameter] = w.name;
    model.parameters([&](std::string_view parameter, auto value, auto) {
      const auto [from, info] = file.find(names.at(std::string(parameter)));
      std::vector<double> want(info->size());
      from->read(*info, want);
      const auto got = detail::as_matrix(value).flat().span();
      CHECK(std::equal(got.begin(), got.end(), want.begin(), want.end()));
    });
  }
}

TEST_CASE("load_hf_model: of the folder with the caches of all models is said which are wanted") {
  const test_folder hub;
  for (const char* name : {"models--org--tiny", "models--org--two"})
    fs::create_directory(hub / name);
  CHECK_ERROR(load_hf_model(hub.path(), reference{}), errc::io_failure,
              hub.path() + ": has no config.json, want the folder of a model as downloaded from "
                           "the Hub; it is the Hub's cache of several models, want one of them, "
                           "such as " + (hub / "models--org--tiny"));
}

TEST_CASE("load_hf_model: from the Hub's cache, whose files are links") {
  const test_folder cache;
  const std::string root = cache / "models--org--tiny", snapshot = root + "/snapshots/abc123";
  fs::create_directories(snapshot);
  fs::create_directory(root + "/refs");
  cache.write("models--org--tiny/refs/main", "abc123");
  fs::copy(fixtures + "qwen2", root + "/blobs");
  for (const auto& entry : fs::directory_iterator(root + "/blobs")) {
    const std::string name = entry.path().filename().string();
    fs::create_symlink("../../blobs/" + name, snapshot + "/" + name);
  }
  auto want = load_hf_model(fixtures + "qwen2", reference{});
  auto by_root = load_hf_model(root, reference{});
  auto by_snapshot = load_hf_model(snapshot, reference{});
  CHECK(numbers(by_root) == numbers(want));
  CHECK(numbers(by_snapshot) == numbers(want));
}

TEST_CASE("load_hf_model: on memory that the host cannot reach, and without gradients") {
  auto near = load_hf_model(fixtures + "qwen2_window", reference{}, {.gradients = false});
  auto far = load_hf_model(fixtures + "qwen2_window", far_backend{}, {.gradients = false});
  CHECK_FALSE(near.options().gradients);
  token_batch batch;
  batch.add_prompt(std::vector<token>{3, 1, 4, 1, 5});
  const auto there = far.logits(batch);
  std::vector<float> copy(there.size());
  far.backend().copy(vector_view<const float, far_space>(there.flat()),
                     vector_view<float>(copy.data(), copy.size()));
  const auto here = near.logits(batch);
  CHECK(std::equal(copy.begin(), copy.end(), here.data));
}

TEST_CASE("load_hf_model: progress is told tensor by tensor, up to the bytes of all") {
  gkd::index last = 0, of = 0, calls = 0;
  std::string first;
  load_hf_model(fixtures + "llama", reference{}, {},
                [&](std::string_view name, gkd::index bytes, gkd::index all) {
                  if (calls++ == 0) first = name;
                  CHECK(bytes > last);
                  last = bytes;
                  of = all;
                });
  CHECK(first == "model.embed_tokens.weight");
  CHECK(calls == 21);
  CHECK(last == of);
  CHECK(of == 4944 * 4);
}

TEST_CASE("load_hf_config: generation_config.json comes before config.json, and may be absent") {
  const copied folder("llama");
  CHECK(load_hf_config(folder.path).tokens == hf_tokens{1, {2, 5}, 0});
  folder.write("generation_config.json", R"({"eos_token_id": 7, "temperature": 0.6})");
  CHECK(load_hf_config(folder.path).tokens == hf_tokens{1, {7}, 0});
  fs::remove(folder.path + "/generation_config.json");
  CHECK(load_hf_config(folder.path).tokens == hf_tokens{1, {2, 5}, 0});
  folder.write("generation_config.json", R"({"eos_token_id": 32})");
  CHECK_ERROR(folder.load(), errc::vocabulary_mismatch,
              "generation_config.json: \"eos_token_id\" is 32, want 0 <= id < vocab_size = 32");
  folder.write("generation_config.json", "[]");
  CHECK_ERROR(folder.load(), errc::bad_format, "generation_config.json: of type array");
  fs::remove(folder.path + "/generation_config.json");
  fs::create_symlink("nowhere", folder.path + "/generation_config.json");
  CHECK_ERROR(folder.load(), errc::io_failure,
              "generation_config.json: is a link to a file that is not there");
}

TEST_CASE("load_hf_model: a config.json that is not there, hostile, or of another model") {
  const copied folder("llama");
  folder.replace("config.json", "\"hidden_size\": 16", "\"hidden_size\": 2147483648");
  CHECK_ERROR(folder.load(), errc::bad_format,
              "config.json: \"hidden_size\" is 2147483648, want an integer from 1 to 16777216");
  folder.write("config.json", "{\"architectures\": [\"FalconForCausalLM\"]}");
  CHECK_ERROR(folder.load(), errc::bad_format,
              "config.json: \"architectures\" is \"FalconForCausalLM\", want one of "
              "LlamaForCausalLM, Qwen2ForCausalLM");
  folder.write("config.json", std::string(1 << 20, '['));
  CHECK_ERROR(folder.load(), errc::bad_format, "nested deeper than 64 levels");
  folder.write("config.json", "{}" + std::string(1 << 20, ' '));
  CHECK_ERROR(folder.load(), errc::bad_format, "config.json: more than 1048576 bytes");
  folder.write("config.json", "{} {}");
  CHECK_ERROR(folder.load(), errc::bad_format, "config.json:1:4: bad JSON");
  fs::remove(folder.path + "/config.json");
  const std::string missing =
      "model: has no config.json, want the folder of a model as downloaded from the Hub";
  CHECK_ERROR(folder.load(), errc::io_failure, missing);
  folder.write("tiny.Q4_K_M.GGUF", "GGUF");
  CHECK_ERROR(folder.load(), errc::io_failure, missing + "; of GGUF the one that it was made from");
  REQUIRE(::mkfifo((folder.path + "/config.json").c_str(), 0600) == 0);
  CHECK_ERROR(folder.load(), errc::io_failure, "config.json: not a regular file");
  fs::remove(folder.path + "/config.json");
  fs::create_symlink("/etc/hostname", folder.path + "/config.json");
  CHECK_ERROR(folder.load(), errc::bad_format, "outside the model's folder");
  CHECK_ERROR(load_hf_model(folder.path + "/nowhere", reference{}), errc::io_failure,
              "No such file or directory");
}

TEST_CASE("A checkpoint given as a model's folder was said to have a model_type of \"\"") {
  const copied folder("llama");
  folder.write("config.json", R"({"width": 16, "layers": 2})");
  CHECK_ERROR(folder.load(), errc::bad_format, "config.json: has no \"model_type\" and no");
  folder.write("manifest.json", "{}");
  CHECK_ERROR(folder.load(), errc::bad_format,
              "model: a checkpoint, from which a run of gkd goes on, and no folder in the form of "
              "transformers; want the model that the run wrote at its end");
  const copied other("llama");  // whose config.json is as it should be, whatever lies beside it
  other.write("manifest.json", "{}");
  CHECK_NOTHROW(other.load());
}

TEST_CASE("load_hf_model: weights that do not fit the configuration") {
  const copied folder("llama");
  folder.replace("config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3");
  CHECK_ERROR(folder.load(), errc::shape_mismatch, "weights 9 missing: \"model.layers.2.");
  folder.replace("config.json", "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 1");
  CHECK_ERROR(folder.load(), errc::shape_mismatch, "weights 9 unexpected: \"model.layers.1.");
  const copied tied("llama");
  tied.replace("config.json", "\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
  CHECK_ERROR(tied.load(), errc::bad_format, "\"lm_head.weight\" is not");
  const copied untied("qwen2");
  untied.replace("config.json", "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
  CHECK_ERROR(untied.load(), errc::shape_mismatch,
              "model.safetensors.index.json: weights 1 missing: \"lm_head.weight\"");
}

TEST_CASE("load_hf_model: a weight that is not finite is named") {
  const copied folder("llama");
  std::string bytes = folder.read("model.safetensors");
  const safetensors file(folder.path + "/model.safetensors");
  const auto nan = std::bit_cast<std::array<char, 4>>(0x7fc00000);
  const tensor_info& norm = file.at("model.norm.weight");
  const gkd::index data = bytes.size() - file.tensors().back().end;
  std::copy(nan.begin(), nan.end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(data + norm.begin + 8));
  folder.write("model.safetensors", bytes);
  CHECK_ERROR(folder.load(), errc::non_finite,
              "model.safetensors: tensor \"model.norm.weight\", element 2: nan");
}

TEST_CASE("S09: weights that another program cuts while they are loaded") {
  const copied folder("llama");
  CHECK_ERROR(load_hf_model(folder.path, reference{}, {},
                            [&](std::string_view, gkd::index, gkd::index) {
                              fs::resize_file(folder.path + "/model.safetensors", 3000);
                            }),
              errc::bad_format, "model.safetensors: the file ends inside tensor");
}
