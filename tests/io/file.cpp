// SPDX-License-Identifier: Apache-2.0
#include <gkd/io/staged_directory.hpp>

#include "io/modes.hpp"
#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

#include <sys/resource.h>  // setrlimit
#include <sys/time.h>      // setitimer

#include <atomic>
#include <csignal>
#include <thread>

using namespace gkd;
using Catch::Matchers::ContainsSubstring;
using names = std::vector<std::string>;

TEST_CASE("read_file: the whole content, and no more than the cap") {
  const test_folder folder;
  const std::string bytes("a\0\xff\r\n", 5);
  folder.write("five", bytes);
  CHECK(read_file(folder / "five") == bytes);
  CHECK(read_file(folder / "five", 5) == bytes);
  CHECK(read_file(folder.write("empty", "")).empty());
  CHECK(code_of([&] { read_file(folder / "five", 4); }) == errc::bad_format);
  CHECK_THROWS_WITH(read_file(folder / "five", 4),
                    ContainsSubstring("five: more than 4 bytes, want at most as many"));
}

TEST_CASE("input_file: what cannot be read is an error with the reason, and does not hang") {
  const test_folder folder;
  CHECK_THROWS_WITH(input_file(folder / "none"),
                    ContainsSubstring("none: cannot open for reading: No such file"));
  CHECK_THROWS_WITH(input_file(folder.path()), ContainsSubstring("not a regular file"));
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(input_file(folder / "pipe"), ContainsSubstring("not a regular file"));
  CHECK_THROWS_WITH(input_file("/dev/null"), ContainsSubstring("not a regular file"));
  CHECK(code_of([] { input_file(""); }) == errc::bad_argument);
  CHECK(code_of([] { input_file(std::string("a\0b", 3)); }) == errc::bad_argument);
  std::filesystem::create_symlink(folder / "loop", folder / "loop");
  CHECK(code_of([&] { input_file(folder / "loop"); }) == errc::io_failure);
}

TEST_CASE("input_file: a file that is cut while it is open gives a short read, not a signal") {
  const test_folder folder;
  input_file file(folder.write("f", std::string(100, 'x')));
  std::filesystem::resize_file(folder / "f", 10);
  std::string bytes(100, '\0');
  CHECK_THROWS_WITH(file.read_exactly(bytes, "the data"),
                    ContainsSubstring("the file ends inside the data, 90 bytes short"));
}

TEST_CASE("input_file: reading at a position leaves where read() goes on") {
  const test_folder folder;
  input_file file(folder.write("f", "0123456789"));
  std::string bytes(3, '\0');
  file.read_exactly(bytes, "it");
  file.read_exactly_at(7, bytes, "it");
  CHECK(bytes == "789");
  file.read_exactly(bytes, "it");
  CHECK(bytes == "345");
  CHECK_THROWS_WITH(file.read_exactly_at(8, bytes, "the data"),
                    ContainsSubstring("f: the file ends inside the data, 1 bytes short"));
  CHECK_THROWS_WITH(file.read_exactly_at(1'000'000, bytes, "it"), ContainsSubstring("3 bytes"));
  CHECK(read_file(std::move(file)) == "6789");
}

TEST_CASE("output_file: a file is there after commit, and not without") {
  const test_folder folder;
  {
    output_file file(folder / "kept");
    file.write("ab");
    file.write("c");
    file.commit();
    output_file dropped(folder / "dropped");
    dropped.write("abc");
  }
  CHECK(folder.names() == names{"kept"});
  CHECK(folder.read("kept") == "abc");
  CHECK(code_of([&] { output_file(folder / "kept"); }) == errc::already_exists);
  std::filesystem::create_symlink(folder / "elsewhere", folder / "link");
  CHECK(code_of([&] { output_file(folder / "link"); }) == errc::already_exists);
  CHECK_THROWS_WITH(output_file(folder / "no/where"),
                    ContainsSubstring("cannot create: No such file or directory"));
}

TEST_CASE("S101: output_file: modes are 0644 less the umask") {
  const test_folder folder;
  const auto masked = GENERATE(mode_t{0}, mode_t{022}, mode_t{027}, mode_t{077});
  const umask_set mask(masked);
  output_file file(folder / "f");
  file.commit();
  CHECK(mode_of(folder / "f") == (0644 & ~masked));
}

TEST_CASE("a full disk is an error with the reason, and leaves no file") {
  const test_folder folder;
  struct rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small{1000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  errc code{};
  try {  // the system takes the first 1000 bytes (a short write) and refuses the rest
    output_file file(folder / "f");
    file.write(std::string(4000, 'x'));
  } catch (const error& e) {
    code = e.code();
    CHECK_THAT(e.what(), ContainsSubstring("f: cannot write: File too large"));
  }
  CHECK_THROWS_AS(replace_file(folder / "g", std::string(4000, 'x')), error);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(code == errc::io_failure);
  CHECK(folder.names().empty());
}

TEST_CASE("write_all and read_all go on after interruptions and short transfers") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  struct sigaction quiet{};
  struct sigaction before{};
  quiet.sa_handler = [](int) {};  // and no SA_RESTART: system calls end with EINTR
  REQUIRE(::sigaction(SIGALRM, &quiet, &before) == 0);
  const struct itimerval often{{0, 200}, {0, 200}};
  const struct itimerval never{};

  std::string sent;
  for (int i = 0; i < 3'000'000; ++i) sent += static_cast<char>(i * 31 >> 3);
  std::string received(sent.size(), '\0');
  ssize_t count = 0;
  std::thread reader([&] { count = detail::read_all(ends[0], received); });
  ::setitimer(ITIMER_REAL, &often, nullptr);
  const bool written = detail::write_all(ends[1], sent);
  reader.join();
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  ::close(ends[0]);
  ::close(ends[1]);
  CHECK(written);
  CHECK(count == static_cast<ssize_t>(sent.size()));
  CHECK(received == sent);
}

