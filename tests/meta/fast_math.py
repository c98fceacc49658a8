# SPDX-License-Identifier: Apache-2.0
"""N30: flags that delete the checks for NaN and infinity, or the corrections of sums, must be refused with
our sentence wherever the compiler says that they are on; docs/limits.md says where it does not."""
import argparse
import subprocess

import project

parser = argparse.ArgumentParser()
parser.add_argument("--compiler", required=True)
options = parser.parse_args()


def run(flags, *more, source=""):
    return subprocess.run([options.compiler, "-std=c++20", *flags.split(), *more, "-x", "c++", "-"],
                          input=source, capture_output=True, text=True)


def macros(flags):
    return set(run(flags, "-dM", "-E").stdout.splitlines())


def compiled(flags):
    return run(flags, "-fsyntax-only", f"-I{project.include}",
               source="#include <gkd/core/config.hpp>\n")


finite = "gkd: -ffast-math and -ffinite-math-only delete"
ordered = "gkd: -funsafe-math-optimizations and -fassociative-math reorder"
reordering = ("-O2 -funsafe-math-optimizations",
              "-O2 -fassociative-math -fno-signed-zeros -fno-trapping-math")
is_clang = any("__clang__" in line for line in macros("-O2"))
refused = {"-O2 -ffast-math": finite, "-Ofast": finite, "-O2 -ffinite-math-only": finite}
problems = []
for flags in reordering:
    if not is_clang:
        refused[flags] = ordered
    elif macros(flags) != macros("-O2"):
        problems.append(f"{flags} can be told from -O2 by now: refuse it, and mend docs/limits.md: "
                        f"{sorted(macros(flags) ^ macros('-O2'))}")
for flags, sentence in refused.items():
    result = compiled(flags)
    if result.returncode == 0 or sentence not in result.stderr:
        problems.append(f"{flags} is not refused with our sentence:\n{result.stderr[:500]}")
for flags in ("-O2", "-O3", "-O2 -ffp-contract=fast"):
    result = compiled(flags)
    if result.returncode != 0:
        problems.append(f"{flags} is refused:\n{result.stderr[:500]}")
project.report(problems, f"{options.compiler}: {len(refused)} kinds of flags are refused"
               + (", and for reordering ones there is no macro" if is_clang else ""))
