// SPDX-License-Identifier: Apache-2.0
// Reads the golden files in tests/oracle: numbers that other programs computed. Their line format
// is defined in tests/oracle/golden.py. This header knows nothing of gkd.
//
//   const golden::file file = golden::oracle("trl_gjsd.golden");
//   for (const golden::record& c : file.all("case")) {
//     const double beta = c.number("beta");
//     const auto student = file.get("inputs", c.word("inputs")).list<float>("student");
//   }
//
// What is wrong in a file, or asked of it in vain, is a golden::error that names file and line.
#pragma once

#include <charconv>      // from_chars
#include <cstddef>       // size_t
#include <fstream>       // ifstream
#include <sstream>       // ostringstream
#include <stdexcept>     // runtime_error
#include <string>        // string
#include <string_view>   // string_view
#include <system_error>  // errc
#include <type_traits>   // is_floating_point_v
#include <utility>       // move
#include <vector>        // vector

namespace golden {

class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

[[noreturn]] inline void fail(const std::string& path, std::size_t line, const std::string& text) {
  throw error(path + ":" + std::to_string(line) + ": " + text);
}

/// Cuts the first word off `text`; "" if there is none.
inline std::string_view next_word(std::string_view& text, std::string_view separators = " ") {
  const auto from = text.find_first_not_of(separators);
  if (from == std::string_view::npos) return text = {};
  const auto to = text.find_first_of(separators, from);
  const std::string_view word = text.substr(from, to - from);
  text.remove_prefix(to == std::string_view::npos ? text.size() : to);
  return word;
}

/// The word as a number of type T, decimal or hexadecimal (0x1.8p+1); false unless it is one.
template <class T>
bool parse(std::string_view word, T& out) {
  std::from_chars_result result{};
  const bool negative = word.starts_with('-');
  if (std::is_floating_point_v<T> && word.substr(negative ? 1 : 0).starts_with("0x")) {
    word.remove_prefix(negative ? 3 : 2);
    if (word.starts_with('-')) return false;
    if constexpr (std::is_floating_point_v<T>)
      result = std::from_chars(word.data(), word.data() + word.size(), out, std::chars_format::hex);
    if (negative) out = -out;
  } else {
    result = std::from_chars(word.data(), word.data() + word.size(), out);
  }
  return result.ec == std::errc{} && result.ptr == word.data() + word.size();
}

}  // namespace detail

/// One "[kind name]" and the values below it, looked up by key. Numbers are parsed when asked for.
class record {
 public:
  record(std::string path, std::size_t line, std::string kind, std::string name)
      : path_(std::move(path)), line_(line), kind_(std::move(kind)), name_(std::move(name)) {}

  const std::string& kind() const { return kind_; }
  const std::string& name() const { return name_; }
  std::size_t line() const { return line_; }

  /// Every key, in the file's order.
  std::vector<std::string> keys() const {
    std::vector<std::string> out;
    for (const entry& e : entries_) out.push_back(e.key);
    return out;
  }
  bool has(std::string_view key) const { return find(key) != nullptr; }
  /// The lengths behind the key: {2, 3} of "key (2, 3): ...", {} of a plain list.
  const std::vector<std::size_t>& shape(std::string_view key) const { return at(key).shape; }

  std::vector<std::string> words(std::string_view key) const {
    std::vector<std::string> out;
    std::string_view text = at(key).text;
    for (auto w = detail::next_word(text); !w.empty(); w = detail::next_word(text))
      out.emplace_back(w);
    return out;
  }
  /// Numbers of any arithmetic type; one that is not of that type is an error. float rounds.
  template <class T>
  std::vector<T> list(std::string_view key) const {
    const entry& e = at(key);
    std::vector<T> out;
    std::string_view text = e.text;
    for (auto w = detail::next_word(text); !w.empty(); w = detail::next_word(text)) {
      out.emplace_back();
      if (!detail::parse(w, out.back()))
        detail::fail(path_, e.line, e.key + ": \"" + std::string(w) + "\" is not such a number");
    }
    return out;
  }
  std::string word(std::string_view key) const { return only(key, words(key)); }
  /// The one number of the key.
  template <class T = double>
  T number(std::string_view key) const {
    return only(key, list<T>(key));
  }

