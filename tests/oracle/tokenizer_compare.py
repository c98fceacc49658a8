# SPDX-License-Identifier: Apache-2.0
"""Runs random Unicode texts through gkd's tokenizer and Hugging Face's and counts the differences.

    python tokenizer_compare.py [--count 20000] [--data DIR] [--only NAME,...] [TOKENIZER.json EOS]...

Without files it compares real tokenizers of the data folder, gpt2, qwen2.5, smollm2-135m and phi-3-mini, the last
also as transformers 5 saves it, and every family of tokenizer_hf.py. Compared for every text: ids without added tokens,
with them, with special tokens, and the decoded text. The characters are those on which the Unicode
tables of all agree (tokenizer_hf.characters): tokenizers' categories are of Unicode 16 and its normal
forms of Unicode 9, PCRE2 10.42 and utf8proc 2.8 are of Unicode 14.
"""
import argparse
import json
import pathlib
import struct
import subprocess
import tempfile

from tokenizers import Tokenizer

import tokenizer_hf

here = pathlib.Path(__file__).resolve().parent


def merges_of(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    return [line for line in lines if line and not line.startswith("#version")]


def mllm_vocabulary(path):
    """magic, count, then id, length, bytes, score."""
    data, at, vocab = path.read_bytes(), 8, {}
    while at < len(data):
        number, length = struct.unpack_from("<II", data, at)
        vocab[data[at + 8:at + 8 + length].decode("utf-8")] = number
        at += 12 + length
    return vocab


def bpe(vocab, merges, **more):
    return {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
            "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False, "vocab": vocab, "merges": merges, **more}


def whole(model, words, tokens, normalizer=None):
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens, "normalizer": normalizer,
            "pre_tokenizer": words, "post_processor": None, "decoder": tokenizer_hf.byte_level(), "model": model}


def gpt2(data):
    vocab = json.loads((data / "tokenizers-gpt2/gpt2_vocab.json").read_text())
    merges = merges_of(data / "tokenizers-gpt2/gpt2_merges.txt")
    end = tokenizer_hf.added("<|endoftext|>", id=50256, special=True)
    return whole(bpe(vocab, merges), tokenizer_hf.byte_level(), [end])


def qwen2(data):
    config = json.loads((data / "tokenizers-hf/qwen2.5/tokenizer_config.json").read_text())
    tokens = [{"id": int(i), **t} for i, t in config["added_tokens_decoder"].items()]
    names = {t["content"] for t in tokens}
    vocab = {t: i for t, i in mllm_vocabulary(data / "tokenizers-mllm/qwen2.5_vocab.mllm").items() if t not in names}
    words = tokenizer_hf.sequence(tokenizer_hf.split(tokenizer_hf.QWEN2), tokenizer_hf.byte_level(regex=False))
    return whole(bpe(vocab, merges_of(data / "tokenizers-mllm/qwen2.5_merges.txt")), words, tokens, {"type": "NFC"})


def smollm2(data):
    vocab = mllm_vocabulary(data / "tokenizers-mllm/smollm_vocab.mllm")
    tokens = [tokenizer_hf.added(t, id=i, special=True) for t, i in vocab.items() if i < 17]
    words = tokenizer_hf.sequence(tokenizer_hf.digits(True), tokenizer_hf.byte_level())
    return whole(bpe(vocab, merges_of(data / "tokenizers-mllm/smollm_merges.txt")), words, tokens)


def phi3(data):
    return json.loads((data / "tokenizers-hf/phi-3-mini/tokenizer.json").read_text())


def phi3_saved_by_transformers_5(data):
    return {**phi3(data), "normalizer": None, "pre_tokenizer": tokenizer_hf.metaspace("first")}


def compare(name, tokenizer, eos, program, count, folder, every):
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(tokenizer))
    full = Tokenizer.from_str(json.dumps(tokenizer))
    bare = Tokenizer.from_str(json.dumps({**tokenizer, "added_tokens": [], "post_processor": None}))
    texts = tokenizer_hf.random_texts(count, name, 
                                      [t["content"] for t in tokenizer["added_tokens"]][:40] + ["\u2581", "<0x0A>"], every)
    run = subprocess.run([program, path, eos], input="".join(json.dumps(t) + "\n" for t in texts),
                         capture_output=True, text=True, encoding="utf-8")
    if run.returncode:
        raise SystemExit(f"{name}: {run.stderr}")
    different = 0
    for text, line in zip(texts, run.stdout.split("\n")[:-1], strict=True):
        control = full.encode(text, add_special_tokens=False).ids
        want = [bare.encode(text, add_special_tokens=False).ids, control,
                full.encode(text, add_special_tokens=True).ids, full.decode(control, skip_special_tokens=True)]
        got = json.loads(line)
        if got != want:
            different += 1
            if different <= 3:
                print(f"  {text!r}\n   want {want}\n   got  {got}")
    size = sum(len(t.encode("utf-8")) for t in texts)
    print(f"{name}: {different} differences in {count} texts, {size} bytes", flush=True)
    return different


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--data", type=pathlib.Path, default=here.parents[2] / "shared/data")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--only", default="", help="names, with commas between")
    parser.add_argument("files", nargs="*", help="TOKENIZER.json EOS, in pairs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        program = folder / "tokenizer_ids"
        subprocess.run([options.compiler, "-std=c++20", "-O2", f"-I{here.parents[1] / 'include'}",
                        here / "tokenizer_ids.cpp", "-o", program, "-lpcre2-8", "-lutf8proc"], check=True)
        cases = [(path, json.loads(pathlib.Path(path).read_text()), eos)
                 for path, eos in zip(options.files[::2], options.files[1::2], strict=True)]
        if not cases:
            cases = [("gpt2", gpt2(options.data), "<|endoftext|>"), ("qwen2.5", qwen2(options.data), "<|im_end|>"),
                     ("smollm2-135m", smollm2(options.data), "<|im_end|>"), ("phi-3-mini", phi3(options.data), "<|end|>"),
                     ("phi-3-mini-5", phi3_saved_by_transformers_5(options.data), "<|end|>")]
            model = {"model": tokenizer_hf.train(), "characters": tokenizer_hf.train_characters()}
            for family, words, rest in tokenizer_hf.families():
                tokenizer, _, changed = tokenizer_hf.finish(family, words, rest, model)
                cases.append((family, {**tokenizer, "model": changed}, tokenizer["added_tokens"][-1]["content"]))
        if options.only:
            cases = [case for case in cases if case[0] in options.only.split(",")]
        every = tokenizer_hf.characters()
        print(f"{len(every)} characters, without {len(tokenizer_hf.newer_than_tokenizers())} whose normal form tokenizers has not")
        total = sum(compare(*case, program, options.count, folder, every) for case in cases)
    print(f"{total} differences")
    raise SystemExit(total != 0)


if __name__ == "__main__":
    main()
