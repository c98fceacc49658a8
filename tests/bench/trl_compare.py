# SPDX-License-Identifier: Apache-2.0
"""Loss and gradient of TRL's generalized_jsd_loss (eager PyTorch) and of gkd, in turns on the same
logits with the same number of threads. Prints a Markdown table.

    ./run bench trl_compare                               builds the program that this script talks to
    .venv/bin/python tests/bench/trl_compare.py           .venv as in tests/oracle/README.md

Teacher logits are normal with standard deviation 3, the student's are the teacher's plus normal
noise of 1; all rows have labels, reduction batchmean. TRL: forward and backward to the student's
logits. gkd: generalized_jsd_loss into a given buffer, backend eigen. A pair of runs, TRL then gkd,
is repeated; times are medians, ratios medians over pairs. Processor time is that of all threads
together: what else the machine is doing hardly changes it. Both gradients are compared with TRL's
own formula in float64 on the first rows, |error| / largest entry.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"

import numpy
import torch
from trl.experimental.gkd import GKDTrainer

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHAPES = ((512, 32000), (64, 151936))
BETAS = (0.0, 0.5, 1.0)
CHECKED_ROWS = 4
loss_of = GKDTrainer.generalized_jsd_loss


class Gkd:
    """The C++ program, waiting for work."""

    def __init__(self, program, data, shape, beta, threads):
        words = [program, data, *shape, beta, threads]
        self.process = subprocess.Popen([str(w) for w in words], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()

    def run(self):
        return [float(word) for word in self.ask("run")]

    def gradient(self, name, shape):
        self.ask(f"write {name}")
        return torch.from_numpy(numpy.fromfile(name, dtype=numpy.float32)).view(shape)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def run_trl(student, teacher, labels, beta):
    student.grad = None
    start, processor = time.perf_counter(), time.process_time()
    loss = loss_of(student, teacher, labels, beta)
    loss.backward()
    return time.perf_counter() - start, time.process_time() - processor, float(loss.detach())


def exact_gradient(student, teacher, beta, rows):
    """TRL's formula in float64 on the first rows of a batch of `rows`."""
    student = student.detach()[:, :CHECKED_ROWS].double().requires_grad_()
    loss_of(student, teacher[:, :CHECKED_ROWS].double(), None, beta,
            num_items_in_batch=rows).backward()
    return student.grad[0]


def compare(program, shape, beta, threads, repeats, folder):
    rows, vocab = shape
    random = torch.Generator().manual_seed(1)
    teacher = 3 * torch.randn(1, rows, vocab, generator=random)
    student = teacher + torch.randn(1, rows, vocab, generator=random)
    data = folder / "logits.bin"
    with open(data, "wb") as file:
        file.write(teacher.numpy().tobytes())
        file.write(student.numpy().tobytes())
    student.requires_grad_()
    labels = torch.zeros(1, rows, dtype=torch.long)
    gkd = Gkd(program, data, shape, beta, threads)

    run_trl(student, teacher, labels, beta), gkd.run()  # warm up
    pairs = []
    for _ in range(repeats):
        trl_seconds, trl_processor, trl_loss = run_trl(student, teacher, labels, beta)
        time.sleep(0.05)  # PyTorch's threads spin for a while after their work
        gkd_seconds, gkd_processor, gkd_loss = gkd.run()
        pairs.append((trl_seconds, gkd_seconds, trl_processor, gkd_processor))
        if abs(gkd_loss / trl_loss - 1) > 1e-4:
            raise SystemExit(f"beta {beta}: gkd's loss is {gkd_loss}, TRL's {trl_loss}")

    exact = exact_gradient(student, teacher, beta, rows)
    ours = gkd.gradient(folder / "gradient.bin", shape)
    gkd.close()

    def error(gradient):
        return float((gradient[:CHECKED_ROWS].double() - exact).abs().max() / exact.abs().max())

    cells = [f"{rows} x {vocab}", f"{beta:g}"]
    for a, b in ((0, 1), (2, 3)):
        trl_ms, gkd_ms = (1e3 * statistics.median(pair[i] for pair in pairs) for i in (a, b))
        ratio = statistics.median(pair[a] / pair[b] for pair in pairs)
        cells += [f"{trl_ms:.0f}", f"{gkd_ms:.0f}", f"{ratio:.2f}"]
    cells += [f"{error(student.grad[0]):.1e}", f"{error(ours):.1e}"]
    print("| " + " | ".join(cells) + " |", flush=True)


parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
parser.add_argument("--program", default=ROOT / "build/bench/tests/bench_trl_compare")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--repeats", type=int, default=7)
options = parser.parse_args()
torch.set_num_threads(options.threads)
print(f"torch {torch.__version__.split('+')[0]}, {options.threads} threads, "
      f"{options.repeats} pairs\n")
print("| rows x V | beta | TRL, ms | gkd, ms | TRL / gkd | TRL, processor ms | gkd, processor ms "
      "| TRL / gkd | error of TRL | error of gkd |")
print("|---" * 10 + "|")
with tempfile.TemporaryDirectory() as folder:
    for shape in SHAPES:
        for beta in BETAS:
            compare(options.program, shape, beta, options.threads, options.repeats,
                    pathlib.Path(folder))
