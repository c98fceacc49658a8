// SPDX-License-Identifier: Apache-2.0
// What scales the rotary frequencies and which layers have a window; sizes and ranges are tested
// with the transformer, the numbers of transformers with its folders (hf_parity.cpp).
#include <gkd/model/transformer_config.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {

constexpr double pi = 3.14159265358979323846;

// Heads of 8: four frequencies, each a tenth of the one before.
transformer_config four_frequencies() {
  return {.vocab_size = 2, .width = 16, .heads = 2, .rope_theta = 1e4};
}

}  // namespace

TEST_CASE("rope: frequencies without scaling, and linearly scaled") {
  transformer_config c = four_frequencies();
  const double want[] = {1.0, 0.1, 0.01, 0.001};
  for (double factor : {1.0, 4.0}) {
    if (factor != 1.0) c.rope_scaling = rope_scaling_kind::linear, c.rope_factor = factor;
    const auto got = rope_frequencies(c);
    REQUIRE(got.size() == 4);
    for (gkd::index i = 0; i < 4; ++i) CHECK(got[i] == Approx(want[i] / factor).epsilon(1e-15));
  }
}

TEST_CASE("rope: llama3 keeps high frequencies, divides low ones, blends between them, by hand") {
  transformer_config c = four_frequencies();
  c.rope_scaling = rope_scaling_kind::llama3;
  c.rope_factor = 8.0;
  c.rope_low_frequency = 1.0;
  c.rope_high_frequency = 4.0;
  // turns within the original positions, 157: 24.99, 2.499, 0.2499, 0.02499
  c.rope_original_positions = 157;
  const auto got = rope_frequencies(c);
  const double kept = (157 * 0.1 / (2 * pi) - 1.0) / 3.0;  // 0.4996
  CHECK(got[0] == 1.0);
  CHECK(got[1] == Approx(kept * 0.1 + (1 - kept) * 0.1 / 8).epsilon(1e-14));
  CHECK(got[2] == Approx(0.01 / 8).epsilon(1e-15));
  CHECK(got[3] == Approx(0.001 / 8).epsilon(1e-15));

  // no jump where the parts meet: exactly low and high turns
  c.rope_low_frequency = 157 * 0.1 / (2 * pi);
  CHECK(rope_frequencies(c)[1] == Approx(0.1 / 8).epsilon(1e-12));
  c.rope_low_frequency = 1.0;
  c.rope_high_frequency = 157 * 0.1 / (2 * pi);
  CHECK(rope_frequencies(c)[1] == Approx(0.1).epsilon(1e-12));
  c.rope_factor = 1.0;
  const auto same = rope_frequencies(c), plain = rope_frequencies(four_frequencies());
  for (gkd::index i = 0; i < 4; ++i) CHECK(same[i] == Approx(plain[i]).epsilon(1e-15));
}

TEST_CASE("rope: Llama 3.1's own numbers") {
  // head_dim 128, theta 500000, factor 8, low 1, high 4, original 8192: the wavelength of pair i is
  // 2 pi 500000^(i / 64); pairs up to 28 are kept (2048 positions or less), from 35 on divided
  transformer_config c{.vocab_size = 2, .width = 128, .heads = 1, .rope_theta = 500000.0};
  c.rope_scaling = rope_scaling_kind::llama3;
  c.rope_factor = 8.0;
  const auto scaled = rope_frequencies(c);
  c.rope_scaling = rope_scaling_kind::none;
  const auto plain = rope_frequencies(c);
  for (gkd::index i = 0; i < 64; ++i) {
    const double wavelength = 2 * pi / plain[i];
    INFO(i << ": " << wavelength);
    if (wavelength < 2048.0)
      CHECK(scaled[i] == plain[i]);
    else if (wavelength > 8192.0)
      CHECK(scaled[i] == plain[i] / 8.0);
    else
      CHECK((scaled[i] < plain[i] && scaled[i] > plain[i] / 8.0));
  }
  CHECK(scaled[28] == plain[28]);
  CHECK(scaled[29] < plain[29]);
  CHECK(scaled[34] > plain[34] / 8.0);
  CHECK(scaled[35] == plain[35] / 8.0);
}

TEST_CASE("has_window: from window_first on, every window_period layers") {
  const auto layers = [](gkd::index window, gkd::index first, gkd::index period) {
    transformer_config c{.vocab_size = 2, .layers = 6};
    c.window = window, c.window_first = first, c.window_period = period;
    std::string text;
    for (gkd::index l = 0; l < c.layers; ++l) text += has_window(c, l) ? 'w' : '-';
    return text;
  };
  CHECK(layers(0, 0, 1) == "------");
  CHECK(layers(4, 0, 1) == "wwwwww");
  CHECK(layers(4, 0, 2) == "w-w-w-");  // Gemma 2
  CHECK(layers(4, 4, 1) == "----ww");  // Qwen2
  CHECK(layers(4, 1, 3) == "-w--w-");
  CHECK(layers(4, 6, 1) == "------");
}

TEST_CASE("transformer_config: scaling and windows out of range are refused by name") {
  const auto refused = [](const auto& change, const std::string& text) {
    transformer_config c{.vocab_size = 2};
    change(c);
    CHECK_ERROR(c.validate(), errc::bad_argument, "transformer_config: " + text);
  };
  refused([](auto& c) { c.rope_factor = 0.0; }, "rope_factor = 0, want a finite number > 0");
  refused([](auto& c) { c.rope_low_frequency = -1.0; }, "rope_low_frequency = -1");
  refused([](auto& c) { c.rope_high_frequency = 1e300 * 1e300; }, "rope_high_frequency = inf");
  refused([](auto& c) { c.rope_original_positions = 0; }, "rope_original_positions = 0, want 1 to");
  refused([](auto& c) { c.window_first = 4097; }, "window_first = 4097, want 0 to 4096");
  refused(
      [](auto& c) {
        c.rope_scaling = rope_scaling_kind::llama3;
        c.rope_low_frequency = 4.0;
      },
      "rope_high_frequency = 4, want a number above rope_low_frequency = 4");
}
