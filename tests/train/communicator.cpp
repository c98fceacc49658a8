// SPDX-License-Identifier: Apache-2.0
// Several processes, played by threads: the same global batch gives the same run [N26].
#include <gkd/data/fixed.hpp>
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/divergence/jsd.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/train/trainer.hpp>

#include <barrier>
#include <functional>
#include <memory>
#include <thread>

#include "support/catch.hpp"
#include "support/toy.hpp"

using namespace gkd;

namespace {

/// Sums in the order of the ranks, so that every rank gets the same bits.
class thread_communicator {
 public:
  struct meeting {
    explicit meeting(gkd::index n) : arrived(static_cast<std::ptrdiff_t>(n)), parts(n) {}
    std::barrier<> arrived;
    std::vector<std::vector<double>> parts;
  };
  thread_communicator(meeting& m, gkd::index rank) : meeting_(&m), rank_(rank) {}
  gkd::index rank() const { return rank_; }
  gkd::index size() const { return meeting_->parts.size(); }
  template <class T>
  void all_reduce_sum(std::span<T> numbers) const {
    meeting_->parts[rank_].assign(numbers.begin(), numbers.end());
    meeting_->arrived.arrive_and_wait();
    for (gkd::index i = 0; i < numbers.size(); ++i) {
      double sum = 0;
      for (const auto& part : meeting_->parts) sum += part[i];
      numbers[i] = static_cast<T>(sum);
    }
    meeting_->arrived.arrive_and_wait();
  }
  template <class T>
  void broadcast(std::span<T> numbers, gkd::index root) const {
    meeting_->parts[rank_].assign(numbers.begin(), numbers.end());
    meeting_->arrived.arrive_and_wait();
    for (gkd::index i = 0; i < numbers.size(); ++i)
      numbers[i] = static_cast<T>(meeting_->parts[root][i]);
    meeting_->arrived.arrive_and_wait();
  }

 private:
  meeting* meeting_;
  gkd::index rank_;
};

struct run_outcome {
  std::vector<double> losses;
  std::vector<double> table;
};

struct recorder {
  std::vector<double>& losses;
  void on_step(const step_event& e) { losses.push_back(e.loss); }
};

/// The outcome of every rank of `processes` that share a batch of 8.
std::vector<run_outcome> run_on(gkd::index processes, double lambda, normaliser how) {
  static const auto data = toy::ragged_dataset(24, 5);
  thread_communicator::meeting meeting(processes);
  std::vector<run_outcome> outcomes(processes);
  std::vector<std::jthread> ranks;
  for (gkd::index r = 0; r < processes; ++r)
    ranks.emplace_back([&, r] {
      auto teacher = toy::random_bigram<double>(5);
      tabular<double> student(5);
      trainer t{student,
                teacher,
                generalized_jsd{0.5},
                mixture{on_policy{data, {.max_new_tokens = 5}}, fixed{data}, lambda},
                adamw{},
                training_options{.per_device_train_batch_size = 8 / processes,
                                 .max_steps = 20,
                                 .learning_rate = 0.05,
                                 .loss_normaliser = how},
                recorder{outcomes[r].losses},
                thread_communicator(meeting, r)};
      t.train();
      outcomes[r].table.assign(student.table().data, student.table().data + 25);
    });
  ranks.clear();
  return outcomes;
}

}  // namespace

TEST_CASE("1, 2 and 4 processes with the same global batch train the same student [N26]") {
  for (normaliser how : {normaliser::token_mean, normaliser::sequence_mean})
    for (double lambda : {0.0, 0.5, 1.0}) {
      const run_outcome single = run_on(1, lambda, how)[0];
      for (gkd::index processes : {2, 4}) {
        const auto ranks = run_on(processes, lambda, how);
        for (const run_outcome& rank : ranks) {
          CHECK(rank.table == ranks[0].table);  // every rank holds the same student, to the bit
          CHECK(rank.losses == ranks[0].losses);
        }
        INFO("lambda " << lambda << ", " << processes << " processes");
        for (gkd::index i = 0; i < single.losses.size(); ++i)
          CHECK(ranks[0].losses[i] == Approx(single.losses[i]).epsilon(1e-11).margin(1e-14));
        for (gkd::index i = 0; i < single.table.size(); ++i)
          CHECK(ranks[0].table[i] == Approx(single.table[i]).epsilon(1e-9).margin(1e-11));
      }
    }
}
