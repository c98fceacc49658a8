# SPDX-License-Identifier: Apache-2.0
"""A program with a mistake must not compile, and the compiler must print our sentence.

  compile_fail.py --compiler g++ [--isystem DIR]... tests/compile_fail/x.cpp...

Each file is compiled twice: as its mistake (GKD_TWIN=0), which must fail and print the text of every
`// expect:` line, and as its corrected twin (GKD_TWIN=1), which must compile. `// expect(nvcc):` holds
for one compiler, where the words are not ours. nvcc is slow and compiles the mistakes alone.
"""
import argparse
import os
import pathlib
import re
import subprocess

import project

parser = argparse.ArgumentParser()
parser.add_argument("--compiler", required=True)
parser.add_argument("--family", choices=["g++", "clang++", "nvcc"])
parser.add_argument("--isystem", action="append", default=[])
parser.add_argument("files", nargs="+")
options = parser.parse_args()
name = pathlib.Path(options.compiler).name
family = options.family or next((f for f in ("clang++", "nvcc") if f in name), "g++")


def compile_twin(path, twin):
    """(compiled, what the compiler printed)"""
    command = [options.compiler, "-std=c++20", f"-I{project.include}", f"-I{project.root / 'tests'}",
               f"-DGKD_TWIN={twin}"]
    for folder in options.isystem:
        command += ["-isystem", folder]
    if family == "nvcc":
        command += ["-DFMT_CONSTEVAL="]  # as gkd::report does for CUDA
        command += ["-x", "cu", "-arch=sm_90", "-ptx", "-o", "/dev/null", str(path)]
    else:
        command += ["-fsyntax-only", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace",
                         env={**os.environ, "LC_ALL": "C"})
    return run.returncode == 0, run.stdout + run.stderr


def plain(text):
    """Without what compilers add inside a sentence: line breaks, repeated blanks."""
    return re.sub(r"\s+", " ", text)


def first_lines(text, count=12):
    return "\n".join("    " + line for line in text.splitlines()[:count])


def other_errors(text, expected):
    """The compiler's own errors beside what is expected: words that a user need not read."""
    ours = "|".join(["static assertion failed", "static_assert", *map(re.escape, expected)])
    return [line for line in text.splitlines() if "error:" in line and not re.search(ours, line)]


problems = []
for path in map(pathlib.Path, options.files):
    lines = re.findall(r"^// expect(?:\(([^)]*)\))?: (.*?)\s*$", path.read_text(encoding="utf-8"),
                       re.MULTILINE)
    expected = [sentence for who, sentence in lines if who in ("", family)]
    if not expected:
        problems.append(f"{path.name}: has no // expect: line")
        continue
    compiled, printed = compile_twin(path, 0)
    if compiled:
        problems.append(f"{path.name}: the mistake compiles")
    problems += [f"{path.name}: the compiler does not say: {sentence}\n{first_lines(printed)}"
                 for sentence in expected if not compiled and plain(sentence) not in plain(printed)]
    if family != "nvcc":
        problems += [f"{path.name}: the compiler says more than our sentence: {line}"
                     for line in other_errors(printed, expected)]
    compiled, printed = (True, "") if family == "nvcc" else compile_twin(path, 1)
    if not compiled:
        problems.append(f"{path.name}: the corrected twin does not compile\n{first_lines(printed)}")
twins = 0 if family == "nvcc" else len(options.files)
project.report(problems, f"{len(options.files)} mistake(s) named, {twins} twin(s) compile "
               f"with {options.compiler}")
