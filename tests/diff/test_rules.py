"""The table of rules, and the table beside oasdiff's in docs/diff.md."""

import re
from pathlib import Path

from headgate.diff import RULES, SEVERITIES
from headgate.diff.findings import _EFFECTS

TEXT = (Path(__file__).parents[2] / "docs" / "diff.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z-]+)` \| (.*?) \| (.*?) ?\|$", re.MULTILINE)
ROWS = ROW.findall(TEXT)
NAMES = re.compile(r"`([a-z-]+)`")

DECIDED = {
    "operation-removed": "breaking",
    "deprecated-operation-removed": "breaking",
    "security-added": "breaking",
    "security-removed": "risky",
    "security-scope-removed": "risky",
    "parameter-removed": "risky",
    "operation-id-changed": "risky",
    "validation-stricter": "risky",
    "upstream-changed": "risky",
    "throttle-tightened": "risky",
    "cors-narrowed": "breaking",
    "audience-narrowed": "breaking",
    "request-property-added": "safe",
    "request-property-removed": "risky",
    "response-enum-value-added": "risky",
    "response-property-removed": "risky",
    "response-property-added": "safe",
    "request-default-changed": "breaking",
    "path-parameter-renamed": "safe",
}


def test_each_rule_has_a_severity_and_says_what_it_is() -> None:
    assert {rule.severity for rule in RULES.values()} == set(SEVERITIES)
    assert all(rule.says and rule.id == name for name, rule in RULES.items())


def test_the_rules_that_people_rely_on() -> None:
    """The rest follows from the effect of each change; these are decisions."""
    assert {name: RULES[name].severity for name in DECIDED} == DECIDED


def test_what_narrows_breaks_requests_and_what_widens_is_not_safe_for_answers() -> None:
    for kind, effect in _EFFECTS.items():
        request, response = RULES[f"request-{kind}"].severity, RULES[f"response-{kind}"].severity
        if effect == "narrowed":
            assert request != "safe", kind
        if effect == "widened":
            assert response != "safe", kind
        if effect == "changed":
            assert "safe" not in (request, response), kind


def test_every_rule_of_ours_in_the_table_exists() -> None:
    named = {name for _, ours, _ in ROWS for name in NAMES.findall(ours)}

    assert named
    assert named <= RULES.keys()


def test_the_table_is_complete() -> None:
    theirs = [row[0] for row in ROWS]
    alone = set(NAMES.findall(TEXT.partition("## Only here")[2]))
    named = {name for _, ours, _ in ROWS for name in NAMES.findall(ours)}

    assert len(theirs) == len(set(theirs)) > 500
    assert all(NAMES.findall(ours) or remark for _, ours, remark in ROWS)
    assert named | alone == RULES.keys()
    assert not named & alone


def test_the_counts_in_the_text_are_those_of_the_table() -> None:
    total, ours, others = map(
        int, re.findall(r"(\d+) of them.*?: (\d+) have a rule of\s+ours, (\d+) do not", TEXT, re.DOTALL)[0]
    )
    alone, rules = map(int, re.findall(r"(\d+) of (\d+) rules have no counterpart", TEXT)[0])

    assert (total, ours) == (len(ROWS), sum(bool(NAMES.findall(row[1])) for row in ROWS))
    assert ours + others == total
    assert (alone, rules) == (len(NAMES.findall(TEXT.partition("## Only here")[2])), len(RULES))
