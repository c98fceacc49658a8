// SPDX-License-Identifier: Apache-2.0
// A table as Markdown and as HTML.
#pragma once

#include <gkd/report/table.hpp>

#include <algorithm>    // max
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

namespace detail {

/// Text on one line of a Markdown table: what Markdown or HTML would act on is escaped.
inline std::string escape_markdown(std::string_view text) {
  std::string out;
  for (char c : printable(text)) {
    if (std::string_view("\\`*_[]|#~").find(c) != std::string_view::npos) out += '\\';
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  }
  return out;
}

inline std::string_view class_of(tone t) {
  switch (t) {
    case tone::strong: return "strong";
    case tone::good: return "good";
    case tone::bad: return "bad";
    case tone::muted: return "muted";
    case tone::plain: break;
  }
  return "";
}

/// Numbers are read, not copied, on a page: a real minus sign.
inline std::string html_number(std::string digits) {
  if (digits.starts_with('-')) digits.replace(0, 1, "−");
  return digits;
}

/// name="value", or nothing for a number of rows or columns that is 1.
inline std::string html_span(std::string_view name, int count) {
  return count == 1 ? "" : fmt::format(" {}=\"{}\"", name, count);
}

inline std::string html_class(bool right, tone t) {
  const std::string_view how = class_of(t);
  return concat(right ? "num" : "text", how.empty() ? "" : " ", how);
}

/// The titles: one row, or two when columns have groups. A column with half-widths takes two cells.
inline std::string html_head(const table& t, const std::vector<column_text>& letters) {
  const bool two = has_groups(t);
  const auto cells_of = [&](index i) { return letters[i].margins ? 2 : 1; };
  const auto title = [&](index i, int rows) {
    return fmt::format("<th scope=\"col\" class=\"{}\"{}{}>{}</th>",
                       html_class(letters[i].right, tone::plain), html_span("rowspan", rows),
                       html_span("colspan", cells_of(i)), escape_html(t.columns()[i].title));
  };
  std::string first, second;
  for (const column_group& g : column_groups(t)) {
    if (g.title.empty()) {
      first += title(g.first, two ? 2 : 1);
      continue;
    }
    int wide = 0;
    for (index i = g.first; i < g.last; ++i) {
      wide += cells_of(i);
      second += title(i, 1);
    }
    first += fmt::format("<th scope=\"colgroup\" class=\"group\"{}>{}</th>",
                         html_span("colspan", wide), escape_html(g.title));
  }
  return concat("<thead><tr>", first, "</tr>", two ? concat("<tr>", second, "</tr>") : "",
                "</thead>\n");
}

inline std::string html_row(const table& t, const std::vector<column_text>& letters, index r) {
  std::string out = t.ruled(r) ? "<tr class=\"ruled\">" : "<tr>";
  for (index i = 0; i < t.columns().size(); ++i) {
    const table_cell& c = t.row(r)[i];
    const column_text& column = letters[i];
    const std::string main = c.missing() ? "–"
                             : c.number  ? html_number(column.main[r])
                                         : escape_html(column.main[r]);
    const bool apart = column.margins && (c.number || c.missing());
    out += fmt::format("<td class=\"{}\"{}>{}</td>",
                       html_class(column.right, c.missing() ? tone::muted : c.tone),
                       html_span("colspan", column.margins && !apart ? 2 : 1), main);
    if (apart)
      out += fmt::format("<td class=\"pm\">{}{}</td>", c.half_width ? "± " : "", column.margin[r]);
  }
  return out + "</tr>\n";
}

}  // namespace detail

/// A GitHub Markdown table, aligned in its source. A group is put before the titles of its columns,
/// strong cells are bold, rules are left out.
inline std::string to_markdown(const table& t) {
  std::string title_line = "|", rule_line = "|";
  std::vector<std::string> lines(t.rows(), "|");
  for (index i = 0; i < t.columns().size(); ++i) {
    const detail::column_text letters = detail::column_in_letters(t, i);
    const table_column& c = t.columns()[i];
    const std::string title = detail::escape_markdown(
        c.group.empty() ? c.title : concat(c.group, c.title.empty() ? "" : ": ", c.title));
    std::vector<std::string> cells;
    index width = std::max<index>(3, display_width(title));
    for (index r = 0; r < t.rows(); ++r) {
      const table_cell& value = t.row(r)[i];
      std::string text = value.missing() ? "–" : detail::escape_markdown(letters.main[r]);
      if (value.half_width) text += " ± " + letters.margin[r];
      if (value.tone == tone::strong) text = "**" + text + "**";
      width = std::max(width, display_width(text));
      cells.push_back(std::move(text));
    }
    title_line += " " + padded(title, width, letters.right) + " |";
    rule_line += std::string(width + 1, '-') + (letters.right ? ":|" : "-|");
    for (index r = 0; r < t.rows(); ++r)
      lines[r] += " " + padded(cells[r], width, letters.right) + " |";
  }
  std::string out = title_line + "\n" + rule_line + "\n";
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

/// A `<table class="gkd-table">`. Cells are of the classes num or text, pm (the half-width, a cell
/// of its own so that ± stands under ±) and their tone: strong, good, bad, muted.
inline std::string to_html(const table& t) {
  std::vector<detail::column_text> letters;
  for (index i = 0; i < t.columns().size(); ++i) letters.push_back(detail::column_in_letters(t, i));
  std::string out = "<table class=\"gkd-table\">\n" + detail::html_head(t, letters) + "<tbody>\n";
  for (index r = 0; r < t.rows(); ++r) out += detail::html_row(t, letters, r);
  return out + "</tbody></table>\n";
}

}  // namespace gkd::inline v0
