"""Simulate rollouts, compare the rules, and write docs/judge-table.md and docs/judge.svg.

    python -m benchmarks.judging [--rollouts 1000] [--seed 20261121] [--check]

`--check` only prints. The last line is JSON. About a minute for 1,000 rollouts of each scenario.
"""

import argparse
import json
import statistics
from pathlib import Path
from random import Random
from typing import Any

from .chart import chart
from .rules import RULES, Result
from .streams import MINUTES, SCENARIOS, Scenario, stream

DOCS = Path(__file__).resolve().parents[2] / "docs"
COLUMNS = "| scenario | rule | rolled back | paused | promoted | minutes to roll back: median | 95th |"


def simulate(scenario: Scenario, rollouts: int, seed: int) -> dict[str, list[Result]]:
    """Every rule over the same streams."""
    results: dict[str, list[Result]] = {rule: [] for rule in RULES}
    for number in range(rollouts):
        minutes = stream(scenario, Random(f"{seed}/{scenario.name}/{number}"))
        for rule, decide in RULES.items():
            results[rule].append(decide(minutes))
    return results


def summary(results: list[Result]) -> dict[str, Any]:
    """Shares of the outcomes and the minutes that rollbacks took."""
    minutes = sorted(result.minute for result in results if result.minute is not None)
    shares = {
        outcome: sum(result.outcome == outcome for result in results) / len(results)
        for outcome in ("rolled-back", "paused", "promoted")
    }
    late = minutes[int(0.95 * (len(minutes) - 1))] if minutes else None
    return {**shares, "median": statistics.median(minutes) if minutes else None, "p95": late}


def table(found: dict[str, dict[str, dict[str, Any]]]) -> str:
    """All scenarios as Markdown."""
    lines = [COLUMNS, "|---|---|---|---|---|---|---|"]
    for scenario in SCENARIOS:
        for rule, row in found[scenario.name].items():
            shares = " | ".join(f"{row[key]:.1%}" for key in ("rolled-back", "paused", "promoted"))
            times = " | ".join("" if row[key] is None else f"{row[key]:g}" for key in ("median", "p95"))
            lines.append(f"| {scenario.name} | {rule} | {shares} | {times} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.judging")
    parser.add_argument("--rollouts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--check", action="store_true", help="print, write nothing")
    options = parser.parse_args()
    found = {}
    for scenario in SCENARIOS:
        results = simulate(scenario, options.rollouts, options.seed)
        found[scenario.name] = {rule: summary(rows) for rule, rows in results.items()}
        print(scenario.name, json.dumps(found[scenario.name]), flush=True)
    text = table(found)
    print(text)
    if not options.check:
        note = f"{options.rollouts:,} rollouts of {MINUTES} minutes per scenario, seed {options.seed}.\n\n"
        (DOCS / "judge-table.md").write_text(note + text, encoding="utf-8")
        (DOCS / "judge.svg").write_text(chart(found), encoding="utf-8")
    healthy = [found[s.name]["headgate"]["rolled-back"] for s in SCENARIOS if not s.is_bad]
    print(json.dumps({"name": "judging", "ratios": {}, "worst_false_alarm": max(healthy), "scenarios": found}))


if __name__ == "__main__":
    main()
