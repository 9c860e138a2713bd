"""The function is killed at every call of every verb, before it or just after it took effect; doing it again always converges.

Each verb runs over one to three APIs, killed at each call in both ways, and some once more during the repetition: at least 100 runs
each.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from random import Random
from typing import Any

import pytest

from functions.release.canary import Stage

from .fake_versions import FakeVersions
from .process import FUNCTION, KilledError, Process
from .world import World, shares

RUNS = 100
LEASE = 121.0
HOUR = 3601.0


def stable(apis: int) -> World:
    """r1 is stable, r2 is published and wanted but rolled back."""
    world = World(tuple("abc"[:apis]))
    world.deploy("r1")
    world.deploy("r2")
    world.ask("rollback")
    return world


def canary(apis: int) -> World:
    world = stable(apis)
    world.ask("start", percent=10)
    return world


def promoted(apis: int) -> World:
    world = canary(apis)
    world.ask("promote")
    return world


def old(apis: int) -> World:
    """Four releases promoted one after the other, long ago."""
    world = promoted(apis)
    for release in ("r3", "r4"):
        world.clock += HOUR
        world.deploy(release)
        world.ask("promote")
    world.clock += HOUR
    return world


VERBS: dict[str, tuple[Callable[[int], World], dict[str, Any]]] = {
    "start": (stable, {"percent": 10}),
    "set": (canary, {"percent": 40}),
    "pause": (canary, {}),
    "promote": (canary, {}),
    "rollback": (canary, {}),
    "undo": (promoted, {}),
    "gc": (old, {"keep": 1}),
}


def versions() -> FakeVersions:
    made = FakeVersions()
    for release in ("r1", "r2", "r3", "r4"):
        made.publish(FUNCTION, release)
    return made


@cache
def reference(verb: str, apis: int) -> tuple[Stage, frozenset[tuple[str, str]], int]:
    """Where the verb leads when nothing happens, what deployments are left, and how many calls it takes."""
    begin, more = VERBS[verb]
    process = Process(begin(apis), "undisturbed", versions=versions())
    assert process.ask(verb, **more)["ok"]
    return process.world.look(), frozenset(process.world.gateway.deployments), process.calls


def kills(verb: str) -> Iterator[tuple[int, int, bool, int | None]]:
    """(APIs, call, whether it takes effect, call of the repetition); padded to the number of runs with seeded double kills."""
    random = Random(f"20261121/{verb}")
    singles: list[tuple[int, int, bool, int | None]] = [
        (apis, call, late, None)
        for apis in (1, 2, 3)
        for call, late in product(range(1, reference(verb, apis)[2] + 1), (False, True))
    ]
    yield from singles
    for _ in range(max(RUNS - len(singles), 20)):
        apis, call, late, _ = random.choice(singles)
        yield apis, call, late, random.randint(1, 12)


def attempt(process: Process, verb: str, more: dict[str, Any]) -> None:
    try:
        process.ask(verb, **more)
    except KilledError:
        process.world.clock += LEASE


@pytest.mark.parametrize("verb", VERBS)
def test_a_killed_verb_converges_when_it_is_repeated(verb: str) -> None:
    runs = 0
    for apis, call, late, again in kills(verb):
        begin, more = VERBS[verb]
        world, lambdas = begin(apis), versions()
        visible = _visible(world) | _visible_in(reference(verb, apis)[0])

        attempt(Process(world, "first", call, late, versions=lambdas), verb, more)
        assert _visible(world) <= visible, (apis, call, late)
        if again is not None:
            attempt(Process(world, "second", again, late, versions=lambdas), verb, more)
            assert _visible(world) <= visible, (apis, call, late, again)
        answer = Process(world, "last", versions=lambdas).ask(verb, **more)

        runs += 1
        assert answer["ok"], (apis, call, late, again, answer)
        expected, deployments, _ = reference(verb, apis)
        assert world.look() == expected, (apis, call, late, again)
        assert set(world.gateway.deployments) == deployments, (apis, call, late, again)
        if verb == "gc":
            assert _released(lambdas) == _deployed(world), (apis, call, late, again)
    assert runs >= RUNS


@pytest.mark.parametrize("mode", ["manual", "all-at-once", "auto"])
def test_a_killed_deploy_converges_when_cloudformation_repeats_its_event(mode: str) -> None:
    for apis, call, late in product((1, 2, 3), range(1, 40), (False, True)):
        world = stable(apis)
        process = Process(world, "cloudformation", call, late)
        try:
            process.deploy("r3", Mode=mode)
        except KilledError:
            world.clock += LEASE
        if process.is_dead:
            Process(world, "cloudformation-again").deploy("r3", Mode=mode)

        expected = {"r3": 100.0} if mode == "all-at-once" else {"r1": 90.0, "r3": 10.0}
        assert all(shares(world.look(), position) == expected for position in range(apis)), (apis, call, late)


def test_undoing_after_a_killed_promotion_that_was_repeated_goes_back_everywhere() -> None:
    for apis, call, late in product((1, 2, 3), range(1, 24), (False, True)):
        world = canary(apis)
        attempt(Process(world, "first", call, late), "promote", {})
        assert Process(world, "second").ask("promote")["ok"]
        assert Process(world, "third").ask("undo")["ok"], (apis, call, late)

        assert _visible(world) == {"r1"}, (apis, call, late)


def _visible(world: World) -> set[str]:
    return _visible_in(world.look())


def _visible_in(stage: Stage) -> set[str]:
    return {release for position in range(len(stage.pointers)) for release in shares(stage, position)}


def _released(lambdas: FakeVersions) -> set[str]:
    return {item["Description"].removeprefix("release ") for item in lambdas.versions.values()}


def _deployed(world: World) -> set[str]:
    return {item["description"].removeprefix("release ") for item in world.gateway.deployments.values()}
