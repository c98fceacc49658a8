# SPDX-License-Identifier: Apache-2.0
"""What ./run refuses, it refuses at once, with a sentence that says what was wanted; help is help.
The demonstration overwrites its own folder and no other, and its settings give way to what is asked
for. ./run test counts what failed, also where nothing could be built."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

import project

refused = {  # the words, and what must be in the sentence
    "demo --dat 4000": "unknown option '--dat'; the nearest is --data; see ./run demo --help",
    "demo --seeds 2 --stories 9": "option '--stories' goes only with --real",
    "demo --real --seeds 2": "option '--seeds' does not go with --real",
    "demo --seeds 2 --hf a b c": "--hf comes first: ./run demo --hf STUDENT_DIR TEACHER_DIR CHATS.jsonl",
    "demo --hf": "wanted: ./run demo --hf STUDENT_DIR TEACHER_DIR CHATS.jsonl",
    "demo 4000": "unknown word '4000'; see ./run demo --help",
    "demo --quick 4000": "unknown word '4000'; see ./run demo --help",
    "demo --data 90 4000": "unknown word '4000'; see ./run demo --help",
    "demo --quick --data": "option '--data' wants a value; see ./run demo --help",
    "demo --data abc": "--data is 'abc', want a number of dialogues",
    "demo --data 31": "--data is '31', want a number of dialogues from 32 to 8000",
    "demo --data 99999999999999999999": "want a number of dialogues from 32 to 8000",
    "demo --quick --seeds 0": "--seeds is '0', want a number from 1 to 20",
    "demo --seeds 21": "--seeds is '21', want a number from 1 to 20",
    "demo --threads -1": "--threads is '-1', want a number from 1 to 256",
    "demo --stories 64 --real --threads 257": "--threads is '257', want a number from 1 to 256",
    "demo --real --stories 63": "--stories is '63', want a number from 64 to 20000",
    "demo --real --seed x": "--seed is 'x', want a number from 0 to 1000000000",
    "demo --real --data 256": "--data is '256', want a folder that is there",
    "demo --real --data none": "--data is 'none', want a folder that is there",
    "demo --report ''": "--report is '', want the path of a file in a folder that exists",
    "demo --real --report ''": "--report is '', want the path of a file in a folder that exists",
    "demo --report /dev/full": "--report is '/dev/full', want the path of a file",
    "demo --report none/x.html": "--report is 'none/x.html', want the path of a file",
    "demo --report folder": "--report is 'folder', want the path of a file",
    "demo --sedes 3": "unknown option '--sedes'; the nearest is --seeds; see ./run demo --help",
    "demo --zzz": "unknown option '--zzz'; see ./run demo --help",
    "build gkd_train": "build takes no words; got gkd_train",
    "demo --hf student": "wanted: ./run demo --hf STUDENT_DIR",
    "demo --hf none folder chats": "/none is no folder; wanted: the student, as from the Hub",
    "demo --hf folder none chats": "/none is no folder; wanted: the teacher, as from the Hub",
    "demo --hf folder folder none": "/none is not there; wanted: chats as JSONL",
    "demo --hf empty folder folder": "/empty has no config.json; wanted: the student, as from the Hub",
    "demo --hf folder empty folder": "/empty has no config.json; wanted: the teacher, as from the Hub",
    "demo --hf cache folder none": "/none is not there; wanted: chats as JSONL",
    "demo --hf folder folder folder 4000": "'4000' stands where an option of gkd_train is wanted",
    "demo --hf folder folder folder --lr 1": "gkd_train has no option '--lr'; see docs/gkd_train.md",
    "demo --hf folder folder empty": "/empty has no train.jsonl; wanted: chats as JSONL, or a folder",
    "demo --hf folder folder folder --lmda 1": "no option '--lmda'; the nearest is --lmbda; see docs/",
    "demo --hf folder folder folder --beta 1 --lamda=1": "gkd_train has no option '--lamda'",
    "demo --hf folder folder folder --learning-rte 1": "; the nearest is --learning_rate; see docs/",
    "demo --hf folder folder folder -lmbda 1": "no option '-lmbda'; the nearest is --lmbda; see docs/",
    "demo --hf folder folder folder --beta 1 -max-steps=3": "no option '-max-steps'; the nearest is --max_s",
    "demo --hf folder folder folder --config run.json": "--config goes to gkd_train itself",
    "demo --hf folder folder folder --beta 1 --config=run.json": "gkd_train --config FILE",
    "test everything": "test takes options of ctest, such as -R NAME; got everything",
    "bench none": "no benchmark 'none'; there are: ",
    "tset": "no such command: tset",
    "help demo": "help takes no words; got 'demo'",
    "--help x": "help takes no words; got 'x'",
}
helps = {"help": "./run demo [options]", "": "./run test", "demo --help": "--report FILE",
         "demo --real --help": "--stories N"}

gives_way = {  # what is asked for, and the demonstration's own setting that would contradict it
    "--num_train_epochs 1": "--max_steps",
    "--num-train-epochs=1": "--max_steps",
    "--max_seq_length 77": "--max_length",
    "--per_gpu_train_batch_size=2": "--per_device_train_batch_size",
    "--warmup_steps 3": "--warmup_ratio",
    "--lr-scheduler-type constant": "--warmup_ratio",
    "--save_steps=10": "--save_strategy",
    "--eval_dataset_name chats": "--eval_fraction",
    "--prediction_loss_only": "--eval_generate",
    "--beta 1 --prediction-loss-only --lmbda 0": "--eval_generate",
    "--no_eval_generate": "--eval_generate",
    "--no-eval-on-start": "--eval_on_start",
    "--eval_fraction 0": "--eval_generate",
    "--eval-fraction=0.0": "--eval_on_start",
    "--eval_fraction 0 --max_steps 3": "--eval_examples",
}
stays = {
    "--run_name num_train_epochs": "--max_steps",
    "--lr_scheduler_type constant_with_warmup": "--warmup_ratio",
    "--eval_fraction 0.05": "--eval_generate",
    "--eval_fraction 0 --eval_dataset_name chats": "--eval_examples",
    "--eval_fraction=0 --eval_strategy steps": "--eval_on_start",
    "--max_steps -1": "--eval_generate",
}


def run(words, where):
    """Within a minute, far less than anything takes to build."""
    return subprocess.run([project.root / "run", *shlex.split(words)], cwd=where, timeout=60,
                          capture_output=True, text=True)


def run_copy(words, where, programs):
    """./run in a copy where programs of these names do no more than these lines of shell."""
    place = pathlib.Path(where) / "copy"
    for name in ("run", "docs/gkd_train.md", "tests/meta/count.py"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(project.root / name, place / name)
    for name, lines in programs.items():
        program = place / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{lines}\n")
        program.chmod(0o755)
    return subprocess.run([place / "run", *words], cwd=where,
                          env={**os.environ, "GKD_NO_INSTALL": "1",
                               "PATH": f"{place / 'programs'}:{os.environ['PATH']}"},
                          timeout=60, capture_output=True, text=True)


def words_of_demo(options, where):
    """What ./run demo --hf hands to gkd_train."""
    model = pathlib.Path(where) / "folder"
    got = run_copy(["demo", "--hf", model, model, model, *options], where,
                   {"programs/cmake": "echo cmake version 4.0.0",
                    "build/release/examples/gkd_train": "printf 'word %s\\n' \"$@\""})
    return [line[5:] for line in got.stdout.splitlines() if line.startswith("word ")]


def ranges_of_demo():
    """Of ./run demo and of ./run demo --real, what help names and what the program takes."""
    folder = project.root / "examples/demo"
    told = [dict(re.findall(r"^  (--\w+) .*?(\d+ to \d+)", part, re.M))
            for part in re.split(r"^\./run demo.*$", (folder / "usage.txt").read_text(), flags=re.M)]
    taken = []
    for file in ("main.cpp", "real.hpp"):
        found = re.findall(r"""name == "(--\w+)"\)[^;]*?number\([^,]+, [^,]+, ([\d']+), ([\d']+)\)|"""
                           r"""number\("(--\w+)", argv\[i\], ([\d']+), ([\d']+)\)""",
                           (folder / file).read_text())
        taken.append({a or d: f"{b or e} to {c or f}".replace("'", "") for a, b, c, d, e, f in found})
    return told[1:3], taken


problems = []
told, taken = ranges_of_demo()
if told != taken or [len(part) for part in told] != [3, 3]:
    problems.append(f"examples/demo/usage.txt: tells {told}; the programs take {taken}")
with tempfile.TemporaryDirectory() as where:
    for name in ("folder", "empty", "cache/snapshots"):
        (pathlib.Path(where) / name).mkdir(parents=True)
    (pathlib.Path(where) / "folder/config.json").write_text("{}")
    (pathlib.Path(where) / "folder/train.jsonl").write_text("")
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
    got = run_copy(["demo", "--hf", *[pathlib.Path(where) / "folder"] * 3], where,
                   {"programs/cmake": "echo cmake version 4.0.0",
                    "build/release/examples/gkd_train": ""})
    if "compiling examples/gkd_train/program.cpp, which takes about " not in got.stdout:
        problems.append(f"./run demo --hf: {got.stdout!r}; wanted what takes long to compile")
    ours = words_of_demo([], where)
    if "--overwrite_output_dir" not in ours or "--output_dir" not in ours:
        problems.append(f"./run demo --hf: gkd_train gets {ours}; wanted its own folder, overwritten")
    for options in (["--max_steps", "-1", "--no_seq_kd", "--report-to", "none"], ["--eval_steps", "5"]):
        if (got := words_of_demo(options, where))[-len(options):] != options:
            problems.append(f"./run demo --hf {options}: gkd_train gets {got}; wanted these at the end")
    for options in (["--output_dir", "x"], ["--output-dir", "x"], ["--output_dir=x"], ["--output-dir=x"]):
        got = words_of_demo(options, where)
        if any("overwrite" in word or "demo-hf" in word for word in got) or got[-len(options):] != options:
            problems.append(f"./run demo --hf {options}: gkd_train gets {got}; wanted no overwriting")
    for options, default in gives_way.items():
        got = words_of_demo(options.split(), where)
        if default not in ours or default in got or got[-len(options.split()):] != options.split():
            problems.append(f"./run demo --hf {options}: gkd_train gets {got}; wanted no {default}")
    for options in ("--lmbda 0", "--max_steps=3", "--max-length 9", "--save_strategy epoch",
                    "--warmup_ratio 0", "--eval_fraction 0.5", "--eval-generate", "--run-name x"):
        names = [word.partition("=")[0].replace("-", "_") for word in words_of_demo(options.split(), where)
                 if word.startswith("--")]
        if twice := {name for name in names if names.count(name) > 1}:
            problems.append(f"./run demo --hf {options}: gkd_train gets {twice} twice")
    for options, default in stays.items():
        if default not in (got := words_of_demo(options.split(), where)):
            problems.append(f"./run demo --hf {options}: gkd_train gets {got}; wanted {default}, too")
    got = run_copy(["test"], where, {"programs/cmake": """case $1 in --version) echo cmake version 4.0.0 ;;
        *) echo broken; exit 1 ;; esac"""})
    if (got.returncode != 1 or got.stdout.splitlines()[-1:] != ["0 passed, 2 failed, 0 skipped"]
            or "run: CMake could not configure build/dev\n" not in got.stderr):
        problems.append(f"./run test, not configured: {got.returncode}, {got.stdout!r}, {got.stderr!r}")
project.report(problems, f"{len(refused)} mistakes are refused, {len(helps)} calls for help answered")
