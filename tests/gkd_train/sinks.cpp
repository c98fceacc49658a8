// SPDX-License-Identifier: Apache-2.0
// Folders of --save_only_model where a checkpoint is, and the system fails or the run is killed.
// The calls are put before the system's, in this program alone.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "gkd_train/workplace.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {

struct faults {
  int renames_until_failure = -1;  // of folders called checkpoint-6...; -1: none fails
  bool dies = false;               // there, in place of an error
};
faults now;

bool rename_fails(std::string_view from) {
  const std::string_view name = from.substr(from.rfind('/') + 1);
  if (now.renames_until_failure < 0 || !name.starts_with("checkpoint-6")) return false;
  if (now.renames_until_failure-- > 0) return false;
  if (now.dies) ::_exit(7);
  errno = EIO;
  return true;
}

}  // namespace

extern "C" int rename(const char* from, const char* to) {
  if (rename_fails(from)) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
extern "C" int renameat2(int from_at, const char* from, int to_at, const char* to,
                         unsigned int how) {
  if (rename_fails(from)) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, from_at, from, to_at, to, how));
}

TEST_CASE("The checkpoint whose place a model takes is there under a name that stays, always") {
  const auto saves_over = [](workplace& w) {
    return w.run("out", {"--save_only_model", "--save_strategy", "steps", "--save_steps", "3",
                         "--resume_from_checkpoint", w / "out/checkpoint-3"});
  };
  for (const bool dies : {true, false}) {
    int renames = 0;
    for (bool failed = true; failed; ++renames) {
      CAPTURE(dies, renames);
      workplace w;
      REQUIRE(w.run("out", {"--save_strategy", "steps", "--save_steps", "3"}) == 0);
      const std::string moments = w.folder.read("out/checkpoint-6/optimizer.safetensors");
      if (dies) {
        const pid_t child = ::fork();
        if (child == 0) {
          now = {renames, true};
          ::_exit(saves_over(w));
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        failed = status != 0;
        CHECK((!failed || WEXITSTATUS(status) == 7));
      } else {
        try {
          now = {renames, false};
          failed = saves_over(w) != 0;
        } catch (const error& e) {
          CHECK(e.code() == errc::io_failure);
        }
        now = {};
      }
      const bool aside = w.has("out/checkpoint-6.passed-1");
      CHECK(w.folder.read(std::string("out/checkpoint-6") + (aside ? ".passed-1" : "") +
                          "/optimizer.safetensors") == moments);
      CHECK(aside == (dies ? renames > 0 : !failed));
      CHECK(w.has("out/checkpoint-6/tokenizer.json") == !failed);
      REQUIRE(renames < 10);
    }
    CHECK(renames == 3);
  }
}
