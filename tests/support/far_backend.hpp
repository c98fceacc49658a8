// SPDX-License-Identifier: Apache-2.0
// A backend whose memory the host cannot follow, twice over: its space says so, which the compiler
// holds everyone to; and its pages are closed to all access except while one of its operations
// runs, which the processor holds everyone to, should somebody use raw().
#pragma once

#include <gkd/backend/ops.hpp>
#include <gkd/backend/reference.hpp>

#include <sys/mman.h>

#include <map>     // map
#include <memory>  // shared_ptr
#include <new>     // bad_alloc

struct far_space {
  static constexpr bool host_accessible = false;
};

/// The pages that a far_backend and its copies gave out and that are still in use.
class far_pages {
 public:
  void* allocate(gkd::index bytes) {
    void* p = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    stretches_[p] = bytes;
    return p;
  }
  void release(void* p) {
    munmap(p, stretches_.at(p));
    stretches_.erase(p);
  }
  void protect(int how) {
    for (const auto& [begin, bytes] : stretches_) mprotect(begin, bytes, how);
  }

 private:
  std::map<void*, gkd::index> stretches_;
};

template <class T>
struct far_buffer {
  std::shared_ptr<void> pages;
  T* data = nullptr;
  gkd::index count = 0;
  gkd::index size() const { return count; }
  gkd::vector_view<T, far_space> view() { return {gkd::remote_pointer<T, far_space>(data), count}; }
  gkd::vector_view<const T, far_space> view() const {
    return {gkd::remote_pointer<const T, far_space>(data), count};
  }
};

/// Every operation, by the reference.
class far_backend {
 public:
  using space = far_space;

  template <class T>
  far_buffer<T> allocate(gkd::index n) const {
    if (n == 0) return {};
    void* data = pages_->allocate(gkd::detail::product_of_sizes(n, sizeof(T)));
    const auto release = [pages = pages_](void* p) { pages->release(p); };
    return {std::shared_ptr<void>(data, release), static_cast<T*>(data), n};
  }
  void synchronize() const {}
  /// Calls of copy so far, of all copies of this backend.
  long copies() const { return *copies_; }
  void copy(auto from, auto to) const {
    ++*copies_;
    with([&](auto f, auto t) { gkd::reference{}.copy(f, t); }, from, to);
  }
  void gemm(auto... a) const { with(gkd::ops::gemm, gkd::reference{}, a...); }
  void fill(auto... a) const { with(gkd::ops::fill, gkd::reference{}, a...); }
  void add(auto... a) const { with(gkd::ops::add, gkd::reference{}, a...); }
  void add_bias(auto... a) const { with(gkd::ops::add_bias, gkd::reference{}, a...); }
  void add_bias_backward(auto... a) const {
    with(gkd::ops::add_bias_backward, gkd::reference{}, a...);
  }
  void scale(auto... a) const { with(gkd::ops::scale, gkd::reference{}, a...); }
  void gather_rows(auto... a) const { with(gkd::ops::gather_rows, gkd::reference{}, a...); }
  void scatter_rows(auto... a) const { with(gkd::ops::scatter_rows, gkd::reference{}, a...); }
  void scatter_add_rows(auto... a) const {
    with(gkd::ops::scatter_add_rows, gkd::reference{}, a...);
  }
  void embed(auto... a) const { with(gkd::ops::embed, gkd::reference{}, a...); }
  void embed_backward(auto... a) const { with(gkd::ops::embed_backward, gkd::reference{}, a...); }
  void rms_norm(auto... a) const { with(gkd::ops::rms_norm, gkd::reference{}, a...); }
  void rms_norm_backward(auto... a) const {
    with(gkd::ops::rms_norm_backward, gkd::reference{}, a...);
  }
  void layer_norm(auto... a) const { with(gkd::ops::layer_norm, gkd::reference{}, a...); }
  void layer_norm_backward(auto... a) const {
    with(gkd::ops::layer_norm_backward, gkd::reference{}, a...);
  }
  void rope(auto... a) const { with(gkd::ops::rope, gkd::reference{}, a...); }
  void attention(auto... a) const { with(gkd::ops::attention, gkd::reference{}, a...); }
  void attention_backward(auto... a) const {
    with(gkd::ops::attention_backward, gkd::reference{}, a...);
  }
  void activate(auto... a) const { with(gkd::ops::activate, gkd::reference{}, a...); }
  void activate_backward(auto... a) const {
    with(gkd::ops::activate_backward, gkd::reference{}, a...);
  }
  void gated(auto... a) const { with(gkd::ops::gated, gkd::reference{}, a...); }
  void gated_backward(auto... a) const { with(gkd::ops::gated_backward, gkd::reference{}, a...); }
  void softcap(auto... a) const { with(gkd::ops::softcap, gkd::reference{}, a...); }
  void softcap_backward(auto... a) const {
    with(gkd::ops::softcap_backward, gkd::reference{}, a...);
  }
  double sum_of_squares(auto x) const {
    double sum = 0.0;
    with([&](auto near_x) { sum = gkd::ops::sum_of_squares(gkd::reference{}, near_x); }, x);
    return sum;
  }
  void divergence_rows(auto... a) const { with(gkd::ops::divergence_rows, gkd::reference{}, a...); }
  void cross_entropy_rows(auto... a) const {
    with(gkd::ops::cross_entropy_rows, gkd::reference{}, a...);
  }
  void sgd(auto... a) const { with(gkd::ops::sgd, gkd::reference{}, a...); }
  void adamw(auto... a) const { with(gkd::ops::adamw, gkd::reference{}, a...); }
  void adafactor(auto... a) const { with(gkd::ops::adafactor, gkd::reference{}, a...); }

 private:
  template <class T>
  static gkd::matrix_view<T> near(gkd::matrix_view<T, far_space> x) {
    return {x.data.raw(), x.rows, x.cols, x.stride};
  }
  template <class T>
  static gkd::vector_view<T> near(gkd::vector_view<T, far_space> x) {
    return {x.data.raw(), x.size};
  }
  template <class T>
  static T near(T other) {
    return other;
  }
  template <class F, class... A>
  void with(const F& f, A... arguments) const {
    pages_->protect(PROT_READ | PROT_WRITE);
    f(near(arguments)...);
    pages_->protect(PROT_NONE);
  }

  std::shared_ptr<far_pages> pages_ = std::make_shared<far_pages>();
  std::shared_ptr<long> copies_ = std::make_shared<long>(0);
};
