# SPDX-License-Identifier: Apache-2.0
"""Every header compiles when it is the only thing included, without a warning.

  headers.py --compiler g++ [--components eigen,io] [--isystem DIR]... [--jobs 2] [--together]

--together includes them one after the other: what a header lacks is the same for every compiler, so
that a second one need not compile each alone to find what it alone warns of.

A header whose package is not installed is left out, and named.
"""
import argparse
import concurrent.futures
import re
import subprocess

import project

# As cmake/gkd_needs.cmake has it: the library a header includes, and the component that brings it.
packages = {"eigen": r"(Eigen|unsupported/Eigen)/", "xtensor": r"(xtensor|xtensor-blas|xsimd|xtl)/",
            "io": r"nlohmann/", "text": r"(pcre2|utf8proc)\.h", "report": r"fmt/"}
flags = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow",
         "-Werror", "-Wno-unknown-pragmas", "-DXTENSOR_USE_XSIMD"]

parser = argparse.ArgumentParser()
parser.add_argument("--compiler", required=True)
parser.add_argument("--components", default="")
parser.add_argument("--isystem", action="append", default=[])
parser.add_argument("--jobs", type=int, default=1)
parser.add_argument("--together", action="store_true")
options = parser.parse_args()
here = set(filter(None, options.components.split(",")))


def libraries(header, seen=None):
    """Names of the packages' headers that the header needs, itself or through ours."""
    seen = set() if seen is None else seen
    if header in seen or not project.path_of(header).exists():
        return set()
    seen.add(header)
    out = {name for _, name in project.includes(project.path_of(header)) if project.is_package(name)}
    for used in project.own_includes(header):
        out |= libraries(used, seen)
    return out


def left_out(header):
    """Why the header cannot be compiled here; empty if it can."""
    if header.endswith(".cuh"):
        return "needs nvcc"
    for name in libraries(header):
        component = next((c for c, pattern in packages.items() if re.match(pattern, name)), None)
        system = name.startswith("sys/") or name in ("unistd.h", "fcntl.h")
        if not system and component not in here:
            return f"needs {name}"
    return ""


def compile_only(*headers):
    command = [options.compiler, *flags, f"-I{project.include}"]
    command += [f"-isystem{folder}" for folder in options.isystem]
    command += ["-x", "c++", "-"]
    source = "".join(f"#include <gkd/{header}>\n" for header in headers)
    run = subprocess.run(command, input=source, capture_output=True, text=True)
    return headers, run.returncode, run.stdout + run.stderr


problems = []
possible = []
for header in project.headers() + ["gkd.hpp"]:
    reason = left_out(header)
    if reason:
        print(f"left out: {header} {reason}")
    else:
        possible.append(header)
with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
    runs = [compile_only(*possible)] if options.together else pool.map(compile_only, possible)
    for headers, status, printed in runs:
        which = headers[0] if len(headers) == 1 else "all headers, one after the other,"
        if status:
            problems.append(f"{which} cannot be compiled:\n{printed[:2000]}")
how = "one after the other" if options.together else "alone"
project.report(problems, f"{len(possible)} headers compile {how} with {options.compiler}")
