// SPDX-License-Identifier: Apache-2.0
// What every loss over rows does after its rows are computed: find the first row that went wrong
// and say where it is, and add the rest up in a fixed order.
#pragma once

#include <gkd/core/sum.hpp>
#include <gkd/divergence/row.hpp>
#include <gkd/divergence/row_errors.hpp>
#include <gkd/loss/reduce.hpp>

#include <span>    // span
#include <vector>  // vector

namespace gkd::inline v0 {

/// A loss and what went into it.
struct loss_result {
  double value = 0.0;            ///< sum_n scale_n D_n: the normalised loss, in nats; >= 0
  index rows = 0;                ///< rows that were looked at (weight > 0)
  loss_count counted;            ///< of these rows
  double teacher_outside = 0.0;  ///< mean teacher probability on columns that were left out
  double student_outside = 0.0;  ///< mean student probability on columns that were left out
};

/// Results and scales of the rows of one call, kept for the next.
struct row_losses {
  std::vector<double> scales;       // (N)
  std::vector<row_result> results;  // (N)

  void resize(index rows) {
    scales.resize(rows);
    results.resize(rows);
  }
};

/// Adds the rows up. `where(n)` names row n in the error text ("sequence 3, position 17"); `labels`
/// (N) are those of a loss of labels alone, which knows no teacher.
/// Throws non_finite for a NaN or infinite logit, and where the divergence itself is not finite.
template <class Where>
loss_result sum_rows(const row_losses& rows, const Where& where,
                     std::span<const token> labels = {}) {
  loss_result out;
  compensated_sum value, teacher_outside, student_outside;
  for (index n = 0; n < rows.results.size(); ++n) {
    if (rows.scales[n] == 0.0) continue;
    const row_result& r = rows.results[n];
    switch (r.status) {
      case row_status::ok: break;
      case row_status::teacher_not_finite: detail::fail_not_finite("teacher", where(n), r);
      case row_status::student_not_finite: detail::fail_not_finite("student", where(n), r);
      case row_status::disjoint:
        if (!labels.empty())
          fail(errc::non_finite, "the loss of ", where(n),
               " is infinite: the student gives the label, ", labels[n], ", a logit of -inf");
        fail(errc::non_finite, "the loss of ", where(n),
             " is infinite: teacher and student give no token a probability in common");
      case row_status::not_finite:
        fail(errc::non_finite, "the divergence of ", where(n),
             " gave a value or gradient that is NaN or infinite for finite logits");
    }
    value.add(rows.scales[n] * r.value);
    teacher_outside.add(r.teacher_outside);
    student_outside.add(r.student_outside);
    ++out.rows;
  }
  out.value = value.value();
  const double rows_or_one = out.rows == 0 ? 1.0 : double(out.rows);
  out.teacher_outside = teacher_outside.value() / rows_or_one;
  out.student_outside = student_outside.value() / rows_or_one;
  return out;
}

}  // namespace gkd::inline v0
