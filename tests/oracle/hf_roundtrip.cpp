// SPDX-License-Identifier: Apache-2.0
// The C++ half of hf_roundtrip.py, which says what it is for.
//
//   hf_roundtrip save SOURCE OUT F32|F16|BF16|F64 BYTES    loads a folder and saves it
//   hf_roundtrip greedy DIR NEW EOS,... THREADS            prompts from standard input, one per line
//                                                          as token ids; prints each one's answer
#include <gkd/backend/parallel_host.hpp>
#if __has_include(<Eigen/Core>)
#include <gkd/backend/eigen.hpp>
#endif
#include <gkd/model/hf_load.hpp>
#include <gkd/model/hf_save.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>

namespace {

#if __has_include(<Eigen/Core>)
using backend = gkd::eigen;
#else
using backend = gkd::parallel_host;
#endif

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

gkd::token best(gkd::vector_view<const float> scores) {
  const auto s = scores.span();
  return static_cast<gkd::token>(std::max_element(s.begin(), s.end()) - s.begin());
}

int save(const std::string& source, const std::string& out, std::string_view type,
         gkd::index bytes) {
  gkd::hf_save_options options{.max_file_bytes = bytes};
  for (const gkd::dtype_facts& d : gkd::dtypes)
    if (d.name == type) options.type = d.type;
  if (type == "F64") {
    auto model = gkd::load_hf_model<double>(source, backend{});
    gkd::save_hf_model(model, out, source, options);
  } else {
    auto model = gkd::load_hf_model(source, backend{});
    gkd::save_hf_model(model, out, source, options);
  }
  return 0;
}

std::vector<gkd::token> ids(std::string text) {
  std::replace(text.begin(), text.end(), ',', ' ');
  std::istringstream words(text);
  std::vector<gkd::token> out;
  for (gkd::token id; words >> id;) out.push_back(id);
  return out;
}

int greedy(const std::string& directory, gkd::index most, const std::vector<gkd::token>& eos,
           gkd::index threads) {
  const double start = seconds();
  gkd::transformer model =
      gkd::load_hf_model(directory, backend{.threads = threads}, {.gradients = false});
  const double loaded = seconds();
  gkd::index tokens = 0;
  for (std::string line; std::getline(std::cin, line);) {
    gkd::token_batch batch;
    batch.add_prompt(ids(line));
    gkd::token next = best(model.prefill(batch).row(0));
    const gkd::index slot[] = {0};
    for (gkd::index n = 1;; ++n) {
      std::printf("%d ", next);
      ++tokens;
      if (n == most || std::find(eos.begin(), eos.end(), next) != eos.end()) break;
      const gkd::token given[] = {next};
      next = best(model.decode(slot, given).row(0));
    }
    std::printf("\n");
  }
  std::fprintf(stderr, "loaded in %.2f s, %zu tokens in %.2f s\n", loaded - start, tokens,
               seconds() - loaded);
  return 0;
}

}  // namespace

int main(int count, char** words) try {
  const std::vector<std::string> args(words + 1, words + count);
  if (args.size() == 5 && args[0] == "save")
    return save(args[1], args[2], args[3], std::strtoull(args[4].c_str(), nullptr, 10));
  if (args.size() == 5 && args[0] == "greedy")
    return greedy(args[1], std::strtoull(args[2].c_str(), nullptr, 10), ids(args[3]),
                  std::strtoull(args[4].c_str(), nullptr, 10));
  std::fprintf(stderr, "hf_roundtrip save SOURCE OUT TYPE BYTES | greedy DIR NEW EOS THREADS\n");
  return 2;
} catch (const gkd::error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
