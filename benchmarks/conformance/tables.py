"""Tables of scores and of facts, from results and cases; pure, so that a test can see that what is printed is current."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

HARD, SOFT = ("R", "M"), ("D", "B", "E")
GRADES = {
    "R": "recorded on AWS",
    "M": "measured on AWS",
    "D": "documented",
    "B": "blogs, issues",
    "E": "emulators, open",
}
_FACT = re.compile(r"^(\d+\.\d+b?) ", re.MULTILINE)
_GRADE = re.compile(r"\[([RMDBE?])[^\]]*\]")
Row = Sequence[str]


def scores(report: Mapping[str, Any]) -> str:
    """Passed cases per subject and grade, for README.md."""
    names = list(report["subjects"])
    rows = [["cases", "number", *names]]
    for grade, words in GRADES.items():
        ids = [one for one, case in report["cases"].items() if case["grade"] == grade]
        rows.append([f"{grade} {words}", str(len(ids)), *(_passed(report, name, ids) for name in names)])
    total = list(report["cases"])
    rows.append(["**all**", f"**{len(total)}**", *(f"**{_passed(report, name, total)}**" for name in names)])
    return _table(rows)


def areas(report: Mapping[str, Any]) -> str:
    """Passed cases per subject and area: hard evidence, then hypotheses."""
    names = list(report["subjects"])
    rows = [["area", *(f"{name} {kind}" for name in names for kind in ("R M", "D B E"))]]
    for area in dict.fromkeys(case["area"] for case in report["cases"].values()):
        cells = []
        for name in names:
            for grades in (HARD, SOFT):
                ids = [one for one, case in report["cases"].items() if case["area"] == area and case["grade"] in grades]
                cells.append(f"{_passed(report, name, ids)}/{len(ids)}" if ids else "")
        rows.append([area, *cells])
    return _table(rows)


def _passed(report: Mapping[str, Any], name: str, ids: Sequence[str]) -> str:
    subject = report["subjects"][name]
    return "not installed" if "error" in subject else str(len(set(subject["passed"]) & set(ids)))


def facts(text: str) -> dict[str, str]:
    """Fact number -> its grades in order of trust, such as `RD`, from docs/aws-facts.md."""
    found = {}
    starts = list(_FACT.finditer(text))
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        body = text[start.end() : following.start() if following else len(text)].split("\n## ", maxsplit=1)[0]
        seen = set(_GRADE.findall(body))
        found[start[1]] = "".join(grade for grade in "RMDBE?" if grade in seen)
    return found


def coverage(graded: Mapping[str, str], cases: Mapping[str, Sequence[str]], untested: Mapping[str, str]) -> str:
    """Fact -> the ids of its cases, or why there are none. `cases` maps ids to facts."""
    rows = [["fact", "grades", "cases, or why none"]]
    for fact, grades in graded.items():
        ids = [one for one, covered in cases.items() if fact in covered]
        rows.append([fact, grades, ", ".join(ids) or f"none: {untested.get(fact, 'NOT COVERED')}"])
    counts = Counter("covered" if any(fact in one for one in cases.values()) else "not" for fact in graded)
    head = f"{counts['covered']} of {len(graded)} facts have cases, {counts['not']} have none for the reason given."
    return f"{head}\n\n{_table(rows)}"


def _table(rows: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def replaced(text: str, name: str, content: str) -> str:
    """`text` with what stands between the markers of `name` replaced. Raises ValueError without markers."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    head, marker, rest = text.partition(begin)
    _, closing, tail = rest.partition(end)
    if not marker or not closing:
        raise ValueError(f"no {begin} … {end}")
    return f"{head}{begin}\n{content}\n{end}{tail}"


def between(text: str, name: str) -> str:
    """What stands between the markers of `name`."""
    return text.partition(f"<!-- {name}:begin -->\n")[2].partition(f"\n<!-- {name}:end -->")[0]
