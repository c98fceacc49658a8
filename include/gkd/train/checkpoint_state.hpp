// SPDX-License-Identifier: Apache-2.0
// What a checkpoint says besides numbers of the model: where the run stands, under which options
// and on which data, and what the data source carries. Integers are written as integers and doubles
// with the shortest digits that read back the same, so that nothing is lost.
#pragma once

#include <gkd/data/source_state.hpp>
#include <gkd/io/safetensors.hpp>
#include <gkd/train/model_config.hpp>
#include <gkd/train/policies.hpp>

#include <algorithm>    // max
#include <span>         // span
#include <type_traits>  // is_same_v

namespace gkd::inline v0::detail {

// --- where the run stands ------------------------------------------------------------------------

inline nlohmann::json state_to_json(const train_state& s) {
  return {{"step", s.step},
          {"skipped_steps", s.skipped_steps},
          {"sequences_seen", s.sequences_seen},
          {"tokens_seen", s.tokens_seen},
          {"rows_seen", s.rows_seen},
          {"evaluation_due", s.evaluation_due}};
}
inline train_state state_from_json(const nlohmann::json& in, std::string_view where) {
  constexpr long most = std::numeric_limits<long>::max();
  train_state s;
  s.step = static_cast<long>(json_integer(in, "step", where, 0, most));
  s.skipped_steps = static_cast<long>(json_integer(in, "skipped_steps", where, 0, s.step));
  s.sequences_seen = json_number(in, "sequences_seen", where, 0.0);
  s.tokens_seen = json_number(in, "tokens_seen", where, 0.0);
  s.rows_seen = json_number(in, "rows_seen", where, 0.0);
  s.evaluation_due = json_bool(in, "evaluation_due", where);
  return s;
}

// --- what a resumed run must share with the one that was saved -----------------------------------

/// Members by name, with numbers as numbers; those that our JSON has no integers for, from 2^63 on,
/// as text.
inline nlohmann::json identity_to_json(const identity_fields& identity) {
  nlohmann::json out = nlohmann::json::object();
  const auto add = [&]<class T>(const std::string& name, const T& x) {
    if constexpr (std::is_same_v<T, std::uint64_t>)
      if (x > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        out[name] = std::to_string(x);
        return;
      }
    out[name] = x;
  };
  for (const auto& [name, value] : identity.fields())
    std::visit([&](const auto& x) { add(name, x); }, value);
  return out;
}

// a schedule that does not say what it is: by the learning rate of the last step taken, or of the
// first; of no other step of the run is it certain that there is one
inline nlohmann::json schedule_to_json(const any_schedule& schedule, long step) {
  if (!schedule.identity()) return {{"lr_schedule", schedule(std::max(step - 1, 0L))}};
  const nlohmann::json fields = identity_to_json(*schedule.identity());
  nlohmann::json out = nlohmann::json::object();
  for (const auto& [name, value] : fields.items()) out["lr_schedule." + name] = value;
  return out;
}

/// The options that the steps of a run depend on. A schedule of one's own is known by its
/// identity(), or by the learning rate of the last step before `step`. The seed is text: JSON's
/// integers end before 2^64.
inline nlohmann::json options_to_json(const training_options& o, index processes, long step) {
  nlohmann::json out = {{"per_device_train_batch_size", o.per_device_train_batch_size},
                        {"gradient_accumulation_steps", o.gradient_accumulation_steps},
                        {"processes", processes},
                        {"seed", std::to_string(o.seed)},
                        {"num_train_epochs", o.num_train_epochs},
                        {"max_steps", o.max_steps},
                        {"max_grad_norm", o.max_grad_norm},
                        {"loss_normaliser", name_of(o.loss_normaliser)},
                        {"vocab_size", o.vocab_size},
                        {"loss_temperature", o.loss_temperature}};
  if (o.max_steps > 0) out.erase("num_train_epochs");  // overridden
  if (o.data_seed) out["data_seed"] = std::to_string(*o.data_seed);
  if (o.lr_schedule) {
    out.update(schedule_to_json(o.lr_schedule, step));
    return out;
  }
  out["learning_rate"] = o.learning_rate;
  out["lr_scheduler_type"] = name_of(o.lr_scheduler_type);
  out["warmup_steps"] = o.warmup_steps;
  out["warmup_ratio"] = o.warmup_ratio;
  out["min_lr_ratio"] = o.min_lr_ratio;
  return out;
}

/// What tells the data of one run from another's, as far as the source knows.
template <class Source>
nlohmann::json data_to_json(const Source& source) {
  nlohmann::json out = nlohmann::json::object();
  if constexpr (has_size<Source>) out["examples"] = static_cast<index>(source.size());
  if constexpr (has_fingerprint<Source>) {
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx",
                  static_cast<unsigned long long>(source.fingerprint()));
    out["fingerprint"] = digits;
  }
  return out;
}

/// Of parts that have different names only these are left: settings of different things are not
/// compared. `one` and `other` are what identity_to_json gave.
inline void drop_settings_of_others(nlohmann::json& one, nlohmann::json& other) {
  std::vector<std::string> prefixes;
  for (const auto& [name, value] : one.items())
    if ((name == "name" || name.ends_with(".name")) && other.contains(name) && other[name] != value)
      prefixes.push_back(name.substr(0, name.size() - 4));
  for (const std::string& prefix : prefixes)
    for (nlohmann::json* object : {&one, &other})
      for (auto i = object->begin(); i != object->end();)
        i = i.key().starts_with(prefix) && i.key() != prefix + "name" ? object->erase(i)
                                                                      : std::next(i);
}

