// SPDX-License-Identifier: Apache-2.0
#include <gkd/io/safetensors_index.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {

using lengths = std::map<std::string, gkd::index>;  // tensor -> bytes

// a file of U8 tensors whose bytes are the last letter of their names
void write_tensors(const test_folder& folder, const std::string& name, const lengths& tensors) {
  std::vector<std::string> bytes;
  std::vector<tensor_source> sources;
  for (const auto& [tensor, n] : tensors) bytes.emplace_back(n, tensor.back());
  for (const auto& [tensor, n] : tensors)
    sources.push_back({tensor, dtype::u8, {n}, std::as_bytes(std::span(bytes[sources.size()]))});
  std::filesystem::remove(folder / name);
  output_file file(folder / name);
  write_safetensors(file, sources);
  file.commit();
}
void write_index(const test_folder& folder, const std::string& map,
                 const std::string& metadata = "{\"total_size\": 6}") {
  folder.write("model.safetensors.index.json",
               "{\"metadata\": " + metadata + ", \"weight_map\": " + map + "}");
}
// what opening the folder ends with: an error of this code with this text
void refused(const test_folder& folder, const std::string& text, errc code = errc::bad_format) {
  CHECK_ERROR(safetensors_folder(model_folder(folder.path())), code, text);
}
const std::string good =
    R"({"a": "one.safetensors", "b": "one.safetensors", "c": "two.safetensors"})";

struct two_files {
  test_folder folder;
  two_files() {
    write_tensors(folder, "one.safetensors", {{"a", 1}, {"b", 2}});
    write_tensors(folder, "two.safetensors", {{"c", 3}});
    write_index(folder, good);
  }
};

}  // namespace

TEST_CASE("Tensors of several files, by name") {
  const two_files files;
  safetensors_folder first(model_folder(files.folder.path()));
  const safetensors_folder all = std::move(first);
  CHECK(all.tensors().size() == 3);
  CHECK(all.bytes() == 6);
  const located_tensor c = all.find("c");
  REQUIRE(c.info);
  std::string bytes(3, '\0');
  c.file->read_bytes(*c.info, 0, bytes);
  CHECK(bytes == "ccc");
  CHECK(c.file->path().ends_with("two.safetensors"));
  CHECK(all.find("d").info == nullptr);
}

TEST_CASE("One file comes before an index, and without either the folder has no weights") {
  const two_files files;
  write_tensors(files.folder, "model.safetensors", {{"x", 4}});
  const safetensors_folder all(model_folder(files.folder.path()));
  CHECK(all.tensors().size() == 1);
  CHECK(all.find("x").info);

  const test_folder empty;
  refused(empty, "has neither model.safetensors nor model.safetensors.index.json",
          errc::io_failure);
  empty.write("pytorch_model.bin", "\x80\x02.");
  refused(empty, "pytorch_model.bin, which can hold any program, is not read", errc::io_failure);
}

TEST_CASE("An index need not have metadata, and may have more of it") {
  const two_files files;
  for (const char* metadata : {"{}", "{\"total_size\": 6, \"total_parameters\": 3}"}) {
    write_index(files.folder, good, metadata);
    CHECK(safetensors_folder(model_folder(files.folder.path())).bytes() == 6);
  }
  files.folder.write("model.safetensors.index.json", "{\"weight_map\": " + good + "}");
  CHECK(safetensors_folder(model_folder(files.folder.path())).bytes() == 6);
}

