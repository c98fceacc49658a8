// SPDX-License-Identifier: Apache-2.0
// The smallest language model there is: a table with one row of logits for every context of the
// last `order` tokens. It can represent any distribution over such contexts, so whatever a
// divergence asks for, it can reach: ideal for tests and for learning what a loss does.
//
//   logits(n) = table(context id of row n)      table (C, V), C = (V + 1)^(order - 1) V
#pragma once

#include <gkd/backend/ops/matrix.hpp>
#include <gkd/backend/reference.hpp>
#include <gkd/backend/workspace.hpp>
#include <gkd/core/batch.hpp>
#include <gkd/core/memory.hpp>

#include <vector>  // vector

namespace gkd::inline v0 {

template <class T = float, class Given = reference>
class tabular {
  static_assert((check_backend<Given, T>(), true));
  using Backend = detail::usable_backend<Given, T>;
  using space = typename Backend::space;
  using matrix = matrix_view<T, space>;

 public:
  /// A table of zeros: the uniform distribution after every context.
  /// Throws bad_argument for vocab_size or order 0 and for a table of more than 2^32 numbers.
  explicit tabular(index vocab_size, index order = 1, Given backend = {})
      : vocab_(vocab_size),
        order_(order),
        contexts_(count_contexts(vocab_size, order)),
        backend_(backend),
        table_(backend_.template allocate<T>(contexts_ * vocab_size)),
        gradient_(backend_.template allocate<T>(contexts_ * vocab_size)) {}
  /// A copy with a table of its own; its gradient is zero.
  tabular(const tabular& other) : tabular(other.vocab_, other.order_, other.backend_) {
    backend_.copy(vector_view<const T, space>(other.table_.view()), table_.view());
  }
  tabular& operator=(const tabular& other) { return *this = tabular(other); }
  tabular(tabular&&) = default;
  tabular& operator=(tabular&&) = default;

  index vocab_size() const { return vocab_; }
  const Backend& backend() const { return backend_; }

  /// (N, V), valid until the next call.
  matrix logits(const token_batch& batch) {
    if (!table_.view().data)
      fail(errc::bad_argument, "this tabular model was moved from, want one that has its table");
    batch.check_tokens(vocab_);
    read_contexts(batch, context_ids_);
    const auto out = logits_.matrix(backend_, context_ids_.size(), vocab_);  // (N, V)
    ops::gather_rows(backend_, table(), context_ids_, out);
    return out;
  }

  /// Adds to the table's gradient, given that of the loss by the logits. Must follow logits() of
  /// the same batch. Throws bad_argument where it does not, shape_mismatch.   dlogits (N, V)
  void backward(const token_batch& batch, matrix_view<const T, space> dlogits) {
    read_contexts(batch, asked_);
    if (asked_ != context_ids_)
      fail(errc::bad_argument, "backward: the last call was not logits() of the same batch");
    if (dlogits.rows != context_ids_.size() || dlogits.cols != vocab_)
      fail(errc::shape_mismatch, "backward: dlogits is (", dlogits.rows, ", ", dlogits.cols,
           "), want (", context_ids_.size(), ", ", vocab_, ")");
    detail::check_memory("dlogits of backward", dlogits);
    ops::scatter_add_rows(backend_, dlogits, context_ids_,
                          matrix{gradient_.view().data, contexts_, vocab_});
  }

  void parameters(auto&& visit) {
    visit("table", table(), matrix{gradient_.view().data, contexts_, vocab_});
  }

  /// The parameters: one row of logits per context. (C, V)
  matrix table() { return {table_.view().data, contexts_, vocab_}; }

 private:
  static index count_contexts(index vocab, index order) {
    constexpr index most = index{1} << 32;
    if (vocab == 0 || order == 0)
      fail(errc::bad_argument, "tabular: vocab_size is ", vocab, " and order ", order,
           ", want both at least 1");
    index contexts = vocab;
    for (index i = 1; i < order && contexts <= most; ++i) contexts *= vocab + 1;
    if (contexts > most / vocab)
      fail(errc::bad_argument, "tabular: a table for vocab_size ", vocab, " and order ", order,
           " has more than 2^32 numbers");
    return contexts;
  }
  void read_contexts(const token_batch& batch, std::vector<index>& ids) const {
    ids.clear();
    for (index n = 0; n < batch.rows().size(); ++n) ids.push_back(context_id(batch.context(n)));
  }
  // the last `order` tokens as a number, the very last as its lowest digit, in base V: the others
  // are in base V + 1, where V stands for "before the sequence began"
  index context_id(std::span<const token> context) const {
    const auto before_last = [&](index back) {
      return back < context.size() ? static_cast<index>(context[context.size() - 1 - back])
                                   : vocab_;
    };
    index id = 0;
    for (index back = order_ - 1; back > 0; --back) id = id * (vocab_ + 1) + before_last(back);
    return id * vocab_ + before_last(0);
  }

  index vocab_, order_, contexts_;
  Backend backend_;
  buffer_of<Backend, T> table_, gradient_;
  workspace<Backend, T> logits_;
  std::vector<index> context_ids_;  // (N) of the last logits()
  std::vector<index> asked_;        // of backward(), to be compared with it
};

}  // namespace gkd::inline v0
