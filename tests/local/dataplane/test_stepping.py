"""Coroutines without a Task, and a time limit that works with and without one."""

import asyncio
from typing import Any

import pytest

from headgate.local.dataplane import stepping
from headgate.local.dataplane.stepping import Stepper, within


def stepped(coroutine: Any) -> Any:
    """Run a coroutine under a Stepper, where there is no current task."""

    async def session() -> Any:
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
        loop.call_soon(Stepper(coroutine, lambda *end: ended.set_result(end), loop).step)
        result, error = await ended
        if error is not None:
            raise error
        return result

    return asyncio.run(session())


async def answer(*waits: float) -> str:
    for seconds in waits:
        await asyncio.sleep(seconds)
    return "done"


@pytest.mark.parametrize("run", [asyncio.run, stepped], ids=["task", "stepper"])
@pytest.mark.parametrize("waits", [(), (0,), (0.001, 0, 0.001)], ids=str)
def test_results_pass_through(run: Any, waits: tuple[float, ...]) -> None:
    async def work() -> str:
        return await within(1, answer(*waits))

    assert run(work()) == "done"


@pytest.mark.parametrize("run", [asyncio.run, stepped], ids=["task", "stepper"])
def test_late_work_is_cancelled(run: Any) -> None:
    seen: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def work() -> None:
        await within(0.001, slow())

    with pytest.raises(TimeoutError):
        run(work())
    assert seen == ["cancelled"]


@pytest.mark.parametrize("run", [asyncio.run, stepped], ids=["task", "stepper"])
def test_errors_pass_through(run: Any) -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("mine")

    async def work() -> None:
        await within(1, fail())

    with pytest.raises(ValueError, match="mine"):
        run(work())


def test_a_cancelled_stepper_ends_with_cancelled_error() -> None:
    async def session() -> list[Any]:
        loop = asyncio.get_running_loop()
        ends: list[Any] = []
        stepper = Stepper(answer(10), lambda *end: ends.append(end), loop)
        stepper.step()
        stepper.cancel()
        while not ends:
            await asyncio.sleep(0)
        return ends

    assert isinstance(asyncio.run(session())[0][1], asyncio.CancelledError)


def test_waits_of_one_length_share_a_timer_and_expire_in_their_order() -> None:
    ended: list[int] = []

    async def wait(number: int) -> None:
        with pytest.raises(TimeoutError):
            await within(0.002, asyncio.get_running_loop().create_future())
        ended.append(number)

    async def session() -> int:
        waits = [asyncio.create_task(wait(number)) for number in range(5)]
        await asyncio.sleep(0)
        timers = len([handle for handle in asyncio.get_running_loop()._scheduled if not handle.cancelled()])  # type: ignore[attr-defined]
        await asyncio.gather(*waits)
        return timers

    assert asyncio.run(session()) == 1
    assert ended == [0, 1, 2, 3, 4]


def test_waits_that_are_over_are_let_go() -> None:
    async def session() -> int:
        for _ in range(100):
            await within(60, asyncio.sleep(0))
        return sum(len(lane.queue) for lane in stepping._LANES.values())

    assert asyncio.run(session()) == 0
