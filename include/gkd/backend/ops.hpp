// SPDX-License-Identifier: Apache-2.0
// The operations that models, losses and optimisers are written in: gkd::ops::gemm(backend, ...)
// and so on. Each is one function object. Nothing outside backend/ follows a pointer of a backend's
// memory, so that what is written in these operations runs wherever a backend has them.
#pragma once

#include <gkd/backend/ops/dispatch.hpp>
#include <gkd/backend/ops/layer.hpp>
#include <gkd/backend/ops/matrix.hpp>
#include <gkd/backend/ops/step.hpp>
