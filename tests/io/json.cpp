// SPDX-License-Identifier: Apache-2.0
#include <gkd/io/json.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

#include <cmath>  // signbit

using namespace gkd;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

json parse(std::string_view text, const json_limits& limits = {}) {
  return parse_json(text, {"f.json"}, limits);
}
// the error's text, or "accepted"
std::string refusal(std::string_view text, const json_limits& limits = {}) {
  try {
    parse(text, limits);
  } catch (const error& e) {
    CHECK(e.code() == errc::bad_format);
    return e.what();
  }
  return "accepted";
}
std::string nested(gkd::index depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("parse_json: a document, by hand") {
  const json value =
      parse(R"( {"a": [1, -2, 0.5, 1e3, true, false, null, "x\u00e9\n"], "b": {}} )");
  REQUIRE(value["a"].size() == 8);
  CHECK(value["a"][0].is_number_unsigned());
  CHECK(value["a"][1] == -2);
  CHECK(value["a"][2] == 0.5);
  CHECK(value["a"][3].is_number_float());
  CHECK(value["a"][4] == true);
  CHECK(value["a"][6].is_null());
  CHECK(value["a"][7] == "x\xc3\xa9\n");
  CHECK(value["b"].is_object());
  for (const char* scalar : {"1", "\"a\"", "null", "true", "[]", "{}", "\t\r\n 0 "}) parse(scalar);
}

TEST_CASE("parse_json: errors say file, line, column and byte") {
  CHECK(refusal("{\n  \"a\": 1,\n  \"b\": tru\n}") ==
        "gkd: f.json:3:11: bad JSON: syntax error while parsing value - invalid literal (byte 22)");
  CHECK(refusal("[1,") ==
        "gkd: f.json:1:4: bad JSON: syntax error while parsing value - "
        "unexpected end of input; expected '[', '{', or a literal (byte 3)");
  CHECK_THAT(refusal("[1, 2] 3"), ContainsSubstring("f.json:1:8: bad JSON"));
  CHECK_THROWS_WITH(parse_json("{", {"train.jsonl", 17}), ContainsSubstring("train.jsonl:17:2:"));
}

TEST_CASE("parse_json: an error quotes nothing of the text beyond a key's first 64 bytes") {
  const std::string secret(1000, 's');
  for (const std::string& text :
       {"{\"a\": " + secret, "\"" + secret, "[" + secret + "]", "{\"" + secret + "\" 1}",
        "{\"" + secret + "\":1,\"" + secret + "\":1}", "[1" + secret + "]"}) {
    const std::string why = refusal(text);
    CHECK(why != "accepted");
    CHECK(why.find(std::string(65, 's')) == why.npos);
  }
  const std::string why = refusal("{\"\\u001b]52;c;\\u0007\":1,\"\\u001b]52;c;\\u0007\":1}");
  CHECK_THAT(why, ContainsSubstring("the key \"\\x1b]52;c;\\x07\" for the second time"));
}

// Of nst/JSONTestSuite's cases a selection by kind of mistake, and others in its manner.
TEST_CASE("S60: malformed documents, a selection, are refused") {
  const std::string malformed[] = {
      // structure
      "", " ", "[", "]", "{", "}", "[}", "{]", "[1", "[1,", "[1,]", "[,1]", "[1,,2]", "[1 2]",
      "[1:2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,\"a\":1}", "{\"a\" 1}", "{\"a\",1}", "{a:1}",
      "{'a':1}", "{1:1}", "{null:1}", "{\"a\":1 \"b\":2}", "{\"a\":1}}", "[1]]", "[1]x", "1 2",
      "{}{}", "[] []", "[1]// c", "/* c */[1]", "# c", "[\"a\"", "{\"a\":1", "{\"a\":[",
      "[1,\n1\n,1",
      // literals
      "tru", "TRUE", "True", "nul", "NULL", "None", "nan", "NaN", "-NaN", "Infinity", "-Infinity",
      "inf", "undefined", "[truefalse]",
      // numbers
      "-", "+1", "01", "-01", "00", "1.", ".5", "-.5", "1e", "1e+", "1E-", "1.e3", "1e3.5", "0x10",
      "1_000", "1,000", "--1", "1-2", "2.", "0e", "1.2.3", "1 000", "\xef\xbc\x91", "1a", "[-]",
      // strings
      "\"", "\"a", "'a'", "\"\\\"", "\"\\x41\"", "\"\\a\"", "\"\\u\"", "\"\\u12\"", "\"\\u12g4\"",
      "\"\\U0041\"", "\"a\nb\"", "\"a\tb\"", "\"\x01\"", "\"\x1f\"", "\"\\\n\"", "\"\\ud800\"",
      "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"", "\"\\ud800x\"", "\\u0041",
      "\"a\"\"b\"",
      // UTF-8
      "\"\x80\"", "\"\xbf\"", "\"\xc0\xaf\"", "\"\xc1\xbf\"", "\"\xc3\"", "\"\xc3(\"",
      "\"\xe0\x80\xaf\"", "\"\xe0\x9f\xbf\"", "\"\xe2\x82\"", "\"\xed\xa0\x80\"",
      "\"\xed\xbf\xbf\"", "\"\xf0\x80\x80\xaf\"", "\"\xf0\x8f\xbf\xbf\"", "\"\xf4\x90\x80\x80\"",
      "\"\xf5\x80\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"", "\"\xfe\"", "\"\xff\"", "\xff",
      "[\"a\"\xe9]", "\xe9", "{\"\xe9\":1}",
      // byte order marks, other encodings, NUL
      "\xef\xbb\xbf[]", "\xef\xbb\xbf", "\xef\xbb", "\xfe\xff", "\xff\xfe",
      std::string("\0[\0]", 4), std::string("[]\0", 3), std::string("[]\0{", 4),
      std::string("\0", 1), std::string("[\"a\0b\"]", 7), std::string("{\"a\":1}\0garbage", 15),
      // white space that is none
      "\v[]", "\f[]", "\xc2\xa0[]", "[\xe2\x80\xa8]", "\xe2\x81\xa0[]"};
  for (const std::string& text : malformed) {
    INFO(text);
    CHECK(refusal(text) != "accepted");
  }
}

TEST_CASE("S60: unusual documents, a selection, are accepted") {
  const std::string good[] = {"[]",
                              "[[]   ]",
                              "{}",
                              "[\"\"]",
                              "{\"\":0}",
                              "[-0]",
                              "[0e1]",
                              "[0e+1]",
                              "[1E-2]",
                              "[-123]",
                              "[123.456789]",
                              "[1.7976931348623157e308]",
                              "[5e-324]",
                              "[1e-400]",
                              "\"\\u0000\"",
                              "\"\\\"\\\\\\/\"",
                              "\"\\ud834\\udd1e\"",
                              "\"\xf0\x9f\x98\x80\"",
                              "\"\xf4\x8f\xbf\xbf\"",
                              "\"\xef\xbf\xbf\"",
                              "\"\x7f\"",
                              "\"\xe2\x80\xa8\"",
                              "[1,2]\n",
                              "{\"a\":{\"a\":1},\"b\":{\"a\":1}}",
                              "{\"A\":1,\"a\":1}",
                              "[9223372036854775807,-9223372036854775808]"};
  for (const std::string& text : good) {
    INFO(text);
    CHECK(refusal(text) == "accepted");
  }
  CHECK(std::signbit(parse("-0.0").get<double>()));
}

TEST_CASE("S61: depth 64 is read, 65 is not, 1 MiB of brackets costs nothing") {
  const json deepest = parse(nested(64));
  const json copy = deepest;
  CHECK(copy.dump() == nested(64));
  CHECK(refusal(nested(65)) ==
        "gkd: f.json:1:66: bad JSON: nested deeper than 64 levels (byte 65)");
  CHECK_THAT(refusal(std::string(1 << 20, '[')), ContainsSubstring("deeper than 64"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK_THAT(refusal(objects), ContainsSubstring("deeper than 64"));
  CHECK(refusal(nested(3), {.max_depth = 3}) == "accepted");
  CHECK_THAT(refusal(nested(4), {.max_depth = 3}), ContainsSubstring("deeper than 3"));
}

// Keys are found by comparing them, so that there are no hashes to collide. A search that went over
// all keys for each would compare 5e11 times here, and not end.
TEST_CASE("S62: a million keys in one object are read, and one more that is there is refused") {
  std::string text = "{";
  for (int i = 0; i < 1'000'000; ++i) text += (i ? ",\"" : "\"") + std::to_string(i) + "\":0";
  CHECK(parse(text + "}").size() == 1'000'000);
  CHECK_THAT(refusal(text + ",\"7\":0}"), ContainsSubstring("\"7\" for the second time"));
}

TEST_CASE("duplicate keys are refused, also spelt with escapes and deep inside") {
  CHECK_THAT(refusal("{\"a\":1,\"a\":1}"),
             ContainsSubstring("f.json:1:11: bad JSON: the key \"a\" for the second time"));
  CHECK_THAT(refusal("{\"a\":1,\"\\u0061\":2}"), ContainsSubstring("second time"));
  CHECK_THAT(refusal("[{\"x\":{\"k\":[],\"k\":{}}}]"),
             ContainsSubstring("\"k\" for the second time"));
}

TEST_CASE("integers are integers of 64 bits, numbers fit a double") {
  CHECK(parse("9223372036854775807").get<std::int64_t>() == 9223372036854775807);
  CHECK_THAT(refusal("9223372036854775808"), ContainsSubstring("an integer above 2^63 - 1"));
  CHECK_THAT(refusal("18446744073709551616"),
             ContainsSubstring("an integer that 64 bits cannot hold"));
  CHECK_THAT(refusal("-9223372036854775809"), ContainsSubstring("64 bits"));
  CHECK_THAT(refusal("[1" + std::string(400, '0') + "]"), ContainsSubstring("number"));
  CHECK_THAT(refusal("1e309"), ContainsSubstring("a number too large for a double"));
  CHECK_THAT(refusal("-1e999999999"), ContainsSubstring("a number too large for a double"));
}

TEST_CASE("caps on bytes and values") {
  CHECK_THAT(refusal("[1, 2]", {.max_bytes = 5}), ContainsSubstring("more than 5 bytes"));
  CHECK(refusal("[1,2]", {.max_bytes = 5}) == "accepted");
  CHECK(refusal("[1,[2],3]", {.max_values = 5}) == "accepted");
  CHECK_THAT(refusal("[1,[2],3]", {.max_values = 4}), ContainsSubstring("more than 4 values"));
}

TEST_CASE("parse_json_members: the members of an object, one by one") {
  std::vector<std::pair<std::string, json>> seen;
  const auto sink = [&](const std::string& name, json&& value) {
    seen.emplace_back(name, std::move(value));
  };
  const auto any_number = [](std::string_view) { return json_limits{}.max_values; };
  parse_json_members(R"({"b": [1, {"x": 2}], "a": null, "c": {"b": {"d": 3}}})", {"f"}, any_number,
                     sink);
  REQUIRE(seen.size() == 3);
  CHECK(seen[0] == std::pair(std::string("b"), json::parse(R"([1, {"x": 2}])")));
  CHECK(seen[1] == std::pair(std::string("a"), json()));
  CHECK(seen[2] == std::pair(std::string("c"), json::parse(R"({"b": {"d": 3}})")));
  CHECK_THROWS_WITH(parse_json_members(R"({"a": [1], "b": 2, "a": 3})", {"f"}, any_number, sink),
                    ContainsSubstring("\"a\" for the second time"));
  for (const char* other : {"[1, {\"a\": 2}]", "1", "null"})
    CHECK_THROWS_WITH(parse_json_members(other, {"f"}, any_number, sink),
                      ContainsSubstring("want a JSON object"));
  CHECK(seen.size() == 5);  // "a" and "b" of the object that ended badly
}

TEST_CASE("parse_json_members: a member of too many values is refused before it is whole") {
  std::string seen;
  const auto sink = [&](const std::string& name, json&& value) { seen += name + value.dump(); };
  const auto parse_with = [&](const std::string& text) {
    seen.clear();
    const auto limit = [](std::string_view name) { return name == "long" ? gkd::index{4} : 3; };
    parse_json_members(text, {"f"}, limit, sink);
    return seen;
  };
  // the value itself counts, names do not
  CHECK(parse_with(R"({"a": [1, 2], "long": {"x": [1], "y": 2}, "b": {"c": {"a": 1}}, "d": 5})") ==
        R"(a[1,2]long{"x":[1],"y":2}b{"c":{"a":1}}d5)");
  CHECK_ERROR(parse_with(R"({"a": [1, 2], "b": [1, 2, 3]})"), errc::bad_format,
              "bad JSON: more than 3 values in \"b\"");
  CHECK(seen == "a[1,2]");
  CHECK_ERROR(parse_with(R"({"long": [1, 2, [3)"), errc::bad_format, "more than 4 values");
}

TEST_CASE("read_json: from a file") {
  const test_folder folder;
  CHECK(read_json(folder.write("f.json", "{\"a\": 1}"))["a"] == 1);
  CHECK_THROWS_WITH(read_json(folder.write("g.json", "{\n\"a\": }")),
                    ContainsSubstring("g.json:2:6:"));
  CHECK_THROWS_AS(read_json(folder / "none.json"), error);
}

TEST_CASE("S63: members with a type and a range") {
  const json config =
      json::parse(R"({"layers": -1, "heads": 0, "hidden": 2147483648, "vocab": 1e308,
      "eps": "nan", "rope": 1e4, "tied": true, "name": "llama", "shape": [], "rope_scaling": {}})");
  const auto integer = [&](const char* name) {
    return json_integer(config, name, "config.json", 1, 1 << 24);
  };
  CHECK_THROWS_WITH(integer("layers"),
                    "gkd: config.json: \"layers\" is -1, want an integer from 1 to "
                    "16777216");
  CHECK_THROWS_WITH(integer("heads"), ContainsSubstring("\"heads\" is 0, want"));
  CHECK_THROWS_WITH(integer("hidden"), ContainsSubstring("\"hidden\" is 2147483648, want"));
  CHECK_THROWS_WITH(integer("vocab"), ContainsSubstring("\"vocab\" is 1e+308, want an integer"));
  CHECK_THROWS_WITH(integer("name"), ContainsSubstring("\"name\" is of type string, want"));
  CHECK_THROWS_WITH(integer("missing"), "gkd: config.json: has no \"missing\"");
  CHECK_THROWS_WITH(json_number(config, "eps", "c", 0, 1),
                    "gkd: c: \"eps\" is of type string, want a number from 0 to 1");
  CHECK_THROWS_WITH(json_number(config, "rope", "c", 0, 1),
                    ContainsSubstring("\"rope\" is 10000.0"));
  CHECK(json_number(config, "rope", "c") == 1e4);
  CHECK(json_number(config, "heads", "c") == 0);
  CHECK(json_bool(config, "tied", "c"));
  CHECK_THROWS_WITH(json_bool(config, "heads", "c"), ContainsSubstring("want true or false"));
  CHECK(json_string(config, "name", "c") == "llama");
  CHECK_THROWS_WITH(json_string(config, "heads", "c"),
                    ContainsSubstring("\"heads\" is 0, want a string"));
  CHECK(json_array(config, "shape", "c").empty());
  CHECK(json_object(config, "rope_scaling", "c").empty());
  CHECK_THROWS_WITH(json_array(config, "rope_scaling", "c"), ContainsSubstring("want an array"));
  CHECK_THROWS_WITH(json_object(config, "shape", "c"), ContainsSubstring("want an object"));
  CHECK_THROWS_WITH(json_string(config["shape"], "a", "c"),
                    "gkd: c: of type array, want an object with \"a\"");
}

TEST_CASE("text_of_json: a text that is not UTF-8 was an exception of nlohmann's") {
  CHECK(text_of_json(json{{"a", {1, "\xc3\xa9"}}}) ==
        "{\n  \"a\": [\n    1,\n    \"\xc3\xa9\"\n  ]\n}\n");
  CHECK(text_of_json(nlohmann::ordered_json{{"b", 1}, {"a", 2}}) ==
        "{\n  \"b\": 1,\n  \"a\": 2\n}\n");
  CHECK_ERROR(text_of_json(json{{"a", {1, "caf\xe9"}}}), errc::bad_format,
              "gkd: JSON: \"/a/1\" is \"caf\\xe9\", want UTF-8");
  CHECK_ERROR(text_of_json(json{{"a", {{"\xff", json::object()}}}}), errc::bad_format,
              "gkd: JSON: the name \"/a/\\xff\", want UTF-8");
  CHECK_ERROR(text_of_json(nlohmann::ordered_json("\xc3")), errc::bad_format,
              "gkd: JSON: \"\" is \"\\xc3\", want UTF-8");
}
