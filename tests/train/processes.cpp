// SPDX-License-Identifier: Apache-2.0
// Several processes that train one student together: here threads, each with a trainer of its own,
// and a communicator between them.
#include <gkd/comm/single.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>

#include <algorithm>
#include <barrier>
#include <thread>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "train/runs.hpp"

using namespace gkd;

namespace {

/// What the threads of one run share.
struct meeting {
  explicit meeting(std::ptrdiff_t n) : all(n), parts(static_cast<gkd::index>(n)) {}
  std::barrier<> all;
  std::vector<std::vector<double>> parts;
};

/// Adds in the order of the ranks, so that all get the same bits.
struct thread_communicator {
  meeting* with;
  gkd::index number;
  gkd::index rank() const { return number; }
  gkd::index size() const { return with->parts.size(); }
  template <class T>
  void all_reduce_sum(std::span<T> x) const {
    with->parts[number].assign(x.begin(), x.end());
    with->all.arrive_and_wait();
    for (gkd::index i = 0; i < x.size(); ++i) {
      double sum = 0.0;
      for (const auto& part : with->parts) sum += part[i];
      x[i] = static_cast<T>(sum);
    }
    with->all.arrive_and_wait();
  }
  template <class T>
  void broadcast(std::span<T>, gkd::index) const {}
};

/// body(communicator) on each of n threads.
template <class Body>
void on_threads(std::ptrdiff_t n, const Body& body) {
  meeting with(n);
  std::vector<std::jthread> threads;
  for (std::ptrdiff_t r = 0; r < n; ++r)
    threads.emplace_back([&, r] { body(thread_communicator{&with, static_cast<gkd::index>(r)}); });
}

}  // namespace

TEST_CASE("Two and four processes train what one trains with all the batches [N26]") {
  const auto data = toy::ragged_dataset(24, 5);
  const auto train = [&](gkd::index micro, gkd::index accumulation, auto communicator) {
    auto teacher = toy::random_bigram<double>(5);
    tabular<double> student(5);
    trainer t{student,
              teacher,
              generalized_jsd{0.5},
              on_policy{data, {.max_new_tokens = 4}},
              adamw{},
              training_options{.per_device_train_batch_size = micro,
                               .gradient_accumulation_steps = accumulation,
                               .max_steps = 12,
                               .learning_rate = 0.05},
              communicator};
    t.train();
    return std::vector(student.table().data, student.table().data + 25);
  };
  // the same sequences in every step: 8 of them
  const auto one = train(8, 1, single_process{});
  for (gkd::index n : {2u, 4u}) {
    std::vector<std::vector<double>> tables(n);
    on_threads(static_cast<std::ptrdiff_t>(n),
               [&](thread_communicator c) { tables[c.rank()] = train(8 / n, 1, c); });
    for (const auto& table : tables) {
      CHECK(table == tables[0]);
      for (gkd::index i = 0; i < table.size(); ++i)
        CHECK(table[i] == Approx(one[i]).epsilon(1e-10).margin(1e-12));
    }
  }
}

TEST_CASE("The first process saves, all resume, and the end has the same bits") {
  const runs::memory_folder folder;
  const auto data = toy::ragged_dataset(24, 5);
  std::vector<std::string> straight(2), resumed(2);
  const auto with_trainer = [&](thread_communicator c, tabular<float>& student, const auto& use) {
    auto teacher = toy::random_bigram(5);
    trainer t{student,
              teacher,
              generalized_jsd{0.5},
              on_policy{data, {.max_new_tokens = 4}},
              adamw{},
              training_options{.output_dir = folder / "run",
                               .per_device_train_batch_size = 2,
                               .max_steps = 10,
                               .learning_rate = 0.05,
                               .save_strategy = interval::no},
              c,
              checkpoints{}};
    use(t);
  };
  on_threads(2, [&](thread_communicator c) {
    tabular<float> student(5);
    with_trainer(c, student, [&](auto& t) {
      while (t.state().step < 6) t.training_step();
      const std::string path = t.save();
      if (path.empty() != (c.rank() != 0)) std::abort();  // Catch2 is for one thread
      t.train();
      straight[c.rank()] = runs::bits(student);
    });
  });
  CHECK(detail::list_checkpoints(folder / "run").size() == 1);
  on_threads(2, [&](thread_communicator c) {
    tabular<float> student(5);
    with_trainer(c, student, [&](auto& t) {
      if (!t.resume() || t.state().step != 6) std::abort();
      t.train();
      resumed[c.rank()] = runs::bits(student);
    });
  });
  CHECK(straight[0] == straight[1]);
  CHECK(resumed == straight);

  tabular<float> alone(5);
  auto teacher = toy::random_bigram(5);
  trainer t{alone,
            teacher,
            generalized_jsd{0.5},
            on_policy{data, {.max_new_tokens = 4}},
            adamw{},
            training_options{.output_dir = folder / "run",
                             .per_device_train_batch_size = 2,
                             .max_steps = 10,
                             .learning_rate = 0.05},
            checkpoints{}};
  CHECK_ERROR(t.resume(), errc::bad_checkpoint, "processes is 2, 1 in this run");
}

TEST_CASE("Processes that see different checkpoints are stopped") {
  const runs::memory_folder folder;
  std::vector<std::string> said(2);
  on_threads(2, [&](thread_communicator c) {
    const auto data = toy::ragged_dataset(24, 5);
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    trainer t{student,
              teacher,
              generalized_jsd{0.5},
              fixed{data},
              adamw{},
              training_options{.output_dir = folder / std::to_string(c.rank()),
                               .max_steps = 10,
                               .save_strategy = interval::no},
              c,
              checkpoints{}};
    t.training_step();
    t.save();  // the first process alone
    t.training_step();
    try {
      t.resume();
    } catch (const error& e) {
      said[c.rank()] = e.what();
    }
  });
  for (const std::string& text : said)
    CHECK(text.find("others did not: all must see the same checkpoints") != text.npos);
}

TEST_CASE("What each process carries from batch to batch is not kept in one checkpoint") {
  const runs::memory_folder folder;
  meeting with(2);
  const auto data = toy::ragged_dataset(24, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  CHECK_ERROR((trainer{student, teacher, generalized_jsd{0.5}, replay{fixed{data}}, adamw{},
                       training_options{.output_dir = folder / "run", .max_steps = 10},
                       thread_communicator{&with, 0}, checkpoints{}}),
              errc::bad_argument, "each of 2 processes its own");
}
