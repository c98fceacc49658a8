# SPDX-License-Identifier: Apache-2.0
"""Five steps of TRL's own GKDTrainer beside five of gkd_train: the same folders, the same batch,
the same JSON.

    pip install torch==2.15.0 transformers==5.23.0 trl==1.16.0
    python trl_losses.py DIR GKD_TRAIN [BETA ...]   # compares; fails beyond 1e-4 relative
    python trl_losses.py                            # writes trl_losses.golden and trl/

The first compares the folders DIR/student and DIR/teacher on the first four chats of
DIR/train.jsonl: it writes TRL's GKDConfig as its to_json_string() has it, trains with both, and
checks that both see the same ids. TRL is as shipped, with gradient checkpointing, in float32.

The second does the same with tiny folders of hf/ and leaves gkd's part to tests/gkd_train/trl.cpp:

  trl/  tokenizer.json, tokenizer_config.json: one token for each letter, with ChatML
        config.json: GKDConfig.to_json_string(); the cases differ in beta and lmbda alone
        STUDENT.jsonl: one batch of chats
  trl_losses.golden
    [chat STUDENT]    prompt: tokens of the prompt; ids: all tokens
    [losses STUDENT]  teacher, beta, lmbda; of each step losses, norms before clipping, rates

With lmbda 1 both sample at a temperature of 1e-4, which is greedy: the least margin between the two
best logits is checked. TRL divides such a loss by the number of targets that the chats have, not by
that of the sampled tokens: [losses] has both, `targets` and, of each step, `sampled`. Since all
steps are clipped, the updates do not depend on it.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

os.environ["TRL_EXPERIMENTAL_SILENCE"] = os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
warnings.filterwarnings("ignore")

import torch
import transformers
from datasets import Dataset
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from trl import __version__ as TRL
from trl.experimental.gkd import GKDConfig, GKDTrainer

import golden

transformers.logging.set_verbosity_error()
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BATCH, STEPS, BETAS, LIMIT = 4, 5, (0.0, 0.5, 1.0), 1e-4
# student: teacher, chats
TINY = {
    "qwen2": ("llama", [("spell word", "w o r d"), ("reverse abc", "cba"),
                        ("name a colour", "red"), ("add one", "one two six")]),
    "llama": ("llama3", [("spell word", "w o r d"), ("reverse abc", "cba"),
                         ("add one", "a"), ("count to three", "three")]),
}
CHATML = ("{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + "
          "message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
          "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")


def settings(out, **more):
    """Gradient checkpointing, linear schedule, clipping and AdamW are GKDConfig's defaults."""
    return dict(output_dir=str(out), per_device_train_batch_size=BATCH, max_steps=STEPS, lmbda=0.0,
                learning_rate=1e-4, weight_decay=0.1, max_grad_norm=0.05,
                logging_steps=1, save_strategy="no",
                report_to="none", use_cpu=True, bf16=False, seed=0, disable_tqdm=True) | more


def tokenizer_of(folder):
    """As tokenizer.json has it: for a Qwen2 AutoTokenizer puts a pre-tokenizer of its own in."""
    config = json.loads((folder / "tokenizer_config.json").read_text())
    template = folder / "chat_template.jinja"
    made = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"),
                                   eos_token=config["eos_token"], pad_token=config["pad_token"])
    made.chat_template = template.read_text() if template.exists() else config["chat_template"]
    return made


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


class Watched(GKDTrainer):
    """Counts what is in the loss; of sampled batches, how surely they are greedy."""

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        loss, out = super().compute_loss(model, inputs, True, num_items_in_batch)
        labels = inputs["labels"][:, 1:]
        at = labels != -100
        best = out.logits[:, :-1][at].topk(2)
        if self.lmbda == 1.0:
            assert torch.equal(best.indices[:, 0], labels[at])
            margin = float((best.values[:, 0] - best.values[:, 1]).min())
            self.margin = min(getattr(self, "margin", margin), margin)
        self.targets = int(num_items_in_batch)
        self.sampled = [*getattr(self, "sampled", []), int(at.sum())]
        return (loss, out) if return_outputs else loss


def trl(student, teacher, tokenizer, chats, config):
    """The trainer after its run, and of each chat the length of its prompt and its ids."""
    trainer = Watched(model=load(student), teacher_model=load(teacher), args=config,
                      processing_class=tokenizer_of(tokenizer),
                      train_dataset=Dataset.from_list(chats))
    rows = []
    for chat in chats:
        row = trainer.data_collator([chat])
        rows.append([row["prompts"].shape[1], *row["input_ids"][0].tolist()])
    trainer.train()
    return trainer, rows


def logs_of(trainer):
    logs = [log for log in trainer.state.log_history if "loss" in log]
    assert len(logs) == STEPS
    return logs


def build_chat_ids(folder):
    program = folder / "chat_ids"
    subprocess.run([os.environ.get("CXX", "g++"), "-std=c++20", "-O1", "-w",
                    f"-I{ROOT / 'include'}", str(HERE / "chat_ids.cpp"), "-lpcre2-8", "-lutf8proc",
                    "-pthread", "-o", str(program)], check=True)
    return program


