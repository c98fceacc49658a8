// SPDX-License-Identifier: Apache-2.0
// What processes give each other of their students, on the host and where it cannot follow.
#include <gkd/comm/single.hpp>
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/optim/sgd.hpp>
#include <gkd/train/evaluation.hpp>
#include <gkd/train/exchange.hpp>

#include <functional>
#include <thread>

#include "support/catch.hpp"
#include "support/far_backend.hpp"
#include "support/throws.hpp"
#include "train/runs.hpp"
#include "train/threads.hpp"

using namespace gkd;
using threads::on_threads;
using threads::thread_communicator;

namespace {

/// The numbers of a model's parameters, wherever they are.
template <class Model>
std::vector<float> values_of(Model& model) {
  std::vector<float> all;
  for_each_value(model, [&]<class S>(const parameter_view<float, S>& p) {
    std::vector<float> part(p.value.size());
    backend_of(model).copy(vector_view<const float, S>(p.value.flat()),
                           vector_view<float>(part.data(), part.size()));
    all.insert(all.end(), part.begin(), part.end());
  });
  return all;
}

/// A table whose rows lie apart in memory, so that they are given one by one.
struct table_with_gaps {
  float value[6] = {}, gradient[6] = {};
  void parameters(auto&& visit) {
    visit("table", matrix_view<float>(value, 2, 2, 3), matrix_view<float>(gradient, 2, 2, 3));
    visit("bias", vector_view<float>(value + 5, 1), vector_view<float>(gradient + 5, 1));
  }
};

}  // namespace

TEST_CASE("Two processes share and add up, by hand: gaps stay as they are") {
  std::vector<table_with_gaps> models(2);
  on_threads(2, [&](thread_communicator c) {
    table_with_gaps& m = models[c.rank()];
    for (int i = 0; i < 6; ++i) {
      m.value[i] = static_cast<float>(10 * c.rank()) + static_cast<float>(i);
      m.gradient[i] = static_cast<float>(c.rank() + 1);
    }
    const auto policies = std::tie(c);
    detail::share_parameters(policies, m);
    int calls = 0;
    detail::add_up_gradients(policies, m, [&] { ++calls; });
    if (calls != 1) std::abort();  // Catch2 is for one thread
  });
  for (const table_with_gaps& m : models) {
    const float rank = m.value[2] == 2.0f ? 0.0f : 1.0f;
    CHECK(std::vector<float>(m.value, m.value + 6) ==
          std::vector<float>{0, 1, 10 * rank + 2, 3, 4, 5});
    CHECK(std::vector<float>(m.gradient, m.gradient + 6) ==
          std::vector<float>{3, 3, rank + 1, 3, 3, 3});
  }
  CHECK(models[1].value[2] == 12.0f);
}

TEST_CASE("One process shares with nobody and adds up nothing") {
  table_with_gaps m;
  m.value[0] = m.gradient[0] = 2.0f;
  const std::tuple<single_process> alone;
  detail::share_parameters(alone, m);
  detail::add_up_gradients(alone, m, [] {});
  detail::add_up_gradients(std::tuple<>(), m, [] {});
  CHECK(m.value[0] == 2.0f);
  CHECK(m.gradient[0] == 2.0f);
  CHECK_ERROR(detail::add_up_gradients(alone, m, [] { fail(errc::non_finite, "the norm"); }),
              errc::non_finite, "the norm");
}

TEST_CASE("Students that are not alike are refused by all, before they wait for each other") {
  const auto said_by = [](const auto& of_rank) {
    std::vector<std::string> said(3);
    on_threads(3, [&](thread_communicator c) {
      auto student = of_rank(c.rank());
      try {
        detail::share_parameters(std::tie(c), student);
      } catch (const error& e) {
        said[c.rank()] = concat(name_of(e.code()), " ", e.what());
      }
    });
    return said;
  };
  const auto sizes = said_by([](gkd::index rank) { return tabular<float>(rank == 2 ? 4 : 5); });
  CHECK_THAT(sizes[2], Catch::Contains("the student of process 2 has 1 parameters of 16 numbers in "
                                       "all, that of process 0 1 of 25; want the same names"));
  for (int r : {0, 1})
    CHECK_THAT(sizes[static_cast<gkd::index>(r)],
               Catch::StartsWith("shape_mismatch") && Catch::Contains("process 2 of 3 failed"));
  const transformer_config shape{.vocab_size = 5, .width = 8, .layers = 1, .heads = 2};
  const auto frozen = said_by([&](gkd::index rank) {
    return transformer<reference>(shape, {}, 1, {.gradients = rank != 0});
  });
  CHECK_THAT(frozen[0], Catch::Contains("the model was made without gradients"));
  CHECK_THAT(frozen[1], Catch::Contains("process 0 of 3 failed (bad_argument)"));
}

