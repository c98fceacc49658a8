// SPDX-License-Identifier: Apache-2.0
#include <gkd/report/svg_frame.hpp>

#include "support/catch.hpp"

#include <array>  // array

namespace {

using rgb = std::array<double, 3>;  // linear light, 0 .. 1

double linear_light(int byte) {
  const double x = byte / 255.0;
  return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
}

/// The colours that the style gives a variable: light first, dark second.
std::array<rgb, 2> colours_of(const std::string& variable) {
  const std::string style(gkd::detail::plot_style());
  std::array<rgb, 2> out{};
  std::size_t at = 0;
  for (rgb& colour : out) {
    at = style.find("--" + variable + ":#", at) + variable.size() + 4;
    for (std::size_t k = 0; k < 3; ++k)
      colour[k] = linear_light(std::stoi(style.substr(at + 2 * k, 2), nullptr, 16));
  }
  return out;
}

double contrast(const rgb& a, const rgb& b) {  // WCAG 2.1
  const auto light = [](const rgb& c) { return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; };
  const double x = light(a) + 0.05, y = light(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

rgb oklab(const rgb& c) {  // Ottosson 2020
  const double l = std::cbrt(0.4122214708 * c[0] + 0.5363325363 * c[1] + 0.0514459929 * c[2]);
  const double m = std::cbrt(0.2119034982 * c[0] + 0.6806995451 * c[1] + 0.1073969566 * c[2]);
  const double s = std::cbrt(0.0883024619 * c[0] + 0.2817188376 * c[1] + 0.6299787005 * c[2]);
  return {0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
          1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
          0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

/// What people with full protanopia, deuteranopia and tritanopia see: Machado et al. 2009, table 1.
constexpr double visions[4][3][3] = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
                                     {{0.152286, 1.052583, -0.204868},
                                      {0.114503, 0.786281, 0.099216},
                                      {-0.003882, -0.048116, 1.051998}},
                                     {{0.367322, 0.860646, -0.227968},
                                      {0.280085, 0.672501, 0.047413},
                                      {-0.011820, 0.042940, 0.968881}},
                                     {{1.255528, -0.076749, -0.178779},
                                      {-0.078411, 0.930809, 0.147602},
                                      {0.004733, 0.691367, 0.303900}}};

rgb seen(const rgb& c, const double (&vision)[3][3]) {
  rgb out{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) out[i] += vision[i][j] * c[j];
    out[i] = std::clamp(out[i], 0.0, 1.0);
  }
  return oklab(out);
}

}  // namespace

TEST_CASE("series stand out from the background and from each other for every eye") {
  const auto background = colours_of("bg");
  CHECK(contrast(background[0], {0, 0, 0}) == Approx(21.0));  // white
  for (std::size_t mode : {0u, 1u}) {
    std::vector<rgb> colours;
    for (int k = 0; k < gkd::detail::series_colours; ++k)
      colours.push_back(colours_of("s" + std::to_string(k))[mode]);
    for (std::size_t i = 0; i < colours.size(); ++i) {
      CAPTURE(mode, i);
      CHECK(contrast(colours[i], background[mode]) >= 3.0);
      for (std::size_t j = 0; j < i; ++j)
        for (const auto& vision : visions) {
          const rgb a = seen(colours[i], vision), b = seen(colours[j], vision);
          CHECK(std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) >= 0.09);
        }
    }
  }
}

TEST_CASE("text stands out from the background") {
  for (const char* ink : {"ink", "soft"})
    for (std::size_t mode : {0u, 1u})
      CHECK(contrast(colours_of(ink)[mode], colours_of("bg")[mode]) >= 4.5);
}

TEST_CASE("a renderer without CSS variables finds each colour beside its variable") {
  const std::string style(gkd::detail::plot_style());
  for (auto at = style.find("var(--"); at != std::string::npos; at = style.find("var(--", at + 1)) {
    const auto rule = style.rfind('{', at);
    const auto property = style.rfind(';', at);  // fill:#...;fill:var(--...)
    CAPTURE(style.substr(rule, at - rule + 12));
    CHECK(style.substr(rule, property - rule).find(":#") != std::string::npos);
  }
}

TEST_CASE("the y axis shows the data, or what the options ask for") {
  const auto axis = [](const gkd::plot_options& options) {
    return gkd::detail::plot_y_axis({.low = 12.0, .high = 97.0}, options);
  };
  CHECK(axis({}).low <= 12.0);
  CHECK(axis({}).high >= 97.0);
  CHECK(axis({.y_low = 0.0}).low == 0.0);
  CHECK(axis({.y_low = 0.0}).high >= 97.0);
  CHECK(axis({.y_high = 50.0}).high == 50.0);
  for (double tick : axis({.y_high = 55.0}).ticks) CHECK(tick <= 55.0);
  CHECK_THROWS_AS(axis({.y_low = 98.0}), gkd::error);
}

TEST_CASE("wide letters take more pixels than narrow ones, wide characters most") {
  using gkd::detail::text_pixels;
  CHECK(text_pixels("") == 0.0);
  CHECK(text_pixels("iiii") < text_pixels("aaaa"));
  CHECK(text_pixels("aaaa") < text_pixels("WWWW"));
  CHECK(text_pixels("日") == 2 * text_pixels("a"));
}
