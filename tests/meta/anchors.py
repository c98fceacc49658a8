# SPDX-License-Identifier: Apache-2.0
"""Every docs/page.md#part that a header, a test or an example names exists in docs/."""
import re

import project

reference = re.compile(r"docs/[\w./-]+\.md(?:#[\w-]+)?")


def anchors_of(page):
    """What may follow the # of a link: headings as GitHub spells them, and <a id="..."> elements."""
    out = set()
    fenced = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        match = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if match and not fenced:
            words = re.sub(r"<[^>]*>", "", match.group(1)).replace("`", "").lower()
            slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
            plain, again = slug, 0
            while slug in out:
                again += 1
                slug = f"{plain}-{again}"
            out.add(slug)
        out.update(re.findall(r'<a (?:id|name)="([^"]+)"', line))
    return out


def main():
    problems = []
    checked = set()
    pages = {}
    sources = [path for folder in ("include", "examples", "tests") for path in
               sorted((project.root / folder).rglob("*")) if path.suffix in (".hpp", ".cpp", ".cuh")]
    for path in sources:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for target in reference.findall(line):
                checked.add(target)
                name, _, anchor = target.partition("#")
                where = f"{path.relative_to(project.root).as_posix()}:{number}"
                page = project.root / name
                if not page.exists():
                    problems.append(f"{where}: {name} does not exist")
                    continue
                if name not in pages:
                    pages[name] = anchors_of(page)
                if anchor and anchor not in pages[name]:
                    problems.append(f"{where}: {name} has no part #{anchor}")
    project.report(problems, f"{len(checked)} places in docs/ are named by the sources, all exist")


if __name__ == "__main__":
    main()
