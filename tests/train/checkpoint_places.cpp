// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/checkpoint_places.hpp>

#include "support/catch.hpp"

using namespace gkd;

TEST_CASE("Names of checkpoints are read as they are written, and no others") {
  CHECK(step_of_checkpoint("checkpoint-0") == 0);
  CHECK(step_of_checkpoint("checkpoint-120") == 120);
  for (const char* name : {"checkpoint-", "checkpoint-01", "checkpoint--1", "checkpoint-+1",
                           "checkpoint-1.tmp-2-3", "checkpoint-99999999999999999999",
                           "checkpoint-1 ", "Checkpoint-1", "checkpoint-0x1", "model"})
    CHECK(step_of_checkpoint(name) == -1);
}
