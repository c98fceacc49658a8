// SPDX-License-Identifier: Apache-2.0
// A table as aligned text for a terminal or a log. A table wider than the window is cut into blocks
// that each repeat the first column, so that no line wraps.
#pragma once

#include <gkd/report/table.hpp>

#include <algorithm>  // max
#include <string>     // string
#include <utility>    // move
#include <vector>     // vector

namespace gkd::inline v0 {

/// How a table is written as text.
struct table_style {
  index width = 0;      ///< Columns of the window; 0: no limit.
  bool colour = false;  ///< Tones as ANSI colours.
  bool unicode = true;  ///< Otherwise rules are "-" and ± is "+-".
};

namespace detail {

inline std::string_view ansi_code(tone t) {
  switch (t) {
    case tone::strong: return "1";
    case tone::good: return "32";
    case tone::bad: return "31";
    case tone::muted: return "2";
    case tone::plain: break;
  }
  return "";
}

/// A column ready to be written: every cell printable and, if a number, aligned to the point.
struct text_column {
  std::string title;
  std::vector<std::string> cells;
  index width = 0;
  bool right = false;
};

inline text_column lay_out_column(const table& t, index i, bool unicode) {
  const column_text letters = column_in_letters(t, i);
  text_column out{printable(t.columns()[i].title), {}, 0, letters.right};
  index main = 0, margin = 0;
  for (index r = 0; r < t.rows(); ++r) {
    if (t.row(r)[i].number) main = std::max(main, letters.main[r].size());
    margin = std::max(margin, letters.margin[r].size());
  }
  const std::string sign = unicode ? " ± " : " +- ";
  out.width = display_width(out.title);
  for (index r = 0; r < t.rows(); ++r) {
    const table_cell& c = t.row(r)[i];
    std::string text = printable(c.missing() ? (unicode ? "–" : "-") : letters.main[r]);
    if (c.number || c.missing()) {
      text = padded(text, out.right ? main : 0, true);
      if (letters.margins)
        text += c.half_width ? sign + padded(letters.margin[r], margin, true)
                             : std::string(display_width(sign) + margin, ' ');
    }
    out.width = std::max(out.width, display_width(text));
    out.cells.push_back(std::move(text));
  }
  return out;
}

/// Columns that stay together when a wide table is cut, with the title that they share.
struct text_group {
  index first = 0;  // its first column in the table
  std::vector<text_column> columns;
  std::string title;
  index width = 0;
};

constexpr std::string_view column_gap() { return "  "; }

inline std::vector<text_group> lay_out_groups(const table& t, bool unicode) {
  std::vector<text_group> out;
  for (const column_group& g : column_groups(t)) {
    text_group group{g.first, {}, printable(g.title), 0};
    for (index i = g.first; i < g.last; ++i) {
      group.columns.push_back(lay_out_column(t, i, unicode));
      group.width += group.columns.back().width + (i > g.first ? column_gap().size() : 0);
    }
    // the title stands in a rule, "─ title ─"; one longer than its columns widens them in turn
    const index wanted = group.title.empty() ? 0 : display_width(group.title) + 4;
    for (index k = 0; group.width < wanted; ++group.width)
      ++group.columns[k++ % group.columns.size()].width;
    out.push_back(std::move(group));
  }
  return out;
}

/// Writes some groups of a table line by line.
class text_block {
 public:
  text_block(const table& t, const table_style& style) : table_(t), style_(style) {}

  void add(const text_group& group) { groups_.push_back(&group); }
  void clear() { groups_.clear(); }
  index groups() const { return groups_.size(); }
  index width() const {
    index sum = 0;
    for (const text_group* g : groups_) sum += g->width + column_gap().size();
    return sum - (sum > 0 ? column_gap().size() : 0);
  }

  std::string lines() const {
    std::string out = titles_of_groups();
    out += line([](const text_column& c) { return c.title; }, [](index) { return tone::strong; });
    out += rule();
    for (index r = 0; r < table_.rows(); ++r) {
      out += line([r](const text_column& c) { return c.cells[r]; },
                  [this, r](index i) { return table_.row(r)[i].tone; });
      if (table_.ruled(r) && r + 1 < table_.rows()) out += rule();
    }
    return out;
  }

 private:
  std::string strokes(index columns) const {
    std::string out;
    for (index i = 0; i < columns; ++i) out += style_.unicode ? "─" : "-";
    return out;
  }
  std::string faint(std::string_view text) const { return coloured(text, "2", style_.colour); }
  std::string rule() const { return faint(strokes(width())) + "\n"; }

  static std::string trimmed(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  }

  template <class Text, class Tone>
  std::string line(Text&& text, Tone&& tone_of) const {
    std::string out;
    for (const text_group* g : groups_)
      for (index k = 0; k < g->columns.size(); ++k) {
        const text_column& c = g->columns[k];
        const std::string content = text(c);
        const std::string blanks(c.width - display_width(content), ' ');
        const std::string_view code = ansi_code(tone_of(g->first + k));
        if (k > 0 || g != groups_.front()) out += column_gap();
        if (c.right) out += blanks;
        out += coloured(content, code, style_.colour && !code.empty());
        if (!c.right) out += blanks;
      }
    return trimmed(out);
  }

  std::string titles_of_groups() const {
    std::string out;
    bool some = false;
    for (const text_group* g : groups_) {
      if (g != groups_.front()) out += column_gap();
      if (g->title.empty()) {
        out.append(g->width, ' ');
        continue;
      }
      const index spare = g->width - display_width(g->title) - 2;
      out += faint(strokes(spare / 2)) + " " + coloured(g->title, "1", style_.colour) + " " +
             faint(strokes(spare - spare / 2));
      some = true;
    }
    return some ? trimmed(out) : "";
  }

  const table& table_;
  const table_style& style_;
  std::vector<const text_group*> groups_;
};

}  // namespace detail

/// The table as lines, each ended by a newline and none ended by a blank.
inline std::string to_text(const table& t, const table_style& style = {}) {
  const std::vector<detail::text_group> groups = detail::lay_out_groups(t, style.unicode);
  std::string out;
  detail::text_block block(t, style);
  block.add(groups[0]);
  for (index g = 1; g < groups.size(); ++g) {
    const index wider = block.width() + detail::column_gap().size() + groups[g].width;
    if (style.width > 0 && wider > style.width && block.groups() > 1) {
      out += block.lines() + "\n";
      block.clear();
      block.add(groups[0]);
    }
    block.add(groups[g]);
  }
  return out + block.lines();
}

/// Writes the table as its console allows: cut to its width, with or without colour.
inline void print(const table& t, const console& out) {
  out.write(to_text(t, {.width = out.width(), .colour = out.colour, .unicode = out.unicode}));
}

}  // namespace gkd::inline v0
