# SPDX-License-Identifier: Apache-2.0
"""Makes tiny random Llama and Qwen2 folders in tests/oracle/hf/, as transformers writes them, and
records what transformers computes from them.

    pip install torch==2.15.0 transformers==5.23.0 safetensors
    python hf_folder.py
    pip install transformers==4.57.3        # in another environment
    python hf_folder.py                     # adds config.4.json to each folder

hf/NAME/  config.json, generation_config.json, model.safetensors or several and their index: as
          save_pretrained of transformers 5 writes them
          config.4.json: the same configuration as save_pretrained of transformers 4 writes it
          oracle.safetensors, over the sequences of hf_folder.golden, each run alone, end to end:
            logits32     (P, V)  of the model in float32
            logits64     (P, V)  of the model in float64, where every cast to float32 in
                                 transformers' code became one to float64 (class AllDouble)
            gradient.X           d loss / d X of every weight X, computed in float64
          The loss is generalized JSD with beta 0.5 to the teacher, another of the models, over the
          positions that have a next token: mean of 1/2 KL(p, m) + 1/2 KL(q, m), m = (p + q) / 2.
hf_folder.golden
  [sequence]      tokens; the same for all models
  [model NAME]    teacher, its name; loss; type, of the weights; inv_freq32 and inv_freq64, the rotary
                  frequencies as transformers computes them in either precision
  [greedy NAME]   prompt, answer: what generate(do_sample=False) adds in float32, at most 12 tokens,
                  with the end token if it came; margin: between best and second logit, the least
"""

import pathlib
import shutil
import tempfile

import numpy
import torch
import transformers
from safetensors.torch import save_file
from torch.overrides import TorchFunctionMode

from golden import HERE, Writer

transformers.logging.set_verbosity_error()
FOUR = transformers.__version__.startswith("4.")
VOCAB, EOS, NEW_TOKENS = 32, [2, 5], 12
LENGTHS = (9, 1, 21)
COMMON = {"vocab_size": VOCAB, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
          "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64,
          "bos_token_id": 1, "eos_token_id": EOS, "pad_token_id": 0}
# family, dtype, teacher, largest file, settings; rope as version 5 spells it
MODELS = {
    "llama": ("Llama", "float32", "llama3", "1GB",
              {"rms_norm_eps": 1e-5, "tie_word_embeddings": False,
               "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"}}),
    "llama3": ("Llama", "bfloat16", "qwen2", "1GB",
               {"rms_norm_eps": 1e-5, "tie_word_embeddings": True, "num_attention_heads": 2,
                "num_key_value_heads": 1,
                "rope_parameters": {"rope_theta": 500.0, "rope_type": "llama3", "factor": 8.0,
                                    "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                                    "original_max_position_embeddings": 24}}),
    "llama_linear": ("Llama", "float16", "llama", "1GB",
                     {"rms_norm_eps": 1e-6, "tie_word_embeddings": False, "head_dim": 6,
                      "attention_bias": True, "mlp_bias": True,
                      "rope_parameters": {"rope_theta": 10000.0, "rope_type": "linear",
                                          "factor": 4.0}}),
    "qwen2": ("Qwen2", "float32", "llama", "8KB",
              {"rms_norm_eps": 1e-6, "tie_word_embeddings": True,
               "rope_parameters": {"rope_theta": 1000000.0, "rope_type": "default"}}),
    "qwen2_window": ("Qwen2", "bfloat16", "qwen2", "1GB",
                     {"rms_norm_eps": 1e-6, "tie_word_embeddings": False,
                      "use_sliding_window": True, "sliding_window": 3, "max_window_layers": 1,
                      "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"}}),
}


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


def make_config(family, settings):
    settings = COMMON | settings
    if FOUR:
        rope = dict(settings.pop("rope_parameters"))
        settings["rope_theta"] = rope.pop("rope_theta")
        settings["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    config = getattr(transformers, family + "Config")(**settings)
    config._attn_implementation = "eager"
    return config


def make_model(name):
    family, dtype, _, largest, settings = MODELS[name]
    torch.manual_seed(0)
    model = getattr(transformers, family + "ForCausalLM")(make_config(family, settings)).eval()
    rng = numpy.random.default_rng(list(name.encode()))
    for parameter, p in model.named_parameters():
        mean, spread = (1.0, 0.2) if "norm" in parameter else (0.0, 0.3)
        spread = 0.6 if "embed" in parameter or "lm_head" in parameter else spread
        p.data = torch.tensor(mean + spread * rng.standard_normal(tuple(p.shape)))
    model = model.to(getattr(torch, dtype))
    model.tie_weights()
    model.generation_config = transformers.GenerationConfig(bos_token_id=1, eos_token_id=EOS,
                                                            pad_token_id=0)
    return model, largest


def save(name, folder):
    model, largest = make_model(name)
    model.save_pretrained(folder, max_shard_size=largest)


def load(name, dtype):
    folder = HERE / "hf" / name
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=dtype,
                                                             attn_implementation="eager").eval()


def frequencies(model):
    """The model's rotary frequencies, computed anew by transformers' own functions."""
    rotary = model.model.rotary_emb
    kind = model.config.rope_parameters["rope_type"]
    if kind == "default":
        return rotary.compute_default_rope_parameters(model.config)[0]
    return transformers.modeling_rope_utils.ROPE_INIT_FUNCTIONS[kind](model.config, "cpu")[0]


def jsd(teacher, student):
    log_p, log_q = teacher.log_softmax(-1), student.log_softmax(-1)
    p, q = log_p.exp(), log_q.exp()
    log_m = ((p + q) / 2).log()
    return ((p * (log_p - log_m)).sum(-1) + (q * (log_q - log_m)).sum(-1)) / 2


def loss_of(student, teacher, sequences):
    losses = []
    for tokens in sequences:
        ids = torch.tensor([tokens])
        losses.append(jsd(teacher(ids).logits[0, :-1].detach(), student(ids).logits[0, :-1]))
    return torch.cat(losses).mean()


@torch.no_grad()
def check_slope(student, teacher, sequences, h=1e-6):
    """A central difference along a random direction agrees with the gradients."""
    generator = torch.Generator().manual_seed(1)
    steps = [h * torch.randn(p.shape, generator=generator, dtype=p.dtype)
             for p in student.parameters()]
    losses = []
    for sign in (1, -2, 1):  # to +h, to -h, back
        for p, step in zip(student.parameters(), steps):
            p += sign * step
        losses.append(float(loss_of(student, teacher, sequences)))
    want = sum(float((p.grad * step).sum()) for p, step in zip(student.parameters(), steps)) / h
    got = (losses[0] - losses[1]) / (2 * h)
    assert abs(got - want) < 1e-8 * max(1.0, abs(want)), (got, want)


@torch.no_grad()
def answer(model, prompt):
    ids = model.generate(torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)).long(),
                         do_sample=False, max_new_tokens=NEW_TOKENS)[0].tolist()
    top = model(torch.tensor([ids])).logits[0, len(prompt) - 1:-1].topk(2).values
    margin = float((top[:, 0] - top[:, 1]).min())
    assert margin > 1e-3
    return ids[len(prompt):], margin


