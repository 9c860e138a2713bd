"""The three-way merge: last applied, desired, live."""

from dataclasses import replace

import pytest

from functions.release.canary import Canary, Command, Plan, Pointer, Refusal, Snapshot, Stage, Verb
from functions.release.releases import RefusedError
from functions.release.rollout import Applied, Desired, merge, withdraw

from .world import World

OLD, NEW, OTHER = Snapshot("d1", "old"), Snapshot("d2", "new"), Snapshot("d3", "other")
APPLIED_OLD = Applied("old", {"a": OLD}, percent=10)
APPLIED_NEW = Applied("new", {"a": NEW}, percent=10)
WANT_NEW = Desired("new", {"a": NEW}, percent=10)
WANT_OLD = Desired("old", {"a": OLD}, percent=10)


def live(stable: Snapshot = OLD, canary: Snapshot | None = None, percent: float = 10) -> Stage:
    return Stage("prod", (Pointer("a", stable, Canary(canary, percent) if canary else None),))


def test_a_new_release_enters_as_canary():
    assert merge(APPLIED_OLD, WANT_NEW, live()) == Command(Verb.START, percent=10, targets={"a": NEW})


def test_a_new_release_without_canary_takes_everything():
    desired = replace(WANT_NEW, mode="all-at-once")

    assert merge(APPLIED_OLD, desired, live()) == Command(Verb.MOVE, targets={"a": NEW})


def test_the_first_deploy_is_stable_already():
    assert isinstance(merge(None, WANT_NEW, live(NEW)), Plan)


def test_a_newer_release_supersedes_one_in_flight():
    merged = merge(Applied("other", {"a": OTHER}), WANT_NEW, live(OLD, OTHER))

    assert merged == Command(Verb.START, percent=10, targets={"a": NEW})


def test_a_newer_release_is_refused_where_the_stage_says_so():
    merged = merge(Applied("other", {"a": OTHER}), replace(WANT_NEW, on_new_release="refuse"), live(OLD, OTHER, 30))

    assert isinstance(merged, Refusal)
    assert "release other is in stage prod at 30 %" in merged.message


def test_a_repeated_event_leaves_the_canary_that_it_started():
    assert isinstance(merge(APPLIED_OLD, WANT_NEW, live(OLD, NEW, 25)), Plan)


@pytest.mark.parametrize("percent", [10, 25], ids=["untouched", "moved by hand"])
def test_an_unchanged_release_and_percent_leaves_what_is_live(percent: float):
    assert isinstance(merge(APPLIED_NEW, WANT_NEW, live(OLD, NEW, percent)), Plan)


def test_a_changed_percent_adjusts_an_untouched_canary():
    assert merge(APPLIED_NEW, replace(WANT_NEW, percent=50), live(OLD, NEW, 10)) == Command(Verb.SET, percent=50)


def test_a_changed_percent_does_nothing_when_the_canary_is_gone():
    assert isinstance(merge(APPLIED_NEW, replace(WANT_NEW, percent=50), live(NEW)), Plan)


def test_a_percent_changed_on_both_sides_is_a_conflict_with_all_three_values():
    merged = merge(APPLIED_NEW, replace(WANT_NEW, percent=50), live(OLD, NEW, 25))

    assert isinstance(merged, Refusal)
    assert merged.code == "conflict"
    assert all(value in merged.message for value in ("was 10", "says 50", "at 25"))


@pytest.mark.parametrize(
    ("on_conflict", "expected"),
    [("adopt", None), ("override", Command(Verb.SET, percent=50))],
    ids=["live wins", "file wins"],
)
def test_a_conflict_is_settled_as_the_stage_says(on_conflict: str, expected: Command | None):
    merged = merge(APPLIED_NEW, replace(WANT_NEW, percent=50, on_conflict=on_conflict), live(OLD, NEW, 25))

    assert merged == expected or (expected is None and isinstance(merged, Plan))


