// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/chat_dataset.hpp>
#include <gkd/data/chat_jsonl.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/data_dir.hpp"
#include "support/limited_process.hpp"
#include "support/throws.hpp"

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

namespace {

const test_folder folder;
const std::string one =
    R"({"messages":[{"role":"user","content":"2 + 3?"},{"role":"assistant","content":"5"}]})";
const conversation one_chat = {{"user", "2 + 3?"}, {"assistant", "5"}};

chats read(const std::string& bytes, const read_chats_options& options = {}) {
  return read_chats(folder.write("t.jsonl", bytes), options);
}
// what reading these bytes ends with, after the folder's path
std::string refusal(const std::string& bytes, const read_chats_options& options = {}) {
  try {
    read(bytes, options);
  } catch (const error& e) {
    const std::string text = e.what();
    return std::string(name_of(e.code())) + " " + text.substr(text.find("t.jsonl"));
  }
  return "accepted";
}
std::string messages(const std::string& list) { return "{\"messages\":[" + list + "]}"; }

}  // namespace

TEST_CASE("read_chats: two lines, by hand") {
  const chats c = read(one + "\n" +
                           R"({"id": 7, "messages": [{"content": "é\n", "role": "user"},
{"role": "assistant", "content": ""}], "source": null})"
                           "\n",
                       {.on_bad_line = bad_line::skip});
  CHECK(c.conversations == std::vector<conversation>{one_chat});
  CHECK(c.skipped == 2);  // a chat is one line

  const chats d = read(one + "\n" +
                       R"({"id": 7, "messages": [{"content": "é\n", "role": "user"}, )"
                       R"({"role": "assistant", "content": "", "name": null}], "source": null})"
                       "\n");
  CHECK(d.conversations ==
        std::vector<conversation>{one_chat, {{"user", "\xc3\xa9\n"}, {"assistant", ""}}});
  CHECK(d.skipped == 0);
}

TEST_CASE("S64: line ends") {
  const std::vector<conversation> two = {one_chat, one_chat};
  CHECK(read(one + "\n" + one + "\n").conversations == two);
  CHECK(read(one + "\n" + one).conversations == two);
  CHECK(read(one + "\r\n" + one + "\r\n").conversations == two);
  CHECK(read(one + "\r\n" + one).conversations == two);
  CHECK(refusal(one + "\r" + one) ==
        concat(
            "bad_format t.jsonl:1:", one.size() + 1,
            ": a carriage return that is not part of a line end (the last line has no line end; is "
            "the file whole?)"));
  CHECK_THAT(refusal(one + "\r\r\n"), ContainsSubstring("carriage return"));
  CHECK_THAT(refusal(one + "\n\n" + one), ContainsSubstring("t.jsonl:2: an empty line"));
  CHECK_THAT(refusal(one + "\n\n"), ContainsSubstring("t.jsonl:2: an empty line"));
  CHECK_THAT(refusal(one + "\n\r\n"), ContainsSubstring("t.jsonl:2: an empty line"));
  CHECK_THAT(refusal(one + "\n \n"), ContainsSubstring("t.jsonl:2:2: bad JSON"));
  // line separators of Unicode are text
  const std::string separators = "\xe2\x80\xa8\xe2\x80\xa9\xc2\x85";
  const chats c = read(messages("{\"role\":\"user\",\"content\":\"" + separators +
                                "\"},{\"role\":\"assistant\",\"content\":\"\"}"));
  CHECK(c.conversations[0][0].content == separators);
}

