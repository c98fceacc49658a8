# SPDX-License-Identifier: Apache-2.0
"""Encodes texts with SentencePiece itself and writes sentencepiece_bpe.hpp, which
tests/text/sentencepiece_bpe.cpp compares with gkd's encoder.

    pip install sentencepiece==0.2.3 protobuf
    python sentencepiece_bpe.py tok512.bin > sentencepiece_bpe.hpp

Two vocabularies: a small one trained here on the sentences below, printed whole, and llama2.c's
tok512.bin, from which a SentencePiece model is put together (the printed ids need that file).
"""

import importlib.metadata
import io
import random
import struct
import sys

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as model_pb2

SENTENCES = [
    "Once upon a time, there was a little girl named Lily.",
    "She loved to play outside in the park with her friends.",
    "One day, she saw a big, red ball and wanted to play with it.",
    "Her mom said that the ball was too high for a little girl.",
    "The friends helped her, and they played until the day was over.",
]


def texts() -> list[str]:
    out = [
        "", " ", "a", "the", " the", "  the  ball  ", "Once upon a time", "Lily\nLily\n\n", "\t\r\n",
        "<s>", "</s>", "\n<s>\n", "<unk>", "<0x41>", "a<0x0A>b", "Gr\u00fc\u00dfe", "\u4f60\u597d \u4e16\u754c",
        "\U0001f600\U0001f600", "e\u0301\u0301", "\u200b", "0123456789", "1 + 2 = 3", "aaaaaaaaaaaaaaaaa",
        "thethethethe the", "\x01\x7f", "tab\there", "\"quoted\" \\ back", "girl named Lily." * 4,
    ]
    draw = random.Random(1)
    words = " ".join(SENTENCES).split(" ") + ["\u00e9t\u00e9", "\U0001f600", "\n", " ", "qzx", "9"]
    for length in range(1, 25):
        out.append("".join(draw.choice(words) + draw.choice(["", " ", "  "]) for _ in range(length)))
        out.append("".join(draw.choice("aehilnrst ,.") for _ in range(length)))
    return out


def trained() -> sentencepiece.SentencePieceProcessor:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES), model_writer=model, vocab_size=330, model_type="bpe",
        byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
        character_coverage=1.0, num_threads=1, minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def read_llama2c(path: str) -> list[tuple[bytes, float]]:
    data = open(path, "rb").read()
    at, pieces = 4, []
    while at < len(data):
        score, length = struct.unpack_from("<fi", data, at)
        pieces.append((data[at + 8 : at + 8 + length], score))
        at += 8 + length
    return pieces


def assembled(path: str) -> sentencepiece.SentencePieceProcessor:
    kinds = model_pb2.ModelProto.SentencePiece
    model = model_pb2.ModelProto()
    model.trainer_spec.model_type = model_pb2.TrainerSpec.BPE
    model.trainer_spec.byte_fallback = True
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = True
    model.normalizer_spec.remove_extra_whitespaces = False
    model.normalizer_spec.escape_whitespaces = True
    for number, (text, score) in enumerate(read_llama2c(path)):
        piece = model.pieces.add()
        piece.score = score
        if number < 3:
            piece.piece = ["<unk>", "<s>", "</s>"][number]
            piece.type = [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL][number]
        elif number < 259:
            piece.piece = text.decode()
            piece.type = kinds.BYTE
        else:
            piece.piece = text.decode().replace(" ", "\u2581")
            piece.type = kinds.NORMAL
    return sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())


def literal(text: str) -> str:
    """A C++ string with octal escapes, in pieces of at most 60 bytes."""
    chars = []
    for byte in text.encode():
        char = chr(byte)
        chars.append("\\" + char if char in '"\\' else char if 0x20 <= byte < 0x7F else f"\\{byte:03o}")
    pieces = ["".join(chars[i : i + 60]) for i in range(0, len(chars), 60)] or [""]
    return "\n     ".join(f'"{p}"' for p in pieces)


def wrapped(numbers) -> str:
    lines, line = [], ""
    for n in numbers:
        if len(line) + len(str(n)) > 85:
            lines.append(line)
            line = ""
        line += f"{n}, "
    return "\n      ".join(lines + [line]).rstrip().rstrip(",")


def print_encodings(name: str, model: sentencepiece.SentencePieceProcessor) -> None:
    print(f"inline const std::vector<encoding> {name} = {{")
    for text in texts():
        ids = model.encode(text)
        assert model.decode(ids) == text, (text, model.decode(ids))
        print(f"    {{{literal(text)},\n     {{{wrapped(ids)}}}}},")
    print("};\n")


def main() -> None:
    small = trained()
    print("// SPDX-License-Identifier: Apache-2.0")
    version = importlib.metadata.version("sentencepiece")
    print(f"// Made by sentencepiece_bpe.py with sentencepiece {version}. Do not edit.")
    print("#pragma once\n\n#include <gkd/core/config.hpp>\n\n#include <string>\n#include <vector>\n")
    print("namespace oracle {\n")
    print("struct encoding {\n  std::string text;\n  std::vector<gkd::token> ids;\n};\n")
    pieces = [small.id_to_piece(i).replace("\u2581", " ") for i in range(small.vocab_size())]
    print("// pieces of the small vocabulary after <unk>, <s>, </s> and the 256 byte tokens")
    print("inline const std::vector<std::string> small_pieces = {")
    print("    " + ",\n    ".join(literal(p) for p in pieces[259:]) + "};\n")
    scores = [small.get_score(i) for i in range(259, len(pieces))]
    print("inline const std::vector<float> small_scores = {")
    print("    " + wrapped(f"{s:.9g}" for s in scores) + "};\n")
    print_encodings("small_encodings", small)
    print("// with tok512.bin of llama2.c")
    print_encodings("tok512_encodings", assembled(sys.argv[1]))
    print("}  // namespace oracle")


if __name__ == "__main__":
    main()
