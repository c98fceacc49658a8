// SPDX-License-Identifier: Apache-2.0
// A table of results, described once and shown three ways: aligned text, Markdown and HTML.
//
//   table t{{.title = "run"},
//           {.title = "sampled", .group = "exact match, %", .decimals = 1},
//           {.title = "greedy", .group = "exact match, %", .decimals = 1}};
//   t.add({"sft", plus_minus(42.3, 5.4), 45.9});
//   print(t, console_of(stdout));              // table_text.hpp; to_html(t): table_markup.hpp
//
//        ─ exact match, % ─
//   run     sampled  greedy
//   ───────────────────────
//   sft  42.3 ± 5.4    45.9
#pragma once

#include <gkd/report/console.hpp>

#include <algorithm>         // min
#include <cmath>             // abs
#include <initializer_list>  // initializer_list
#include <optional>          // optional
#include <span>              // span
#include <type_traits>       // is_arithmetic_v, is_same_v
#include <utility>           // move
#include <vector>            // vector

namespace gkd::inline v0 {

/// A weight or colour that underlines what a text says. It is never the only thing that says it.
enum class tone { plain, strong, good, bad, muted };

/// Where the cells of a column stand.
enum class text_alignment {
  automatic,  ///< Right if some cell is a number, else left.
  left,
  right,
};

/// A column of a table.
struct table_column {
  std::string title;
  std::string group = {};  ///< Neighbours of the same group share a title above theirs.
  int decimals = 2;        ///< Digits after the point of every number.
  bool sign = false;       ///< Numbers above zero get a "+".
  bool thousands = false;  ///< 12,345 instead of 12345.
  text_alignment align = text_alignment::automatic;
};

/// What stands in a table: text, a number, a number with a half-width, or nothing, shown as a dash.
struct table_cell {
  std::string text = {};
  std::optional<double> number = {};
  std::optional<double> half_width = {};  ///< Of the number's interval: "number ± half_width".
  gkd::tone tone = gkd::tone::plain;

  table_cell() = default;
  template <class T>
    requires std::is_arithmetic_v<T> && (!std::is_same_v<T, bool>) && (!std::is_same_v<T, char>)
  table_cell(T value) : number(static_cast<double>(value)) {}
  table_cell(std::string value) : text(std::move(value)) {}
  table_cell(std::string_view value) : text(value) {}
  table_cell(const char* value) : text(value) {}

  /// The same in another tone.
  table_cell in(gkd::tone wanted) const {
    table_cell copy = *this;
    copy.tone = wanted;
    return copy;
  }
  bool missing() const { return !number && text.empty(); }
};

/// A value and the half-width of its interval.
inline table_cell plus_minus(double value, double half_width) {
  table_cell c = value;
  c.half_width = half_width;
  return c;
}

/// Rows of cells under described columns.
class table {
 public:
  table(std::initializer_list<table_column> columns) : table(std::vector<table_column>(columns)) {}
  /// Throws bad_argument for no columns, or decimals outside 0 .. 17.
  explicit table(std::vector<table_column> columns) : columns_(std::move(columns)) {
    if (columns_.empty()) fail(errc::bad_argument, "table: 0 columns, want at least 1");
    for (const table_column& c : columns_)
      if (c.decimals < 0 || c.decimals > 17)
        fail(errc::bad_argument, "table: column ", in_quotes(c.title), " has ", c.decimals,
             " decimals, want 0 .. 17");
  }

  /// Appends a row. Throws shape_mismatch unless it has one cell per column.
  void add(std::initializer_list<table_cell> cells) { add(std::vector<table_cell>(cells)); }
  void add(std::vector<table_cell> cells) {
    if (cells.size() != columns_.size())
      fail(errc::shape_mismatch, "table: row ", rows_.size(), " has ", cells.size(),
           " cells, want ", columns_.size(), ", one per column");
    rows_.push_back(std::move(cells));
    rules_.push_back(false);
  }
  /// Draws a line under the last row.
  void rule() {
    if (!rows_.empty()) rules_.back() = true;
  }

  std::span<const table_column> columns() const { return columns_; }
  index rows() const { return rows_.size(); }
  std::span<const table_cell> row(index i) const { return rows_[i]; }
  /// Whether a line is drawn under row i.
  bool ruled(index i) const { return rules_[i]; }

 private:
  std::vector<table_column> columns_;
  std::vector<std::vector<table_cell>> rows_;
  std::vector<bool> rules_;
};

namespace detail {

/// A number as its column wants it; "-0.00" is "0.00".
inline std::string column_number(double x, const table_column& c) {
  if (!(std::abs(x) < 1e15)) return fmt::format("{:.3g}", x);  // also nan and inf
  std::string digits = fmt::format("{:.{}f}", std::abs(x), c.decimals);
  const bool zero = digits.find_first_not_of("0.") == std::string::npos;
  if (c.thousands) {
    const index point = std::min(digits.find('.'), digits.size());
    for (index i = point; i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  }
  return (zero ? "" : x < 0.0 ? "-" : c.sign ? "+" : "") + digits;
}

/// A column in letters, before it is laid out.
struct column_text {
  std::vector<std::string> main;    // text or number of each row; "" is missing
  std::vector<std::string> margin;  // half-width of each row, mostly ""
  bool right = false;
  bool margins = false;  // some row has a half-width
};

inline column_text column_in_letters(const table& t, index i) {
  const table_column& c = t.columns()[i];
  table_column margin = c;
  margin.sign = false;
  column_text out;
  bool numbers = false;
  for (index r = 0; r < t.rows(); ++r) {
    const table_cell& value = t.row(r)[i];
    numbers = numbers || value.number;
    out.main.push_back(value.number ? column_number(*value.number, c) : value.text);
    out.margin.push_back(value.half_width ? column_number(*value.half_width, margin) : "");
    out.margins = out.margins || value.half_width;
  }
  out.right = c.align == text_alignment::automatic ? numbers : c.align == text_alignment::right;
  return out;
}

/// Neighbouring columns [first, last) of the same group.
struct column_group {
  index first, last;
  std::string title;  // "": one column without a group
};

inline std::vector<column_group> column_groups(const table& t) {
  std::vector<column_group> out;
  for (index i = 0; i < t.columns().size(); ++i) {
    const std::string& title = t.columns()[i].group;
    if (!title.empty() && !out.empty() && out.back().title == title)
      out.back().last = i + 1;
    else
      out.push_back({i, i + 1, title});
  }
  return out;
}

inline bool has_groups(const table& t) {
  for (const table_column& c : t.columns())
    if (!c.group.empty()) return true;
  return false;
}

}  // namespace detail

}  // namespace gkd::inline v0