/// A configuration that one of them has and the other lacks, as a checkpoint of before teachers
/// told theirs, is one field: "config", with its name.
inline void name_missing_configs(nlohmann::json& one, nlohmann::json& other) {
  const auto fold = [](nlohmann::json& has, const nlohmann::json& lacks) {
    const nlohmann::json all = has;
    for (const auto& [name, value] : all.items()) {
      if ((name != "config.name" && !name.ends_with(".config.name")) || lacks.contains(name))
        continue;
      const std::string config = name.substr(0, name.size() - 5);  // less ".name"
      for (auto i = has.begin(); i != has.end();)
        i = i.key().starts_with(config + ".") ? has.erase(i) : std::next(i);
      has[config] = value;
    }
  };
  fold(one, other);
  fold(other, one);
}

// --- what the data source carries ----------------------------------------------------------------

/// Who wrote a sequence, and whether it came again, as one byte. 3 was once all that came again,
/// whoever had written it: of old files such a sequence counts as one of the dataset.
inline constexpr std::uint8_t authors = 3;
inline std::uint8_t origin_to_byte(const sequence& s) {
  return static_cast<std::uint8_t>(static_cast<int>(s.from) + (s.replayed ? authors : 0));
}

/// A source_state as tensors: tokens and weights of all sequences end to end, their lengths and
/// origins, and the position; those of part i under the prefix "i.".
class source_tensors {
 public:
  explicit source_tensors(const source_state& state) { add(state, ""); }
  /// All of it; the file is not committed.
  void write(output_file& file) const {
    std::vector<tensor_source> tensors;
    for (const part& p : parts_) {
      const auto tensor = [&]<class T>(const char* name, dtype type,
                                       const std::vector<T>& numbers) {
        tensors.push_back(
            {p.prefix + name, type, {numbers.size()}, std::as_bytes(std::span(numbers))});
      };
      tensor("tokens", dtype::i32, p.tokens);
      tensor("weights", dtype::f32, p.weights);
      tensor("lengths", dtype::u64, p.lengths);
      tensor("origins", dtype::u8, p.origins);
      tensor("position", dtype::u64, p.position);
    }
    write_safetensors(file, std::move(tensors));
  }

 private:
  struct part {
    std::string prefix;
    std::vector<token> tokens;
    std::vector<float> weights;
    std::vector<std::uint64_t> lengths, position;
    std::vector<std::uint8_t> origins;
  };
  void add(const source_state& state, const std::string& prefix) {
    part p;
    p.prefix = prefix;
    for (const sequence& s : state.sequences) {
      p.tokens.insert(p.tokens.end(), s.tokens.begin(), s.tokens.end());
      p.weights.insert(p.weights.end(), s.weights.begin(), s.weights.end());
      p.lengths.push_back(s.tokens.size());
      p.origins.push_back(origin_to_byte(s));
    }
    p.position.push_back(state.position);
    parts_.push_back(std::move(p));
    for (index i = 0; i < state.parts.size(); ++i) add(state.parts[i], concat(prefix, i, "."));
  }
  std::vector<part> parts_;
};

template <class T>
std::vector<T> integers_of(const safetensors& file, const std::string& name, dtype type,
                           std::string_view where) {
  const tensor_info& t = file.at(name);
  if (t.type != type || t.shape.size() != 1)
    fail(errc::bad_format, where, ": ", in_quotes(name), " is ", facts_of(t.type).name, " ",
         shape_text(t.shape), ", want a list of ", facts_of(type).name);
  std::vector<T> numbers(t.size());
  file.read_bytes(t, 0, {reinterpret_cast<char*>(numbers.data()), numbers.size() * sizeof(T)});
  return numbers;
}

/// The state that source_tensors wrote. Throws bad_format.
inline source_state read_source_state(const safetensors& file, std::string_view where,
                                      const std::string& prefix = "", int depth = 0) {
  const auto tokens = integers_of<token>(file, prefix + "tokens", dtype::i32, where);
  const auto weights = integers_of<float>(file, prefix + "weights", dtype::f32, where);
  const auto lengths = integers_of<std::uint64_t>(file, prefix + "lengths", dtype::u64, where);
  const auto origins = integers_of<std::uint8_t>(file, prefix + "origins", dtype::u8, where);
  const auto position = integers_of<std::uint64_t>(file, prefix + "position", dtype::u64, where);
  if (weights.size() != tokens.size() || origins.size() != lengths.size() || position.size() != 1 ||
      depth > 16)
    fail(errc::bad_format, where, ": ", in_quotes(prefix),
         " holds tensors that do not fit together");
  source_state out;
  out.position = position[0];
  index begin = 0;
  for (index b = 0; b < lengths.size(); ++b) {
    if (lengths[b] > tokens.size() - begin || origins[b] >= 2 * authors)
      fail(errc::bad_format, where, ": sequence ", b, " of ", in_quotes(prefix), " has ",
           lengths[b], " tokens and origin ", origins[b], ", which cannot be");
    const auto from = static_cast<std::ptrdiff_t>(begin);
    const auto to = static_cast<std::ptrdiff_t>(begin += lengths[b]);
    out.sequences.push_back({{tokens.begin() + from, tokens.begin() + to},
                             {weights.begin() + from, weights.begin() + to},
                             static_cast<origin>(origins[b] % authors),
                             origins[b] >= authors});
  }
  if (begin != tokens.size())
    fail(errc::bad_format, where, ": ", in_quotes(prefix), " has ", tokens.size(),
         " tokens, its sequences ", begin);
  for (index i = 0; file.find(concat(prefix, i, ".position")); ++i)
    out.parts.push_back(read_source_state(file, where, concat(prefix, i, "."), depth + 1));
  return out;
}

}  // namespace gkd::inline v0::detail
