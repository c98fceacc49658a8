// SPDX-License-Identifier: Apache-2.0
// The demo's chat task: sort four digits, one written line per swap of two neighbours.
//
//   user       3982
//   assistant  3928>3298>2398>2389          as tokens: u3982a3928>3298>2398>2389.
//
// Each line swaps one pair of neighbours that stand in the wrong order, drawn uniformly among all
// such pairs; a prompt that is sorted already is repeated. Many answers are right, so the teacher's
// distribution says more than one reference does. An answer is correct when it ends and its last
// line is the sorted prompt. One prompt in eight is held out, by the CRC-32 of its text.
#pragma once

#include <gkd/gkd.hpp>

#include <algorithm>  // sort
#include <string>     // string
#include <vector>     // vector

namespace demo {

/// One token per character of "0123456789ua>", and "." which ends an answer.
struct character_tokenizer {
  static constexpr std::string_view characters = "0123456789ua>.";
  std::vector<gkd::token> encode(std::string_view text) const {
    std::vector<gkd::token> ids;
    for (char c : text) ids.push_back(static_cast<gkd::token>(characters.find(c)));
    return ids;
  }
  std::string decode(std::span<const gkd::token> ids) const {
    std::string text;
    for (gkd::token id : ids) text += characters[static_cast<gkd::index>(id)];
    return text;
  }
  std::optional<gkd::token> control_id(std::string_view) const { return {}; }
  gkd::index vocab_size() const { return characters.size(); }
  gkd::token eos() const { return 13; }
};

/// "u" before what the user says, "a" before the answer, end of sequence after it.
inline std::vector<gkd::chat_segment> sorting_format(const gkd::conversation& messages,
                                                     bool add_generation_prompt) {
  gkd::chat_script script;
  for (const gkd::message& m : messages) {
    script.text(m.role == "user" ? "u" : "a");
    if (m.role == "user")
      script.content(m.content);
    else
      script.turn(m, m.content, "");
  }
  if (add_generation_prompt) script.text("a");
  return script.done();
}

/// CRC-32 (IEEE 802.3), bit by bit.
inline std::uint32_t crc32(std::string_view text) {
  std::uint32_t crc = 0xffffffffu;
  for (char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

inline std::string prompt_text(gkd::index number) {
  std::string digits = std::to_string(number);
  return std::string(4 - digits.size(), '0') + digits;
}

inline bool held_out(const std::string& digits) {
  return crc32(gkd::concat("u", digits, "a")) % 8 == 0;
}

/// All prompts that are held out, or all others: 1,250 and 8,750.
inline std::vector<std::string> prompts(bool held) {
  std::vector<std::string> out;
  for (gkd::index n = 0; n < 10000; ++n)
    if (held_out(prompt_text(n)) == held) out.push_back(prompt_text(n));
  return out;
}

inline std::string sorted(std::string digits) {
  std::sort(digits.begin(), digits.end());
  return digits;
}

/// Numbers drawn one after another from a stream.
class draws {
 public:
  explicit draws(gkd::random_stream stream) : stream_(stream) {}
  gkd::index below(gkd::index bound) { return stream_.below(next_++, bound); }
  double uniform() { return stream_.uniform(next_++); }

 private:
  gkd::random_stream stream_;
  std::uint64_t next_ = 0;
};

/// The lines of one answer, from `digits` on, until they are sorted.
inline std::vector<std::string> sorting_lines(std::string digits, draws& draw) {
  std::vector<std::string> lines;
  while (true) {
    std::vector<gkd::index> wrong;
    for (gkd::index i = 0; i + 1 < digits.size(); ++i)
      if (digits[i] > digits[i + 1]) wrong.push_back(i);
    if (wrong.empty()) break;
    const gkd::index i = wrong[draw.below(wrong.size())];
    std::swap(digits[i], digits[i + 1]);
    lines.push_back(digits);
  }
  return lines;
}

/// A user's prompt and one answer to it. With probability `slip` one digit of one line is replaced
/// and the work goes on from the wrong line, so that the answer is wrong.
inline gkd::conversation dialogue(const std::string& digits, draws draw, double slip) {
  std::vector<std::string> lines = sorting_lines(digits, draw);
  if (lines.empty()) lines.push_back(digits);
  if (draw.uniform() < slip) {
    lines.resize(draw.below(lines.size()) + 1);
    char& digit = lines.back()[draw.below(4)];
    digit = static_cast<char>('0' + (digit - '0' + 1 + static_cast<int>(draw.below(9))) % 10);
    for (std::string& line : sorting_lines(lines.back(), draw)) lines.push_back(std::move(line));
  }
  std::string answer = lines[0];
  for (gkd::index i = 1; i < lines.size(); ++i) answer += gkd::concat(">", lines[i]);
  return {{"user", digits}, {"assistant", answer}};
}

/// Whether an answer, end token included, ends and says the sorted prompt last.
inline bool correct(const std::string& digits, const std::string& answer) {
  if (answer.size() < 5 || answer.back() != '.') return false;
  const std::string body = answer.substr(0, answer.size() - 1);
  const auto last = body.rfind('>');
  return body.substr(last == std::string::npos ? 0 : last + 1) == sorted(digits);
}

}  // namespace demo
