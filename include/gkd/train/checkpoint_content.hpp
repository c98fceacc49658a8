// SPDX-License-Identifier: Apache-2.0
// A run on its way into the files of a checkpoint, and back. Nothing of the run changes before all
// of a checkpoint has been read and found to fit.
#pragma once

#include <gkd/io/staged_directory.hpp>
#include <gkd/train/checkpoint_manifest.hpp>
#include <gkd/train/checkpoint_state.hpp>
#include <gkd/train/model_file.hpp>

#include <optional>  // optional

namespace gkd::inline v0::detail {

// a stand-in for the visitor of an optimiser's buffers
struct any_buffer {
  void operator()(std::string_view, auto&&) const {}
};

template <class O>
concept shows_moments = requires(O& optimizer, long steps) {
  optimizer.visit_state(any_buffer{});
  { optimizer.steps() } -> std::convertible_to<long>;
  optimizer.set_steps(steps);
};

/// What a student, an optimiser's state and a source need to be put into a checkpoint.
template <class Student, class Optimizer, class Source>
constexpr void check_resumable() {
  check_trainable<Student>();
  check_source_state<Source>();
  static_assert(
      shows_moments<Optimizer>,
      "gkd: the state of an optimizer needs  void visit_state(auto&& visit)  that calls "
      "visit(name, view) for each of its buffers,  long steps() const  and  void set_steps(long)  "
      "to be kept in checkpoints  [docs/concepts.md#optimizer]");
}
// of what shows none check_resumable() has spoken
template <class Optimizer, class F>
void for_each_moment(Optimizer& optimizer, const F& f) {
  if constexpr (shows_moments<Optimizer>) optimizer.visit_state(f);
}

/// The numbers that a run depends on and a checkpoint does not hold: those of the teacher, and
/// those of the student that do not learn. Reads them all.
template <class Run>
nlohmann::json models_of(const Run& now) {
  const identity_fields teacher = now.teacher ? now.teacher() : identity_fields("unnamed");
  return {{"teacher", identity_to_json(teacher)},
          {"student", identity_to_json(student_identity(now.student))}};
}

/// What of a run is compared before it is resumed: its options, its loss, its optimizer, its
/// source, its data and, from models_of(), its models. A schedule of learning rates that does not
/// say what it is is known by what it gives before `step`.
template <class Run>
nlohmann::json identity_of(const Run& now, const nlohmann::json& models, long step) {
  nlohmann::json out = {{"options", options_to_json(now.options, now.processes, step)},
                        {"loss", identity_to_json(now.loss)},
                        {"optimizer", identity_to_json(part_identity(now.optimizer))},
                        {"source", identity_to_json(part_identity(now.source))},
                        {"data", data_to_json(now.source)}};
  out.update(models);
  return out;
}

/// The files of a checkpoint, before they are written: views of the run as it is now.
template <class Student, class Optimizer, class Source>
class run_files {
 public:
  /// Throws non_finite, which names the parameter or the moment.
  run_files(const snapshot<Student, Optimizer, Source>& now, const nlohmann::json& models)
      : now_(now), models_(models), parameters_(parameters_to_save(now.student)) {
    const auto backend = backend_of(now.student);
    for_each_moment(now.optimizer, [&](std::string_view name, auto view) {
      moments_.add(backend, name, {view.size}, as_matrix(view));
    });
  }