TEST_CASE("replace_file: the new content in place, nothing else left") {
  const test_folder folder;
  replace_file(folder / "f", "old");
  replace_file(folder / "f", "new");
  CHECK(folder.read("f") == "new");
  CHECK(folder.names() == names{"f"});
  std::filesystem::create_directory(folder / "d");
  CHECK_THROWS_WITH(replace_file(folder / "d", "x"),
                    ContainsSubstring("d: cannot put the new content in place"));
  CHECK(folder.names() == names{"d", "f"});
}

TEST_CASE("replace_file: whoever tidies the directory up meanwhile leaves it alone") {
  test_folder folder;
  std::atomic<bool> done = false;
  std::jthread other([&] {
    while (!done)
      for (const std::string& name : names_in(folder.path()))
        if (is_temporary_name(name)) detail::remove_if_abandoned(folder / name);
  });
  for (int n = 0; n < 300; ++n) CHECK_NOTHROW(replace_file(folder / "f", "x"));
  done = true;
}

TEST_CASE("replace_file: a path that no file system has is an error of the library's") {
  const test_folder folder;
  CHECK_ERROR(replace_file(folder / std::string(300, 'x'), ""), errc::io_failure, "cannot create");
}

TEST_CASE("replace_file: a device or a pipe is not replaced by a file") {
  const test_folder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_ERROR(replace_file(folder / "pipe", "x"), errc::io_failure,
              "pipe: is no file but a device or a pipe, want a file");
  CHECK(std::filesystem::is_fifo(folder / "pipe"));
  std::filesystem::create_symlink("pipe", folder / "link");  // was replaced by a file
  CHECK_ERROR(replace_file(folder / "link", "x"), errc::io_failure,
              "link: is no file but a device or a pipe, want a file");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  std::filesystem::create_symlink("nothing", folder / "broken");
  replace_file(folder / "broken", "x");
  CHECK(folder.read("broken") == "x");
  CHECK(folder.names() == names{"broken", "link", "pipe"});
}

TEST_CASE("digest_of_file: length and hash, for the manifest") {
  const test_folder folder;
  const file_digest digest = digest_of_file(folder.write("f", "abc"));
  CHECK(digest.bytes == 3);
  CHECK(digest.sha256 == sha256_of("abc"));
  const std::string big(200'000, 'x');
  CHECK(digest_of_file(folder.write("g", big)) == file_digest{big.size(), sha256_of(big)});
}

TEST_CASE("S100: hostile paths are printed with safe characters only") {
  CHECK(shown_path("dir/train.jsonl") == "dir/train.jsonl");
  CHECK(shown_path("m\u00f6del/\u6a21\u578b") == "m\u00f6del/\u6a21\u578b");  // as it was typed
  CHECK(shown_path("a\x1b]52;c;x\x07\r\xe2\x80\xae.txt") ==
        "a\\x1b]52;c;x\\x07\\x0d\\xe2\\x80\\xae.txt");
  CHECK(shown_path(std::string(100'000, 'x')).size() == 1024);
}

TEST_CASE("output_file: its digest is of what was to be written, also while it is written") {
  const test_folder folder;
  output_file file(folder / "f", true);
  CHECK(file.digest() == file_digest{0, sha256_of("")});
  file.write("ab");
  file.write("c");
  CHECK(file.digest() == file_digest{3, sha256_of("abc")});
  file.commit();
  CHECK(file.digest() == digest_of_file(folder / "f"));
}

TEST_CASE("Temporary names are told from all others") {
  CHECK(is_temporary_name(detail::temporary_name("run/checkpoint-1.new")));
  CHECK(is_temporary_name("best.tmp-1-0123abcd"));
  for (const char* name :
       {"best.tmp-mine", "a.tmp-1-0123abc", "a.tmp-1-0123abcde", "a.tmp--0123abcd",
        "a.tmp-1-0123ABCD", "a.tmp-x-0123abcd", "tmp-1-0123abcd", "", ".tmp-"})
    CHECK_FALSE(is_temporary_name(name));
}

TEST_CASE("Paths: the slashes at their end count for nothing") {
  CHECK(without_end_slashes("runs/a//") == "runs/a");
  CHECK(without_end_slashes("/") == "/");
  CHECK(without_end_slashes("").empty());
  CHECK(parent_of("runs/a") == "runs");
  CHECK(parent_of("runs/a/") == "runs");
  CHECK(parent_of("a") == ".");
}

TEST_CASE("sync_directory: what cannot be synced is passed over, what is not there is not") {
  CHECK_NOTHROW(sync_directory("/proc"));  // where fsync answers EINVAL
  CHECK_ERROR(sync_directory("/proc/none"), errc::io_failure, "cannot sync the directory");
}

TEST_CASE("names_in: all that a directory holds, sorted") {
  const test_folder folder;
  folder.write("b", "");
  folder.write("a", "");
  std::filesystem::create_directory(folder / "A");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"A", "a", "b"});
  CHECK_ERROR(names_in(folder / "none"), errc::io_failure, "cannot read the directory");
}
