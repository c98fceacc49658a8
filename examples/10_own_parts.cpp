// SPDX-License-Identifier: Apache-2.0
// Every part of a trainer, each the smallest of its kind: docs/concepts.md shows them one by one.
// The teacher always says (0.5, 0.3, 0.2); the student learns three numbers.
#include <gkd/gkd.hpp>

#include <cmath>   // exp, log, sqrt
#include <cstdio>  // printf

// [teacher]
struct constant_teacher {
  std::vector<float> rows;

  gkd::index vocab_size() const { return 3; }
  gkd::matrix_view<const float> logits(const gkd::token_batch& batch) {  // (N, 3)
    rows.clear();
    for (gkd::index n = 0; n < batch.rows().size(); ++n)
      for (float p : {0.5f, 0.3f, 0.2f}) rows.push_back(std::log(p));
    return {rows.data(), batch.rows().size(), 3};
  }
};
// [/teacher]

// [student]
struct unigram {
  float z[3] = {}, dz[3] = {};
  std::vector<float> rows;

  gkd::index vocab_size() const { return 3; }
  gkd::matrix_view<float> logits(const gkd::token_batch& batch) {  // (N, 3)
    rows.clear();
    for (gkd::index n = 0; n < batch.rows().size(); ++n) rows.insert(rows.end(), z, z + 3);
    return {rows.data(), batch.rows().size(), 3};
  }
  void backward(const gkd::token_batch&, gkd::matrix_view<const float> dlogits) {
    for (gkd::index n = 0; n < dlogits.rows; ++n)
      for (gkd::index v = 0; v < 3; ++v) dz[v] += dlogits(n, v);
  }
  // [trainable]
  void parameters(auto&& visit) { visit("z", gkd::vector_view(z, 3), gkd::vector_view(dz, 3)); }
  // [/trainable]
};
// [/student]

// [row-divergence]
/// -log sum_v sqrt(p_v q_v), the Bhattacharyya distance: the logarithm of a sum over the row.
struct bhattacharyya {
  static constexpr bool finite_at_zero_p = true;
  static constexpr bool finite_at_zero_q = true;

  GKD_FN double row(const double* log_p, const double* log_q, double* grad,
                    gkd::index vocab) const {
    double sum = 0.0;
    for (gkd::index v = 0; v < vocab; ++v)
      sum += grad[v] = gkd::math::exp((log_p[v] + log_q[v]) / 2);
    for (gkd::index v = 0; v < vocab; ++v) grad[v] *= -0.5 / sum;  // d / d log q_v
    return -gkd::math::log(sum);
  }
};
// [/row-divergence]

// [data-source]
struct endless_zeros {
  std::optional<gkd::token_batch> next(auto& /*student*/, const gkd::batch_request& request) {
    const gkd::sequence two_zeros{{0, 0}, {0, 1}};  // tokens, and the weight of each as a target
    return gkd::token_batch(std::vector(request.size, two_zeros));
  }
};
// [/data-source]

// [optimizer]
/// Gradient descent with the sign of the gradient alone.
struct sign_descent {
  template <class Student>
  struct state {
    Student& student;
    void step(double learning_rate) {
      student.parameters([&](std::string_view, auto value, auto gradient) {
        const auto x = value.flat(), g = gradient.flat();  // of a matrix or a vector
        for (gkd::index i = 0; i < x.size; ++i)
          x[i] -= float(learning_rate) * float((g[i] > 0) - (g[i] < 0));
      });
    }
  };
  auto bind(auto& student) const { return state{student}; }
};
// [/optimizer]

// [communicator]
struct alone {
  gkd::index rank() const { return 0; }
  gkd::index size() const { return 1; }
  template <class T>
  void all_reduce_sum(std::span<T>) const {}
  template <class T>
  void broadcast(std::span<T>, gkd::index /*root*/) const {}
};
// [/communicator]

// [callback]
struct printer {
  void on_start(const gkd::start_event& e) const { std::printf("%ld steps\n", e.total_steps); }
  bool on_step(const gkd::step_event& e) const { return e.loss > 1e-5; }  // false: enough
  void on_end(const gkd::end_event& e) const { std::printf("ended after %ld\n", e.step); }
};
// [/callback]

// [evaluation]
struct first_probability {
  gkd::metrics evaluate(unigram& student, auto& /*teacher*/, const auto& /*request*/) const {
    const auto p = gkd::probabilities(gkd::vector_view(student.z, 3), {}, {});
    return {{"p(0)", p[0]}};
  }
};
// [/evaluation]

// [checkpoint]
struct in_memory {
  gkd::train_state state;
  std::optional<unigram> student;

  std::string save(const auto& now) {
    state = now.state;
    student = now.student;
    return "memory";
  }
  bool resume(const auto& now) {
    if (!student) return false;
    now.state = state;
    now.student = *student;
    return true;
  }
};
// [/checkpoint]

int main() {
  unigram student;
  in_memory checkpoint;
  // [schedule]
  const auto halving = [](long step) { return 0.2 / double(1 + step / 5); };
  // [/schedule]
  const gkd::training_options options{.max_steps = 50, .lr_schedule = halving};
  gkd::trainer trainer{
      student, constant_teacher{}, bhattacharyya{},     endless_zeros{}, sign_descent{}, options,
      alone{}, printer{},          first_probability{}, checkpoint};
  trainer.train();
  for (const auto& [name, value] : trainer.evaluate())
    std::printf("%s = %.1f\n", name.c_str(), value);
  student.z[0] = 9;
  if (trainer.resume()) std::printf("resumed: p(0) = %.1f\n", trainer.evaluate()[0].second);
}
