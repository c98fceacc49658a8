# SPDX-License-Identifier: Apache-2.0
"""Reads the folders that example 13 writes with tokenizers and transformers.

    python model_folders_read.py example_13_model_folders

The example trains a teacher on chats and writes it, and a student with one of its layers. Of both,
texts must become their bytes and back, chats what ChatML is, and the model must load whole; the
teacher's answers to the chats that it has learnt are counted.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from tokenizers import Tokenizer

transformers.logging.set_verbosity_error()
CHATS = pathlib.Path(__file__).resolve().parents[2] / "examples/08_chat.train.jsonl"
START, END = 256, 257  # <|im_start|>, <|im_end|>


def said(role, text):
    return [START, *f"{role}\n{text}".encode(), END, *b"\n"]


def check_tokenizer(folder, chats):
    plain = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    assert plain.get_vocab_size() == len(tokenizer) == 258
    assert tokenizer.eos_token == "<|im_end|>" and tokenizer.eos_token_id == END
    for text in ("a cow says?", " two  blanks\n\ttab ", "\u00e9\u4e2d\U0001f600", "don't 123"):
        for ids in (plain.encode(text).ids, tokenizer(text)["input_ids"]):
            assert ids == list(text.encode()), (text, ids)
            assert plain.decode(ids) == tokenizer.decode(ids) == text
    assert plain.encode("a<|im_end|>").ids == [*b"a", END]
    for chat in chats:
        wanted = sum((said(m["role"], m["content"]) for m in chat), [])
        text = tokenizer.apply_chat_template(chat, tokenize=False)
        assert tokenizer(text)["input_ids"] == wanted, text
    return tokenizer


@torch.no_grad()
def right_answers(model, tokenizer, chats):
    """How many chats end with the model's most likely answer."""
    right = 0
    for *prompt, answer in chats:
        text = tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True)
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False,
                             max_new_tokens=32, pad_token_id=END)[0, ids.shape[1]:].tolist()
        right += out == [*answer["content"].encode(), END]
    return right


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    chats = [json.loads(line)["messages"] for line in CHATS.read_text().splitlines()]
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([program, CHATS, "models"], cwd=out, check=True)
        for name, layers in (("teacher", 3), ("student", 1)):
            folder = pathlib.Path(out) / "models" / name
            tokenizer = check_tokenizer(folder, chats)
            model, report = transformers.AutoModelForCausalLM.from_pretrained(
                folder, dtype=torch.float32, output_loading_info=True)
            assert not any(report.values()), report
            assert model.config.num_hidden_layers == layers
            assert model.generation_config.eos_token_id == END
            right = right_answers(model.eval(), tokenizer, chats)
            print(f"{name}: {layers} layer(s), {right} of {len(chats)} answers right")
            assert right == len(chats) or name == "student"


main()
