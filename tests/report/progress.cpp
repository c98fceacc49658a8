// SPDX-License-Identifier: Apache-2.0
#include <gkd/report/progress.hpp>

#include "support/catch.hpp"

#include <stdexcept>  // runtime_error
#include <string>     // string
#include <vector>     // vector

namespace {

/// Time that a test sets, and everything that was written, call by call.
struct stage {
  double now = 100.0;
  gkd::index columns = 100;
  std::vector<std::string> written;

  gkd::progress_options options(bool terminal) {
    gkd::progress_options o;
    o.out.write = [this](std::string_view text) { written.emplace_back(text); };
    o.out.width = [this] { return columns; };
    o.out.terminal = terminal;
    o.clock = [this] { return now; };
    return o;
  }
  const std::string& last() const { return written.back(); }
};

/// The line of a redraw without the carriage return before it and the erasing after it.
std::string line_of(std::string text) {
  REQUIRE(text.starts_with("\r"));
  const auto erase = text.find("\x1b[K");
  REQUIRE(erase != std::string::npos);
  return text.substr(1, erase - 1);
}

}  // namespace

TEST_CASE("a bar shows share, steps, values, tokens per second, time and time left") {
  stage s;
  auto options = s.options(true);
  options.title = "teacher";
  gkd::progress bar{1000, options};
  s.now += 32.0;
  bar.update(500, {.tokens = 393'600, .loss = 0.8123});
  // half of 1000 steps took 32 s, so the other half takes 32 s; 393,600 tokens / 32 s = 12.3k/s
  CHECK(line_of(s.last()) ==
        "teacher  ━━━━━━━━━╸─────────   50%   500/1000  loss 0.8123  12.3k tokens/s  0:32 elapsed  "
        "0:32 left");
  CHECK(gkd::display_width(line_of(s.last())) == 99);
}

TEST_CASE("a bar is never wider than its window, whatever that is") {
  stage s;
  auto options = s.options(true);
  options.title = "student with a rather long title";
  gkd::progress bar{1'000'000, options};
  for (s.columns = 200; s.columns > 0; --s.columns) {
    s.now += 1.0;
    bar.update(
        7 * s.columns,
        {.tokens = s.columns * 1000, .loss = 1.25, .metrics = {{"kl", 0.5}, {"accuracy", 0.75}}});
    CAPTURE(s.columns, s.last());
    CHECK(gkd::display_width(line_of(s.last())) <= s.columns - 1);
  }
}

TEST_CASE("where room is short the least important field goes first") {
  stage s;
  auto options = s.options(true);
  options.title = "t";
  gkd::progress bar{10, options};
  const auto at_width = [&](gkd::index columns) {
    s.columns = columns;
    s.now += 1.0;
    bar.update(5, {.loss = 1.0, .metrics = {{"kl", 2.0}, {"em", 3.0}}});
    return line_of(s.last());
  };
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(at_width(90), ContainsSubstring("em 3.0000"));
  CHECK_THAT(at_width(80), !ContainsSubstring("em") && ContainsSubstring("kl 2.0000"));
  CHECK_THAT(at_width(60), !ContainsSubstring("kl") && ContainsSubstring("loss 1.0000"));
  CHECK_THAT(at_width(60), !ContainsSubstring("elapsed") && ContainsSubstring("5/10"));
  CHECK_THAT(at_width(48), !ContainsSubstring("5/10") && ContainsSubstring("loss 1.0000"));
  CHECK_THAT(at_width(42), !ContainsSubstring("loss") && ContainsSubstring("left"));
  CHECK_THAT(at_width(34), ContainsSubstring("left"));
  CHECK(at_width(8) == "t   50%");
}

TEST_CASE("a window of 80 columns hid the tokens per second and showed the step counts") {
  stage s;
  s.columns = 80;
  auto options = s.options(true);
  options.title = "teacher";
  options.phases = 3;
  gkd::progress bar{1000, options};
  s.now += 32.0;
  bar.update(500, {.tokens = 393'600, .loss = 0.8123});
  CHECK(line_of(s.last()) ==
        "teacher 1/3  ━━━━━━━━━━──────────   50%  loss 0.8123  12.3k tokens/s  0:32 left");
  s.columns = 60;  // these two stay longest
  s.now += 1.0;
  bar.update(500, {.tokens = 393'600});
  CHECK_THAT(line_of(s.last()), Catch::Matchers::ContainsSubstring("tokens/s  0:33 left"));
}

TEST_CASE("a terminal is redrawn at most ten times a second, in one call each") {
  stage s;
  gkd::progress bar{100'000, s.options(true)};
  CHECK(s.written.size() == 1);  // the empty bar
  for (gkd::index step = 1; step <= 2000; ++step) {
    s.now += 0.001;
    bar.update(step);
  }
  CHECK(s.written.size() >= 1 + 19);
  CHECK(s.written.size() <= 1 + 20);
  for (const std::string& text : s.written) {
    CHECK(text.starts_with("\r"));
    CHECK(text.ends_with("\x1b[K"));
    CHECK(text.find('\n') == std::string::npos);
  }
}

TEST_CASE("the last step is shown at once and finishing ends the line") {
  stage s;
  gkd::progress bar{10, s.options(true)};
  s.now += 0.01;
  bar.update(10);
  CHECK_THAT(s.last(), Catch::Matchers::ContainsSubstring("100%  10/10"));
  s.now += 64.0;
  bar.finish();
  CHECK_THAT(s.last(), Catch::Matchers::ContainsSubstring("100%  10/10  in 1:04\x1b[K\n"));
  const auto count = s.written.size();
  bar.finish();
  CHECK(s.written.size() == count);
}

TEST_CASE("a bar that is destroyed early says where it stopped and ends its line") {
  stage s;
  {
    gkd::progress bar{100, s.options(true)};
    s.now += 5.0;
    bar.update(42, {.loss = 0.5});
  }
  CHECK_THAT(s.last(), Catch::Matchers::ContainsSubstring(
                           "42%   42/100  loss 0.5000  stopped after 0:05\x1b[K\n"));
}

TEST_CASE("a bar leaves during an exception without throwing a second one") {
  stage s;
  auto options = s.options(true);
  bool broken = false;
  options.out.write = [&](std::string_view) {
    if (broken) throw std::runtime_error("sink");
  };
  const auto work = [&] {
    gkd::progress bar{100, options};
    broken = true;
    throw std::logic_error("training");
  };
  CHECK_THROWS_AS(work(), std::logic_error);
}

TEST_CASE("the cursor is never hidden and only the line is erased") {
  stage s;
  auto options = s.options(true);
  options.out.colour = true;
  {
    gkd::progress bar{10, options};
    s.now += 1.0;
    bar.update(3);
    bar.say("note");
  }
  for (const std::string& text : s.written)
    for (auto at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b', at + 1)) {
      const auto end = text.find_first_not_of("[0123456789;", at + 1);
      REQUIRE(end != std::string::npos);
      CHECK((text[end] == 'm' || text[end] == 'K'));
    }
}

TEST_CASE("a log gets a plain line per tenth of the work") {
  stage s;
  auto options = s.options(false);
  options.title = "teacher";
  {
    gkd::progress bar{100, options};
    for (gkd::index step = 1; step <= 100; ++step) {
      s.now += 1.0;
      bar.update(step, {.tokens = step * 500, .loss = 2.0});
    }
  }
  REQUIRE(s.written.size() == 10);
  CHECK(s.written[0] ==
        "teacher:  10%   10/100  loss 2.0000  500 tokens/s  0:10 elapsed  1:30 left\n");
  CHECK(s.written[9] == "teacher: 100%  100/100  loss 2.0000  500 tokens/s  in 1:40\n");
}

TEST_CASE("a log of slow work gets a line every thirty seconds") {
  stage s;
  gkd::progress bar{1'000'000, s.options(false)};
  for (gkd::index step = 1; step <= 90; ++step) {
    s.now += 1.0;
    bar.update(step);
  }
  CHECK(s.written.size() == 3);
}

TEST_CASE("a log of quick work is not flooded") {
  stage s;
  {
    gkd::progress bar{1000, s.options(false)};
    for (gkd::index step = 1; step <= 1000; ++step) {
      s.now += 0.002;  // two seconds in all
      bar.update(step);
    }
  }
  CHECK(s.written.size() <= 3);
  CHECK_THAT(s.last(), Catch::Matchers::ContainsSubstring("1000/1000"));
}

TEST_CASE("phases are numbered and have clocks of their own") {
  stage s;
  auto options = s.options(false);
  options.phases = 3;
  gkd::progress bar{options};
  CHECK_THROWS_AS(bar.update(1), gkd::error);
  bar.phase("teacher", 10);
  s.now += 10.0;
  bar.update(10);
  bar.phase("student", 20);
  CHECK(s.last() == "teacher 1/3: 100%  10/10  in 0:10\n");
  s.now += 4.0;
  bar.update(10, {.loss = 1.0});
  CHECK(s.last() == "student 2/3:  50%  10/20  loss 1.0000  0:04 elapsed  0:04 left\n");
  s.now += 4.0;
  bar.update(20);
  bar.phase("evaluation", 5);
  bar.finish();  // values of an earlier phase are gone
  CHECK(s.last() == "evaluation 3/3:   0%  0/5  stopped after 0:00\n");
}

TEST_CASE("a resumed run is not credited with the steps of the run before") {
  stage s;
  auto options = s.options(false);
  options.start = 400;
  gkd::progress bar{1000, options};
  s.now += 100.0;
  bar.update(600);  // 200 steps in 100 s, 400 to go
  CHECK(s.last() == " 60%   600/1000  1:40 elapsed  3:20 left\n");
}

TEST_CASE("the rate does not count the time of an evaluation, the time left does") {
  stage s;
  gkd::progress bar{4, s.options(true)};
  s.now += 60.0;
  bar.leave_out(60.0);
  s.now += 10.0;
  bar.update(1, {.tokens = 50});
  CHECK(line_of(s.last()).find("1/4  5 tokens/s  1:10 elapsed  0:30 left") != std::string::npos);
  s.now += 20.0;  // one between steps comes again, not so that before the first step
  bar.leave_out(20.0);
  s.now += 10.0;
  bar.update(2, {.tokens = 100});
  CHECK(line_of(s.last()).find("2/4  5 tokens/s  1:40 elapsed  0:40 left") != std::string::npos);
}

TEST_CASE("work of unknown length has counts and rates only") {
  stage s;
  gkd::progress bar{0, s.options(true)};
  s.now += 2.0;
  bar.update(7, {.tokens = 3000});
  CHECK(line_of(s.last()) == "7 steps  1.50k tokens/s  0:02 elapsed");
  bar.finish();
  CHECK(line_of(s.last()) == "7 steps  1.50k tokens/s  in 0:02");
}

TEST_CASE("more steps than were promised stay at 100%") {
  stage s;
  gkd::progress bar{10, s.options(true)};
  s.now += 1.0;
  bar.update(15);
  CHECK_THAT(line_of(s.last()), Catch::Matchers::ContainsSubstring("100%  15/10"));
}

TEST_CASE("a value that is given once stays beside the bar, and NaN is shown as what it is") {
  stage s;
  gkd::progress bar{10, s.options(true)};
  s.now += 1.0;
  bar.update(1, {.loss = std::nan(""), .metrics = {{"lr", 5e-5}}});
  s.now += 1.0;
  bar.update(2);
  CHECK_THAT(line_of(s.last()), Catch::Matchers::ContainsSubstring("loss nan  lr 5.00e-05"));
}

TEST_CASE("titles, names and lines from outside cannot move the cursor") {
  stage s;
  auto options = s.options(true);
  options.title = "a\x1b[2J";
  gkd::progress bar{10, options};
  s.now += 1.0;
  bar.update(1, {.metrics = {{"k\nl", 1.0}}});
  CHECK_THAT(line_of(s.last()), Catch::Matchers::ContainsSubstring("a\\x1b[2J"));
  CHECK_THAT(line_of(s.last()), Catch::Matchers::ContainsSubstring("k\\x0al 1.0000"));
  bar.say("file \r named");
  CHECK(s.written[s.written.size() - 2] == "\r\x1b[Kfile \\x0d named\n");  // then the bar again
}

TEST_CASE("a terminal without UTF-8 gets a bar in ASCII") {
  stage s;
  s.columns = 41;
  auto options = s.options(true);
  options.out.unicode = false;
  gkd::progress bar{10, options};
  s.now += 1.0;
  bar.update(5);
  CHECK(line_of(s.last()) == "########........   50%   5/10  0:01 left");
}
