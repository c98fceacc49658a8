// SPDX-License-Identifier: Apache-2.0
// The row kernel and every built-in divergence as device code: one thread per row. It is compiled,
// not run, where there is no device:
//   nvcc -std=c++20 -c --Werror all-warnings -Iinclude tests/gpu/divergence_row.cu -o /dev/null
#include <gkd/divergence/any.hpp>
#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/divergence/row.hpp>

// a divergence of a user's own, by its formula alone
struct squared_hellinger {
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using namespace gkd::math;
    const T d = exp(log_p / T(2)) - exp(log_q / T(2));
    return d * d;
  }
};

// a divergence of whole rows
struct largest_gap {
  GKD_FN double row(const double* log_p, const double* log_q, double* grad, gkd::index n) const {
    gkd::index at = 0;
    double gap = 0.0;
    for (gkd::index v = 0; v < n; ++v) {
      const double d = gkd::math::abs(gkd::math::exp(log_p[v]) - gkd::math::exp(log_q[v]));
      if (d > gap) gap = d, at = v;
    }
    const double q = gkd::math::exp(log_q[at]);
    grad[at] = q > gkd::math::exp(log_p[at]) ? q : -q;
    return gap;
  }
};

// teacher, student, dz (N, V), value (N), scratch (N, row_scratch)
template <class D, class T>
__global__ void divergence_rows(D divergence, const T* teacher, const T* student, gkd::index rows,
                                gkd::index vocab, T* dz, double* value, double* scratch) {
  const gkd::index n = gkd::index(blockIdx.x) * blockDim.x + threadIdx.x;
  if (n >= rows) return;
  const gkd::row_pair<T> row{teacher + n * vocab, student + n * vocab, vocab, vocab, vocab};
  value[n] = gkd::divergence_row(divergence, row, 1.0, 1.0, dz + n * vocab,
                                 scratch + n * gkd::row_scratch<D>(vocab))
                 .value;
}

template <class T>
__global__ void cross_entropy_rows(const T* student, const gkd::token* label, gkd::index rows,
                                   gkd::index vocab, T* dz, double* value, double* scratch) {
  const gkd::index n = gkd::index(blockIdx.x) * blockDim.x + threadIdx.x;
  if (n >= rows) return;
  value[n] = gkd::cross_entropy_row(student + n * vocab, vocab, vocab, gkd::index(label[n]), 1.0,
                                    1.0, dz + n * vocab, scratch + n * vocab)
                 .value;
}

template <class D, class T>
void launch(D divergence) {
  divergence_rows<<<1, 32>>>(divergence, static_cast<const T*>(nullptr),
                             static_cast<const T*>(nullptr), gkd::index(0), gkd::index(0),
                             static_cast<T*>(nullptr), static_cast<double*>(nullptr),
                             static_cast<double*>(nullptr));
}

template <class T>
void launch_all() {
  launch<gkd::any_divergence, T>(gkd::forward_kl{});  // all built-ins
  launch<gkd::generalized_jsd_at<1, 2>, T>({});
  launch<squared_hellinger, T>({});
  launch<largest_gap, T>({});
  cross_entropy_rows<<<1, 32>>>(static_cast<const T*>(nullptr),
                                static_cast<const gkd::token*>(nullptr), gkd::index(0),
                                gkd::index(0), static_cast<T*>(nullptr),
                                static_cast<double*>(nullptr), static_cast<double*>(nullptr));
}

int main() {
  launch_all<float>();
  launch_all<double>();
}
