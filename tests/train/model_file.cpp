// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/lora.hpp>
#include <gkd/model/mlp.hpp>
#include <gkd/model/tabular.hpp>
#include <gkd/train/model_file.hpp>

#include <limits>

#include "support/catch.hpp"
#include "support/far_backend.hpp"
#include "support/throws.hpp"
#include "train/runs.hpp"

using namespace gkd;

TEST_CASE("A saved model comes back bit for bit, with its configuration") {
  test_folder folder;
  transformer<reference> model(runs::tiny_shape(), {}, 3);
  save_model(model, folder / "model");
  CHECK(names_in(folder / "model") ==
        std::vector<std::string>{"config.json", "model.safetensors"});
  const auto config = read_config<transformer_config>(folder / "model");
  CHECK(config == model.config());
  transformer<reference> loaded(config, {}, zero_weights{});
  load_model(folder / "model", loaded);
  CHECK(runs::bits(loaded) == runs::bits(model));
  load_model(folder / "model/model.safetensors", loaded);  // the file by itself
  CHECK(runs::bits(loaded) == runs::bits(model));

  transformer<reference> other(runs::tiny_shape(), {}, 4);
  save_model(other, folder / "model");  // in place of what was there
  load_model(folder / "model", loaded);
  CHECK(runs::bits(loaded) == runs::bits(other));
  CHECK(names_in(folder / "model").size() == 2);
}

TEST_CASE("A model out of the host's reach is saved in one copy of each parameter in one piece") {
  const test_folder folder;
  mlp<far_backend, float> far{{.vocab_size = 5}, far_backend{}, 3};
  const long before = far.backend().copies();
  save_model(far, folder.path());
  CHECK(far.backend().copies() - before == 5);
}

TEST_CASE("A model without gradients is saved and loaded like any other") {
  test_folder folder;
  transformer<reference> student(runs::tiny_shape(), {}, 3);
  auto frozen = student.frozen();
  save_model(student, folder / "student");
  save_model(frozen, folder / "frozen");
  CHECK(runs::files(folder / "frozen") == runs::files(folder / "student"));
  transformer<reference> teacher(runs::tiny_shape(), {}, zero_weights{}, {.gradients = false});
  load_model(folder / "student", teacher);
  save_model(teacher, folder / "teacher");
  CHECK(runs::files(folder / "teacher") == runs::files(folder / "student"));

  lora adapted{student, {.rank = 2}};
  auto merged = adapted.merge({.gradients = false});  // the adapters change nothing at first
  save_model(merged, folder / "merged");
  CHECK(runs::files(folder / "merged") == runs::files(folder / "student"));
}

TEST_CASE("Numbers are converted to the model's type: F16, BF16, F32 and F64 to float or double") {
  test_folder folder;
  tabular<double> wide(2);
  wide.table()(0, 1) = 0.1;
  save_model(wide, folder / "wide");
  tabular<float> narrow(2);
  load_model(folder / "wide", narrow);
  CHECK(narrow.table()(0, 1) == 0.1f);
  save_model(narrow, folder / "narrow");
  load_model(folder / "narrow", wide);
  CHECK(wide.table()(0, 1) == double(0.1f));

  const std::vector<std::uint16_t> halves{0x3c00, 0xc000, 0x3800, 0};  // 1, -2, 0.5, 0
  output_file file(folder / "half.safetensors");
  write_safetensors(file, {{"table", dtype::f16, {2, 2}, std::as_bytes(std::span(halves))}});
  file.commit();
  load_model(folder / "half.safetensors", wide);
  CHECK(std::vector<double>(wide.table().data, wide.table().data + 4) ==
        std::vector<double>{1.0, -2.0, 0.5, 0.0});
}

TEST_CASE("A file that does not fit is refused by name, and the model stays as it was") {
  test_folder folder;
  tabular<float> small(2), large(3);
  transformer<reference> model(runs::tiny_shape(), {}, 3);
  const std::string before = runs::bits(model);
  save_model(small, folder / "small");
  CHECK_ERROR(load_model(folder / "small", large), errc::shape_mismatch,
              "parameter \"table\" is (2, 2), the model's is (3, 3)");
  CHECK_ERROR(load_model(folder / "small", model), errc::shape_mismatch,
              "has no parameter \"embedding.weight\" of the model");
  transformer_config deep = runs::tiny_shape();
  deep.layers = 3;
  transformer<reference> deeper(deep, {}, 3);
  save_model(deeper, folder / "deeper");
  CHECK_ERROR(load_model(folder / "deeper", model), errc::shape_mismatch,
              "the model has no parameter \"layers.2.");

  transformer_config theta = runs::tiny_shape();
  theta.rope_theta = 500.0;  // no shape tells
  transformer<reference> turned(theta, {}, 3);
  save_model(turned, folder / "turned");
  CHECK_ERROR(load_model(folder / "turned", model), errc::shape_mismatch,
              "config.json: rope_theta is 500.0, 10000.0 in the model");
  CHECK(runs::bits(model) == before);

  const std::vector<std::int32_t> integers{1, 2, 3, 4};
  output_file file(folder / "integers.safetensors");
  write_safetensors(file, {{"table", dtype::i32, {2, 2}, std::as_bytes(std::span(integers))}});
  file.commit();
  CHECK_ERROR(load_model(folder / "integers.safetensors", small), errc::bad_format,
              "parameter \"table\" is I32, want F32, F64, F16 or BF16");
  CHECK_ERROR(load_model(folder / "nowhere", small), errc::io_failure, "cannot open for reading");
}

TEST_CASE("The folder of a run is told from a model's: its newest checkpoint is one") {
  test_folder folder;
  tabular<double> model(3);
  save_model(model, folder / "run/checkpoint-9");
  save_model(model, folder / "run/checkpoint-10");
  CHECK_ERROR(load_model(folder / "run", model), errc::io_failure,
              "run/model.safetensors: not there; the newest checkpoint of this run is ");
  CHECK_ERROR(load_model(folder / "run", model), errc::io_failure, "run/checkpoint-10");
  CHECK_NOTHROW(load_model(folder / "run/checkpoint-10", model));
}

TEST_CASE("What is not finite is not saved, and what was there stays") {
  test_folder folder;
  tabular<float> model(2);
  save_model(model, folder / "model");
  const auto before = runs::files(folder / "model");
  model.table()(1, 0) = std::numeric_limits<float>::quiet_NaN();
  CHECK_ERROR(save_model(model, folder / "model"), errc::non_finite, "tensor \"table\", element 2");
  CHECK_ERROR(save_model(model, folder / "new"), errc::non_finite, "tensor \"table\", element 2");
  CHECK(runs::files(folder / "model") == before);
  CHECK(folder.names() == std::vector<std::string>{"model"});
}

TEST_CASE("An empty path is an error that says whose it is, and is never the root of all files") {
  auto model = toy::random_bigram(5);
  CHECK_ERROR(save_model(model, ""), errc::bad_argument,
              "an empty path as the directory of save_model");
  CHECK_ERROR(load_model("", model), errc::bad_argument, "an empty path as the path of load_model");
  CHECK_ERROR(read_config<transformer_config>(""), errc::bad_argument,
              "an empty path as the directory of read_config");
}
