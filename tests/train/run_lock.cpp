// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/run_lock.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

TEST_CASE("One holder at a time, which the file names; the next one can when it is gone [T13]") {
  test_folder folder;
  {
    const run_lock first(folder.path());
    CHECK(first.held());
    CHECK(folder.read("gkd.lock").find(std::to_string(::getpid()) + " ") == 0);
    CHECK_ERROR(run_lock(folder.path()), errc::already_exists,
                "another trainer of this process (or of one of this id on a host of this name)");
    CHECK_ERROR(run_lock(folder.path()), errc::already_exists, "give this run another output_dir");
    CHECK(folder.names() == std::vector<std::string>{"gkd.lock"});  // refusing removes nothing
  }
  CHECK(folder.names().empty());
  CHECK_NOTHROW(run_lock(folder.path()));
}

TEST_CASE("A lock can be handed on; what it was moved from holds nothing") {
  test_folder folder;
  run_lock last;
  CHECK_FALSE(last.held());
  {
    run_lock first(folder.path());
    last = std::move(first);
  }
  CHECK(last.held());
  CHECK_ERROR(run_lock(folder.path()), errc::already_exists, "another trainer");
  last = run_lock();
  CHECK(folder.names().empty());
}

TEST_CASE("Another process is refused; one that was killed holds nothing, whatever the file says") {
  test_folder folder;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const run_lock lock(folder.path());
    [[maybe_unused]] const auto n = ::write(ready[1], "x", 1);
    ::pause();
    ::_exit(0);
  }
  char byte;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK_ERROR(run_lock(folder.path()), errc::already_exists,
              "process and host are \"" + std::to_string(child));
  CHECK_ERROR(run_lock(folder.path()), errc::already_exists, "give this run another output_dir");
  CHECK_ERROR(run_lock(folder.path()), errc::already_exists,
              "one that was just killed may take a moment to end: then try again");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(folder.names() == std::vector<std::string>{"gkd.lock"});  // stale
  {
    const run_lock mine(folder.path());
    CHECK(folder.read("gkd.lock").find(std::to_string(::getpid()) + " ") == 0);
  }
  CHECK(folder.names().empty());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("A lock of another host is believed until somebody removes it") {
  test_folder folder;
  folder.write("gkd.lock", "1 some-other-host\n");
  CHECK_ERROR(run_lock(folder.path()), errc::already_exists, "\"1 some-other-host\"");
  CHECK_ERROR(run_lock(folder.path()), errc::already_exists, "remove the file");
  std::filesystem::remove(folder / "gkd.lock");
  CHECK_NOTHROW(run_lock(folder.path()));
  folder.write("gkd.lock", "");  // killed before it wrote
  CHECK_NOTHROW(run_lock(folder.path()));
}

TEST_CASE("What cannot be locked is an error") {
  test_folder folder;
  CHECK_ERROR(run_lock(folder / "nowhere"), errc::io_failure, "cannot lock the output directory");
  std::filesystem::create_directory(folder / "gkd.lock");
  CHECK_ERROR(run_lock(folder.path()), errc::io_failure, "cannot lock the output directory");
}