TEST_CASE("S20: the index names files of its folder and nothing else") {
  const two_files files;
  REQUIRE(::mkfifo((files.folder / "pipe.safetensors").c_str(), 0600) == 0);
  std::filesystem::create_directory(files.folder / "directory.safetensors");
  const auto naming = [&](const std::string& name) {
    write_index(files.folder, "{\"a\": \"" + name + "\"}");
  };
  for (const char* name :
       {"../one.safetensors", "a/../../one.safetensors", "/etc/passwd", "C:\\\\x.safetensors",
        "\\\\\\\\host\\\\x.safetensors", "%2e%2e/one.safetensors", "a\\u0000b.safetensors", "", ".",
        "..", ".one.safetensors", "./one.safetensors", "nul.safetensors", "one.safetensors\\n"}) {
    naming(name);
    refused(files.folder, "index.json: tensor \"a\": the file name ");
  }
  naming(std::string(4096, 'n') + ".safetensors");
  refused(files.folder, "want 1 to 255 characters");
  for (const char* name : {"one", "config.json", "one.safetensors.bin", "model.SAFETENSORS"}) {
    naming(name);
    refused(files.folder, "want a .safetensors file");
  }
  naming("pipe.safetensors");
  refused(files.folder, "pipe.safetensors: not a regular file", errc::io_failure);
  naming("directory.safetensors");
  refused(files.folder, "directory.safetensors: not a regular file", errc::io_failure);
  naming("gone.safetensors");
  refused(files.folder, "gone.safetensors: cannot open", errc::io_failure);
}

TEST_CASE("S21: files of the weights that are links") {
  const two_files files;
  test_folder outside;
  std::filesystem::rename(files.folder / "two.safetensors", outside / "two.safetensors");
  std::filesystem::create_symlink(outside / "two.safetensors", files.folder / "two.safetensors");
  refused(files.folder, "outside the model's folder");
  std::filesystem::remove(files.folder / "two.safetensors");
  std::filesystem::create_symlink("two.safetensors", files.folder / "two.safetensors");
  refused(files.folder, "two.safetensors: cannot open", errc::io_failure);

  // the same files in a cache
  const test_folder cache;
  const std::string snapshot = cache / "snapshots/main";
  std::filesystem::create_directories(snapshot);
  std::filesystem::create_directory(cache / "blobs");
  write_tensors(cache, "blobs/123", {{"x", 4}});
  std::filesystem::create_symlink("../../blobs/123", snapshot + "/model.safetensors");
  CHECK(safetensors_folder(model_folder(snapshot)).find("x").info);
}

TEST_CASE("S22: index and files that do not say the same") {
  const two_files files;
  const auto says = [&](const std::string& map, const std::string& text) {
    write_index(files.folder, map, "{}");
    refused(files.folder, text);
  };
  says(R"({"a": "one.safetensors", "b": "two.safetensors", "c": "two.safetensors"})",
       "index.json: lists tensor \"b\" in two.safetensors, it is in one.safetensors");
  says(R"({"a": "one.safetensors", "c": "two.safetensors"})",
       "does not list tensor \"b\" of one.safetensors");
  says(R"({"a": "one.safetensors", "b": "one.safetensors", "c": "two.safetensors",
           "d": "two.safetensors"})",
       "lists tensor \"d\" in two.safetensors, which has none of this name");
  write_tensors(files.folder, "two.safetensors", {{"a", 1}, {"c", 3}});
  says(good, "two.safetensors: tensor \"a\" is also in ");

  write_tensors(files.folder, "two.safetensors", {{"c", 3}});
  for (const char* size : {"0", "5", "7", "12", "9223372036854775807"}) {
    write_index(files.folder, good, std::string("{\"total_size\": ") + size + "}");
    refused(files.folder, concat("total_size is ", size, ", the tensors have 6 bytes"));
  }
  for (const char* size : {"-6", "6.0", "\"6\"", "null", "[6]", "true"}) {
    write_index(files.folder, good, std::string("{\"total_size\": ") + size + "}");
    refused(files.folder, "\"total_size\" is ");
  }
}

