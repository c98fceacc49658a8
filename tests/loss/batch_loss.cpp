// SPDX-License-Identifier: Apache-2.0
#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/loss/batch_loss.hpp>

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {

/// A teacher that gives the same row of logits everywhere.
struct fixed_logits {
  std::vector<float> row;    // (V)
  std::vector<float> given;  // (N, V)
  gkd::index vocab_size() const { return row.size(); }
  matrix_view<const float> logits(const token_batch& batch) {
    given.clear();
    for (gkd::index n = 0; n < batch.rows().size(); ++n)
      given.insert(given.end(), row.begin(), row.end());
    return {given.data(), batch.rows().size(), row.size()};
  }
};

/// One prompt token, then these labels.
token_batch labelled(std::vector<token> labels) {
  const token prompt[] = {1};
  token_batch batch;
  batch.add(make_sequence(prompt, labels));
  return batch;
}

template <class Loss, class Teacher>
loss_result loss_of(const Loss& loss, Teacher teacher, std::vector<float>& student,
                    const token_batch& batch, const batch_loss_options& options = {}) {
  const gkd::index rows = batch.rows().size();
  row_losses kept;
  return batch_loss(loss, teacher, matrix_view(student.data(), rows, student.size() / rows), batch,
                    count(groups_of(batch)), options, true, reference{}, kept);
}

}  // namespace

TEST_CASE("a batch's cross-entropy and its gradient, by hand") {
  // two rows over {a, b}: q = (1/4, 3/4) with label b, (1/2, 1/2) with label a; token mean
  const float ln3 = std::log(3.0f);
  std::vector<float> student{0, ln3, 0, 0};
  const auto r = loss_of(cross_entropy{}, no_teacher{}, student, labelled({1, 0}));
  CHECK(r.value == Approx((std::log(4.0 / 3.0) + std::log(2.0)) / 2));
  CHECK(r.rows == 2);
  CHECK(r.counted.weight == 2.0);
  const double want[] = {0.125, -0.125, -0.25, 0.25};
  for (int i = 0; i < 4; ++i) CHECK(student[i] == Approx(want[i]));
}

TEST_CASE("a batch's divergence takes place on the common columns unless told otherwise") {
  // p = (1/2, 1/2), q = (1/4, 3/4) on columns 0 and 1; the student's third is left out
  const float ln3 = std::log(3.0f);
  const fixed_logits teacher{{0, 0}, {}};
  std::vector<float> student{0, ln3, 2.0f};
  const auto r = loss_of(forward_kl{}, teacher, student, labelled({1}));
  CHECK(r.value == Approx(0.5 * std::log(2.0) + 0.5 * std::log(2.0 / 3.0)));
  CHECK(r.student_outside > 0.0);
  CHECK(student[0] == Approx(-0.25));
  CHECK(student[2] == 0.0f);

  std::vector<float> two{0, ln3};
  const auto same = loss_of(forward_kl{}, teacher, two, labelled({1}), {.rows = {.vocab = 2}});
  CHECK(same.value == r.value);
}

TEST_CASE("a label outside the columns that take part is refused before anything is read there") {
  const fixed_logits teacher{{0, 0, 0, 0}, {}};
  std::vector<float> z(2 * 4, 0.5f);
  const std::vector<float> before = z;
  const token_batch batch = labelled({3, 7});
  constexpr auto text = "the label of sequence 0, position 1 is 7, want 0 <= id < 4";
  CHECK_ERROR(loss_of(cross_entropy{}, no_teacher{}, z, batch), errc::vocabulary_mismatch, text);
  CHECK_ERROR(loss_of(forward_kl{}, teacher, z, batch), errc::vocabulary_mismatch, text);
  const batch_loss_options first_three{.rows = {.vocab = 3}};
  CHECK_ERROR(loss_of(cross_entropy{}, no_teacher{}, z, batch, first_three),
              errc::vocabulary_mismatch,
              "the label of sequence 0, position 0 is 3, want 0 <= id < 3");
  CHECK(z == before);
}

TEST_CASE("a label that the student rules out is told as such: there is no teacher") {
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<float> z{0, 0, 0, 0, -inf, 0};
  CHECK_ERROR(loss_of(cross_entropy{}, no_teacher{}, z, labelled({2, 1})), errc::non_finite,
              "the loss of sequence 0, position 1 is infinite: the student gives the label, 1, a "
              "logit of -inf");
  std::vector<float> q{-inf, 0};
  CHECK_ERROR(loss_of(forward_kl{}, fixed_logits{{0, -inf}, {}}, q, labelled({1})),
              errc::non_finite, "teacher and student give no token a probability in common");
}

TEST_CASE("a temperature that is none is refused before any row is read") {
  const fixed_logits teacher{{0, 1}, {}};
  for (double temperature : {-1.0, 0.0, 1e-5, 1e5, double(NAN), double(INFINITY)}) {
    std::vector<float> z{2, 3};
    const batch_loss_options options{.rows = {.temperature = temperature}};
    for (int of_labels = 0; of_labels < 2; ++of_labels) {
      const auto loss = [&] {
        return of_labels ? loss_of(cross_entropy{}, no_teacher{}, z, labelled({1}), options)
                         : loss_of(forward_kl{}, teacher, z, labelled({1}), options);
      };
      CHECK_ERROR(loss(), errc::bad_argument, "temperature of the loss is ");
      CHECK_ERROR(loss(), errc::bad_argument, ", want 1e-4 <= temperature <= 1e4");
    }
    CHECK(z == std::vector<float>{2, 3});
  }
}

TEST_CASE("a teacher whose logits are in the student's memory teaches nothing: refused") {
  struct shows_the_student {
    std::vector<float>& memory;
    gkd::index vocab_size() const { return 2; }
    matrix_view<const float> logits(const token_batch& batch) {
      return {memory.data(), batch.rows().size(), 2};
    }
  };
  std::vector<float> student{0, 1, 0, 0};
  CHECK_ERROR(loss_of(forward_kl{}, shows_the_student{student}, student, labelled({1, 0})),
              errc::bad_argument, "the teacher's logits are in the memory of the student's");
  row_losses kept;  // measured only, nothing is overwritten
  shows_the_student same{student};
  const token_batch batch = labelled({1, 0});
  CHECK(batch_loss(forward_kl{}, same, matrix_view(student.data(), 2, 2), batch,
                   count(groups_of(batch)), {}, false, reference{}, kept)
            .value == 0.0);
}

TEST_CASE("rows without weight need no label") {
  token_batch prompts;
  prompts.add_prompt(std::vector<token>{1, 2});
  std::vector<float> z{1, 2, 3};
  const auto r = loss_of(cross_entropy{}, no_teacher{}, z, prompts);
  CHECK(r.value == 0.0);
  CHECK(r.rows == 0);
  CHECK(z == std::vector<float>{0, 0, 0});
}
