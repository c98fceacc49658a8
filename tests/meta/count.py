# SPDX-License-Identifier: Apache-2.0
"""Counts what ctest wrote into the files given; ends with "N passed, N failed, N skipped". A file
that is not there, or broken off, is a suite that did not run: it has failed."""
import sys
import xml.etree.ElementTree

cases, missing = [], []
for name in sys.argv[1:]:
    try:
        cases += xml.etree.ElementTree.parse(name).iter("testcase")
    except (FileNotFoundError, xml.etree.ElementTree.ParseError) as why:
        missing.append(f"{name}: {why.args[-1]}: no test of this suite is counted")
passed = skipped = 0
for case in cases:
    if case.get("status") == "run":
        passed += 1
    elif case.get("status") in ("notrun", "disabled"):
        # A program that did not build is "not run" to ctest; to us it has failed.
        reason = case.find("skipped")
        skipped += reason is None or "Unable to find" not in reason.get("message", "")
failed = len(cases) - passed - skipped + len(missing)
print("".join(f"{sentence}\n" for sentence in missing), end="")
for case in cases:  # what was measured, not judged
    if case.get("name") in ("meta/sizes", "meta/budget"):
        print(f"{case.get('name')}: " + "; ".join(case.findtext("system-out", "").split("\n")).strip("; "))
print(f"\n{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
