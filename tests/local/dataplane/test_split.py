"""FACTS 5: the canary split, its variables and its marks."""

import json
from typing import Any

import pytest

BODY = (
    '{"side":"%s","v":"$stageVariables.v","kept":"$stageVariables.kept",'
    '"c":"$context.isCanaryRequest","d":"$context.deploymentId"}'
)


@pytest.fixture
def split(world: Any, make: Any) -> Any:
    world.deploy({"GET /": make.mock(BODY % "stable")}, stage={"variables": {"v": "base", "kept": "yes"}})
    other = world.deployment({"GET /": make.mock(BODY % "canary")}, "d2")

    def at(percent: float, draw: float) -> Any:
        world.canary(other, percent, variable_overrides={"v": "over"})
        world.draws = [draw]
        return json.loads(world.call().body)

    return at


@pytest.mark.parametrize(
    ("percent", "draw", "side"),
    [(0.0, 0.0, "stable"), (100.0, 0.999999, "canary"), (25.0, 0.249, "canary"), (25.0, 0.25, "stable")],
)
def test_the_draw_decides(split: Any, percent: float, draw: float, side: str) -> None:
    assert split(percent, draw)["side"] == side


def test_canary_variables_lie_over_the_stages(split: Any) -> None:
    assert split(100.0, 0.0) == {"side": "canary", "v": "over", "kept": "yes", "c": "true", "d": "d2"}
    assert split(0.0, 0.0) == {"side": "stable", "v": "base", "kept": "yes", "c": "false", "d": "d1"}


def test_without_a_canary_nothing_is_said_about_one(world: Any, make: Any) -> None:
    world.deploy({"GET /": make.mock('"$context.isCanaryRequest"')})

    assert world.call().body == b'""'


def test_the_event_says_which_side_served(world: Any, make: Any) -> None:
    world.deploy({"GET /": make.proxy()})
    world.canary(world.deployment({"GET /": make.proxy()}, "d2"), 100.0)

    context = world.event()["requestContext"]

    assert (context["isCanaryRequest"], context["deploymentId"], context["stage"]) == (True, "d2", "dev")


def test_changing_the_percentage_keeps_what_is_compiled(world: Any, make: Any) -> None:
    world.deploy({"GET /": make.mock('"a"')})
    other = world.deployment({"GET /": make.mock('"b"')}, "d2")
    seen = []
    for percent in (0.0, 100.0, 0.0):
        world.canary(other, percent)
        seen.append(world.call().body)

    assert seen == [b'"a"', b'"b"', b'"a"']
