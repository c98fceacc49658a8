// SPDX-License-Identifier: Apache-2.0
// ./run demo: distils, compares, prints what came out and writes a report. ./run demo --help
#include <gkd/report/console.hpp>

#include <cstdio>     // printf
#include <cstring>    // strcmp
#include <exception>  // exception

#include "arguments.hpp"
#include "jobs.hpp"
#include "real.hpp"
#include "show.hpp"

namespace {

constexpr const char* usage =  // as ./run demo --help shows it before anything is built
#include "usage.txt"
    ;

struct options {
  demo::settings settings;
  std::string report = "build/demo.html";
};

options parse(int argc, char** argv) {
  options o;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--quick") {
      o.settings.shorten();
      continue;
    }
    if (name != "--data" && name != "--seeds" && name != "--threads" && name != "--report")
      gkd::fail(gkd::errc::bad_argument, "unknown option ", gkd::in_quotes(name),
                "; see ./run demo --help");
    if (++i == argc) gkd::fail(gkd::errc::bad_argument, name, " needs a value");
    if (name == "--report") o.report = demo::report_path(argv[i]);
    if (name == "--data") o.settings.dialogues = demo::number("--data", argv[i], 32, 8000);
    if (name == "--threads") o.settings.threads = demo::number("--threads", argv[i], 1, 256);
    if (name == "--seeds") {
      o.settings.seeds.clear();
      for (gkd::index s = 1; s <= demo::number("--seeds", argv[i], 1, 20); ++s)
        o.settings.seeds.push_back(s);
    }
  }
  return o;
}

int run(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--help") == 0 || std::strcmp(argv[i], "-h") == 0)
      return std::fputs(usage + 1, stdout), 0;
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--real") == 0) return demo::run_real(argc, argv);
  const options o = parse(argc, argv);
  demo::listen_for_interruption();
  const gkd::stopwatch watch;
  const demo::results r = demo::experiment(o.settings).run();
  const gkd::console out = gkd::console_of(stdout);
  std::puts("");
  gkd::print(demo::main_table(r), out);
  std::puts("");
  gkd::print(demo::gap_table(r), out);
  fmt::print("\n{} {}\n\n{}\n\n", demo::caption(r), demo::gain_note(), demo::conclusion(r));
  demo::write_report(r, o.report, gkd::command_line(argc, argv));
  fmt::print(
      "{:.0f} s: teacher {:.0f}, warm starts {:.0f}, runs and their evaluation {:.0f}. "
      "Report: {}\n",
      watch.seconds(), r.teacher_seconds, r.warm_seconds, r.runs_seconds, o.report);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const demo::interruption&) {
    std::fputs("\ninterrupted; nothing was written\n", stderr);
    return 130;
  } catch (const gkd::error& e) {
    std::fprintf(stderr, "\n%s\n", e.what());
    return 1;
  } catch (const std::exception& e) {  // no memory, or no more threads
    std::fprintf(stderr, "\ngkd: %s\n", e.what());
    return 1;
  }
}
