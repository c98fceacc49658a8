// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>
#include <gkd/train/checkpoint_state.hpp>

#include <cmath>
#include <limits>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

namespace {

bool same(const source_state& a, const source_state& b) {
  const auto same_sequence = [](const sequence& x, const sequence& y) {
    return x.tokens == y.tokens && x.weights == y.weights && x.from == y.from &&
           x.replayed == y.replayed;
  };
  return a.position == b.position &&
         std::equal(a.sequences.begin(), a.sequences.end(), b.sequences.begin(), b.sequences.end(),
                    same_sequence) &&
         std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(), same);
}

source_state written_and_read(const source_state& state) {
  test_folder folder;
  output_file file(folder / "source.safetensors");
  detail::source_tensors(state).write(file);
  file.commit();
  return detail::read_source_state(safetensors(folder / "source.safetensors"), "here");
}

struct with_fingerprint : toy::dataset {
  std::uint64_t fingerprint() const { return value; }
  std::uint64_t value = 0;
};

}  // namespace

TEST_CASE("A run's state survives JSON exactly") {
  const train_state s{.step = 123456789012345,
                      .skipped_steps = 3,
                      .sequences_seen = 1e15 + 1,
                      .tokens_seen = 9007199254740993.0,
                      .rows_seen = 0.1 + 0.2,
                      .evaluation_due = true};
  const auto text = detail::state_to_json(s).dump();
  const train_state r = detail::state_from_json(nlohmann::json::parse(text), "here");
  CHECK(r.step == s.step);
  CHECK(r.skipped_steps == s.skipped_steps);
  CHECK(r.sequences_seen == s.sequences_seen);
  CHECK(r.tokens_seen == s.tokens_seen);
  CHECK(r.rows_seen == s.rows_seen);
  CHECK(r.evaluation_due);
  CHECK(text.find("\"step\":123456789012345,") != text.npos);  // an integer is an integer

  for (const char* bad : {R"({"step": -1})", R"({"step": 1.0})", R"({"step": "1"})", R"([])",
                          R"({"step": 1, "skipped_steps": 2})"})
    CHECK_ERROR(detail::state_from_json(nlohmann::json::parse(bad), "here"), errc::bad_format,
                "here: ");
}

TEST_CASE("Options are compared by what the steps depend on") {
  const auto json = [](const training_options& o, long step = 5) {
    return detail::options_to_json(o, 1, step);
  };
  const training_options a{.max_steps = 9, .learning_rate = 0.1};
  training_options b = a;
  b.output_dir = "elsewhere", b.logging_steps = 1, b.save_steps = 2, b.save_total_limit = 3;
  b.eval_strategy = interval::epoch, b.per_device_eval_batch_size = 1, b.num_train_epochs = 8;
  CHECK(json(a) == json(b));
  b.seed = ~std::uint64_t{0};
  CHECK(detail::difference(json(a), json(b), "b") ==
        "seed is \"42\", \"18446744073709551615\" in b");

  training_options c = a;
  c.learning_rate = std::nextafter(0.1, 1.0);  // one bit
  CHECK(detail::difference(json(a), json(c), "c") ==
        "learning_rate is 0.1, 0.10000000000000002 in c");
  c.max_grad_norm = std::numeric_limits<double>::infinity();
  CHECK(detail::difference(json(c), json(c), "c").empty());

  training_options d = a, e = a;
  d.lr_schedule = [](long step) { return 0.1 / double(step + 1); };
  e.lr_schedule = [](long step) { return 0.1 / double(step + 1); };
  CHECK(json(d) == json(e));  // known by what it gives
  CHECK(json(d, 5) != json(e, 6));
  CHECK(json(d, 5).at("lr_schedule") == 0.1 / 5.0);  // at step 4, the last that was taken
  CHECK(json(d, 0).at("lr_schedule") == 0.1);
}

TEST_CASE("Numbers that no JSON of ours holds are text") {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const nlohmann::json json = detail::identity_to_json(identity_fields("part")
                                                           .add("most", most)
                                                           .add("more", most + 1)
                                                           .add("less", std::int64_t{-1}));
  CHECK(json.dump() ==
        R"({"less":-1,"more":"9223372036854775808","most":9223372036854775807,"name":"part"})");
  CHECK(parse_json(json.dump(), {"here"}) == json);
}

