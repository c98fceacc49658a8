// SPDX-License-Identifier: Apache-2.0
// What reaches a user of the program names options, not members of the library.
#include "../../examples/gkd_train/words.hpp"

#include <gkd/train/run_lock.hpp>

#include "gkd_train/workplace.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;
namespace fs = std::filesystem;

namespace {

/// The error of a run; "" where it has none.
std::string error_of(workplace& w, const std::vector<std::string>& words) {
  try {
    w.run("none", words);
  } catch (const gkd::error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("Every place of a part is replaced, also where its words hold it or are none") {
  CHECK(gkd_train::replaced("a b a", "a", "aa") == "aa b aa");
  CHECK(gkd_train::replaced("aaa", "a", "") == "");
  CHECK(gkd_train::replaced("b", "a", "c") == "b");
  CHECK(gkd_train::in_program_words("gkd: no (step 12, micro-batch 1, rank 0); so") ==
        "gkd: no (after step 12, batch 1); so");
  CHECK(gkd_train::in_program_words("generation_options::vocab_size is 264, but") ==
        "the number of the tokenizer's tokens is 264, but");
}

TEST_CASE("The errors of what an option asks for begin with its name") {
  CHECK(gkd_train::asked_by("--this", [] { return 3; }) == 3);
  CHECK_ERROR(gkd_train::asked_by("--this", [] { fail(errc::bad_format, "no"); }),
              errc::bad_format, "gkd: --this: no");
  const auto fails = [] { fail(errc::io_failure, "no (step 1, rank 0)"); };
  CHECK_ERROR(gkd_train::said_in_program_words(fails), errc::io_failure, "gkd: no (after step 1)");
}

TEST_CASE("The user's own paths and names were put into the program's words, too") {
  using gkd_train::in_program_words;
  const std::string error = "gkd: training_options.json: training_options.max_steps is \"sgd::x\"";
  CHECK(in_program_words(error, {"training_options.json"}) ==
        "gkd: training_options.json: --max_steps is \"sgd::x\"");
  CHECK(in_program_words(error) == "gkd: --json: --max_steps is \"sgd::x\"");
  CHECK(in_program_words("a.b (step 1, rank 0)", {"a", ".", "("}) == "a.b (after step 1)");
  workplace w;
  CHECK(error_of(w, {"--dataset_name", "training_options.json"})
            .find("--dataset_name: training_options.json: is not there") != std::string::npos);
  w.folder.write("sgd::x (step 1, rank 0).jsonl", "{");
  const std::string path = w / "sgd::x (step 1, rank 0).jsonl";
  CHECK(error_of(w, {"--dataset_name", path}).find(path + ":1") != std::string::npos);
  CHECK(w.run("sampler::", {"--max_steps", "1"}) == 0);
  CHECK(w.run("sampler::", {"--max_steps", "1", "--overwrite_output_dir"}) == 0);
  CHECK(w.said("note: " + (w / "sampler::") + ": this run removes or replaces"));
}

TEST_CASE("How a checkpoint's run differs is told in options, with --resume_anyway") {
  workplace w;
  CHECK(w.run("out", {"--save_strategy", "steps", "--save_steps", "3"}) == 0);
  const std::string from = w / "out/checkpoint-3";
  const auto difference = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--resume_from_checkpoint", from});
    const std::string text = error_of(w, words), begin = ": is of another run: ";
    const std::string end = "; to go on all the same, say so (--resume_anyway)";
    REQUIRE(text.find(begin) != text.npos);
    CHECK(text.ends_with(end));
    const auto at = text.find(begin) + begin.size();
    return text.substr(at, text.size() - end.size() - at);
  };
  CHECK(difference({"--lmbda", "0.25"}) == "--lmbda is 0.5, 0.25 in this run");
  CHECK(difference({"--lmbda_per", "sequence"}) ==
        "--lmbda_per is \"batch\", \"sequence\" in this run");
  CHECK(difference({"--temperature", "0.5"}) ==
        "of the student's answers temperature is 0.9, 0.5 in this run");
  CHECK(difference({"--seq_kd"}) == "--seq_kd is false, true in this run");
  write_chats(w / "few.jsonl", folders::chats(3));
  const std::string chats = difference({"--dataset_name", w / "few.jsonl"});
  CHECK(chats.find("the number is 12, 3 in this run's chats; the digest is \"") == 0);
  CHECK(difference({"--teacher_model_name_or_path", w / "student"}).find("; the digest is \"") !=
        std::string::npos);  // after what the configurations differ in
  CHECK(difference({"--lr_scheduler_type", "cosine"}).find("the schedule's name is absent") !=
        std::string::npos);
  // as a note, too
  CHECK(w.run("two", {"--resume_from_checkpoint", from, "--lmbda=0.25", "--resume_anyway"}) == 0);
  CHECK(w.said("checkpoint-3: --lmbda is 0.5, 0.25 in this run\n"));
  CHECK(gkd_train::in_program_words("; second.teacher.fingerprint is \"1\", \"2\" in this run's "
                                    "source; to go on") ==
        "; the digest of the teacher that answers is \"1\", \"2\" in this run; to go on");
}

TEST_CASE("Settings beyond what goes are named as options") {
  workplace w;
  const auto says = [&](const std::vector<std::string>& words, const std::string& text) {
    INFO(text);
    const std::string all = error_of(w, words);
    INFO(all);
    CHECK(all.find(text) != std::string::npos);
    CHECK(all.find("::") == std::string::npos);
    CHECK(all.find("_options") == std::string::npos);
  };
  says({"--vocab_size", "100000"}, "gkd: --vocab_size is 100000, more than the teacher's 264");
  says({"--per_device_train_batch_size", "3000000000"},
       "gkd: --per_device_train_batch_size is 3000000000, want at least 1 and at most 2^31");
  says({"--max_steps", "-1", "--num_train_epochs", "1e300"}, "gkd: --num_train_epochs is 1e+300: ");
  says({"--vocab_size", "263", "--lmbda", "1"},
       "gkd: --vocab_size is 263, want at least the tokenizer's 264, or 0");
  says({"--optim", "adafactor", "--optim_args", "decay_rate=1"},
       "gkd: --optim_args: decay_rate is 1, want a finite number < 0");
  says({"--optim", "sgd", "--optim_args", "nesterov=true"}, "gkd: --optim_args: momentum is 0");
  says({"--optim", "sgd", "--optim_args", "momentum=0.9,momentum=0.1"},
       "gkd: --optim_args: \"momentum\" is given twice, want it once");
  says({"--lr_scheduler_kwargs", R"({"power": 2})"},
       "gkd: --lr_scheduler_kwargs: \"power\" is no setting of linear");
  says({"--max_length", "8"}, "a prompt is never cut (--max_length, --on_long_prompt drop)");
  write_chats(w / "long.jsonl", {{{"user", std::string(150, 'x')}, {"assistant", "y"}}});
  says({"--max_length", "200", "--dataset_name", w / "long.jsonl"}, "(--on_long_prompt drop)");
  says({"--chat_format", "x"}, "gkd: --chat_format: chat format \"x\", want one of chatml, ");
}

TEST_CASE("Settings of loss and optimizer were found once all models and chats had been read") {
  workplace w;
  const auto says = [&](const std::vector<std::string>& words, const std::string& text) {
    INFO(text);
    CHECK(error_of(w, words).find(text) == 0);
    CHECK(w.screen.empty());
  };
  says({"--optim", "adafactor", "--optim_args", "decay_rate=1"},
       "gkd: --optim_args: decay_rate is 1, want a finite number < 0");
  says({"--optim", "sgd", "--optim_args", "nesterov=true"},
       "gkd: --optim_args: momentum is 0, want a number in (0, 1) with nesterov");
  w.folder.write("rate.json", R"({"lr_scheduler_type": "cosine_with_min_lr",
                                  "lr_scheduler_kwargs": {"min_lr": 1}})");
  says({"--config", w / "rate.json"}, "gkd: " + (w / "rate.json") +
                                          ": lr_scheduler_kwargs: \"min_lr\" is 1, want at most "
                                          "the learning rate, 0.01");
  says({"--config", w / "rate.json", "--lr_scheduler_type", "linear", "--lr_scheduler_kwargs={}",
        "--optim", "sgd", "--optim_args", "nesterov=true"},
       "gkd: --optim_args: momentum is 0");
  says({"--beta", "1e-320", "--beta_scaling", "continuous"}, "gkd: --beta is ");
  CHECK(error_of(w, {"--beta", "1e-320", "--beta_scaling", "continuous"})
            .ends_with(", too close to 0 for --beta_scaling continuous, which divides by it; want "
                       "--beta 0"));
}

TEST_CASE("An output folder that another run writes into is told of as one, not as a trainer's") {
  workplace w;
  fs::create_directory(w / "out");
  const run_lock other(w / "out");
  w.folder.write("out/gkd.lock", "1 elsewhere\n");  // as another process has it
  const std::string text = error_of(w, {"--output_dir", w / "out"});
  INFO(text);
  CHECK(text.find("another run writes into this folder") != text.npos);
  CHECK(text.find("give this run another --output_dir") != text.npos);
  CHECK(text.find("if that run was on another host") != text.npos);
  CHECK(text.find("trainer") == text.npos);
}

TEST_CASE("A name that is not UTF-8 ended a run late, with an exception of the JSON library") {
  workplace w;
  const auto before = std::distance(fs::directory_iterator(w.folder.path()), {});
  for (const char* option : {"--run_name", "--output_dir"}) {
    CHECK(error_of(w, {option, w / "caf\xe9"}).find("caf\\xe9\", which is not UTF-8; want ") !=
          std::string::npos);
    CHECK(w.screen.empty());
  }
  CHECK(std::distance(fs::directory_iterator(w.folder.path()), {}) == before);
  CHECK(w.run("caf\xc3\xa9", {"--max_steps", "1", "--run_name", "caf\xc3\xa9"}) == 0);
  CHECK(w.json("caf\xc3\xa9/gkd_config.json").at("run_name") == "caf\xc3\xa9");
}

TEST_CASE("A rate that breaks the student is named where the loss is not finite") {
  workplace w;
  for (const char* lmbda : {"0", "1"}) {
    const std::string text = error_of(w, {"--learning_rate", "1e30", "--lmbda", lmbda,
                                          "--overwrite_output_dir"});
    INFO(text);
    CHECK(text.find("; after the update of step ") != text.npos);
    CHECK(text.ends_with("; want a --learning_rate below 1e+30, or --warmup_steps to come to it "
                         "slowly"));
    CHECK(text.find("rank") == text.npos);
    CHECK(text.find("--max_grad_norm") == text.npos);  // which is there
  }
  const std::string free = error_of(w, {"--learning_rate", "1e30", "--max_grad_norm", "0",
                                        "--overwrite_output_dir"});
  CHECK(free.find("; want --max_grad_norm 1 to clip gradients, a --learning_rate below 1e+30, "
                  "or ") != free.npos);
}
