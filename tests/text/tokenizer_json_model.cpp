// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/tokenizer_json_model.hpp>

#include <gkd/text/tokenizer_json.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "text/small_tokenizer.hpp"

using namespace gkd;

namespace {

using ids = std::vector<token>;

// the small tokenizer with a member of its model changed
bpe_tokenizer with_model(const std::string& name, const nlohmann::json& value) {
  nlohmann::json t = small_tokenizer();
  t["model"][name] = value;
  return parse_tokenizer(t.dump(), "<|im_end|>");
}
bpe_tokenizer with_token(const std::string& text, const nlohmann::json& id) {
  nlohmann::json t = small_tokenizer();
  t["model"]["vocab"][text] = id;
  return parse_tokenizer(t.dump(), "<|im_end|>");
}
bpe_tokenizer with_merge(const nlohmann::json& merge) {
  nlohmann::json t = small_tokenizer();
  t["model"]["merges"].push_back(merge);
  return parse_tokenizer(t.dump(), "<|im_end|>");
}
bpe_tokenizer with_added(const nlohmann::json& added) {
  nlohmann::json t = small_tokenizer();
  t["added_tokens"].push_back(added);
  return parse_tokenizer(t.dump(), "<|im_end|>");
}

}  // namespace

TEST_CASE("tokenizer.json: what is no byte-level BPE is refused by name and value") {
  CHECK_ERROR(with_model("type", "Unigram"), errc::bad_format,
              "tokenizer.json: model: \"type\" is \"Unigram\", want \"BPE\"");
  CHECK_ERROR(with_model("type", "WordPiece"), errc::bad_format, "\"type\" is \"WordPiece\"");
  CHECK_ERROR(with_model("type", 3), errc::bad_format, "\"type\" is 3, want a string");
  CHECK_ERROR(with_model("dropout", 0.1), errc::bad_format,
              "model: \"dropout\" is \"0.1\", which is not supported");
  CHECK_ERROR(with_model("byte_fallback", true), errc::bad_format, "\"byte_fallback\" is \"true\"");
  CHECK_ERROR(with_model("continuing_subword_prefix", "##"), errc::bad_format,
              "\"continuing_subword_prefix\" is");
  CHECK_ERROR(with_model("end_of_word_suffix", "</w>"), errc::bad_format,
              "\"end_of_word_suffix\" is \"\\x22</w>\\x22\"");
  for (const char* name : {"continuing_subword_prefix", "end_of_word_suffix"})
    CHECK(with_model(name, "").encode("he") == ids{256});
  CHECK(with_model("dropout", 0.0).encode("he") == ids{256});
}

TEST_CASE("tokenizer.json: a model without a type is BPE, members of the wrong type are none") {
  nlohmann::json t = small_tokenizer();
  t["model"].erase("type");
  t["model"].erase("byte_fallback");
  CHECK(parse_tokenizer(t.dump(), "<|im_end|>").encode("he") == ids{256});
  CHECK_ERROR(with_model("vocab", nlohmann::json::array()), errc::bad_format,
              "model: \"vocab\" is of type array, want an object");
  CHECK_ERROR(with_model("merges", "a b"), errc::bad_format, "\"merges\" is of type string");
  CHECK_ERROR(with_model("ignore_merges", 1), errc::bad_format,
              "\"ignore_merges\" is 1, want true");
  CHECK_ERROR(with_model("unk_token", 1), errc::bad_format, "\"unk_token\" is 1, want a string");
  t["model"].erase("vocab");
  CHECK_ERROR(parse_tokenizer(t.dump(), "x"), errc::bad_format, "model: has no \"vocab\"");
}

TEST_CASE("S93: ids that are none") {
  const std::string where = "model.vocab: \"new\" is ";
  CHECK_ERROR(with_token("new", -1), errc::bad_format, where + "-1, want an id from 0 to 4194303");
  CHECK_ERROR(with_token("new", 1LL << 22), errc::bad_format, where + "4194304, want");
  CHECK_ERROR(with_token("new", 1LL << 31), errc::bad_format, where + "2147483648, want");
  CHECK_ERROR(with_token("new", 1.5), errc::bad_format, where + "1.5, want");
  CHECK_ERROR(with_token("new", "7"), errc::bad_format, where + "of type string, want");
  CHECK_ERROR(with_token("new", nullptr), errc::bad_format, where + "null, want");
  CHECK_ERROR(with_token("new", 256), errc::bad_format, "id 256 belongs to two tokens");
  CHECK_ERROR(with_token("new", 261), errc::bad_format, "id 261 belongs to two tokens");
}

TEST_CASE("S93: holes in the ids, an empty token, texts outside the alphabet") {
  const bpe_tokenizer holes = with_token("new", 1000);
  CHECK(holes.vocab_size() == 1001);
  CHECK(holes.decode(ids{999, 1000}) == "new");
  CHECK(with_token("", 264).decode(ids{264, 'a'}) == "a");  // Whisper has one
  // SentencePiece's byte tokens are texts like others here
  for (const char* text : {"<0x-1>", "<0xGG>", "<0x41>", "\xe2\x96\x81the", "a b"}) {
    INFO(text);
    const bpe_tokenizer t = with_token(text, 264);
    CHECK(t.token_text(264) == text);
    for (token id : t.encode(text)) CHECK(id < 261);
    CHECK(t.decode(t.encode(text)) == text);
  }
}