  /// Writes them all, the manifest last, each of them synced. Its hashes are of what was to be
  /// written, not of what the disk holds. Throws bad_format, too, for what the parts say of
  /// themselves and no resuming run could read.
  checkpoint_manifest write(const staged_directory& stage) const {
    checkpoint_manifest manifest{now_.state.step, {}};
    const auto add = [&](const char* name, const auto& tensors) {
      output_file file(stage.file(name), true);
      tensors.write(file);
      file.commit();
      manifest.files.emplace(name, file.digest());
    };
    const auto add_text = [&](const char* name, const std::string& text) {
      write_new_file(stage.file(name), text);
      manifest.files.emplace(name, file_digest{text.size(), sha256_of(text)});
    };
    add("model.safetensors", parameters_);
    if (!now_.options.save_only_model) add("optimizer.safetensors", moments_);
    const std::string run = text_of_json(state());
    parse_json(run, {stage.file("run.json")});  // as the run that goes on will
    add_text("run.json", run);
    if constexpr (has_state<Source>)
      add("source.safetensors", source_tensors(now_.source.state()));
    if (const nlohmann::json config = config_of(now_.student); !config.is_null())
      add_text("config.json", text_of_json(config));
    write_new_file(stage.file("manifest.json"), manifest_text(manifest));
    return manifest;
  }

 private:
  nlohmann::json state() const {
    nlohmann::json out = identity_of(now_, models_, now_.state.step);
    out["state"] = state_to_json(now_.state);
    if constexpr (shows_moments<Optimizer>) out["optimizer_steps"] = now_.optimizer.steps();
    return out;
  }

  const snapshot<Student, Optimizer, Source>& now_;
  const nlohmann::json& models_;
  tensors_to_save parameters_, moments_;
};

/// A checkpoint that was found to be whole; its tensors are read when they are restored.
class saved_run {
 public:
  /// Throws bad_format or io_failure where it is damaged, bad_checkpoint where its format is newer
  /// or it was written with save_only_model.
  explicit saved_run(const checkpoint_place& place)
      : where_(shown_path(place.path)),
        manifest_(verify_checkpoint(place)),
        parameters_(place.path + "/model.safetensors"),
        moments_(path_of_moments(place)),
        json_(read_json(place.path + "/run.json")) {
    const std::string where = where_ + "/run.json";
    state_ = state_from_json(json_object(json_, "state", where), where);
    if (state_.step != place.step)
      fail(errc::bad_format, where, ": step ", state_.step, ", want ", place.step);
    optimizer_steps_ = static_cast<long>(
        json_integer(json_, "optimizer_steps", where, 0, std::numeric_limits<long>::max()));
    for (const char* part : compared) json_object(json_, part, where);
    if (manifest_.has("config.json")) config_ = read_json(place.path + "/config.json");
    if (!manifest_.has("source.safetensors")) return;
    const std::string path = place.path + "/source.safetensors";
    source_ = read_source_state(safetensors(path), shown_path(path));
  }

  /// Throws bad_checkpoint for a student of another shape.
  template <class Student>
  void check_model(Student& student) const {
    check_parameters(parameters_, student, errc::bad_checkpoint, where_ + "/model.safetensors");
    for_each_parameter(student, [&]<class T, class S>(const parameter_view<T, S>& p) {
      check_type<T>(parameters_.at(p.name), "/model.safetensors");
    });
    if (const std::string text = difference(config_, config_of(student), "the student");
        !text.empty())
      fail(errc::bad_checkpoint, where_, "/config.json: ", text);
  }

  /// How its options, loss, optimizer, source, data and models differ from those of the run; "" if
  /// they do not. Of parts with different names the names are enough.
  template <class Run>
  std::string differences(const Run& now, const nlohmann::json& models) const {
    const nlohmann::json mine = identity_of(now, models, state_.step);
    std::string text;
    for (const std::string part : compared) {
      const std::string who = part == "options" ? "this run" : "this run's " + part;
      nlohmann::json there = json_.at(part), here = mine.at(part);
      drop_settings_of_others(there, here);
      name_missing_configs(there, here);
      const std::string found = difference(there, here, who);
      if (!found.empty()) text += (text.empty() ? "" : "; ") + found;
    }
    return text;
  }

