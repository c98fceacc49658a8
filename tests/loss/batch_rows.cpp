// SPDX-License-Identifier: Apache-2.0
#include <gkd/core/tensor.hpp>
#include <gkd/loss/batch_rows.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

TEST_CASE("a row of a batch is named by its sequence and position") {
  // rows: before tokens 1 and 2 of sequence 0, before token 3 of sequence 1
  const sequence both[] = {{{5, 6, 7}, {0, 1, 1}}, {{5, 6, 7, 8}, {0, 0, 0, 1}}};
  const token_batch batch(both);
  REQUIRE(batch.rows().size() == 3);
  CHECK(detail::row_place(batch, 0) == "sequence 0, position 0");
  CHECK(detail::row_place(batch, 1) == "sequence 0, position 1");
  CHECK(detail::row_place(batch, 2) == "sequence 1, position 2");
  CHECK(detail::row_place(batch, 2, 40) == "sequence 41, position 2");
}

TEST_CASE("logits have a row for each of the batch, and at least the vocabulary's columns") {
  const sequence one[] = {{{5, 6, 7}, {0, 1, 1}}};
  const token_batch batch(one);
  float z[12] = {};
  CHECK_NOTHROW(detail::check_logits(matrix_view(z, 2, 4), batch, 4, "student"));
  CHECK_NOTHROW(detail::check_logits(matrix_view(z, 2, 6), batch, 4, "student"));
  CHECK_ERROR(detail::check_logits(matrix_view(z, 2, 3), batch, 4, "student"), errc::shape_mismatch,
              "student logits are (2, 3), want (2, >= 4)");
  CHECK_ERROR(detail::check_logits(matrix_view(z, 3, 4), batch, 4, "teacher"), errc::shape_mismatch,
              "teacher logits are (3, 4), want (2, >= 4)");
}

namespace {
struct device_space {
  static constexpr bool host_accessible = false;
};
}  // namespace

TEST_CASE("logits at a null pointer are told from those in memory, wherever that is") {
  const sequence one[] = {{{5, 6, 7}, {0, 1, 1}}}, prompt[] = {{{5}, {0}}};
  const token_batch batch(one), no_rows(prompt);
  const matrix_view<const float> here(nullptr, 2, 4);
  const matrix_view<const float, device_space> there(remote_pointer<const float, device_space>{}, 2,
                                                     4);
  CHECK_ERROR(detail::check_logits(here, batch, 4, "student"), errc::shape_mismatch,
              "student logits are (2, 4) at a null pointer, want a view of memory that holds them");
  CHECK_ERROR(detail::check_logits(there, batch, 4, "teacher"), errc::shape_mismatch,
              "teacher logits are (2, 4) at a null pointer");
  CHECK_NOTHROW(detail::check_logits(here.slice(0, 0), no_rows, 4, "student"));
  float z[8] = {};
  const remote_pointer<const float, device_space> address(z);
  CHECK_NOTHROW(detail::check_logits(matrix_view<const float, device_space>(address, 2, 4), batch,
                                     4, "student"));
}
