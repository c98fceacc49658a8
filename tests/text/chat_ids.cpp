// SPDX-License-Identifier: Apache-2.0
// Chats with tokenizers that treat the beginning of a text otherwise than its inside: the ids are
// those that transformers' apply_chat_template gives to the whole rendered text.
#include <gkd/text/encode_chat.hpp>

#include <gkd/text/chat_template.hpp>
#include <gkd/text/stream_decoder.hpp>
#include <gkd/text/tokenizer_json.hpp>

#include "oracle/chat_templates.hpp"
#include "support/catch.hpp"
#include "support/data_dir.hpp"
#include "support/golden.hpp"
#include "support/role_injection.hpp"

#include <map>

using namespace gkd;

namespace {

using ids = std::vector<token>;

const nlohmann::json& oracle_file() {
  static const nlohmann::json file =
      nlohmann::json::parse(read_file(golden::oracle_folder() + "tokenizer_hf.json"));
  return file;
}

bpe_tokenizer family(const std::string& name) {
  for (const nlohmann::json& f : oracle_file()["families"]) {
    if (f["name"] != name) continue;
    nlohmann::json t = f["tokenizer"];
    t["model"] = oracle_file()[f["base"].get<std::string>()];
    t["model"].update(f["model"]);
    return parse_tokenizer(t.dump(), "</s>");
  }
  FAIL("no family " << name);
  throw 0;
}

}  // namespace

TEST_CASE("S83: chats with SentencePiece's tokenizers have the ids of apply_chat_template") {
  const golden::file file = golden::oracle("chat_ids.golden");
  std::map<std::string, bpe_tokenizer> tokenizers;
  gkd::index compared = 0, answered = 0;
  for (const golden::record& r : file.all("chat")) {
    const std::string name = r.word("family");
    const conversation& chat = oracle::chats.at(r.number<gkd::index>("chat"));
    INFO(r.name() << ", " << name << ", chat " << r.word("chat"));
    const chat_format format = format_by_name(r.name());
    const bpe_tokenizer& t = tokenizers.try_emplace(name, family(name)).first->second;
    const ids wanted = r.list<token>("ids");
    std::vector<chat_segment> segments;
    try {
      segments = format(chat);
    } catch (const error&) {
      CHECK(format.name() == "llama2");  // messages of which its template writes nothing
      continue;
    }
    CHECK(t.encode_with_control(rendered(segments)) == wanted);
    if (chat.back().role != "assistant") continue;
    const chat_example e =
        encode_chat(chat, t, format, assistant_turns::last, closing_text::target);
    CHECK(e.full.tokens == wanted);
    ++compared;
    if (const auto prompt = r.number<gkd::index>("prompt")) {
      CHECK(e.prompt_length == prompt);
      const conversation question(chat.begin(), chat.end() - 1);
      if (question.back().role == "assistant") continue;  // an example with an answer of its own
      CHECK(encode_chat(question, t, format).full.tokens ==
            ids(e.prompt().begin(), e.prompt().end()));
      ++answered;
    }
  }
  CHECK(compared > 120);
  CHECK(answered > 110);
}

TEST_CASE("S80 S81 S82 with SentencePiece's tokenizers") {
  for (const char* name : {"llama2", "metaspace-first"}) {
    check_no_role_injection(family(name), {"<unk>", "<s>", "</s>"}, zephyr);
    check_no_role_injection(family(name), {"<unk>", "<s>", "</s>"}, llama2);
  }
}

TEST_CASE("an answer is decoded without the space before it, at once and as it is sampled") {
  const bpe_tokenizer t = family("llama2");
  const chat_example e =
      encode_chat({{"user", "a"}, {"assistant", "Once  upon \xe4\xb8\x80"}}, t, llama2);
  const ids answer(e.completion().begin(), e.completion().end());
  CHECK(t.decode(answer) == "Once  upon \xe4\xb8\x80 ");
  CHECK(t.decode_inside(answer) == " Once  upon \xe4\xb8\x80 ");
  stream_decoder stream(t);
  for (int turn = 0; turn < 2; ++turn) {  // a second text begins as the first did
    std::string text = stream.push(*t.control_id("<s>"));
    for (token id : answer) text += stream.push(id);
    CHECK(text + stream.finish() == t.decode(answer));
  }
}

TEST_CASE("Phi-3's folder: tokenizer, format and chat") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const model_folder folder((*data / "tokenizers-hf" / "phi-3-mini").string());
  const bpe_tokenizer t = read_tokenizer(folder);
  const chat_format format = recognise_chat_format(read_tokenizer_config(folder));
  CHECK(format.name() == "phi3");
  CHECK(t.eos() == 32000);
  // <|user|> Hi there <|end|> <|assistant|> Hello you <|end|>: line ends belong to the names
  const chat_example e =
      encode_chat({{"user", "Hi there"}, {"assistant", " Hello you"}}, t, format);
  CHECK(e.full.tokens == ids{32010, 6324, 727, 32007, 32001, 15043, 366, 32007});
  CHECK(e.prompt_length == 5);
  CHECK(t.decode(e.completion()) == "Hello you");
}
