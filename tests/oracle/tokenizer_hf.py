# SPDX-License-Identifier: Apache-2.0
"""Encodes texts with Hugging Face's tokenizers and writes tokenizer_hf.json, which
tests/text/tokenizer_json.cpp compares with gkd's tokenizer.

    pip install tokenizers==0.23.3
    python tokenizer_hf.py

Two small BPE models, trained here, one byte-level and one as SentencePiece's are converted, with each
kind of pre-tokenizer, normalizer, added token, template and decoder that gkd reads. The file:

  model       the model of every family, less what a family changes
  characters  the same for families whose base is "characters"
  texts       what is encoded
  families    name, base, tokenizer (tokenizer.json without its model), model (the members it changes), and
              for each text (for the first of them, where the lists are shorter) what Hugging Face gives
                encode     without added tokens: what gkd's encode() must give
                control    with them, add_special_tokens=False; null where the same as encode
                special    of the first texts, add_special_tokens=True
                decoded    of `control`, skip_special_tokens=True; null where it is the text itself
"""
import json
import pathlib
import random
import unicodedata

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

CORPUS = """
Once upon a time, there was a little girl named Lily. She loved to play outside in the park with her friends.
It's what we've said: they're late, I'd go, you'll see, I'm here, don't. IT'S LOUD, THEY'VE LEFT.
The 3 bears had 12 bowls, 345 spoons and 6789 chairs in 2024; 1,234.56 euros (or $1.50) were 10% of it.
def main(args):\n    for i in range(10):\n        print(f"{i}: {args[i]}")\n\n\treturn None\n
{"role": "user", "content": "Hello!"} <b>bold</b> http://example.org/a-b_c?d=e&f=g#h a@b.cd #tag ... --- === *** !!!
Der Fuehrer, die Grüße, ça va, où est l'été? Ñandú, łódź, čeština, İstanbul, ΑΒΓ αβγ ώ, Привет, мир! שלום עולם مرحبا بالعالم
नमस्ते दुनिया, ภาษาไทย, 你好,世界!我们是朋友。こんにちは世界、カタカナ。 안녕하세요 세계. 😀😃🎉👨‍👩‍👧 café é naïve ﬁne ½ ² ①
"""

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")
GPT4O = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def byte_level(prefix=False, regex=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def digits(individual):
    return {"type": "Digits", "individual_digits": individual}


def template(before):
    return {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": before, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {before: {"id": before, "ids": [0], "tokens": [before]}}}


def added(content, **flags):
    out = {"id": 0, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
           "normalized": False, "special": False}
    return {**out, **flags}


CHATML = [added(name, special=True) for name in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")]


MARK = "\u2581"  # of a space, in SentencePiece
CONTROLS = [added(name, special=True) for name in ("<unk>", "<s>", "</s>")]


def metaspace(scheme, split=False):
    return {"type": "Metaspace", "replacement": MARK, "prepend_scheme": scheme, "split": split}


def normalizers_of(*steps):
    return {"type": "Sequence", "normalizers": list(steps)}


def spaces(old, new):
    return {"type": "Replace", "pattern": {"String": old}, "content": new}


def pieces(strip=True):
    steps = [spaces(MARK, " "), {"type": "ByteFallback"}, {"type": "Fuse"}]
    return {"type": "Sequence", "decoders": steps + [{"type": "Strip", "content": " ", "start": 1, "stop": 0}] * strip}


def character_families():
    """As families(), of the model with characters: (name, pre_tokenizer, what else differs)."""
    base = {"base": "characters", "texts": 50, "decoder": pieces(), "added": CONTROLS, "post_processor": template("<s>")}
    prefix, mark = {"type": "Prepend", "prepend": MARK}, spaces(" ", MARK)
    llama2 = {**base, "normalizer": normalizers_of(prefix, mark)}
    phi3 = [added("<unk>", special=True), added("<s>", special=True), added("</s>", rstrip=True),
            added("<|endoftext|>", special=True),
            *(added(f"<|{name}|>", special=True, rstrip=True) for name in ("assistant", "system", "user", "end"))]
    yield "llama2", None, llama2
    yield "phi3", None, {**llama2, "added": phi3}
    yield "llama2-added", None, {**llama2, "added": [
        *CONTROLS, added("<tool_call>"), added("\u00e9"), added("<cut>", lstrip=True, rstrip=True)]}
    yield "llama2-whole", None, {**llama2, "model": {"ignore_merges": True}}
    for scheme in ("first", "always", "never"):
        yield f"metaspace-{scheme}", metaspace(scheme), {**base, "decoder": pieces(scheme != "never")}
    yield "metaspace-phi3", metaspace("first"), {**base, "added": phi3}
    yield "metaspace-split", sequence(digits(True), metaspace("always", True)), base
    yield "metaspace-digits", sequence(digits(False), metaspace("first", True)), {**base, "normalizer": {"type": "NFC"}}
    yield "gemma", split(" ", "MergedWithPrevious", kind="String"), {
        **base, "normalizer": mark, "decoder": pieces(False), "added": [*CONTROLS, added("<start_of_turn>", special=True), added("Hello!\"} <b>", normalized=True)]}


def families():
    """(name, pre_tokenizer, what else differs)."""
    yield from byte_families()
    yield from character_families()


def byte_families():
    yield "gpt2", byte_level(), {}
    yield "roberta", byte_level(prefix=True), {
        "added": [added("<s>", special=True, normalized=True), added("</s>", special=True, normalized=True),
                  added("<mask>", special=True, lstrip=True)],
        "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0],
                           "trim_offsets": True, "add_prefix_space": False}}
    yield "llama3", sequence(split(LLAMA3), byte_level(regex=False)), {
        "model": {"ignore_merges": True},
        "added": [added("<|begin_of_text|>", special=True), *CHATML],
        "post_processor": {"type": "Sequence", "processors": [byte_level(), template("<|begin_of_text|>")]}}
    yield "qwen2", sequence(split(QWEN2), byte_level(regex=False)), {
        "normalizer": {"type": "NFC"}, "added": [*CHATML, added("<tool_call>"), added("</tool_call>")]}
    yield "smollm2", sequence(digits(True), byte_level()), {}
    yield "falcon", sequence({"type": "Punctuation", "behavior": "Contiguous"}, byte_level(), digits(False),
                             split("[0-9][0-9][0-9]")), {}
    yield "gpt4o", sequence(split(GPT4O), byte_level(regex=False)), {}
    yield "deepseek", sequence(split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"),
                               split("[一-龥ࠀ-一가-퟿]+"), digits(True), split(r"\s+$"),
                               byte_level(regex=False)), {}
    spaces = [added(" " * n, normalized=True) for n in range(24, 1, -1)]
    yield "added", byte_level(), {
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}]},
        "added": [*CHATML, *spaces, added("<cut>", lstrip=True, rstrip=True), added("word", single_word=True),
                  added("full", normalized=True), added("<|im"), added("é", single_word=True, normalized=True)]}
    for behavior in ("Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"):
        for invert in (False, True):
            yield f"{behavior}{'Inverted' * invert}", sequence(
                split("-", behavior, invert, "String"), split(r"\s|e?", behavior, invert), byte_level()), {"texts": 30}
    yield "unknown", byte_level(), {"missing": "\x04é\n", "model": {"unk_token": "<unk>", "fuse_unk": True}}
    yield "lost", sequence(split(r"\p{Han}|\d{2,3}?"), byte_level()), {"missing": "\x04é\n", "normalizer": {"type": "NFD"}}


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    trainer = trainers.BpeTrainer(vocab_size=600, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  special_tokens=[], show_progress=False)
    tokenizer.train_from_iterator([CORPUS.replace("\\n", "\n").replace("\\t", "\t")] * 2, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    # a token that no merge leads to, for ignore_merges
    model["vocab"]["ĠFriends"] = len(model["vocab"])
    return model


def train_characters():
    """Characters, some of them left to bytes; pieces within words, across words, and of spaces alone."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(MARK, "always", split=True)
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=700, limit_alphabet=150, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([line for line in CORPUS.split("\n") if line] * 2, trainer)
    model = json.loads(tokenizer.to_str())["model"]

    def join(left, right):
        model["vocab"].setdefault(left + right, len(model["vocab"]))
        model["merges"].append([left, right])

    for n in (1, 2, 4, 8):
        join(MARK * n, MARK * n)
    join(MARK * 2, MARK)
    join(MARK + "the", MARK)
    join("e", MARK + "t")
    return model


def without(model, text):
    """The model without the bytes of a text."""
    alphabet = set(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
                   .pre_tokenize_str(text)[0][0])
    keep = [t for t in model["vocab"] if not alphabet & set(t)]
    return {"vocab": {t: i for i, t in enumerate(keep + ["<unk>"])},
            "merges": [m for m in model["merges"] if not alphabet & set("".join(m))]}


def newer_than_tokenizers():
    """Marks and decompositions of Unicode 10 to 14: the tables of tokenizers' normalizers are of Unicode 9."""
    def differ(text):
        return any(getattr(normalizers, form)().normalize_str(text) != unicodedata.normalize(form, text)
                   for form in ("NFC", "NFD", "NFKC", "NFKD"))

    return {c for c in map(chr, range(0x110000)) if (unicodedata.combining(c) or unicodedata.decomposition(c))
            and any(map(differ, (c, c + "\u0316", "\u0301" + c)))}


def characters():
    """Every character that all agree on: of Unicode 14, the version of Python 3.11, PCRE2 10.42 and utf8proc 2.8,
    less those whose normal form is newer than tokenizers' tables."""
    left_out = newer_than_tokenizers()
    return [chr(c) for c in range(0x110000)
            if not 0xd800 <= c < 0xe000 and unicodedata.category(chr(c)) != "Cn" and chr(c) not in left_out]


def random_texts(count, seed, names=(), every=None):
    """Texts that pre-tokenizers disagree about: words, digits, spaces, marks, of every script."""
    draw = random.Random(seed)
    every = every or characters()
    words = CORPUS.replace("\n", " ").split(" ")
    bits = [" ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u3000", "\u180e", "\u200b", "\u200d", "\x04", "\x85",
            "'s", "'S", "'ll", "'\u017f", "'", "\u2019s", "-", "--", "e", "7", "42", "123", "4567", "\u0664", "\u00b2", "\u2167", "\u2460",
            "\u0301", "\u0316\u0301", "e\u0301", "\u1100\u1161\u11a8", "\uac00", "\u00e9", "\ufb01", "word", "words", "\uff46\uff55\uff4c\uff4c", " Friends"]
    bits += [n for name in names for n in (name, name[:-1], name + " ", " " + name)]

    def piece():
        kind = draw.randrange(8)
        if kind < 2:
            return draw.choice(words) + draw.choice(["", " "])
        if kind < 5:
            return draw.choice(bits)
        if kind == 5:
            return draw.choice(every)
        if kind == 6:
            start = draw.randrange(len(every) - 40)  # neighbours in a script
            return "".join(draw.choice(every[start:start + 40]) for _ in range(draw.randrange(1, 6)))
        return draw.choice("aeioulnrst") * draw.randrange(1, 9)

    return ["".join(piece() for _ in range(draw.randrange(1, 14))) for _ in range(count)]


def finish(name, words, rest, model):
    """The tokenizer.json of a family, ids of added tokens filled in; model holds both, by their names."""
    model = model[rest.get("base", "model")]
    changes = dict(rest.get("model", {}))
    if "missing" in rest:
        changes = {**without(model, rest["missing"]), **changes}
    whole = {**model, **changes}
    tokens = [dict(t) for t in rest.get("added", CHATML)]
    next_id = len(whole["vocab"])
    for t in tokens:
        t["id"] = whole["vocab"].get(t["content"], next_id)
        next_id += t["id"] == next_id
    tokenizer = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens,
                 "normalizer": rest.get("normalizer"), "pre_tokenizer": words,
                 "post_processor": rest.get("post_processor"), "decoder": rest.get("decoder", byte_level())}
    text = json.dumps(tokenizer)
    for t in tokens:  # templates name ids
        text = text.replace(f'"ids": [0], "tokens": ["{t["content"]}"]', f'"ids": [{t["id"]}], "tokens": ["{t["content"]}"]')
        text = text.replace(f'["{t["content"]}", 0]', f'["{t["content"]}", {t["id"]}]')
        text = text.replace(f'["{t["content"]}", 1]', f'["{t["content"]}", {t["id"]}]')
    return json.loads(text), changes, whole


