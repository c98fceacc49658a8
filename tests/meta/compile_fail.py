# SPDX-License-Identifier: Apache-2.0
"""A program with a mistake must not compile, and the compiler must print our sentence.

  compile_fail.py --compiler g++ [--isystem DIR]... tests/compile_fail/x.cpp...

The files are compiled together, each in a namespace of its own, twice: as their mistakes (GKD_TWIN=0),
each of which must fail with the text of its `// expect:` lines and no other error, and as their
corrected twins (GKD_TWIN=1), which must compile. What they include comes first, so that a file that
includes too little is not found. `// expect(nvcc):` holds for one compiler, where the words are not
ours.
"""
import argparse
import os
import pathlib
import re
import subprocess
import tempfile

import project

parser = argparse.ArgumentParser()
parser.add_argument("--compiler", required=True)
parser.add_argument("--family", choices=["g++", "clang++", "nvcc"])
parser.add_argument("--isystem", action="append", default=[])
parser.add_argument("files", nargs="+")
options = parser.parse_args()
name = pathlib.Path(options.compiler).name
family = options.family or next((f for f in ("clang++", "nvcc") if f in name), "g++")
files = {pathlib.Path(file).stem: pathlib.Path(file).resolve() for file in options.files}
texts = {stem: path.read_text(encoding="utf-8") for stem, path in files.items()}

of_family = {  # the syntax alone, every error, no warnings: those of the twins are the headers' test's
    "g++": ["-fsyntax-only", "-fmax-errors=0"],
    "clang++": ["-fsyntax-only", "-ferror-limit=0"],
    # FMT_CONSTEVAL as gkd::report has it for CUDA
    "nvcc": ["-DFMT_CONSTEVAL=", "-Xcudafe", "--error_limit=100000", "-x", "cu", "-arch=sm_90", "-ptx", "-o",
             os.devnull],
}


def together():
    """A program of all files: what they include first, so that it is not in their namespaces."""
    includes = [line for text in texts.values() for line in re.findall(r"^#include .*$", text, re.MULTILINE)]
    return "\n".join(dict.fromkeys(includes)) + "\n" + "".join(
        f'namespace in_{stem} {{\n#include "{path}"\n}}\n' for stem, path in files.items())


def compile_twins(twin):
    """(compiled, what the compiler printed)"""
    folders = {project.root / "tests", *(path.parent for path in files.values())}
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as program:
        program.write(together())
        program.flush()
        run = subprocess.run(
            [options.compiler, "-std=c++20", "-w", f"-DGKD_TWIN={twin}", f"-I{project.include}",
             *(f"-I{folder}" for folder in folders), *(word for folder in options.isystem for word in ("-isystem", folder)),
             *of_family[family], program.name],
            capture_output=True, text=True, errors="replace", env={**os.environ, "LC_ALL": "C"})
    return run.returncode == 0, run.stdout + run.stderr


def errors_in(printed):
    """Each error with the lines that say where it is, which g++ has before it, and its notes."""
    found, place = [], []
    for line in printed.splitlines():
        if re.search(r"^In file included from |: In [a-z ]+ (of )?'|: At global scope:", line):
            place.append(line)
        elif "error: " in line:
            found.append([*place, line])
            place = []
        elif place and ": note: " not in line:
            place.append(line)
        elif found:  # a note, and perhaps its place
            found[-1] += [*place, line]
            place = []
    return found


def plain(text):
    """Without what compilers add inside a sentence: line breaks, repeated blanks."""
    return re.sub(r"\s+", " ", text)


def first_lines(text, count=12):
    return "\n".join("    " + line for line in text.splitlines()[:count])


def errors_by_file(printed):
    """The errors of each file. One without a place is in the template that the last one is in."""
    own = {stem: [] for stem in files}
    stem = None
    for lines in errors_in(printed):
        at = next(i for i, line in enumerate(lines) if "error: " in line)
        nearest_first = [*reversed(lines[:at + 1]), *lines[at + 1:]]
        named = re.findall(r"/(\w+)\.cpp\b", "\n".join(nearest_first))
        stem = next((one for one in named if one in own), stem)
        own.setdefault(stem, []).append("\n".join(lines))
    return own


def faults_of(stem, errors):
    """What is wrong with a mistake, whose errors are the compiler's but for the file's namespace."""
    found = re.findall(r"^// expect(?:\(([^)]*)\))?: (.*?)\s*$", texts[stem], re.MULTILINE)
    expected = [sentence for who, sentence in found if who in ("", family)]
    if not expected:
        return [f"{stem}: has no // expect: line"]
    if not errors:
        return [f"{stem}: the mistake compiles"]
    printed = "\n".join(errors).replace(f"in_{stem}::", "")
    faults = [f"{stem}: the compiler does not say: {sentence}\n{first_lines(printed)}"
              for sentence in expected if plain(sentence) not in plain(printed)]
    return faults + [f"{stem}: the compiler says more than our sentence: {line}"
                     for line in printed.splitlines()
                     if "error: " in line and not any(plain(part) in plain(line) for part in expected)]


_, printed = compile_twins(0)
by_file = errors_by_file(printed)
problems = [f"an error of no file:\n{error}" for error in by_file.pop(None, [])]
for stem, errors in by_file.items():
    problems += faults_of(stem, errors)
compiled, printed = compile_twins(1)
if not compiled:
    problems.append("the corrected twins do not compile:\n" + "\n".join(
        first_lines("\n".join(lines)) for lines in errors_in(printed)))
project.report(problems, f"{len(files)} mistakes named, {len(files)} twins compile with {options.compiler}")
