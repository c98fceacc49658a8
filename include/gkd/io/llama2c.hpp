// SPDX-License-Identifier: Apache-2.0
// The files of karpathy/llama2.c: a Llama's weights (model.bin, its first version without a magic
// number) and the vocabulary of its SentencePiece tokenizer (tokenizer.bin).
//
//   model.bin      int32 dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, seq_len;
//                  vocab_size < 0 says that the head is not the embedding; then the weights below
//                  as float, in their order, with two blocks of seq_len * head_size / 2 unused
//                  floats after rms_final
//   tokenizer.bin  int32 longest piece, then for each piece float score, int32 length, bytes
// A size is compared with the file before anything is allocated for it.
// Source: karpathy/llama2.c, run.c and export.py.
#pragma once

#include <gkd/core/math.hpp>
#include <gkd/io/file.hpp>

#include <array>        // array
#include <bit>          // bit_cast, endian
#include <limits>       // numeric_limits
#include <span>         // span
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

static_assert(std::endian::native == std::endian::little,
              "gkd: io/llama2c.hpp copies numbers as they stand in the file and needs a "
              "little-endian machine");

/// Sizes of the model. Its rotary embedding turns neighbours (2i, 2i + 1), base 10000; its norms
/// are RMSNorm with epsilon 1e-5; its feed-forward is w2(silu(w1 x) * w3 x).
struct llama2c_config {
  index dim = 0;               // D
  index hidden_dim = 0;        // F
  index n_layers = 0;          // L
  index n_heads = 0;           // H
  index n_kv_heads = 0;        // K
  index vocab_size = 0;        // V
  index seq_len = 0;           // T, the longest context
  bool tied_embedding = true;  ///< the head is the embedding

  index head_size() const { return dim / n_heads; }
  index kv_dim() const { return head_size() * n_kv_heads; }
};

/// A weight: L layers one after another where the shape begins with L; row major.
struct llama2c_tensor {
  std::string_view name;
  std::vector<index> shape;
  std::vector<float> values;
};

struct llama2c_checkpoint {
  llama2c_config config;
  llama2c_tensor embedding;  // (V, D)
  llama2c_tensor rms_att;    // (L, D)
  llama2c_tensor wq;         // (L, D, D)
  llama2c_tensor wk;         // (L, kv_dim, D)
  llama2c_tensor wv;         // (L, kv_dim, D)
  llama2c_tensor wo;         // (L, D, D)
  llama2c_tensor rms_ffn;    // (L, D)
  llama2c_tensor w1;         // (L, F, D)
  llama2c_tensor w2;         // (L, D, F)
  llama2c_tensor w3;         // (L, F, D)
  llama2c_tensor rms_final;  // (D)
  llama2c_tensor head;       // (V, D), empty when tied
};

/// Pieces of the vocabulary, by id, with the scores that order their merges.
struct llama2c_vocabulary {
  std::vector<std::string> pieces;  // (V)
  std::vector<float> scores;        // (V)
};

namespace detail {

inline llama2c_config read_llama2c_config(input_file& file) {
  std::array<std::int32_t, 7> n;
  std::array<char, sizeof n> bytes;
  file.read_exactly(bytes, "the seven sizes at its start");
  n = std::bit_cast<decltype(n)>(bytes);
  llama2c_config c;
  c.tied_embedding = n[5] > 0;
  if (n[5] < 0 && n[5] != std::numeric_limits<std::int32_t>::min()) n[5] = -n[5];
  constexpr std::string_view names[] = {"dim",        "hidden_dim", "n_layers", "n_heads",
                                        "n_kv_heads", "vocab_size", "seq_len"};
  index* const members[] = {&c.dim,        &c.hidden_dim, &c.n_layers, &c.n_heads,
                            &c.n_kv_heads, &c.vocab_size, &c.seq_len};
  for (index i = 0; i < n.size(); ++i) {
    if (n[i] < 1 || n[i] > 1 << 24)
      fail(errc::bad_format, shown_path(file.path()), ": ", names[i], " = ", n[i],
           ", want 1 to 2^24; is this a llama2.c checkpoint of the first version?");
    *members[i] = static_cast<index>(n[i]);
  }
  if (c.dim % c.n_heads != 0 || c.head_size() % 2 != 0 || c.n_heads % c.n_kv_heads != 0)
    fail(errc::bad_format, shown_path(file.path()), ": dim = ", c.dim, ", n_heads = ", c.n_heads,
         ", n_kv_heads = ", c.n_kv_heads,
         ", want n_kv_heads to divide n_heads and dim / n_heads to be even");
  return c;
}

}  // namespace detail