  /// For the reader: adds "key: text" or "key (2, 3): text".
  void add(std::size_t line, std::string_view head, std::string_view text) {
    entry e{{}, {}, std::string(text), line};
    e.key = detail::next_word(head);
    if (e.key.empty()) detail::fail(path_, line, "a value has no key");
    if (has(e.key)) detail::fail(path_, line, "the key " + e.key + " is there twice");
    std::size_t product = 1;
    for (auto w = detail::next_word(head, " (),"); !w.empty();
         w = detail::next_word(head, " (),")) {
      if (!detail::parse(w, e.shape.emplace_back()))
        detail::fail(path_, line, e.key + ": \"" + std::string(w) + "\" is not a length");
      product *= e.shape.back();
    }
    const bool shaped = !e.shape.empty();
    entries_.push_back(std::move(e));
    const std::size_t found = words(entries_.back().key).size();
    if (shaped && found != product)
      detail::fail(path_, line, entries_.back().key + " has " + std::to_string(found) +
                                    " values, its shape wants " + std::to_string(product));
  }

 private:
  struct entry {
    std::string key;
    std::vector<std::size_t> shape;
    std::string text;
    std::size_t line;
  };
  const entry* find(std::string_view key) const {
    for (const entry& e : entries_)
      if (e.key == key) return &e;
    return nullptr;
  }
  const entry& at(std::string_view key) const {
    if (const entry* e = find(key)) return *e;
    detail::fail(path_, line_, "[" + kind_ + "] has no key " + std::string(key));
  }
  template <class T>
  T only(std::string_view key, const std::vector<T>& values) const {
    if (values.size() != 1)
      detail::fail(path_, at(key).line, std::string(key) + " has " +
                                            std::to_string(values.size()) + " values, want one");
    return values.front();
  }

  std::string path_;
  std::size_t line_;
  std::string kind_, name_;
  std::vector<entry> entries_;
};

/// The records of one file, in its order.
class file {
 public:
  file(std::string path, std::string_view text) : path_(std::move(path)) {
    for (std::size_t line = 1; !text.empty(); ++line) {
      const auto end = text.find('\n');
      add(line, text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
  }
  static file read(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    if (!stream || !(text << stream.rdbuf())) throw error(path + ": cannot be read, or is empty");
    return file(path, text.str());
  }

  const std::vector<record>& all() const { return records_; }
  /// The records of one kind: at least one, so that no test passes by looping over nothing.
  std::vector<record> all(std::string_view kind) const {
    std::vector<record> out;
    for (const record& r : records_)
      if (r.kind() == kind) out.push_back(r);
    if (out.empty()) throw error(path_ + ": no record [" + std::string(kind) + "]");
    return out;
  }
  /// The record "[kind name]".
  const record& get(std::string_view kind, std::string_view name = "") const {
    for (const record& r : records_)
      if (r.kind() == kind && r.name() == name) return r;
    throw error(path_ + ": no record [" + std::string(kind) + " " + std::string(name) + "]");
  }

 private:
  void add(std::size_t line, std::string_view text) {
    if (text.empty() || text.starts_with('#')) return;
    if (text.starts_with('[') && text.ends_with(']')) {
      std::string_view head = text.substr(1, text.size() - 2);
      std::string kind(detail::next_word(head)), name(detail::next_word(head));
      if (kind.empty() || !detail::next_word(head).empty())
        detail::fail(path_, line, "want [kind] or [kind name]");
      records_.emplace_back(path_, line, std::move(kind), std::move(name));
      return;
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos)
      detail::fail(path_, line, "want \"key: values\", \"[kind name]\" or \"# comment\"");
    if (records_.empty()) detail::fail(path_, line, "a value before the first [kind]");
    records_.back().add(line, text.substr(0, colon), text.substr(colon + 1));
  }

  std::string path_;
  std::vector<record> records_;
};

/// The folder tests/oracle of this checkout, ending in "/".
inline std::string oracle_folder() {
#ifdef GKD_TEST_SOURCE_DIR
  return GKD_TEST_SOURCE_DIR "/tests/oracle/";
#else
  const std::string here = __FILE__;
  return here.substr(0, here.rfind("support/golden.hpp")) + "oracle/";
#endif
}

/// A file of tests/oracle.
inline file oracle(const std::string& name) { return file::read(oracle_folder() + name); }

}  // namespace golden
