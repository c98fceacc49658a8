// SPDX-License-Identifier: Apache-2.0
// READ FIRST: every concept of gkd, and the sentence that a type without it gets. Nothing computes.
//
//   divergence, row_divergence, target_loss     what is minimised
//   teacher, student, trainable, cached_model   what learns from what
//   data_source, optimizer, schedule, communicator
//   backend                                     memory, and what is computed on it
//
// Parts with types of their own lie beside these: tokenizer, chat_format (text), dataset (data),
// callback, checkpoint and evaluation policies (train). docs/concepts.md has them all.
// Entry points are unconstrained and call check_<concept><T>() first: one static_assert per
// requirement, so that the compiler says which member is missing, with its signature.
#pragma once

#include <gkd/core/batch.hpp>
#include <gkd/core/dual.hpp>
#include <gkd/core/random.hpp>
#include <gkd/core/tensor.hpp>

#include <concepts>     // same_as, convertible_to
#include <limits>       // numeric_limits
#include <optional>     // optional
#include <string_view>  // string_view
#include <type_traits>  // remove_cvref_t

namespace gkd::inline v0 {

// --- what is minimised -------------------------------------------------------------------------

/// A separable divergence D(p, q) = sum_v f(log p_v, log q_v) between teacher p and student q: a
/// trivially copyable struct that writes f for any number type.
template <class D>
concept divergence = std::is_trivially_copyable_v<D> && requires(const D& d, double x) {
  { d(x, x) } -> std::convertible_to<double>;
  { d(dual<double>(x), dual<double>(x)) } -> std::convertible_to<dual<double>>;
};

/// A divergence of whole rows, for losses that are no sum over columns: `row` returns D and writes
/// grad[v] = dD/dlog q_v; columns that do not take part have log p = log q = -inf.
template <class D>
concept row_divergence =
    std::is_trivially_copyable_v<D> && requires(const D& d, const double* in, double* out) {
      { d.row(in, in, out, index{}) } -> std::convertible_to<double>;
    };

struct cross_entropy;
/// A loss of the student and the label alone, which needs no teacher (supervised fine-tuning).
template <class D>
concept target_loss = std::same_as<std::remove_cv_t<D>, cross_entropy>;

namespace detail {
// a stand-in for what is called with the divergence that was chosen; of a visit whose branches
// return two types the compiler says that one of them is not what_f_returns
struct what_f_returns {};
struct any_visitor {
  template <class D>
  GKD_FN what_f_returns operator()(const D&) const { return {}; }
};
}  // namespace detail

/// A choice among separable divergences that is made at run time (any_divergence): `visit(f)` calls
/// f with the divergence that was chosen.
template <class D>
concept divergence_choice =
    std::is_trivially_copyable_v<D> && requires(const D& d) { d.visit(detail::any_visitor{}); };

/// What a trainer can minimise.
template <class D>
concept loss_function =
    divergence<D> || row_divergence<D> || target_loss<D> || divergence_choice<D>;

namespace detail {
template <class D, class T>
concept has_formula = requires(const D& d, T x) { d(x, x); };
template <class D, class T>
concept formula_returns_number = requires(const D& d, T x) {
  { d(x, x) } -> std::convertible_to<T>;
};
// A member that is overloaded or a template has no address, but its name is found in two bases.
struct named_row {
  int row;
};
template <class D>
struct with_named_row : D, named_row {};
template <class D>
concept hides_row = std::is_class_v<D> && !std::is_final_v<D> && !requires { typename D::row; } &&
                    !requires { &with_named_row<D>::row; };
// a member function called row, of whatever signature; a nested type called row is none
template <class D>
concept has_row = row_divergence<D> || requires { &D::row; } || (!divergence<D> && hides_row<D>);
// neither of the other ways to be a loss function
template <class D>
concept must_have_formula = !has_row<D> && !target_loss<D> && !divergence_choice<D>;
}  // namespace detail

template <class D>
constexpr void check_loss_function() {
  static_assert(std::is_trivially_copyable_v<D>,
                "gkd: a divergence needs to be trivially copyable: numbers as members, no pointers "
                "to own memory  [docs/concepts.md#divergence]");
  if constexpr (detail::has_row<D>) {
    static_assert(!std::is_trivially_copyable_v<D> || row_divergence<D>,
                  "gkd: a divergence of whole rows needs  GKD_FN double row(const double* log_p, "
                  "const double* log_q, double* grad, gkd::index vocab) const  "
                  "[docs/concepts.md#row-divergence]");
  }
  if constexpr (detail::must_have_formula<D>) {
    static_assert(detail::has_formula<D, double>,
                  "gkd: a divergence needs  template <class T> GKD_FN T operator()(T log_p, "
                  "T log_q) const  [docs/concepts.md#divergence]");
    static_assert(!detail::has_formula<D, double> || detail::has_formula<D, dual<double>>,
                  "gkd: a divergence needs an operator() that is a template on the number type: "
                  "this one takes double but not gkd::dual<double>, which the gradient comes from  "
                  "[docs/concepts.md#divergence]");
    static_assert(!detail::has_formula<D, double> || !detail::has_formula<D, dual<double>> ||
                      (detail::formula_returns_number<D, double> &&
                       detail::formula_returns_number<D, dual<double>>),
                  "gkd: a divergence needs an operator() that returns the number type T of its "
                  "arguments  [docs/concepts.md#divergence]");
  }
}

// --- models ------------------------------------------------------------------------------------

/// The view that a model's logits(batch) returns.
template <class M>
using logits_of = std::remove_cvref_t<decltype(std::declval<std::remove_reference_t<M>&>().logits(
    std::declval<const token_batch&>()))>;

/// The number type of a model's logits.
template <class M>
using scalar_of = std::remove_const_t<typename logits_of<M>::value_type>;

/// The memory space of a model's logits.
template <class M>
using space_of = typename logits_of<M>::space;

namespace detail {
template <class M>
concept has_vocab_size = requires(const M& m) {
  { m.vocab_size() } -> std::convertible_to<index>;
};
template <class M>
concept has_logits = requires(M& m, const token_batch& batch) {
  typename logits_of<M>;
  requires float_or_double<scalar_of<M>>;
  { m.logits(batch) } -> std::convertible_to<matrix_view<const scalar_of<M>, space_of<M>>>;
};
template <class M>
concept has_writable_logits = has_logits<M> && requires(M& m, const token_batch& batch) {
  { m.logits(batch) } -> std::convertible_to<matrix_view<scalar_of<M>, space_of<M>>>;
};
template <class M>
concept has_backward = has_logits<M> && requires(M& m, const token_batch& batch,
                                                 matrix_view<const scalar_of<M>, space_of<M>> dz) {
  m.backward(batch, dz);
};
// a stand-in for the visitor: takes any name, value view and gradient view
struct any_parameter {
  void operator()(std::string_view, auto&&, auto&&) const {}
};
}  // namespace detail

/// Gives logits: for each of the batch's N rows, the scores of the next token.
///   index vocab_size() const
///   matrix_view<const T> logits(const token_batch&)      (N, V), the model's, until its next call
template <class M>
concept teacher = detail::has_vocab_size<M> && detail::has_logits<M>;

/// A teacher that learns: its logits are writable, since the loss overwrites them by their
/// gradient, and `backward` takes that gradient and adds to the gradients of the parameters.
///   matrix_view<T> logits(const token_batch&)            (N, V)
///   void backward(const token_batch&, matrix_view<const T> dlogits)
template <class M>
concept student =
    detail::has_vocab_size<M> && detail::has_writable_logits<M> && detail::has_backward<M>;

/// Shows its parameters: needed by our optimisers, checkpoints and multi-process training, not by a
/// student whose own framework updates it.
///   void parameters(auto&& visit)      calls visit(name, value, gradient), in the same order every
///                                      time; value and gradient are matrix or vector views
template <class M>
concept trainable = requires(M& m) { m.parameters(detail::any_parameter{}); };

/// Generates one token at a time without running its prefix again (KV cache).
///   matrix_view<T> prefill(const token_batch& prompts)   (B, V): starts one slot per prompt
///   matrix_view<T> decode(span<const index> slots, span<const token> next)   (A, V): appends
///                                      next[i] to slot slots[i], gives the scores after it
template <class M>
concept cached_model =
    teacher<M> && requires(M& m, const token_batch& prompts, std::span<const index> slots,
                           std::span<const token> ids) {
      { m.prefill(prompts) } -> std::convertible_to<matrix_view<const scalar_of<M>, space_of<M>>>;
      { m.decode(slots, ids) } -> std::convertible_to<matrix_view<const scalar_of<M>, space_of<M>>>;
    };

/// A model has both members of a cached model or none.
template <class M>
constexpr void check_cached_model() {
  constexpr bool has_one =
      requires(M& m, const token_batch& prompts) { m.prefill(prompts); } ||
      requires(M& m, std::span<const index> i, std::span<const token> t) { m.decode(i, t); };
  static_assert(!has_one || cached_model<M>,
                "gkd: a cached model needs both  matrix_view<T> prefill(const token_batch& prompts)"
                "  and  matrix_view<T> decode(std::span<const index> slots, std::span<const token> "
                "next), T the number type of its logits  [docs/concepts.md#cached-model]");
}

template <class M>
constexpr void check_teacher() {
  static_assert(detail::has_vocab_size<M>,
                "gkd: a teacher needs  index vocab_size() const  [docs/concepts.md#teacher]");
  static_assert(detail::has_logits<M>,
                "gkd: a teacher needs  matrix_view<T> logits(const token_batch& batch), T float or "
                "double  [docs/concepts.md#teacher]");
}

template <class M>
constexpr void check_student() {
  static_assert(detail::has_vocab_size<M>,
                "gkd: a student needs  index vocab_size() const  [docs/concepts.md#student]");
  static_assert(detail::has_logits<M>,
                "gkd: a student needs  matrix_view<T> logits(const token_batch& batch), T float or "
                "double  [docs/concepts.md#student]");
  static_assert(!detail::has_logits<M> || detail::has_writable_logits<M>,
                "gkd: a student needs writable logits, matrix_view<T> and not "
                "matrix_view<const T>: the loss overwrites them by their gradient  "
                "[docs/concepts.md#student]");
  static_assert(!detail::has_logits<M> || detail::has_backward<M>,
                "gkd: a student needs  void backward(const token_batch& batch, matrix_view<const "
                "T> dlogits), T the number type of its logits  [docs/concepts.md#student]");
}

template <class M>
constexpr void check_trainable() {
  static_assert(trainable<M>,
                "gkd: a trainable model needs  void parameters(auto&& visit)  that calls "
                "visit(std::string_view name, value, gradient) with matrix or vector views  "
                "[docs/concepts.md#trainable]");
}

// --- data --------------------------------------------------------------------------------------

/// What a trainer asks a data source for: the micro-batch with this number. Everything random in it
/// follows from (seed, number), so that a resumed run gets what an uninterrupted one would have.
struct batch_request {
  index number = 0;         ///< counts micro-batches of all processes from the start of training
  index size = 1;           ///< sequences wanted
  std::uint64_t seed = 42;  ///< key of all random streams
  index round = 0;          ///< counts micro-batches of one process: the same on every rank
  long step = 0;            ///< optimiser steps taken, the argument of schedules
  std::optional<std::uint64_t> data_seed = {};  ///< of the order of the examples; else seed
  index vocab_size = 0;  ///< only ids below this may be in the batch; 0: those of the models
  index max_positions = std::numeric_limits<index>::max();  ///< that teacher and student both take
  std::uint64_t place = 0;  ///< of a source that is part of another: see data/parts; 0: of none
};

namespace detail {
template <class S, class Student>
concept has_next = requires(S& s, Student& student, const batch_request& request) {
  { s.next(student, request) } -> std::convertible_to<std::optional<token_batch>>;
};
template <class S>
concept has_size = requires(const S& s) {
  { s.size() } -> std::convertible_to<index>;
};
}  // namespace detail

/// Gives batches; the student is an argument, so that on-policy sources hold no reference to it.
///   std::optional<token_batch> next(Student& student, const batch_request& request)
///   index size() const     optional: examples per epoch, which makes epochs known
///   state() / restore(), mark() / rollback()  if a batch depends on more than the request (replay)
template <class S, class Student>
concept data_source = detail::has_next<S, Student>;

template <class S, class Student>
constexpr void check_data_source() {
  static_assert(detail::has_next<S, Student>,
                "gkd: a data source needs  std::optional<token_batch> next(auto& student, const "
                "batch_request& request), as  fixed{dataset}  has for a dataset  "
                "[docs/concepts.md#data-source]");
}

// --- optimisation ------------------------------------------------------------------------------

/// A schedule: a number that may change with the optimiser step (learning rate, lambda, beta ...).
template <class S>
concept schedule = requires(const S& s, long step) {
  { s(step) } -> std::convertible_to<double>;
};

/// Settings of an optimiser; `bind(student)` gives its state, which updates the student in place:
///   auto bind(Student& student) const     a state with  void step(double learning_rate)
template <class O, class Student>
concept optimizer = requires(const O& o, Student& student) {
  { o.bind(student).step(1.0) };
};

template <class O, class Student>
constexpr void check_optimizer() {
  constexpr bool binds = requires(const O& o, Student& s) { o.bind(s); };
  static_assert(binds, "gkd: an optimizer needs  auto bind(auto& student) const  "
                       "[docs/concepts.md#optimizer]");
  static_assert(!binds || optimizer<O, Student>,
                "gkd: the state of an optimizer, what bind(student) returns, needs  void "
                "step(double learning_rate)  [docs/concepts.md#optimizer]");
}

/// Joins the processes of one training run.
template <class C>
concept communicator = requires(const C& c, std::span<double> numbers, std::span<float> gradients) {
  { c.rank() } -> std::convertible_to<index>;
  { c.size() } -> std::convertible_to<index>;
  c.all_reduce_sum(numbers);
  c.all_reduce_sum(gradients);
  c.broadcast(numbers, index{}), c.broadcast(gradients, index{});
};

template <class C>
constexpr void check_communicator() {
  constexpr bool counts = requires(const C& c) {
    { c.rank() } -> std::convertible_to<index>;
    { c.size() } -> std::convertible_to<index>;
  };
  static_assert(counts,
                "gkd: a communicator needs  index rank() const  and  index size() const  "
                "[docs/concepts.md#communicator]");
  static_assert(!counts || communicator<C>,
                "gkd: a communicator needs  void all_reduce_sum(span<T>) const  and  void "
                "broadcast(span<T>, index root) const  for double and float  "
                "[docs/concepts.md#communicator]");
}

// --- memory ------------------------------------------------------------------------------------

namespace detail {
template <class B>
concept has_space = requires { requires memory_space<typename B::space>; };
template <class B, class T>
concept has_allocate = has_space<B> && requires(const B& b, index n) {
  { b.template allocate<T>(n).size() } -> std::convertible_to<index>;
  { b.template allocate<T>(n).view() } -> std::convertible_to<vector_view<T, typename B::space>>;
};
template <class B, class T>
concept has_copy =
    has_space<B> && requires(const B& b, vector_view<const T> here, vector_view<T> to_here,
                             vector_view<const T, typename B::space> there,
                             vector_view<T, typename B::space> to_there) {
      b.copy(here, to_there);
      b.copy(there, to_here);
      b.copy(there, to_there);
    };
template <class B, class T>
concept has_gemm =
    has_space<B> &&
    requires(const B& b, transpose op, T x, matrix_view<T, typename B::space> c,
             matrix_view<const T, typename B::space> a) { b.gemm(op, op, x, a, a, x, c); };
template <class B>
concept has_synchronize = requires(const B& b) { b.synchronize(); };
}  // namespace detail

/// Memory of one space and the operations on it; a handle that is cheap to copy.
///   using space
///   auto allocate<T>(index n) const            an owner of n zeros, with view() and size()
///   void copy(vector_view<const T, From>, vector_view<T, To>) const     one side may be the host
///   void gemm(transpose, transpose, T alpha, A, B, T beta, C) const     alpha op(A) op(B) + beta C
///   void synchronize() const
/// and, optionally, any operation of backend/ops.
template <class B, class T = float>
concept backend =
    float_or_double<T> && detail::has_space<B> && detail::has_allocate<B, T> &&
    detail::has_copy<B, T> && detail::has_gemm<B, T> && detail::has_synchronize<B>;

template <class B, class T = float>
constexpr void check_backend() {
  static_assert(float_or_double<T>,
                "gkd: logits, parameters and what a backend computes with need to be float or "
                "double  [docs/concepts.md#backend]");
  constexpr bool number_and_space = float_or_double<T> && detail::has_space<B>;
  static_assert(detail::has_space<B>,
                "gkd: a backend needs  using space = ...  that names where its memory lies: "
                "gkd::host_space, or a type with  static constexpr bool host_accessible  "
                "[docs/concepts.md#backend]");
  static_assert(!number_and_space || detail::has_allocate<B, T>,
                "gkd: a backend needs  template <class T> auto allocate(gkd::index n) const  that "
                "returns an owner of n zeros with  vector_view<T, space> view()  and  index size() "
                "const  [docs/concepts.md#backend]");
  static_assert(!number_and_space || detail::has_copy<B, T>,
                "gkd: a backend needs  void copy(vector_view<const T, From> from, vector_view<T, "
                "To> to) const  inside its space, from the host and to the host  "
                "[docs/concepts.md#backend]");
  static_assert(!number_and_space || detail::has_gemm<B, T>,
                "gkd: a backend needs  void gemm(transpose op_a, transpose op_b, T alpha, "
                "matrix_view<const T, space> a, matrix_view<const T, space> b, T beta, "
                "matrix_view<T, space> c) const  [docs/concepts.md#backend]");
  static_assert(detail::has_synchronize<B>,
                "gkd: a backend needs  void synchronize() const  [docs/concepts.md#backend]");
}

}  // namespace gkd::inline v0