TEST_CASE("S64: bytes that are no chat file") {
  CHECK(refusal("") == "empty_data t.jsonl: is empty, want a chat on each line");
  CHECK_THAT(refusal("\n"), ContainsSubstring("t.jsonl:1: an empty line"));
  CHECK_THAT(refusal("\xef\xbb\xbf" + one),
             ContainsSubstring("t.jsonl:1:1: bad JSON: begins with a byte "
                               "order mark"));
  CHECK_THAT(refusal(one + "\n" + std::string("\0", 1)),
             ContainsSubstring("t.jsonl:2:1: bad JSON: a NUL"));
  CHECK_THAT(refusal(one + std::string("\0", 1)), ContainsSubstring("a NUL byte"));
  CHECK_THAT(refusal(one + one),
             ContainsSubstring(concat("t.jsonl:1:", one.size() + 1, ": bad JSON")));
  CHECK_THAT(refusal(one + "\n" + one.substr(0, 30)),
             ContainsSubstring("(the last line has no line end; is the file whole?)"));
  CHECK_THAT(refusal(one + "\n{\"messages\": nope}\n"),
             ContainsSubstring("t.jsonl:2:15: bad JSON"));
  CHECK_THAT(refusal("\x1f\x8b\x08\x00gzip"), ContainsSubstring("t.jsonl:1:"));
  CHECK_THAT(refusal("[" + one + "]"),
             ContainsSubstring("t.jsonl:1: of type array, want an object"));
  CHECK_THAT(refusal(std::string(100, '[')), ContainsSubstring("nested deeper than 64"));
}

TEST_CASE("S64: messages") {
  const auto refused = [](const std::string& list, const std::string& why) {
    CHECK_THAT(refusal(messages(list)), ContainsSubstring("bad_format t.jsonl:1: " + why));
  };
  const std::string answer = R"(,{"role":"assistant","content":"b"})";
  refused("", "\"messages\" is empty");
  refused(R"({"role":"user","content":"a"})",
          "the last message is from \"user\", want \"assistant\"; "
          "set require_completion = false for prompts without an answer");
  refused(R"({"content":"a"})" + answer, "messages[0]: has no \"role\"");
  refused(R"({"role":"user"})" + answer, "messages[0]: has no \"content\"");
  refused(R"({"role":null,"content":"a"})" + answer,
          "messages[0]: \"role\" is null, want a string");
  refused(R"({"role":["user"],"content":"a"})" + answer,
          "messages[0]: \"role\" is of type array, want");
  refused(R"({"role":"user","content":null})" + answer,
          "messages[0]: \"content\" is null, want a string");
  refused(R"({"role":"user","content":[{"type":"text","text":"a"}]})" + answer,
          "messages[0]: \"content\" is of type array, want a string; of a list of parts, as "
          "[{\"type\": \"text\", \"text\": ...}], want the texts as one string, and no images");
  refused(R"({"role":"user","content":{"text":"a"}})" + answer,
          "messages[0]: \"content\" is of type object, want a string");
  refused(R"({"role":"user","content":7})" + answer,
          "messages[0]: \"content\" is 7, want a string");
  refused(R"({"role":"User","content":"a"})" + answer,
          "messages[0]: role \"User\", want \"system\", "
          "\"user\" or \"assistant\"");
  refused(R"({"role":"tool","content":"a"})" + answer, "messages[0]: role \"tool\", want");
  refused(R"({"role":"\u001b]52;c;x\u0007","content":"a"})" + answer,
          "messages[0]: role \"\\x1b]52;c;x\\x07\", want");
  refused(R"({"role":"user","content":"a","tool_calls":[]})" + answer,
          "messages[0]: has the key \"tool_calls\", which is not understood");
  refused("null" + answer, "messages[0]: of type null, want an object with \"role\"");
  refused("\"a\"" + answer, "messages[0]: of type string, want an object");
  CHECK_THAT(refusal(R"({"messages":{}})"),
             ContainsSubstring("\"messages\" is of type object, want an array"));
  CHECK_THAT(refusal(R"({"messages":null})"),
             ContainsSubstring("\"messages\" is null, want an array"));
  CHECK_THAT(refusal(messages(R"({"role":"user","role":"assistant","content":"a"})")),
             ContainsSubstring("the key \"role\" for the second time"));
}

TEST_CASE("read_chats: lines of other formats say what they have and what is wanted") {
  CHECK_THAT(
      refusal(R"({"prompt": "a", "completion": "b"})"),
      ContainsSubstring("t.jsonl:1: has no \"messages\" but \"completion\", \"prompt\", want "
                        "{\"messages\": [{\"role\": ..., \"content\": ...}, ...]}; a prompt and "
                        "its completion are written as a user and an assistant message"));
  CHECK_THAT(refusal(R"({"conversations": [{"from": "human", "value": "a"}]})"),
             ContainsSubstring("has no \"messages\" but \"conversations\", want"));
  CHECK_THAT(refusal("{\"conversations\": []}"), ContainsSubstring("\"human\" is \"user\""));
  CHECK_THAT(refusal("PAR1\x15"), ContainsSubstring("; want JSONL: a chat, one JSON object, on "));
  CHECK_THAT(refusal(R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":1})"),
             ContainsSubstring("but \"a\", \"b\", \"c\", \"d\", \"e\", want"));
  CHECK_THAT(refusal("{}"), ContainsSubstring("but no key, want"));
}

