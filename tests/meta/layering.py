# SPDX-License-Identifier: Apache-2.0
"""A header includes only its own folder and the folders that stand before it in the order."""
import project

problems = []
for header in project.headers():
    rank = project.rank(header)
    if rank is None:
        problems.append(f"include/gkd/{header}: its folder is not in the order of tests/meta/project.py")
        continue
    for number, name in project.includes(project.path_of(header)):
        where = f"include/gkd/{header}:{number}"
        if not name.startswith("gkd/"):
            continue
        used = name[len("gkd/"):]
        if used == "gkd.hpp":
            problems.append(f"{where}: no header includes the umbrella")
        elif not project.path_of(used).exists():
            problems.append(f"{where}: includes {name}, which does not exist")
        elif project.rank(used) is None or project.rank(used) > rank:
            problems.append(f"{where}: includes {name}, which stands above it")

# Inside a folder nothing forbids a circle, and #pragma once would hide it.
state = {}


def visit(header, path):
    if state.get(header) == "done" or not project.path_of(header).exists():
        return
    if state.get(header) == "open":
        problems.append("a circle of includes: " + " -> ".join(path[path.index(header):] + [header]))
        return
    state[header] = "open"
    for used in project.own_includes(header):
        if used != "gkd.hpp":
            visit(used, path + [header])
    state[header] = "done"


for header in project.headers():
    visit(header, [])
project.report(problems, f"{len(project.headers())} headers include downwards only")
