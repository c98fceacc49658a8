# SPDX-License-Identifier: Apache-2.0
"""Runs a script if the packages that it needs can be imported; else says so and exits with 77.

    python importable.py PACKAGE,PACKAGE SCRIPT.py [words]
"""

import importlib.util
import pathlib
import runpy
import sys

missing = [name for name in sys.argv[1].split(",") if importlib.util.find_spec(name) is None]
if missing:
    print(f"skipped: {sys.executable} has no {', '.join(missing)}; see tests/oracle/README.md")
    sys.exit(77)
script = pathlib.Path(__file__).resolve().parent / sys.argv[2]
sys.argv = sys.argv[2:]
sys.path.insert(0, str(script.parent))
runpy.run_path(str(script), run_name="__main__")
