// SPDX-License-Identifier: Apache-2.0
// Chats from a JSONL file, one per line, and back. Opt-in: needs nlohmann/json.
//
//   {"messages": [{"role": "user", "content": "2 + 3?"}, {"role": "assistant", "content": "5"}]}
//
// Lines end with LF or CR LF, the last one also with the end of the file. Strict: what is not such
// a line is an error with file:line, or is skipped and listed when asked for. Other keys of a line
// (an id, a source) are left alone; other keys of a message mean something (tool calls, weights)
// and are refused unless they are null. Memory: the longest line, as text and as JSON, and the
// chats.
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/text/chat.hpp>

#include <algorithm>    // max
#include <optional>     // optional
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

/// What to do with a line that is not a chat.
enum class bad_line { fail, skip };

struct read_chats_options {
  bool require_completion = true;  ///< the last message must be the assistant's
  bad_line on_bad_line = bad_line::fail;
  index max_line_bytes = index{16} << 20;
};

/// A line that was left out.
struct skipped_line {
  index line;          ///< counted from 1
  std::string reason;  ///< the text of the error it would have been
};

struct chats {
  std::vector<conversation> conversations;
  index skipped = 0;                  ///< how many lines were left out
  std::vector<skipped_line> reasons;  ///< the first 100 of them
  std::vector<index> lines;           ///< that each conversation is on, counted from 1
  std::string path = {};              ///< of the file
};

namespace detail {

// Lines of a file, one at a time. Of a line beyond the cap, no more than that and a block is held;
// the rest is passed over when the next line is asked for.
class line_reader {
 public:
  line_reader(const std::string& path, index max_bytes)
      : file_(path), max_bytes_(max_bytes), block_(1 << 16, '\0') {}

