# SPDX-License-Identifier: Apache-2.0
"""What ./run refuses, it refuses at once, with a sentence that says what was wanted; help is help.
The demonstration overwrites its own folder and no other."""
import os
import pathlib
import shutil
import subprocess
import tempfile

import project

refused = {  # the words, and what must be in the sentence
    "demo --dat 4000": "unknown option '--dat'; see ./run demo --help",
    "demo --seeds 2 --stories 9": "option '--stories' goes only with --real",
    "demo --real --seeds 2": "option '--seeds' does not go with --real",
    "demo --seeds 2 --hf a b c": "--hf comes first: ./run demo --hf STUDENT_DIR TEACHER_DIR CHATS.jsonl",
    "demo --hf": "wanted: ./run demo --hf STUDENT_DIR TEACHER_DIR CHATS.jsonl",
    "demo 4000": "unknown word '4000'; see ./run demo --help",
    "demo --quick 4000": "unknown word '4000'; see ./run demo --help",
    "demo --data 9 4000": "unknown word '4000'; see ./run demo --help",
    "demo --quick --data": "option '--data' wants a value; see ./run demo --help",
    "demo --hf student": "wanted: ./run demo --hf STUDENT_DIR",
    "demo --hf none folder chats": "/none is no folder; wanted: the student, as from the Hub",
    "demo --hf folder none chats": "/none is no folder; wanted: the teacher, as from the Hub",
    "demo --hf folder folder none": "/none is not there; wanted: chats as JSONL",
    "demo --hf empty folder folder": "/empty has no config.json; wanted: the student, as from the Hub",
    "demo --hf folder empty folder": "/empty has no config.json; wanted: the teacher, as from the Hub",
    "demo --hf cache folder none": "/none is not there; wanted: chats as JSONL",
    "demo --hf folder folder folder 4000": "'4000' stands where an option of gkd_train is wanted",
    "demo --hf folder folder folder --lr 1": "gkd_train has no option '--lr'; see docs/gkd_train.md",
    "demo --hf folder folder folder --beta 1 --lamda=1": "gkd_train has no option '--lamda'",
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


def words_of_demo(options, where):
    """What ./run demo --hf hands to gkd_train: in a copy where programs that build do nothing."""
    place = pathlib.Path(where) / "copy"
    programs, trainer = place / "programs", place / "build/release/examples/gkd_train"
    programs.mkdir(parents=True, exist_ok=True)
    trainer.parent.mkdir(parents=True, exist_ok=True)
    (place / "docs").mkdir(exist_ok=True)
    for name in ("run", "docs/gkd_train.md"):
        shutil.copy(project.root / name, place / name)
    (programs / "cmake").write_text("#!/bin/sh\necho cmake version 4.0.0\n")
    trainer.write_text("#!/bin/sh\nprintf 'word %s\\n' \"$@\"\n")
    for program in (programs / "cmake", trainer):
        program.chmod(0o755)
    model = pathlib.Path(where) / "folder"
    got = subprocess.run([place / "run", "demo", "--hf", model, model, where, *options], cwd=where,
                         env={**os.environ, "GKD_NO_INSTALL": "1",
                              "PATH": f"{programs}:{os.environ['PATH']}"},
                         timeout=60, capture_output=True, text=True)
    return [line[5:] for line in got.stdout.splitlines() if line.startswith("word ")]


problems = []
with tempfile.TemporaryDirectory() as where:
    for name in ("folder", "empty", "cache/snapshots"):
        (pathlib.Path(where) / name).mkdir(parents=True)
    (pathlib.Path(where) / "folder/config.json").write_text("{}")
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
    ours = words_of_demo([], where)
    if "--overwrite_output_dir" not in ours or "--output_dir" not in ours:
        problems.append(f"./run demo --hf: gkd_train gets {ours}; wanted its own folder, overwritten")
    for options in (["--max_steps", "-1", "--no_seq_kd", "--report-to", "none"], ["--config", "x"]):
        if (got := words_of_demo(options, where))[-len(options):] != options:
            problems.append(f"./run demo --hf {options}: gkd_train gets {got}; wanted these at the end")
    for options in (["--output_dir", "x"], ["--output-dir", "x"], ["--output_dir=x"], ["--output-dir=x"]):
        got = words_of_demo(options, where)
        if any("overwrite" in word or "demo-hf" in word for word in got) or got[-len(options):] != options:
            problems.append(f"./run demo --hf {options}: gkd_train gets {got}; wanted no overwriting")
project.report(problems, f"{len(refused)} mistakes are refused, {len(helps)} calls for help answered")
