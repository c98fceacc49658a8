# SPDX-License-Identifier: Apache-2.0
"""Counts what ctest wrote: "N passed, N failed, N skipped"."""
import sys
import xml.etree.ElementTree

cases = list(xml.etree.ElementTree.parse(sys.argv[1]).iter("testcase"))
passed = skipped = 0
for case in cases:
    if case.get("status") == "run":
        passed += 1
    elif case.get("status") in ("notrun", "disabled"):
        # A program that did not build is "not run" to ctest; to us it has failed.
        reason = case.find("skipped")
        skipped += reason is None or "Unable to find" not in reason.get("message", "")
failed = len(cases) - passed - skipped
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
