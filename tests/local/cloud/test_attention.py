"""The loop stays awake for a moment after an answer, and then sleeps."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from headgate.local import attention as room
from headgate.local.attention import SLEEPY, Attention, attention


class Turns:
    """A loop of which only `call_soon` is used: what is due runs when the test says so."""

    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []

    def call_soon(self, callback: Callable[[], None]) -> None:
        self.due.append(callback)

    def turn(self) -> int:
        """Run what is due; how much is due then."""
        due, self.due = self.due, []
        for callback in due:
            callback()
        return len(self.due)


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def awake(turns: Turns, now: list[float]) -> Attention:
    return Attention(turns, 0.001, lambda: now[0])  # type: ignore[arg-type]


def test_it_looks_again_until_the_time_is_over(turns: Turns, now: list[float], awake: Attention) -> None:
    awake.rouse()

    assert [turns.turn(), turns.turn()] == [1, 1]
    now[0] = 0.001
    assert turns.turn() == 0


def test_rousing_twice_waits_longer_and_looks_once_per_turn(turns: Turns, now: list[float], awake: Attention) -> None:
    awake.rouse()
    now[0] = 0.0009
    awake.rouse()
    now[0] = 0.0015

    assert turns.turn() == 1
    now[0] = 0.0019
    assert turns.turn() == 0


def test_it_can_be_roused_again_after_it_slept(turns: Turns, now: list[float], awake: Attention) -> None:
    awake.rouse()
    now[0] = 1.0
    turns.turn()
    awake.rouse()

    assert turns.turn() == 1


def test_only_the_last_answer_under_way_rouses(turns: Turns, awake: Attention) -> None:
    awake.begin()
    awake.begin()
    awake.end()
    assert not turns.due
    awake.end()

    assert len(turns.due) == 1


@pytest.mark.parametrize(("seconds", "cores"), [(0.0, 4), (0.001, 2)])
def test_it_sleeps_as_ever_where_that_is_wanted_or_wiser(
    seconds: float, cores: int, monkeypatch: pytest.MonkeyPatch, turns: Any
) -> None:
    monkeypatch.setattr(room, "cores", lambda: cores)

    assert attention(turns, seconds) is SLEEPY


def test_the_loop_is_uvloops_where_there_is_one() -> None:
    loop = room.new_event_loop()
    try:
        assert type(loop).__module__.startswith("uvloop")
        assert isinstance(loop, asyncio.AbstractEventLoop)
    finally:
        loop.close()