TEST_CASE("read_chats: prompts without an answer") {
  const std::string prompt = R"({"messages":[{"role":"user","content":"a"}]})";
  CHECK(read(prompt, {.require_completion = false}).conversations ==
        std::vector<conversation>{{{"user", "a"}}});
}

TEST_CASE("read_chats: bad lines are skipped and listed when asked for") {
  const chats c = read("x\n" + one + "\n\n" + one + "\n{}\n" + one + "\n{\"mess",
                       {.on_bad_line = bad_line::skip});
  CHECK(c.conversations.size() == 3);
  CHECK(c.skipped == 4);
  CHECK(c.lines == std::vector<gkd::index>{2, 4, 6});
  REQUIRE(c.reasons.size() == 4);
  CHECK(c.reasons[0].line == 1);
  CHECK_THAT(c.reasons[0].reason, ContainsSubstring("t.jsonl:1:1: bad JSON"));
  CHECK(c.reasons[1].line == 3);
  CHECK(c.reasons[2].line == 5);
  CHECK(c.reasons[3].line == 7);
  CHECK_THAT(c.reasons[3].reason, ContainsSubstring("is the file whole?"));

  std::string many = one;
  for (int i = 0; i < 300; ++i) many += "\n?";
  const chats d = read(many, {.on_bad_line = bad_line::skip});
  CHECK(d.skipped == 300);
  CHECK(d.reasons.size() == 100);
  CHECK(refusal("?\n?\n", {.on_bad_line = bad_line::skip}) ==
        "empty_data t.jsonl: no chats in 2 lines, 2 of them skipped");
}

TEST_CASE("S64: a line beyond the cap is refused, or passed over, without being held") {
  const read_chats_options small{.on_bad_line = bad_line::skip, .max_line_bytes = one.size()};
  CHECK(read(one, small).conversations.size() == 1);
  CHECK_THAT(refusal(one + " \n", {.max_line_bytes = one.size()}),
             ContainsSubstring(concat("t.jsonl:1: a line of more than ", one.size(), " bytes")));
  const chats c = read(one + "\n" + std::string(1'000'000, 'x') + "\n" + one + "\n", small);
  CHECK(c.conversations.size() == 2);
  REQUIRE(c.skipped == 1);
  CHECK(c.reasons[0].line == 2);
  // nothing is read of 1 TiB beyond the cap
  std::filesystem::resize_file(folder.write("big.jsonl", one + "\n"), std::uintmax_t{1} << 40);
  CHECK_THROWS_WITH(read_chats(folder / "big.jsonl"),
                    ContainsSubstring("big.jsonl:2: a line of more than 16777216 bytes"));
}

TEST_CASE("S64: a very long chat, and lines around the size of a block") {
  conversation longest;
  for (int i = 0; i < 100'000; ++i) {
    longest.push_back({"user", "a"});
    longest.push_back({"assistant", "b"});
  }
  write_chats(folder / "long.jsonl", {longest, one_chat});
  CHECK(read_chats(folder / "long.jsonl").conversations ==
        std::vector<conversation>{longest, one_chat});

  const std::string frame =
      messages(R"({"role":"user","content":""},{"role":"assistant","content":""})");
  for (const char* end : {"\n", "\r\n"})
    for (gkd::index size = (1 << 16) - 3; size <= (1 << 16) + 3; ++size) {
      const std::string text(size - frame.size(), 'x');
      std::string line = frame;
      line.insert(line.find("\"\"") + 1, text);
      const chats c = read(line + end + one + end + line + end);
      REQUIRE(c.conversations.size() == 3);
      CHECK(c.conversations[0][0].content == text);
      CHECK(c.conversations[1] == one_chat);
      CHECK(c.conversations[2] == c.conversations[0]);
    }
}

