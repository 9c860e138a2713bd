"""Laws over random templates: going away and coming back is as if nothing had happened."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from .fakes import Bench, ref, template

NAMES = "ABCDEF"


@st.composite
def templates(draw: st.DrawFn, failing: bool = False) -> dict[str, Any]:
    """A few things and tables, each referring only to earlier ones; with `failing`, the last one fails to be made."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True).map(sorted))
    resources: dict[str, Any] = {}
    for position, name in enumerate(names):
        properties: dict[str, Any] = {"x": draw(st.integers(0, 2))}
        if position:
            properties["of"] = ref(draw(st.sampled_from(names[:position])))
        resources[name] = {"Type": "Test::Thing", "Properties": properties}
        if name in "AC":
            schema = [draw(st.integers(0, 1))]
            resources[name] = {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {"KeySchema": schema, "Tags": [properties]},
            }
    if failing:
        resources["Z"] = {"Type": "Test::Thing", "Properties": {"Fail": "create"}, "DependsOn": names}
    return template(resources, Outputs={"Last": {"Value": ref(names[-1])}})


def shape(bench: Bench) -> dict[str, Any]:
    """What exists by logical id, with references by name instead of physical ids, which replacements renew."""
    stack = bench.engine.get("demo")
    names = {str(live.physical_id): logical for logical, live in stack.resources.items()}
    text = json.dumps({logical: bench.world.things[str(live.physical_id)] for logical, live in stack.resources.items()})
    for physical_id, logical in names.items():
        text = text.replace(f'"{physical_id}"', f'"<{logical}>"')
    assert set(bench.world.things) == set(names), "nothing exists that the stack does not know, and the reverse"
    result: dict[str, Any] = json.loads(text)
    return result


@given(first=templates(), second=templates())
@settings(deadline=None, derandomize=True)
def test_there_and_back_again_ends_in_the_same_state(first: dict[str, Any], second: dict[str, Any]) -> None:
    bench = Bench()
    bench.deploy(first)
    before = shape(bench)

    bench.deploy(second)
    bench.deploy(first)

    assert shape(bench) == before
    assert bench.deploy(first).changes == ()


@given(first=templates(), second=templates(failing=True))
@settings(deadline=None, derandomize=True)
def test_a_failed_update_is_as_if_it_had_not_been(first: dict[str, Any], second: dict[str, Any]) -> None:
    bench = Bench()
    bench.deploy(first)
    before = dict(bench.world.things), bench.engine.get("demo").outputs

    assert bench.deploy(second).status == "UPDATE_ROLLBACK_COMPLETE"

    shape(bench)
    assert (bench.world.things, bench.engine.get("demo").outputs) == before
    assert bench.deploy(first).changes == ()


@given(only=templates())
@settings(deadline=None, derandomize=True)
def test_a_deleted_stack_leaves_nothing(only: dict[str, Any]) -> None:
    bench = Bench()
    bench.deploy(only)

    bench.destroy()

    assert bench.world.things == {}


@given(first=templates(), second=templates())
@settings(deadline=None, derandomize=True)
def test_the_plan_tells_everything_that_is_done(first: dict[str, Any], second: dict[str, Any]) -> None:
    bench = Bench()
    bench.deploy(first)

    result = bench.deploy(second)

    planned = {change.logical_id for change in result.changes}
    assert {logical_id for _, logical_id in bench.world.calls} <= planned
