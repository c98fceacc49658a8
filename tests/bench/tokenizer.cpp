// SPDX-License-Identifier: Apache-2.0
// MB/s of a tokenizer.json on texts, on one core, and whether its time is linear on runs of one
// thing that has no end:
//
//   bench_tokenizer TOKENIZER.json TEXT...
//
// Without arguments: RoBERTa's tokenizer on WikiText-2, from the folder that GKD_DATA_DIR names.
// Each text is decoded and compared before it is timed. Times are the processor's, the least of
// five; the ratio is the time of a mebibyte over that of half of one, 2 if linear.
#include <gkd/text/tokenizer_json.hpp>

#include "support/data_dir.hpp"

#include <algorithm>  // min
#include <cstdio>     // printf
#include <ctime>      // clock
#include <string>     // string
#include <vector>     // vector

namespace {

double seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// least processor time of encode()
double least(const gkd::bpe_tokenizer& t, const std::string& text) {
  double best = 1e9;
  for (int turn = 0; turn < 5; ++turn) {
    const double start = seconds();
    t.encode(text);
    best = std::min(best, seconds() - start);
  }
  return best;
}
double megabytes(const std::string& text) { return static_cast<double>(text.size()) / 1e6; }

std::string run_of(const std::string& unit, gkd::index size) {
  std::string text;
  while (text.size() < size) text += unit;
  return text;
}

void time_text(const gkd::bpe_tokenizer& t, const std::string& path) {
  const std::string text = gkd::read_file(path);
  const std::vector<gkd::token> ids = t.encode(text);
  const char* const same = t.decode(ids) == text ? "" : ", decoded DIFFERENTLY";
  std::printf("%6.1f MB/s  %zu tokens of %s%s\n", megabytes(text) / least(t, text), ids.size(),
              gkd::shown_path(path).c_str(), same);
}

void time_runs(const gkd::bpe_tokenizer& t) {
  std::printf("\n   MB/s  ratio  1 MiB of\n");
  for (const char* unit : {"A", " ", "\n", "1", ".", "us", " \n", "\xc3\xa9", "\xe4\xb8\x80",
                           "\xcc\x80", "\xcc\x80\xcc\x96", "\xff", "<|im_end|>"}) {
    const std::string half = run_of(unit, 1 << 19), whole = run_of(unit, 1 << 20);
    const double time = least(t, whole);
    std::printf("%7.1f  %5.2f  %s\n", megabytes(whole) / time, time / least(t, half),
                gkd::in_quotes(unit).c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> paths(argv + 1, argv + argc);
  if (paths.empty()) {
    const auto data = data_dir();
    if (!data) return std::puts("bench_tokenizer TOKENIZER.json TEXT..., or GKD_DATA_DIR"), 2;
    paths = {*data / "tokenizers-hf" / "roberta-base" / "tokenizer.json",
             *data / "wikitext-2" / "test.txt"};
  }
  try {
    const std::string text = gkd::read_file(paths[0]);
    const std::string eos = nlohmann::json::parse(text)["added_tokens"][0]["content"];
    const double start = seconds();
    const gkd::bpe_tokenizer t = gkd::parse_tokenizer(text, eos, paths[0]);
    std::printf("%6.2f s     to read %s, %zu tokens\n", seconds() - start,
                gkd::shown_path(paths[0]).c_str(), t.vocab_size());
    for (gkd::index i = 1; i < paths.size(); ++i) time_text(t, paths[i]);
    time_runs(t);
  } catch (const std::exception& e) {
    return std::fprintf(stderr, "%s\n", e.what()), 1;
  }
}
