// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/fixed.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/optim/sgd.hpp>
#include <gkd/report/tensorboard.hpp>
#include <gkd/train/checkpoint.hpp>
#include <gkd/train/evaluation.hpp>
#include <gkd/train/trainer.hpp>

#include <fcntl.h>
#include <sys/resource.h>

#include <bit>
#include <csignal>
#include <cstring>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

namespace {

std::string from_hex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return bytes;
}

std::uint64_t little(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

struct point {
  std::string tag;
  long step;
  float value;
};

/// The scalars of a file, read by the format's definition; every checksum must be right.
struct event_file {
  explicit event_file(std::string_view bytes) {
    while (!bytes.empty()) {
      REQUIRE(bytes.size() >= 16);
      const std::uint64_t length = little(bytes.substr(0, 8));
      REQUIRE(bytes.size() >= 16 + length);
      CHECK(little(bytes.substr(8, 4)) == detail::masked_crc32c(bytes.substr(0, 8)));
      const std::string_view event = bytes.substr(12, length);
      CHECK(little(bytes.substr(12 + length, 4)) == detail::masked_crc32c(event));
      bytes.remove_prefix(16 + length);
      ++records;
      read_event(event);
    }
  }
  std::vector<point> of(const std::string& tag) const {
    std::vector<point> found;
    for (const point& p : points)
      if (p.tag == tag) found.push_back(p);
    return found;
  }
  gkd::index records = 0;
  std::vector<point> points;
  std::vector<long> restarts;

 private:
  struct field {
    std::uint64_t number, value;
    std::string_view bytes;
  };
  static std::uint64_t varint(std::string_view& in) {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      REQUIRE(!in.empty());
      const auto byte = static_cast<unsigned char>(in[0]);
      in.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  }
  static field next(std::string_view& in) {
    const std::uint64_t key = varint(in);
    field f{key >> 3, 0, {}};
    if ((key & 7) == 0) {
      f.value = varint(in);
      return f;
    }
    const std::uint64_t size = (key & 7) == 1 ? 8 : (key & 7) == 5 ? 4 : varint(in);
    f.bytes = in.substr(0, size);
    if ((key & 7) != 2) f.value = little(f.bytes);
    in.remove_prefix(size);
    return f;
  }
  void read_event(std::string_view event) {
    long step = 0;
    while (!event.empty()) {
      const field f = next(event);
      if (f.number == 2) step = static_cast<long>(f.value);
      if (f.number == 7) restarts.push_back(step);
      if (f.number == 5) read_summary(f.bytes, step);
    }
  }
  void read_summary(std::string_view summary, long step) {
    while (!summary.empty()) {
      std::string_view value = next(summary).bytes;
      point p{"", step, 0.0f};
      bool scalar = false;
      while (!value.empty()) {
        const field f = next(value);
        if (f.number == 1) p.tag = f.bytes;
        if (f.number == 2) {
          p.value = std::bit_cast<float>(static_cast<std::uint32_t>(f.value));
          scalar = true;
        }
      }
      if (scalar) points.push_back(p);
    }
  }
};

}  // namespace

TEST_CASE("CRC-32C: the published check value, and TensorBoard's masked ones") {
  CHECK(detail::crc32c("123456789") == 0xe3069283u);
  const golden::file file = golden::oracle("tensorboard_events.golden");
  for (const golden::record& r : file.all("crc")) {
    INFO(r.name());
    const std::string text = r.word("text") == "-" ? "" : from_hex(r.word("text"));
    CHECK(detail::masked_crc32c(text) == r.number<std::uint32_t>("masked"));
  }
}

TEST_CASE("The bytes of a file are those of TensorBoard's own writer") {
  test_folder folder;
  double now = 999.5;
  tensorboard_writer writer(folder / "logs/run", [&] { return now += 1.0; });
  writer.scalars({{"train/loss", 0.1}, {"train/grad_norm", 1e30}}, 7);
  writer.scalars({{"eval/loss", 0.0}}, 0);
  std::string words;
  for (int i = 0; i < 20; ++i) words += "| a | b |\n";
  writer.text("config", words, 2);
  writer.restart(300);
  const golden::file file = golden::oracle("tensorboard_events.golden");
  std::string wanted;
  for (const std::string& record : file.get("file").words("bytes")) wanted += from_hex(record);
  std::ifstream in(writer.path(), std::ios::binary);
  const std::string written{std::istreambuf_iterator<char>(in), {}};
  CHECK(written == wanted);
  CHECK(event_file(written).records == 5);
}

