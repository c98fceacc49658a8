// SPDX-License-Identifier: Apache-2.0
// What --resume_from_checkpoint may name, and what is said of anything else.
#include "../../examples/gkd_train/resuming.hpp"

#include "gkd_train/workplace.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;
namespace fs = std::filesystem;

namespace {

/// A folder `out` with checkpoints of steps 2 and 4, a best model, and what a run writes.
struct run_folder {
  run_folder() {
    for (const char* name : {"out/checkpoint-2", "out/checkpoint-4", "out/best"})
      fs::create_directories(folder / name);
    for (const char* name : {"out/checkpoint-2/manifest.json", "out/checkpoint-4/manifest.json",
                             "out/best/best.json", "out/best/config.json", "out/config.json",
                             "out/trainer_state.json"})
      folder.write(name, "{}");
  }
  std::string operator/(const std::string& name) const { return folder / name; }
  void check(const std::string& from, const std::string& out = "new") const {
    gkd_config c;
    c.resume_from_checkpoint = {true, from};
    c.training.output_dir = folder / out;
    gkd_train::check_resumable(c);
  }

  test_folder folder;
};

}  // namespace

TEST_CASE("An output folder or a best model to go on from is called what it is") {
  const run_folder w;
  for (const char* slash : {"", "/"})
    CHECK_ERROR(w.check((w / "out") + slash), errc::bad_checkpoint,
                "--resume_from_checkpoint: " + (w / "out") + " is an output folder; want " +
                    (w / "out/checkpoint-4") +
                    ", or --resume_from_checkpoint true with --output_dir " + (w / "out"));
  CHECK_ERROR(w.check(w / "out/best"), errc::bad_checkpoint,
              "out/best is a best model, without the state that a run goes on from; want " +
                  (w / "out/checkpoint-4") + ", or --resume_from_checkpoint true with ");
  for (const char* name : {"out/checkpoint-2", "out/checkpoint-4"}) fs::remove_all(w / name);
  CHECK_ERROR(w.check(w / "out"), errc::bad_checkpoint,
              "out is an output folder, and there is no checkpoint in it; leave it away to begin");
  CHECK_ERROR(w.check(w / "out/best"), errc::bad_checkpoint, "there is no checkpoint beside it");
  fs::create_directory(w / "model");
  w.folder.write("model/config.json", "{}");
  CHECK_ERROR(w.check(w / "model"), errc::bad_checkpoint,
              "model is a model, without the state that a run goes on from, and there is no ");
  fs::create_directory(w / "else");
  CHECK_ERROR(w.check(w / "else"), errc::bad_argument,
              "else: want a folder that is called checkpoint-<step>");
}

TEST_CASE("Of a checkpoint that is not there is said which are") {
  const run_folder w;
  CHECK_NOTHROW(w.check(w / "out/checkpoint-4"));
  CHECK_NOTHROW(w.check(w / "out/checkpoint-4/"));
  const std::string begin = "--resume_from_checkpoint: " + (w / "out/checkpoint-3") + " is not ";
  CHECK_ERROR(w.check(w / "out/checkpoint-3"), errc::bad_checkpoint,
              begin + "there; in " + (w / "out") + " are checkpoint-2, checkpoint-4");
  CHECK_ERROR(w.check("nowhere/checkpoint-3", "out"), errc::bad_checkpoint,
              "nowhere/checkpoint-3 is not there; in " + (w / "out") + " are checkpoint-2, ");
  fs::remove_all(w / "out/checkpoint-4");
  CHECK_ERROR(w.check(w / "out/checkpoint-3"), errc::bad_checkpoint,
              begin + "there; in " + (w / "out") + " is checkpoint-2");
  fs::remove_all(w / "out/checkpoint-2");
  CHECK_ERROR(w.check(w / "out/checkpoint-3"), errc::bad_checkpoint,
              begin + "there, and no other checkpoint beside it; leave it away to begin");
  for (int step = 10; step < 20; ++step) fs::create_directory(w / concat("out/checkpoint-", step));
  CHECK_ERROR(w.check(w / "out/checkpoint-3"), errc::bad_checkpoint,
              " are 10 checkpoints, the newest checkpoint-19");
}

TEST_CASE("The program says so before it reads anything") {
  workplace w;
  CHECK(w.run("out", {"--save_strategy", "steps", "--save_steps", "3"}) == 0);
  for (const char* out : {"out", "two"})
    CHECK_ERROR(w.run(out, {"--resume_from_checkpoint", w / "out"}), errc::bad_checkpoint,
                "out is an output folder; want " + (w / "out/checkpoint-6"));
  CHECK_ERROR(w.run("two", {"--resume_from_checkpoint", w / "out/checkpoint-5"}),
              errc::bad_checkpoint, "are checkpoint-3, checkpoint-6");
  CHECK_FALSE(w.has("two"));
}
