# SPDX-License-Identifier: Apache-2.0
"""Records logits, gradients and greedy answers of tiny random transformers models, computed in
double precision, in transformer_hf.golden.

    pip install torch==2.15.0 transformers==5.23.0
    python transformer_hf.py

transformers computes norms, the softmax of attention and rotary angles in float32 even in a model
of doubles. Here its own modelling code runs with every such cast turned into one to float64 (class
AllDouble), so that the numbers are good to about 1e-15; the script checks that they differ from the
untouched model by float32 rounding only, and that a central difference along a random direction
agrees with the gradients to 1e-8, which one cast to float32 left over would spoil.

Records, per model NAME:
  [model NAME]     family (the transformers class) and its settings under their names in
                   config.json; loss: sum over sequences, positions and vocabulary of
                   logits * weight, without label shift
  [weight NAME]    name, value: every parameter under its name in a checkpoint, float32 numbers, in
                   PyTorch's layout: a linear layer is (out, in), except in GPT2, whose Conv1D
                   layers (c_attn, c_fc, c_proj) are (in, out). A tied head is not listed.
  [gradient NAME]  name, value: d loss / d parameter
  [sequence NAME]  tokens (T), weight (T, V), logits (T, V); each sequence runs alone
  [greedy NAME]    prompt, answer: the tokens that generate(do_sample=False) adds, at most 8, with
                   the end token eos if it came; margin: the smallest gap between the best and
                   the second logit
"""

import numpy
import torch
import transformers
from torch.overrides import TorchFunctionMode
from transformers import (Gemma2Config, Gemma2ForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig,
                          LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM)

from golden import Writer

transformers.logging.set_verbosity_error()
VOCAB, EOS, NEW_TOKENS = 23, 2, 8
LENGTHS = (7, 1, 4)