TEST_CASE("S64: a line of more values than a chat can have is refused; any may have 100,000") {
  const auto line_with = [](const std::string& list) {
    return one.substr(0, one.size() - 1) + ",\"ids\":[" + list + "]}";
  };
  std::string ids = "1";
  for (int i = 1; i < 99'990; ++i) ids += ",1";
  CHECK(read(line_with(ids)).conversations.size() == 1);
  for (int i = 0; i < 10; ++i) ids += ",1";
  CHECK_THAT(
      refusal(one + "\n" + line_with(ids) + "\n"),
      ContainsSubstring("bad_format t.jsonl:2:") && ContainsSubstring("more than 100000 values"));
  CHECK(read(one + "\n" + line_with(ids), {.on_bad_line = bad_line::skip}).skipped == 1);
  // with the text that they are of, they are few
  CHECK(read(line_with(ids + "],\"text\":[\"" + std::string(800'000, 'x') + "\""))
            .conversations.size() == 1);
}

// Twenty times the line, while the shortest messages need eighteen of memory in use; it was 38.
TEST_CASE("S64: lines of nothing but the shortest values, in twenty times their bytes of memory") {
  GKD_SKIP_IF_SANITIZED();
  const auto lines = [](const std::string& value, const std::string& last) {
    std::string list;
    while (list.size() < 4'000'000) list += value + ",";
    return messages(list + last);
  };
  const std::string user = R"({"role":"user","content":""})";
  const std::string assistant = R"({"role":"assistant","content":""})";
  const auto in_memory = [](const std::string& line) {
    folder.write("t.jsonl", line + "\n");
    return within_memory(20 * line.size(), [] {
      try {
        read_chats(folder / "t.jsonl");
      } catch (const error& e) {
        return std::string(e.what());
      }
      return std::string("accepted");
    });
  };
  CHECK(in_memory(lines(user, assistant)) == "accepted");
  for (const char* value : {"{}", "[]", "0", "\"\"", "{\"\":\"\"}"})
    CHECK_THAT(in_memory(lines(value, assistant)),
               ContainsSubstring("t.jsonl:1:") && ContainsSubstring("values"));
}

TEST_CASE("S102: an error shows at most 64 bytes of a text of the file") {
  const std::string x(1000, 'x'), shown(64, 'x');
  const std::string user = R"({"role":"user","content":"a"},)";
  for (const std::string& bytes :
       {messages(user + R"({"role":")" + x + R"(","content":"a"})"), x, "{\"" + x + "\":1}",
        messages("\"" + x + "\""), R"({"messages":")" + x + "\"}",
        messages(R"({"role":"user","content":"a",")" + x + "\":1,\"" + x + "\":2}"),
        messages(user + R"({"role":"assistant","content":["a",")" + x + "\"]}"),
        "{\"messages\":[],\"prompt\":\"" + x + "\"", "{\"messages\":" + x}) {
    const std::string text = refusal(bytes);
    INFO(bytes.substr(0, 60) << " -> " << text);
    CHECK(text != "accepted");
    CHECK(text.find(shown + "x") == text.npos);
  }
  CHECK(refusal(messages(user + R"({"role":")" + x + R"(","content":"a"})")).find(shown) !=
        std::string::npos);
}

TEST_CASE("S103: hostile files in 512 MiB of address space") { CHECK_HOSTILE_CASES("S6*"); }

TEST_CASE("write_chats: what is written is read back, whatever it says") {
  std::string controls;
  for (int byte = 1; byte < 128; ++byte) controls += static_cast<char>(byte);
  const std::vector<conversation> all = {
      {{"system", controls},
       {"user", std::string("a\0b", 3)},
       {"assistant", "\xf0\x9f\x98\x80\xe2\x80\xa8"}},
      {{"assistant", "\"\\/\r\n"}},
  };
  write_chats(folder / "w.jsonl", all);
  CHECK(read_chats(folder / "w.jsonl").conversations == all);
  CHECK(folder.read("w.jsonl").starts_with(
      R"({"messages":[{"role":"system","content":"\u0001\u0002)"));
  CHECK_THROWS_WITH(write_chats(folder / "w.jsonl", {one_chat, {{"user", "\xff"}}}),
                    ContainsSubstring("w.jsonl: chat 2 holds text that is not UTF-8"));
  CHECK(read_chats(folder / "w.jsonl").conversations == all);  // the old file stays
}

TEST_CASE("write_chats: what could not be read back is not written") {
  write_chats(folder / "r.jsonl", {one_chat});
  const auto refused = [&](const std::vector<conversation>& bad, errc code, const char* why) {
    CHECK_ERROR((write_chats(folder / "r.jsonl", bad), 0), code, why);
    CHECK(read_chats(folder / "r.jsonl").conversations == std::vector<conversation>{one_chat});
  };
  refused({}, errc::empty_data, "r.jsonl: no chats to write, want at least one");
  refused({one_chat, {}}, errc::bad_format, "r.jsonl: chat 2 has no messages");
  refused({one_chat, {{"tool", "5"}, {"assistant", "5"}}}, errc::bad_format,
          "r.jsonl: chat 2: role \"tool\", want \"system\", \"user\" or \"assistant\"");

  // a prompt without an answer is asked for
  const std::vector<conversation> prompt = {{{"user", "2 + 3?"}}};
  write_chats(folder / "p.jsonl", prompt);
  CHECK_ERROR(read_chats(folder / "p.jsonl"), errc::bad_format, "want \"assistant\"");
  CHECK(read_chats(folder / "p.jsonl", {.require_completion = false}).conversations == prompt);
}

TEST_CASE("read_chats: real files of other formats are refused with what to do") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const auto refused = [&](const char* file, const char* why) {
    CHECK_THROWS_WITH(read_chats((*data / file).string()), ContainsSubstring(why));
  };
  refused("gsm8k/test.jsonl", "test.jsonl:1: has no \"messages\" but \"answer\", \"question\"");
  refused("chat-llamafactory/v1_sft_demo.jsonl",
          "v1_sft_demo.jsonl:1: messages[0]: \"content\" is of type array, want a string");
  refused("chat-llamafactory/identity.json", "identity.json:1:2: bad JSON");
  refused("chat-llamafactory/identity.json", "; want JSONL: a chat, one JSON object, on each line");
  refused("chat-fastchat/mt_bench_question.jsonl", "has no \"messages\"");
  refused("llama.cpp-vocab/ggml-vocab-gpt-2.gguf", "ggml-vocab-gpt-2.gguf:1:");
}

TEST_CASE("write_chats and read_chats: 1,319 questions of gsm8k") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  std::vector<conversation> all;
  detail::line_reader lines((*data / "gsm8k" / "test.jsonl").string(), 1 << 20);
  while (lines.next()) {
    const auto line = nlohmann::json::parse(lines.line());
    all.push_back({{"user", line["question"]}, {"assistant", line["answer"]}});
  }
  REQUIRE(all.size() == 1319);
  write_chats(folder / "gsm8k.jsonl", all);
  CHECK(read_chats(folder / "gsm8k.jsonl").conversations == all);
}

