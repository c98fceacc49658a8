// SPDX-License-Identifier: Apache-2.0
// All of gkd that needs only the standard library. What needs a package (Eigen, xtensor, fmt, ...)
// is included by its own name: gkd/backend/eigen.hpp, gkd/io/..., gkd/report/...
#pragma once

#include <gkd/version.hpp>

#include <gkd/core/batch.hpp>
#include <gkd/core/buffer.hpp>
#include <gkd/core/config.hpp>
#include <gkd/core/dual.hpp>
#include <gkd/core/error.hpp>
#include <gkd/core/math.hpp>
#include <gkd/core/random.hpp>
#include <gkd/core/stopwatch.hpp>
#include <gkd/core/sum.hpp>
#include <gkd/core/tensor.hpp>

#include <gkd/concepts.hpp>

#include <gkd/divergence/softmax.hpp>
#include <gkd/divergence/term.hpp>

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
#include <gkd/backend/loop/update.hpp>
#include <gkd/backend/ops/dispatch.hpp>
#include <gkd/backend/ops/layer.hpp>
#include <gkd/backend/ops/matrix.hpp>
#include <gkd/backend/reference.hpp>
#include <gkd/backend/workspace.hpp>

#include <gkd/text/chat.hpp>
#include <gkd/text/encode_chat.hpp>
#include <gkd/text/sentencepiece_bpe.hpp>
#include <gkd/text/tokenizer.hpp>

#include <gkd/sample/generate.hpp>
#include <gkd/sample/sampler.hpp>

#include <gkd/loss/reduce.hpp>

#include <gkd/optim/schedule.hpp>

#include <gkd/model/causal_input.hpp>
#include <gkd/model/kv_cache.hpp>
#include <gkd/model/parameter_block.hpp>
#include <gkd/model/tabular.hpp>
#include <gkd/model/transformer_config.hpp>

#include <gkd/data/fixed.hpp>
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>
#include <gkd/data/shuffle.hpp>
#include <gkd/data/source_state.hpp>
#include <gkd/data/teacher_generated.hpp>

#include <gkd/eval/bleu.hpp>
#include <gkd/eval/exact_match.hpp>
#include <gkd/eval/generation_statistics.hpp>
#include <gkd/eval/ngrams.hpp>
#include <gkd/eval/proportion.hpp>
#include <gkd/eval/rouge.hpp>

#include <gkd/train/options.hpp>
