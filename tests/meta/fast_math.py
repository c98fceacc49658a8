# SPDX-License-Identifier: Apache-2.0
"""-ffast-math deletes the checks for NaN and infinity, so gkd must refuse it, with our sentence."""
import argparse
import subprocess

import project

parser = argparse.ArgumentParser()
parser.add_argument("--compiler", required=True)
options = parser.parse_args()

problems = []
for flag, refused in (("-ffast-math", True), ("-ffinite-math-only", True), ("-O2", False)):
    run = subprocess.run([options.compiler, "-std=c++20", "-fsyntax-only", flag, f"-I{project.include}",
                          "-x", "c++", "-"], input="#include <gkd/core/config.hpp>\n",
                         capture_output=True, text=True)
    said = "gkd: -ffast-math" in run.stderr
    if refused and (run.returncode == 0 or not said):
        problems.append(f"{flag} is not refused with our sentence:\n{run.stderr[:500]}")
    if not refused and run.returncode != 0:
        problems.append(f"{flag} is refused:\n{run.stderr[:500]}")
project.report(problems, f"{options.compiler}: -ffast-math and -ffinite-math-only are refused")
