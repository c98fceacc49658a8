// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/hf_fields.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;
using nlohmann::json;

TEST_CASE("hf_fields: members by type, defaults for what is absent or null") {
  const json object = {{"n", 3},      {"x", 0.5},        {"on", true},
                       {"name", "a"}, {"null", nullptr}, {"inner", {{"n", 4}}}};
  hf_fields f(object, "file");
  CHECK(f.size("n", 1, 3) == 3);
  CHECK(f.size("none", 1, 3, 2) == 2);
  CHECK(f.size("null", 1, 3, 2) == 2);
  CHECK(f.positive("x") == 0.5);
  CHECK(f.positive("n") == 3.0);
  CHECK(f.positive("none", 7.0) == 7.0);
  CHECK(f.flag("on", false));
  CHECK(f.flag("null", true));
  CHECK(f.text("name") == "a");
  CHECK(f.text("none").empty());
  hf_fields inner = f.object("inner");
  CHECK(inner.size("n", 1, 9) == 4);
  CHECK(f.has("null"));
  CHECK_FALSE(f.find("null"));
}

TEST_CASE("hf_fields: what is not as it should be says file, member, value and range") {
  const json object = {{"n", 3}, {"text", "\x1b[2J"}, {"list", {1, 2}}, {"inner", {{"n", -4}}}};
  hf_fields f(object, "file");
  CHECK_ERROR(f.size("n", 4, 9), errc::bad_format,
              "gkd: file: \"n\" is 3, want an integer from 4 to 9");
  CHECK_ERROR(f.size("none", 4, 9), errc::bad_format, "file: has no \"none\"");
  CHECK_ERROR(f.positive("text"), errc::bad_format,
              "\"text\" is \"\\x1b[2J\", want a number above 0");
  CHECK_ERROR(f.flag("list", false), errc::bad_format, "\"list\" is [1,2], want true or");
  CHECK_ERROR(f.text("n"), errc::bad_format, "\"n\" is 3, want a text");
  CHECK_ERROR(f.object("n"), errc::bad_format, "\"n\" is 3, want an object");
  CHECK_ERROR(f.object("none"), errc::bad_format, "has no \"none\"");
  CHECK_ERROR(f.object("inner").positive("n"), errc::bad_format,
              "file: \"inner\": \"n\" is -4, want a number above 0");
  CHECK_ERROR(hf_fields(json(1), "file"), errc::bad_format, "file: of type number, want a JSON");
}

TEST_CASE("hf_fields: what nobody has asked for") {
  const json object = {{"a", 1}, {"b", 2}, {"c", nullptr}, {"d", 4}};
  hf_fields f(object, "file");
  f.find("a");
  f.flag("e", true);
  std::string rest;
  f.for_the_rest([&](const std::string& name, const json&) { rest += name; });
  CHECK(rest == "bd");
}
