// SPDX-License-Identifier: Apache-2.0
// Hugging Face folders against transformers: logits in float and double, the gradient of a JSD, and
// greedy answers, for Llama and Qwen2 folders in tests/oracle/hf (hf_folder.py).
#include <gkd/backend/parallel_host.hpp>
#include <gkd/backend/reference.hpp>
#include <gkd/divergence/jsd.hpp>
#include <gkd/loss/dense.hpp>
#include <gkd/model/hf_load.hpp>

#include "model/gradient.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/worst_of.hpp"

#include <algorithm>
#include <cmath>

using namespace gkd;

namespace {

const golden::file& oracle() {
  static const golden::file file = golden::oracle("hf_folder.golden");
  return file;
}
std::string folder(const std::string& name) { return golden::oracle_folder() + "hf/" + name; }

// The sequences of the oracle with `after` tokens more; 1 gives a row at every position, 0 at those
// that have a next token.
token_batch sequences(int after) {
  token_batch batch;
  for (const golden::record& r : oracle().all("sequence")) {
    sequence s{r.list<token>("tokens"), {}};
    if (after == 1) s.tokens.push_back(0);
    s.weights.assign(s.tokens.size(), 1.0f);
    batch.add(s);
  }
  return batch;
}

template <class T>
std::vector<T> numbers(const safetensors& file, const std::string& name) {
  std::vector<T> out(file.at(name).size());
  file.read(file.at(name), std::span<T>(out));
  return out;
}

template <class T>
double farthest(matrix_view<T> got, const std::vector<T>& want) {
  REQUIRE(got.size() == want.size());
  double most = 0.0;
  for (gkd::index i = 0; i < want.size(); ++i)
    most = worst_of(most, std::abs(double(got.flat()[i]) - double(want[i])));
  return most;
}

template <class View>
token best(View scores) {
  const auto s = scores.span();
  return static_cast<token>(std::max_element(s.begin(), s.end()) - s.begin());
}

bool contains(const std::vector<token>& ids, token id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// Greedy answers to all prompts at once, at most 12 tokens each, ended by one of eos.
template <class Model>
std::vector<std::vector<token>> answers(Model& model, const token_batch& prompts,
                                        const std::vector<token>& eos) {
  std::vector<std::vector<token>> out(prompts.size());
  const auto first = model.prefill(prompts);
  for (gkd::index b = 0; b < out.size(); ++b) out[b] = {best(first.row(b))};
  for (;;) {
    std::vector<gkd::index> slots;
    std::vector<token> next;
    for (gkd::index b = 0; b < out.size(); ++b)
      if (out[b].size() < 12 && !contains(eos, out[b].back())) {
        slots.push_back(b);
        next.push_back(out[b].back());
      }
    if (slots.empty()) return out;
    const auto scores = model.decode(slots, next);
    for (gkd::index i = 0; i < slots.size(); ++i) out[slots[i]].push_back(best(scores.row(i)));
  }
}

}  // namespace

TEST_CASE("hf: logits of transformers in float, on two backends") {
  for (const golden::record& r : oracle().all("model")) {
    INFO(r.name());
    const auto want =
        numbers<float>(safetensors(folder(r.name()) + "/oracle.safetensors"), "logits32");
    auto plain = load_hf_model(folder(r.name()), reference{});
    CHECK(farthest(plain.logits(sequences(1)), want) <= 5e-5);
    auto parallel = load_hf_model(folder(r.name()), parallel_host{.threads = 2});
    CHECK(farthest(parallel.logits(sequences(1)), want) <= 5e-5);
  }
}

TEST_CASE("hf: logits of transformers in double") {
  for (const golden::record& r : oracle().all("model")) {
    INFO(r.name());
    const auto want =
        numbers<double>(safetensors(folder(r.name()) + "/oracle.safetensors"), "logits64");
    auto model = load_hf_model<double>(folder(r.name()), reference{});
    CHECK(farthest(model.logits(sequences(1)), want) <= 1e-12);
  }
}

TEST_CASE("hf: a batch of ragged sequences gives each what it gets alone, to the last bit") {
  const token_batch batch = sequences(1);
  for (const golden::record& r : oracle().all("model")) {
    INFO(r.name());
    auto model = load_hf_model(folder(r.name()), parallel_host{});
    const auto all = model.logits(batch);
    const std::vector<float> together(all.data, all.data + all.size());
    for (gkd::index b = 0; b < batch.size(); ++b) {
      const auto tokens = batch.tokens(b);
      sequence s{{tokens.begin(), tokens.end()}, std::vector<float>(tokens.size(), 1.0f)};
      const auto alone = model.logits(token_batch(std::vector{s}));
      const float* const mine = together.data() + batch.row_offsets()[b] * alone.cols;
      CHECK(std::equal(mine, mine + alone.size(), alone.data));
    }
  }
}

TEST_CASE("hf: the gradient of a JSD to another model is that of transformers") {
  const token_batch batch = sequences(0);
  for (const golden::record& r : oracle().all("model")) {
    INFO(r.name());
    auto student = load_hf_model<double>(folder(r.name()), reference{});
    auto teacher =
        load_hf_model<double>(folder(r.word("teacher")), reference{}, {.gradients = false});
    const auto z = student.logits(batch);
    const auto loss = dense_loss(generalized_jsd{0.5}, teacher.logits(batch), z, {}, z);
    CHECK(loss.value == Approx(r.number("loss")).epsilon(1e-12));
    student.backward(batch, z);

    const safetensors want(folder(r.name()) + "/oracle.safetensors");
    std::map<std::string, std::string> names;
    for (const hf_weight& w : hf_weights(student.config())) names[w.parameter] = w.name;
    student.parameters([&](std::string_view parameter, auto, auto gradient) {
      INFO(parameter);
      const auto theirs = numbers<float>(want, "gradient." + names.at(std::string(parameter)));
      const auto mine = gradient::elements(gradient);
      REQUIRE(mine.size() == theirs.size());
      double norm = 0.0, off = 0.0;
      for (gkd::index i = 0; i < mine.size(); ++i) {
        norm = worst_of(norm, std::abs(double(theirs[i])));
        off = worst_of(off, std::abs(mine[i] - double(theirs[i])));
      }
      // a bias of all keys moves every score of a query alike: its gradient is 0 but for rounding
      CHECK(off <= 1e-7 * norm + 1e-15);  // they were rounded to float
    });
  }
}

TEST_CASE("hf: greedy answers of transformers, one by one and all at once") {
  for (const golden::record& r : oracle().all("model")) {
    INFO(r.name());
    const auto eos = load_hf_config(folder(r.name())).tokens.eos;
    CHECK(eos == std::vector<token>{2, 5});
    auto model = load_hf_model(folder(r.name()), reference{});
    token_batch all;
    std::vector<std::vector<token>> want;
    for (const golden::record& g : oracle().all("greedy")) {
      if (g.name() != r.name()) continue;
      all.add_prompt(g.list<token>("prompt"));
      want.push_back(g.list<token>("answer"));
      token_batch one;
      one.add_prompt(g.list<token>("prompt"));
      CHECK(answers(model, one, eos).front() == want.back());
    }
    CHECK(answers(model, all, eos) == want);
  }
}

TEST_CASE("hf: the rotary frequencies of transformers, scaled and not") {
  for (const golden::record& r : oracle().all("model")) {
    INFO(r.name());
    const auto got = rope_frequencies(load_hf_config(folder(r.name())).model);
    const auto wide = r.list<double>("inv_freq64"), narrow = r.list<double>("inv_freq32");
    REQUIRE(got.size() == wide.size());
    for (gkd::index i = 0; i < got.size(); ++i) {
      CHECK(got[i] == Approx(wide[i]).epsilon(1e-14));
      CHECK(got[i] == Approx(narrow[i]).epsilon(1e-6));
    }
  }
}
