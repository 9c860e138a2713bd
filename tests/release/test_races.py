"""Two actors at the same time: whatever the interleaving, the end is one that a sequential order explains."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.release.autopilot import Autopilot
from functions.release.canary import Stage
from functions.release.judge import Counts, Minute

from .fake_versions import FakeVersions
from .interleaving import Action, Interleaving, Operation
from .linearizability import explanation
from .process import FUNCTION, Process
from .test_automation import STRATEGY
from .world import World

SEEDS = 100
HOUR = 3601.0


def prepared(apis: int) -> World:
    """r1 is stable, r2 has entered at 5 %, both sides are healthy; r3 is what a next deploy brings."""
    world = World(tuple("abc"[:apis]), clock=6000.0, strategies={"prod": STRATEGY})
    world.deploy("r1", Mode="auto", Percent="5")
    world.deploy("r2", Mode="auto", Percent="5")
    for at in range(6000, 6300, 60):
        world.minutes[at] = Minute(Counts(300, {"5xx": 0}), Counts(5700, {"5xx": 1}))
    world.clock = 6300.0
    return world


def operator(command: str, **more: Any) -> Callable[[World, FakeVersions], Action]:
    def make(world: World, versions: FakeVersions) -> Action:
        return lambda gate: Process(world, f"ann-{command}", gate=_named(gate, command), versions=versions).ask(
            command, **more
        )

    return make


def deploy(release: str) -> Callable[[World, FakeVersions], Action]:
    def make(world: World, _: FakeVersions) -> Action:
        return lambda gate: Process(world, "cloudformation", gate=_named(gate, "deploy")).deploy(
            release, Mode="auto", Percent="5"
        )

    return make


def automation(world: World, _: FakeVersions) -> Action:
    """The look that moves the canary to the next step."""
    event = json.loads(world.started[-1][1])
    return lambda gate: _autopilot(world, gate, "automation").advance(event, "state-machine")


def alarm(world: World, _: FakeVersions) -> Action:
    return lambda gate: {"message": _autopilot(world, gate, "alarm").abort("prod", "alarm", "eventbridge")}


def _autopilot(world: World, gate: Callable[[str], None], actor: str) -> Autopilot:
    return Process(world, actor, gate=_named(gate, actor)).autopilot()


def _named(gate: Callable[[str], None], actor: str) -> Callable[[str], None]:
    return lambda _name: gate(actor)


RACES: dict[str, dict[str, Callable[[World, FakeVersions], Action]]] = {
    "two operators": {"promote": operator("promote"), "rollback": operator("rollback")},
    "two operators setting": {"set": operator("set", percent=40.0), "pause": operator("pause")},
    "operator against automation": {"set": operator("set", percent=40.0), "automation": automation},
    "operator against deploy": {"promote": operator("promote"), "deploy": deploy("r3")},
    "deploy against automation": {"deploy": deploy("r3"), "automation": automation},
    "alarm against promote": {"alarm": alarm, "promote": operator("promote")},
    "three at once": {"alarm": alarm, "promote": operator("promote"), "deploy": deploy("r3")},
}


@pytest.mark.parametrize("apis", [1, 2])
@pytest.mark.parametrize("race", RACES)
def test_a_race_ends_as_some_sequence_would(race: str, apis: int) -> None:
    sequences, orders = Sequences(race, apis), set()
    for seed in range(SEEDS):
        world = prepared(apis)
        interleaving = Interleaving(f"{race}/{apis}/{seed}")
        operations = interleaving.run(sequences.actions(world))
        orders.add(tuple(interleaving.order))

        end = _key(world.look())
        explained = explanation(
            operations, (), sequences.after, _got, lambda done, end=end: sequences.ends(done) == end
        )
        assert explained is not None, (seed, interleaving.order, operations, end)
    assert len(orders) > 10


@dataclass
class Sequences:
    """What actors get and leave behind when they run one after the other, by the actors so far."""

    race: str
    apis: int
    known: dict[tuple[str, ...], tuple[Any, Any]] = field(default_factory=dict)

    def actions(self, world: World) -> dict[str, Action]:
        return {actor: make(world, FakeVersions()) for actor, make in RACES[self.race].items()}

    def after(self, done: tuple[str, ...], operation: Operation) -> tuple[tuple[str, ...], Any]:
        """A turned-away actor changes nothing, whenever it came."""
        if _is_turned_away(operation):
            return done, _got(operation)
        following = (*done, operation.actor)
        return following, self._replay(following)[1]

    def ends(self, done: tuple[str, ...]) -> Any:
        return self._replay(done)[0]

    def _replay(self, actors: tuple[str, ...]) -> tuple[Any, Any]:
        if actors not in self.known:
            world, result = prepared(self.apis), None
            actions = self.actions(world)
            for actor in actors:
                result = _outcome(actions[actor])
            self.known[actors] = _key(world.look()), _summary(result)
        return self.known[actors]


def _outcome(action: Action) -> Any:
    try:
        return action(lambda _name: None)
    except Exception as error:  # noqa: BLE001 - what this actor gets
        return error


def _is_turned_away(operation: Operation) -> bool:
    """Told to come again, or that the stage moved meanwhile, without having done anything."""
    return _summary(operation.result) in {"busy", "moved", "LeaseHeldError", "SUPERSEDED"}


def _got(operation: Operation) -> Any:
    return _summary(operation.result)


def _summary(result: Any) -> Any:
    """What an actor got, as far as a sequence determines it."""
    if isinstance(result, Exception):
        return type(result).__name__
    if isinstance(result, dict) and "error" in result:
        return result["error"]["code"]
    if isinstance(result, dict) and "outcome" in result:
        return result["outcome"]
    return "done"


def _key(stage: Stage) -> Any:
    return tuple((p.stable.release, p.canary and (p.canary.snapshot.release, p.canary.percent)) for p in stage.pointers)


def old(apis: int) -> tuple[World, FakeVersions]:
    """Four releases promoted one after the other, long ago."""
    world, versions = World(tuple("abc"[:apis])), FakeVersions()
    for release in ("r1", "r2", "r3", "r4"):
        world.deploy(release)
        world.ask("promote")
        versions.publish(FUNCTION, release)
        world.clock += HOUR
    return world, versions


@pytest.mark.parametrize("apis", [1, 2])
@pytest.mark.parametrize("again", ["r1", "r5"])
def test_cleaning_never_deletes_what_a_deploy_is_about_to_serve(again: str, apis: int) -> None:
    """A revert to an old release finds its deployments just when they are about to go."""
    for seed in range(SEEDS):
        world, versions = old(apis)
        actions = {"gc": operator("gc", keep=1)(world, versions), "deploy": deploy(again)(world, versions)}
        operations = Interleaving(f"gc/{again}/{apis}/{seed}").run(actions)

        failed = [o for o in operations if isinstance(o.result, Exception)]
        assert not failed, (seed, failed)
        serving = {(p.api, s) for p in world.look().pointers for s in _served(p)}
        assert serving <= set(world.gateway.deployments), (seed, operations)
        assert {again} <= {p.canary.snapshot.release for p in world.look().pointers if p.canary}, (seed, operations)


def _served(pointer: Any) -> set[str]:
    return {pointer.stable.deployment} | ({pointer.canary.snapshot.deployment} if pointer.canary else set())
