# SPDX-License-Identifier: Apache-2.0
"""Records what including gkd costs: seconds of -fsyntax-only, best of three. Nothing is gated."""
import argparse
import subprocess
import time

import project

parser = argparse.ArgumentParser()
parser.add_argument("--compiler", required=True)
options = parser.parse_args()


def seconds(header):
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([options.compiler, "-std=c++20", "-fsyntax-only", f"-I{project.include}",
                        "-x", "c++", "-"], input=f"#include <{header}>\n", text=True, check=True)
        best = min(best, time.perf_counter() - start)
    return best


for header in ("vector", "gkd/concepts.hpp", "gkd/gkd.hpp"):
    print(f"<{header}>  {seconds(header):.2f} s")