TEST_CASE("S93: merges that are none") {
  const std::string here = "model.merges[4]: ";
  for (const nlohmann::json& merge :
       {nlohmann::json("ab"), nlohmann::json("a b c"), nlohmann::json(" a"), nlohmann::json("a "),
        nlohmann::json(""), nlohmann::json({"a", ""}), nlohmann::json({"", "a"}),
        nlohmann::json({"a"}), nlohmann::json({"a", "b", "c"}), nlohmann::json({"a", 1}),
        nlohmann::json(3), nlohmann::json(nullptr)})
    CHECK_ERROR(with_merge(merge), errc::bad_format, here + "want two tokens");
  CHECK_ERROR(with_merge("zz a"), errc::bad_format, here + "the vocabulary has no token \"zz\"");
  CHECK_ERROR(with_merge("a zz"), errc::bad_format, here + "the vocabulary has no token \"zz\"");
  CHECK_ERROR(with_merge("a b"), errc::bad_format, here + "the vocabulary has no token \"ab\"");
}

TEST_CASE("tokenizer.json: a merge for the second time has the later rank, as in Hugging Face") {
  nlohmann::json t = small_tokenizer();
  t["model"]["vocab"]["el"] = 264;
  t["model"]["merges"] = {"h e", "e l", "h e"};  // e l comes first now
  CHECK(parse_tokenizer(t.dump(), "<|im_end|>").encode("hel") == ids{'h', 264});
}

TEST_CASE("tokenizer.json: added tokens that are none") {
  const auto added = [](const nlohmann::json& change = nlohmann::json::object()) {
    nlohmann::json out = small_added_token(264, "<x>", true);
    out.update(change);
    return out;
  };
  const std::string here = "tokenizer.json: added_tokens[3]: ";
  CHECK(with_added(added()).control_id("<x>") == 264);
  CHECK_ERROR(with_added(3), errc::bad_format, here + "of type number, want an object");
  CHECK_ERROR(with_added(added({{"id", -1}})), errc::bad_format,
              here + "\"id\" is -1, want an integer");
  CHECK_ERROR(with_added(added({{"id", 1LL << 31}})), errc::bad_format,
              here + "\"id\" is 2147483648");
  CHECK_ERROR(with_added(added({{"content", ""}})), errc::bad_format, "has 0 bytes, want 1 to 256");
  CHECK(with_added(added({{"content", std::string(256, 'a')}})).vocab_size() == 265);
  CHECK_ERROR(with_added(added({{"content", std::string(257, 'a')}})), errc::bad_format,
              "\"content\" has 257 bytes, want 1 to 256");
  CHECK_ERROR(with_added(added({{"special", "yes"}})), errc::bad_format,
              "\"special\" is of type string, want true or false");
  CHECK_ERROR(with_added(added({{"content", "<tool>"}})), errc::bad_format,
              "two added tokens have the content \"<tool>\"");
  CHECK_ERROR(with_added(added({{"id", 262}})), errc::bad_format, "id 262 belongs to two tokens");
  CHECK_ERROR(with_added(added({{"content", "hell"}})), errc::bad_format,
              "\"hell\" has the id 258 here and 264 among the added tokens");
  nlohmann::json t = small_tokenizer();
  t["added_tokens"] = nullptr;
  CHECK_ERROR(parse_tokenizer(t.dump(), "x"), errc::bad_format,
              "\"added_tokens\" is null, want an");
  t.erase("added_tokens");
  CHECK_ERROR(parse_tokenizer(t.dump(), "x"), errc::vocabulary_mismatch, "none of the 0 added");
}

TEST_CASE("tokenizer.json: a byte that texts are made of is no special token") {
  CHECK_ERROR(with_added(small_added_token('a', "a", true)), errc::bad_format,
              "\"a\" is a special token and a byte that texts are made of");
  const bpe_tokenizer t = with_added(small_added_token('a', "a", false));
  CHECK(t.encode("a") == ids{'a'});
  CHECK(t.decode(ids{'a'}) == "a");
}

TEST_CASE("tokenizer.json: the unknown token is in the vocabulary or among the added tokens") {
  CHECK_ERROR(with_model("unk_token", "<unk>"), errc::bad_format,
              "model.unk_token: the vocabulary has no token \"<unk>\"");
  nlohmann::json t = small_tokenizer();
  t["model"]["vocab"].erase("x");
  t["model"]["unk_token"] = "<tool>";
  const bpe_tokenizer added = parse_tokenizer(t.dump(), "<|im_end|>");
  CHECK(added.encode("axb") == ids{'a', 'b'});
  CHECK(added.encode_with_control("axxb") == ids{'a', 263, 263, 'b'});
  t["model"]["unk_token"] = "hello";
  t["model"]["fuse_unk"] = true;
  CHECK(parse_tokenizer(t.dump(), "<|im_end|>").encode("axxb") == ids{'a', 260, 'b'});
}

TEST_CASE("S62: a hundred thousand merges with the same left token load and encode") {
  nlohmann::json t = small_tokenizer();
  nlohmann::json merges = nlohmann::json::array();
  token next = 1000;
  for (int i = 0; i < 100'000; ++i) {
    std::string name = "q";
    for (int n = i; n > 0; n /= 26) name += static_cast<char>('a' + n % 26);
    if (t["model"]["vocab"].contains(name) || t["model"]["vocab"].contains("a" + name)) continue;
    t["model"]["vocab"][name] = next++;
    t["model"]["vocab"]["a" + name] = next++;
    merges.push_back({"a", name});
  }
  t["model"]["merges"] = merges;
  const bpe_tokenizer big = parse_tokenizer(t.dump(), "<|im_end|>");
  const std::string text(100'000, 'a');
  CHECK(big.encode(text).size() == text.size());
}