def gkd_ids(program, student, file):
    lines = subprocess.run([program, student, file], check=True, capture_output=True, text=True)
    return [[int(word) for word in line.split()] for line in lines.stdout.splitlines()]


def gkd_train(program, config, out, student, teacher, file):
    subprocess.run([program, "--config", config, "--model_name_or_path", student,
                    "--teacher_model_name_or_path", teacher, "--dataset_name", file,
                    "--output_dir", out, "--overwrite_output_dir", "--closing_text", "target",
                    "--report_samples", "0", "--log_level", "warning"], check=True)
    state = transformers.TrainerState.load_from_json(str(out / "trainer_state.json"))
    assert state.global_step == state.max_steps == STEPS
    return [log for log in state.log_history if "loss" in log]


def compare(folder, program, betas, work):
    student, teacher, file = folder / "student", folder / "teacher", work / "batch.jsonl"
    lines = (folder / "train.jsonl").read_text().splitlines(keepends=True)[:BATCH]
    file.write_text("".join(lines))
    chats = [json.loads(line) for line in lines]
    ids = gkd_ids(build_chat_ids(work), student, file)
    every = []
    print("beta  step  TRL loss       gkd loss       relative   TRL norm  gkd norm  learning rate")
    for beta in betas:
        out, json_file = work / f"beta-{beta}", work / f"beta-{beta}.json"
        config = GKDConfig(**settings(out, beta=beta))
        json_file.write_text(config.to_json_string())
        trainer, rows = trl(student, teacher, student, chats, config)
        theirs = logs_of(trainer)
        if rows != ids or len(ids) != BATCH:
            sys.exit("the two have other ids for the chats")
        ours = gkd_train(program, json_file, out, student, teacher, file)
        assert len(ours) == STEPS
        for step, (a, b) in enumerate(zip(theirs, ours), 1):
            off = abs(b["loss"] / a["loss"] - 1)
            every.append(off)
            print(f"{beta:4}  {step:4}  {a['loss']:.7e}  {b['loss']:.7e}  {off:8.1e}  "
                  f"{a['grad_norm']:9.5f} {b['grad_norm']:9.5f}  {a['learning_rate']:.1e} "
                  f"{b['learning_rate']:.1e}", flush=True)
    print(f"{len(ids)} chats, {sum(len(row) - 1 for row in ids)} tokens, equal ids; the losses "
          f"agree within {max(every):.1e}, want {LIMIT:.0e}")
    return all(off <= LIMIT for off in every)  # false for NaN


def write_tokenizer(folder):
    letters = [*"Ċ Ġ !".split(), *map(chr, range(ord("a"), ord("z") + 1))]  # Ċ, Ġ: line end, space
    control = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    made = Tokenizer(models.BPE({text: id for id, text in enumerate(control + letters)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(name, normalized=False) for name in control])
    assert made.get_vocab_size() == 32
    made.save(str(folder / "tokenizer.json"))
    config = {"eos_token": control[2], "pad_token": control[0], "chat_template": CHATML}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def write_golden():
    torch.set_num_threads(1)  # the same sums everywhere
    folder = HERE / "trl"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    write_tokenizer(folder)
    writer = golden.Writer("trl_losses.golden", f"""
{STEPS} steps of TRL's GKDTrainer on tiny folders, made by trl_losses.py, which says what the fields
mean. torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}, trl {TRL}, CPU.
""")

    def config(**more):
        return GKDConfig(**settings("out", learning_rate=1e-3, max_grad_norm=0.1, temperature=1e-4,
                                    max_new_tokens=8) | more)

    (folder / "config.json").write_text(config().to_json_string() + "\n")
    for student, (teacher, pairs) in TINY.items():
        chats = [{"messages": [{"role": "user", "content": question},
                               {"role": "assistant", "content": answer}]}
                 for question, answer in pairs]
        lines = [json.dumps(chat) + "\n" for chat in chats]
        (folder / f"{student}.jsonl").write_text("".join(lines))
        for lmbda in (0.0, 1.0):
            for beta in BETAS:
                trainer, rows = trl(HERE / "hf" / student, HERE / "hf" / teacher, folder, chats,
                                    config(lmbda=lmbda, beta=beta))
                if lmbda == beta == 0.0:
                    for row in rows:
                        writer.record("chat", student, prompt=row[0], ids=row[1:])
                logs = logs_of(trainer)
                columns = {name: [log[key] for log in logs] for name, key in
                           (("losses", "loss"), ("norms", "grad_norm"), ("rates", "learning_rate"))}
                writer.record("losses", student, teacher=teacher, beta=beta, lmbda=lmbda, **columns,
                              targets=trainer.targets, sampled=trainer.sampled)
                assert min(columns["norms"]) > 0.1
                if lmbda == 0.0:
                    assert trainer.sampled == [trainer.targets] * STEPS
                else:
                    assert trainer.margin > 1.5e-3  # another token: once in exp(15)
    writer.save()


def main(words):
    if not words:
        return write_golden()
    if len(words) == 1 or words[0].startswith("-"):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as work:
        betas = [float(word) for word in words[2:]] or BETAS
        agree = compare(pathlib.Path(words[0]), words[1], betas, pathlib.Path(work))
    sys.exit(not agree)


if __name__ == "__main__":
    main(sys.argv[1:])