TEST_CASE("chat_dataset: a chat that was read from a file is named by its line") {
  const byte_tokenizer bytes;
  const std::string path = folder.write(
      "chats.jsonl",
      "nonsense\n"
      R"({"messages": [{"role": "user", "content": "ab"}, {"role": "assistant", "content": "c"}]})"
      "\n"
      R"({"messages":[{"role":"user","content":"abcdef"},{"role":"assistant","content":"g"}]})"
      "\n");
  const chats whole = read_chats(path, {.on_bad_line = bad_line::skip});
  CHECK(chat_dataset(whole, bytes, plain).fingerprint() ==
        chat_dataset(whole.conversations, bytes, plain).fingerprint());
  CHECK_THROWS_WITH(chat_dataset(whole, bytes, plain, {.max_prompt_length = 6}),
                    ContainsSubstring("gkd: " + path + ":3: the prompt has 7 tokens"));
  CHECK_THROWS_WITH(
      chat_dataset(whole, bytes, plain, {.max_length = 2, .on_long_prompt = long_prompt::drop}),
      ContainsSubstring("gkd: " + path + ": a dataset without examples: 2 chats given"));
  chats more = whole;  // by hand, on no line
  more.conversations.push_back({});
  CHECK_THROWS_WITH(chat_dataset(more, bytes, plain),
                    ContainsSubstring("gkd: " + path + ": chat 3 of 3: a chat without messages"));
}