TEST_CASE("What a source carries survives a file: empty, ragged, parts within parts") {
  source_state state;
  CHECK(same(written_and_read(state), state));
  state.position = ~std::uint64_t{0};
  state.sequences = {{{1, 2, 3}, {0.0f, 0.25f, 1.0f}, origin::student},
                     {{4}, {0.1f}, origin::student, true},
                     {{5}, {0.2f}, origin::teacher, true},
                     {{6}, {0.3f}, origin::dataset, true},
                     {{}, {}, origin::dataset}};
  state.parts.resize(12);  // "10." comes after "9."
  state.parts[1].position = 7;
  state.parts[11].parts.resize(2);
  state.parts[11].parts[1].sequences = {{{9, 8}, {1.0f, 1.0f}, origin::teacher}};
  CHECK(same(written_and_read(state), state));
}

TEST_CASE("Origins of files that did not say who wrote a replayed sequence are still read") {
  test_folder folder;
  const std::string path = folder / "source.safetensors";
  const std::vector<token> tokens{1, 2};
  const std::vector<float> weights{1, 1};
  const std::vector<std::uint64_t> lengths{1, 1}, position{2};
  const std::vector<std::uint8_t> origins{1, 3};  // student, and what was "replay"
  const auto bytes = [](const auto& v) { return std::as_bytes(std::span(v)); };
  output_file file(path);
  write_safetensors(file, {{"tokens", dtype::i32, {2}, bytes(tokens)},
                           {"weights", dtype::f32, {2}, bytes(weights)},
                           {"lengths", dtype::u64, {2}, bytes(lengths)},
                           {"origins", dtype::u8, {2}, bytes(origins)},
                           {"position", dtype::u64, {1}, bytes(position)}});
  file.commit();
  const source_state read = detail::read_source_state(safetensors(path), "here");
  CHECK((read.sequences[0].from == origin::student && !read.sequences[0].replayed));
  CHECK((read.sequences[1].from == origin::dataset && read.sequences[1].replayed));
}

TEST_CASE("A file that is no state of a source is refused") {
  test_folder folder;
  const std::string path = folder / "source.safetensors";
  const auto refused = [&](const std::vector<std::uint64_t>& lengths,
                           std::vector<std::uint8_t> from, dtype type, const std::string& text) {
    const std::vector<token> tokens{1, 2, 3};
    const std::vector<float> weights{1, 1, 1};
    const std::vector<std::uint64_t> position{0};
    const auto bytes = [](const auto& v) { return std::as_bytes(std::span(v)); };
    std::filesystem::remove(path);
    output_file file(path);
    write_safetensors(file, {{"tokens", type, {3}, bytes(tokens)},
                             {"weights", dtype::f32, {3}, bytes(weights)},
                             {"lengths", dtype::u64, {lengths.size()}, bytes(lengths)},
                             {"origins", dtype::u8, {from.size()}, bytes(from)},
                             {"position", dtype::u64, {1}, bytes(position)}});
    file.commit();
    CHECK_ERROR(detail::read_source_state(safetensors(path), "here"), errc::bad_format, text);
  };
  refused({3}, {0}, dtype::f32, "\"tokens\" is F32 (3), want a list of I32");
  refused({2}, {0}, dtype::i32, "has 3 tokens, its sequences 2");
  refused({2, 2}, {0, 0}, dtype::i32, "sequence 1 of \"\" has 2 tokens");
  refused({2, ~std::uint64_t{0}}, {0, 0}, dtype::i32, "which cannot be");
  refused({3}, {6}, dtype::i32, "origin 6, which cannot be");
  refused({3}, {0, 0}, dtype::i32, "do not fit together");
}

