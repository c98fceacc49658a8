// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/checkpoint_places.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

TEST_CASE("Names of checkpoints are read as they are written, and no others") {
  CHECK(step_of_checkpoint("checkpoint-0") == 0);
  CHECK(step_of_checkpoint("checkpoint-120") == 120);
  for (const char* name : {"checkpoint-", "checkpoint-01", "checkpoint--1", "checkpoint-+1",
                           "checkpoint-1.tmp-2-3", "checkpoint-99999999999999999999",
                           "checkpoint-1 ", "Checkpoint-1", "checkpoint-0x1", "model"})
    CHECK(step_of_checkpoint(name) == -1);
}

TEST_CASE("Beyond a limit: first the later ones, then the oldest, never the step itself") {
  const test_folder run;
  for (long step : {2, 4, 6, 8})
    std::filesystem::create_directory(run / concat("checkpoint-", step));
  const auto beyond = [&](long step, long limit) {
    std::vector<long> steps;
    for (const auto& place : checkpoints_beyond(run.path(), step, limit))
      steps.push_back(place.step);
    return steps;
  };
  CHECK(beyond(6, 3) == std::vector<long>{8});
  CHECK(beyond(6, 2) == std::vector<long>{8, 2});
  CHECK(beyond(6, 1) == std::vector<long>{8, 2, 4});
  CHECK(beyond(2, 1) == std::vector<long>{4, 6, 8});
  CHECK(beyond(6, 9).empty());
  CHECK(beyond(6, 0).empty());
}

TEST_CASE("What lies beyond a limit is removed; what cannot be stays, and is told of") {
  const test_folder run;
  for (long step : {2, 4, 6})
    std::filesystem::create_directory(run / concat("checkpoint-", step));
  std::vector<std::string> notes;
  const auto note = [&](const std::string& text) { notes.push_back(text); };
  std::string beyond_names = run.path();  // its checkpoints have names, their temporary ones do not
  while (beyond_names.size() < 4070) beyond_names += "/.";
  remove_checkpoints_beyond(beyond_names, 6, 2, note);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("cannot rename to ") != std::string::npos);
  CHECK(std::filesystem::exists(run / "checkpoint-2"));
  remove_checkpoints_beyond(run.path(), 6, 2, note);
  CHECK(notes.size() == 1);
  CHECK_FALSE(std::filesystem::exists(run / "checkpoint-2"));
  CHECK(std::filesystem::exists(run / "checkpoint-4"));
}

TEST_CASE("What was being replaced gets its name back where nothing newer has it, else it goes") {
  test_folder run;
  for (const char* name : {"checkpoint-1.replaced-9-00abcdef", "checkpoint-2",
                           "checkpoint-2.replaced-9-00abcdef", "checkpoint-3.replaced-mine"}) {
    std::filesystem::create_directory(run / name);
    run.write(std::string(name) + "/a", name);
  }
  CHECK(put_back_replaced(run.path()) == std::vector<std::string>{run / "checkpoint-1"});
  CHECK(run.names() == std::vector<std::string>{"checkpoint-1", "checkpoint-2",
                                                "checkpoint-3.replaced-mine"});
  CHECK(run.read("checkpoint-1/a") == "checkpoint-1.replaced-9-00abcdef");
  CHECK(run.read("checkpoint-2/a") == "checkpoint-2");
}

TEST_CASE("What is set aside gets its name back unless it is to stay aside") {
  test_folder run;
  for (const char* name : {"checkpoint-4", "checkpoint-6", "checkpoint-6.passed-1"}) {
    std::filesystem::create_directory(run / name);
    run.write(std::string(name) + "/a", name);
  }
  const std::vector<std::string> before = run.names();
  {
    checkpoints_aside aside;
    aside.add(run / "checkpoint-4", "damaged");
    aside.add(run / "checkpoint-6", "passed");
    CHECK_ERROR(aside.add(run / "checkpoint-8", "passed"), errc::io_failure, "checkpoint-8");
    CHECK(run.names() == std::vector<std::string>{"checkpoint-4.damaged-1", "checkpoint-6.passed-1",
                                                  "checkpoint-6.passed-2"});
  }
  CHECK(run.names() == before);
  {
    checkpoints_aside aside;
    aside.add(run / "checkpoint-6", "passed");
    const auto kept = aside.keep();
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].from == run / "checkpoint-6");
    CHECK(kept[0].to == run / "checkpoint-6.passed-2");
    CHECK(kept[0].mark == "passed");
  }
  CHECK(run.read("checkpoint-6.passed-2/a") == "checkpoint-6");
  CHECK_FALSE(std::filesystem::exists(run / "checkpoint-6"));
}
