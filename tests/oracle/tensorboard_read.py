# SPDX-License-Identifier: Apache-2.0
"""Reads event files of gkd with TensorBoard itself.

    python tensorboard_read.py FOLDER                 prints what it finds there
    python tensorboard_read.py --program gkd_train    trains a tiny model, and compares what TensorBoard
                                                      reads with the run's own train.jsonl
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

HERE = pathlib.Path(__file__).resolve().parent


def read(folder):
    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    found.Reload()
    return found


def show(found):
    tags = found.Tags()
    for tag in tags["scalars"]:
        points = [f"{e.step}:{e.value:.6g}" for e in found.Scalars(tag)]
        more = " ..." if len(points) > 8 else ""
        print(f"{tag}: {len(points)} points  {' '.join(points[:8])}{more}")
    for tag in tags["tensors"]:
        for event in found.Tensors(tag):
            words = event.tensor_proto.string_val[0].decode()
            print(f"{tag}: step {event.step}, {len(words)} characters: {words[:60]!r}")


def train(program, folder):
    """Four steps on the tiny folders, evaluated at the end: the run's log_history."""
    for name in ("student", "teacher"):
        model = folder / name
        model.mkdir()
        for file in [*(HERE / "hf/qwen2").iterdir(), *(HERE / "trl").glob("tokenizer*")]:
            (model / file.name).write_bytes(file.read_bytes())
    chats = HERE / "trl/qwen2.jsonl"
    words = {"model_name_or_path": folder / "student", "teacher_model_name_or_path": folder / "teacher",
             "dataset_name": chats, "eval_dataset_name": chats, "output_dir": folder / "out",
             "max_steps": 4, "logging_steps": 1, "eval_strategy": "steps", "eval_steps": 2,
             "max_new_tokens": 8, "log_level": "error", "learning_rate": 1e-2}
    subprocess.run([program, *(f"--{name}={value}" for name, value in words.items())], check=True)
    return json.loads((folder / "out/trainer_state.json").read_text())["log_history"]


def compare(history, found):
    """The scalars of both, each under its name in the history."""
    compared = 0
    for tag in found.Tags()["scalars"]:
        where, name = tag.split("/", 1)
        key = name if where == "train" else tag.replace("/", "_")
        want = {e["step"]: e[key] for e in history if key in e and ("loss" in e) == (where == "train")}
        points = {e.step: e.value for e in found.Scalars(tag)}
        if not want:
            continue  # a rate that trainer_state.json has under no name of its own
        assert points.keys() == want.keys(), (tag, points, want)
        for step, value in points.items():
            assert abs(value - want[step]) <= 1e-6 * abs(want[step]), (tag, step, value, want[step])
            compared += 1
    return compared


def main():
    if sys.argv[1] != "--program":
        return show(read(sys.argv[1]))
    with tempfile.TemporaryDirectory() as name:
        history = train(sys.argv[2], pathlib.Path(name))
        found = read(pathlib.Path(name) / "out/runs")
    compared = compare(history, found)
    print(f"{compared} points of {len(found.Tags()['scalars'])} curves are those of trainer_state.json")
    tags = set(found.Tags()["scalars"])
    wanted = {"train/loss", "train/grad_norm", "train/learning_rate", "eval/loss", "eval/forward_kl"}
    assert wanted <= tags, tags
    assert compared >= 4 * 3 + 2 * 2
    assert found.Tags()["tensors"], "the options of the run, as text"


if __name__ == "__main__":
    main()
