// SPDX-License-Identifier: Apache-2.0
#include <gkd/sample/own_sample.hpp>

#include "support/catch.hpp"

using gkd::detail::names_sample;

namespace {

struct without {
  void samples() {}
};
struct plain {
  int sample(int) { return 0; }
};
struct overloaded {
  int sample(int) { return 0; }
  int sample(int, int) const { return 0; }
};
struct of_any {
  template <class X>
  int sample(const X&) {
    return 0;
  }
};
struct inherits : of_any {};
class keeps_private {
  [[maybe_unused]] int sample(int) { return 0; }
};
struct final_and_plain final {
  static int sample(int) { return 0; }
};
struct final_without final {};
struct has_type {
  struct sample {};
};
struct abstract {
  virtual ~abstract() = default;
  virtual int sample(int) = 0;
};

}  // namespace

TEST_CASE("own_sample: a member called sample is found, whatever its signature") {
  STATIC_REQUIRE(names_sample<plain>);
  STATIC_REQUIRE(names_sample<const plain>);
  STATIC_REQUIRE(names_sample<overloaded>);
  STATIC_REQUIRE(names_sample<const overloaded>);
  STATIC_REQUIRE(names_sample<of_any>);
  STATIC_REQUIRE(names_sample<inherits>);
  STATIC_REQUIRE(names_sample<keeps_private>);
  STATIC_REQUIRE(names_sample<final_and_plain>);
  STATIC_REQUIRE(names_sample<abstract>);
}

TEST_CASE("own_sample: other names and types are none") {
  STATIC_REQUIRE_FALSE(names_sample<without>);
  STATIC_REQUIRE_FALSE(names_sample<const without>);
  STATIC_REQUIRE_FALSE(names_sample<final_without>);
  STATIC_REQUIRE_FALSE(names_sample<has_type>);
  STATIC_REQUIRE_FALSE(names_sample<int>);
}