TEST_CASE("S22: what is no index") {
  const two_files files;
  const auto says = [&](const std::string& text, const std::string& error) {
    files.folder.write("model.safetensors.index.json", text);
    refused(files.folder, error);
  };
  says("", "bad JSON");
  says("[]", "want an object with \"weight_map\"");
  says("{}", "has no \"weight_map\"");
  says("{\"weight_map\": []}", "\"weight_map\" is of type array, want an object");
  says("{\"weight_map\": {\"a\": 1}}", "tensor \"a\": its file is of type number, want a string");
  says("{\"weight_map\": {\"a\": null}}", "its file is of type null");
  says("{\"weight_map\": " + good + ", \"metadata\": 1}", "\"metadata\" is 1, want an object");
  says("{\"weight_map\": {\"a\": \"one.safetensors\", \"\\u0061\": \"two.safetensors\"}}",
       "\"a\" for the second time");
  says(R"({"weight_map": {"a": "one.safetensors", "c": "ONE.safetensors"}})",
       "the files \"one.safetensors\" and \"ONE.safetensors\" differ in upper and lower case");
  says(good.substr(0, good.size() - 1), "bad JSON");
}

TEST_CASE("S22: an index of very many files opens none of them") {
  const two_files files;
  const auto listing = [](int count, const char* file) {
    std::string map = "{";
    for (int i = 0; i < count; ++i)
      map += concat(i ? "," : "", "\"", i, "\":\"",
                    *file ? file : std::to_string(i) + ".safetensors", "\"");
    return map + "}";
  };
  write_index(files.folder, listing(20'000, ""));
  refused(files.folder, "index.json: 20000 files, want at most 1000");
  write_index(files.folder, listing(410'000, "one.safetensors"));
  refused(files.folder, "bad JSON: more than 400100 values");
}

TEST_CASE("Tensors are spread over files in their order") {
  const auto spread = [](gkd::index most) {
    std::string text;
    for (const safetensors_shard& shard : spread_over_files({{"a", dtype::f32, {2}},
                                                             {"b", dtype::f16, {3, 2}},
                                                             {"c", dtype::u8, {}},
                                                             {"d", dtype::u8, {30}},
                                                             {"e", dtype::u8, {0}}},
                                                            most)) {
      text += shard.file + ":";
      for (const tensor_info& t : shard.tensors) text += " " + t.name;
      text += "\n";
    }
    return text;
  };
  CHECK(spread(51) == "model.safetensors: a b c d e\n");
  CHECK(spread(50) ==
        "model-00001-of-00002.safetensors: a b c\nmodel-00002-of-00002.safetensors: d e\n");
  CHECK(spread(20) ==
        "model-00001-of-00003.safetensors: a b\nmodel-00002-of-00003.safetensors: c\n"
        "model-00003-of-00003.safetensors: d e\n");  // d alone has more than 20
  CHECK(spread(1) ==
        "model-00001-of-00004.safetensors: a\nmodel-00002-of-00004.safetensors: b\n"
        "model-00003-of-00004.safetensors: c\nmodel-00004-of-00004.safetensors: d e\n");
  CHECK(spread_over_files({}, 1)[0].file == "model.safetensors");
  CHECK_ERROR(spread_over_files({}, 0), errc::bad_argument, "at most 0 bytes, want at least 1");
}

TEST_CASE("The index that is written is read") {
  const test_folder folder;
  const auto shards = spread_over_files({{"x.a", dtype::u8, {1}}, {"x.b", dtype::u8, {2}}}, 2);
  for (const safetensors_shard& shard : shards)
    for (const tensor_info& t : shard.tensors)
      write_tensors(folder, shard.file, {{t.name, t.shape[0]}});
  const std::string text = safetensors_index_text(shards);
  folder.write("model.safetensors.index.json", text);
  CHECK(text == R"({
  "metadata": {
    "total_size": 3
  },
  "weight_map": {
    "x.a": "model-00001-of-00002.safetensors",
    "x.b": "model-00002-of-00002.safetensors"
  }
}
)");
  CHECK(safetensors_folder(model_folder(folder.path())).bytes() == 3);
}
