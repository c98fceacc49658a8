# SPDX-License-Identifier: Apache-2.0
"""Computes divergences and their gradients from their definitions in 200-digit arithmetic and
records them in gjsd_mpmath.golden.

    pip install mpmath==1.3.0 numpy
    python gjsd_mpmath.py

With p = softmax(teacher / temperature), q = softmax(student / temperature), natural logarithms and
0 log 0 = 0:

  forward_kl        sum p log(p/q)
  reverse_kl        sum q log(q/p)
  generalized_jsd   b sum p log(p/m) + (1-b) sum q log(q/m),  m = b p + (1-b) q,  0 < b < 1
  total_variation   1/2 sum |p - q|
  jeffreys          sum p log(p/q) + sum q log(q/p)
  skew_forward_kl   sum p log(p/m),  m = a p + (1-a) q
  skew_reverse_kl   sum q log(q/m),  m = (1-a) p + a q
  alpha_divergence  (sum p^a q^(1-a) - 1) / (a (a - 1))

Where a KL is infinite because one side gives 0, the other side is restricted to the columns on
which it is finite and renormalised: the teacher to the student's support for forward_kl, the
student to the teacher's for reverse_kl, both for jeffreys. The mass left out is recorded.

The gradient is dD/dz for the student's logits z, by dD/dz_k = (g_k - q_k sum g) / temperature with
g = dD/dlog q; the script checks it against central differences of the value, h = 1e-30, except for
total_variation where p = q (its kink; slope 0 is recorded).

Records: [row NAME] vocab, teacher_std, noise, teacher (V), student (V): float32 numbers as
hexadecimal floats. [case] row, kind, parameter (b or a, else 0), temperature, value, dz (V),
teacher_outside, student_outside, each with 25 significant decimal digits. The parameter is the
double nearest to the decimal one reads in the source.
"""

import itertools
import math
import random
import struct

import numpy
from mpmath import mp, mpf

from golden import Writer

mp.dps = 200
NOTHING = mpf(10)**-190
INF = math.inf
BETAS = (0.0, 1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-6, 1.0)
TEMPERATURES = (1.0, 0.5, 2.0)
ALPHAS = (0.1, 0.5, 0.9)
SKEWED = ("skew_forward_kl", "skew_reverse_kl", "alpha_divergence")
OTHERS = [("total_variation", 0.0), ("jeffreys", 0.0)] + [(kind, a) for a in ALPHAS
                                                          for kind in SKEWED]


def float32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def softmax(z, temperature):
    top = max(z)
    e = [mp.exp((mpf(x) - mpf(top)) / mpf(temperature)) if x != -INF else mpf(0) for x in z]
    return [x / mp.fsum(e) for x in e]


def x_log_ratio(x, y):
    return mpf(0) if x == 0 else x * mp.log(x / y)


def divergence(kind, parameter, p, q):
    a = mpf(parameter)
    if kind == "forward_kl":
        return mp.fsum(map(x_log_ratio, p, q))
    if kind == "reverse_kl":
        return mp.fsum(map(x_log_ratio, q, p))
    if kind == "jeffreys":
        return mp.fsum(map(x_log_ratio, p, q)) + mp.fsum(map(x_log_ratio, q, p))
    if kind == "total_variation":
        return mp.fsum(abs(x - y) for x, y in zip(p, q)) / 2
    if kind == "alpha_divergence":
        return (mp.fsum(x**a * y**(1 - a) for x, y in zip(p, q)) - 1) / (a * (a - 1))
    weight = 1 - a if kind == "skew_reverse_kl" else a  # of p
    m = [weight * x + (1 - weight) * y for x, y in zip(p, q)]
    to_p, to_q = mp.fsum(map(x_log_ratio, p, m)), mp.fsum(map(x_log_ratio, q, m))
    return {"skew_forward_kl": to_p, "skew_reverse_kl": to_q,
            "generalized_jsd": a * to_p + (1 - a) * to_q}[kind]


def slope(kind, a, p, q):
    """dD/dlog q of one column, differentiated by hand."""
    if q == 0:
        return mpf(0)
    if kind == "forward_kl":
        return -p
    if kind == "reverse_kl":
        return q * (mp.log(q / p) + 1)
    if kind == "jeffreys":
        return q * (mp.log(q / p) + 1) - p
    if kind == "total_variation":
        return -mp.sign(p - q) * q / 2
    if kind == "alpha_divergence":
        return p**a * q**(1 - a) / -a
    weight = 1 - a if kind == "skew_reverse_kl" else a
    m = weight * p + (1 - weight) * q
    if kind == "skew_forward_kl":
        return -p * (1 - weight) * q / m
    if kind == "skew_reverse_kl":
        return q * (mp.log(q / m) + 1 - (1 - weight) * q / m)
    return (1 - a) * q * mp.log(q / m)  # the other two terms of the JSD's derivative cancel


def restrict(z, other):
    return [x if y != -INF else -INF for x, y in zip(z, other)]


def probabilities(kind, teacher, student, temperature):
    """p, q, the student logits that take part, and the masses left out."""
    all_p, all_q = softmax(teacher, temperature), softmax(student, temperature)
    use_teacher, use_student = teacher, student
    if kind in ("forward_kl", "jeffreys"):
        use_teacher = restrict(teacher, student)
    if kind in ("reverse_kl", "jeffreys"):
        use_student = restrict(student, teacher)
    outside = [mp.fsum(x for x, z in zip(full, used) if z == -INF)
               for full, used in ((all_p, use_teacher), (all_q, use_student))]
    p, q = softmax(use_teacher, temperature), softmax(use_student, temperature)
    return p, q, use_student, outside


