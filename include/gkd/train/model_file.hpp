// SPDX-License-Identifier: Apache-2.0
// The parameters of a model in files, for use without the trainer:
//
//   gkd::save_model(student, "distilled");     distilled/model.safetensors, and config.json if the
//                                              model has a configuration that gkd can write
//   auto c = gkd::read_config<gkd::transformer_config>("distilled");
//   gkd::transformer model{c, gkd::eigen{}, gkd::zero_weights{}};
//   gkd::load_model("distilled", model);       every name and shape must be the model's
//
// Names are those that parameters(visit) shows; numbers are stored as they are, bit for bit.
#pragma once

#include <gkd/io/safetensors_matrix.hpp>
#include <gkd/optim/parameters.hpp>
#include <gkd/train/checkpoint_places.hpp>
#include <gkd/train/model_config.hpp>

#include <filesystem>  // exists, is_directory

namespace gkd::inline v0 {

namespace detail {

template <class T, class S>
std::vector<index> shape_of(const parameter_view<T, S>& p) {
  if (p.dimensions == 1) return {p.value.cols};
  return {p.value.rows, p.value.cols};
}

/// Tensors on their way into a file: where the host can follow them, as they lie; else copies.
/// Valid until the model changes.
class tensors_to_save {
 public:
  /// Throws non_finite, which names the tensor, for NaN or infinity.
  template <class Backend, class T, class S>
  void add(const Backend& backend, std::string_view name, std::vector<index> shape,
           matrix_view<T, S> x) {
    using number = std::remove_const_t<T>;
    const number* numbers = nullptr;
    if constexpr (S::host_accessible) {
      backend.synchronize();
      if (x.contiguous()) numbers = x.data;
    }
    if (!numbers) numbers = copy<number>(backend, matrix_view<const number, S>(x));
    for (index i = 0; i < x.size(); ++i)
      if (!math::is_finite(numbers[i]))
        fail(errc::non_finite, "tensor ", in_quotes(name), ", element ", i, ": ",
             double(numbers[i]), "; what is not finite is not saved");
    tensors_.push_back({std::string(name), dtype_of<number>(), std::move(shape),
                        std::as_bytes(std::span(numbers, x.size()))});
  }
  /// All of them; the file is not committed.
  void write(output_file& file) const { write_safetensors(file, tensors_); }

 private:
  template <class T, class Backend, class S>
  const T* copy(const Backend& backend, matrix_view<const T, S> x) {
    auto& bytes = copies_.emplace_back(x.size() * sizeof(T));
    T* const numbers = reinterpret_cast<T*>(bytes.data());  // new's memory is aligned for any T
    copy_out(backend, x, numbers);
    backend.synchronize();
    return numbers;
  }

  std::vector<tensor_source> tensors_;
  std::vector<std::vector<std::byte>> copies_;
};

/// All parameters of a model.
template <class Model>
tensors_to_save parameters_to_save(Model& model) {
  const auto backend = backend_of(model);
  tensors_to_save out;
  for_each_value(model, [&](const auto& p) { out.add(backend, p.name, shape_of(p), p.value); });
  return out;
}

/// Fails unless the file has exactly the parameters of the model, in name and shape.
template <class Model>
void check_parameters(const safetensors& file, Model& model, errc code, std::string_view where) {
  index found = 0;
  for_each_value(model, [&](const auto& p) {
    const tensor_info* t = file.find(p.name);
    if (!t) fail(code, where, ": has no parameter ", in_quotes(p.name), " of the model");
    if (t->shape != shape_of(p))
      fail(code, where, ": parameter ", in_quotes(p.name), " is ", shape_text(t->shape),
           ", the model's is ", shape_text(shape_of(p)));
    ++found;
  });
  if (found == file.tensors().size()) return;
  for (const tensor_info& t : file.tensors()) {
    bool known = false;
    for_each_value(model, [&](const auto& p) { known = known || p.name == t.name; });
    if (!known) fail(code, where, ": the model has no parameter ", in_quotes(t.name));
  }
}

template <class Model>
void load_parameters(const safetensors& file, Model& model) {
  const auto backend = backend_of(model);
  for_each_value(model,
                 [&](const auto& p) { read_matrix(file, file.at(p.name), backend, p.value); });
}

// a configuration by gkd that is not the model's is refused; one by others says nothing here
template <class Model>
void check_config(const std::string& path, const Model& model) {
  const nlohmann::json mine = config_of(model);
  std::error_code ignored;
  if (mine.is_null() || !std::filesystem::exists(path, ignored)) return;
  const nlohmann::json saved = read_json(path);
  if (!saved.is_object() || !saved.contains("gkd_config")) return;
  if (const std::string what = difference(saved, mine, "the model"); !what.empty())
    fail(errc::shape_mismatch, shown_path(path), ": ", what);
}

}  // namespace detail

/// Writes the parameters of a model, and its configuration if gkd knows how, into a directory, made
/// if need be. Each file is replaced whole or not at all. Throws bad_argument for an empty path;
/// non_finite, which names the parameter, before anything is written; io_failure.
template <class Model>
void save_model(Model& model, const std::string& directory) {
  check_trainable<Model>();
  detail::check_path(directory, "the directory of save_model");
  const detail::tensors_to_save tensors = detail::parameters_to_save(model);
  detail::make_directories(directory);
  const std::string path = directory + "/model.safetensors";
  output_file file(detail::temporary_name(path));
  tensors.write(file);
  file.commit_to(path);
  const nlohmann::json config = detail::config_of(model);
  if (!config.is_null()) replace_file(directory + "/config.json", text_of_json(config));
}

/// Copies the parameters in a file, or in the model.safetensors of a directory, into a model that
/// has exactly these, in name and shape; F32, F64, F16 and BF16 are converted to its number type. A
/// config.json of gkd beside it must describe the model, which says what shapes do not: the number
/// of heads, the kind of norm. Throws bad_argument for an empty path, io_failure, bad_format,
/// shape_mismatch naming what differs, before anything has changed; then only what read_matrix()
/// throws, of a file that cannot be read to its end or holds a number that is not finite, which
/// leaves the model half loaded.
template <class Model>
void load_model(const std::string& path, Model& model) {
  check_trainable<Model>();
  detail::check_path(path, "the path of load_model");
  std::error_code ignored;
  const bool directory = std::filesystem::is_directory(path, ignored);
  const std::string name = directory ? path + "/model.safetensors" : path;
  if (directory && !std::filesystem::exists(name, ignored))
    if (const auto kept = list_checkpoints(path); !kept.empty())
      fail(errc::io_failure, shown_path(name), ": not there; the newest checkpoint of this run is ",
           shown_path(kept.front().path));
  const safetensors file(name);
  for (const tensor_info& t : file.tensors())
    if (!is_floating_point(t.type))
      fail(errc::bad_format, shown_path(name), ": parameter ", in_quotes(t.name), " is ",
           facts_of(t.type).name, ", want F32, F64, F16 or BF16");
  detail::check_parameters(file, model, errc::shape_mismatch, shown_path(name));
  if (directory) detail::check_config(path + "/config.json", model);
  detail::load_parameters(file, model);
}

}  // namespace gkd::inline v0
