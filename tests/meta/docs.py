# SPDX-License-Identifier: Apache-2.0
"""The pages: every relative link leads somewhere, and every marked snippet equals its source.

A snippet is cut from a compiled file by a comment on the line before the fence,

    <!-- examples/01_row.cpp -->            the whole file below its opening comment
    <!-- examples/01_row.cpp:loss -->       the lines between // [loss] and // [/loss]
    <!-- examples/01_row.expected -->       the checked output of an example

  docs.py          compares
  docs.py --write  brings the pages up to date
"""
import re
import sys
import textwrap

import anchors
import project

marker = re.compile(r"^<!-- ((?:examples|tests|include)/[\w./-]+?)(?::([\w-]+))? -->$")
problems = []
snippets = 0
links = 0


def cut(name, part):
    """The text a marker stands for; None and a problem if there is none."""
    path = project.root / name
    if not path.exists():
        return None, f"{name} does not exist"
    lines = path.read_text(encoding="utf-8").splitlines()
    if part:
        try:
            first = next(i for i, line in enumerate(lines) if line.strip() == f"// [{part}]")
            last = next(i for i, line in enumerate(lines) if line.strip() == f"// [/{part}]")
        except StopIteration:
            return None, f"{name} has no part between // [{part}] and // [/{part}]"
        lines = lines[first + 1:last]
    elif path.suffix in (".cpp", ".hpp"):
        while lines and (lines[0].startswith("//") or not lines[0].strip()):
            lines.pop(0)
    lines = [line for line in lines if not re.match(r"^\s*// \[/?[\w-]+\]$", line)]
    return textwrap.dedent("\n".join(lines)).strip("\n").splitlines(), None


def with_snippets(page, lines):
    """The page with every marked snippet as its source has it."""
    global snippets
    out = []
    i = 0
    while i < len(lines):
        out.append(lines[i])
        match = marker.match(lines[i].strip())
        i += 1
        if not match:
            continue
        if i >= len(lines) or not lines[i].startswith("```"):
            problems.append(f"{page}:{i}: a marker stands directly above its ``` fence")
            continue
        end = next((j for j in range(i + 1, len(lines)) if lines[j].startswith("```")), None)
        text, problem = cut(match.group(1), match.group(2))
        if problem or end is None:
            problems.append(f"{page}:{i}: {problem or 'the fence has no end'}")
            continue
        snippets += 1
        if text != lines[i + 1:end] and "--write" not in sys.argv:
            problems.append(f"{page}:{i}: differs from {match.group(1)}: tests/meta/docs.py --write")
        out += [lines[i], *text, lines[end]]
        i = end + 1
    return out


def check_links(page, path, lines):
    global links
    fenced = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if fenced:
            continue
        plain = re.sub(r"`[^`]*`", "", line)
        for target in re.findall(r"\]\(([^)\s]+)\)", plain):
            if re.match(r"^[a-z]+:", target):
                continue
            links += 1
            name, _, anchor = target.partition("#")
            there = (path.parent / name).resolve() if name else path
            if not there.exists():
                problems.append(f"{page}:{number}: {target} leads nowhere")
            elif anchor and there.suffix == ".md" and anchor not in anchors.anchors_of(there):
                problems.append(f"{page}:{number}: {target}: no such part")


pages = [project.root / "README.md", project.root / "CHANGELOG.md",
         *sorted((project.root / "docs").rglob("*.md"))]
pages = [path for path in pages if path.exists()]
for path in pages:
    page = path.relative_to(project.root).as_posix()
    lines = path.read_text(encoding="utf-8").splitlines()
    fresh = with_snippets(page, lines)
    if "--write" in sys.argv and fresh != lines:
        path.write_text("\n".join(fresh) + "\n", encoding="utf-8")
    check_links(page, path, fresh)
project.report(problems, f"{len(pages)} pages, {snippets} snippets, {links} links")
