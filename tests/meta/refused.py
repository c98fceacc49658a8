# SPDX-License-Identifier: Apache-2.0
"""A language before C++20, and two copies of gkd in one file, must be refused with our sentence before
anything else goes wrong, whichever header comes first; the compiler stops there."""
import argparse
import concurrent.futures
import os
import re
import subprocess

import project

parser = argparse.ArgumentParser()
parser.add_argument("--compiler", required=True)
parser.add_argument("--jobs", type=int, default=1)
parser.add_argument("--each", action="store_true", help="each header, not a few; once is enough")
options = parser.parse_args()
old_language = "gkd: needs C++20: -std=c++20"
two_copies = "gkd: the single header and headers of include/, or two copies of gkd, are both used"
single = project.root / "single_include"
says_nothing = {"version.hpp"}  # is for the preprocessor, in any language


def errors_of(language, folders, source):
    """The lines of the compiler's errors."""
    command = [options.compiler, f"-std={language}", "-fsyntax-only", *(f"-I{f}" for f in folders)]
    run = subprocess.run([*command, "-x", "c++", "-"], input=source, capture_output=True, text=True,
                         env={**os.environ, "LC_ALL": "C"})
    return [line for line in run.stderr.splitlines() if re.search(r"\berror:", line)]


def is_refused(name, sentence, *how):
    errors = errors_of(*how)
    if len(errors) != 2 or sentence not in errors[0] or "see the #error above" not in errors[1]:
        return [f"{name} is not refused with our sentence alone:", *errors[:3]]
    return []


def in_old_language(header):
    return is_refused(f"<gkd/{header}> in C++17", old_language, "c++17", [project.include],
                      f"#include <gkd/{header}>\n")


def beside(header):
    """The single header, then one of include/ that is not in it."""
    return is_refused(f"<gkd/gkd.hpp> of single_include/ with <gkd/{header}>", two_copies, "c++20",
                      [single, project.include],
                      f"#include <gkd/gkd.hpp>\n#include <gkd/{header}>\n")


headers = [header for header in project.headers() if header not in says_nothing]
headers = headers if options.each else headers[::20]
problems = in_old_language("gkd.hpp")
problems += is_refused("the single header in C++17", old_language, "c++17", [single],
                       "#include <gkd/gkd.hpp>\n")
problems += is_refused("the single header behind one of include/", two_copies, "c++20",
                       [single, project.include],
                       "#include <gkd/io/sha256.hpp>\n#include <gkd/gkd.hpp>\n")
for header in ("core/stopwatch.hpp", "data/chat_dataset.hpp", "io/sha256.hpp"):
    problems += beside(header)
with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
    for found in pool.map(in_old_language, headers):
        problems += found
for folder in (project.include, single):
    left = errors_of("c++20", [folder], "#include <gkd/gkd.hpp>\n#include <gkd/gkd.hpp>\n")
    problems += [f"<gkd/gkd.hpp> of {folder.name}/ is refused:", *left[:3]] if left else []
project.report(problems, f"{options.compiler}: C++17 is refused by {len(headers)} headers and the "
               "single one, two copies of gkd in either order")
