// SPDX-License-Identifier: Apache-2.0
// Saving a folder. That transformers reads it, tests/oracle/hf_roundtrip.py shows.
#include <gkd/backend/reference.hpp>
#include <gkd/model/hf_save.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/throws.hpp"

#include <unistd.h>

#include <limits>

using namespace gkd;
namespace fs = std::filesystem;

namespace {

using names = std::vector<std::string>;
const std::string fixtures = golden::oracle_folder() + "hf/";

auto load(const std::string& folder) { return load_hf_model(folder, reference{}); }

/// Name, type, shape and bytes of every tensor of a folder.
std::map<std::string, std::string> tensors(const std::string& path) {
  const safetensors_folder folder{model_folder(path)};
  std::map<std::string, std::string> out;
  for (const auto& [name, t] : folder.tensors()) {
    std::string bytes(t.info->end - t.info->begin, '\0');
    t.file->read_bytes(*t.info, 0, bytes);
    out[std::string(name)] = concat(facts_of(t.info->type).name, shape_text(t.info->shape), bytes);
  }
  return out;
}

names files(const std::string& path) {
  names out;
  for (const auto& entry : fs::directory_iterator(path)) out.push_back(entry.path().filename());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("save_hf_model: tensors come back bit for bit in the type that they had") {
  const test_folder out;
  for (const char* name : {"llama", "llama3", "llama_linear", "qwen2", "qwen2_window"}) {
    INFO(name);
    const std::string source = fixtures + name;
    const dtype type = load_hf_config(source).type;
    auto model = load(source);
    save_hf_model(model, out / name, source, {.type = type});
    CHECK(tensors(out / name) == tensors(source));
    CHECK(load_hf_config(out / name).model == load_hf_config(source).model);
    CHECK(load_hf_config(out / name).type == type);
    CHECK(load_hf_config(out / name).tokens == load_hf_config(source).tokens);
    CHECK(files(out / name) == names{"config.json", "generation_config.json", "model.safetensors"});
    CHECK(safetensors(out / name + "/model.safetensors").metadata().at("format") == "pt");
  }
}

TEST_CASE("save_hf_model: in the model's own type unless told otherwise") {
  const test_folder out;
  const std::string source = fixtures + "llama3";  // BF16
  auto narrow = load(source);
  save_hf_model(narrow, out / "f32", source);
  CHECK(load_hf_config(out / "f32").type == dtype::f32);
  auto wide = load_hf_model<double>(source, reference{});
  save_hf_model(wide, out / "f64", source);
  CHECK(load_hf_config(out / "f64").type == dtype::f64);
  auto again = load_hf_model(out / "f64", reference{});
  save_hf_model(again, out / "bf16", out / "f64", {.type = dtype::bf16});
  CHECK(tensors(out / "bf16") == tensors(source));
  CHECK_ERROR(save_hf_model(narrow, out / "i8", source, {.type = dtype::i8}), errc::bad_argument,
              "as I8, want F32, F64, F16 or BF16");
  CHECK_FALSE(fs::exists(out / "i8"));
}

TEST_CASE("save_hf_model: several files and their index above a size") {
  const test_folder out;
  const std::string source = fixtures + "qwen2";
  auto model = load(source);
  save_hf_model(model, out / "m", source, {.max_file_bytes = 8000});
  CHECK(files(out / "m") ==
        names{"config.json", "generation_config.json", "model-00001-of-00003.safetensors",
              "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors",
              "model.safetensors.index.json"});
  CHECK(tensors(out / "m") == tensors(source));
  const auto index = read_json(out / "m/model.safetensors.index.json");
  CHECK(index.at("metadata").at("total_size") == 4496 * 4);
  CHECK(index.at("weight_map").size() == 26);
  for (const auto& [name, file] : index.at("weight_map").items())
    CHECK(safetensors(out / "m/" + file.get<std::string>()).find(name));
}

TEST_CASE(
    "save_hf_model: tokenizer, template and generation settings are the source's, byte for byte") {
  const test_folder at;
  fs::copy(fixtures + "llama", at / "source");
  // S23: file names in it are nobody's business here
  at.write("source/tokenizer_config.json",
           R"({"tokenizer_file": "../../secret", "added_tokens_file": "/etc/passwd"})");
  at.write("source/tokenizer.json", std::string("{\"a\": \"\xff\0\r\n\"}", 14));
  at.write("source/chat_template.jinja", "{{ messages }}\n");
  at.write("source/merges.txt", "#version: 0.2\n");
  at.write("source/generation_config.json", "{ \"eos_token_id\" : 3,\n\"top_p\": 0.8 }");
  at.write("source/README.md", "of the other model");
  at.write("source/modeling_evil.py", "print()");
  at.write("source/pytorch_model.bin", "x");
  auto model = load(at / "source");
  save_hf_model(model, at / "out", at / "source");
  CHECK(files(at / "out") == names{"chat_template.jinja", "config.json", "generation_config.json",
                                   "merges.txt", "model.safetensors", "tokenizer.json",
                                   "tokenizer_config.json"});
  for (const char* name : {"tokenizer_config.json", "tokenizer.json", "chat_template.jinja",
                           "merges.txt", "generation_config.json"})
    CHECK(at.read(std::string("out/") + name) == at.read(std::string("source/") + name));
  const auto config = read_json(at / "out/config.json");
  CHECK(config.at("initializer_range") == 0.02);
  CHECK(config.at("use_cache") == true);
  CHECK(config.at("eos_token_id") == std::vector<int>{2, 5});  // config.json's own

  fs::remove(at / "source/generation_config.json");
  save_hf_model(model, at / "second", at / "source");
  CHECK(read_json(at / "second/generation_config.json") ==
        nlohmann::json{{"bos_token_id", 1}, {"eos_token_id", {2, 5}}, {"pad_token_id", 0}});
}

TEST_CASE("save_hf_model: tokens that the source has not, or is silent about, are not invented") {
  const test_folder at;
  fs::copy(fixtures + "llama", at / "source");
  fs::remove(at / "source/generation_config.json");
  auto model = load(at / "source");
  const auto saved = [&](const nlohmann::json& bos, const nlohmann::json& eos) {
    auto config = read_json(at / "source/config.json");
    config["bos_token_id"] = bos;
    config["eos_token_id"] = eos;
    at.write("source/config.json", config.dump());
    save_hf_model(model, at / "out", at / "source");
    return read_json(at / "out/config.json");
  };
  CHECK(saved(nullptr, nullptr).at("bos_token_id").is_null());
  CHECK(saved(nullptr, nullptr).at("eos_token_id").is_null());
  CHECK(saved(nullptr, 5).at("bos_token_id").is_null());
  CHECK(saved(nullptr, 5).at("eos_token_id") == 5);
  auto silent = read_json(at / "source/config.json");
  silent.erase("bos_token_id"), silent.erase("eos_token_id");
  at.write("source/config.json", silent.dump());
  save_hf_model(model, at / "out", at / "source");
  CHECK_FALSE(read_json(at / "out/config.json").contains("bos_token_id"));
  CHECK_FALSE(read_json(at / "out/config.json").contains("eos_token_id"));
}

TEST_CASE("save_hf_model: into a folder that is there") {
  const test_folder at;
  const std::string source = fixtures + "llama";
  auto model = load(source);
  save_hf_model(model, at / "m", source, {.max_file_bytes = 8000});
  at.write("m/trainer_state.json", "{}");
  at.write("m/model-of-mine.safetensors", "kept");
  at.write("m/model-1-of-2.safetensors", "kept");
  model.weights().norm.gain.value[0] = 3.0f;
  save_hf_model(model, (at / "m") + "/", source);
  CHECK(files(at / "m") == names{"config.json", "generation_config.json",
                                 "model-1-of-2.safetensors", "model-of-mine.safetensors",
                                 "model.safetensors", "trainer_state.json"});
  CHECK(load(at / "m").weights().norm.gain.value[0] == 3.0f);
  model.weights().norm.gain.value[0] = 4.0f;
  // its own source
  CHECK_ERROR(save_hf_model(model, at / "m", at / "m"), errc::already_exists,
              "m: is the folder that the model came from; want another one");
  CHECK(load(at / "m").weights().norm.gain.value[0] == 3.0f);
  save_hf_model(model, at / "m", at / "m", {.max_file_bytes = 8000, .overwrite = true});
  CHECK_FALSE(fs::exists(at / "m/model.safetensors"));
  CHECK(load(at / "m").weights().norm.gain.value[0] == 4.0f);
  CHECK(load_hf_config(at / "m").tokens.eos == std::vector<token>{2, 5});

  fs::create_directory(at / "empty");
  save_hf_model(model, at / "empty", source);
  CHECK(load(at / "empty").weights().norm.gain.value[0] == 4.0f);
  save_hf_model(model, at / "a/b/c", source);  // and where not even those above are there
  CHECK(load(at / "a/b/c").weights().norm.gain.value[0] == 4.0f);
}

TEST_CASE("save_hf_model: what a killed save left stayed for ever; that of one at work stays") {
  const test_folder at;
  const std::string source = fixtures + "llama";
  auto model = load(source);
  save_hf_model(model, at / "m", source);
  const std::string dead = "m/.saving.tmp-123-0123abcd";
  for (const std::string& name : {dead, std::string("m/.saving.tmp-notes")}) {
    fs::create_directory(at / name);
    at.write(name + "/model.safetensors", "a part");
  }
  const staged_directory at_work(at / "m/.saving");
  save_hf_model(model, at / "m", source);
  CHECK_FALSE(fs::exists(at / dead));
  CHECK(fs::exists(at_work.path()));
  CHECK(fs::exists(at / "m/.saving.tmp-notes"));
  for (const char* name : {"new.tmp-123-0123abcd", "newer.tmp-123-0123abcd"})
    fs::create_directory(at / name);
  save_hf_model(model, at / "new", source);  // of a folder that was not there yet
  CHECK_FALSE(fs::exists(at / "new.tmp-123-0123abcd"));
  CHECK(fs::exists(at / "newer.tmp-123-0123abcd"));
}

TEST_CASE("save_hf_model: when something is wrong nothing has changed") {
  const test_folder at;
  const std::string source = fixtures + "llama";
  auto model = load(source);
  save_hf_model(model, at / "old", source);
  const auto before = tensors(at / "old");
  const auto fails = [&](const std::string& from, errc code, const std::string& text,
                         const hf_save_options& options = {}) {
    CHECK_ERROR(save_hf_model(model, at / "old", from, options), code, text);
    CHECK_ERROR(save_hf_model(model, at / "new", from, options), code, text);
    CHECK(at.names() == names{"old"});
    CHECK(files(at / "old") == names{"config.json", "generation_config.json", "model.safetensors"});
    CHECK(tensors(at / "old") == before);
  };
  fails(at / "nowhere", errc::io_failure, "nowhere: cannot open");
  fails(source, errc::bad_argument, "files of at most 0 bytes", {.max_file_bytes = 0});
  float& gain = model.weights().norm.gain.value[1];
  gain = 65520.0f;
  fails(source, errc::non_finite,
        "tensor \"model.norm.weight\", element 1: 65520 is not finite as F16",
        {.type = dtype::f16});
  gain = std::numeric_limits<float>::infinity();
  fails(source, errc::non_finite, "tensor \"model.norm.weight\", element 1: inf");
  gain = 1.0f;
  const test_folder bad;
  fs::copy(source, bad / "source");
  fs::create_symlink("/etc/hostname", bad / "source/tokenizer.json");
  fails(bad / "source", errc::bad_format, "outside the model's folder");
  at.write("file", "x");
  CHECK_ERROR(save_hf_model(model, at / "file", source), errc::io_failure, "cannot create");
  CHECK_ERROR(save_hf_model(model, "", source), errc::bad_argument,
              "an empty path as the directory of save_hf_model");
  CHECK(at.names() == names{"file", "old"});
}

TEST_CASE("save_hf_model: an old template, tokenizer or generation settings do not stay") {
  const test_folder at;
  fs::copy(fixtures + "llama", at / "source");
  auto model = load(at / "source");
  save_hf_model(model, at / "out", at / "source");
  at.write("source/tokenizer_config.json", "{\"chat_template\": \"new\"}");
  for (const char* name : hf_tokenizer_files) at.write(std::string("out/") + name, "old");
  at.write("out/README.md", "kept");
  save_hf_model(model, at / "out", at / "source");
  CHECK(files(at / "out") == names{"README.md", "config.json", "generation_config.json",
                                   "model.safetensors", "tokenizer_config.json"});
  CHECK(at.read("out/tokenizer_config.json") == at.read("source/tokenizer_config.json"));

  // a source that tells no tokens at all writes no generation_config.json, nor leaves one
  auto config = read_json(at / "source/config.json");
  for (const char* token : {"bos_token_id", "eos_token_id", "pad_token_id"}) config.erase(token);
  at.write("source/config.json", config.dump());
  fs::remove(at / "source/generation_config.json");
  save_hf_model(model, at / "out", at / "source");
  CHECK(files(at / "out") ==
        names{"README.md", "config.json", "model.safetensors", "tokenizer_config.json"});

  // links are replaced and removed themselves, what they show is not
  at.write("elsewhere", "of somebody");
  fs::remove(at / "out/config.json");
  fs::create_symlink(at / "elsewhere", at / "out/config.json");
  fs::create_symlink(at / "elsewhere", at / "out/merges.txt");
  save_hf_model(model, at / "out", at / "source");
  CHECK(load_hf_config(at / "out").model == load_hf_config(at / "source").model);
  CHECK_FALSE(fs::is_symlink(at / "out/merges.txt"));
  CHECK(at.read("elsewhere") == "of somebody");
}

TEST_CASE("save_hf_model: a directory in the place of a file changes nothing in the folder") {
  const test_folder at;
  const std::string source = fixtures + "llama";
  auto model = load(source);
  // of files that are written, and of some that would be removed
  for (const char* name :
       {"model.safetensors", "generation_config.json", "config.json", "chat_template.jinja",
        "tokenizer.json", "model.safetensors.index.json", "model-00001-of-00003.safetensors"}) {
    INFO(name);
    const std::string out = at / name;
    fs::create_directories(out + "/" + name);
    at.write(std::string(name) + "/merges.txt", "old");
    names before{name, "merges.txt"};
    std::sort(before.begin(), before.end());
    CHECK_ERROR(save_hf_model(model, out, source, {.overwrite = true}), errc::io_failure,
                concat("/", name, "/", name, ": not a regular file, want one or nothing there"));
    CHECK(files(out) == before);
  }
}

TEST_CASE("Somebody's files with names of a model's were replaced and removed without a word") {
  const test_folder at;
  const std::string source = fixtures + "llama";
  auto model = load(source);
  for (const char* name : {"vocab.json", "merges.txt", "tokenizer.model", "model.safetensors",
                           "model-00001-of-00002.safetensors", "generation_config.json"}) {
    INFO(name);
    const std::string out = at / name;
    fs::create_directory(out);
    at.write(std::string(name) + "/" + name, "of somebody");
    at.write(std::string(name) + "/notes.txt", "of somebody");
    CHECK_ERROR(save_hf_model(model, out, source), errc::already_exists,
                concat("/", name, ": holds ", name, " but no config.json"));
    CHECK(at.read(std::string(name) + "/" + name) == "of somebody");
    CHECK(files(out).size() == 2);
    save_hf_model(model, out, source, {.overwrite = true});
    CHECK(files(out) ==
          names{"config.json", "generation_config.json", "model.safetensors", "notes.txt"});
    CHECK(load(out).config() == model.config());
  }
}

TEST_CASE("A source that is read before can go, or break, before the model is saved") {
  const test_folder at;
  fs::copy(fixtures + "llama", at / "source");
  at.write("source/merges.txt", "#version: 0.2\n");
  auto model = load(at / "source");
  save_hf_model(model, at / "at once", at / "source");
  const hf_source source = read_hf_source(at / "source");
  fs::remove_all(at / "source");
  save_hf_model(model, at / "later", source);
  CHECK(files(at / "later") == files(at / "at once"));
  for (const std::string& name : files(at / "later"))
    CHECK(at.read("later/" + name) == at.read("at once/" + name));
}

TEST_CASE("save_hf_model: a model of no family is refused before anything is written") {
  const test_folder at;
  transformer<reference> gelu({.vocab_size = 8, .width = 8}, {}, 1);
  CHECK_ERROR(save_hf_model(gelu, at / "m", fixtures + "llama"), errc::bad_argument,
              "transformer_config: mlp, want swiglu");
  CHECK(at.names().empty());
}

TEST_CASE("save_hf_model: adapters are merged into the weights") {
  const test_folder at;
  const std::string source = fixtures + "llama";
  lora student(load(source), {.rank = 2, .targets = {"q", "down"}});
  student.parameters([](std::string_view, auto value, auto) {
    for (float& x : detail::as_matrix(value).flat().span()) x += 0.125f;
  });
  save_hf_model(student, at / "m", source);
  auto saved = load(at / "m"), merged = student.merge();
  token_batch batch;
  batch.add_prompt(std::vector<token>{3, 1, 4, 1, 5});
  const auto want = merged.logits(batch), got = saved.logits(batch);
  CHECK(std::equal(want.data, want.data + want.size(), got.data));
  auto plain = load(source);
  CHECK_FALSE(std::equal(want.data, want.data + want.size(), plain.logits(batch).data));
}
