// SPDX-License-Identifier: Apache-2.0
#include <gkd/io/model_folder.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

#include <sys/socket.h>
#include <sys/un.h>

using namespace gkd;
namespace fs = std::filesystem;

namespace {

std::string content(const model_folder& folder, std::string_view name) {
  return read_file(folder.open(name));
}

// the Hub's cache of one model, with one snapshot
struct hub_cache {
  test_folder folder;
  std::string root = folder / "models--org--name";
  std::string snapshot = root + "/snapshots/0123abc";

  hub_cache() {
    for (const char* part : {"refs", "blobs", "snapshots/0123abc"})
      fs::create_directories(at(part));
    folder.write("models--org--name/refs/main", "0123abc");
    add("config.json", "{}");
  }
  std::string at(const std::string& name) const { return root + "/" + name; }
  void add(const std::string& name, const std::string& bytes) const {
    folder.write("models--org--name/blobs/blob-of-" + name, bytes);
    fs::create_symlink("../../blobs/blob-of-" + name, snapshot + "/" + name);
  }
};

}  // namespace

TEST_CASE("A plain folder: files by name, and links within it") {
  const test_folder folder;
  folder.write("config.json", "{}");
  fs::create_directory(folder / "sub");
  folder.write("sub/real", "behind a link");
  fs::create_symlink("sub/real", folder / "link");
  const model_folder model(folder.path() + "//");
  CHECK(model.path() == folder.path());
  CHECK(model.has("config.json"));
  CHECK_FALSE(model.has("tokenizer.json"));
  CHECK(content(model, "config.json") == "{}");
  CHECK(content(model, "link") == "behind a link");
  CHECK(model.open("link").path() == folder / "link");
  CHECK_ERROR(model.open("tokenizer.json"), errc::io_failure,
              "tokenizer.json: cannot open for reading: No such file or directory");
}

TEST_CASE("A pointer of Git LFS is called what it is") {
  const test_folder folder;
  folder.write("model.safetensors",
               "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n");
  folder.write("short", "version https://git-lfs");
  const model_folder model(folder.path());
  CHECK_ERROR(model.open("model.safetensors"), errc::bad_format,
              "model.safetensors: a pointer of Git LFS, not the file itself");
  CHECK(content(model, "short") == "version https://git-lfs");
}

TEST_CASE("A name of the Hub was an error about a file; it says that a folder is wanted") {
  const test_folder folder;
  CHECK_ERROR(model_folder(folder / "Qwen/Qwen2-0.5B-Instruct"), errc::io_failure,
              "Qwen/Qwen2-0.5B-Instruct: cannot open for reading: No such file or directory; gkd "
              "uses no network, want the folder of a model as downloaded from the Hub");
  folder.write("file", "");
  CHECK_ERROR(model_folder(folder / "file"), errc::io_failure,
              "file: is a file, want the folder of a model as downloaded from the Hub");
  CHECK_ERROR(model_folder(folder.write("m.Q4_K.GGUF", "GGUF")), errc::io_failure,
              "m.Q4_K.GGUF: is a file, want the folder of a model as downloaded from the Hub; of "
              "GGUF the one that it was made from, or what transformers makes of it: "
              "from_pretrained(FOLDER, gguf_file=NAME), then save_pretrained");
  fs::create_directory_symlink("nowhere", folder / "latest");
  CHECK_ERROR(model_folder(folder / "latest"), errc::io_failure, "latest: cannot open for reading");
}

TEST_CASE("A folder given by a link is the folder") {
  const test_folder folder;
  fs::create_directory(folder / "model");
  folder.write("model/config.json", "{}");
  fs::create_directory_symlink(folder / "model", folder / "latest");
  CHECK(content(model_folder(folder / "latest"), "config.json") == "{}");
}

