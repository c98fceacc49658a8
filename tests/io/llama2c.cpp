// SPDX-License-Identifier: Apache-2.0
#include <gkd/io/llama2c.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/data_dir.hpp"

#include <cstring>  // memcpy
#include <numeric>  // iota

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

namespace {

const test_folder folder;

template <class T>
std::string raw(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// dim 4, hidden 3, 2 layers, 2 heads, 1 kv head, vocabulary 5, context 6
const std::vector<std::int32_t> tied_sizes = {4, 3, 2, 2, 1, 5, 6};
constexpr gkd::index tied_floats = 5 * 4 + 2 * 4 + 2 * 16 + 2 * 8 + 2 * 8 + 2 * 16 + 2 * 4 +
                                   3 * 2 * 12 + 4 + 6 * 2;  // the last: two blocks of 6 * 2 / 2

std::string model(const std::vector<std::int32_t>& sizes, gkd::index floats) {
  std::vector<float> values(floats);
  std::iota(values.begin(), values.end(), 0.0f);
  return raw(sizes) + raw(values);
}
std::string refusal(const std::string& bytes) {
  try {
    read_llama2c(folder.write("model.bin", bytes));
  } catch (const error& e) {
    return std::string(name_of(e.code())) + ": " + e.what();
  }
  return "accepted";
}
std::string piece(float score, const std::string& text) {
  return raw(std::vector<float>{score}) +
         raw(std::vector<std::int32_t>{static_cast<std::int32_t>(text.size())}) + text;
}

}  // namespace

TEST_CASE("read_llama2c: every weight is where the layout says") {
  const auto m = read_llama2c(folder.write("model.bin", model(tied_sizes, tied_floats)));
  CHECK(m.config.dim == 4);
  CHECK(m.config.hidden_dim == 3);
  CHECK(m.config.n_layers == 2);
  CHECK(m.config.n_heads == 2);
  CHECK(m.config.n_kv_heads == 1);
  CHECK(m.config.vocab_size == 5);
  CHECK(m.config.seq_len == 6);
  CHECK(m.config.tied_embedding);
  CHECK(m.config.head_size() == 2);
  CHECK(m.config.kv_dim() == 2);
  float next = 0;  // the file holds 0, 1, 2, ...
  const auto follows = [&](const llama2c_tensor& t, std::vector<gkd::index> shape) {
    INFO(t.name);
    CHECK(t.shape == shape);
    gkd::index size = 1;
    for (gkd::index n : shape) size *= n;
    REQUIRE(t.values.size() == size);
    for (float x : t.values) REQUIRE(x == next++);
  };
  follows(m.embedding, {5, 4});
  follows(m.rms_att, {2, 4});
  follows(m.wq, {2, 4, 4});
  follows(m.wk, {2, 2, 4});
  follows(m.wv, {2, 2, 4});
  follows(m.wo, {2, 4, 4});
  follows(m.rms_ffn, {2, 4});
  follows(m.w1, {2, 3, 4});
  follows(m.w2, {2, 4, 3});
  follows(m.w3, {2, 3, 4});
  follows(m.rms_final, {4});
  CHECK(m.head.values.empty());
}

TEST_CASE("read_llama2c: a negative vocabulary size means a head of its own") {
  const auto m =
      read_llama2c(folder.write("model.bin", model({4, 3, 2, 2, 1, -5, 6}, tied_floats + 20)));
  CHECK_FALSE(m.config.tied_embedding);
  CHECK(m.config.vocab_size == 5);
  REQUIRE(m.head.values.size() == 20);
  CHECK(m.head.values[0] == static_cast<float>(tied_floats));
}

TEST_CASE("read_llama2c: a file of another length is refused before anything is read") {
  const std::string whole = model(tied_sizes, tied_floats);
  CHECK(refusal(whole) == "accepted");
  for (gkd::index n = 0; n < whole.size(); ++n)
    REQUIRE_THAT(refusal(whole.substr(0, n)), ContainsSubstring("bad_format"));
  CHECK_THAT(refusal(whole + "x"), ContainsSubstring("model.bin: "));
  CHECK_THAT(refusal(whole + "xxxx"),
             ContainsSubstring(concat(whole.size() + 4, " bytes, want ", whole.size(),
                                      " for dim 4, "
                                      "hidden_dim 3, n_layers 2, n_heads 2, n_kv_heads 1")));
  constexpr std::int32_t most = 1 << 24;  // products far beyond 64 bits
  CHECK_THAT(refusal(raw<std::int32_t>({most, most, most, 2, 1, most, most})),
             ContainsSubstring("28 bytes, want more for dim 16777216"));
  CHECK_THAT(refusal(raw<std::int32_t>({most, most, most, 2, 1, -most, most}) + whole),
             ContainsSubstring("want more"));
}

TEST_CASE("read_llama2c: sizes out of range") {
  for (gkd::index i = 0; i < 7; ++i)
    for (std::int32_t value : {0, -1, (1 << 24) + 1, std::numeric_limits<std::int32_t>::max(),
                               std::numeric_limits<std::int32_t>::min()}) {
      if (i == 5 && value == -1) continue;  // a vocabulary of one, with a head
      std::vector<std::int32_t> sizes = tied_sizes;
      sizes[i] = value;
      CHECK_THAT(refusal(raw(sizes) + std::string(4000, '\0')),
                 ContainsSubstring("want 1 to 2^24"));
    }
  CHECK_THAT(refusal(raw<std::int32_t>({4, 3, 2, 3, 1, 5, 6})), ContainsSubstring("n_heads = 3"));
  CHECK_THAT(refusal(raw<std::int32_t>({6, 3, 2, 2, 1, 5, 6})), ContainsSubstring("to be even"));
  CHECK_THAT(refusal(raw<std::int32_t>({12, 3, 2, 6, 4, 5, 6})),
             ContainsSubstring("n_kv_heads = 4"));
}

TEST_CASE("read_llama2c: weights that are no numbers") {
  std::string bytes = model(tied_sizes, tied_floats);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(bytes.data() + 28 + 4 * (20 + 8 + 3), &nan, 4);
  CHECK_THAT(refusal(bytes), ContainsSubstring("wq holds nan at element 3"));
  CHECK_THAT(refusal(bytes), ContainsSubstring("non_finite"));
}

TEST_CASE("read_llama2c_vocabulary: pieces and scores, and what is refused") {
  const std::string longest = raw<std::int32_t>({7});
  const std::string whole = longest + piece(0, "<unk>") + piece(-1.5f, "\n<s>\n") + piece(2, " a");
  const auto v = read_llama2c_vocabulary(folder.write("tok.bin", whole), 3);
  CHECK(v.pieces == std::vector<std::string>{"<unk>", "\n<s>\n", " a"});
  CHECK(v.scores == std::vector<float>{0, -1.5f, 2});

  const auto refused = [&](const std::string& bytes, gkd::index size, const char* why) {
    CHECK_THROWS_WITH(read_llama2c_vocabulary(folder.write("tok.bin", bytes), size),
                      ContainsSubstring(why));
  };
  for (gkd::index n = 0; n < whole.size(); ++n) refused(whole.substr(0, n), 3, "ends inside it");
  refused(whole, 4, "piece 3 of 4: the file ends inside it");
  refused(whole, 2, "10 bytes after the last of 2 pieces");
  refused(longest + piece(0, ""), 1, "length 0, want 1 to 7");
  refused(longest + piece(0, "12345678"), 1, "length 8, want 1 to 7");
  refused(longest + raw<float>({0}) + raw<std::int32_t>({-1}), 1, "length -1, want 1 to 7");
  refused(raw<std::int32_t>({1 << 30}) + raw<float>({0}) + raw<std::int32_t>({1 << 30}), 1,
          "the file ends inside it");
  refused(longest + piece(std::numeric_limits<float>::infinity(), "a"), 1, "score inf");
  refused(longest + piece(0, "a"), std::numeric_limits<gkd::index>::max(), "ends inside it");
}

TEST_CASE("read_llama2c: the real stories260K") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const auto m = read_llama2c((*data / "weights-stories260K" / "stories260K.bin").string());
  CHECK(m.config.dim == 64);
  CHECK(m.config.hidden_dim == 172);
  CHECK(m.config.n_layers == 5);
  CHECK(m.config.n_heads == 8);
  CHECK(m.config.n_kv_heads == 4);
  CHECK(m.config.vocab_size == 512);
  CHECK(m.config.seq_len == 512);
  CHECK(m.config.tied_embedding);
  CHECK(m.wk.shape == std::vector<gkd::index>{5, 32, 64});
  const auto v =
      read_llama2c_vocabulary((*data / "weights-stories260K" / "tok512.bin").string(), 512);
  CHECK(v.pieces[1] == "\n<s>\n");
  CHECK(v.pieces[3] == "<0x00>");
  CHECK(v.pieces[258] == "<0xFF>");
}
