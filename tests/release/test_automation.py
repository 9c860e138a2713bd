"""A rollout that goes on by itself: what ends it, who has the last word, and what a crash in the middle of a look leaves."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.release.judge import Counts, Minute

from .world import World

STRATEGY: dict[str, Any] = {
    "automatic": True,
    "steps": [5, 25, 50],
    "stepSeconds": 300,
    "lookSeconds": 60,
    "patienceSeconds": 600,
    "approval": False,
    "watchSeconds": 0,
    "lagSeconds": 0,
    "criteria": {
        "signals": [{"name": "5xx", "floor": 0.005, "margin": 0.01}],
        "minimumRequests": 300,
        "falseAlarm": 0.01,
        "doubt": 0.05,
    },
}

Traffic = Callable[[float], Minute]


def errors(share: float, per_minute: int = 6000) -> Traffic:
    """Traffic split as the stage says, of which the canary fails a share."""

    def minute(percent: float) -> Minute:
        canary = round(per_minute * percent / 100)
        return Minute(Counts(canary, {"5xx": round(canary * share)}), Counts(per_minute - canary, {"5xx": 2}))

    return minute


@dataclass
class Rollout:
    """The state machine's loop over a world."""

    world: World
    traffic: Traffic
    said: list[dict[str, Any]] = field(default_factory=list)

    def run(self, looks: int = 120) -> str:
        """Look until it ends; the outcome."""
        event = json.loads(self.world.started[-1][1])
        for _ in range(looks):
            self.pass_minutes(int(event["seconds"]) // 60)
            event = json.loads(json.dumps(self.world.autopilot.advance(event, "state-machine")))
            self.said.append(event)
            if event["outcome"] != "RUNNING":
                break
        return str(event["outcome"])

    def pass_minutes(self, number: int) -> None:
        for _ in range(number):
            stage = self.world.look()
            percent = stage.candidate.percent if stage.candidate else 0.0
            self.world.minutes[int(self.world.clock) // 60 * 60] = self.traffic(percent)
            self.world.clock += 60


def world(**changes: Any) -> World:
    """Release r1 is stable; r2 has entered by a deploy at the first step."""
    made = World(clock=6000.0, strategies={"prod": {**STRATEGY, **changes}})
    made.deploy("r1", Mode="auto", Percent="5")
    made.deploy("r2", Mode="auto", Percent="5")
    return made


def test_a_good_canary_is_promoted_step_by_step() -> None:
    rollout = Rollout(made := world(), errors(0.0))

    assert rollout.run() == "PROMOTED"
    assert made.traffic() == {"r2": 100.0}
    assert [said["progress"]["step"] for said in rollout.said][::5] == [0, 1, 2]


def test_a_bad_canary_is_rolled_back_and_remembered() -> None:
    rollout = Rollout(made := world(), errors(0.05))

    assert rollout.run() == "ROLLED_BACK"
    assert made.traffic() == {"r1": 100.0}
    assert "5xx" in rollout.said[-1]["reason"]
    assert made.ask("status")["state"]["rejected"] == ["r2"]


@pytest.mark.parametrize("traffic", [errors(0.0, per_minute=0), errors(0.0, per_minute=20)], ids=["none", "too little"])
def test_without_enough_traffic_it_is_paused_never_promoted(traffic: Traffic) -> None:
    rollout = Rollout(made := world(), traffic)

    assert rollout.run() == "PAUSED"
    assert made.traffic() == {"r1": 100.0}
    assert made.look().candidate is not None
    assert made.clock - 6000 == 900


@pytest.mark.parametrize(
    ("command", "more"),
    [("set", {"percent": 7.0}), ("pause", {}), ("rollback", {}), ("promote", {})],
)
def test_whoever_moves_the_stage_has_the_last_word(command: str, more: dict[str, Any]) -> None:
    made = world()
    made.ask(command, **more)
    left = made.look()

    assert Rollout(made, errors(0.05)).run() == "SUPERSEDED"
    assert made.look() == left


def test_a_newer_release_ends_the_automation_of_the_older() -> None:
    made = world()
    older = Rollout(made, errors(0.0))
    started = made.started[-1]
    made.deploy("r3", Mode="auto", Percent="5")

    assert made.started[-1] != started
    made.started.append(started)
    assert older.run() == "SUPERSEDED"
    made.started.pop()
    assert Rollout(made, errors(0.0)).run() == "PROMOTED"
    assert made.traffic() == {"r3": 100.0}


def test_an_alarm_removes_the_canary_at_once() -> None:
    made = world()

    assert "back on its stable release" in made.autopilot.abort("prod", "alarm prod-canary-errors", "alarm")
    assert made.traffic() == {"r1": 100.0}
    assert "no canary" in made.autopilot.abort("prod", "alarm prod-canary-errors", "alarm")
    assert Rollout(made, errors(0.0)).run() == "SUPERSEDED"


def test_a_promotion_waits_for_its_approval() -> None:
    made = world(approval=True)
    rollout = Rollout(made, errors(0.0))

    assert rollout.run(looks=40) == "RUNNING"
    assert rollout.said[-1]["reason"] == "waits for approval"
    assert made.traffic()["r2"] == 50.0
    assert made.ask("approve", by="ann")["message"] == "release r2 may be promoted on stage prod"
    made.started.append(("", json.dumps(rollout.said[-1])))
    assert rollout.run() == "PROMOTED"


def test_a_canary_that_turns_bad_while_it_waits_for_approval_is_rolled_back() -> None:
    made = world(approval=True)
    rollout = Rollout(made, errors(0.0))
    rollout.run(looks=40)

    rollout.traffic = errors(0.2)
    made.started.append(("", json.dumps(rollout.said[-1])))
    assert rollout.run() == "ROLLED_BACK"


def test_an_approval_of_another_release_does_not_count() -> None:
    made = world(approval=True)
    made.ask("approve")
    made.deploy("r3", Mode="auto", Percent="5")

    assert Rollout(made, errors(0.0)).run(looks=40) == "RUNNING"


def test_what_turns_out_bad_after_the_promotion_is_undone() -> None:
    made = world(watchSeconds=600)

    def late(percent: float) -> Minute:
        healthy = errors(0.0)(percent)
        return healthy if percent else Minute(Counts(0), Counts(6000, {"5xx": 900}))

    rollout = Rollout(made, late)

    assert rollout.run() == "UNDONE"
    assert made.traffic() == {"r1": 100.0}
    assert made.ask("status")["state"]["rejected"] == ["r2"]


def test_a_promotion_that_stays_good_ends_the_watch() -> None:
    made = world(watchSeconds=600)
    rollout = Rollout(made, errors(0.0))

    assert rollout.run() == "PROMOTED"
    assert made.clock - 6000 == 900 + 600


def test_whoever_moves_the_stage_during_the_watch_ends_it() -> None:
    made = world(watchSeconds=600)
    rollout = Rollout(made, errors(0.0))
    rollout.run(looks=16)
    assert made.traffic() == {"r2": 100.0}

    made.ask("undo")
    made.started.append(("", json.dumps(rollout.said[-1])))
    assert rollout.run() == "SUPERSEDED"
    assert made.traffic() == {"r1": 100.0}


@pytest.mark.parametrize(("share", "outcome"), [(0.0, "PROMOTED"), (0.05, "ROLLED_BACK")])
@pytest.mark.parametrize("watch", [0, 600])
def test_a_look_that_crashed_after_its_act_is_taken_again(share: float, outcome: str, watch: int) -> None:
    """Step Functions retries a failed task with the same input: each look is done twice, the first answer is lost."""
    made = world(watchSeconds=watch)
    rollout = Rollout(made, errors(share))
    event = json.loads(made.started[-1][1])
    for _ in range(60):
        rollout.pass_minutes(1)
        made.autopilot.advance(event, "first")
        event = made.autopilot.advance(event, "second")
        if event["outcome"] != "RUNNING":
            break

    assert event["outcome"] == outcome
    assert made.traffic() == ({"r2": 100.0} if outcome == "PROMOTED" else {"r1": 100.0})


def test_a_paused_rollout_goes_on_from_the_step_it_is_given() -> None:
    made = world()
    assert Rollout(made, errors(0.0, per_minute=0)).run() == "PAUSED"
    assert made.ask("resume")["error"]["code"] == "no-step"

    made.ask("set", percent=25.0)
    assert made.ask("resume")["ok"]
    assert Rollout(made, errors(0.0)).run() == "PROMOTED"


def test_an_unchanged_deploy_starts_no_second_automation() -> None:
    made = world()
    names = {name for name, _ in made.started}

    made.deploy("r2", Mode="auto", Percent="5")

    assert {name for name, _ in made.started} == names


def test_a_deploy_with_other_steps_leaves_a_running_rollout_alone() -> None:
    made = world()
    made.deploy("r2", Mode="auto", Percent="10")

    assert made.traffic()["r2"] == 5.0


def test_a_stage_without_a_strategy_stays_manual() -> None:
    made = World()
    made.deploy("r1")
    made.deploy("r2")

    assert made.started == []
    assert made.ask("resume")["error"]["code"] == "no-automation"


def test_status_tells_the_verdict_so_far() -> None:
    made = world()
    Rollout(made, errors(0.0)).run(looks=3)

    judgement = made.ask("status")["state"]["judgement"]

    assert judgement["verdict"] == "good"
    assert judgement["canaryRequests"] == 900
