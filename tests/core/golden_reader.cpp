// SPDX-License-Identifier: Apache-2.0
// The reader of golden files itself: what it reads, and that nothing wrong is read as something.
#include "support/catch.hpp"
#include "support/golden.hpp"

#include <cmath>  // signbit

namespace {

std::string failure(std::string_view text) {
  try {
    golden::file file("f.golden", text);
    for (const golden::record& r : file.all()) {
      for (const std::string& key : r.keys()) r.list<double>(key);
      r.number("one");
    }
    file.get("case", "b");
  } catch (const golden::error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("golden files: records, lists, shapes") {
  const golden::file file("f.golden",
                          "# head\n\n[inputs a]\nz (2, 3): 0x1.8p+1 -0x1p-1 -inf inf 0 -0x0p+0\n"
                          "[case]\ninputs: a\nname: batchmean\nids: -100 7\nx: 0.1\n[case]\nx: 2");
  const golden::record& inputs = file.get("inputs", "a");
  REQUIRE(inputs.shape("z") == std::vector<std::size_t>{2, 3});
  const auto z = inputs.list<float>("z");
  REQUIRE(z.size() == 6);
  REQUIRE(z[0] == 3.0f);
  REQUIRE(z[1] == -0.5f);
  REQUIRE(z[2] == -HUGE_VALF);
  REQUIRE(z[3] == HUGE_VALF);
  REQUIRE((z[5] == 0.0f && std::signbit(z[5])));
  REQUIRE(inputs.list<long double>("z")[0] == 3.0L);
  REQUIRE(file.all("case").size() == 2);
  const golden::record first = file.all("case").front();
  REQUIRE(first.word("name") == "batchmean");
  REQUIRE(first.list<int>("ids") == std::vector<int>{-100, 7});
  REQUIRE(first.number("x") == 0.1);
  REQUIRE(first.number<long double>("x") == 0.1L);
  REQUIRE(first.shape("x").empty());
  REQUIRE_FALSE(first.has("y"));
}

TEST_CASE("golden files: what is wrong is named with file and line") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(failure("one: 1"), ContainsSubstring("f.golden:1: a value before the first [kind]"));
  CHECK_THAT(failure("[a]\nplain text"), ContainsSubstring("f.golden:2: want \"key: values\""));
  CHECK_THAT(failure("[a b c]"), ContainsSubstring("f.golden:1: want [kind] or [kind name]"));
  CHECK_THAT(failure("[a]\n: 1"), ContainsSubstring("f.golden:2: a value has no key"));
  CHECK_THAT(failure("[a]\none: 1\none: 2"), ContainsSubstring("f.golden:3: the key one is there"));
  CHECK_THAT(failure("[a]\none (2, 2): 1 2 3"), ContainsSubstring("has 3 values, its shape wants"));
  CHECK_THAT(failure("[a]\none (x): 1"), ContainsSubstring("\"x\" is not a length"));
  CHECK_THAT(failure("[a]\none: 1.5.2"), ContainsSubstring("f.golden:2: one: \"1.5.2\" is not"));
  CHECK_THAT(failure("[a]\none: 0x-1p0"), ContainsSubstring("\"0x-1p0\" is not such a number"));
  CHECK_THAT(failure("[a]\none: 1 2"), ContainsSubstring("one has 2 values, want one"));
  CHECK_THAT(failure("[a]\ntwo: 1"), ContainsSubstring("f.golden:1: [a] has no key one"));
  CHECK_THAT(failure("[case a]\none: 1"), ContainsSubstring("f.golden: no record [case b]"));
  CHECK(failure("[case b]\none: 1") == "");
  CHECK_THROWS_AS(golden::oracle("no_such_file.golden"), golden::error);
  CHECK_THROWS_AS(golden::file("f.golden", "[a]\n").all("case"), golden::error);
}
