# SPDX-License-Identifier: Apache-2.0
"""gkd.hpp is exactly the list of headers that need only the standard library and nothing of io/, in
folder order; tests/meta/project.py says which are left out by decision.

  umbrella.py          compares
  umbrella.py --write  writes it
"""
import sys

import project

head = """// SPDX-License-Identifier: Apache-2.0
// All of gkd that needs only the standard library and nothing of io/. The rest is included by its
// own name: what needs a package (gkd/backend/eigen.hpp, gkd/report/...), and what reads, writes or
// hashes (gkd/io/..., gkd/data/chat_dataset.hpp, gkd/train/checkpoint.hpp ...).
#pragma once
"""


def wanted():
    text = head
    folder = None
    for header in project.umbrella_headers():
        here = header.split("/")[0] if "/" in header else ""
        if here != folder:
            text += "\n"
            folder = here
        text += f"#include <gkd/{header}>\n"
    return text


umbrella = project.include / "gkd" / "gkd.hpp"
if "--write" in sys.argv:
    umbrella.write_text(wanted(), encoding="utf-8")
    sys.exit(0)

have = umbrella.read_text(encoding="utf-8").splitlines()
want = wanted().splitlines()
problems = [f"gkd.hpp lacks:    {line}" for line in want if line and line not in have]
problems += [f"gkd.hpp surplus:  {line}" for line in have if line and line not in want]
if not problems and have != want:
    problems = ["gkd.hpp has the right lines in the wrong order"]
if problems:
    problems.append("write it anew: python3 tests/meta/umbrella.py --write")
project.report(problems, f"gkd.hpp lists {len(project.umbrella_headers())} headers, "
               f"{len(project.opt_in())} are opt-in")
