# SPDX-License-Identifier: Apache-2.0
"""What ./run refuses, it refuses at once, with a sentence that says what was wanted; help is help."""
import pathlib
import subprocess
import tempfile

import project

refused = {  # the words, and what must be in the sentence
    "demo --dat 4000": "unknown option '--dat'; see ./run demo --help",
    "demo --seeds 2 --stories 9": "option '--stories' goes only with --real",
    "demo --real --seeds 2": "option '--seeds' does not go with --real",
    "demo --seeds 2 --hf a b c": "--hf comes first: ./run demo --hf STUDENT_DIR TEACHER_DIR CHATS.jsonl",
    "demo --hf": "wanted: ./run demo --hf STUDENT_DIR TEACHER_DIR CHATS.jsonl",
    "demo --hf student": "wanted: ./run demo --hf STUDENT_DIR",
    "demo --hf none folder chats": "/none is no folder; wanted: the student, as from the Hub",
    "demo --hf folder none chats": "/none is no folder; wanted: the teacher, as from the Hub",
    "demo --hf folder folder none": "/none is not there; wanted: chats as JSONL",
    "test everything": "test takes options of ctest, such as -R NAME; got everything",
    "bench none": "no benchmark 'none'; there are: ",
    "tset": "no such command: tset",
}
helps = {"help": "./run demo [options]", "": "./run test", "demo --help": "--report FILE",
         "demo --real --help": "--stories N"}


def run(words, where):
    """Within a minute, far less than anything takes to build."""
    return subprocess.run([project.root / "run", *words.split()], cwd=where, timeout=60,
                          capture_output=True, text=True)


problems = []
with tempfile.TemporaryDirectory() as where:
    (pathlib.Path(where) / "folder").mkdir()
    for words, sentence in refused.items():
        got = run(words, where)
        if got.returncode != 1 or "run: " not in got.stderr or sentence not in got.stderr:
            problems.append(f"./run {words}: {got.returncode}, {got.stderr!r}; wanted 1, {sentence!r}")
        if "== " in got.stdout:
            problems.append(f"./run {words}: began with {got.stdout!r}")
    for words, text in helps.items():
        got = run(words, where)
        if got.returncode != 0 or text not in got.stdout:
            problems.append(f"./run {words}: {got.returncode}, without {text!r}")
project.report(problems, f"{len(refused)} mistakes are refused, {len(helps)} calls for help answered")
