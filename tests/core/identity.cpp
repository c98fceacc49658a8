// SPDX-License-Identifier: Apache-2.0
#include <gkd/core/identity.hpp>

#include "support/catch.hpp"

using namespace gkd;

namespace {
struct named {
  identity_fields identity() const { return identity_fields("named").add("size", 3u); }
};
struct nameless {};
}  // namespace

TEST_CASE("identity: fields by name, with numbers as they are") {
  const auto f = identity_fields("annealed").add("from", 0.1).add("steps", -4).add("once", true);
  REQUIRE(f.fields().size() == 4);
  CHECK(f.fields()[0].first == "name");
  CHECK(std::get<std::string>(f.fields()[0].second) == "annealed");
  CHECK(std::get<double>(f.fields()[1].second) == 0.1);
  CHECK(std::get<std::int64_t>(f.fields()[2].second) == -4);
  CHECK(std::get<bool>(f.fields()[3].second));
  CHECK(f != identity_fields("annealed").add("from", 0.1f).add("steps", -4).add("once", true));
}

TEST_CASE("identity: a part of a part keeps its fields under a prefix; without a name it has one") {
  const auto f = identity_fields("outer")
                     .add("first", part_identity(named{}))
                     .add("second", part_identity(nameless{}));
  std::vector<std::string> names;
  for (const auto& field : f.fields()) names.push_back(field.first);
  CHECK(names == std::vector<std::string>{"name", "first.name", "first.size", "second.name"});
  CHECK(std::get<std::string>(f.fields()[3].second) == "unnamed");
}