def record(name, sequences, prompts, writer):
    _, dtype, teacher_name, _, _ = MODELS[name]
    single = load(name, torch.float32)
    double, teacher = load(name, torch.float64), load(teacher_name, torch.float64)
    out = {}
    with torch.no_grad():
        out["logits32"] = torch.cat([single(torch.tensor([t])).logits[0] for t in sequences])
    with AllDouble():
        for model in (double, teacher):
            model.model.rotary_emb.inv_freq = frequencies(model)
        with torch.no_grad():
            out["logits64"] = torch.cat([double(torch.tensor([t])).logits[0] for t in sequences])
        loss = loss_of(double, teacher, sequences)
        loss.backward()
        check_slope(double, teacher, sequences)
        loss = float(loss.detach())
    for parameter, p in double.named_parameters():
        out["gradient." + parameter] = p.grad.float()
    assert out["logits64"].dtype == double.model.rotary_emb.inv_freq.dtype == torch.float64
    off = float((out["logits32"] - out["logits64"]).abs().max())
    print(f"{name}: {sum(p.numel() for p in double.parameters())} weights, loss {loss:.4f}, "
          f"float32 is off by {off:.0e}")
    assert off < 1e-5
    save_file({n: x.contiguous() for n, x in out.items()}, HERE / "hf" / name / "oracle.safetensors")
    writer.record("model", name, teacher=teacher_name, type=dtype, loss=loss,
                  inv_freq32=frequencies(single), inv_freq64=double.model.rotary_emb.inv_freq)
    for prompt in prompts:
        ids, margin = answer(single, prompt)
        writer.record("greedy", name, prompt=prompt, answer=ids, margin=margin)


def make_all():
    shutil.rmtree(HERE / "hf", ignore_errors=True)
    for name in MODELS:
        save(name, HERE / "hf" / name)
    writer = Writer("hf_folder.golden", f"""
What transformers computes from the folders in hf/, made by hf_folder.py, which says what the fields
mean. torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}, CPU.
""")
    rng = numpy.random.default_rng(7)
    # without the pad token, to whose row of the embedding torch gives no gradient
    sequences = [rng.integers(1, VOCAB, n).tolist() for n in LENGTHS]
    prompts = [rng.integers(6, VOCAB, n).tolist() for n in (1, 3, 8)]
    for tokens in sequences:
        writer.record("sequence", tokens=tokens)
    for name in MODELS:
        record(name, sequences, prompts, writer)
    writer.save()


def add_configs_of_4():
    for name in MODELS:
        with tempfile.TemporaryDirectory() as folder:
            save(name, folder)
            shutil.copy(pathlib.Path(folder) / "config.json", HERE / "hf" / name / "config.4.json")


add_configs_of_4() if FOUR else make_all()
