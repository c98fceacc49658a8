// SPDX-License-Identifier: Apache-2.0
#include <gkd/report/jsonl.hpp>

#include "support/catch.hpp"

#include <unistd.h>  // getpid

#include <array>       // array
#include <filesystem>  // temp_directory_path, remove_all
#include <fstream>     // ifstream, ofstream
#include <sstream>     // ostringstream

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>  // an independent reader
#endif

namespace {

/// A folder for one test, removed after it.
struct folder {
  std::filesystem::path path;
  folder() {
    static int count = 0;
    path = std::filesystem::temp_directory_path() /
           ("gkd-jsonl-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directory(path);
  }
  ~folder() { std::filesystem::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
};

std::string content(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

std::string json(const gkd::json_value& value) { return value.text(); }

}  // namespace

TEST_CASE("a log has one object per line") {
  folder f;
  const std::vector<std::string> answers{"yes", "no"};
  gkd::jsonl_writer log{f.file("log.jsonl")};
  log.write({{"step", 10}, {"loss", 0.25}, {"answers", answers}, {"git", nullptr}});
  log.write({{"done", true}});
  CHECK(content(log.path()) ==
        "{\"step\":10,\"loss\":0.25,\"answers\":[\"yes\",\"no\"],\"git\":null}\n"
        "{\"done\":true}\n");
}

TEST_CASE("numbers are written so that they read back the same") {
  CHECK(json(0.1) == "0.1");
  CHECK(json(0.1f) == "0.1");
  CHECK(json(1.0 / 3.0) == "0.3333333333333333");
  CHECK(json(1e300) == "1e+300");
  CHECK(json(-0.0) == "-0");
  CHECK(json(std::int8_t{-3}) == "-3");
  CHECK(json(18446744073709551615ull) == "18446744073709551615");
  CHECK(json(false) == "false");
  for (double x : {5e-324, 1.7976931348623157e308, 0.1 + 0.2, 123456789.123456789, -1e-7})
    CHECK(std::strtod(json(x).c_str(), nullptr) == x);
}

TEST_CASE("JSON has no NaN: it is null") {
  CHECK(json(std::nan("")) == "null");
  CHECK(json(HUGE_VAL) == "null");
  CHECK(json(-HUGE_VALF) == "null");
}

TEST_CASE("texts are escaped as JSON wants") {
  CHECK(gkd::json_string("plain ü 日本 🙂") == "\"plain ü 日本 🙂\"");
  CHECK(gkd::json_string("\"\\\n\r\t/") == "\"\\\"\\\\\\n\\r\\t/\"");
  CHECK(gkd::json_string(std::string_view("\0\x1f\x7f", 3)) == "\"\\u0000\\u001f\\u007f\"");
  CHECK(gkd::json_string("a\u2028b") == "\"a\\u2028b\"");
  CHECK(gkd::json_string("cut \xe6\x97 off") == "\"cut \uFFFD\uFFFD off\"");
}

TEST_CASE("lists and objects nest") {
  CHECK(json(std::vector<int>{}) == "[]");
  CHECK(json(std::vector<std::vector<double>>{{1, 2.5}, {}}) == "[[1,2.5],[]]");
  CHECK(json(std::array<const char*, 2>{"a", "b"}) == "[\"a\",\"b\"]");
  CHECK(json(gkd::json_value::object({{"a", gkd::json_value::object({{"b", 1}})}})) ==
        "{\"a\":{\"b\":1}}");
  CHECK(json(std::vector<gkd::json_value>{1, "x", nullptr}) == "[1,\"x\",null]");
}

TEST_CASE("a name that comes twice is an error") {
  CHECK_THROWS_WITH(gkd::json_value::object({{"a", 1}, {"b", 2}, {"a", 3}}),
                    "gkd: json object: two members named \"a\", want different names");
}

TEST_CASE("a log goes on where it ended, or begins anew when asked") {
  folder f;
  const std::string path = f.file("log.jsonl");
  gkd::jsonl_writer{path}.write({{"a", 1}});
  gkd::jsonl_writer{path}.write({{"a", 2}});
  CHECK(content(path) == "{\"a\":1}\n{\"a\":2}\n");
  gkd::jsonl_writer{path, gkd::log_mode::replace}.write({{"a", 3}});
  CHECK(content(path) == "{\"a\":3}\n");
}

TEST_CASE("a line that a crash tore does not swallow the next one") {
  folder f;
  const std::string path = f.file("log.jsonl");
  std::ofstream(path) << "{\"a\":1}\n{\"a\":";
  gkd::jsonl_writer log{path};
  log.write({{"a", 2}});
  log.write({{"a", 3}});
  CHECK(content(path) == "{\"a\":1}\n{\"a\":\n{\"a\":2}\n{\"a\":3}\n");
}

TEST_CASE("two writers of one log do not overwrite each other") {
  folder f;
  gkd::jsonl_writer one{f.file("log.jsonl")}, two{f.file("log.jsonl")};
  one.write({{"from", 1}});
  two.write({{"from", 2}});
  one.write({{"from", 1}});
  CHECK(content(one.path()) == "{\"from\":1}\n{\"from\":2}\n{\"from\":1}\n");
}

TEST_CASE("lines are replaced at once, and the log goes on behind them") {
  folder f;
  const std::string path = f.file("log.jsonl");
  std::ofstream(path) << "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"a\":";
  gkd::jsonl_writer log{path};
  log.replace_lines([](std::string_view lines) {
    CHECK(lines == "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");  // not the torn one
    return std::string(lines.substr(0, 8));
  });
  CHECK(content(path) == "{\"a\":1}\n");
  log.write({{"a", 4}});
  CHECK(content(path) == "{\"a\":1}\n{\"a\":4}\n");
  log.replace_lines([](std::string_view) { return std::string(); });
  log.write({{"a", 5}});
  CHECK(content(path) == "{\"a\":5}\n");
  // nothing else is left in the folder
  CHECK(std::distance(std::filesystem::directory_iterator(f.path), {}) == 1);
}

TEST_CASE("a link to a log stays one when its lines are replaced; a pipe has none") {
  folder f;
  const std::string path = f.file("log.jsonl"), link = f.file("link.jsonl");
  std::filesystem::create_symlink(path, link);
  gkd::jsonl_writer log{link};
  log.write({{"a", 1}});
  log.replace_lines([](std::string_view) { return std::string("{\"a\":2}\n"); });
  log.write({{"a", 3}});
  CHECK(std::filesystem::is_symlink(link));
  CHECK(content(path) == "{\"a\":2}\n{\"a\":3}\n");
  bool asked = false;
  gkd::jsonl_writer{"/dev/null"}.replace_lines([&](std::string_view) {
    asked = true;
    return std::string();
  });
  CHECK_FALSE(asked);
}

TEST_CASE("what the system refuses is an error with the path and its reason") {
  folder f;
  const auto fails = [](const std::string& path, const char* reason) {
    try {
      gkd::jsonl_writer log{path};
      log.write({{"a", 1}});
      FAIL("no error");
    } catch (const gkd::error& e) {
      CHECK(e.code() == gkd::errc::io_failure);
      CHECK_THAT(e.what(), Catch::Matchers::ContainsSubstring(path));
      CHECK_THAT(e.what(), Catch::Matchers::ContainsSubstring(reason));
    }
  };
  fails(f.file("missing/log.jsonl"), "No such file or directory");
  fails(f.path.string(), "Is a directory");
  if (std::filesystem::exists("/dev/full")) fails("/dev/full", "No space left on device");
  CHECK_THROWS_AS(gkd::jsonl_writer{""}, gkd::error);
}

#if __has_include(<nlohmann/json.hpp>)
TEST_CASE("another JSON reader reads back every text") {
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      const auto read = nlohmann::json::parse(gkd::json_string(text));
      if (first < 0x80 && second < 0x80) REQUIRE(read.get<std::string>() == text);
    }
  const auto read = nlohmann::json::parse(
      json(gkd::json_value::object({{"a\"b", std::vector<double>{0.1, std::nan("")}}})));
  CHECK(read["a\"b"][0] == 0.1);
  CHECK(read["a\"b"][1].is_null());
}
#endif
