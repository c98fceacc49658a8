// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>

#include <sys/stat.h>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "train/runs.hpp"

using namespace gkd;
namespace fs = std::filesystem;

namespace {

/// A run of 21 steps with checkpoints of steps 20 and 21, and the parts to resume it into.
class two_checkpoints {
  using source_type =
      mixture<replay<on_policy<const toy::dataset&>>, fixed<const toy::dataset&>, constant>;
  using model = transformer<reference>;

 public:
  two_checkpoints() {
    model trained(runs::tiny_shape(), {}, 3);
    trainer t{trained, teacher, generalized_jsd{0.5}, make_source(),
              adamw{}, options, checkpoints{}};
    while (t.state().step < 21) {
      t.training_step();
      if (t.state().step < 20) continue;
      originals.push_back(runs::files(t.save()));
      bits_of.push_back(runs::bits(trained));
    }
  }

  std::string path(long step) const { return runs::checkpoint(options.output_dir, step); }
  std::string newest(const std::string& file) const { return path(21) + "/" + file; }
  /// Puts back every file of the newest checkpoint.
  void mend() {
    fs::remove_all(path(21));
    fs::create_directory(path(21));
    for (const auto& [name, bytes] : originals[1])
      std::ofstream(newest(name), std::ios::binary) << bytes;
  }
  bool resume() {
    keep.open(options);
    state = {};
    return keep.resume(snapshot<model, decltype(optimizer), source_type>{
        state, student, optimizer, source, options, 1,
        detail::loss_identity(generalized_jsd{0.5}), detail::teacher_mark(teacher)});
  }
  /// The newest is found damaged, and the one before restored.
  bool falls_back() {
    student = model(runs::tiny_shape(), {}, 99);
    const gkd::index notes = keep.notes().size();
    return resume() && state.step == 20 && runs::bits(student) == bits_of[0] &&
           keep.notes().size() == notes + 1 &&
           keep.notes().back().find("checkpoint-21 is passed over: ") == 0;
  }

  runs::memory_folder folder;
  toy::dataset data = toy::ragged_dataset(11, 7);
  tabular<float> teacher = toy::random_bigram(7);
  training_options options{.output_dir = folder / "run",
                           .per_device_train_batch_size = 3,
                           .max_steps = 21,
                           .learning_rate = 0.02};
  checkpoints keep{{.on_note = {}}};
  std::vector<std::string> bits_of;
  std::vector<std::vector<std::pair<std::string, std::string>>> originals;

 private:
  source_type make_source() {
    return {replay<on_policy<const toy::dataset&>>{
                on_policy<const toy::dataset&>{data, {.max_new_tokens = 5}}, 8, 0.2},
            fixed<const toy::dataset&>{data}, 0.9, draw_per::sequence};
  }
  source_type source = make_source();
  train_state state;
  model student{runs::tiny_shape(), {}, 99};
  adamw_state<model> optimizer = adamw{}.bind(student);
};

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// The manifest with a change and the hash that makes it whole again.
void rewrite_manifest(const std::string& path, const std::function<void(nlohmann::json&)>& change) {
  nlohmann::json m = nlohmann::json::parse(runs::read(path));
  m.erase("sha256");
  change(m);
  m["sha256"] = hex(sha256_of(m.dump()));
  write(path, m.dump());
}

}  // namespace

TEST_CASE("A checkpoint cut at any place is passed over [T08]") {
  two_checkpoints run;
  REQUIRE(run.originals[1].size() == 6);
  for (const auto& [name, bytes] : run.originals[1])
    for (gkd::index cut = 0; cut < 64; ++cut) {
      const gkd::index size = cut == 63 ? bytes.size() - 1 : cut * bytes.size() / 64;
      INFO(name << " cut to " << size << " of " << bytes.size() << " bytes");
      write(run.newest(name), bytes.substr(0, size));
      const bool fell_back = run.falls_back();
      write(run.newest(name), bytes);
      REQUIRE(fell_back);
    }
  REQUIRE(run.resume());
}

TEST_CASE("A checkpoint with any bit turned is passed over [T08]") {
  two_checkpoints run;
  gkd::index number = 0;
  const auto flip = [&](const std::string& name, const std::string& bytes, gkd::index bit) {
    std::string turned = bytes;
    turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << bit % 8));
    INFO(name << ", bit " << bit);
    write(run.newest(name), turned);
    const bool fell_back = run.falls_back();
    write(run.newest(name), bytes);
    REQUIRE(fell_back);
  };
  for (const auto& [name, bytes] : run.originals[1]) {
    const random_stream draw(1, purpose::user, number++);
    for (gkd::index n = 0; n < 100; ++n) flip(name, bytes, draw.below(n, 8 * bytes.size()));
    if (name == "manifest.json")  // which no other file vouches for: a bit of every byte
      for (gkd::index i = 0; i < bytes.size(); ++i) flip(name, bytes, 8 * i + draw.below(i, 8));
  }
  REQUIRE(run.resume());
}

