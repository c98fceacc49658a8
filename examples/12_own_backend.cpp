// SPDX-License-Identifier: Apache-2.0
// A backend of one's own: five members, and any operation that it does better than the plain loops.
// This one counts. A transformer runs on it without knowing.
#include <gkd/gkd.hpp>

#include <algorithm>  // copy_n
#include <cstdio>     // printf
#include <memory>     // shared_ptr

// [backend]
struct counting_backend {
  using space = gkd::host_space;  // the host may follow its pointers
  std::shared_ptr<long> products = std::make_shared<long>(0);
  std::shared_ptr<long> norms = std::make_shared<long>(0);

  template <class T>
  gkd::host_buffer<T> allocate(gkd::index n) const {  // zeros
    return gkd::host_buffer<T>(n);
  }
  template <class T>
  void copy(gkd::vector_view<const T> from, gkd::vector_view<T> to) const {
    std::copy_n(from.data, from.size, to.data);
  }
  // C = alpha op(A) op(B) + beta C, where C is not read if beta is 0
  template <class T>
  void gemm(gkd::transpose op_a, gkd::transpose op_b, T alpha, gkd::matrix_view<const T> a,
            gkd::matrix_view<const T> b, T beta, gkd::matrix_view<T> c) const {
    ++*products;
    const gkd::index inner = op_a == gkd::transpose::no ? a.cols : a.rows;
    for (gkd::index i = 0; i < c.rows; ++i)
      for (gkd::index j = 0; j < c.cols; ++j) {
        T sum = 0;
        for (gkd::index k = 0; k < inner; ++k)
          sum += (op_a == gkd::transpose::no ? a(i, k) : a(k, i)) *
                 (op_b == gkd::transpose::no ? b(k, j) : b(j, k));
        c(i, j) = alpha * sum + (beta == T(0) ? T(0) : beta * c(i, j));
      }
  }
  void synchronize() const {}  // nothing is under way here

  // --- optional: found by its name and taken in place of the plain loop
  template <class T>
  void rms_norm(gkd::matrix_view<const T> x, gkd::vector_view<const T> gain, gkd::norm_options o,
                gkd::matrix_view<T> out) const {
    ++*norms;
    gkd::loop::rms_norm(x, gain, o, out);
  }
};
// [/backend]

int main() {
  const gkd::transformer_config shape{.vocab_size = 11, .width = 16, .layers = 2, .heads = 2};
  const counting_backend backend;
  gkd::transformer model{shape, backend, /*seed*/ 1};
  gkd::transformer same{shape, gkd::reference{}, /*seed*/ 1};

  const gkd::sequence s{{3, 1, 4, 1, 5, 9, 2, 6}, {0, 1, 1, 1, 1, 1, 1, 1}};
  const gkd::token_batch batch(std::span(&s, 1));
  const auto mine = model.logits(batch), reference = same.logits(batch);  // (7, 11)
  double worst = 0.0;
  for (gkd::index n = 0; n < mine.rows; ++n)
    for (gkd::index v = 0; v < mine.cols; ++v) {
      const double off = std::abs(double(mine(n, v)) - double(reference(n, v)));
      if (!(off <= worst)) worst = off;  // NaN is the worst
    }
  std::printf("logits (%zu, %zu), %s the reference's\n", mine.rows, mine.cols,
              worst < 1e-5 ? "equal to" : "DIFFERENT from");
  std::printf("forward: %ld products, %ld norms\n", *backend.products, *backend.norms);
  model.backward(batch, mine);  // the gradient of half the sum of the squared logits
  std::printf("and back: %ld products, %ld norms\n", *backend.products, *backend.norms);
  return worst < 1e-5 ? 0 : 1;
}
