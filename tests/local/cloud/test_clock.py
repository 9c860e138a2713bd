"""The clock itself: what is due happens in order, and what it sets off comes to rest before time goes on."""

import threading
from collections.abc import Iterator

import pytest

from headgate.local import clock as clock_module
from headgate.local.clock import Clock, ClockError, Setting

NOON = 1_763_726_400.0


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Frozen at noon."""
    made = Clock()
    made.freeze(NOON)
    yield made
    made.close()


def test_it_is_the_base_until_it_is_moved() -> None:
    times = iter([10.0, 11.0, 12.0, 13.0])
    clock = Clock(lambda: next(times))

    assert (clock.now(), clock.now()) == (10.0, 11.0)


def test_a_frozen_clock_stands_until_it_is_advanced(clock: Clock) -> None:
    clock.advance(301)

    assert clock.now() == NOON + 301
    assert clock.now() == NOON + 301


def test_a_resumed_clock_runs_on_from_where_it_stood() -> None:
    base = [0.0]
    clock = Clock(lambda: base[0])
    clock.freeze(NOON)
    clock.resume()
    base[0] += 5

    assert clock.now() == NOON + 5
    clock.reset()
    assert clock.now() == 5


def test_an_advanced_running_clock_is_ahead_of_its_base() -> None:
    base = [100.0]
    clock = Clock(lambda: base[0])
    clock.advance(50)
    base[0] += 1

    assert clock.now() == 151


def test_it_can_be_set_back(clock: Clock) -> None:
    clock.set(NOON - 100)

    assert clock.now() == NOON - 100


def test_it_cannot_be_advanced_backwards(clock: Clock) -> None:
    with pytest.raises(ClockError, match="use set"):
        clock.advance(-1)


def test_what_is_due_happens_at_its_moment_and_in_order(clock: Clock) -> None:
    seen: list[tuple[str, float]] = []
    for name, seconds in (("late", 120.0), ("early", 60.0), ("never", 181.0)):
        clock.call_later(seconds, lambda name=name: seen.append((name, clock.now() - NOON)))  # type: ignore[misc]

    clock.advance(180)

    assert seen == [("early", 60.0), ("late", 120.0)]


def test_what_becomes_due_on_the_way_happens_on_the_way(clock: Clock) -> None:
    seen: list[float] = []

    def tick() -> None:
        seen.append(clock.now() - NOON)
        clock.call_later(60, tick)

    clock.call_later(60, tick)
    clock.advance(200)

    assert seen == [60.0, 120.0, 180.0]


def test_a_cancelled_timer_is_forgotten(clock: Clock) -> None:
    seen: list[str] = []
    clock.call_later(60, lambda: seen.append("x")).cancel()

    clock.advance(100)

    assert seen == []


def test_a_callback_that_fails_does_not_stop_the_clock(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    clock.call_later(60, lambda: {}["missing"])

    clock.advance(100)

    assert clock.now() == NOON + 100
    assert "clock.callback_failed" in caplog.text


def worker(clock: Clock, waits: list[float], seen: list[float]) -> threading.Thread:
    """A thread whose work the clock waits for, and that waits on the clock."""

    def run() -> None:
        with clock.adopted_work():
            for seconds in waits:
                clock.sleep(seconds)
                seen.append(clock.now() - NOON)

    clock.begin_work()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_work_that_waits_goes_on_at_its_moments_within_one_advance(clock: Clock) -> None:
    seen: list[float] = []
    thread = worker(clock, [60, 60, 600], seen)

    clock.advance(300)

    assert seen == [60.0, 120.0]
    clock.advance(420)
    thread.join(10)
    assert seen == [60.0, 120.0, 720.0]


def test_a_signal_that_is_set_wakes_before_its_time(clock: Clock) -> None:
    signal, results = clock.signal(), []

    def run() -> None:
        with clock.adopted_work():
            results.append(signal.wait(600))

    clock.begin_work()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    clock.settle()

    signal.set()
    thread.join(10)

    assert results == [True]
    assert clock.now() == NOON


def test_work_that_does_not_end_is_told(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_module, "SETTLE_SECONDS", 0.01)
    clock.begin_work()

    with pytest.raises(ClockError, match="did not come to rest"):
        clock.advance(1)


def test_closing_lets_every_waiting_thread_go(clock: Clock) -> None:
    seen: list[float] = []
    thread = worker(clock, [60], seen)
    clock.settle()

    clock.close()
    thread.join(10)

    assert not thread.is_alive()
    assert seen == []


def test_a_running_clock_fires_by_itself() -> None:
    clock, fired = Clock(), threading.Event()

    clock.call_later(0.01, fired.set)

    assert fired.wait(10)
    clock.close()


@pytest.mark.parametrize(
    ("setting", "told"), [(Setting(), ""), (Setting(offset=-3600.0), "-3600.0"), (Setting(frozen=NOON), f"={NOON}")]
)
def test_what_a_worker_is_told(setting: Setting, told: str) -> None:
    assert str(setting) == told
