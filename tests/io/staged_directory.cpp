// SPDX-License-Identifier: Apache-2.0
#include <gkd/io/staged_directory.hpp>

#include "io/modes.hpp"
#include "io/temporary.hpp"
#include "support/catch.hpp"

using namespace gkd;
using names = std::vector<std::string>;

TEST_CASE("staged_directory: all files appear together") {
  const test_folder folder;
  staged_directory stage(folder / "checkpoint-1/");
  CHECK(stage.target() == folder / "checkpoint-1");
  CHECK(mode_of(stage.path()) == 0700);
  REQUIRE(folder.names().size() == 1);
  const std::string prefix = "checkpoint-1.tmp-" + std::to_string(::getpid()) + "-";
  CHECK(folder.names()[0].substr(0, prefix.size()) == prefix);
  output_file file(stage.file("a"));
  file.write("1");
  file.commit();
  stage.commit();
  CHECK(folder.names() == names{"checkpoint-1"});
  CHECK(folder.read("checkpoint-1/a") == "1");
}

TEST_CASE("staged_directory: without commit it leaves nothing, and nobody else's is touched") {
  const test_folder folder;
  std::filesystem::create_directory(folder / "c.tmp-1-00000000");
  try {
    staged_directory stage(folder / "c");
    output_file(stage.file("a")).commit();
    throw std::runtime_error("a failure in between");
  } catch (const std::runtime_error&) {
  }
  CHECK(folder.names() == names{"c.tmp-1-00000000"});
}

TEST_CASE("staged_directory: it may appear in a place that was taken when it was begun") {
  test_folder folder;
  std::filesystem::create_directory(folder / "c");
  staged_directory stage(folder / "c.new");
  replace_file(stage.file("a"), "alpha");
  CHECK(code_of([&] { stage.commit_to(folder / "c"); }) == errc::already_exists);
  std::filesystem::remove(folder / "c");
  stage.commit_to(folder / "c");
  CHECK(folder.read("c/a") == "alpha");
  CHECK(folder.names() == std::vector<std::string>{"c"});
}

TEST_CASE("staged_directory: it is locked while somebody is at work on it") {
  const test_folder folder;
  const auto is_free = [](const std::string& path) {
    return detail::lock_if_free(detail::descriptor(detail::open_retrying(path, O_RDONLY)));
  };
  staged_directory stage(folder / "c");
  CHECK_FALSE(is_free(stage.path()));
  stage.commit();
  CHECK(is_free(folder / "c"));
  staged_directory newer(folder / "c.new");
  newer.commit_over(folder / "c");
  CHECK(is_free(folder / "c"));
}

TEST_CASE("staged_directory: two at a time have two names") {
  const test_folder folder;
  staged_directory a(folder / "c");
  staged_directory b(folder / "c");
  CHECK(a.path() != b.path());
  a.commit();
  CHECK(code_of([&] { b.commit(); }) == errc::already_exists);
  CHECK(code_of([&] { staged_directory(folder / "c"); }) == errc::already_exists);
}

TEST_CASE(
    "staged_directory: modes are 0755 less the umask, also for a target that is a plain name") {
  const test_folder folder;
  const auto masked = GENERATE(mode_t{0}, mode_t{022}, mode_t{027}, mode_t{077});
  const umask_set mask(masked);
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  staged_directory stage("c");
  stage.commit();
  std::filesystem::current_path(here);
  CHECK(mode_of(folder / "c") == (0755 & ~masked));
}

TEST_CASE("staged_directory: names with a directory part are refused") {
  const test_folder folder;
  const staged_directory stage(folder / "c");
  for (const char* name : {"", ".", "..", "../x", "/x", "a/b"})
    CHECK(code_of([&] { stage.file(name); }) == errc::bad_argument);
  CHECK(code_of([&] { staged_directory(folder / "no/where"); }) == errc::io_failure);
}

TEST_CASE("staged_directory: it takes the place of one that is there, which goes or is kept") {
  test_folder folder;
  for (const bool kept : {false, true}) {
    std::filesystem::create_directory(folder / "c");
    folder.write("c/old", "");
    {
      staged_directory stage(folder / "c.new");
      replace_file(stage.file("new"), "");
      stage.commit_over(folder / "c");
      CHECK(std::filesystem::exists(stage.path() + "/old"));
      if (kept) std::filesystem::rename(stage.path(), folder / "kept");
    }
    CHECK(std::filesystem::exists(folder / "c/new"));
    CHECK_FALSE(std::filesystem::exists(folder / "c/old"));
    CHECK(folder.names() == (kept ? names{"c", "kept"} : names{"c"}));
    std::filesystem::remove_all(folder / "c");
  }
  staged_directory stage(folder / "c.new");
  CHECK(code_of([&] { stage.commit_over(folder / "nothing"); }) == errc::io_failure);
}
