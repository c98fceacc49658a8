// SPDX-License-Identifier: Apache-2.0
// The sentences of ./run demo --real follow from its numbers.
#include "../../examples/demo/real_words.hpp"
#include "support/catch.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

/// A student whose forward KL on its own text is this, on-policy and with the teacher's text; on
/// all else the teacher's text and reverse KL do neither better nor worse.
demo::student_scores student(std::string name, double own, double fixed) {
  demo::student_scores s;
  s.name = std::move(name);
  s.begin.told.forward = 6.0;
  s.start.told.forward = 1.5;
  s.own.told.forward = s.reverse.told.forward = 0.8;
  s.own.own = s.reverse.own = s.fixed.own = {.perplexity = 40, .forward = own, .reverse = 1};
  s.fixed.own.forward = fixed;
  return s;
}

std::string last(const std::vector<demo::student_scores>& students, gkd::index stories = 768) {
  const auto sentences = demo::story_sentences(students, stories);
  REQUIRE(sentences.size() == students.size() + 1);
  return sentences.back();
}

}  // namespace

TEST_CASE("demo --real: a lead of on-policy is told, and that it shrank with more stories") {
  const std::vector both{student("random", 0.82, 1.01), student("3 layers", 0.37, 0.41)};
  CHECK(last(both) ==
        "By forward KL, the loss of both, on-policy is the nearer one on the student's own text. "
        "With more of its stories the lead shrank when it was measured (docs/demo.md): "
        "./run demo --real --stories 6000.");
  CHECK_THAT(last(both, 6000), !ContainsSubstring("lead"));
}

TEST_CASE("demo --real: where there is no lead, none shrinks") {
  CHECK(last({student("random", 1.00, 1.01), student("3 layers", 0.41, 0.41)}) ==
        "By forward KL on-policy and the teacher's text do not differ clearly here.");
  CHECK(last({student("random", 1.20, 1.01), student("3 layers", 0.50, 0.41)}) ==
        "By forward KL, the loss of both, the teacher's text gives the nearer one on the "
        "student's own text.");
}

TEST_CASE("demo --real: where the students differ, each is named") {
  const std::string one = last({student("random", 0.82, 1.01), student("3 layers", 0.41, 0.41)});
  CHECK_THAT(one, ContainsSubstring("on-policy is the nearer one on the student's own text for "
                                    "random, and they do not differ clearly for 3 layers."));
  CHECK_THAT(one, ContainsSubstring("the lead shrank"));
  const std::string split = last({student("random", 1.20, 1.01), student("3 layers", 0.37, 0.41)});
  CHECK_THAT(split, ContainsSubstring("on-policy is the nearer one on the student's own text for 3 "
                                      "layers, the teacher's text gives the nearer one on the "
                                      "student's own text for random."));
}

TEST_CASE("demo --real: the other sentences stand only where all students agree") {
  std::vector both{student("random", 0.82, 1.01), student("3 layers", 0.37, 0.41)};
  for (demo::student_scores& s : both) {
    s.fixed.own.perplexity = 30, s.fixed.own.reverse = 0.9;
    s.reverse.own.perplexity = 14, s.reverse.told.forward = 1.1;
  }
  CHECK_THAT(last(both), ContainsSubstring("(perplexity) the teacher's text did better. Reverse KL "
                                           "gives up breadth for text that the teacher finds"));
  both[1].fixed.own.perplexity = 50;
  CHECK_THAT(last(both), !ContainsSubstring("did better"));
  both[0].reverse.told.forward = 0.7;
  CHECK_THAT(last(both), !ContainsSubstring("breadth"));
}

TEST_CASE("demo --real: a student that came no nearer is not smaller by a factor") {
  demo::student_scores s = student("random", 0.82, 1.01);
  CHECK_THAT(demo::way_of(s), ContainsSubstring("0.80 after on-policy distillation, 7.5 times "
                                                "smaller than at first. On its own text: 0.82, "
                                                "and 1.01 when it went on"));
  s.own.told.forward = 6.1;
  CHECK_THAT(demo::way_of(s), ContainsSubstring("6.10 after on-policy distillation, not "
                                                "clearly smaller than at first."));
}
