# SPDX-License-Identifier: Apache-2.0
"""Records what PyTorch's optimisers, gradient clipping and transformers' learning-rate schedules
do, in optim.golden.

    pip install torch==2.15.0 transformers==5.23.0
    python optim_torch.py

Records:
  [data]      matrix (3, 4), vector (5): the parameters' first values; matrix_gradients (20, 3, 4),
              vector_gradients (20, 5): the gradients of the 20 steps, all float32 numbers. Both
              parameters belong to one optimiser and one group.
  [optimiser] kind, dtype, its settings, lr (20): the learning rate of each step, matrix (20, 3, 4)
              and vector (20, 5): the parameters after each step
  [clip]      dtype, step, max_norm, norm: the global norm over the gradients of that step, as
              torch.nn.utils.clip_grad_norm_ returns it; matrix (3, 4), vector (5): the gradients
              afterwards. torch multiplies them by min(1, max_norm / (norm + 1e-6)).
  [schedule]  kind, warmup, total, base, lr (total + 1): the learning rate before step 0, 1, ...

Kinds of optimisers, all with foreach=False:
  sgd                     torch.optim.SGD; settings momentum, nesterov, weight_decay
  adamw                   torch.optim.AdamW; beta1, beta2, eps, weight_decay (decoupled, times lr)
  adafactor_transformers  transformers.Adafactor: the matrix is factored, the vector is not;
                          settings eps1, eps2, clip_threshold, decay_rate, beta1 (-1: none),
                          weight_decay, scale_parameter, relative_step, warmup_init. With
                          scale_parameter = relative_step = 0 it is what the Trainer, and so TRL,
                          uses for optim="adafactor". lr -1: the optimiser makes its own.
  adafactor_torch         torch.optim.Adafactor, another algorithm in details; settings eps1 (-1:
                          the eps of the dtype), eps2, beta2_decay, clip_threshold, weight_decay
"""

import numpy
import torch
import transformers
from transformers.optimization import (Adafactor, get_constant_schedule_with_warmup,
                                       get_cosine_schedule_with_warmup,
                                       get_linear_schedule_with_warmup)

from golden import Writer

STEPS = 20
DTYPES = {"float32": torch.float32, "float64": torch.float64}
rng = numpy.random.default_rng(5)


def normal(*shape, std=1.0):
    return (rng.standard_normal(shape) * std).astype(numpy.float32)


# the gradients' size wanders over three orders of magnitude; some entries are exactly 0
size = (10.0 ** rng.uniform(-2, 1, STEPS)).astype(numpy.float32)
DATA = {
    "matrix": normal(3, 4),
    "vector": normal(5, std=0.5),
    "matrix_gradients": normal(STEPS, 3, 4) * size[:, None, None],
    "vector_gradients": normal(STEPS, 5) * size[:, None],
}
DATA["matrix_gradients"][:, 1, 2] = 0
DATA["vector_gradients"][0] = 0

writer = Writer("optim.golden", f"""
PyTorch's optimisers, clipping and transformers' schedules, made by optim_torch.py, which says
what the fields mean. torch {torch.__version__.split('+')[0]}, transformers
{transformers.__version__}, CPU.
""")
writer.record("data", **DATA)


def parameters(dtype):
    return [torch.nn.Parameter(torch.tensor(DATA[name], dtype=dtype))
            for name in ("matrix", "vector")]


def give_gradients(params, step):
    for p, name in zip(params, ("matrix_gradients", "vector_gradients")):
        p.grad = torch.tensor(DATA[name][step], dtype=p.dtype)


def optimiser(kind, make, lr, **settings):
    """`make(params)` builds it; `lr` is a number, a list, one per step, or -1: left alone."""
    rates = lr if isinstance(lr, list) else [lr] * STEPS
    for dtype_name, dtype in DTYPES.items():
        params = parameters(dtype)
        opt = make(params)
        after = [[], []]
        for step in range(STEPS):
            if rates[step] >= 0:
                opt.param_groups[0]["lr"] = rates[step]
            give_gradients(params, step)
            opt.step()
            for p, values in zip(params, after):
                values.append(p.detach().numpy().copy())
        writer.record("optimiser", kind=kind, dtype=dtype_name, **settings,
                      lr=[float(x) for x in rates], matrix=numpy.stack(after[0]),
                      vector=numpy.stack(after[1]))


