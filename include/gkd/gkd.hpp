// SPDX-License-Identifier: Apache-2.0
// All of gkd that needs only the standard library and nothing of io/. The rest is included by its
// own name: what needs a package (gkd/backend/eigen.hpp, gkd/report/...), and what reads, writes or
// hashes (gkd/io/..., gkd/data/chat_dataset.hpp, gkd/train/checkpoint.hpp ...).
#pragma once

#include <gkd/version.hpp>

#include <gkd/core/batch.hpp>
#include <gkd/core/buffer.hpp>
#include <gkd/core/config.hpp>
#include <gkd/core/dual.hpp>
#include <gkd/core/error.hpp>
#include <gkd/core/identity.hpp>
#include <gkd/core/math.hpp>
#include <gkd/core/memory.hpp>
#include <gkd/core/printable.hpp>
#include <gkd/core/random.hpp>
#include <gkd/core/refused.hpp>
#include <gkd/core/stopwatch.hpp>
#include <gkd/core/sum.hpp>
#include <gkd/core/tensor.hpp>
#include <gkd/core/utf8.hpp>

#include <gkd/concepts.hpp>

#include <gkd/divergence/any.hpp>
#include <gkd/divergence/check.hpp>
#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/divergence/jsd.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/divergence/more.hpp>
#include <gkd/divergence/row.hpp>
#include <gkd/divergence/row_errors.hpp>
#include <gkd/divergence/row_types.hpp>
#include <gkd/divergence/skew.hpp>
#include <gkd/divergence/softmax.hpp>
#include <gkd/divergence/term.hpp>
#include <gkd/divergence/wide_math.hpp>
#include <gkd/divergence/wide_row.hpp>
#include <gkd/divergence/widest.hpp>

#include <gkd/comm/single.hpp>

#include <gkd/backend/host/activation.hpp>
#include <gkd/backend/host/attention.hpp>
#include <gkd/backend/host/block.hpp>
#include <gkd/backend/host/gemm_kernel.hpp>
#include <gkd/backend/host/gemm_tiles.hpp>
#include <gkd/backend/host/portable.hpp>
#include <gkd/backend/host/rows.hpp>
#include <gkd/backend/loop/activation.hpp>
#include <gkd/backend/loop/attention.hpp>
#include <gkd/backend/loop/embedding.hpp>
#include <gkd/backend/loop/matrix.hpp>
#include <gkd/backend/loop/norm.hpp>
#include <gkd/backend/loop/rows.hpp>
#include <gkd/backend/loop/update.hpp>
#include <gkd/backend/ops.hpp>
#include <gkd/backend/ops/dispatch.hpp>
#include <gkd/backend/ops/layer.hpp>
#include <gkd/backend/ops/matrix.hpp>
#include <gkd/backend/ops/step.hpp>
#include <gkd/backend/reference.hpp>
#include <gkd/backend/workspace.hpp>

#include <gkd/text/bpe.hpp>
#include <gkd/text/bpe_alphabet.hpp>
#include <gkd/text/bpe_seams.hpp>
#include <gkd/text/bpe_vocabulary.hpp>
#include <gkd/text/byte_level.hpp>
#include <gkd/text/chat.hpp>
#include <gkd/text/chat_llama2.hpp>
#include <gkd/text/encode_chat.hpp>
#include <gkd/text/sentencepiece_bpe.hpp>
#include <gkd/text/stream_decoder.hpp>
#include <gkd/text/tokenizer.hpp>

#include <gkd/sample/context.hpp>
#include <gkd/sample/generate.hpp>
#include <gkd/sample/generation_options.hpp>
#include <gkd/sample/host_rows.hpp>
#include <gkd/sample/own_sample.hpp>
#include <gkd/sample/sampler.hpp>

#include <gkd/loss/batch_loss.hpp>
#include <gkd/loss/batch_rows.hpp>
#include <gkd/loss/dense.hpp>
#include <gkd/loss/reduce.hpp>
#include <gkd/loss/row_losses.hpp>
#include <gkd/loss/trl.hpp>

#include <gkd/optim/adafactor.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/optim/bind.hpp>
#include <gkd/optim/bound_parameters.hpp>
#include <gkd/optim/clip.hpp>
#include <gkd/optim/model_fingerprint.hpp>
#include <gkd/optim/parameters.hpp>
#include <gkd/optim/schedule.hpp>
#include <gkd/optim/sgd.hpp>

#include <gkd/model/causal_input.hpp>
#include <gkd/model/config_fields.hpp>
#include <gkd/model/keep_layers.hpp>
#include <gkd/model/kv_cache.hpp>
#include <gkd/model/linear.hpp>
#include <gkd/model/lora.hpp>
#include <gkd/model/mlp.hpp>
#include <gkd/model/parameter_block.hpp>
#include <gkd/model/tabular.hpp>
#include <gkd/model/transformer.hpp>
#include <gkd/model/transformer_block.hpp>
#include <gkd/model/transformer_config.hpp>
#include <gkd/model/transformer_weights.hpp>

#include <gkd/data/fixed.hpp>
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/parts.hpp>
#include <gkd/data/prompts.hpp>
#include <gkd/data/replay.hpp>
#include <gkd/data/shuffle.hpp>
#include <gkd/data/source_state.hpp>
#include <gkd/data/teacher_generated.hpp>

#include <gkd/eval/bleu.hpp>
#include <gkd/eval/divergence_metrics.hpp>
#include <gkd/eval/exact_match.hpp>
#include <gkd/eval/generation_statistics.hpp>
#include <gkd/eval/mean_divergence.hpp>
#include <gkd/eval/ngrams.hpp>
#include <gkd/eval/perplexity.hpp>
#include <gkd/eval/proportion.hpp>
#include <gkd/eval/rouge.hpp>
#include <gkd/eval/row_values.hpp>

#include <gkd/train/any_optimizer.hpp>
#include <gkd/train/callbacks.hpp>
#include <gkd/train/evaluation.hpp>
#include <gkd/train/exchange.hpp>
#include <gkd/train/loss_identity.hpp>
#include <gkd/train/lr_scheduler.hpp>
#include <gkd/train/options.hpp>
#include <gkd/train/plan.hpp>
#include <gkd/train/policies.hpp>
#include <gkd/train/processes.hpp>
#include <gkd/train/run_totals.hpp>
#include <gkd/train/same_settings.hpp>
#include <gkd/train/step_counts.hpp>
#include <gkd/train/step_place.hpp>
#include <gkd/train/step_window.hpp>
#include <gkd/train/trainer.hpp>
#include <gkd/train/trainer_types.hpp>