TEST_CASE("A mixture carries what its parts carry, and gives it back to them") {
  const auto data = toy::ragged_dataset(9, 5);
  auto student = toy::random_bigram(5);
  const auto make = [&] {
    return mixture{replay{on_policy{data, {.max_new_tokens = 3}}, 4}, replay{fixed{data}, 6}, 0.5,
                   draw_per::sequence};
  };
  auto first = make(), second = make();
  for (gkd::index k = 0; k < 9; ++k) first.next(student, {.number = k, .size = 3, .round = k});
  const source_state state = first.state();
  REQUIRE(state.parts.size() == 2);
  CHECK(state.parts[0].sequences.size() == 4);
  CHECK(state.parts[1].sequences.size() == 6);
  second.restore(written_and_read(state));
  CHECK(same(second.state(), state));
  for (gkd::index k = 9; k < 20; ++k) {
    const batch_request request{.number = k, .size = 3, .round = k};
    const auto a = *first.next(student, request), b = *second.next(student, request);
    CHECK(std::equal(a.tokens().begin(), a.tokens().end(), b.tokens().begin(), b.tokens().end()));
  }
  CHECK_ERROR(second.restore({}), errc::bad_checkpoint, "mixture: the saved state is of 0 sources");
  mixture plain{on_policy{data}, fixed{data}, 0.5};
  static_assert(!detail::gives_state<decltype(plain)>);
}

TEST_CASE("A replay of what carries something keeps both") {
  const auto data = toy::ragged_dataset(9, 5);
  auto student = toy::random_bigram(5);
  replay twice{replay{fixed{data}, 3}, 5};
  for (gkd::index k = 0; k < 9; ++k) twice.next(student, {.number = k, .size = 2});
  const source_state state = twice.state();
  REQUIRE(state.parts.size() == 1);
  CHECK(state.sequences.size() == 5);
  CHECK(state.parts[0].sequences.size() == 3);
  replay again{replay{fixed{data}, 3}, 5};
  again.restore(state);
  CHECK(same(again.state(), state));
  replay once{fixed{data}, 5};
  CHECK_ERROR(once.restore(state), errc::bad_checkpoint, "of 1 sources below, want 0");
}

TEST_CASE("The fingerprint of a source is its data's; of two, one of both in their order") {
  const with_fingerprint a{toy::ragged_dataset(3, 5), 10}, b{toy::ragged_dataset(3, 5), 11};
  const auto none = toy::ragged_dataset(3, 5);
  const auto of = [](const auto& first, const auto& second) {
    return mixture{fixed{first}, fixed{second}, 0.5}.fingerprint();
  };
  CHECK(fixed{a}.fingerprint() == 10);
  CHECK(replay{fixed{b}}.fingerprint() == 11);
  CHECK(of(a, none) == 10);
  CHECK(of(none, b) == 11);
  CHECK(of(a, b) != of(b, a));
  CHECK(of(a, b) != of(a, a));
  static_assert(!detail::has_fingerprint<fixed<const toy::dataset&>>);
  CHECK(detail::data_to_json(fixed{a}).dump() ==
        R"({"examples":3,"fingerprint":"000000000000000a"})");
}

TEST_CASE("A configuration that only one of two teachers tells is one difference") {
  const nlohmann::json before = {{"name", "unnamed"}, {"fingerprint", "12"}};
  nlohmann::json now = before, then = before;
  now.update({{"config.name", "transformer"}, {"config.width", 8}, {"config.layers", 2}});
  const nlohmann::json whole = now;
  detail::name_missing_configs(then, now);
  CHECK(detail::difference(then, now, "this run's teacher") ==
        "config is absent, \"transformer\" in this run's teacher");
  now = whole;
  detail::name_missing_configs(now, then);
  CHECK(detail::difference(now, then, "this run's teacher") ==
        "config is \"transformer\", absent in this run's teacher");
  now = then = whole;
  now["config.width"] = 9;
  detail::name_missing_configs(then, now);
  CHECK(detail::difference(then, now, "this") == "config.width is 8, 9 in this");

  nlohmann::json source = {{"name", "mixture"}, {"b.teacher.config.name", "mlp"},
                           {"b.teacher.config.width", 8}, {"b.teacher.fingerprint", "12"}};
  nlohmann::json old = {{"name", "mixture"}, {"b.teacher.fingerprint", "12"}};
  detail::name_missing_configs(old, source);
  CHECK(detail::difference(old, source, "this run's source") ==
        "b.teacher.config is absent, \"mlp\" in this run's source");
}
