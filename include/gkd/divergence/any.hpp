// SPDX-License-Identifier: Apache-2.0
// any_divergence: one of the built-in divergences, chosen at run time (from a command line or a
// configuration file). It is itself what a trainer takes; the row kernel looks once per row which
// one it is, so a run-time choice costs nothing per column.
#pragma once

#include <gkd/divergence/jsd.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/divergence/more.hpp>
#include <gkd/divergence/skew.hpp>

#include <cstdint>      // uint8_t
#include <optional>     // optional
#include <string>       // string
#include <string_view>  // string_view

namespace gkd::inline v0 {

class any_divergence {
 public:
  // from every built-in, without a cast
  any_divergence(forward_kl d) : kind_(kind::forward_kl), forward_kl_(d) {}
  any_divergence(reverse_kl d) : kind_(kind::reverse_kl), reverse_kl_(d) {}
  any_divergence(generalized_jsd d) : kind_(kind::generalized_jsd), jsd_(d) {}
  template <int Numerator, int Denominator, scaling Scale>
  any_divergence(generalized_jsd_at<Numerator, Denominator, Scale> d)
      : any_divergence(generalized_jsd(d.beta(), Scale)) {}
  any_divergence(total_variation d) : kind_(kind::total_variation), total_variation_(d) {}
  any_divergence(jeffreys d) : kind_(kind::jeffreys), jeffreys_(d) {}
  any_divergence(skew_forward_kl d) : kind_(kind::skew_forward_kl), skew_forward_kl_(d) {}
  any_divergence(skew_reverse_kl d) : kind_(kind::skew_reverse_kl), skew_reverse_kl_(d) {}
  any_divergence(alpha_divergence d) : kind_(kind::alpha_divergence), alpha_(d) {}

  /// The convention of the paper and of TRL: beta = 0 is forward KL, beta = 1 is reverse KL, and
  /// between them lies the generalized JSD. Throws bad_argument for a beta outside [0, 1] or NaN.
  static any_divergence from_beta(double beta, scaling scale = scaling::paper) {
    if (beta == 0.0) return forward_kl{};
    if (beta == 1.0) return reverse_kl{};
    if (!(beta > 0.0 && beta < 1.0))
      fail(errc::bad_argument, "beta is ", beta,
           ", want 0 <= beta <= 1: 0 is forward KL, 1 is reverse KL");
    return generalized_jsd(beta, scale);
  }

  /// By name: forward_kl, reverse_kl, generalized_jsd or jsd (beta as in from_beta, hence forward
  /// and reverse KL at 0 and 1, which the type generalized_jsd refuses; 0.5 unless given),
  /// total_variation, jeffreys, skew_forward_kl and skew_reverse_kl (alpha, 0.1),
  /// alpha_divergence (alpha, 0.5). Throws bad_argument for another name, a parameter outside its
  /// range, or one that the divergence does not have.
  static any_divergence from_name(std::string_view name, std::optional<double> parameter = {}) {
    if (name == "generalized_jsd" || name == "jsd") return from_beta(parameter.value_or(0.5));
    if (name == "skew_forward_kl") return skew_forward_kl(parameter.value_or(0.1));
    if (name == "skew_reverse_kl") return skew_reverse_kl(parameter.value_or(0.1));
    if (name == "alpha_divergence") return alpha_divergence(parameter.value_or(0.5));
    const any_divergence plain[] = {forward_kl{}, reverse_kl{}, total_variation{}, jeffreys{}};
    for (const any_divergence& d : plain) {
      if (d.name() != name) continue;
      if (parameter) fail(errc::bad_argument, d.name(), " has no parameter, got ", *parameter);
      return d;
    }
    fail(errc::bad_argument, "no divergence is called ", in_quotes(name),
         ", want forward_kl, reverse_kl, generalized_jsd (or jsd), total_variation, jeffreys, "
         "skew_forward_kl, skew_reverse_kl or alpha_divergence");
  }

  /// Calls f with the divergence that was chosen, as its own type, and returns what f returns.
#if defined(__CUDACC__)
#pragma nv_exec_check_disable  // f decides whether it is for the host, the device or both
#endif
  template <class F>
  GKD_FN decltype(auto) visit(F&& f) const {
    switch (kind_) {
      case kind::reverse_kl: return f(reverse_kl_);
      case kind::generalized_jsd: return f(jsd_);
      case kind::total_variation: return f(total_variation_);
      case kind::jeffreys: return f(jeffreys_);
      case kind::skew_forward_kl: return f(skew_forward_kl_);
      case kind::skew_reverse_kl: return f(skew_reverse_kl_);
      case kind::alpha_divergence: return f(alpha_);
      case kind::forward_kl: break;
    }
    return f(forward_kl_);
  }

  /// The name that from_name takes, without the parameter.
  std::string_view name() const {
    switch (kind_) {
      case kind::forward_kl: return "forward_kl";
      case kind::reverse_kl: return "reverse_kl";
      case kind::generalized_jsd: return "generalized_jsd";
      case kind::total_variation: return "total_variation";
      case kind::jeffreys: return "jeffreys";
      case kind::skew_forward_kl: return "skew_forward_kl";
      case kind::skew_reverse_kl: return "skew_reverse_kl";
      case kind::alpha_divergence: return "alpha_divergence";
    }
    return "";
  }

  /// beta or alpha, for the divergences that have one.
  std::optional<double> parameter() const {
    switch (kind_) {
      case kind::generalized_jsd: return jsd_.beta();
      case kind::skew_forward_kl: return skew_forward_kl_.alpha();
      case kind::skew_reverse_kl: return skew_reverse_kl_.alpha();
      case kind::alpha_divergence: return alpha_.alpha();
      default: return std::nullopt;
    }
  }

  /// The name with its parameter, for people: "generalized_jsd(beta = 0.5)".
  std::string text() const {
    const std::string_view symbol = kind_ == kind::generalized_jsd ? "(beta = " : "(alpha = ";
    return parameter() ? concat(name(), symbol, *parameter(), ")") : std::string(name());
  }

  /// What a person should know about this choice, or "". A JSD near its ends is legal and is never
  /// clamped, but its loss and gradient shrink with beta.
  std::string warning() const {
    if (kind_ != kind::generalized_jsd || jsd_.scale() != 1.0) return "";
    const double beta = jsd_.beta(), distance = math::min(beta, 1.0 - beta);
    if (distance >= 1e-3) return "";
    return concat(text(), ": loss and gradient are about ", distance, " times those of ",
                  beta < 0.5 ? "forward_kl (beta = 0)" : "reverse_kl (beta = 1)",
                  ", as if the learning rate were; scaling::continuous divides by beta (1 - beta)");
  }

 private:
  enum class kind : std::uint8_t {
    forward_kl,
    reverse_kl,
    generalized_jsd,
    total_variation,
    jeffreys,
    skew_forward_kl,
    skew_reverse_kl,
    alpha_divergence,
  };
  kind kind_;
  union {
    forward_kl forward_kl_;
    reverse_kl reverse_kl_;
    generalized_jsd jsd_;
    total_variation total_variation_;
    jeffreys jeffreys_;
    skew_forward_kl skew_forward_kl_;
    skew_reverse_kl skew_reverse_kl_;
    alpha_divergence alpha_;
  };
};

}  // namespace gkd::inline v0