namespace {

/// A far backend that fails in the n-th of its copies.
struct failing_backend : far_backend {
  std::shared_ptr<int> left = std::make_shared<int>(1 << 30);
  void copy(auto from, auto to) const {
    if ((*left)-- == 0) fail(errc::io_failure, "the device is gone");
    far_backend::copy(from, to);
  }
};
struct far_table {
  failing_backend memory;
  far_buffer<float> value = memory.allocate<float>(4), gradient = memory.allocate<float>(4);
  failing_backend backend() const { return memory; }
  void parameters(auto&& visit) {
    visit("a", value.view().slice(0, 2), gradient.view().slice(0, 2));
    visit("b", value.view().slice(2, 2), gradient.view().slice(2, 2));
  }
};

}  // namespace

TEST_CASE("A copy that fails in one process is an error in all, and none waits for it") {
  for (int good = 0; good < 4; ++good) {
    std::vector<std::string> said(2);
    on_threads(2, [&](thread_communicator c) {
      far_table student;
      if (c.rank() == 1) *student.memory.left = good;
      try {
        if (good % 2 == 0)
          detail::share_parameters(std::tie(c), student);
        else
          detail::add_up_gradients(std::tie(c), student, [&] {
            if (c.rank() == 1) std::abort();  // its gradients are none
          });
      } catch (const error& e) {
        said[c.rank()] = e.what();
      }
    });
    CHECK(said[1] == "gkd: the device is gone");
    CHECK_THAT(said[0], Catch::Contains("process 1 of 2 failed (io_failure)"));
  }
}

TEST_CASE("Processes whose students begin differently went apart: they begin as the first") {
  const auto data = toy::ragged_dataset(24, 5);
  for (bool by_steps : {false, true}) {
    const auto train = [&](std::uint64_t start, gkd::index micro, auto communicator) {
      auto teacher = toy::random_bigram<double>(5);
      auto student = toy::random_bigram<double>(5, start);
      trainer t{student,
                teacher,
                generalized_jsd{0.5},
                on_policy{data, {.max_new_tokens = 4}},
                adamw{},
                training_options{
                    .per_device_train_batch_size = micro, .max_steps = 12, .learning_rate = 0.05},
                communicator};
      if (by_steps)
        while (t.state().step < 12) t.training_step();
      else
        t.train();
      return std::vector(student.table().data, student.table().data + 25);
    };
    const auto one = train(1, 8, single_process{});
    std::vector<std::vector<double>> tables(4);
    on_threads(4, [&](thread_communicator c) { tables[c.rank()] = train(1 + c.rank(), 2, c); });
    for (const auto& table : tables) {
      CHECK(table == tables[0]);
      for (gkd::index i = 0; i < table.size(); ++i)
        CHECK(table[i] == Approx(one[i]).epsilon(1e-10).margin(1e-12));
    }
  }
}

TEST_CASE("The copies that teach where no teacher was given are of the first one's student") {
  const auto data = toy::ragged_dataset(24, 5);
  std::vector<std::vector<float>> taught_by(2), learnt(2);
  on_threads(2, [&](thread_communicator c) {
    auto student = toy::random_bigram(5, 1 + c.rank());
    trainer t{student,
              forward_kl{},
              fixed{data},
              adamw{.weight_decay = 0.1f},
              training_options{.max_steps = 6, .learning_rate = 0.1},
              c};
    t.train();
    taught_by[c.rank()] = values_of(t.teacher());
    learnt[c.rank()] = values_of(student);
  });
  auto first = toy::random_bigram(5, 1);
  CHECK(taught_by[0] == values_of(first));
  CHECK(taught_by[1] == taught_by[0]);
  CHECK(learnt[1] == learnt[0]);
  CHECK(learnt[0] != taught_by[0]);
}

