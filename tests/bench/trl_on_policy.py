# SPDX-License-Identifier: Apache-2.0
"""What TRL's GKDTrainer makes of a student that learns on-policy: losses, norms of the gradients, and a
greedy answer before and after. docs/chat_model.md compares gkd_train with it.

    .venv/bin/python tests/bench/trl_on_policy.py STUDENT TEACHER CHATS.jsonl [--steps 24]

Batches of 4, lambda 1, temperature 1, at most 384 tokens, 96 sampled ones, AdamW with 12 steps of
warm-up to the learning rate; float32 on the CPU; .venv as in tests/oracle/README.md.
"""

import argparse
import json
import os
import tempfile

os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from trl.experimental.gkd import GKDConfig, GKDTrainer

p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
p.add_argument("student")
p.add_argument("teacher")
p.add_argument("chats")
p.add_argument("--beta", type=float, default=0.5)
p.add_argument("--steps", type=int, default=24)
p.add_argument("--learning_rate", type=float, default=5e-5)
o = p.parse_args()

torch.set_num_threads(os.cpu_count())
tokenizer = PreTrainedTokenizerFast.from_pretrained(o.student)
student, teacher = (AutoModelForCausalLM.from_pretrained(d, dtype=torch.float32)
                    for d in (o.student, o.teacher))
chats = load_dataset("json", data_files=o.chats)["train"]


def answer():
    ids = tokenizer.apply_chat_template(chats[0]["messages"][:1], add_generation_prompt=True,
                                        return_tensors="pt", return_dict=True)
    student.eval()
    out = student.generate(**ids, do_sample=False, max_new_tokens=30)
    return tokenizer.decode(out[0, ids["input_ids"].shape[1]:])


before = answer()
with tempfile.TemporaryDirectory() as out:
    trainer = GKDTrainer(
        model=student, teacher_model=teacher, processing_class=tokenizer, train_dataset=chats,
        args=GKDConfig(
            output_dir=out, per_device_train_batch_size=4, max_steps=o.steps, lmbda=1.0, beta=o.beta,
            max_new_tokens=96, max_length=384, learning_rate=o.learning_rate, temperature=1.0,
            lr_scheduler_type="constant_with_warmup", warmup_steps=12, save_strategy="no",
            report_to="none", use_cpu=True, bf16=False, logging_steps=1, disable_tqdm=True,
            gradient_checkpointing=False, seed=0))
    trainer.train()
for entry in trainer.state.log_history:
    if "loss" in entry:
        print(json.dumps({k: float(f"{float(entry[k]):.3g}") for k in ("loss", "grad_norm")}))
print(f"before: {before!r}\nafter:  {answer()!r}")
