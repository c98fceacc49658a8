// SPDX-License-Identifier: Apache-2.0
// Names of TRL's configuration that change nothing in gkd_train, each with the reason. What such a
// name asks for is done always, is done otherwise, or means nothing here; it is passed over at the
// values that ask for nothing else, and at any other there is a note - or an error, where the
// result would not be what was asked for.
#pragma once

#include <gkd/train/gkd_config_options.hpp>

#include <span>  // span

namespace gkd::inline v0 {

/// What a value other than those passed over leads to.
enum class unused_effect { note, refuse };

struct unused_option {
  std::string_view name;
  /// Values with | between them, or * for every value. null, "", [] and {} always pass.
  std::string_view passed_over;
  std::string_view reason;
  unused_effect effect = unused_effect::note;
  bool truth = false;  ///< true or false in TRL: a flag on a command line, also as --no_NAME
};

namespace detail {
namespace reasons {

inline constexpr std::string_view float32 = "everything is computed in float32";
inline constexpr std::string_view no_workers =
    "the chats are read and encoded once, before the first step, by one thread";
inline constexpr std::string_view no_padding =
    "batches are ragged and nothing is padded, so there is nothing to gain";
inline constexpr std::string_view always_measured = "always measured, at no cost";
inline constexpr std::string_view one_process = "gkd_train is one process";
inline constexpr std::string_view flag =
    "a flag of scripts; gkd_train trains, and evaluates "
    "where eval_strategy says so";
inline constexpr std::string_view hub = "of the Hub; gkd uses no network";
inline constexpr std::string_view dashboard = "a hosted dashboard; gkd uses no network";
inline constexpr std::string_view pytorch = "of PyTorch";
inline constexpr std::string_view python = "of Python objects";
inline constexpr std::string_view columns = "of columns of Python datasets; chats are messages";
inline constexpr std::string_view device = "of another device or runtime; this is C++ on the CPU";
inline constexpr std::string_view gone = "obsolete in transformers";
inline constexpr std::string_view peft = "of use_peft";
inline constexpr std::string_view quantised = "weights are not quantised in memory: float32";

}  // namespace reasons

/// An option that is true or false in TRL, whatever values are passed over.
constexpr unused_option truth(std::string_view name, std::string_view passed_over,
                              std::string_view reason, unused_effect effect = unused_effect::note) {
  return {name, passed_over, reason, effect, true};
}

inline constexpr unused_option unused_kept[] = {
    truth("logging_nan_inf_filter", "*",
          "a loss that is not finite always stops the run, so no log holds one"),
    truth("dataloader_drop_last", "false",
          "there is no short batch to drop: the next epoch's first chats fill it"),
    {"dataloader_num_workers", "0", reasons::no_workers},
    {"dataloader_prefetch_factor", "2", reasons::no_workers},
    {"dataset_num_proc", "1", reasons::no_workers},
    {"dataset_batch_size", "1000", reasons::no_workers},
    truth("group_by_length", "false", reasons::no_padding),
    {"num_of_sequences", "1024", reasons::no_padding},
    truth("skip_memory_metrics", "*", reasons::always_measured),
    truth("include_tokens_per_second", "*", reasons::always_measured),
    truth("include_num_input_tokens_seen", "*", reasons::always_measured),
    truth("auto_find_batch_size", "false",
          "out of memory? lower per_device_train_batch_size and raise "
          "gradient_accumulation_steps: the loss is that of one large batch"),
    truth("ignore_data_skip", "false",
          "a resumed run always goes on with the next chat, which takes no time"),
};

inline constexpr unused_option unused_choices[] = {
    truth("batch_eval_metrics", "*", "metrics are always summed batch by batch"),
    {"optim_target_modules", "", "of GaLore and APOLLO", unused_effect::refuse},
    truth("bf16", "false", reasons::float32),
    truth("fp16", "false", reasons::float32),
    truth("bf16_full_eval", "false", reasons::float32),
    truth("fp16_full_eval", "false", reasons::float32),
    truth("tf32", "false", reasons::float32),
    truth("use_cpu", "*", "gkd_train is for the CPU"),
    truth("save_safetensors", "true", "models are always safetensors"),
    truth("dataloader_pin_memory", "*", "of a GPU"),
    {"gradient_checkpointing_kwargs", "*", "there is one way of gradient checkpointing"},
    truth("full_determinism", "*",
          "always so: a seed gives the same bits on any number of threads"),
    truth("use_liger_kernel", "false",
          "logits are computed only for tokens that are in the loss, without Liger"),
    truth("packing", "false", reasons::no_padding),
    truth("eval_packing", "false", reasons::no_padding),
    {"label_smoothing_factor", "0.0|0",
     "of a loss on labels; the distillation loss has none, in TRL neither"},
    {"neftune_noise_alpha", "", "no noise is added to embeddings", unused_effect::refuse},
    {"teacher_model_init_kwargs", "",
     "the weights are read in the type of the file and computed in float32"},
    truth("disable_dropout", "true", "there is no dropout"),
};

inline constexpr unused_option unused_launcher[] = {
    {"log_level_replica", "warning|passive", reasons::one_process},
    truth("log_on_each_node", "true", reasons::one_process),
    truth("save_on_each_node", "false", reasons::one_process),
    {"local_rank", "-1|0", reasons::one_process},
    {"ddp_backend", "", reasons::one_process},
    {"ddp_timeout", "1800", reasons::one_process},
    {"ddp_bucket_cap_mb", "", reasons::one_process},
    truth("ddp_broadcast_buffers", "false", reasons::one_process),
    {"fsdp", "false|no", reasons::one_process},
    {"fsdp_min_num_params", "0", reasons::one_process},
    {"fsdp_config",
     "{\"min_num_params\":0,\"xla\":false,\"xla_fsdp_grad_ckpt\":false,\"xla_fsdp_v2\":false}",
     reasons::one_process},
    {"deepspeed", "", reasons::one_process},
    truth("dispatch_batches", "", reasons::one_process),
    truth("split_batches", "false", reasons::one_process),
};

inline constexpr unused_option unused_ignored[] = {
    truth("do_train", "false", reasons::flag),
    truth("do_eval", "false", reasons::flag),
    truth("do_predict", "false", reasons::flag),
    truth("no_cuda", "false", "obsolete; this is the CPU"),
    {"fp16_backend", "auto", "obsolete: half_precision_backend"},
    truth("adafactor", "false", "obsolete; want optim = adafactor", unused_effect::refuse),
    truth("use_liger", "false", "obsolete: use_liger_kernel"),
    {"eval_accumulation_steps", "", "metrics are summed as they come, no tensors are kept"},
    {"torch_empty_cache_steps", "", reasons::pytorch},
    truth("restore_callback_states_from_checkpoint", "false", reasons::python),
    truth("use_mps_device", "false", reasons::device),
    truth("jit_mode_eval", "false", reasons::pytorch),
    truth("use_ipex", "false", reasons::device),
    {"fp16_opt_level", "O1", "of Apex"},
    {"half_precision_backend", "auto", reasons::pytorch},
    {"tpu_num_cores", "", reasons::device},
    truth("tpu_metrics_debug", "false", reasons::device),
    {"debug", "", "what is not finite always stops the run"},
    {"past_index", "-1", reasons::gone},
    truth("use_legacy_prediction_loop", "false", reasons::gone),
    {"mp_parameters", "", "of SageMaker"},
    {"ray_scope", "last", "of Ray"},
    truth("disable_tqdm", "false",
          "where there is no terminal the bar is a plain line now and then; log_level = warning: "
          "none"),
    truth("remove_unused_columns", "true|false", reasons::columns),  // GKDTrainer sets it to false
    {"label_names", "", reasons::columns},
    {"length_column_name", "length", reasons::columns},
    {"dataset_text_field", "text", reasons::columns},
    {"dataset_kwargs", "{\"skip_prepare_dataset\":true}", reasons::columns},
    {"fsdp_transformer_layer_cls_to_wrap", "", reasons::python},
    {"accelerator_config", "*", reasons::python},
    truth("ddp_find_unused_parameters", "false", reasons::pytorch),
    truth("dataloader_persistent_workers", "false", reasons::python),
    truth("eval_use_gather_object", "false", reasons::python),
    truth("eval_do_concat_batches", "true", reasons::python),
    truth("include_inputs_for_metrics", "false", reasons::python),
    {"include_for_metrics", "", reasons::python},
    truth("push_to_hub", "false", reasons::hub),
    {"hub_model_id", "", reasons::hub},
    {"hub_strategy", "every_save", reasons::hub},
    {"hub_token", "", reasons::hub},
    truth("hub_private_repo", "false", reasons::hub),
    truth("hub_always_push", "false", reasons::hub),
    {"push_to_hub_model_id", "", reasons::hub},
    {"push_to_hub_organization", "", reasons::hub},
    {"push_to_hub_token", "", reasons::hub},
    {"torchdynamo", "", reasons::pytorch},
    truth("torch_compile", "false", reasons::pytorch),
    {"torch_compile_backend", "", reasons::pytorch},
    {"torch_compile_mode", "", reasons::pytorch},
    {"model_init_kwargs", "", "of from_pretrained; gkd reads the folder"},
    {"chars_per_token", "3.6", "tokens are counted"},
};

inline constexpr unused_option unused_later[] = {
    truth("average_tokens_across_devices", "*", "tokens are always counted over the whole batch"),
    {"activation_checkpointing_kwargs", "*", "there is one way of gradient checkpointing"},
    truth("activation_offloading", "false",
          "activations stay in memory; see gradient_checkpointing"),
    truth("gradient_checkpointing_use_reentrant", "*",
          "there is one way of gradient checkpointing"),
    truth("use_cache", "*", "sampling always uses its cache"),
    truth("enable_jit_checkpoint", "*", "an interrupted run always writes a checkpoint"),
    {"train_sampling_strategy", "random|group_by_length",
     "chats come in random order, anew in each epoch", unused_effect::refuse},
    truth("shuffle_dataset", "*", "chats come in random order, anew in each epoch"),
    {"truncation_mode", "keep_start", "what is too long is cut at its end"},
    truth("completion_only_loss", "true", "the loss is on answers alone, in TRL's GKD too"),
    {"loss_type", "*", "of supervised fine-tuning; the loss here is beta's, in TRL's GKD too"},
    {"router_aux_loss_coef", "0.0|0.001", "of mixtures of experts; in TRL's GKD it is dropped"},
    truth("padding_free", "*", reasons::no_padding),
    {"packing_strategy", "*", reasons::no_padding},
    {"pad_to_multiple_of", "", reasons::no_padding},
    {"pad_token", "", reasons::no_padding},
    {"dtype", "float32|auto", reasons::float32},
    {"torch_dtype", "float32|auto", reasons::float32},
    truth("load_in_8bit", "false", reasons::quantised),
    truth("load_in_4bit", "false", reasons::quantised),
    {"bnb_4bit_quant_type", "*", reasons::quantised},
    {"bnb_4bit_quant_storage", "*", reasons::quantised},
    truth("use_bnb_nested_quant", "*", reasons::quantised),
    {"attn_implementation", "eager|sdpa", "there is one attention, and it is exact"},
    {"model_revision", "main", "a folder holds one revision: name the folder"},
    truth("trust_remote_code", "false", "code in a model's folder is never run"),
    truth("use_peft", "false", "gkd_train trains all weights; gkd::lora is for programs",
          unused_effect::refuse),
    {"lora_r", "*", reasons::peft},
    {"lora_alpha", "*", reasons::peft},
    {"lora_dropout", "*", reasons::peft},
    {"lora_target_modules", "*", reasons::peft},
    {"lora_target_parameters", "*", reasons::peft},
    {"lora_modules_to_save", "*", reasons::peft},
    {"lora_task_type", "*", reasons::peft},
    truth("use_rslora", "*", reasons::peft),
    truth("use_dora", "*", reasons::peft),
    {"datasets", "", "want dataset_name, one file", unused_effect::refuse},
    {"dataset_config", "", "of the Hub; want a file", unused_effect::refuse},
    truth("dataset_streaming", "false", "the chats are held in memory"),
    truth("ignore_bias_buffers", "*", reasons::pytorch),
    {"liger_kernel_config", "*", "of use_liger_kernel"},
    {"dataloader_multiprocessing_context", "", reasons::python},
    truth("dataloader_in_order", "*", reasons::python),
    truth("ddp_static_graph", "false", reasons::pytorch),
    {"parallelism_config", "", reasons::one_process},
    {"tp_size", "0|1", reasons::one_process},
    {"hub_revision", "", reasons::hub},
    {"project", "huggingface", reasons::dashboard},
    {"trackio_space_id", "trackio", reasons::dashboard},
    {"trackio_bucket_id", "", reasons::dashboard},
    {"trackio_static_space_id", "", reasons::dashboard},
};

}  // namespace detail

/// visit(const unused_option&, option_class) for each of them.
template <class Visit>
void for_each_unused_option(const Visit& visit) {
  const auto visit_all = [&](std::span<const unused_option> rows, option_class kind) {
    for (const unused_option& row : rows) visit(row, kind);
  };
  visit_all(detail::unused_kept, option_class::kept);
  visit_all(detail::unused_choices, option_class::choice);
  visit_all(detail::unused_launcher, option_class::launcher);
  visit_all(detail::unused_ignored, option_class::ignored);
  visit_all(detail::unused_later, option_class::later);
}

}  // namespace gkd::inline v0
