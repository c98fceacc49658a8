# SPDX-License-Identifier: Apache-2.0
"""What TRL's GKDConfig is: the names and defaults of the first one and of today's, today's as the
JSON that its to_json_string() writes, and transformers' learning rate schedules.

    gkd_config.golden
      [first]      name: default as JSON, for the 148 of TRL 0.11.4 with transformers 4.46.0
      [today]      the same of the TRL that is installed
      [scheduler NAME]
        kwargs     lr_scheduler_kwargs as JSON
        peak, warmup, steps
        rates      of each step, by get_scheduler
    gkd_config.json

The first one is read from the two wheels, which `pip download` fetches into a folder of its own;
they are not installed.
"""

import ast
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings
import zipfile

os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
warnings.filterwarnings("ignore")

import torch
from transformers import get_scheduler
from trl.experimental.gkd import GKDConfig

import golden

unset = {"default_optim": "adamw_torch",  # what the name stands for in that version
         "dict": None, "list": None}


def default_of(value):
    """The default that a field's right-hand side gives; None where it takes code to know."""
    if isinstance(value, ast.Call):
        words = {k.arg: k.value for k in value.keywords}
        return default_of(words.get("default") or words.get("default_factory"))
    if isinstance(value, ast.Name):
        return unset[value.id]
    try:
        return ast.literal_eval(value) if value is not None else None
    except ValueError:
        return None


def fields_of(wheel, path, name):
    tree = ast.parse(zipfile.ZipFile(wheel).read(path))
    body = next(n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name)
    fields = [f for f in body if isinstance(f, ast.AnnAssign) and f.target.id != "_n_gpu"]
    return {f.target.id: default_of(f.value) for f in fields}


def first_config():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder,
                        "trl==0.11.4", "transformers==4.46.0"], check=True)
        wheel = {p.name.split("-")[0]: p for p in pathlib.Path(folder).glob("*.whl")}
        return {**fields_of(wheel["transformers"], "transformers/training_args.py",
                            "TrainingArguments"),
                **fields_of(wheel["trl"], "trl/trainer/sft_config.py", "SFTConfig"),
                **fields_of(wheel["trl"], "trl/trainer/gkd_config.py", "GKDConfig")}


def today():
    config = GKDConfig(output_dir="out", bf16=False, use_cpu=True)
    (golden.HERE / "gkd_config.json").write_text(config.to_json_string(), encoding="utf-8")
    values = config.to_dict()
    return {f.name: values[f.name] for f in dataclasses.fields(GKDConfig)}


def as_word(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).replace(" ", "_")


def rates(name, kwargs, peak, warmup, steps):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=peak)
    scheduler = get_scheduler(name, optimizer, warmup, steps, kwargs)
    out = []
    for _ in range(steps):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return out


schedulers = [
    ("linear", {}), ("cosine", {}), ("cosine", {"num_cycles": 1.25}),
    ("cosine_with_restarts", {}), ("cosine_with_restarts", {"num_cycles": 3}),
    ("polynomial", {}), ("polynomial", {"power": 2.0, "lr_end": 1e-5}), ("constant", {}),
    ("constant_with_warmup", {}), ("inverse_sqrt", {}), ("inverse_sqrt", {"timescale": 4}),
    ("cosine_with_min_lr", {"min_lr": 1e-4}), ("cosine_with_min_lr", {"min_lr_rate": 0.25}),
    ("cosine_with_min_lr", {"min_lr_rate": 0.25, "num_cycles": 0.75}),
    ("cosine_warmup_with_min_lr", {"min_lr_rate": 0.1}),
    ("cosine_warmup_with_min_lr", {"min_lr": 1e-4, "warmup_lr_rate": 0.3}),
    ("warmup_stable_decay", {"num_decay_steps": 6}),
    ("warmup_stable_decay", {"num_decay_steps": 6, "decay_type": "linear", "min_lr_ratio": 0.2}),
    ("warmup_stable_decay", {"num_decay_steps": 5, "num_stable_steps": 4, "decay_type": "1-sqrt",
                             "warmup_type": "cosine"}),
    ("warmup_stable_decay", {"num_decay_steps": 7, "warmup_type": "1-sqrt", "num_cycles": 1.5}),
]

out = golden.Writer("gkd_config.golden", __doc__)
out.record("first", **{name: as_word(value) for name, value in first_config().items()})
out.record("today", **{name: as_word(value) for name, value in today().items()})
for name, kwargs in schedulers:
    for warmup in (0, 5):
        out.record("scheduler", name, kwargs=as_word(kwargs), peak=1e-3, warmup=warmup, steps=24,
                   rates=rates(name, kwargs, 1e-3, warmup, 24))
out.save()
