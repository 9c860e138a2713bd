"""What the documents print is what the cases and the last results say; `make conformance` prints it."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from benchmarks.conformance.__main__ import RESULTS, UNTESTED, fact_table, readme
from benchmarks.conformance.tables import areas, between, facts
from headgate.local.dataplane import SWITCHES

from .caseformat import load

ROOT = Path(__file__).resolve().parents[2]
CASES = load()
COVERED = {fact for case in CASES for fact in case.facts}
FACTS = facts((ROOT / "docs" / "aws-facts.md").read_text(encoding="utf-8"))
WHY_NOT = {str(key): why for key, why in yaml.safe_load(UNTESTED.read_text(encoding="utf-8")).items()}


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_has_a_case_or_a_reason(fact: str) -> None:
    assert (fact in COVERED) != (fact in WHY_NOT)


@pytest.mark.parametrize("fact", [fact for fact, grades in FACTS.items() if grades[:1] in ("R", "M")])
def test_recorded_and_measured_facts_have_cases(fact: str) -> None:
    assert fact in COVERED


def test_no_case_names_a_fact_that_is_none() -> None:
    assert sorted(COVERED - set(FACTS)) == []


def test_the_readme_prints_the_last_results() -> None:
    report = json.loads(RESULTS.read_text(encoding="utf-8"))

    assert between((ROOT / "README.md").read_text(encoding="utf-8"), "conformance") == readme(report)


def test_the_parity_page_prints_the_last_results_and_the_facts() -> None:
    text = (ROOT / "docs" / "parity.md").read_text(encoding="utf-8")

    assert between(text, "conformance") == areas(json.loads(RESULTS.read_text(encoding="utf-8")))
    assert between(text, "facts") == fact_table(CASES)


def test_the_parity_page_lists_every_switch_with_its_default() -> None:
    text = (ROOT / "docs" / "parity.md").read_text(encoding="utf-8")
    table = between_headings(text, "## Switches of the data plane")
    listed = dict(re.findall(r"^\| `(\w+)` \| `(.+?)` \|", table, re.MULTILINE))

    assert listed == {one.name: shown(getattr(SWITCHES, one.name)) for one in fields(SWITCHES)}


def between_headings(text: str, heading: str) -> str:
    return text.partition(heading)[2].partition("\n## ")[0]


def shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def test_the_results_are_about_the_cases_there_are() -> None:
    report = json.loads(RESULTS.read_text(encoding="utf-8"))

    assert set(report["cases"]) == {case.id for case in CASES}
