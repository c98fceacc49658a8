// SPDX-License-Identifier: Apache-2.0
// How the processes of a run go through a step together. Sums need every process: one that left
// with an exception would let the others wait for it for ever. So what can fail is done between two
// sums, and the second carries who failed, and who was asked to stop:
//
//   agree(policies, numbers, {&stop}, [&] { ... });     then all go on, or all throw
#pragma once

#include <gkd/concepts.hpp>
#include <gkd/core/error.hpp>

#include <cstdint>           // uint64_t
#include <exception>         // exception_ptr
#include <initializer_list>  // initializer_list
#include <span>              // span
#include <stdexcept>         // runtime_error
#include <string>            // string
#include <string_view>       // string_view
#include <tuple>             // apply
#include <vector>            // vector

namespace gkd::inline v0::detail {

/// f(communicator) for the one among a trainer's policies, if there is one.
template <class Policies, class F>
void with_communicator(const Policies& policies, const F& f) {
  const auto call = [&]<class P>(const P& policy) {
    if constexpr (communicator<P>) f(policy);
  };
  std::apply([&](const auto&... policy) { (call(policy), ...); }, policies);
}
template <class Policies>
index processes_of(const Policies& policies) {
  index size = 1;
  with_communicator(policies, [&](const auto& c) { size = c.size(); });
  return size;
}
template <class Policies>
index rank_of(const Policies& policies) {
  index rank = 0;
  with_communicator(policies, [&](const auto& c) { rank = c.rank(); });
  return rank;
}
/// Adds the numbers of all processes up, in place.
template <class Policies, class T>
void add_up(const Policies& policies, std::span<T> numbers) {
  with_communicator(policies, [&](const auto& c) { c.all_reduce_sum(numbers); });
}

/// What agree() says of a process: 0, or 1 + the errc of its error, or -1 for another exception.
inline void check_failures(std::span<const double> failures) {
  for (index r = 0; r < failures.size(); ++r) {
    if (failures[r] == 0.0) continue;
    const std::string who = concat("process ", r, " of ", failures.size(), " failed");
    if (failures[r] < 0.0)
      throw std::runtime_error(concat("gkd: ", who, " with an exception of the program's own"));
    const auto code = static_cast<errc>(static_cast<int>(failures[r]) - 1);
    fail(code, who, " (", name_of(code), "): its own error says where and why");
  }
}

/// Does f() in every process, and adds `numbers`, which f may write, up over all of them; each of
/// `flags`, as many in every process, is then true where it was in one. Where f throws in one
/// process, all throw: that one its exception, the others an error with the same code that names
/// it, or a std::runtime_error if it was no gkd::error; the flags are those of all then, too. f
/// itself must not ask the communicator for anything.
template <class Policies, class F>
void agree(const Policies& policies, std::span<double> numbers, std::initializer_list<bool*> flags,
           const F& f) {
  const index size = processes_of(policies);
  if (size == 1) return f();
  std::exception_ptr mine;
  double failure = 0.0;
  try {
    f();
  } catch (const error& e) {
    mine = std::current_exception();
    failure = 1.0 + static_cast<int>(e.code());
  } catch (...) {
    mine = std::current_exception();
    failure = -1.0;
  }
  std::vector<double> sums(numbers.begin(), numbers.end());
  for (const bool* flag : flags) sums.push_back(*flag ? 1.0 : 0.0);
  sums.resize(sums.size() + size);
  const std::span<double> failures = std::span(sums).last(size);
  failures[rank_of(policies)] = failure;
  add_up(policies, std::span<double>(sums));
  index at = numbers.size();
  for (bool* flag : flags) *flag = sums[at++] > 0.0;  // also for who goes on in spite of the error
  if (mine) std::rethrow_exception(mine);
  check_failures(failures);
  for (index i = 0; i < numbers.size(); ++i) numbers[i] = sums[i];
}

template <class Policies, class F>
void agree(const Policies& policies, const F& f) {
  agree(policies, {}, {}, f);
}

/// f() in one process, which others may not have to do: where it throws, it is the next
/// agree(policies, f) of the others in which they hear of it.
template <class Policies, class F>
auto or_agree(const Policies& policies, const F& f) {
  try {
    return f();
  } catch (...) {
    agree(policies, [] { throw; });
    throw;
  }
}

/// FNV-1a of texts, as much of it as a double holds: what processes compare.
class text_hash {
 public:
  text_hash& add(std::string_view text) {
    for (char c : text) bits_ = (bits_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return *this;
  }
  double value() const { return double(bits_ >> 11); }

 private:
  std::uint64_t bits_ = 0xcbf29ce484222325u;
};

/// A number of each process, for all of them.
template <class Policies>
std::vector<double> of_each_process(const Policies& policies, double mine) {
  std::vector<double> all(processes_of(policies));
  all[rank_of(policies)] = mine;
  add_up(policies, std::span<double>(all));
  return all;
}

/// Throws bad_checkpoint, in all processes, unless all are at this step and, as `apart` says, none
/// has gone back to it without the others: their sums would be of different steps.
template <class Policies>
void check_same_step(const Policies& policies, long step, bool apart) {
  const std::vector<double> steps = of_each_process(policies, double(step));
  const std::string who =
      concat("process ", rank_of(policies), " of ", steps.size(), " is at step ", step);
  const std::string_view want =
      "; want a resume() in which all see the same checkpoints, or new trainers";
  for (index r = 0; r < steps.size(); ++r)
    if (steps[r] != double(step))
      fail(errc::bad_checkpoint, who, ", process ", r, " at step ", steps[r], want);
  if (apart)
    fail(errc::bad_checkpoint, who, " as all are, but not all have gone back to it", want);
}

}  // namespace gkd::inline v0::detail