class AllDouble(TorchFunctionMode):
    """Casts to float32 become casts to float64."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func is torch.Tensor.float:
            return args[0].double()
        args = tuple(torch.float64 if a is torch.float32 else a for a in args)
        if kwargs.get("dtype") is torch.float32:
            kwargs["dtype"] = torch.float64
        return func(*args, **kwargs)


def randomise(model, seed):
    """Small multiples of 2^-9, exact in float32 and short in hexadecimal."""
    rng = numpy.random.default_rng(seed)
    for name, p in model.named_parameters():
        gain = "norm" in name or "ln_" in name
        if gain and name.endswith("weight"):
            one = 0.0 if "Gemma2" in type(model).__name__ else 1.0
            values = one + 0.2 * rng.standard_normal(tuple(p.shape))
        elif name.endswith("bias"):
            values = 0.3 * rng.standard_normal(tuple(p.shape))
        elif "embed" in name or "wte" in name or "wpe" in name or "lm_head" in name:
            values = 0.6 * rng.standard_normal(tuple(p.shape))
        else:
            values = 0.35 * rng.standard_normal(tuple(p.shape))
        p.data = torch.tensor(numpy.round(values * 512) / 512, dtype=torch.float64)


def exact_angles(model, head_dim, theta):
    """The rotary frequencies theta^(-2i/head_dim) in double."""
    for module in model.modules():
        if hasattr(module, "inv_freq"):
            exponent = torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim
            module.inv_freq = theta ** -exponent


def make(model_class, config, seed):
    config._attn_implementation = "eager"
    config.pad_token_id = None  # Gemma2's default, 0, would drop the gradient of embedding row 0
    model = model_class(config).double().eval()
    randomise(model, seed)
    model.tie_weights()
    return model


def answer(model, prompt):
    out = model.generate(torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)).long(),
                         do_sample=False, max_new_tokens=NEW_TOKENS, eos_token_id=EOS,
                         pad_token_id=0)
    ids = out[0].tolist()
    top = model(torch.tensor([ids])).logits[0, len(prompt) - 1:-1].topk(2).values
    margin = float((top[:, 0] - top[:, 1]).min())
    assert margin > 1e-3
    return ids[len(prompt):], margin


def loss_of(model, tokens, weights):
    logits = [model(torch.tensor([t])).logits[0] for t in tokens]
    return sum((x * torch.tensor(w)).sum() for x, w in zip(logits, weights)), logits


@torch.no_grad()
def check_slope(model, tokens, weights, seed, h=1e-6):
    generator = torch.Generator().manual_seed(seed)
    steps = [h * torch.randn(p.shape, generator=generator, dtype=p.dtype)
             for p in model.parameters()]
    loss = []
    for sign in (1, -2):  # to +h, then to -h
        for p, step in zip(model.parameters(), steps):
            p += sign * step
        loss.append(float(loss_of(model, tokens, weights)[0]))
    for p, step in zip(model.parameters(), steps):
        p += step
    want = sum(float((p.grad * step).sum()) for p, step in zip(model.parameters(), steps)) / h
    got = (loss[0] - loss[1]) / (2 * h)
    norm = sum(float((p.grad**2).sum()) for p in model.parameters()) ** 0.5
    assert abs(got - want) < 1e-8 * norm, (got, want)


def write(name, model_class, config, seed, settings):
    model = make(model_class, config, seed)
    rng = numpy.random.default_rng(seed + 100)
    tokens = [rng.integers(0, VOCAB, n).tolist() for n in LENGTHS]
    weights = [numpy.round(rng.standard_normal((n, VOCAB)) * 64) / 64 for n in LENGTHS]
    prompts = [rng.integers(3, VOCAB, n).tolist() for n in (1, 3, 5)]
    with torch.no_grad():
        plain = [model(torch.tensor([t])).logits[0] for t in tokens]
    if "rope_theta" in settings:
        of_heads = config.hidden_size // config.num_attention_heads
        exact_angles(model, getattr(config, "head_dim", None) or of_heads, settings["rope_theta"])
    with AllDouble():
        loss, logits = loss_of(model, tokens, weights)
        loss.backward()
        with torch.no_grad():
            answers = [answer(model, p) for p in prompts]
        before = {n: p.detach().clone() for n, p in model.named_parameters()}
        check_slope(model, tokens, weights, seed)
        for n, p in model.named_parameters():
            p.data = before[n]
    loss, logits = loss.detach(), [x.detach() for x in logits]
    off = max(float((a - b).abs().max()) for a, b in zip(plain, logits))
    assert logits[0].dtype == torch.float64 and off < 2e-6 * float(logits[0].abs().max()), off
    print(f"{name}: {sum(p.numel() for p in model.parameters())} parameters, logits up to "
          f"{float(logits[0].abs().max()):.1f}, the untouched model is off by {off:.0e}")

    writer.record("model", name, family=model_class.__name__, vocab_size=VOCAB, eos=EOS, **settings,
                  loss=float(loss))
    for kind, values in (("weight", lambda p: p), ("gradient", lambda p: p.grad)):
        for parameter_name, p in model.named_parameters():
            writer.record(kind, name, name=parameter_name, value=values(p))
    for t, w, x in zip(tokens, weights, logits):
        writer.record("sequence", name, tokens=t, weight=w, logits=x)
    for prompt, (ids, margin) in zip(prompts, answers):
        writer.record("greedy", name, prompt=prompt, answer=ids, margin=margin)


writer = Writer("transformer_hf.golden", f"""
Tiny random models in double precision, made by transformer_hf.py, which says what the fields mean.
torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}, CPU.
""")

SIZES = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 32}


def rope(theta):
    return {"rope_theta": theta, "rope_type": "default"}


for tied in (False, True):
    settings = SIZES | {"rms_norm_eps": 1e-5, "tie_word_embeddings": tied}
    write("llama_tied" if tied else "llama", LlamaForCausalLM,
          LlamaConfig(vocab_size=VOCAB, **settings, rope_parameters=rope(10000.0)), 11 + tied,
          settings | {"rope_theta": 10000.0, "hidden_act": "silu"})

settings = SIZES | {"rms_norm_eps": 1e-6, "tie_word_embeddings": True}
write("qwen2", Qwen2ForCausalLM,
      Qwen2Config(vocab_size=VOCAB, **settings, rope_parameters=rope(1000000.0)), 21,
      settings | {"rope_theta": 1000000.0, "hidden_act": "silu", "qkv_bias": True})

settings = {"n_embd": 16, "n_inner": 24, "n_layer": 2, "n_head": 4, "n_positions": 32,
            "layer_norm_epsilon": 1e-5}
write("gpt2", GPT2LMHeadModel, GPT2Config(vocab_size=VOCAB, **settings, resid_pdrop=0.0,
                                          embd_pdrop=0.0, attn_pdrop=0.0), 31,
      settings | {"activation_function": "gelu_new", "tie_word_embeddings": True})

# soft caps low enough to bend; a window that reaches everything, then one of 3 in layers 0, 2, ...
for window in (32, 3):
    settings = SIZES | {"rms_norm_eps": 1e-6, "tie_word_embeddings": True, "head_dim": 4,
                        "query_pre_attn_scalar": 6, "attn_logit_softcapping": 5.0,
                        "final_logit_softcapping": 4.0, "sliding_window": window}
    write("gemma2" if window == 32 else "gemma2_window", Gemma2ForCausalLM,
          Gemma2Config(vocab_size=VOCAB, **settings, hidden_activation="gelu_pytorch_tanh",
                       rope_parameters=rope(10000.0)), 41,
          settings | {"rope_theta": 10000.0, "hidden_activation": "gelu_pytorch_tanh"})

writer.save()
