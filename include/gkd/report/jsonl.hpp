// SPDX-License-Identifier: Apache-2.0
// A log of JSON objects, one per line, appended and handed to the system line by line:
//
//   jsonl_writer log{"train.jsonl"};
//   log.write({{"step", 10}, {"loss", 0.25}, {"answers", answers}, {"git", nullptr}});
//
//   {"step":10,"loss":0.25,"answers":["yes","no"],"git":null}
//
// JSON has no NaN and no infinity: both are written as null, so that every JSON reader reads the
// file. Where the difference matters, log a text beside the number.
#pragma once

#include <gkd/io/file.hpp>
#include <gkd/report/text.hpp>

#include <cmath>             // isfinite
#include <filesystem>        // canonical
#include <initializer_list>  // initializer_list
#include <limits>            // numeric_limits
#include <span>              // span
#include <string>            // string
#include <string_view>       // string_view
#include <type_traits>       // is_arithmetic_v, is_convertible_v, is_same_v
#include <utility>           // move

namespace gkd::inline v0 {

/// The text as a JSON string, quotes included. Malformed UTF-8 becomes U+FFFD, since a JSON file is
/// UTF-8; U+2028 and U+2029 are escaped, since many readers of lines take them for line breaks.
inline std::string json_string(std::string_view text) {
  std::string out = "\"";
  detail::for_each_character(text, [&](std::string_view bytes, detail::utf8_character c) {
    switch (c.valid ? c.code : 0xfffd) {
      case U'"': out += "\\\""; return;
      case U'\\': out += "\\\\"; return;
      case U'\n': out += "\\n"; return;
      case U'\r': out += "\\r"; return;
      case U'\t': out += "\\t"; return;
      default: break;
    }
    if (!c.valid)
      out += "\xef\xbf\xbd";
    else if (c.code < 0x20 || c.code == 0x7f || c.code == 0x2028 || c.code == 0x2029)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c.code));
    else
      out += bytes;
  });
  return out + "\"";
}

struct json_field;

/// A JSON value, kept as its text. Made from nullptr, bool, any number (the shortest digits that
/// read back the same), text, or a range of these.
class json_value {
 public:
  json_value(std::nullptr_t) : text_("null") {}
  template <class T>
    requires std::is_arithmetic_v<T> && (!std::is_same_v<T, char>)
  json_value(T value) {
    if constexpr (std::is_floating_point_v<T>)
      text_ = std::isfinite(value) ? fmt::format("{}", value) : "null";
    else
      text_ = fmt::format("{}", value);  // bool: true, false
  }
  template <class T>
    requires std::is_convertible_v<const T&, std::string_view>
  json_value(const T& text) : text_(json_string(text)) {}
  template <class Range>
    requires(!std::is_convertible_v<const Range&, std::string_view>) && requires(const Range& r) {
      r.end();
      requires !std::is_same_v<std::remove_cvref_t<decltype(*r.begin())>, json_field>;
    }
  json_value(const Range& values) {
    for (const auto& value : values) text_ += (text_.empty() ? "[" : ",") + json_value(value).text_;
    text_ += text_.empty() ? "[]" : "]";
  }

  /// An object. Throws bad_argument for a name that comes twice.
  static json_value object(std::span<const json_field> fields);
  static json_value object(std::initializer_list<json_field> fields);

  const std::string& text() const { return text_; }

 private:
  json_value() = default;
  std::string text_;
};

/// A member of a JSON object.
struct json_field {
  std::string_view name;
  json_value value;
};

inline json_value json_value::object(std::span<const json_field> fields) {
  json_value out;
  out.text_ = "{";
  for (index i = 0; i < fields.size(); ++i) {
    for (index j = 0; j < i; ++j)
      if (fields[i].name == fields[j].name)
        fail(errc::bad_argument, "json object: two members named ", in_quotes(fields[i].name),
             ", want different names");
    out.text_ += (i > 0 ? "," : "") + json_string(fields[i].name) + ":" + fields[i].value.text_;
  }
  out.text_ += "}";
  return out;
}
inline json_value json_value::object(std::initializer_list<json_field> fields) {
  return object(std::span<const json_field>(fields.begin(), fields.size()));
}

/// Whether a log goes on after what is there, or begins anew.
enum class log_mode { append, replace };

/// A file of JSON objects, one per line. Each line is handed to the system at once, at the end of
/// the file whoever else appends to it: a crash loses at most the line that was being written.
class jsonl_writer {
 public:
  /// Opens or creates the file (0644 less the umask). A last line that a crash left without its
  /// newline is closed, never removed: what follows stays readable. Throws io_failure.
  explicit jsonl_writer(std::string path, log_mode mode = log_mode::append)
      : path_(std::move(path)) {
    detail::check_path(path_, "the file of jsonl_writer");
    open(mode);
  }

  /// Appends an object as one line. Throws io_failure; the log stays usable and the next write
  /// begins a new line. Throws bad_argument for a name that comes twice.
  void write(std::initializer_list<json_field> fields) { write(json_value::object(fields)); }
  void write(std::span<const json_field> fields) { write(json_value::object(fields)); }
  void write(const json_value& value) {
    const std::string line = concat(torn_ ? "\n" : "", value.text(), "\n");
    torn_ = !detail::write_all(file_.get(), line);
    if (torn_) detail::fail_errno(path_, "cannot append");
  }

  /// Puts the text edit(std::string_view lines) in the place of the file's whole lines; a last line
  /// that a crash left without its newline goes. A crash in here leaves the old file or the new
  /// one. What is no regular file, such as a pipe, stays as it is. Throws io_failure.
  template <class Edit>
  void replace_lines(const Edit& edit) {
    struct stat status;
    if (::fstat(file_.get(), &status) != 0) detail::fail_errno(path_, "cannot ask for its type");
    if (!S_ISREG(status.st_mode)) return;
    const std::string before = read_file(path_, std::numeric_limits<index>::max() / 2);
    const std::string after = edit(std::string_view(before).substr(0, before.rfind('\n') + 1));
    if (after == before) return;
    std::error_code failed;  // the path may be a link, which is to stay one
    const std::filesystem::path place = std::filesystem::canonical(path_, failed);
    replace_file(failed ? path_ : place.string(), after);
    open(log_mode::append);
  }

  const std::string& path() const { return path_; }

 private:
  void open(log_mode mode) {
    const int begin = mode == log_mode::replace ? O_TRUNC : 0;
    file_ =
        detail::descriptor(detail::open_retrying(path_, O_RDWR | O_CREAT | O_APPEND | begin, 0644));
    if (file_.get() < 0) detail::fail_errno(path_, "cannot open for appending");
    char last = '\n';
    if (::lseek(file_.get(), -1, SEEK_END) >= 0) detail::read_all(file_.get(), {&last, 1});
    torn_ = last != '\n';
  }

  std::string path_;
  detail::descriptor file_;
  bool torn_ = false;  // the file ends within a line
};

}  // namespace gkd::inline v0
