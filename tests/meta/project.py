# SPDX-License-Identifier: Apache-2.0
"""What the meta tests know of the project: folders, their order, headers and what they include."""
import functools
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[2]
include = root / "include"

# A header may include its own folder and those that stand before it.
order = [
    "version.hpp", "core", "concepts.hpp", "divergence", "io", "comm", "cuda", "backend",
    "text", "sample", "loss", "optim", "model", "data", "eval", "train", "report", "adapt",
]

# Opt-in by decision; a header that includes one of these, or a library, is opt-in as well.
opt_in_folders = {"io", "report", "adapt", "cuda"}
opt_in_headers = {
    "backend/threads.hpp", "backend/eigen.hpp", "backend/xtensor.hpp", "comm/mpi.hpp", "comm/nccl.hpp",
    "train/checkpoint.hpp", "data/chat_jsonl.hpp",
}

# What the headers of gkd.hpp must not include: each costs every user's build.
banned_std = {"iostream", "filesystem", "thread", "random", "ranges", "regex"}

# Headers of the C standard library; every other name with a .h or a / is a package's or a system's.
c_headers = {"math.h", "stdint.h", "stddef.h", "string.h", "stdlib.h", "stdio.h", "errno.h",
             "signal.h", "time.h"}

include_line = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


@functools.cache
def headers():
    """Every header but the umbrella, as names relative to include/gkd."""
    found = [p.relative_to(include / "gkd").as_posix() for p in (include / "gkd").rglob("*")
             if p.suffix in (".hpp", ".cuh")]
    return sorted(name for name in found if name != "gkd.hpp")


def path_of(header):
    return include / "gkd" / header


def rank(header):
    """Where the folder of the header stands in the order; None if nowhere."""
    first = header.split("/")[0]
    return order.index(first) if first in order else None


@functools.cache
def includes(path):
    """(line number, name) of every #include of the file."""
    out = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = include_line.match(line)
        if match:
            out.append((number, match.group(2)))
    return out


def own_includes(header):
    return [name[len("gkd/"):] for _, name in includes(path_of(header)) if name.startswith("gkd/")]


def is_package(name):
    if name.startswith("gkd/") or name in c_headers:
        return False
    return "/" in name or name.endswith(".h")


@functools.cache
def opt_in():
    """The headers that gkd.hpp leaves out: by decision, or by what they include."""
    all_headers = headers()
    out = set()
    for header in all_headers:
        decided = header.split("/")[0] in opt_in_folders or header in opt_in_headers
        library = any(is_package(name) for _, name in includes(path_of(header)))
        if decided or library or header.endswith(".cuh"):
            out.add(header)
    grown = True
    while grown:
        grown = False
        for header in all_headers:
            if header not in out and any(used in out for used in own_includes(header)):
                out.add(header)
                grown = True
    return out


@functools.cache
def complete(header):
    """Whether everything that the header includes exists (layering.py says what does not)."""
    return path_of(header).exists() and all(complete(used) for used in own_includes(header))


@functools.cache
def umbrella_headers():
    left_out = opt_in()
    inside = [header for header in headers() if header not in left_out and complete(header)]
    return sorted(inside, key=lambda header: (-1 if rank(header) is None else rank(header), header))


def top_level():
    """Names at the top of the project: those that git knows, or all where there is no git."""
    listing = subprocess.run(["git", "-C", str(root), "ls-files"], capture_output=True, text=True)
    if listing.returncode == 0 and listing.stdout:
        return sorted({name.split("/")[0] for name in listing.stdout.splitlines()})
    return sorted(path.name for path in root.iterdir())


def report(problems, summary):
    """Prints what was found and ends the process: 0 if nothing."""
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problem(s)" if problems else summary)
    sys.exit(1 if problems else 0)
