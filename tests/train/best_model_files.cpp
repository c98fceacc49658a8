// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/best_model_files.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;
namespace fs = std::filesystem;

TEST_CASE("The best model is the folder best with a best.json, and no other with one") {
  test_folder folder;
  for (const char* name : {"best", "other", "checkpoint-3", "best.tmp-1-2"})
    fs::create_directory(folder / name);
  folder.write("best/best.json", R"({"metric": "eval_loss", "value": 1.0, "step": 7})");
  folder.write("best.tmp-1-2/best.json", "{}");
  folder.write("other/best.json", R"({"metric": "eval_loss", "value": 1.0, "step": 7})");
  CHECK(detail::best_model_in(folder.path()) == folder / "best");
  CHECK(step_of_best_model(folder / "best") == 7);
  folder.write("best/best.json", "{}");
  CHECK_ERROR(step_of_best_model(folder / "best"), errc::bad_format, "has no \"step\"");
  remove_checkpoint(folder / "best");
  CHECK(folder.names() == std::vector<std::string>{"best.tmp-1-2", "checkpoint-3", "other"});
  CHECK(detail::best_model_in(folder.path()) == "");
}

TEST_CASE("A folder with a run in it, at any depth, is no best model") {
  test_folder folder;
  for (const char* name : {"a/checkpoint-4", "b/deep/er", "c/checkpoint-4.passed-1", "d/more"}) {
    fs::create_directories(folder / name);
    folder.write(std::string(name).substr(0, 1) + "/best.json", "{}");
  }
  folder.write("b/deep/er/gkd.lock", "");
  for (const char* name : {"a", "b", "c"}) CHECK_FALSE(detail::is_best_model(folder / name));
  CHECK(detail::is_best_model(folder / "d"));
}

TEST_CASE("Best models are copied under names that go again without commit()") {
  test_folder from, to;
  const std::string record = R"({"metric": "eval_loss", "value": 1.0, "step": 7})";
  for (const char* name : {"best", "mine"}) fs::create_directory(from / name);
  from.write("best/best.json", record);
  from.write("mine/best.json", "{}");
  from.write("best.json", record);
  from.write("model.safetensors", "model");
  from.write("notes.txt", "");
  {
    const detail::best_models_copy copy(from.path(), to.path(), 8);
    REQUIRE(to.names().size() == 1);
    CHECK(to.names()[0].starts_with("best.taken.tmp-"));
    CHECK(detail::list_unfinished(to.path()).size() == 1);
  }
  CHECK(to.names().empty());
  for (int i = 0; i < 2; ++i) {  // the second time over the first
    const detail::best_models_copy copy(from.path(), to.path(), 8);
    CHECK(copy.commit() == std::vector<std::string>{"best", "model.safetensors", "best.json"});
  }
  CHECK(to.names() == std::vector<std::string>{"best", "best.json", "model.safetensors"});
  CHECK(to.read("best/best.json") == record);
  CHECK(to.read("model.safetensors") == "model");

  test_folder taken, held;
  taken.write("model.safetensors", "another's");
  CHECK_ERROR(detail::best_models_copy(from.path(), taken.path(), 8), errc::already_exists,
              "model.safetensors: is no best model, and in the place of");
  fs::create_directories(held / "best/checkpoint-3");
  held.write("best/best.json", record);
  CHECK_ERROR(detail::best_models_copy(from.path(), held.path(), 8), errc::already_exists,
              "best: is no best model");
  CHECK(held.names() == std::vector<std::string>{"best"});
  from.write("best.json", R"({"step": 9})");  // of a later step
  CHECK(detail::best_models_copy(from.path(), to.path(), 8).commit() ==
        std::vector<std::string>{"best"});
  from.write("best/best.json", "{\"step\":");
  CHECK_ERROR(detail::best_models_copy(from.path(), to.path(), 8), errc::bad_format, "best.json");
}
