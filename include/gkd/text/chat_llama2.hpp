// SPDX-License-Identifier: Apache-2.0
// Chat formats of models whose tokenizer is Llama 2's: TinyLlama and Zephyr, Llama 2, Phi-3.
//
//   zephyr   <|user|>\n2 + 3?</s>\n<|assistant|>\n5</s>\n
//   llama2   <s>[INST] 2 + 3? [/INST] 5 </s>
//   phi3     <|user|>\n2 + 3?<|end|>\n<|assistant|>\n5<|end|>\n<|endoftext|>
//
// Control tokens are <s>, </s> and, in phi3, all names in angle brackets. The marks of turns in
// zephyr and llama2 are ordinary text, which these models know from nothing else: a message can
// write them too. It cannot end its turn, for which the control token </s> is needed.
#pragma once

#include <gkd/text/chat.hpp>

#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

/// TinyLlama Chat 1.0 and Zephyr.
inline std::vector<chat_segment> zephyr(const conversation& messages,
                                        bool add_generation_prompt = false) {
  check_roles(messages);
  chat_script out;
  for (const message& m : messages)
    out.text(concat("<|", m.role, "|>\n")).turn(m, m.content, "</s>").text("\n");
  if (add_generation_prompt) out.text("<|assistant|>\n");
  return out.done();
}

/// Llama 2 Chat. White space around a message is trimmed, and the answer's own space before and
/// after it is part of the answer, all as in its template. A system message stands at the
/// beginning, before a user's, or nowhere; roles that do not alternate from "user" on are refused
/// (bad_format). There is no generation prompt: "[/INST]" is one.
inline std::vector<chat_segment> llama2(const conversation& messages, bool = false) {
  check_roles(messages);
  const index first = messages.front().role == "system" ? 1 : 0;
  if (first == messages.size())
    fail(errc::bad_format, "a system message alone, want a user's after it in the llama2 format");
  chat_script out;
  for (index i = first; i < messages.size(); ++i) {
    const message& m = messages[i];
    if (m.role != ((i - first) % 2 == 0 ? "user" : "assistant"))
      fail(errc::bad_format, "messages[", i, "]: role ", in_quotes(m.role),
           ", want user and assistant in turns, a user first, in the llama2 format");
    const std::string_view said = trimmed(m.content);
    if (m.role == "assistant") {
      out.turn(m, concat(" ", said, " "), "</s>");
      continue;
    }
    out.control("<s>").text("[INST] ");
    if (i == 1) {  // the system's part is in the first message, and nothing before it is trimmed
      const index end = static_cast<index>(said.data() + said.size() - m.content.data());
      out.text("<<SYS>>\n").content(messages[0].content);
      out.text(said.empty() ? "\n<</SYS>>" : "\n<</SYS>>\n\n");
      if (!said.empty()) out.content(std::string_view(m.content).substr(0, end));
    } else {
      out.content(said);
    }
    out.text(" [/INST]");
  }
  return out.done();
}

/// Phi-3.
inline std::vector<chat_segment> phi3(const conversation& messages,
                                      bool add_generation_prompt = false) {
  check_roles(messages);
  chat_script out;
  for (const message& m : messages)
    out.control(concat("<|", m.role, "|>")).text("\n").turn(m, m.content, "<|end|>").text("\n");
  if (add_generation_prompt)
    out.control("<|assistant|>").text("\n");
  else
    out.control("<|endoftext|>");
  return out.done();
}

/// Phi-3.5: the same, with system messages that are empty left out.
inline std::vector<chat_segment> phi3_5(const conversation& messages,
                                        bool add_generation_prompt = false) {
  check_roles(messages);
  conversation said;
  for (const message& m : messages)
    if (m.role != "system" || !m.content.empty()) said.push_back(m);
  if (said.empty()) fail(errc::bad_format, "an empty system message alone, want others after it");
  return phi3(said, add_generation_prompt);
}

}  // namespace gkd::inline v0