def evaluate(kind, parameter, teacher, student, temperature):
    p, q, z, outside = probabilities(kind, teacher, student, temperature)
    value = divergence(kind, parameter, p, q)
    g = [slope(kind, mpf(parameter), x, y) for x, y in zip(p, q)]
    total = mp.fsum(g)
    dz = [(gk - qk * total) / mpf(temperature) for gk, qk in zip(g, q)]
    if kind != "total_variation" or teacher != student:
        check_gradient(kind, parameter, p, z, temperature, dz)
    assert value > -NOTHING
    return value, dz, outside


def check_gradient(kind, parameter, p, z, temperature, dz):
    h = mpf(10)**-30
    for k in range(0, len(z), max(1, len(z) // 8)):
        if z[k] == -INF:
            continue
        moved = [divergence(kind, parameter, p, softmax_at(z, temperature, k, step))
                 for step in (h, -h)]
        assert abs((moved[0] - moved[1]) / (2 * h) - dz[k]) < mpf(10)**-50, (kind, parameter, k)


def softmax_at(z, temperature, k, step):
    return softmax([mpf(x) + step if i == k else x for i, x in enumerate(z)], temperature)


def decimal(x):
    """25 significant digits. What is 0 in exact arithmetic comes out near 1e-200 here."""
    return "0" if abs(x) < NOTHING else mp.nstr(x, 25)


writer = Writer("gjsd_mpmath.golden", f"""
Divergences and gradients in 200-digit arithmetic, made by gjsd_mpmath.py, which states the
formulas. mpmath {__import__('mpmath').__version__}.
""")
rows = {}
rng = random.Random(20260101)


def add_row(name, vocab, std, noise, minus_inf=()):
    teacher = [float32(rng.gauss(0, std)) for _ in range(vocab)]
    student = [float32(t + rng.gauss(0, noise)) if noise else t for t in teacher]
    for side, columns in minus_inf:
        for v in columns:
            (teacher if side == "teacher" else student)[v] = -INF
    rows[name] = (teacher, student)
    writer.record("row", name, vocab=vocab, teacher_std=repr(std), noise=repr(noise),
                  teacher=numpy.array(teacher), student=numpy.array(student))


def add_case(row, kind, parameter, temperature):
    if kind == "generalized_jsd" and parameter in (0.0, 1.0):
        kind, parameter = ("forward_kl", "reverse_kl")[int(parameter)], 0.0
    teacher, student = rows[row]
    value, dz, outside = evaluate(kind, parameter, teacher, student, temperature)
    if teacher == student:
        assert all(abs(x) < NOTHING for x in [value, *dz])
    writer.record("case", row=row, kind=kind, parameter=float(parameter), temperature=temperature,
                  value=decimal(value))
    writer.lines.append(f"dz ({len(dz)}): " + " ".join(decimal(x) for x in dz))
    writer.value("teacher_outside", decimal(outside[0]))
    writer.value("student_outside", decimal(outside[1]))


# every vocabulary x teacher spread x distance; divergences and temperatures in turn
betas, others = itertools.cycle(BETAS), itertools.cycle(OTHERS)
temperatures = itertools.cycle(TEMPERATURES + (1.0,))
for vocab, std, noise in itertools.product((2, 3, 7, 64), (0.1, 3.0, 10.0, 30.0),
                                           (0.0, 1e-4, 1e-2, 1.0, 10.0)):
    name = f"v{vocab}_std{std:g}_noise{noise:g}"
    add_row(name, vocab, std, noise)
    for _ in range(2):
        add_case(name, "generalized_jsd", next(betas), next(temperatures))
        add_case(name, *next(others), next(temperatures))

# every beta at its hardest: nearly equal rows; and every divergence on ordinary ones
for beta in BETAS:
    add_case("v7_std3_noise0.0001", "generalized_jsd", beta, 1.0)
    add_case("v7_std3_noise1", "generalized_jsd", beta, 0.5)
    add_case("v64_std30_noise0.0001", "generalized_jsd", beta, 0.5)
for kind, parameter in OTHERS:
    add_case("v7_std3_noise0.0001", kind, parameter, 1.0)
    add_case("v7_std3_noise1", kind, parameter, 2.0)

# columns of probability 0
SUPPORTS = {
    "both": [("teacher", (0, 3)), ("student", (0, 3))],
    "teacher": [("teacher", (1, 2))],
    "student": [("student", (1, 6))],
    "crossed": [("teacher", (0, 1)), ("student", (1, 4))],
    "disjoint": [("teacher", (0, 1, 2)), ("student", (3, 4, 5, 6))],
}
for support, minus_inf in SUPPORTS.items():
    add_row(f"inf_{support}", 7, 2.0, 1.0, minus_inf)
    infinite = ("forward_kl", "reverse_kl", "jeffreys") if support == "disjoint" else ()
    for kind, parameter in [("forward_kl", 0.0), ("reverse_kl", 0.0)] + OTHERS + [
            ("generalized_jsd", b) for b in BETAS if 0 < b < 1]:
        if kind not in infinite:
            add_case(f"inf_{support}", kind, parameter, next(temperatures))

writer.save()
