# SPDX-License-Identifier: Apache-2.0
"""What gkd_train puts into its own words, the library still says: every left side of the wordings in
examples/gkd_train/words.hpp is in the text of a header's literals, adjacent ones joined. A sentence
that is put together of several has them one behind the other: ": " "lambda" " is ", and digits."""
import functools
import re

import project

token = re.compile(r'R"\((?P<raw>.*?)\)"|"(?P<text>(?:[^"\\\n]|\\.)*)"|'
                   r"(?P<left_out>//[^\n]*|/\*.*?\*/|'(?:[^'\\\n]|\\.)+'|\s+)|(?P<code>.)", re.S)


def literals_of(text):
    """The string literals of a source, those with nothing but white space between them as one."""
    out, joins = [], False
    for found in token.finditer(text):
        if found["code"]:
            joins = False
        if found["left_out"] or found["code"]:
            continue
        literal = found["raw"] if found["text"] is None else re.sub(r"\\(.)", r"\1", found["text"])
        if joins:
            out[-1] += literal
        else:
            out.append(literal)
        joins = True
    return out


def left_sides():
    """Of the wordings: the first literal of each pair."""
    text = (project.root / "examples/gkd_train/words.hpp").read_text(encoding="utf-8")
    table = text[text.index("wordings[] = {"):]
    table = table[table.index("\n"):table.index("\n};")]
    pairs = literals_of(re.sub(r"//.*", "", table))
    return pairs[::2]


def is_said(sentence, literals):
    """Whether it is in one literal, or ends one, goes on with whole ones and begins another; between
    two of them no word is cut, and what is no literal is a number, a dot or a quote."""
    cuts = {at for at in range(1, len(sentence)) if not re.match(r"\w\w", sentence[at - 1:])}

    @functools.cache
    def goes_on(at):
        rest = sentence[at:]
        if not rest or any(literal.startswith(rest) for literal in literals):
            return True
        between = re.match(r'\d+|[."]', rest)
        ends = {at + len(literal) for literal in literals if rest.startswith(literal)}
        return any(goes_on(end) for end in ends | ({at + between.end()} if between else set())
                   if end in cuts or end == len(sentence))

    return any(sentence in literal for literal in literals) or any(
        goes_on(at) for at in cuts if any(literal.endswith(sentence[:at]) for literal in literals))


literals = {literal for header in project.headers()
            for literal in literals_of(project.path_of(header).read_text(encoding="utf-8"))} - {""}
wordings = left_sides()
problems = [f"examples/gkd_train/words.hpp: {left!r} is in no header"
            for left in wordings if not is_said(left, literals)]
if len(wordings) < 20:
    problems.append(f"examples/gkd_train/words.hpp: {len(wordings)} wordings are read of it")
if literals_of(r"""f("a\"" /* "x" */ // "b"
                   "c", '"', R"(d")")""") != ['a"c', 'd"']:
    problems.append("words.py does not read literals")
for never in ("another traner writes", ": lamda is ", "training_option.", ", rnk 0)"):
    if is_said(never, literals):
        problems.append(f"words.py finds {never!r}")
project.report(problems, f"{len(wordings)} wordings are of what the library says")
