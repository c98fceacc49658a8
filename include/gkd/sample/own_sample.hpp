// SPDX-License-Identifier: Apache-2.0
// Whether a model has a member called sample, of whatever signature: generate() asks a model that
// samples by itself, and one that means to must not be passed over for what its member takes.
#pragma once

#include <gkd/core/config.hpp>

#include <type_traits>  // is_class_v, is_final_v, remove_cv_t

namespace gkd::inline v0::detail {

// A member that is private, overloaded or a template has no address, but its name is found in two
// bases. Not so in a final class, which can be no base, nor for a type of that name; a class whose
// destructor is final does not compile here, and has to be final itself.
struct named_sample {
  int sample;
};
template <class M>
struct with_named_sample : M, named_sample {};
template <class M>
concept hides_sample = std::is_class_v<M> && !std::is_final_v<M> &&
                       !requires { typename M::sample; } &&
                       !requires { &with_named_sample<std::remove_cv_t<M>>::sample; };

template <class M>
concept names_sample = requires { &M::sample; } || hides_sample<M>;

}  // namespace gkd::inline v0::detail
