// SPDX-License-Identifier: Apache-2.0
// Where in a run a step is, for its errors: "... (step 12, micro-batch 1, rank 0)".
#pragma once

#include <gkd/core/error.hpp>

#include <optional>  // optional

namespace gkd::inline v0::detail {

struct step_place {
  long step = 0;  ///< steps taken before this one
  index rank = 0;
  std::optional<index> micro_batch = {};  ///< at work, if one is

  /// f(); a gkd::error out of it is thrown on with the place behind its text, and `then` behind
  /// that. Other exceptions pass as they are.
  template <class F>
  void locate(std::string_view then, const F& f) {
    micro_batch.reset();
    try {
      f();
    } catch (const error& e) {
      const std::string batch = micro_batch ? concat(", micro-batch ", *micro_batch) : "";
      throw error(e.code(), concat(e.what(), " (step ", step, batch, ", rank ", rank, ")", then));
    }
  }
};

}  // namespace gkd::inline v0::detail
