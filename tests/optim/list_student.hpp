// SPDX-License-Identifier: Apache-2.0
// A student that is nothing but a list of parameters: what the optimisers' tests bind to.
#pragma once

#include <gkd/core/batch.hpp>
#include <gkd/core/tensor.hpp>

#include <list>    // list
#include <string>  // string
#include <vector>  // vector

template <class T>
class list_student {
 public:
  /// A vector of parameters, shown as a vector view.
  void add(std::string name, std::vector<T> value, std::vector<T> gradient) {
    items_.push_back({std::move(name), 0, 0, 0, std::move(value), std::move(gradient)});
  }
  /// A matrix, whose rows lie `stride` elements apart.
  void add(std::string name, gkd::index rows, gkd::index cols, std::vector<T> value,
           std::vector<T> gradient, gkd::index stride = 0) {
    items_.push_back({std::move(name), rows, cols, stride == 0 ? cols : stride, std::move(value),
                      std::move(gradient)});
  }
  std::vector<T>& value(gkd::index i) { return std::next(items_.begin(), long(i))->value; }
  std::vector<T>& gradient(gkd::index i) { return std::next(items_.begin(), long(i))->gradient; }
  void remove_last() { items_.pop_back(); }

  gkd::index vocab_size() const { return 1; }
  gkd::matrix_view<T> logits(const gkd::token_batch&) { return {}; }
  void parameters(auto&& visit) {
    for (item& p : items_) {
      if (p.rows == 0)
        visit(p.name, gkd::vector_view<T>(p.value.data(), p.value.size()),
              gkd::vector_view<T>(p.gradient.data(), p.gradient.size()));
      else
        visit(p.name, gkd::matrix_view<T>(p.value.data(), p.rows, p.cols, p.stride),
              p.gradient.empty()
                  ? gkd::matrix_view<T>{}
                  : gkd::matrix_view<T>(p.gradient.data(), p.rows, p.cols, p.stride));
    }
  }

 private:
  struct item {
    std::string name;
    gkd::index rows, cols, stride;
    std::vector<T> value, gradient;
  };
  std::list<item> items_;
};
