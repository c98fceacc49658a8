# SPDX-License-Identifier: Apache-2.0
"""What a reader should never meet, in headers above all; see docs/design.md."""
import re

import project

suffixes = {".hpp", ".cpp", ".cuh", ".cu", ".py", ".cmake", ".txt", ".in"}
unfinished = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
machine = re.compile(r"(^|[\s\"'(=<])/(wo" r"rk|tm" r"p|home|root)/|deb\.deb" r"ian\.org|py" r"pi\.org")
problems = []


def look(path):
    name = path.relative_to(project.root).as_posix()
    lines = path.read_text(encoding="utf-8").splitlines()
    header = name.startswith("include/")

    if not lines or "SPDX-License-Identifier: Apache-2.0" not in lines[0]:
        problems.append(f"{name}:1: the first line is the SPDX line")
    if header and lines.count("#pragma once") != 1:
        problems.append(f"{name}: #pragma once, once")
    if header and not (len(lines) > 1 and lines[1].startswith("// ")):
        problems.append(f"{name}:2: says what the file is")
    for number, line in enumerate(lines, 1):
        where = f"{name}:{number}"
        if unfinished.search(line):
            problems.append(f"{where}: open points go to docs/: {line.strip()}")
        if machine.search(line):
            problems.append(f"{where}: a path or a host of one machine: {line.strip()}")
        if name.startswith("tests/oracle/"):
            continue  # generated: texts as they are
        if line != line.rstrip() or "\t" in line:
            problems.append(f"{where}: a tab or blanks at the end")
        if path.suffix in (".hpp", ".cpp", ".cuh", ".cu") and len(line) > 100:
            problems.append(f"{where}: {len(line)} columns, at most 100")
        if re.match(r'\s*(TEMPLATE_)?TEST_CASE\("-', line):
            problems.append(f"{where}: Catch takes a test's name that starts with - for an option")
        if header and re.match(r"^using namespace", line):
            problems.append(f"{where}: using namespace in a header")
        if header and re.search(r"\bstd::regex\b", line):
            problems.append(f"{where}: std::regex crashes on long input")
        if header and re.match(r"^\s*#\s*define\s+(?!GKD_|PCRE2_CODE_UNIT_WIDTH)\w", line):
            problems.append(f"{where}: a macro of gkd starts with GKD_")


def look_at_includes(header):
    """An umbrella header pays for what it includes; every std include says what it is for."""
    lines = project.path_of(header).read_text(encoding="utf-8").splitlines()
    umbrella = header in project.umbrella_headers()
    std_seen = False
    for number, name in project.includes(project.path_of(header)):
        where = f"include/gkd/{header}:{number}"
        if umbrella and name in project.banned_std:
            problems.append(f"{where}: <{name}> is too costly for a header of gkd.hpp")
        if name.startswith("gkd/"):
            if std_seen:
                problems.append(f"{where}: gkd headers come before the others")
        elif not project.is_package(name):
            std_seen = std_seen or not lines[number - 1].startswith(" ")
            if "//" not in lines[number - 1]:
                problems.append(f"{where}: <{name}> without // what is used")


files = [path for folder in ("include", "tests", "examples", "cmake")
         for path in sorted((project.root / folder).rglob("*"))
         if path.is_file() and path.suffix in suffixes and "__pycache__" not in path.parts
         and path.suffix != ".txt" or path.name == "CMakeLists.txt"]
files += [project.root / "CMakeLists.txt"]
for path in files:
    look(path)
for header in project.headers():
    look_at_includes(header)
allowed = {"CMakeLists.txt", "include", "examples", "tests", "single_include", "docs", "cmake",
           "README.md", "LICENSE", "CHANGELOG.md", "CMakePresets.json", "run", "build", "out"}
problems += [f"{name}: not a thing of the top level" for name in project.top_level()
             if name not in allowed and not name.startswith(".")]
project.report(problems, f"{len(files)} files")
