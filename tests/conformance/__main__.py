"""`python -m tests.conformance --endpoint URL [--only AREA|ID|GRADE] [--build calls] [--json FILE]`: a score.

Exit status: 0 every selected case passed, 1 something failed, 2 nothing was selected.
"""

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .caseformat import Case, load
from .run import Bench


def main() -> int:
    options = _options()
    only = set(options.only)
    cases = [case for case in load() if not only or only & {case.id, case.area, case.grade}]
    if not cases:
        print("no case selected")
        return 2
    began = time.monotonic()
    results = score(cases, options.endpoint, build=options.build, jobs=options.jobs)
    print(table(results))
    print(f"{len(results)} cases in {time.monotonic() - began:.1f} s")
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if any(result["outcome"] == "fail" for result in results) else 0


def score(cases: list[Case], endpoint: str, *, build: str = "import", jobs: int = 4) -> list[dict[str, Any]]:
    """One result per case: id, area, grade, facts, outcome (pass, fail, skip), problems."""
    bench = Bench(endpoint, build=build)
    try:
        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(lambda case: _one(case, bench), cases))
    finally:
        bench.close()


def _one(case: Case, bench: Bench) -> dict[str, Any]:
    result = {"id": case.id, "area": case.area, "grade": case.grade, "facts": case.facts}
    if bench.build == "calls" and case.needs_importer:
        return {**result, "outcome": "skip", "problems": ["the case is about documents"]}
    try:
        problems = bench.problems(case)
    except Exception as error:  # noqa: BLE001 a mistake in the harness must read as one, and never as a pass
        problems = [f"harness: {type(error).__name__}: {error}"]
    return {**result, "outcome": "fail" if problems else "pass", "problems": problems}


def table(results: list[dict[str, Any]]) -> str:
    """Passed of all, by area and grade, then what failed."""
    grades = [grade for grade in "RMDBE" if any(result["grade"] == grade for result in results)]
    passed = Counter((result["area"], result["grade"]) for result in results if result["outcome"] == "pass")
    total = Counter((result["area"], result["grade"]) for result in results)
    lines = [f"{'area':<18}" + "".join(f"{grade:>9}" for grade in grades)]
    for area in dict.fromkeys(result["area"] for result in results):
        cells = (f"{passed[area, grade]}/{total[area, grade]}" if total[area, grade] else "" for grade in grades)
        lines.append(f"{area:<18}" + "".join(f"{cell:>9}" for cell in cells))
    failed = [result for result in results if result["outcome"] == "fail"]
    lines += [f"FAIL {one['id']} [{one['grade']}] {'; '.join(one['problems'])[:400]}" for one in failed]
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--endpoint", required=True, help="AWS endpoint, e.g. http://localhost:4566")
    parser.add_argument("--only", action="append", default=[], metavar="AREA|ID|GRADE", help="may be repeated")
    parser.add_argument("--build", choices=("import", "calls"), default="import", help="how APIs are made")
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--json", metavar="FILE", help="write the results")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
