// SPDX-License-Identifier: Apache-2.0
// Chats of a run: those of them that are evaluated, and where one lies that is refused.
#include "../../examples/gkd_train/chats.hpp"

#include "gkd_train/workplace.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;
namespace fs = std::filesystem;

TEST_CASE("The option --eval_examples counts the chats that are evaluated on") {
  workplace w;
  const auto run = [&](const std::string& out, const char* examples) {
    return w.run(out, {"--eval_dataset_name", w / "chats.jsonl", "--eval_examples", examples,
                       "--max_steps", "1"});
  };
  CHECK(run("some", "2") == 0);
  CHECK(w.said("\nevaluate  2 of 12 chats of "));
  CHECK(w.folder.read("some/report.html").find(", 2 of 12 to evaluate on.") != std::string::npos);
  for (const char* all : {"0", "12", "99"}) {
    const std::string out = concat("all", all);
    CHECK(run(out, all) == 0);
    CHECK(w.said("\nevaluate  12 chats of "));
    CHECK(w.folder.read(out + "/report.html").find(", 12 to evaluate on.") != std::string::npos);
  }
}

TEST_CASE("A chat that is refused is told with its file and line") {
  workplace w;
  auto chats = folders::chats(6);
  chats.push_back({{"user", std::string(150, 'x')}, {"assistant", "y"}});
  write_chats(w / "long.jsonl", chats);
  const std::vector<std::string> words{"--dataset_name", w / "long.jsonl", "--max_length", "100"};
  CHECK_ERROR(w.run("a", words), errc::context_overflow,
              "gkd: " + (w / "long.jsonl") + ":7: the prompt has ");
  w.folder.write("skip.jsonl", "nonsense\n\n" + w.folder.read("long.jsonl"));
  auto skipping = words;
  skipping[1] = w / "skip.jsonl";
  skipping.insert(skipping.end(), {"--on_bad_line", "skip"});
  CHECK_ERROR(w.run("b", skipping), errc::context_overflow, "skip.jsonl:9: the prompt has ");
  skipping.insert(skipping.end(), {"--eval_fraction", "0.5"});  // in whichever part it is
  CHECK_ERROR(w.run("c", skipping), errc::context_overflow, "skip.jsonl:9: the prompt has ");
}

TEST_CASE("The log of a run is no chats, and is called what it is") {
  workplace w;
  CHECK(w.run("out", {"--max_steps", "1"}) == 0);
  for (const char* on_bad_line : {"fail", "skip"}) {
    const auto refused = [&](const std::string& name, errc code) {
      CHECK_ERROR(w.run("two", {"--dataset_name", w / name, "--on_bad_line", on_bad_line}), code,
                  (w / "out/train.jsonl") + ": is the log of a run, as it lies in its "
                                            "--output_dir, and holds no chats; want another file");
    };
    const errc code = on_bad_line == std::string("fail") ? errc::bad_format : errc::empty_data;
    refused("out", code);
    refused("out/train.jsonl", code);
  }
  CHECK_FALSE(w.has("two/train.jsonl"));
}
