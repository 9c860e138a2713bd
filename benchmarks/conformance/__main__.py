"""Run every subject on every case, keep the results and print them into README.md and docs/parity.md.

python -m benchmarks.conformance              # all of them; peers are installed under .tools/peers
python -m benchmarks.conformance headgate     # one; the others keep their last figures
python -m benchmarks.conformance --tables     # only print the tables again
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from tests.conformance.__main__ import score
from tests.conformance.caseformat import Case, load

from .subjects import ROOT, SUBJECTS, NotInstalledError, Subject, running
from .tables import areas, coverage, facts, replaced, scores

RESULTS = ROOT / "benchmarks" / "results" / "conformance.json"
UNTESTED = ROOT / "tests" / "conformance" / "untested.yaml"
JOBS = 3


def main(names: list[str]) -> int:
    known = {subject.name: subject for subject in SUBJECTS}
    tables_only = names == ["--tables"]
    if unknown := [] if tables_only else sorted(set(names) - set(known)):
        print(f"no subject {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    cases = load()
    report = _last()
    if not tables_only:
        report["date"] = time.strftime("%Y-%m-%d")
        report["cases"] = {case.id: {"area": case.area, "grade": case.grade} for case in cases}
        for name in names or known:
            report["subjects"][name] = measure(known[name], cases)
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(report, indent=1, sort_keys=False) + "\n", encoding="utf-8")
    publish(report, cases)
    print(scores(report) + "\n\n" + areas(report))
    expected = {case.id for case in cases if not case.open}
    return 1 if expected - set(report["subjects"]["headgate"].get("passed", [])) else 0


def _last() -> dict[str, Any]:
    if RESULTS.is_file():
        found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
        return found
    return {"date": "", "cases": {}, "subjects": {subject.name: {"error": "not run"} for subject in SUBJECTS}}


def measure(subject: Subject, cases: list[Case]) -> dict[str, Any]:
    """A case counts as passed when it passes in one of the ways to build an API: by import, or by single calls."""
    passed: set[str] = set()
    version = next(iter(subject.packages), "this tree").rpartition("==")[2]
    try:
        for build in subject.builds:
            with running(subject) as endpoint:
                results = score(cases, endpoint, build=build, jobs=JOBS)
            passed |= {result["id"] for result in results if result["outcome"] == "pass"}
            print(f"{subject.name} ({build}): {len(passed)} of {len(cases)}", flush=True)
            if subject.name == "headgate":
                _tell(results)
    except NotInstalledError as error:
        print(f"{subject.name}: not installed: {error}", file=sys.stderr)
        return {"error": "not installed"}
    return {"version": version, "note": subject.note, "passed": [case.id for case in cases if case.id in passed]}


def _tell(results: list[dict[str, Any]]) -> None:
    for result in results:
        if result["outcome"] == "fail":
            print(f"FAIL {result['id']} [{result['grade']}] {'; '.join(result['problems'])[:300]}")


def publish(report: dict[str, Any], cases: list[Case]) -> None:
    """The tables into the documents."""
    _write(ROOT / "README.md", {"conformance": readme(report)})
    _write(ROOT / "docs" / "parity.md", {"conformance": areas(report), "facts": fact_table(cases)})


def readme(report: dict[str, Any]) -> str:
    """The short table with its date and versions."""
    versions = ", ".join(
        f"{name} {subject['version']} ({subject['note']})" if "version" in subject else f"{name} ({subject['error']})"
        for name, subject in report["subjects"].items()
    )
    return f"{scores(report)}\n\nMade by `make conformance` on {report['date']}: {versions}."


def fact_table(cases: list[Case]) -> str:
    """Every fact of docs/aws-facts.md with its cases."""
    graded = facts((ROOT / "docs" / "aws-facts.md").read_text(encoding="utf-8"))
    untested = yaml.safe_load(UNTESTED.read_text(encoding="utf-8"))
    return coverage(graded, {case.id: case.facts for case in cases}, {str(key): why for key, why in untested.items()})


def _write(path: Path, blocks: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for name, content in blocks.items():
        text = replaced(text, name, content)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
