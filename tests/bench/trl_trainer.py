# SPDX-License-Identifier: Apache-2.0
"""Seconds per step and peak memory of TRL's GKDTrainer and of gkd_train on the same model folders and
chats, in turns. Prints a Markdown table.

    ./run build                                           builds gkd_train
    .venv/bin/python tests/bench/trl_trainer.py DIR       .venv as in tests/oracle/README.md

DIR holds student/, teacher/ (Hugging Face folders) and train.jsonl (chats). Both systems: float32 on
the CPU, the same number of threads, beta 0.5, AdamW, clipping, no evaluation, prompts and answers of
at most --max_length tokens, --max_new_tokens sampled ones. TRL runs as shipped (gradient
checkpointing is on, hence no KV cache while sampling) and at its best (off). Each system is a
process of its own in each turn; the first step of a process is left out. Medians over the steps of
all turns; peak memory is the largest resident size of the process.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SYSTEMS = ("TRL as shipped", "TRL at its best", "gkd_train")


def parse():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("folder")
    p.add_argument("--lmbda", type=float, nargs="+", default=[0.0, 1.0])
    p.add_argument("--steps", type=int, default=4, help="of a process, the first of them unmeasured")
    p.add_argument("--turns", type=int, default=2)
    p.add_argument("--batch", type=int, default=4)
    p.add_argument("--max_length", type=int, default=256)
    p.add_argument("--max_new_tokens", type=int, default=64)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--program", default=str(ROOT / "build/release/examples/gkd_train"))
    p.add_argument("--child", choices=SYSTEMS, help=argparse.SUPPRESS)
    return p.parse_args()


def run_trl(o, checkpointing, out):
    os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from datasets import load_dataset
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, TrainerCallback
    from trl.experimental.gkd import GKDConfig, GKDTrainer

    torch.set_num_threads(o.threads)
    seconds = []

    class Watch(TrainerCallback):
        def on_step_begin(self, *args, **kwargs):
            self.began = time.perf_counter()

        def on_step_end(self, *args, **kwargs):
            seconds.append(time.perf_counter() - self.began)

    def load(name):
        return AutoModelForCausalLM.from_pretrained(f"{o.folder}/{name}", dtype=torch.float32)

    config = GKDConfig(
        output_dir=out, per_device_train_batch_size=o.batch, max_steps=o.steps, lmbda=o.lmbda[0],
        beta=0.5, max_new_tokens=o.max_new_tokens, max_length=o.max_length, learning_rate=1e-4,
        save_strategy="no", report_to="none", use_cpu=True, bf16=False, logging_steps=1,
        disable_tqdm=True, gradient_checkpointing=checkpointing, seed=0)
    GKDTrainer(
        model=load("student"), teacher_model=load("teacher"), args=config,
        processing_class=PreTrainedTokenizerFast.from_pretrained(f"{o.folder}/student"),
        train_dataset=load_dataset("json", data_files=f"{o.folder}/train.jsonl")["train"],
        callbacks=[Watch()]).train()
    return seconds


def run_gkd(o, out):
    words = [o.program, "--model_name_or_path", f"{o.folder}/student",
             "--teacher_model_name_or_path", f"{o.folder}/teacher",
             "--dataset_name", f"{o.folder}/train.jsonl", "--output_dir", out,
             "--per_device_train_batch_size", o.batch, "--max_steps", o.steps,
             "--lmbda", o.lmbda[0], "--beta", 0.5, "--max_new_tokens", o.max_new_tokens,
             "--max_length", o.max_length, "--learning_rate", 1e-4, "--save_strategy", "no",
             "--report_to", "none", "--report_samples", 0, "--logging_steps", 1,
             "--log_level", "error", "--threads", o.threads]
    subprocess.run([str(w) for w in words], check=True, stdout=sys.stderr)
    lines = map(json.loads, (pathlib.Path(out) / "train.jsonl").read_text().splitlines())
    return [line["seconds_per_step"] for line in lines if "seconds_per_step" in line]


def child(o):
    with tempfile.TemporaryDirectory() as out:
        seconds = (run_gkd(o, out) if o.child == "gkd_train"
                   else run_trl(o, o.child == "TRL as shipped", out))
    who = resource.RUSAGE_CHILDREN if o.child == "gkd_train" else resource.RUSAGE_SELF
    print(json.dumps({"seconds": seconds[1:], "peak": resource.getrusage(who).ru_maxrss * 1024}))


def measure(o, system, lmbda):
    words = [sys.executable, __file__, o.folder, "--child", system, "--lmbda", lmbda]
    for name in ("steps", "batch", "max_length", "max_new_tokens", "threads", "program"):
        words += [f"--{name}", getattr(o, name)]
    text = subprocess.run([str(w) for w in words], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return json.loads(text.strip().splitlines()[-1])


def main():
    o = parse()
    if o.child:
        return child(o)
    print("| lambda | | seconds a step | TRL / gkd | peak memory, GB |\n|---|---|---|---|---|")
    for lmbda in o.lmbda:
        seconds, peak = {s: [] for s in SYSTEMS}, dict.fromkeys(SYSTEMS, 0)
        for _ in range(o.turns):
            for system in SYSTEMS:
                result = measure(o, system, lmbda)
                seconds[system] += result["seconds"]
                peak[system] = max(peak[system], result["peak"])
        median = {s: statistics.median(seconds[s]) for s in SYSTEMS}
        for s in SYSTEMS:
            print(f"| {lmbda:g} | {s} | {median[s]:.2f} | {median[s] / median['gkd_train']:.1f} | "
                  f"{peak[s] / 1e9:.2f} |", flush=True)


if __name__ == "__main__":
    main()
