// SPDX-License-Identifier: Apache-2.0
// Runs the table of backend operations (op_cases.hpp, step_cases.hpp) on one backend.
//
//   agrees_with_long_double<gkd::eigen, float>();
//   same_bits_for_any_threads<gkd::eigen, float>();
#pragma once

#include <gkd/backend/host_backend.hpp>
#include <gkd/backend/workspace.hpp>

#include "backend/step_cases.hpp"
#include "support/catch.hpp"

#include <cstddef>  // ptrdiff_t
#include <cstring>  // memcmp
#include <map>      // map

namespace backend_test {

/// Runs an operation on placed tables. What it returned (0 for none) and what the tensors hold
/// then.
template <class T>
struct outcome {
  double returned = 0.0;
  std::vector<std::vector<T>> tensors;
  bool intact = true;  // nothing written beside the tensors

  /// Bit for bit, NaN included.
  bool same_bits(const outcome& other) const {
    bool same = returned == other.returned && tensors.size() == other.tensors.size();
    for (index i = 0; same && i < tensors.size(); ++i)
      same = tensors[i].size() == other.tensors[i].size() &&
             (tensors[i].empty() || std::memcmp(tensors[i].data(), other.tensors[i].data(),
                                                tensors[i].size() * sizeof(T)) == 0);
    return same;
  }
};

template <class T, class Backend, class Op>
outcome<T> run(const Backend& backend, const tables& tensors, const Op& op, bool wide) {
  std::vector<placed<Backend, T>> memory;
  memory.reserve(tensors.size());
  std::vector<gkd::matrix_view<T, typename Backend::space>> views;
  for (const table& x : tensors) {
    memory.emplace_back(backend, x, wide);
    views.push_back(memory.back().view());
  }
  outcome<T> out;
  if constexpr (std::is_void_v<decltype(op(backend, views))>) {
    op(backend, views);
  } else {
    out.returned = op(backend, views);
  }
  backend.synchronize();
  for (auto& m : memory) {
    out.tensors.push_back(m.content());
    out.intact = out.intact && m.intact();
  }
  return out;
}

template <class Truth>
real truth_of(const Truth& truth, tables& tensors) {
  if constexpr (std::is_void_v<decltype(truth(tensors))>) {
    truth(tensors);
    return 0;
  } else {
    return truth(tensors);
  }
}

/// The largest error in units of epsilon times the largest wanted entry, of the tensor or of the
/// row. A few denormals more or less are no error.
template <class T>
real worst_error(const std::vector<T>& got, const table& want, bool by_row) {
  const auto largest = [](auto first, auto last) {
    real top = 0;
    for (; first != last; ++first) top = std::max(top, std::fabs(*first));
    return top;
  };
  const real whole = largest(want.at.begin(), want.at.end());
  real worst = 0;
  for (index i = 0; i < want.rows; ++i) {
    const auto row = want.at.begin() + static_cast<std::ptrdiff_t>(i * want.cols);
    const real scale = by_row ? largest(row, row + static_cast<std::ptrdiff_t>(want.cols)) : whole;
    for (index j = 0; j < want.cols; ++j) {
      const real error = std::fabs(static_cast<real>(got[i * want.cols + j]) - want(i, j));
      if (std::isnan(error)) return std::numeric_limits<real>::infinity();
      const real denormals = 4 * static_cast<real>(std::numeric_limits<T>::denorm_min());
      if (error > denormals) worst = std::max(worst, error / scale);
    }
  }
  return worst / static_cast<real>(std::numeric_limits<T>::epsilon());
}

/// Contiguous, and as columns of a wider matrix.
template <class Backend, class T>
void agrees_with_long_double() {
  const Backend backend;
  every_case<T>(small_shapes(), false,
                [&](const std::string& name, tables tensors, const auto& op, const auto& truth,
                    tolerance allowed) {
                  for (table& x : tensors) x = rounded<T>(x);
                  tables want = tensors;
                  const real returned = truth_of(truth, want);
                  const double limit =
                      std::is_same_v<T, float> ? allowed.in_float : allowed.in_double;
                  for (const bool wide : {false, true}) {
                    INFO(name << (wide ? " in a wider matrix" : "") << ", first tensor "
                              << tensors[0].rows << " x " << tensors[0].cols);
                    const outcome<T> got = run<T>(backend, tensors, op, wide);
                    CHECK(got.intact);
                    for (index i = 0; i < want.size(); ++i) {
                      INFO("tensor " << i);
                      // what is only read keeps its bits
                      const double error =
                          static_cast<double>(worst_error(got.tensors[i], want[i], allowed.by_row));
                      CHECK(error <= (want[i] == tensors[i] ? 0.0 : limit));
                    }
                    CHECK(std::fabs(static_cast<real>(got.returned) - returned) <=
                          1e-13L * std::fabs(returned));
                  }
                });
}

/// Threads that note the fewest chunks that a loop was cut into since fewest() was set.
class counting_threads {
 public:
  counting_threads(index threads) : pool_(threads) {}

  template <class F>
  void parallel(index count, index grain, const F& f) const {
    if (count != 0) fewest() = std::min(fewest(), gkd::detail::chunk_list(count, grain).size);
    pool_.parallel(count, grain, f);
  }
  static index& fewest() {
    static index chunks = 0;
    return chunks;
  }

 private:
  gkd::thread_pool pool_;
};

/// The fewest chunks of any loop of the operation, run on one thread; 0 where it has no loop.
template <class T, class V, class Op>
index chunks_of(const gkd::host_backend<V>&, const tables& tensors, const Op& op) {
  constexpr index none = std::numeric_limits<index>::max();
  counting_threads::fewest() = none;
  run<T>(gkd::host_backend<V, counting_threads>{.threads = 1}, tensors, op, false);
  const index fewest = counting_threads::fewest();
  return fewest == none ? 0 : fewest;
}

/// The same bits, and every loop of every operation cut in two chunks or more by one case at least.
template <class Backend, class T>
void same_bits_for_any_threads() {
  const Backend one{.threads = 1};
  const Backend more[] = {{.threads = 2}, {.threads = 3}, {.threads = 4}, {.threads = 8}};
  std::map<std::string, index> chunks;
  const auto check = [&](const std::string& name, tables tensors, const auto& op, const auto&,
                         tolerance) {
    INFO(name << ", first tensor " << tensors[0].rows << " x " << tensors[0].cols);
    for (table& x : tensors) x = rounded<T>(x);
    const outcome<T> want = run<T>(one, tensors, op, false);
    for (const Backend& backend : more) {
      INFO(backend.threads.size() << " threads");
      CHECK(run<T>(backend, tensors, op, false).same_bits(want));
    }
    chunks[name] = std::max(chunks[name], chunks_of<T>(one, tensors, op));
  };
  every_case<T>(large_shapes(), true, check);
  light_cases<T>(larger_shapes(), check);
  for (const auto& [name, most] : chunks) {
    const bool small = name.find("adversarial") != std::string::npos || name == "gemm of nothing";
    INFO(name << ": " << most << " chunks");
    CHECK((small || name == "sum_of_squares" || most >= 2));  // the sum has no loop in parallel
  }
}

}  // namespace backend_test