TEST_CASE("The Hub's cache: its folder, and a snapshot's, whose files are links to blobs") {
  const hub_cache cache;
  for (const std::string& path : {cache.root, cache.snapshot}) {
    const model_folder model(path);
    CHECK(model.path() == cache.snapshot);
    CHECK(content(model, "config.json") == "{}");
  }
  cache.folder.write("models--org--name/refs/main", "0123abc\n");
  CHECK(model_folder(cache.root).path() == cache.snapshot);

  fs::remove(cache.at("refs/main"));
  CHECK(model_folder(cache.root).path() == cache.snapshot);  // the only one
  fs::create_directory(cache.at("snapshots/4567def"));
  CHECK_ERROR(model_folder(cache.root), errc::bad_format,
              "no refs/main and 2 snapshots, want the folder of one of them");
  cache.folder.write("models--org--name/refs/main", "89");
  CHECK_ERROR(model_folder(cache.root), errc::io_failure, "snapshots/89: cannot open");
  for (const std::string commit : {"../../..", "", ".", "..", "a/b", "/etc"}) {
    cache.folder.write("models--org--name/refs/main", commit);
    CHECK_ERROR(model_folder(cache.root), errc::bad_format, "refs/main: the file name ");
  }
  fs::remove(cache.at("refs/main"));
  REQUIRE(::mkfifo(cache.at("refs/main").c_str(), 0600) == 0);
  CHECK_ERROR(model_folder(cache.root), errc::io_failure, "refs/main: not a regular file");
}

TEST_CASE("S21: a snapshot shows its own cache's blobs and nothing else") {
  const hub_cache cache;
  cache.folder.write("secret", "not yours");
  fs::create_symlink("../../../secret", cache.snapshot + "/outside");
  fs::create_symlink("../../refs/main", cache.snapshot + "/refs");
  const model_folder model(cache.root);
  CHECK_ERROR(model.open("outside"), errc::bad_format,
              "outside: a link to " + fs::canonical(cache.folder / "secret").string() +
                  ", which is outside the model's folder");
  CHECK_ERROR(model.open("refs"), errc::bad_format, "outside the model's folder");

  // blobs belong to a folder below snapshots/ only
  const test_folder other;
  fs::create_directories(other / "a/b");
  fs::create_directory(other / "blobs");
  other.write("blobs/x", "x");
  fs::create_symlink("../../blobs/x", other / "a/b/x");
  CHECK_ERROR(model_folder(other / "a/b").open("x"), errc::bad_format, "outside");

  fs::remove_all(cache.snapshot);
  fs::create_directory_symlink(other.path(), cache.snapshot);
  CHECK_ERROR(model_folder(cache.root), errc::bad_format, "outside the model's folder");
}

TEST_CASE("S21: a cache's blobs were any folder that a link named, a private key among them") {
  const hub_cache cache;
  fs::create_directory(cache.folder / "secret");
  cache.folder.write("secret/id_rsa", "not yours");
  fs::remove_all(cache.at("blobs"));
  fs::create_directory_symlink("../secret", cache.at("blobs"));
  fs::create_symlink("../../blobs/id_rsa", cache.snapshot + "/merges.txt");
  for (const std::string& path : {cache.root, cache.snapshot})
    CHECK_ERROR(model_folder(path).open("merges.txt"), errc::bad_format,
                "merges.txt: a link to " + fs::canonical(cache.folder / "secret/id_rsa").string() +
                    ", which is outside the model's folder");
}

TEST_CASE("S21: refs/main was read through links, and an error showed what it is") {
  const hub_cache cache;
  fs::create_directory(cache.folder / "secret");
  cache.folder.write("secret/main", "not yours");
  fs::remove(cache.at("refs/main"));
  fs::create_symlink("../../secret/main", cache.at("refs/main"));
  const auto refused = [&] {
    CHECK_ERROR(model_folder(cache.root), errc::bad_format,
                "refs/main: a link to " + fs::canonical(cache.folder / "secret/main").string() +
                    ", which is outside the model's folder");
  };
  refused();
  fs::remove_all(cache.at("refs"));
  fs::create_directory_symlink("../secret", cache.at("refs"));
  refused();
  fs::remove(cache.folder / "secret/main");
  fs::create_symlink("nowhere", cache.folder / "secret/main");
  CHECK_ERROR(model_folder(cache.root), errc::io_failure, "refs/main: cannot open for reading");
}