TEST_CASE("A process that resumed from other weights of the same step has the first one's") {
  const runs::memory_folder folder;
  std::vector<std::vector<float>> resumed(2);
  std::vector<float> saved;
  on_threads(2, [&](thread_communicator c) {
    const auto data = toy::ragged_dataset(24, 5);
    auto teacher = toy::random_bigram(5);
    auto student = toy::random_bigram(5, 1 + c.rank());
    const training_options options{.output_dir = folder / std::to_string(c.rank()),
                                   .max_steps = 10};
    trainer alone{student, teacher, forward_kl{}, fixed{data}, adamw{}, options, checkpoints{}};
    alone.training_step();
    const std::string path = alone.save();
    if (c.rank() == 0) saved = values_of(student);
    auto again = options;
    again.output_dir += "/again";
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              adamw{},
              again,
              c,
              checkpoints{{.strict = false, .from = path, .on_note = {}}}};
    t.resume();
    resumed[c.rank()] = values_of(student);
  });
  CHECK(resumed == std::vector{saved, saved});
}

namespace {

/// What a run came to: losses, metrics and weights.
struct outcome {
  std::vector<double> losses, metrics;
  std::vector<float> weights;
  bool operator==(const outcome&) const = default;
};
struct writes_down {
  outcome& to;
  void on_step(const step_event& e) {
    to.losses.push_back(e.loss);
    to.losses.push_back(e.gradient_norm);
  }
  void on_eval(const eval_event& e) {
    for (const auto& [name, value] : e.values) to.metrics.push_back(value);
  }
};

/// Ten steps of a transformer on its own answers, with evaluations and checkpoints; the last five
/// in a second trainer that resumes the first one's.
template <class Backend, class Communicator>
outcome train_on(const std::string& directory, gkd::index micro, Communicator communicator) {
  const auto data = toy::ragged_dataset(16, 7);
  const Backend backend;
  outcome out;
  transformer<Backend> teacher{runs::tiny_shape(), backend, 2, {.gradients = false}};
  for (long end : {5, 10}) {
    transformer<Backend> student{runs::tiny_shape(), backend, 10 * std::uint64_t(end) + 1};
    trainer t{student,
              teacher,
              generalized_jsd{0.5},
              mixture{on_policy{data, {.max_new_tokens = 3}}, fixed{data}, 0.5},
              adamw{},
              training_options{.output_dir = directory,
                               .per_device_train_batch_size = micro,
                               .max_steps = 10,
                               .learning_rate = 0.02,
                               .eval_strategy = interval::steps,
                               .eval_steps = 5,
                               .save_strategy = interval::no},
              evaluate_on{data, {.generate = true, .generation = {.max_new_tokens = 3}}},
              checkpoints{},
              writes_down{out},
              communicator};
    if (end == 10 && !t.resume()) std::abort();
    if (end == 10) t.train();
    while (t.state().step < end) t.training_step();
    if (end == 5) t.save();
    out.weights = values_of(student);
  }
  return out;
}

}  // namespace

TEST_CASE("trainer: a transformer on memory that the host cannot follow, every bit the same") {
  const runs::memory_folder folder;
  const outcome near = train_on<reference>(folder / "near", 4, single_process{});
  CHECK(near.losses.size() == 20);
  CHECK(near.metrics.size() > 10);
  CHECK(train_on<far_backend>(folder / "far", 4, single_process{}) == near);

  std::vector<outcome> here(2), there(2);
  on_threads(2, [&](thread_communicator c) {
    here[c.rank()] = train_on<reference>(folder / "near2", 2, c);
  });
  on_threads(2, [&](thread_communicator c) {
    there[c.rank()] = train_on<far_backend>(folder / "far2", 2, c);
  });
  CHECK(here[0] == here[1]);
  CHECK(there[0] == here[0]);
  CHECK(there[1] == here[0]);
  for (gkd::index i = 0; i < near.losses.size(); ++i)
    CHECK(here[0].losses[i] == Approx(near.losses[i]).epsilon(1e-3).margin(1e-6));
}
