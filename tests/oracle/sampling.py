# SPDX-License-Identifier: Apache-2.0
"""Records the probabilities that transformers' generate() would draw a token from, in
sampling.golden.

    pip install torch==2.15.0 transformers==5.23.0
    python sampling.py

The list of processors, and so their order, is made by transformers itself from a GenerationConfig:

  repetition penalty   logits of ids seen so far: z / penalty if z >= 0, else z * penalty
  temperature          z / temperature
  top_k                removes z < the k-th largest: all tied with it stay
  top_p                sorts ascending and removes while the cumulated probability <= 1 - top_p; the
                       most likely token stays. Among equal logits the order of the sort decides.
  min_p                removes p < min_p * the largest p
  softmax of what is left

computed here in double. Every stage sees what the one before it left, renormalised.

Records:
  [row NAME]  logits (V): float32 numbers
  [case]      row, seen (the ids so far), repetition_penalty (1: none), temperature, top_k (0:
              none), top_p (1: none), min_p (0: none), probabilities (V), tie: 1 if top_p had to
              choose among equal logits, so that only the multiset of probabilities is defined
"""

import itertools
import math

import numpy
import torch
import transformers
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel

from golden import Writer

transformers.logging.set_verbosity_error()
torch.set_default_dtype(torch.float64)
INF = math.inf
maker = GPT2LMHeadModel(GPT2Config(vocab_size=4, n_embd=4, n_layer=1, n_head=1, n_positions=4,
                                   bos_token_id=0, eos_token_id=0))
rng = numpy.random.default_rng(9)

ROWS = {
    "plain": [1.5, -0.25, 3.0, 0.75, -2.0, 2.25, 0.0, -1.0],
    "random": rng.standard_normal(12) * 2,
    "ties": [2.0, 1.0, 2.0, 0.5, 1.0, 1.0, -3.0, 2.0],
    "uniform": [0.5] * 4,
    "sure": [60.0, 1.0, -5.0, 20.0, 0.0],
    "masked": [-INF, 1.0, 2.5, -INF, 0.0, 0.25],
    "negative": [-7.0, -1.0, -1.5, -0.5, -3.0],
    "one": [0.125],
}
ROWS = {name: numpy.array(row, dtype=numpy.float32) for name, row in ROWS.items()}

writer = Writer("sampling.golden", f"""
What transformers would sample from, made by sampling.py, which says what the fields mean.
torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}, CPU.
""")
for name, row in ROWS.items():
    writer.record("row", name, logits=row)


def splits_tie(before, after):
    """Whether top_p kept one of two equal logits and removed the other."""
    kept, removed = before[after > -INF], before[(after == -INF) & (before > -INF)]
    return len(removed) > 0 and bool(removed.max() == kept.min())


def check_clear_cut(z, top_p):
    """The cumulated probability is either exactly 1 - top_p or clearly another number."""
    away = (z.sort().values.softmax(-1).cumsum(-1) - (1 - top_p)).abs()
    assert bool(((away == 0) | (away > 1e-9)).all()), (z, top_p)


def case(row, seen=(), repetition_penalty=1.0, temperature=1.0, top_k=0, top_p=1.0, min_p=0.0):
    config = GenerationConfig(do_sample=True, temperature=temperature, top_k=top_k, top_p=top_p,
                              min_p=min_p or None, repetition_penalty=repetition_penalty)
    processors = maker._get_logits_processor(config, input_ids_seq_length=len(seen), device="cpu")
    ids = torch.tensor([list(seen)], dtype=torch.long)
    z, tie = torch.tensor(ROWS[row].astype(numpy.float64))[None], False
    for processor in processors:
        after = processor(ids, z.clone())
        if type(processor).__name__ == "TopPLogitsWarper":
            check_clear_cut(z[0], top_p)
            tie = splits_tie(z[0], after[0])
        z = after
    writer.record("case", row=row, seen=list(seen), repetition_penalty=repetition_penalty,
                  temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p,
                  probabilities=z[0].softmax(-1), tie=tie)


for row, logits in ROWS.items():
    last = len(logits) - 1
    case(row)
    for temperature in (0.5, 0.9, 2.0):
        case(row, temperature=temperature)
    for top_k in (1, 2, 3, 5, 100):
        case(row, top_k=top_k)
    for top_p in (0.01, 0.5, 0.9, 0.999):
        case(row, top_p=top_p)
    for min_p in (0.05, 0.3, 1.0):
        case(row, min_p=min_p)
    for penalty in (1.3, 0.8):
        case(row, seen=(0, last, last, last // 2), repetition_penalty=penalty)
    for temperature, top_k, top_p, min_p in itertools.product((0.7, 1.5), (0, 4), (0.85, 1.0),
                                                              (0.0, 0.1)):
        case(row, seen=(last, 0), repetition_penalty=1.2, temperature=temperature, top_k=top_k,
             top_p=top_p, min_p=min_p)

writer.save()