def main():
    model = {"model": train(), "characters": train_characters()}
    names = ["<|endoftext|>", "<|im_end|>", "<cut>", "<mask>", "<s>", "<tool_call>", "<unk>", "<|end|>", MARK, "<0x0A>"]
    texts = ["", " ", "word", "a  b", "Hello world", *random_texts(85, 1, names)]
    out = []
    for name, words, rest in families():
        tokenizer, changes, whole = finish(name, words, rest, model)
        full = Tokenizer.from_str(json.dumps({**tokenizer, "model": whole}))
        bare = Tokenizer.from_str(json.dumps({**tokenizer, "model": whole, "added_tokens": [], "post_processor": None}))
        family = {"name": name, "base": rest.get("base", "model"), "tokenizer": tokenizer, "model": changes, "encode": [], "control": [], "decoded": []}
        for text in texts[:rest.get("texts")]:
            plain = bare.encode(text, add_special_tokens=False).ids
            control = full.encode(text, add_special_tokens=False).ids
            decoded = full.decode(control, skip_special_tokens=True)
            family["encode"].append(plain)
            family["control"].append(None if control == plain else control)
            family["decoded"].append(None if decoded == text else decoded)
        family["special"] = [full.encode(text, add_special_tokens=True).ids for text in texts[:10]]
        out.append(family)
    import tokenizers
    file = {"made_by": f"tokenizer_hf.py, tokenizers {tokenizers.__version__}", **model, "texts": texts, "families": out}
    lines = json.dumps(file, indent=None, separators=(",", ":"))
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(lines.replace('{"name"', '\n{"name"').replace('"texts"', '\n"texts"').replace('"characters"', '\n"characters"', 1) + "\n")
    print(path.name, path.stat().st_size, "bytes,", len(texts), "texts,", len(out), "families")


if __name__ == "__main__":
    main()
