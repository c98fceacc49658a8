# SPDX-License-Identifier: Apache-2.0
"""Writes golden files: numbers that other programs computed, in the plain line format that
tests/support/golden.hpp reads.

    # a comment
    [kind name]                 begins a record; the name is optional
    key: word word ...          a list of words or numbers
    key (2, 3): number ...      the same with a shape, row-major

Binary floating-point numbers are written as hexadecimal floats, which lose nothing; inf, -inf and
nan are written so.
"""

import math
import pathlib

import numpy

HERE = pathlib.Path(__file__).resolve().parent


def hex_float(x: float) -> str:
    """The shortest hexadecimal form: 0x1.8p+1, not 0x1.8000000000000p+1."""
    x = float(x)
    if not math.isfinite(x):
        return str(x)
    mantissa, exponent = x.hex().split("p")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}p{exponent}"


def word(x) -> str:
    if isinstance(x, str):
        if not x or any(c.isspace() for c in x):
            raise ValueError(f"not one word: {x!r}")
        return x
    if isinstance(x, bool):
        return "1" if x else "0"
    if isinstance(x, (int, numpy.integer)):
        return str(int(x))
    return hex_float(x)


class Writer:
    """Collects records; `save` writes them with the head comment."""

    def __init__(self, name: str, head: str):
        self.path = HERE / name
        comment = [line.rstrip() for line in head.strip().splitlines()]
        self.lines = ["# SPDX-License-Identifier: Apache-2.0"]
        self.lines += [f"# {line}".rstrip() for line in comment]

    def record(self, kind: str, name: str = "", /, **values):
        self.lines += ["", f"[{word(kind)} {word(name)}]" if name else f"[{word(kind)}]"]
        for key, value in values.items():
            self.value(key, value)

    def value(self, key: str, value):
        """One word or number, a list of them, or anything that numpy takes for an array."""
        if hasattr(value, "detach"):
            value = value.detach().numpy()
        if isinstance(value, numpy.ndarray):
            shape = ", ".join(str(n) for n in value.shape)
            values = value.reshape(-1).tolist()
            self.lines.append(f"{key} ({shape}): " + " ".join(word(x) for x in values))
        elif isinstance(value, (list, tuple)):
            self.lines.append(f"{key}: " + " ".join(word(x) for x in value))
        else:
            self.lines.append(f"{key}: {word(value)}")

    def save(self):
        text = "\n".join(line.rstrip() for line in self.lines) + "\n"
        self.path.write_text(text, encoding="ascii", newline="\n")
        records = sum(line.startswith("[") for line in self.lines)
        print(f"{self.path.name}: {records} records, {len(text) / 1024:.0f} KiB")
