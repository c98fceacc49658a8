// SPDX-License-Identifier: Apache-2.0
// A small independent reader of markup for the tests: every element that is opened is closed, in
// order, and every & begins an entity. Elements that HTML never closes are known.
#pragma once

#include <set>          // set
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace report_test {

/// What is wrong with the markup, or "" if nothing is.
inline std::string ill_formed(std::string_view text) {
  const std::set<std::string_view> never_closed{"meta", "link", "br"};
  std::vector<std::string_view> open;
  while (!text.empty()) {
    if (text[0] == '&') {
      const auto end = text.find(';');
      if (end > 8) return "bare & before " + std::string(text.substr(0, 20));
    }
    if (text[0] == '>') return "bare > before " + std::string(text.substr(0, 20));
    if (text[0] != '<') {
      text.remove_prefix(1);
      continue;
    }
    bool in_quotes = false;
    std::size_t end = 1;
    while (end < text.size() && (in_quotes || text[end] != '>')) in_quotes ^= text[end++] == '"';
    if (end == text.size()) return "tag without end";
    const std::string_view tag = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (tag.find('<') != tag.npos) return "< inside " + std::string(tag);
    if (tag.starts_with("!") || tag.ends_with("/")) continue;
    const bool closes = tag.starts_with("/");
    const std::string_view name = tag.substr(closes, tag.find(' ') - closes);
    if (closes && (open.empty() || open.back() != name))
      return "closes " + std::string(name) + " inside " +
             (open.empty() ? "nothing" : std::string(open.back()));
    if (closes)
      open.pop_back();
    else if (!never_closed.contains(name))
      open.push_back(name);
    if (!closes && name == "style") text.remove_prefix(text.find("</style>"));
  }
  return open.empty() ? "" : "never closed: " + std::string(open.back());
}

}  // namespace report_test
