"""A split API is several REST APIs: every verb survives a crash between two of them, and nobody else writes meanwhile."""

from collections.abc import Iterator

import pytest

from functions.release.canary import Phase

from .world import World, shares

APIS = ("a", "b", "c")


class CrashError(Exception):
    """The function was stopped."""


@pytest.fixture
def world() -> World:
    """Three APIs on r1 with r2 published as canary."""
    world = World(APIS)
    world.deploy("r1")
    world.deploy("r2")
    return world


def crash_after(world: World, calls: int) -> None:
    """Stop after that many UpdateStage calls, once."""
    left: Iterator[int] = iter(range(calls))

    def stop(_api: str, _stage: str) -> None:
        if next(left, None) is None:
            world.gateway.before_update = lambda api, stage: None
            raise CrashError

    world.gateway.before_update = stop


def releases(world: World) -> set[str]:
    """Every release that some request to some API may see."""
    return {release for position in range(len(APIS)) for release in shares(world.look(), position)}


@pytest.mark.parametrize("calls", range(6))
def test_a_crashed_promotion_is_finished_by_promoting_again(world: World, calls: int):
    crash_after(world, calls)
    with pytest.raises(CrashError):
        world.ask("promote")

    assert world.ask("promote")["ok"]
    assert releases(world) == {"r2"}
    assert world.look().phase is Phase.STABLE


@pytest.mark.parametrize("calls", range(1, 6))
def test_a_crashed_promotion_can_be_rolled_back_instead(world: World, calls: int):
    crash_after(world, calls)
    with pytest.raises(CrashError):
        world.ask("promote")

    assert world.ask("rollback")["ok"]
    assert releases(world) == {"r1"}


@pytest.mark.parametrize("calls", range(1, 6))
def test_undo_after_a_resumed_promotion_goes_back_on_every_api(world: World, calls: int):
    crash_after(world, calls)
    with pytest.raises(CrashError):
        world.ask("promote")
    world.ask("promote")

    assert world.ask("undo")["ok"]
    assert releases(world) == {"r1"}


@pytest.mark.parametrize("calls", range(3))
def test_a_crashed_rollback_is_finished_by_rolling_back_again(world: World, calls: int):
    crash_after(world, calls)
    with pytest.raises(CrashError):
        world.ask("rollback")

    assert world.ask("rollback")["ok"]
    assert releases(world) == {"r1"}


@pytest.mark.parametrize("calls", range(6))
def test_a_crashed_deploy_is_finished_by_the_repeated_event(world: World, calls: int):
    crash_after(world, calls)
    with pytest.raises(CrashError):
        world.deploy("r3")

    world.deploy("r3")

    assert releases(world) == {"r1", "r3"}
    assert world.look().phase is Phase.CANARY


@pytest.mark.parametrize("calls", range(3))
def test_a_crashed_deploy_at_once_is_finished_by_the_repeated_event(world: World, calls: int):
    world.ask("rollback")
    crash_after(world, calls)
    with pytest.raises(CrashError):
        world.deploy("r3", Mode="all-at-once")

    world.deploy("r3", Mode="all-at-once")

    assert releases(world) == {"r3"}


@pytest.mark.parametrize("calls", range(1, 3))
def test_a_crashed_undo_is_finished_by_undoing_again(world: World, calls: int):
    world.ask("promote")
    crash_after(world, calls)
    with pytest.raises(CrashError):
        world.ask("undo")

    assert world.ask("undo")["ok"]
    assert releases(world) == {"r1"}


def test_a_held_lease_turns_an_operator_away_and_makes_a_deploy_wait(world: World):
    with world.releases.journal.lease("prod", "somebody", world.clock):
        assert world.ask("promote")["error"]["code"] == "busy"
    lease = world.releases.journal.lease("prod", "somebody", world.clock)
    lease.__enter__()
    world.releases.stages.sleep = lambda seconds: lease.__exit__(None, None, None) and None

    world.deploy("r3")

    assert releases(world) == {"r1", "r3"}


def test_a_lease_that_ran_out_is_taken_over_with_a_higher_fencing_number(world: World):
    crashed = world.releases.journal.lease("prod", "crashed", world.clock)
    first = crashed.__enter__()

    with world.releases.journal.lease("prod", "next", world.clock + 121) as second:
        assert second == first + 1


def test_a_stage_moved_behind_our_back_is_not_overwritten(world: World):
    def meddle(_api: str, _stage: str) -> None:
        world.gateway.stages["b", "prod"]["canarySettings"]["percentTraffic"] = 77.0

    world.gateway.before_update = meddle

    assert world.ask("set", percent=50)["error"]["code"] == "moved"
    assert shares(world.look(), 1)["r2"] == 77


def test_an_api_born_with_the_candidate_does_not_block_a_rollback():
    world = World(("a",))
    world.deploy("r1")
    world.apis = ("a", "b")
    world.releases = world.fresh()
    world.gateway.create_deployment(restApiId="b", description="release r2")
    world.gateway.create_stage(restApiId="b", stageName="prod", deploymentId="d2")
    world.deploy("r2")

    assert world.ask("rollback")["ok"]
    assert shares(world.look(), 0) == {"r1": 100}