def sgd(lr, momentum=0.0, nesterov=False, weight_decay=0.0):
    settings = {"momentum": momentum, "nesterov": nesterov, "weight_decay": weight_decay}
    optimiser("sgd", lambda p: torch.optim.SGD(p, lr=1.0, foreach=False, **settings), lr,
              **settings)


def adamw(lr, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    optimiser("adamw", lambda p: torch.optim.AdamW(p, lr=1.0, betas=(beta1, beta2), eps=eps,
                                                   weight_decay=weight_decay, foreach=False),
              lr, beta1=beta1, beta2=beta2, eps=eps, weight_decay=weight_decay)


def adafactor_transformers(lr, beta1=None, weight_decay=0.0, scale_parameter=False,
                           relative_step=False, warmup_init=False):
    rest = {"weight_decay": weight_decay, "scale_parameter": scale_parameter,
            "relative_step": relative_step, "warmup_init": warmup_init}
    optimiser("adafactor_transformers",
              lambda p: Adafactor(p, lr=None if relative_step else 1.0, eps=(1e-30, 1e-3),
                                  clip_threshold=1.0, decay_rate=-0.8, beta1=beta1, **rest),
              lr, eps1=1e-30, eps2=1e-3, clip_threshold=1.0, decay_rate=-0.8,
              beta1=-1.0 if beta1 is None else beta1, **rest)


def adafactor_torch(lr, weight_decay=0.0):
    optimiser("adafactor_torch",
              lambda p: torch.optim.Adafactor(p, lr=1.0, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0,
                                              weight_decay=weight_decay, foreach=False),
              lr, eps1=-1.0, eps2=1e-3, beta2_decay=-0.8, clip_threshold=1.0,
              weight_decay=weight_decay)


falling = [0.01 * (STEPS - step) / STEPS for step in range(STEPS)]
sgd(0.01)
sgd(0.01, weight_decay=0.1)
sgd(0.01, momentum=0.9)
sgd(0.01, momentum=0.9, weight_decay=0.1)
sgd(0.01, momentum=0.9, nesterov=True)
sgd(falling, momentum=0.9, nesterov=True, weight_decay=0.1)
adamw(0.01)
adamw(0.01, weight_decay=0.1)
adamw(falling, weight_decay=0.1)
adamw(0.01, beta1=0.8, beta2=0.95, eps=1e-4)
adafactor_transformers(0.01)
adafactor_transformers(falling, weight_decay=0.1)
adafactor_transformers(0.01, beta1=0.9)
adafactor_transformers(0.01, scale_parameter=True)
adafactor_transformers(-1, scale_parameter=True, relative_step=True)
adafactor_transformers(-1, scale_parameter=True, relative_step=True, warmup_init=True)
adafactor_torch(0.01)
adafactor_torch(falling, weight_decay=0.1)

for step, max_norm in ((1, 1e-3), (1, 1.0), (2, 1.0), (2, 1e6)):
    for dtype_name, dtype in DTYPES.items():
        params = parameters(dtype)
        give_gradients(params, step)
        norm = torch.nn.utils.clip_grad_norm_(params, max_norm, foreach=False)
        writer.record("clip", dtype=dtype_name, step=step, max_norm=max_norm, norm=float(norm),
                      matrix=params[0].grad, vector=params[1].grad)


def schedule(kind, make, warmup, total, base=0.1):
    opt = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
    scheduler = make(opt, warmup, total)
    rates = []
    for _ in range(total + 1):
        rates.append(opt.param_groups[0]["lr"])
        opt.step()
        scheduler.step()
    writer.record("schedule", kind=kind, warmup=warmup, total=total, base=base, lr=rates)


for warmup in (5, 0, 1):
    schedule("constant", lambda o, w, t: get_constant_schedule_with_warmup(o, w), warmup, 20)
    schedule("linear", get_linear_schedule_with_warmup, warmup, 20)
    schedule("cosine", get_cosine_schedule_with_warmup, warmup, 20)

writer.save()