TEST_CASE("Each writer has a file of its own; a directory that cannot be is an error") {
  test_folder folder;
  const auto at_10 = [] { return 10.0; };
  tensorboard_writer first(folder.path(), at_10), second(folder.path(), at_10);
  CHECK(first.path() != second.path());
  CHECK(first.path().find("/events.out.tfevents.0000000010.") != std::string::npos);
  folder.write("file", "");
  CHECK_ERROR(tensorboard_writer(folder / "file/logs"), errc::io_failure, "file/logs");
  CHECK_ERROR(tensorboard_writer(""), errc::bad_argument,
              "an empty path as the directory of tensorboard_writer");
}

TEST_CASE("A record that the system refused is taken back, and those before it stay") {
  test_folder folder;
  tensorboard_writer writer(folder.path(), [] { return 10.0; });
  writer.scalars({{"a", 1.0}}, 1);
  const auto size = std::filesystem::file_size(writer.path());
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small{size + 10, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  for (int i = 0; i < 2; ++i)
    CHECK_ERROR(writer.scalars({{"a", 2.0}}, 2), errc::io_failure, "cannot append");
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(std::filesystem::file_size(writer.path()) == size);
  writer.scalars({{"a", 3.0}}, 3);
  CHECK(std::filesystem::file_size(writer.path()) > size);
}

TEST_CASE("Curves of a run: logged steps, means since the point before, evaluations") {
  test_folder folder;
  const auto data = toy::ragged_dataset(20, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  struct listener {
    std::vector<double>& losses;
    std::vector<metrics>& evaluations;
    void on_step(const step_event& e) { losses.push_back(e.loss); }
    void on_eval(const eval_event& e) { evaluations.push_back(e.values); }
  };
  std::vector<double> losses;
  std::vector<metrics> evaluations;
  tensorboard_log log(folder.path(), {{"config", "| lmbda | 1 |"}});
  trainer t{
      student,
      teacher,
      forward_kl{},
      fixed{data},
      sgd{},
      training_options{
          .max_steps = 5, .logging_steps = 2, .eval_strategy = interval::steps, .eval_steps = 5},
      evaluate_on{data},
      listener{losses, evaluations},
      log};
  t.train();
  std::ifstream in(log.path(), std::ios::binary);
  const event_file file(std::string{std::istreambuf_iterator<char>(in), {}});
  const auto loss = file.of("train/loss");
  REQUIRE(loss.size() == 3);
  CHECK(loss[0].step == 2);
  CHECK(loss[0].value == Approx((losses[0] + losses[1]) / 2));
  CHECK(loss[2].step == 5);
  CHECK(loss[2].value == Approx(losses[4]));
  CHECK(file.of("train/learning_rate").size() == 3);
  const auto kl = file.of("eval/forward_kl");
  REQUIRE(kl.size() == 1);
  CHECK(kl[0].step == 5);
  REQUIRE(evaluations.size() == 1);
  CHECK(file.of("eval/loss")[0].value == Approx(evaluations[0][0].second));
  CHECK(file.restarts.empty());
}

TEST_CASE("A resumed run adds a file that makes what lies beyond its checkpoint void") {
  test_folder folder;
  const auto data = toy::ragged_dataset(20, 5);
  auto teacher = toy::random_bigram(5);
  const auto run = [&](long save_steps, long from) {
    tabular<float> student(5);
    tensorboard_log log(folder / "logs");
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.output_dir = folder / "run",
                               .max_steps = 6,
                               .logging_steps = 1,
                               .save_steps = save_steps},
              checkpoints{{.from = from > 0 ? folder / "run/checkpoint-3" : ""}},
              log};
    if (from > 0) CHECK(t.resume());
    t.train();
    std::ifstream in(log.path(), std::ios::binary);
    return event_file(std::string{std::istreambuf_iterator<char>(in), {}});
  };
  CHECK(run(3, 0).restarts.empty());
  const event_file second = run(3, 3);
  CHECK(second.restarts == std::vector<long>{4});
  CHECK(second.of("train/loss").front().step == 4);
}
