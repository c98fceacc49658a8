# SPDX-License-Identifier: Apache-2.0
"""Folders that gkd saves, read by transformers: prints the greatest difference of the logits.

    pip install torch==2.15.0 transformers==5.23.0        # and once more with transformers==4.57.3
    python hf_roundtrip.py [DIR ...]                      # other folders besides those of hf/
    python hf_roundtrip.py --greedy DIR PROMPTS.json      # answers of a real model, token for token

Each folder is loaded and saved by hf_roundtrip.cpp as F32, as F64, in the type that it has, and in
several files; transformers loads what was saved and the folder itself in float32 and computes the
logits of random tokens. Where no rounding is between, every weight must be equal bit for bit. With
transformers 4, which does not read config.json of version 5, the folder's own config.4.json takes
its place. PROMPTS.json is a list of {"prompt_ids": [...], "answer_ids": [...]}; answers that are not
there are computed, 48 tokens at most. Where an answer differs, the least gap between the best and
the second logit of transformers' says whether rounding decided.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
import transformers

transformers.logging.set_verbosity_error()
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOUR = transformers.__version__.startswith("4.")
TYPES = {"float32": "F32", "float16": "F16", "bfloat16": "BF16", "float64": "F64"}


def build(folder):
    program = folder / "hf_roundtrip"
    eigen = [flag for path in ("/usr/include/eigen3",) if os.path.isdir(path)
             for flag in ("-isystem", path)]
    subprocess.run([os.environ.get("CXX", "g++"), "-std=c++20", "-O3", "-march=native", "-w",
                    f"-I{ROOT / 'include'}", *eigen, str(HERE / "hf_roundtrip.cpp"), "-pthread",
                    "-o", str(program)], check=True)
    return program


def load(folder):
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model.eval()


@torch.no_grad()
def differences(source, saved):
    """Of weights and of logits."""
    a, b = load(source), load(saved)
    theirs = dict(b.named_parameters())
    assert set(theirs) == {name for name, _ in a.named_parameters()}
    weights = max(float((p - theirs[name]).abs().max()) for name, p in a.named_parameters())
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, a.config.vocab_size, (2, 24), generator=generator)
    logits = float((a(ids).logits - b(ids).logits).abs().max())
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        for what in ("config", "generation_config"):
            one, other = (getattr(getattr(m, what), name) for m in (a, b))
            assert one == other, f"{what}.{name}: {one} in {source}, {other} in {saved}"
    return weights, logits


def roundtrip(program, folder, work):
    source = work / "source"
    shutil.copytree(folder, source)
    if FOUR and (source / "config.4.json").exists():
        shutil.copy(source / "config.4.json", source / "config.json")
    config = json.loads((source / "config.json").read_text())
    own = TYPES[config.get("dtype") or config["torch_dtype"]]
    size = sum(f.stat().st_size for f in source.glob("model*.safetensors"))
    for kind, limit in (("F32", 5 * 10**9), ("F64", 5 * 10**9), (own, 5 * 10**9), (own, size // 3)):
        saved = work / f"{kind}-{limit}"
        subprocess.run([program, "save", source, saved, kind, str(limit)], check=True)
        files = len(list(saved.glob("*.safetensors")))
        weights, logits = differences(source, saved)
        print(f"{folder.name:>14} {own:>4} -> {kind:<4} in {files} file(s): "
              f"weights {weights:.1e}, logits {logits:.1e}")
        assert weights == 0.0 and logits == 0.0
        shutil.rmtree(saved)


@torch.no_grad()
def greedy(program, folder, prompts):
    cases = json.loads(pathlib.Path(prompts).read_text())
    model = load(folder)
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    for c in cases:
        ids = torch.tensor([c["prompt_ids"]])
        if "answer_ids" not in c:
            out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False,
                                 max_new_tokens=48)
            c["answer_ids"] = out[0, ids.shape[1]:].tolist()
    most = max(len(c["answer_ids"]) for c in cases)
    lines = "".join(" ".join(map(str, c["prompt_ids"])) + "\n" for c in cases)
    done = subprocess.run([program, "greedy", folder, str(most), ",".join(map(str, ends)),
                           str(os.cpu_count())],
                          input=lines, capture_output=True, text=True, check=True)
    answers = [list(map(int, line.split())) for line in done.stdout.splitlines()]
    print(done.stderr.strip())
    assert len(answers) == len(cases)
    wrong = 0
    for number, (answer, c) in enumerate(zip(answers, cases)):
        want = c["answer_ids"]
        if answer[:len(want)] == want:  # those of a file may have been cut earlier
            continue
        wrong += 1
        prompt = len(c["prompt_ids"])
        top = model(torch.tensor([c["prompt_ids"] + want])).logits[0, prompt - 1:-1].topk(2).values
        print(f"answer {number} differs; least gap {float((top[:, 0] - top[:, 1]).min()):.1e}")
    print(f"{len(cases) - wrong} of {len(cases)} answers equal, "
          f"{sum(len(c['answer_ids']) for c in cases)} tokens")
    assert wrong == 0


with tempfile.TemporaryDirectory() as name:
    work = pathlib.Path(name)
    program = build(work)
    if sys.argv[1:2] == ["--greedy"]:
        greedy(program, sys.argv[2], sys.argv[3])
    else:
        print(f"transformers {transformers.__version__}")
        folders = sorted((HERE / "hf").iterdir()) + [pathlib.Path(f) for f in sys.argv[1:]]
        for number, folder in enumerate(folders):
            (work / str(number)).mkdir()
            roundtrip(program, folder, work / str(number))
            shutil.rmtree(work / str(number))
