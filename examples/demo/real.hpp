// SPDX-License-Identifier: Apache-2.0
// ./run demo --real: checks that a pretrained teacher is read right, distils it into two students,
// prints what came out and writes a report.
#pragma once

#include <gkd/report/console.hpp>

#include <cstdio>   // fputs
#include <cstdlib>  // getenv

#include "arguments.hpp"
#include "real_show.hpp"

namespace demo {

/// The options that go with --real.
struct real_options {
  real_settings settings;
  std::string report = "build/demo-real.html";
};

/// Where the data is looked for unless the command line says: $GKD_DATA_DIR, else beside the
/// repository.
inline std::string default_data_dir() {
  const char* given = std::getenv("GKD_DATA_DIR");
  return given && *given ? given : "../shared/data";
}

/// Throws bad_argument for what is not understood.
inline real_options parse_real(int argc, char** argv) {
  real_options o;
  o.settings.data_dir = default_data_dir();
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--real") continue;
    if (name == "--quick") {
      o.settings.shorten();
      continue;
    }
    if (name != "--data" && name != "--stories" && name != "--seed" && name != "--threads" &&
        name != "--report")
      gkd::fail(gkd::errc::bad_argument, "option ", gkd::in_quotes(name),
                " does not go with --real; see ./run demo --help");
    if (++i == argc) gkd::fail(gkd::errc::bad_argument, name, " needs a value");
    const std::string_view value = argv[i];
    if (name == "--data" && value.find_first_not_of("0123456789") == value.npos)
      gkd::fail(gkd::errc::bad_argument, "--data is ", gkd::in_quotes(value),
                ", want a folder: with --real there is no number of dialogues");
    if (name == "--data") o.settings.data_dir = value;
    if (name == "--stories") o.settings.stories.stories = number(name, value, 64, 20'000);
    if (name == "--report") o.report = report_path(value);
    if (name == "--seed") o.settings.stories.seed = number(name, value, 0, 1'000'000'000);
    if (name == "--threads") o.settings.threads = number(name, value, 1, 256);
  }
  return o;
}

inline void distil_real(const real_options& o, std::string command) {
  listen_for_interruption();
  const gkd::console out = gkd::console_of(stdout);
  const gkd::index width = out.width() > 0 ? std::min<gkd::index>(out.width(), 100) : 100;
  real_experiment experiment(o.settings);
  fmt::print("The teacher's greedy text is the documented one, word for word:\n\n{}\n",
             wrapped(experiment.documented(), width, 2));
  std::fflush(stdout);
  const real_results r = experiment.run();
  fmt::print("\n{}", story_samples(r, width));
  gkd::print(story_table(r), out);
  fmt::print("\n{}\n", wrapped(story_caption(r), width, 0));
  for (const std::string& text : story_conclusion(r)) fmt::print("{}\n", wrapped(text, width, 0));
  fmt::print("{}", wrapped(story_cost(r), width, 0));
  write_story_report(r, o.report, std::move(command));
  fmt::print("Report: {}\n", o.report);
}

/// What main returns: 0, or 2 when the data is not found. Throws what the parts throw.
inline int run_real(int argc, char** argv) {
  const real_options o = parse_real(argc, argv);
  try {
    distil_real(o, gkd::command_line(argc, argv));
    return 0;
  } catch (const data_not_found& missing) {
    std::fputs(missing.text.c_str(), stderr);
    return 2;
  }
}

}  // namespace demo
