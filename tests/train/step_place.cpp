// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/step_place.hpp>

#include <stdexcept>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

TEST_CASE("An error in a step says where; what is no error of gkd's passes as it is") {
  detail::step_place place{.step = 12, .rank = 3, .micro_batch = 7};
  CHECK_ERROR(place.locate("; so what", [] { fail(errc::bad_format, "no"); }), errc::bad_format,
              "gkd: no (step 12, rank 3); so what");
  CHECK_ERROR(place.locate("",
                           [&] {
                             place.micro_batch = 1;
                             fail(errc::context_overflow, "too long");
                           }),
              errc::context_overflow, "gkd: too long (step 12, micro-batch 1, rank 3)");
  CHECK_THROWS_AS(place.locate("", [] { throw std::logic_error("mine"); }), std::logic_error);
  int done = 0;
  place.locate("", [&] { ++done; });
  CHECK(done == 1);
}
