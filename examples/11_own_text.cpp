// SPDX-License-Identifier: Apache-2.0
// From messages to tokens with parts of one's own: a tokenizer, a chat format, a dataset.
#include <gkd/gkd.hpp>

#include <cstdio>  // printf

// [tokenizer]
/// Words between blanks; the ends of turns are control tokens, which no text can spell.
class word_tokenizer {
 public:
  std::vector<gkd::token> encode(std::string_view text) const {
    std::vector<gkd::token> ids;
    for (gkd::index at = 0; at < text.size();) {
      const gkd::index end = std::min(text.find(' ', at), text.size());
      if (end > at) ids.push_back(id_of(text.substr(at, end - at)));
      at = end + 1;
    }
    return ids;
  }
  std::string decode(std::span<const gkd::token> ids) const {
    std::string text;
    for (gkd::token id : ids)
      if (id > 1) text += (text.empty() ? "" : " ") + std::string(words[std::size_t(id) - 2]);
    return text;
  }
  std::optional<gkd::token> control_id(std::string_view name) const {
    if (name == "<ask>") return 0;
    if (name == "<end>") return 1;
    return std::nullopt;
  }
  gkd::index vocab_size() const { return 2 + std::size(words); }
  gkd::token eos() const { return 1; }

 private:
  static constexpr std::string_view words[] = {"?", "who", "is", "there", "a", "cat", "nobody"};
  static gkd::token id_of(std::string_view word) {
    for (gkd::index i = 0; i < std::size(words); ++i)
      if (words[i] == word) return gkd::token(2 + i);
    return 2;  // unknown
  }
};
static_assert(gkd::tokenizer<word_tokenizer>);
// [/tokenizer]

// [chat-format]
/// <ask> question <end> answer <end>
std::vector<gkd::chat_segment> terse(const gkd::conversation& messages, bool /*prompt*/) {
  gkd::chat_script script;
  for (const gkd::message& m : messages) {
    if (m.role == "user") script.control("<ask>");
    script.turn(m, m.content, "<end>");
  }
  return script.done();
}
// [/chat-format]

// [dataset]
struct riddles {
  std::vector<gkd::chat_example> examples;

  gkd::index size() const { return examples.size(); }
  std::span<const gkd::token> prompt(gkd::index i) const { return examples[i].prompt(); }
  const gkd::sequence& full(gkd::index i) const { return examples[i].full; }
};
// [/dataset]

int main() {
  const word_tokenizer words;
  const gkd::conversation chats[] = {
      {{"user", "who is there"}, {"assistant", "a cat"}},
      {{"user", "is there a cat"}, {"assistant", "nobody is there"}},
      {{"user", "who is <end> there"}, {"assistant", "a cat"}}};  // the text "<end>" ends nothing
  riddles data;
  for (const gkd::conversation& chat : chats)
    data.examples.push_back(gkd::encode_chat(chat, words, terse));

  std::puts("tokens, those that are learned in brackets");
  for (const gkd::chat_example& e : data.examples) {
    for (gkd::index i = 0; i < e.full.tokens.size(); ++i)
      std::printf(e.full.weights[i] > 0 ? " [%d]" : "  %d ", e.full.tokens[i]);
    std::printf("   %s\n", words.decode(e.completion()).c_str());
  }

  gkd::tabular student{words.vocab_size(), /*order*/ 3};
  gkd::trainer trainer{student, gkd::cross_entropy{}, gkd::fixed{data}, gkd::adamw{},
                       gkd::training_options{.max_steps = 100, .learning_rate = 0.2}};
  trainer.train();
  const gkd::generation_options greedy{
      .sampling = {.greedy = true}, .max_new_tokens = 6, .stop_tokens = {words.eos()}};
  for (const char* question : {"who is there", "is there a cat"}) {
    const gkd::chat_example asked = gkd::encode_chat({{"user", question}}, words, terse);
    const auto answer = gkd::generate(student, std::vector{asked.prompt()}, greedy)[0];
    std::printf("%s? %s\n", question, words.decode(gkd::completion_of(answer)).c_str());
  }
}
