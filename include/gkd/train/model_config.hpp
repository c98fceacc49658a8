// SPDX-License-Identifier: Apache-2.0
// The configuration of a model as JSON, and back:
//
//   {"gkd_config": "transformer", "vocab_size": 32000, "width": 512, "norm": "rms", ...}
//
// A model of one's own joins in if its config() has  static constexpr const char* name  and a
// member  void fields(auto&& visit)  that calls visit("field", field) for each of its numbers and
// bools.
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/model/config_fields.hpp>
#include <gkd/model/lora.hpp>
#include <gkd/model/mlp.hpp>

#include <type_traits>  // is_enum_v, remove_cvref_t

namespace gkd::inline v0 {

namespace detail {

/// A value from a file, for errors: short and in printable characters.
inline std::string printable_json(const nlohmann::json& value) {
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  const std::string quoted_text = in_quotes(value.dump());
  return quoted_text.substr(1, quoted_text.rfind('"') - 1);
}

struct any_field {
  void operator()(const char*, auto&&) const {}
};
template <class C>
concept lists_fields = requires(C& c) {
  c.fields(any_field{});
  { std::remove_cvref_t<C>::name } -> std::convertible_to<std::string>;
};
template <class C>
concept known_config = std::is_same_v<std::remove_cvref_t<C>, transformer_config> ||
                       std::is_same_v<std::remove_cvref_t<C>, mlp_config> || lists_fields<C>;
template <class M>
concept has_known_config = requires(const M& m) { requires known_config<decltype(m.config())>; };
template <class M>
concept has_lora_options = requires(const M& m) {
  requires std::is_same_v<std::remove_cvref_t<decltype(m.options())>, lora_options>;
};

template <class C>
std::string config_name() {
  if constexpr (std::is_same_v<C, transformer_config>)
    return "transformer";
  else if constexpr (std::is_same_v<C, mlp_config>)
    return "mlp";
  else
    return C::name;
}
/// visit(name, field) for every field; fields are const where the configuration is.
template <class Config, class Visit>
void for_each_field(Config& config, const Visit& visit) {
  using plain = std::remove_const_t<Config>;
  if constexpr (std::is_same_v<plain, transformer_config>)
    fields_of_transformer(config, visit);
  else if constexpr (std::is_same_v<plain, mlp_config>)
    fields_of_mlp(config, visit);
  else
    config.fields(visit);
}

/// A member of the object as a field of type T. Throws bad_format.
template <class T>
T field_from_json(const nlohmann::json& object, std::string_view name, std::string_view where) {
  if constexpr (std::is_enum_v<T>) {
    const std::string& text = json_string(object, name, where);
    std::string known;
    constexpr auto names = names_of<T>();
    for (index i = 0; i < names.size(); ++i) {
      if (text == names[i]) return static_cast<T>(i);
      known += concat(i == 0 ? "" : ", ", names[i]);
    }
    fail(errc::bad_format, where, ": ", in_quotes(name), " is ", in_quotes(text), ", want one of ",
         known);
  } else if constexpr (std::is_same_v<T, bool>) {
    return json_bool(object, name, where);
  } else if constexpr (std::is_integral_v<T>) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    return static_cast<T>(json_integer(object, name, where, std::is_signed_v<T> ? -most : 0, most));
  } else {
    return static_cast<T>(json_number(object, name, where));
  }
}

}  // namespace detail

/// The fields of a configuration, by name.
template <class Config>
nlohmann::json config_to_json(const Config& config) {
  nlohmann::json out = {{"gkd_config", detail::config_name<Config>()}};
  detail::for_each_field(config, [&](const char* name, const auto& field) {
    using type = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_enum_v<type>)
      out[name] = detail::names_of<type>()[static_cast<index>(field)];
    else
      out[name] = field;
  });
  return out;
}

/// The configuration that an object describes. Throws bad_format for one of another kind, and for a
/// field that is missing, unknown or of the wrong type; `where` begins the message.
template <class Config>
Config config_from_json(const nlohmann::json& object, std::string_view where) {
  const std::string name = detail::config_name<Config>();
  if (const std::string& kind = json_string(object, "gkd_config", where); kind != name)
    fail(errc::bad_format, where, ": describes ", in_quotes(kind), ", want ", in_quotes(name));
  Config config;
  index known = 1;
  detail::for_each_field(config, [&](const char* field_name, auto& field) {
    field =
        detail::field_from_json<std::remove_cvref_t<decltype(field)>>(object, field_name, where);
    ++known;
  });
  if (object.contains("lora")) ++known;  // of the adapters, not of the model below
  if (object.size() != known)
    fail(errc::bad_format, where, ": ", object.size(), " members, want the ", known, " of a ",
         name);
  return config;
}

/// Reads the config.json of a directory that save_model wrote. Throws bad_argument for an empty
/// path, io_failure, bad_format, and what the configuration's own validate() throws.
template <class Config>
Config read_config(const std::string& directory) {
  detail::check_path(directory, "the directory of read_config");
  const std::string path = directory + "/config.json";
  Config config = config_from_json<Config>(read_json(path), shown_path(path));
  if constexpr (requires { config.validate(); }) config.validate();
  return config;
}

namespace detail {

/// How two objects differ, member by member: "width is 64, 32 in the model"; "" if they do not.
inline std::string difference(const nlohmann::json& saved, const nlohmann::json& mine,
                              std::string_view who) {
  const auto shown = [](const nlohmann::json& object, const std::string& name) {
    const auto found = object.find(name);
    return found == object.end() ? std::string("absent") : printable_json(*found);
  };
  nlohmann::json names = saved.is_object() ? saved : nlohmann::json::object();
  if (mine.is_object()) names.update(mine);
  std::string text;
  for (const auto& [name, value] : names.items()) {
    const std::string there = shown(saved, name), here = shown(mine, name);
    if (there == here) continue;
    const std::string plain = in_quotes(name);
    text += concat(text.empty() ? "" : "; ", std::string_view(plain).substr(1, plain.size() - 2),
                   " is ", there, ", ", here, " in ", who);
  }
  return text;
}

/// What tells a model from another with tensors of the same shapes; null where it does not say.
template <class Model>
nlohmann::json config_of(const Model& model) {
  if constexpr (has_known_config<Model>) {
    nlohmann::json out = config_to_json(model.config());
    if constexpr (has_lora_options<Model>) {
      const lora_options& o = model.options();
      out["lora"] = {{"rank", o.rank}, {"alpha", o.alpha}, {"targets", o.targets}};
    }
    return out;
  } else {
    return nullptr;
  }
}

}  // namespace detail
}  // namespace gkd::inline v0
