// SPDX-License-Identifier: Apache-2.0
#include <gkd/report/table.hpp>

#include "support/catch.hpp"

using gkd::detail::column_number;

TEST_CASE("a table takes rows of one cell per column") {
  gkd::table t{{.title = "run"}, {.title = "loss"}};
  t.add({"sft", 0.5});
  t.add({"gkd", {}});
  REQUIRE(t.rows() == 2);
  CHECK(t.row(0)[0].text == "sft");
  CHECK(t.row(0)[1].number == 0.5);
  CHECK(t.row(1)[1].missing());
}

TEST_CASE("a row of another length is an error that counts") {
  gkd::table t{{.title = "run"}, {.title = "loss"}};
  t.add({"sft", 0.5});
  try {
    t.add({"gkd"});
    FAIL("no error");
  } catch (const gkd::error& e) {
    CHECK(e.code() == gkd::errc::shape_mismatch);
    CHECK(std::string(e.what()) == "gkd: table: row 1 has 1 cells, want 2, one per column");
  }
}

TEST_CASE("a table without columns, or with impossible decimals, is an error") {
  CHECK_THROWS_AS(gkd::table(std::vector<gkd::table_column>{}), gkd::error);
  CHECK_THROWS_WITH((gkd::table{{.title = "x\n", .decimals = 18}}),
                    "gkd: table: column \"x\\x0a\" has 18 decimals, want 0 .. 17");
}

TEST_CASE("a cell is text, a number, a number with a half-width, or missing") {
  CHECK(gkd::table_cell("a").text == "a");
  CHECK(gkd::table_cell(std::string_view("a")).text == "a");
  CHECK(gkd::table_cell(3).number == 3.0);
  CHECK(gkd::table_cell(3ull).number == 3.0);
  CHECK(gkd::table_cell(0.25f).number == 0.25);
  CHECK(gkd::plus_minus(97.0, 0.2).half_width == 0.2);
  CHECK(gkd::table_cell{}.missing());
  CHECK(gkd::table_cell("").missing());
  CHECK_FALSE(gkd::table_cell(0).missing());
  CHECK(gkd::plus_minus(1.0, 2.0).in(gkd::tone::strong).tone == gkd::tone::strong);
  CHECK(gkd::plus_minus(1.0, 2.0).in(gkd::tone::strong).half_width == 2.0);
}

TEST_CASE("numbers are written as their column says") {
  CHECK(column_number(0.5, {.title = "", .decimals = 2}) == "0.50");
  CHECK(column_number(2.5, {.title = "", .decimals = 0}) == "2");  // half to even, as printf
  CHECK(column_number(18.44, {.title = "", .decimals = 1, .sign = true}) == "+18.4");
  CHECK(column_number(-3.5, {.title = "", .decimals = 1, .sign = true}) == "-3.5");
  CHECK(column_number(0.0, {.title = "", .decimals = 1, .sign = true}) == "0.0");
  CHECK(column_number(-0.001, {.title = "", .decimals = 2}) == "0.00");
  CHECK(column_number(std::nan(""), {.title = ""}) == "nan");
  CHECK(column_number(-HUGE_VAL, {.title = ""}) == "-inf");
  CHECK(column_number(1e300, {.title = ""}) == "1e+300");
}

TEST_CASE("thousands are set apart") {
  const gkd::table_column c{.title = "", .decimals = 0, .thousands = true};
  CHECK(column_number(0, c) == "0");
  CHECK(column_number(999, c) == "999");
  CHECK(column_number(1000, c) == "1,000");
  CHECK(column_number(-123456, c) == "-123,456");
  CHECK(column_number(1234567, c) == "1,234,567");
  CHECK(column_number(1234.5, {.title = "", .decimals = 1, .thousands = true}) == "1,234.5");
}

TEST_CASE("columns with numbers stand right unless told otherwise") {
  gkd::table t{{.title = "text"},
               {.title = "numbers"},
               {.title = "left", .align = gkd::text_alignment::left},
               {.title = "right", .align = gkd::text_alignment::right},
               {.title = "empty"}};
  t.add({"a", 1, 2, "< 0.001", {}});
  t.add({"b", "failed", 2, "0.3", {}});
  const auto right = [&](gkd::index i) { return gkd::detail::column_in_letters(t, i).right; };
  CHECK_FALSE(right(0));
  CHECK(right(1));
  CHECK_FALSE(right(2));
  CHECK(right(3));
  CHECK_FALSE(right(4));
}

TEST_CASE("neighbours of the same group belong together") {
  const gkd::table t{
      {.title = "run"}, {.title = "a", .group = "g"}, {.title = "b", .group = "g"}, {.title = "c"},
      {.title = "d"},   {.title = "e", .group = "g"}};
  const auto groups = gkd::detail::column_groups(t);
  REQUIRE(groups.size() == 5);
  CHECK(groups[1].first == 1);
  CHECK(groups[1].last == 3);
  CHECK(groups[1].title == "g");
  CHECK(groups[3].title.empty());
  CHECK(groups[4].first == 5);
}