def test_a_rejected_release_does_not_come_back_by_itself():
    merged = merge(APPLIED_OLD, WANT_NEW, live(), rejected=frozenset({"new"}))

    assert isinstance(merged, Refusal)
    assert merged.code == "rejected"


def test_a_rejected_release_comes_back_when_asked_for():
    desired = replace(WANT_NEW, retry=True)

    assert isinstance(merge(APPLIED_OLD, desired, live(), rejected=frozenset({"new"})), Command)
    assert isinstance(merge(APPLIED_NEW, desired, live(), rejected=frozenset({"new"})), Command)


def test_reverting_removes_the_canary_that_the_last_deploy_let_in():
    merged = merge(APPLIED_NEW, WANT_OLD, live(OLD, NEW))

    assert isinstance(merged, Command)
    assert merged.verb is Verb.ROLLBACK


def test_reverting_leaves_a_canary_that_somebody_else_started():
    assert isinstance(merge(APPLIED_NEW, WANT_OLD, live(OLD, OTHER)), Plan)


def test_a_user_who_reverts_a_promoted_release_gets_the_old_one_as_canary():
    assert merge(APPLIED_NEW, WANT_OLD, live(NEW)) == Command(Verb.START, percent=10, targets={"a": OLD})


def test_a_stack_that_rolls_back_removes_the_canary_it_started():
    merged = merge(APPLIED_NEW, WANT_OLD, live(OLD, NEW), is_rollback=True)

    assert isinstance(merged, Command)
    assert merged.verb is Verb.ROLLBACK


def test_a_stack_that_rolls_back_never_touches_a_promoted_release():
    assert isinstance(merge(APPLIED_NEW, WANT_OLD, live(NEW), is_rollback=True), Plan)


def test_a_stack_that_rolls_back_never_touches_another_canary():
    assert isinstance(merge(APPLIED_NEW, WANT_OLD, live(OLD, OTHER), is_rollback=True), Plan)


def test_a_stack_that_rolls_back_takes_back_a_move():
    applied = replace(APPLIED_NEW, mode="all-at-once")

    merged = merge(applied, WANT_OLD, live(NEW), is_rollback=True)

    assert merged == Command(Verb.MOVE, targets={"a": OLD})


def test_a_deleted_rollout_takes_its_own_canary_along():
    assert withdraw("new", live(OLD, NEW)) == Command(Verb.ROLLBACK)
    assert isinstance(withdraw("new", live(OLD, OTHER)), Plan)


def test_taking_back_a_refused_percentage_leaves_the_operators() -> None:
    """The rollback of a stack asks for the old percentage again: a second refusal would leave it UPDATE_ROLLBACK_FAILED."""
    world = World()
    world.deploy("r1")
    world.deploy("r2")
    world.ask("set", percent=37.0)
    with pytest.raises(RefusedError):
        world.deploy("r2", Percent="20")
    world.applied = {**(world.applied or {}), "Percent": "20"}

    world.deploy("r2", Percent="10", rolling_back=True)

    assert world.traffic()["r2"] == 37.0


def test_taking_back_a_percentage_that_was_applied_puts_the_old_one_back() -> None:
    world = World()
    world.deploy("r1")
    world.deploy("r2")
    world.deploy("r2", Percent="20")
    assert world.traffic()["r2"] == 20.0

    world.deploy("r2", Percent="10", rolling_back=True)

    assert world.traffic()["r2"] == 10.0


def test_a_stage_that_is_to_have_no_canaries_any_more_gives_the_one_in_flight_everything() -> None:
    world = World()
    world.deploy("r1")
    world.deploy("r2")
    world.deploy("r2", Mode="all-at-once", Percent="100")

    assert world.traffic() == {"r2": 100.0}


def test_a_rejected_release_does_not_come_back_because_canaries_are_abolished() -> None:
    world = World()
    world.deploy("r1")
    world.deploy("r2")
    world.ask("rollback")
    world.deploy("r2", Mode="all-at-once", Percent="100")

    assert world.traffic() == {"r1": 100.0}