TEST_CASE("S21: links to a pipe, to nothing and to themselves; a folder beside with a like name") {
  const test_folder folder;
  fs::create_directory(folder / "model");
  fs::create_directory(folder / "model-2");
  folder.write("model-2/file", "x");
  REQUIRE(::mkfifo((folder / "model/pipe").c_str(), 0600) == 0);
  fs::create_symlink("pipe", folder / "model/to-pipe");
  fs::create_symlink("nothing", folder / "model/to-nothing");
  fs::create_symlink("loop", folder / "model/loop");
  fs::create_symlink("../model-2/file", folder / "model/beside");
  fs::create_symlink("/dev/null", folder / "model/device");
  const model_folder model(folder / "model");
  CHECK_ERROR(model.open("to-pipe"), errc::io_failure, "to-pipe: not a regular file");
  CHECK(model.has("to-nothing"));  // and so it cannot pass for an optional file that is not there
  CHECK_ERROR(model.open("to-nothing"), errc::io_failure,
              "to-nothing: is a link to a file that is not there");
  CHECK_ERROR(model.open("loop"), errc::io_failure, "loop: cannot open for reading");
  CHECK_ERROR(model.open("beside"), errc::bad_format, "outside the model's folder");
  CHECK_ERROR(model.open("device"), errc::bad_format, "a link to /dev/null");
}

TEST_CASE("S20: what is no regular file is refused at once") {
  const test_folder folder;
  fs::create_directory(folder / "directory");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (folder / "socket").copy(address.sun_path, sizeof address.sun_path - 1);
  const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const model_folder model(folder.path());
  CHECK_ERROR(model.open("directory"), errc::io_failure, "directory: not a regular file");
  CHECK_ERROR(model.open("pipe"), errc::io_failure, "pipe: not a regular file");
  CHECK_ERROR(model.open("socket"), errc::io_failure, "socket: cannot open for reading");
  ::close(server);
  CHECK_ERROR(model_folder("/dev/null"), errc::io_failure, "cannot open the directory");
  CHECK_ERROR(model_folder(folder / "nowhere"), errc::io_failure, "No such file or directory");
  CHECK_ERROR(model_folder(""), errc::bad_argument, "an empty path as the folder of a model");
}

TEST_CASE("S20: names that are not plain") {
  const test_folder folder;
  folder.write("good", "x");
  const model_folder model(folder.path());
  for (const std::string& name : {std::string("../good"),
                                  std::string("a/../../good"),
                                  std::string("/etc/passwd"),
                                  std::string("./good"),
                                  std::string("good/"),
                                  std::string("C:\\x"),
                                  std::string("C:x"),
                                  std::string("\\\\host\\x"),
                                  std::string("%2e%2e/"),
                                  std::string("a\0b", 3),
                                  std::string(),
                                  std::string(4096, 'n'),
                                  std::string(256, 'n'),
                                  std::string("."),
                                  std::string(".."),
                                  std::string(".hidden"),
                                  std::string("a b"),
                                  std::string("a\n"),
                                  std::string("*"),
                                  std::string("Gr\xc3\xbc\xc3\x9f"),
                                  std::string("\x1b]52;c;"),
                                  std::string("CON"),
                                  std::string("nul.txt"),
                                  std::string("Com1.safetensors"),
                                  std::string("lpt9")}) {
    CHECK_ERROR(model.open(name), errc::bad_format, ": the file name ");
    CHECK_ERROR(model.has(name), errc::bad_format, ", want ");
    CHECK_ERROR(check_file_name(name, "index.json"), errc::bad_format, "index.json: the file name");
  }
  for (const char* name :
       {"good", "model-00001-of-00002.safetensors", "a", "_a-B.9", "com10", "console", "conx.txt"})
    CHECK_NOTHROW(check_file_name(name, "here"));
  CHECK_NOTHROW(check_file_name(std::string(255, 'n'), "here"));
}
