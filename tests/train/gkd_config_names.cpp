// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/gkd_config_names.hpp>

#include "support/catch.hpp"

using namespace gkd;

namespace {

std::string nearest(std::string_view name) {
  return std::string(detail::nearest_option(name, false));
}

}  // namespace

TEST_CASE("A name that an option begins with is near it: --model, --teacher, --output") {
  CHECK(nearest("model") == "model_name_or_path");
  CHECK(nearest("model_name") == "model_name_or_path");
  CHECK(nearest("teacher") == "teacher_model_name_or_path");
  CHECK(nearest("dataset") == "dataset_name");  // "datasets", an error if set, is one letter away
  CHECK(nearest("output") == "output_dir");
  CHECK(nearest("max_new") == "max_new_tokens");
  CHECK(nearest("resume") == "resume_from_checkpoint");
  CHECK(nearest("te") == "");  // too short to tell
}

TEST_CASE("A name that begins with an option's is near it where no other is spelt so") {
  CHECK(nearest("optimizer") == "optim");
  CHECK(nearest("output_directory") == "output_dir");
  CHECK(nearest("lmbda_pre") == "lmbda_per");
}

TEST_CASE("What others call an option is told by its name here") {
  CHECK(nearest("lr") == "learning_rate");
  CHECK(nearest("epochs") == "num_train_epochs");
  CHECK(nearest("batch_size") == "per_device_train_batch_size");
  CHECK(nearest("lambda") == "lmbda");
  CHECK(nearest("steps") == "max_steps");
  for (const auto& [elsewhere, here] : detail::names_elsewhere) {
    INFO(elsewhere);
    CHECK(detail::find_option(here));
    CHECK_FALSE(detail::find_option(elsewhere));
  }
}

TEST_CASE("Letters that differ, are missing or swapped; nothing that is far away") {
  CHECK(nearest("learning_rtae") == "learning_rate");
  CHECK(nearest("lamda") == "lmbda");
  CHECK(nearest("quite_something_else") == "");
  CHECK(nearest(std::string(101, 'l')) == "");
  CHECK(detail::nearest_option("hel", true) != "help");  // which no file has
  CHECK(nearest("hel") == "help");
}

TEST_CASE("Capitals are no other letters") {
  CHECK(nearest("LMBDA") == "lmbda");
  CHECK(nearest("Learning_Rate") == "learning_rate");
  CHECK(nearest("Batch_Size") == "per_device_train_batch_size");
  CHECK(nearest("Teacher") == "teacher_model_name_or_path");
}

TEST_CASE("The batch size of a device is the one of training, which is spelt less nearly so") {
  CHECK(nearest("per_device_batch_size") == "per_device_train_batch_size");
}

TEST_CASE("One hyphen in place of two is told from a value that begins with one") {
  for (const char* word : {"-lmbda", "-LMBDA=1", "-eval-steps", "-help", "-config", "-bf16"})
    CHECK(detail::lacks_hyphen(word));
  for (const char* word : {"--lmbda", "-1", "-1e-5", "-h", "-", "", "lmbda", "-lmbd", "-x=lmbda"})
    CHECK_FALSE(detail::lacks_hyphen(word));
}

TEST_CASE("Hyphens are underscores") {
  CHECK(detail::with_underscores("eval-steps") == "eval_steps");
}
