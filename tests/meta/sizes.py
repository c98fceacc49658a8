# SPDX-License-Identifier: Apache-2.0
"""No header is longer than 400 lines; prints count, median and the largest."""
import statistics

import project

longest = 400
lines = {header: len(project.path_of(header).read_text(encoding="utf-8").splitlines())
         for header in project.headers()}
problems = [f"include/gkd/{header}: {count} lines, at most {longest}"
            for header, count in lines.items() if count > longest]
largest = sorted(lines, key=lines.get, reverse=True)[:3]
print("largest: " + ", ".join(f"{header} {lines[header]}" for header in largest))
project.report(problems, f"{len(lines)} headers, median {statistics.median(lines.values()):.0f} lines, "
               f"largest {max(lines.values())}, {sum(lines.values())} in all")
