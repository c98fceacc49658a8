# SPDX-License-Identifier: Apache-2.0
"""Records what TRL's own GKDTrainer.generalized_jsd_loss gives, value and gradient, in
trl_gjsd.golden.

    pip install torch==2.15.0 transformers==5.23.0 trl==1.16.0
    python trl_gjsd.py

What TRL computes, read in trl 1.16.0 (B sequences, T positions, V vocabulary):

  both logits are divided by the temperature, then log_softmax in the dtype of the logits
  beta == 0      l = p (log p - log q)                    forward KL
  beta == 1      l = q (log q - log p)                    reverse KL
  else           l = beta p (log p - log m) + (1 - beta) q (log q - log m)
                 log m = logsumexp(log q + log1p(-beta), log p + log beta), beta in that dtype
  labels         l = l[labels != -100], (valid, V) instead of (B, T, V)

  num_items_in_batch given: sum / num_items_in_batch, whatever the reduction
  "batchmean"    sum / max(1, valid tokens) with labels, sum / max(1, B) without
  "sum"          sum
  "mean"         sum / number of elements: valid * V with labels, B * T * V without; with labels and
                 no valid token it is NaN (the mean of nothing) and is not recorded
  anything else  l itself; here "none": (B, T, V), or (valid, V) with labels. Its gradient is that
                 of its sum, the same as for "sum" (checked below), and is not stored twice

No factor temperature^2 appears anywhere.

Records: [inputs NAME] student, teacher (B, T, V), labels (B, T); logits are float32 numbers.
[case] dtype, inputs, labels (0: none given, 1: those of the inputs, 2: all -100), beta,
temperature, reduction, num_items (0: not given), value, and gradient (B, T, V) with respect to the
student's logits. dtype float32: TRL ran in float32, and its formula loses digits there: it is up to
1.1e-6 (value) and 2.6e-6 (gradient, of the largest entry) away from its own float64 result on the
same logits. So a float implementation is held to the float64 records at 1e-6, and to the float32
ones at what TRL itself keeps.
"""

import os

os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"

import numpy
import torch
from trl.experimental.gkd import GKDTrainer

from golden import Writer

loss_of = GKDTrainer.generalized_jsd_loss
DTYPES = {"float32": torch.float32, "float64": torch.float64}
BETAS = (0.0, 0.1, 0.5, 0.9, 1.0)
TEMPERATURES = (0.5, 0.9, 1.0, 2.0)


def make_inputs(seed, shape, std, noise):
    """Teacher logits, student logits = teacher + noise, and labels with every kind of gap."""
    rng = numpy.random.default_rng(seed)
    teacher = (rng.standard_normal(shape) * std).astype(numpy.float32)
    student = (teacher + rng.standard_normal(shape) * noise).astype(numpy.float32)
    labels = rng.integers(0, shape[-1], shape[:2])
    labels[:, 0] = -100
    labels[0, -1] = -100
    return {"teacher": teacher, "student": student, "labels": labels}


INPUTS = {
    "small": make_inputs(1, (2, 3, 7), 2.0, 1.5),
    "odd": make_inputs(2, (2, 5, 17), 3.0, 1.0),
    "even": make_inputs(3, (2, 4, 8), 1.0, 3.0),
    "row": make_inputs(4, (1, 2, 200), 4.0, 1.0),
}
INPUTS["row"]["labels"][:] = [[5, -100]]

writer = Writer("trl_gjsd.golden", f"""
TRL's generalized_jsd_loss, made by trl_gjsd.py, which says what the fields mean.
torch {torch.__version__.split('+')[0]}, trl 1.16.0, CPU.
""")
for name, inputs in INPUTS.items():
    writer.record("inputs", name, **inputs)

worst = {"value": 0.0, "gradient": 0.0}


def run(dtype, inputs, labels, beta, temperature, reduction, num_items):
    student = torch.tensor(inputs["student"], dtype=dtype, requires_grad=True)
    teacher = torch.tensor(inputs["teacher"], dtype=dtype)
    given = torch.tensor(inputs["labels"]) if labels else None
    if labels == 2:
        given = torch.full_like(given, -100)
    loss = loss_of(student, teacher, given, beta, temperature, reduction, num_items or None)
    loss.sum().backward()
    return loss.detach(), student.grad


def case(name, labels, beta, temperature, reduction, num_items=0):
    results = {}
    for dtype_name, dtype in DTYPES.items():
        args = (dtype, INPUTS[name], labels, beta, temperature)
        loss, gradient = run(*args, reduction, num_items)
        fields = {"value": loss.numpy() if loss.dim() else float(loss)}
        if reduction == "none":
            assert torch.equal(gradient, run(*args, "sum", 0)[1])
        else:
            fields["gradient"] = gradient.numpy()
            results[dtype_name] = (float(loss), gradient.double())
        writer.record("case", dtype=dtype_name, inputs=name, labels=labels, beta=beta,
                      temperature=temperature, reduction=reduction, num_items=num_items, **fields)
    if results and results["float64"][0] != 0.0:
        (v32, g32), (v64, g64) = results["float32"], results["float64"]
        worst["value"] = max(worst["value"], abs(v32 - v64) / abs(v64))
        worst["gradient"] = max(worst["gradient"], float((g32 - g64).abs().max() / g64.abs().max()))


for beta in BETAS:
    for labels in (0, 1):
        for temperature in TEMPERATURES:
            for reduction in ("batchmean", "sum", "mean", "none"):
                case("small", labels, beta, temperature, reduction)
        for reduction in ("batchmean", "mean"):
            case("odd", labels, beta, 1.0, reduction)
            case("even", labels, beta, 2.0, reduction)
    case("row", 0, beta, 1.0, "batchmean")
    case("row", 1, beta, 0.5, "batchmean")
    case("small", 1, beta, 1.0, "batchmean", num_items=7)
    case("small", 0, beta, 2.0, "sum", num_items=10)
    case("small", 2, beta, 1.0, "batchmean")
    case("small", 2, beta, 1.0, "sum")

writer.save()
print(f"TRL's float32 against TRL's float64, relative: value {worst['value']:.1e}, "
      f"gradient {worst['gradient']:.1e} of the largest entry")
