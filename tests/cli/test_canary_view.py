"""What an operator sees of a stage: the split, the verdict and the next step."""

from typing import Any

import pytest
from rich.console import Console

from headgate.cli.canary_view import following, history_table, stage_view

NOW = 10_000.0
STRATEGY = {"automatic": True, "steps": [5.0, 25.0], "stepSeconds": 600, "approval": False}
JUDGEMENT = {
    "verdict": "inconclusive",
    "reason": "the canary had 120 of the 500 requests it takes",
    "canaryRequests": 120,
    "stableRequests": 2280,
    "signals": [{"name": "5xx", "canaryShare": 0.05, "stableShare": 0.001, "evidence": 31.4, "worstDifference": 0.09}],
}
CANARY: dict[str, Any] = {
    "stage": "prod",
    "phase": "canary",
    "stable": {"releaseId": "aaaaaaaaaaaaaaaa", "deployments": ["d1"]},
    "canary": {"releaseId": "bbbbbbbbbbbbbbbb", "percent": 5.0, "deployments": ["d2"]},
    "entered": NOW - 300,
    "strategy": STRATEGY,
    "judgement": JUDGEMENT,
    "minutes": [{"canary": {"requests": 30, "errors": n}, "stable": {"requests": 570, "errors": 0}} for n in (0, 1, 3)],
    "history": [
        {
            "command": "deploy",
            "releaseId": "bbbbbbbbbbbbbbbb",
            "by": "cloudformation",
            "at": NOW - 300,
            "finished": True,
        }
    ],
}


def text(shown: Any) -> str:
    console = Console(width=120, color_system=None)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()


def test_a_canary_is_shown_with_age_split_signals_verdict_and_next_step() -> None:
    shown = text(stage_view(CANARY, NOW))

    assert "canary 5 %  release bbbbbbbbbbbb, deployment d2, here for 5 min" in shown
    assert "stable 95 %  release aaaaaaaaaaaa, deployment d1" in shown
    assert "5xx        5.00%   0.10%      31.4" in shown
    assert "5xx canary  ▁▃█  up to 10.0%" in shown
    assert "judge: inconclusive, the canary had 120 of the 500 requests it takes" in shown
    assert "next: 25 % in 5 min at the earliest" in shown


def test_a_stable_stage_is_shown_without_what_it_has_not() -> None:
    shown = text(
        stage_view({"stage": "prod", "phase": "stable", "stable": {"releaseId": "a" * 16, "deployments": ["d1"]}}, NOW)
    )

    assert shown.splitlines()[1:] == [
        "stable 100 %  release aaaaaaaaaaaa, deployment d1",
        "next: the next deploy starts a canary",
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"phase": "paused"}, "headgate canary set prod PERCENT"),
        ({"strategy": {**STRATEGY, "automatic": False}}, "promote prod or rollback prod"),
        ({"strategy": None}, "promote prod or rollback prod"),
        ({"phase": "promoting"}, "interrupted (promoting): repeat it"),
        ({"canary": {"percent": 7.0}}, "headgate canary resume prod"),
        ({"canary": {"percent": 25.0}}, "promotion in 5 min at the earliest"),
        ({"canary": {"percent": 25.0}, "strategy": {**STRATEGY, "approval": True}}, "headgate canary approve prod"),
        ({"entered": NOW - 700, "history": []}, "25 % as soon as the judge says good"),
    ],
)
def test_the_next_step_says_who_does_what(changes: dict[str, Any], says: str) -> None:
    assert says in following({**CANARY, **changes}, NOW)


def test_an_approved_promotion_only_waits_for_its_time() -> None:
    state = {
        **CANARY,
        "canary": {"percent": 25.0, "releaseId": "b"},
        "approved": "b",
        "strategy": {**STRATEGY, "approval": True},
    }

    assert following(state, NOW).startswith("promotion in")


def test_history_names_what_was_interrupted() -> None:
    entries = [
        *CANARY["history"],
        {"command": "promote", "releaseId": None, "by": "ann", "at": NOW - 9000, "finished": False},
    ]
    shown = text(history_table(entries, NOW)).splitlines()

    assert shown[1].split() == ["5", "min", "ago", "deploy", "bbbbbbbbbbbb", "cloudformation"]
    assert shown[2].split() == ["2", "h", "30", "min", "ago", "promote", "ann", "interrupted"]