TEST_CASE("Files that are missing, longer, exchanged or of another checkpoint are found [T08]") {
  two_checkpoints run;
  const auto damaged = [&](const std::string& what) {
    INFO(what);
    CHECK(run.falls_back());
    run.mend();
  };
  std::string same_in_both;
  for (const auto& [name, bytes] : run.originals[1]) {
    fs::remove(run.newest(name));
    damaged("without " + name);
    write(run.newest(name), bytes + '\0');
    damaged(name + " with a byte more");
    fs::remove(run.newest(name));
    fs::create_directory(run.newest(name));
    damaged(name + " is a directory");
    fs::remove(run.newest(name));
    ::mkfifo(run.newest(name).c_str(), 0644);
    damaged(name + " is a pipe");
    run.mend();
    const std::string before = runs::read(run.path(20) + "/" + name);
    if (before == bytes) same_in_both += name;
    write(run.newest(name), before);
    if (before != bytes) damaged(name + " of step 20");
  }
  CHECK(same_in_both == "config.json");
  const std::string model = runs::read(run.newest("model.safetensors"));
  fs::rename(run.newest("optimizer.safetensors"), run.newest("model.safetensors"));
  write(run.newest("optimizer.safetensors"), model);
  damaged("model and optimizer exchanged");

  fs::remove_all(run.path(21));
  fs::create_directory(run.path(21));
  damaged("an empty directory");
  fs::remove_all(run.path(21));
  write(run.path(21), "");
  damaged("a file");
  fs::remove_all(run.path(21));
  fs::create_symlink("nowhere", run.path(21));
  damaged("a link to nowhere");
  fs::remove_all(run.path(21));
  fs::copy(run.path(20), run.path(21));
  damaged("a copy of step 20 under another name");
}

TEST_CASE("A manifest that is whole but wrong: another step, files, names [T08]") {
  two_checkpoints run;
  const auto damaged = [&](const auto& change) {
    rewrite_manifest(run.newest("manifest.json"), change);
    CHECK(run.falls_back());
    run.mend();
  };
  damaged([](auto& m) { m["step"] = 20; });
  damaged([](auto& m) { m["step"] = -21; });
  damaged([](auto& m) { m["step"] = "21"; });
  damaged([](auto& m) { m.erase("files"); });
  damaged([](auto& m) { m["files"].erase("model.safetensors"); });
  damaged([](auto& m) { m["files"]["model.safetensors"].erase("sha256"); });
  damaged([](auto& m) { m["files"]["model.safetensors"]["sha256"] = "xyz"; });
  damaged([](auto& m) { m["files"]["../20/model.safetensors"] = m["files"]["model.safetensors"]; });

  // everything right but the step inside the state
  auto state = nlohmann::json::parse(runs::read(run.newest("run.json")));
  state["state"]["step"] = 20;
  write(run.newest("run.json"), state.dump());
  damaged([&](auto& m) {
    const file_digest d = digest_of_file(run.newest("run.json"));
    m["files"]["run.json"] = {{"bytes", d.bytes}, {"sha256", hex(d.sha256)}};
  });
}

TEST_CASE("A newer or foreign format is an error that says so: it is not damaged [T08]") {
  two_checkpoints run;
  rewrite_manifest(run.newest("manifest.json"), [](auto& m) {
    m["format_version"] = 3;
    m["library_version"] = "9.0.0";
  });
  CHECK_ERROR(run.resume(), errc::bad_checkpoint,
              "format version 3, written by gkd \"9.0.0\"; this gkd, " GKD_VERSION_STRING
              ", reads version 2");
  run.mend();
  // one from before run.json told the models: neither damaged nor lacking a member, but older
  std::string text = runs::read(run.newest("run.json"));
  auto older = parse_json(text, {"run.json"});
  for (const char* member : {"teacher", "student"}) older.erase(member);
  write(run.newest("run.json"), older.dump());
  rewrite_manifest(run.newest("manifest.json"), [&](auto& m) {
    const file_digest d = digest_of_file(run.newest("run.json"));
    m["files"]["run.json"] = {{"bytes", d.bytes}, {"sha256", hex(d.sha256)}};
    m["format_version"] = 1;
  });
  CHECK_ERROR(run.resume(), errc::bad_checkpoint, "format version 1, written by gkd");
  run.mend();
  rewrite_manifest(run.newest("manifest.json"), [](auto& m) { m["format"] = "other"; });
  CHECK_ERROR(run.resume(), errc::bad_checkpoint, "format \"other\", want \"gkd-checkpoint\"");
}

TEST_CASE("Nothing whole at all is an error that says why, checkpoint by checkpoint [T08]") {
  two_checkpoints run;
  fs::remove(run.newest("manifest.json"));
  fs::resize_file(run.path(20) + "/model.safetensors", 5);
  CHECK_ERROR(run.resume(), errc::bad_checkpoint, "none of 2 checkpoint(s) is whole:\n");
  try {
    run.resume();
  } catch (const error& e) {
    const std::string text = e.what();
    CHECK(text.find("checkpoint-21/manifest.json: cannot open for reading") != text.npos);
    CHECK(text.find("checkpoint-20/model.safetensors: 5 bytes, want ") != text.npos);
  }
}
