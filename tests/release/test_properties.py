"""No sequence of deploys, commands and crashes lets a request see anything but the old or the new release."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.release.canary import Operation, Phase, applied
from functions.release.releases import RefusedError

from .world import World, shares

RELEASES = ("r1", "r2", "r3")
SETTLED = {Phase.STABLE, Phase.CANARY, Phase.PAUSED}


class CrashError(Exception):
    """The function was stopped between two calls."""


@dataclass
class Watched:
    """A world whose traffic is looked at before every single call."""

    world: World
    allowed: set[str] = field(default_factory=set)
    stable_may_move: bool = False
    stable_before: list[str] = field(default_factory=list)
    ever_stable: set[str] = field(default_factory=set)
    crash_in: int | None = None

    def visible(self) -> set[str]:
        """Releases that a request to some API may see."""
        return {release for position in range(len(self.world.apis)) for release in shares(self.world.look(), position)}

    def stable(self) -> list[str]:
        return [pointer.stable.deployment for pointer in self.world.look().pointers]

    def check(self, _api: str = "", _stage: str = "") -> None:
        assert self.visible() <= self.allowed
        assert self.stable_may_move or self.stable() == self.stable_before

    def step(self, api: str, stage: str) -> None:
        self.check(api, stage)
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in < 0:
                self.crash_in = None
                raise CrashError

    def run(self, action: "Action") -> None:
        """Carry out an action, twice after a crash, watching."""
        self.stable_before, phase = self.stable(), self.world.look().phase
        self.ever_stable |= {str(pointer.stable.release) for pointer in self.world.look().pointers}
        self.allowed = self.visible() | action.brings(self)
        self.stable_may_move = action.moves_stable(phase)
        self.crash_in = action.crash_in
        self.world.gateway.before_update = self.step
        try:
            action.do(self.world)
        except CrashError:
            action.do(self.world)
        finally:
            self.crash_in = None
            self.world.gateway.before_update = lambda api, stage: None
        self.check()


@dataclass(frozen=True)
class Action:
    """A deploy or a command. `crash_in` calls from now the function is stopped, once."""

    kind: str
    release: str = "r1"
    percent: int = 10
    at_once: bool = False
    crash_in: int | None = None

    def do(self, world: World) -> None:
        if self.kind != "deploy":
            world.ask(self.kind, **({"percent": self.percent} if self.kind in {"set", "start"} else {}))
            return
        mode = "all-at-once" if self.at_once else "manual"
        try:
            world.deploy(self.release, Mode=mode, Percent=str(self.percent))
        except RefusedError:
            world.applied = world.applied  # CloudFormation keeps what it applied last

    def brings(self, watched: Watched) -> set[str]:
        """Releases the action may add to what is visible: the one it names, or earlier ones when it goes back."""
        if self.kind == "deploy":
            return {self.release}
        if self.kind == "start":
            return {str(watched.world.releases.journal.wanted("prod"))}
        return watched.ever_stable if self.kind in {"undo", "rollback"} else candidates(watched.world)

    def moves_stable(self, phase: Phase) -> bool:
        is_deploy = self.kind == "deploy" and (self.at_once or phase is Phase.PROMOTING)
        return is_deploy or self.kind in {"promote", "undo"} or (self.kind == "rollback" and phase is Phase.PROMOTING)


def candidates(world: World) -> set[str]:
    return {str(pointer.canary.snapshot.release) for pointer in world.look().pointers if pointer.canary}


kinds = st.sampled_from(["deploy", "deploy", "start", "set", "pause", "promote", "promote", "rollback", "undo"])
actions = st.builds(
    Action,
    kind=kinds,
    release=st.sampled_from(RELEASES),
    percent=st.integers(0, 100),
    at_once=st.booleans(),
    crash_in=st.none() | st.integers(0, 4),
)


@pytest.mark.parametrize("apis", [("a",), ("a", "b", "c")], ids=["one api", "three apis"])
@given(sequence=st.lists(actions, max_size=12))
@settings(max_examples=120, derandomize=True, deadline=None, database=None)
def test_requests_see_the_old_or_the_new_release_and_nothing_else(apis: tuple[str, ...], sequence: list[Action]):
    watched = Watched(World(apis))
    watched.world.deploy("r1")

    for action in sequence:
        watched.run(action)

        assert watched.world.look().phase in SETTLED


@given(sequence=st.lists(actions, max_size=8), percent=st.integers(0, 100))
@settings(max_examples=80, derandomize=True, deadline=None, database=None)
def test_deploying_the_same_again_changes_nothing(sequence: list[Action], percent: int):
    watched = Watched(World(("a", "b")))
    watched.world.deploy("r1")
    for action in sequence:
        watched.run(action)
    watched.world.ask("set", percent=percent)
    assert watched.world.applied
    before, last = watched.world.look(), watched.world.applied

    watched.world.deploy(last["ReleaseId"], Mode=last["Mode"], Percent=last["Percent"])

    assert watched.world.look() == before


@given(
    sequence=st.lists(actions, max_size=8),
    verb=st.sampled_from(["promote", "rollback", "pause", "undo", "set", "start"]),
)
@settings(max_examples=120, derandomize=True, deadline=None, database=None)
def test_every_verb_twice_is_the_verb_once(sequence: list[Action], verb: str):
    watched = Watched(World(("a", "b")))
    watched.world.deploy("r1")
    for action in sequence:
        watched.run(action)
    repeat: Callable[[], Any] = lambda: Action(verb, percent=42).do(watched.world)  # noqa: E731
    repeat()
    once = watched.world.look()

    repeat()

    assert watched.world.look() == once


@given(
    operations=st.lists(
        st.sampled_from(
            [
                Operation("replace", "/canarySettings/deploymentId", "d2"),
                Operation("replace", "/canarySettings/percentTraffic", "30.0"),
                Operation("replace", "/canarySettings/useStageCache", "false"),
                Operation("copy", "/deploymentId", source="/canarySettings/deploymentId"),
                Operation("remove", "/canarySettings"),
            ]
        ),
        max_size=8,
    )
)
@settings(max_examples=150, derandomize=True, deadline=None, database=None)
def test_what_we_expect_of_a_patch_is_what_aws_does(operations: list[Operation]):
    world = World()
    world.deploy("r1")
    world.gateway.create_deployment(restApiId="api1", description="release r2")
    expected = world.look().pointers[0]
    for operation in operations:
        if operation.op == "copy" and expected.canary is None:
            continue
        expected = applied(expected, [operation], {"d2": "r2"})
        patch = [operation.to_json()]
        world.gateway.update_stage(restApiId="api1", stageName="prod", patchOperations=patch)

        assert world.look().pointers[0] == expected