  /// Goes to the next line; false at the end of the file.
  bool next() {
    while (too_long() && !ended_ && fill()) take();
    line_.clear();
    ended_ = false;
    if (!fill()) return false;
    ++number_;
    while (!ended_ && !too_long() && fill()) take();
    return true;
  }
  /// The line without its end.
  std::string_view line() const {
    std::string_view line = line_;
    if (ended_ && line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
  index number() const { return number_; }  // from 1
  bool too_long() const { return line_.size() > max_bytes_; }
  bool ended() const { return ended_; }  // by a line feed

 private:
  // sees to it that there are bytes to take; false at the end of the file
  bool fill() {
    if (at_ < filled_) return true;
    filled_ = file_.read(block_);
    at_ = 0;
    return filled_ > 0;
  }
  // takes the bytes that are there, up to the end of the line
  void take() {
    const std::string_view rest(block_.data() + at_, filled_ - at_);
    const index length = rest.find('\n');
    ended_ = length != rest.npos;
    if (!too_long()) line_ += rest.substr(0, length);
    at_ = ended_ ? at_ + length + 1 : filled_;
  }

  input_file file_;
  index max_bytes_;
  std::string block_;
  std::string line_;
  index at_ = 0;  // [at_, filled_) of the block is not taken yet
  index filled_ = 0;
  index number_ = 0;
  bool ended_ = false;
};

// a line that has no "messages": what it has instead, and what to do
[[noreturn]] inline void fail_no_messages(const nlohmann::json& line, std::string_view where) {
  std::string keys;
  index shown = 0;
  for (const auto& [key, value] : line.items()) {
    if (++shown > 5) break;
    keys += concat(keys.empty() ? "" : ", ", in_quotes(key, 32));
  }
  const bool pair = (line.contains("prompt") && line.contains("completion")) ||
                    (line.contains("question") && line.contains("answer"));
  const bool sharegpt = line.contains("conversations");
  fail(errc::bad_format, where, ": has no \"messages\" but ", keys.empty() ? "no key" : keys,
       ", want {\"messages\": [{\"role\": ..., \"content\": ...}, ...]}",
       pair ? "; a prompt and its completion are written as a user and an assistant message"
       : sharegpt ? "; of \"conversations\" each \"from\" is a \"role\", where \"human\" is "
                    "\"user\" and \"gpt\" is \"assistant\", and each \"value\" a \"content\""
                  : "");
}

// throws for a role that is none, in a file or on the way to one
inline void check_role(std::string_view role, std::string_view where) {
  if (role != "system" && role != "user" && role != "assistant")
    fail(errc::bad_format, where, ": role ", in_quotes(role),
         ", want \"system\", \"user\" or \"assistant\"");
}

// throws for the content of messages as processors of images write it, where there is one
inline void refuse_parts(const nlohmann::json& value, std::string_view where) {
  if (!value.is_object() || !value.contains("content") || !value["content"].is_array()) return;
  fail(errc::bad_format, where,
       ": \"content\" is of type array, want a string; of a list of parts, as "
       "[{\"type\": \"text\", \"text\": ...}], want the texts as one string, and no images");
}

inline message parse_message(const nlohmann::json& value, std::string_view where) {
  message m{json_string(value, "role", where), {}};
  refuse_parts(value, where);
  m.content = json_string(value, "content", where);
  check_role(m.role, where);
  for (const auto& [key, other] : value.items())
    if (key != "role" && key != "content" && !other.is_null())
      fail(errc::bad_format, where, ": has the key ", in_quotes(key),
           ", which is not understood; want role and content alone");
  return m;
}

// The most values of JSON in a line. A message is 3 values in 28 bytes or more, a key that is null
// one in 8 or more: no messages reach an eighth of their bytes. Other keys of the line may hold
// lists of numbers, which may: 100,000 values are allowed to any line, some 10 MB.
inline index max_values_of_line(index bytes) { return std::max(index{100'000}, bytes / 8); }

constexpr std::string_view wanted_lines = "; want JSONL: a chat, one JSON object, on each line";

// What is in another form than JSONL, a list over several lines, Parquet, an archive, fails in the
// first line: there the error says what is wanted.
inline nlohmann::json parse_line(std::string_view line, std::string_view file, index number) {
  try {
    return parse_json(line, {file, number},
                      {.max_bytes = line.size(), .max_values = max_values_of_line(line.size())});
  } catch (const error& e) {
    if (number > 1) throw;
    fail(e.code(), e.text(), wanted_lines);
  }
}

inline conversation parse_chat(std::string_view line, std::string_view file, index number,
                               const read_chats_options& options) {
  const std::string where = concat(shown_path(file), ":", number);
  if (line.empty())
    fail(errc::bad_format, where,
         ": an empty line, want a chat on each; take it out, or skip what "
         "is no chat (on_bad_line)");
  if (const index cr = line.find('\r'); cr != line.npos)
    fail(errc::bad_format, where, ":", cr + 1,
         ": a carriage return that is not part of a line end",
         number > 1 || line.starts_with('{') ? "" : wanted_lines);
  const nlohmann::json value = parse_line(line, file, number);
  if (!value.is_object())
    fail(errc::bad_format, where, ": of type ", value.type_name(), ", want an object");
  if (!value.contains("messages")) fail_no_messages(value, where);
  const nlohmann::json& messages = json_array(value, "messages", where);
  if (messages.empty()) fail(errc::bad_format, where, ": \"messages\" is empty");
  conversation out;
  for (index i = 0; i < messages.size(); ++i)
    out.push_back(parse_message(messages[i], concat(where, ": messages[", i, "]")));
  if (options.require_completion && out.back().role != "assistant")
    fail(errc::bad_format, where, ": the last message is from ", in_quotes(out.back().role),
         ", want \"assistant\"; set require_completion = false for prompts without an answer");
  return out;
}

}  // namespace detail

/// Reads the chats of a file. Throws io_failure; bad_format for the first bad line unless such
/// lines are skipped; empty_data when no chat is left.
inline chats read_chats(const std::string& path, const read_chats_options& options = {}) {
  detail::line_reader lines(path, options.max_line_bytes);
  chats out;
  out.path = path;
  while (lines.next()) {
    try {
      if (lines.too_long())
        fail(errc::bad_format, shown_path(path), ":", lines.number(), ": a line of more than ",
             options.max_line_bytes, " bytes");
      out.conversations.push_back(detail::parse_chat(lines.line(), path, lines.number(), options));
      out.lines.push_back(lines.number());
    } catch (const error& e) {
      const bool hint =
          !lines.ended() && !lines.too_long() && !nlohmann::json::accept(lines.line());
      const std::string reason =
          concat(e.what(), hint ? " (the last line has no line end; is the file whole?)" : "");
      if (options.on_bad_line == bad_line::fail) throw error(e.code(), reason);
      if (++out.skipped <= 100) out.reasons.push_back({lines.number(), reason});
    }
  }
  if (lines.number() == 0)
    fail(errc::empty_data, shown_path(path), ": is empty, want a chat on each line");
  if (out.conversations.empty())
    fail(errc::empty_data, shown_path(path), ": no chats in ", lines.number(), " lines, ",
         out.skipped, " of them skipped");
  return out;
}

/// Writes chats so that read_chats gives them back: with require_completion = false where one ends
/// before an answer, with a larger max_line_bytes where one is longer. The file is replaced as a
/// whole. Throws empty_data for no chats, bad_format for one without messages, with another role or
/// with text that is not UTF-8, io_failure; then the file is as it was.
inline void write_chats(const std::string& path, const std::vector<conversation>& conversations) {
  if (conversations.empty())
    fail(errc::empty_data, shown_path(path), ": no chats to write, want at least one");
  std::string text;
  for (index i = 0; i < conversations.size(); ++i) {
    const std::string where = concat(shown_path(path), ": chat ", i + 1);
    if (conversations[i].empty()) fail(errc::bad_format, where, " has no messages");
    nlohmann::ordered_json messages = nlohmann::ordered_json::array();
    for (const message& m : conversations[i]) {
      detail::check_role(m.role, where);
      messages.push_back({{"role", m.role}, {"content", m.content}});
    }
    try {
      text += nlohmann::ordered_json{{"messages", std::move(messages)}}.dump();
    } catch (const nlohmann::json::type_error&) {
      fail(errc::bad_format, where, " holds text that is not UTF-8");
    }
    text += '\n';
  }
  replace_file(path, text);
}

}  // namespace gkd::inline v0