/// Reads the weights. Throws io_failure; bad_format for sizes out of range or a file whose length
/// is not what they say; non_finite for a weight that is NaN or infinite.
inline llama2c_checkpoint read_llama2c(const std::string& path) {
  input_file file(path);
  llama2c_checkpoint m;
  m.config = detail::read_llama2c_config(file);
  const auto [D, F, L, H, K, V, T, tied] = m.config;
  const index kv = m.config.kv_dim();
  const index unused = T * m.config.head_size() / 2;
  llama2c_tensor skipped{"freq_cis", {2, unused}, {}};
  m.embedding = {"embedding", {V, D}, {}};
  m.rms_att = {"rms_att", {L, D}, {}};
  m.wq = {"wq", {L, D, D}, {}};
  m.wk = {"wk", {L, kv, D}, {}};
  m.wv = {"wv", {L, kv, D}, {}};
  m.wo = {"wo", {L, D, D}, {}};
  m.rms_ffn = {"rms_ffn", {L, D}, {}};
  m.w1 = {"w1", {L, F, D}, {}};
  m.w2 = {"w2", {L, D, F}, {}};
  m.w3 = {"w3", {L, F, D}, {}};
  m.rms_final = {"rms_final", {D}, {}};
  m.head = {"head", {tied ? 0 : V, D}, {}};
  llama2c_tensor* const order[] = {&m.embedding, &m.rms_att, &m.wq,  &m.wk, &m.wv,
                                   &m.wo,        &m.rms_ffn, &m.w1,  &m.w2, &m.w3,
                                   &m.rms_final, &skipped,   &m.head};
  const index most = file.size() / sizeof(float);
  std::vector<index> counts;
  index total = 7;
  for (const llama2c_tensor* t : order) {
    index count = 1;
    for (index n : t->shape) count = n != 0 && count > most / n ? most + 1 : count * n;
    counts.push_back(count);
    total = std::min(total + count, most + 1);  // sums and products stop just above the file's size
  }
  if (total != most || file.size() % sizeof(float) != 0)
    fail(errc::bad_format, shown_path(path), ": ", file.size(), " bytes, want ",
         total > most ? "more" : std::to_string(total * sizeof(float)), " for dim ", D,
         ", hidden_dim ", F, ", n_layers ", L, ", n_heads ", H, ", n_kv_heads ", K, ", vocab_size ",
         V, ", seq_len ", T, tied ? "" : ", separate head");
  for (index i = 0; i < counts.size(); ++i) {
    llama2c_tensor& t = *order[i];
    t.values.resize(counts[i]);
    const std::span<float> values(t.values);
    file.read_exactly({reinterpret_cast<char*>(values.data()), values.size_bytes()}, t.name);
    for (index j = 0; j < counts[i]; ++j)
      if (&t != &skipped && !math::is_finite(t.values[j]))
        fail(errc::non_finite, shown_path(path), ": ", t.name, " holds ", t.values[j],
             " at element ", j);
  }
  return m;
}

/// Reads the vocabulary; `vocab_size` is the model's. Throws io_failure; bad_format when the file
/// holds fewer or more pieces, or a piece that is empty, too long or without a finite score.
inline llama2c_vocabulary read_llama2c_vocabulary(const std::string& path, index vocab_size) {
  const std::string bytes = read_file(path, index{64} << 20);
  std::string_view rest = bytes;
  const auto refuse = [&](index piece, const auto&... what) {
    fail(errc::bad_format, shown_path(path), ": piece ", piece, " of ", vocab_size, ": ", what...);
  };
  const auto four_bytes = [&](index piece) {
    std::array<char, 4> four{};
    if (rest.size() < 4) refuse(piece, "the file ends inside it");
    rest.copy(four.data(), 4);
    rest.remove_prefix(4);
    return four;
  };
  const auto longest = std::bit_cast<std::int32_t>(four_bytes(0));
  llama2c_vocabulary out;
  for (index i = 0; i < vocab_size; ++i) {
    const auto score = std::bit_cast<float>(four_bytes(i));
    const auto length = std::bit_cast<std::int32_t>(four_bytes(i));
    if (!math::is_finite(score)) refuse(i, "score ", score, ", want a finite number");
    if (length < 1 || length > longest) refuse(i, "length ", length, ", want 1 to ", longest);
    if (rest.size() < static_cast<index>(length)) refuse(i, "the file ends inside it");
    out.pieces.emplace_back(rest.substr(0, static_cast<index>(length)));
    out.scores.push_back(score);
    rest.remove_prefix(static_cast<index>(length));
  }
  if (!rest.empty())
    fail(errc::bad_format, shown_path(path), ": ", rest.size(), " bytes after the last of ",
         vocab_size, " pieces; is the vocabulary larger than the model's?");
  return out;
}

}  // namespace gkd::inline v0