  /// Makes the run what was saved. Throws bad_checkpoint where model, optimiser or source have
  /// another shape, non_finite for a number that is none; then nothing has changed. All files have
  /// been read by then: one that cannot be read once more leaves the source and the counts of steps
  /// as they were, and parameters and moments half loaded.
  template <class Student, class Optimizer, class Source>
  void restore(const snapshot<Student, Optimizer, Source>& now) {
    check_model(now.student);
    check_moments<Student>(now.optimizer);
    check_numbers(now);
    source_state before = state_of(now.source);
    restore_source(now.source);  // the only way to learn whether it fits
    try {
      read_numbers(now);
      if constexpr (shows_moments<Optimizer>) now.optimizer.set_steps(optimizer_steps_);
    } catch (...) {
      restore_state(now.source, std::move(before));
      throw;
    }
    now.state = state_;
  }

 private:
  static constexpr const char* compared[] = {"options", "loss",    "optimizer", "source",
                                             "data",    "teacher", "student"};

  template <class Student, class Optimizer, class Source>
  void check_numbers(const snapshot<Student, Optimizer, Source>& now) const {
    for_each_parameter(now.student, [&]<class T, class S>(const parameter_view<T, S>& p) {
      check_matrix<T>(parameters_, parameters_.at(p.name));
    });
    for_each_moment(now.optimizer, [&](std::string_view name, auto view) {
      check_matrix<typename decltype(view)::value_type>(moments_, moments_.at(name));
    });
  }
  template <class Student, class Optimizer, class Source>
  void read_numbers(const snapshot<Student, Optimizer, Source>& now) {
    load_parameters(parameters_, now.student);
    const auto backend = backend_of(now.student);
    for_each_moment(now.optimizer, [&](std::string_view name, auto view) {
      read_matrix(moments_, moments_.at(name), backend, as_matrix(view));
    });
  }
  std::string path_of_moments(const checkpoint_place& place) const {
    if (!manifest_.has("optimizer.safetensors"))
      fail(errc::bad_checkpoint, where_,
           ": was written with save_only_model and has no state of the optimizer, so that no run "
           "can go on from it");
    return place.path + "/optimizer.safetensors";
  }
  template <class Student, class Optimizer>
  void check_moments(Optimizer& optimizer) const {
    index found = 0;
    for_each_moment(optimizer, [&](std::string_view name, auto view) {
      const tensor_info* t = moments_.find(name);
      if (!t || t->size() != view.size)
        fail(errc::bad_checkpoint, where_, "/optimizer.safetensors: ", in_quotes(name), " has ",
             t ? std::to_string(t->size()) : "no", " numbers, the optimizer's has ", view.size);
      check_type<typename decltype(view)::value_type>(*t, "/optimizer.safetensors");
      ++found;
    });
    if (found != moments_.tensors().size())
      fail(errc::bad_checkpoint, where_, "/optimizer.safetensors: holds ",
           moments_.tensors().size(), " buffers, the optimizer has ", found);
  }
  template <class T>
  void check_type(const tensor_info& t, std::string_view file) const {
    if (t.type != dtype_of<T>())
      fail(errc::bad_checkpoint, where_, file, ": ", in_quotes(t.name), " is ",
           facts_of(t.type).name, ", this run's is ", facts_of(dtype_of<T>()).name);
  }
  template <class Source>
  void restore_source([[maybe_unused]] Source& source) {
    if (source_.has_value() != has_state<Source>)
      fail(errc::bad_checkpoint, where_, ": the checkpoint's data source ",
           source_ ? "carries something from batch to batch, this run's does not"
                   : "carries nothing from batch to batch, this run's does");
    if constexpr (has_state<Source>) source.restore(std::move(*source_));
  }

  std::string where_;
  checkpoint_manifest manifest_;
  safetensors parameters_, moments_;
  nlohmann::json json_;
  train_state state_;
  long optimizer_steps_ = 0;
  nlohmann::json config_;
  std::optional<source_state> source_;
};

}  // namespace gkd::inline v0::detail
