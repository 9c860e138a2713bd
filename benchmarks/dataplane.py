"""Requests per second and latencies of the local cloud beside its peers, and its start-up, memory and endurance.

    python -m benchmarks.dataplane      # under five minutes

Peers: nginx (one worker, a static file), LocalStack core and MiniStack (the same MOCK integration; installed under .tools/peers),
and serverless-offline (the same Python function; `npm install` in benchmarks/peers). Load comes from wrk when it is installed, else
from a generator of our own, which costs a core and is slower than nginx. Trust ratios, not rates.
"""

import asyncio
import contextlib
import itertools
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import httptools

from .targets import EMULATORS, Target, empty_headgate, emulator, headgate, memory_mb, nginx, serverless

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
SECONDS = 2
CONNECTIONS = (1, 32)
ENDURANCE = 10_000  # requests, at 32 connections
GUARDED = "lambda, all phases"
# (ours, a peer's): what the targets compare.
PAIRS = (
    ("mock", "LocalStack core"),
    ("mock, AWS port", "LocalStack core"),
    ("mock", "MiniStack"),
    ("mock, AWS port", "MiniStack"),
    ("mock", "nginx"),
    ("lambda", "nginx"),
    ("lambda", "serverless-offline"),
    (GUARDED, "serverless-offline"),
)


class Sample(NamedTuple):
    """One measurement: successful answers per second, latencies in milliseconds, answers that were no success."""

    rate: float
    p50: float
    p99: float
    failed: int


def main() -> int:
    """Interleaved rounds; the last line is the result as JSON."""
    loads = [round(os.getloadavg()[0], 1)]
    result: dict[str, Any] = {"generator": "wrk" if shutil.which("wrk") else "own", "rounds": ROUNDS}
    result["startSeconds"] = _starts()
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(headgate())
        targets = dict(ours.urls)
        if plain := stack.enter_context(nginx()):
            targets["nginx"] = plain.urls[""]
        if peer := stack.enter_context(serverless()):
            targets["serverless-offline"] = peer.urls[""]
        for name in EMULATORS:
            if rival := stack.enter_context(emulator(name)):
                targets[name] = rival.urls["mock"]
        samples = _rounds(targets)
        result["memoryMb"] = {"headgate": memory_mb(ours.pid)} | (
            {"serverless-offline": memory_mb(peer.pid)} if peer else {}
        )
        result["endurance"] = endure(targets["lambda"], 32, ENDURANCE)
    loads.append(round(os.getloadavg()[0], 1))
    result["medians"] = {name: _median(found) for name, found in samples.items()}
    result["ratios"] = _ratios(result)
    _show(result)
    print(f"load average before {loads[0]} and after {loads[1]}; above the number of cores, repeat on a quiet machine")
    print(json.dumps({**result, "load_average": loads}))
    return 0


def _starts() -> dict[str, float]:
    """Seconds from spawning to the first answer (200), medians of interleaved starts."""
    makers: dict[str, Callable[[], contextlib.AbstractContextManager[Target | None]]] = {
        "headgate": empty_headgate,
        "headgate, API deployed": headgate,
        "serverless-offline": serverless,
    }
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, make in makers.items():
            if (took := _start(make)) is not None:
                found.setdefault(name, []).append(took)
    return {name: round(statistics.median(values), 2) for name, values in found.items()}


def _start(make: Callable[[], contextlib.AbstractContextManager[Target | None]]) -> float | None:
    began = time.monotonic()
    with make() as target:
        if target is not None and "lambda" in target.urls:
            measure(target.urls["lambda"], 1, 0)
        return None if target is None else time.monotonic() - began


def _rounds(targets: dict[str, str]) -> dict[str, list[Sample]]:
    """Each round measures every target, and begins with another one."""
    for url in targets.values():
        measure(url, max(CONNECTIONS), 1)  # warm: every worker that the load needs has started
    samples: dict[str, list[Sample]] = {}
    order = list(targets.items())
    plan = [(number, connections) for number in range(ROUNDS) for connections in CONNECTIONS]
    for number, connections in plan:
        for name, url in order[number % len(order) :] + order[: number % len(order)]:
            samples.setdefault(f"{name} c{connections}", []).append(measure(url, connections, SECONDS))
    return samples


def _median(samples: list[Sample]) -> dict[str, float]:
    rates, p50, p99, failed = zip(*samples, strict=True)
    middle = {"rate": round(statistics.median(rates)), "p50": statistics.median(p50), "p99": statistics.median(p99)}
    return middle | {"failed": sum(failed)}


def _ratios(result: dict[str, Any]) -> dict[str, float]:
    """Ours divided by theirs."""
    medians, found = result["medians"], {}
    for (ours, theirs), connections in itertools.product(PAIRS, CONNECTIONS):
        mine, other = (medians.get(f"{name} c{connections}") for name in (ours, theirs))
        if not mine or not other or not other["rate"]:
            continue
        found[f"{ours} / {theirs} c{connections}"] = round(mine["rate"] / other["rate"], 2)
        if theirs == "serverless-offline" and other["p99"]:
            found[f"p99 {ours} / {theirs} c{connections}"] = round(mine["p99"] / other["p99"], 3)
    for what, title in (("memoryMb", "memory"), ("startSeconds", "start")):
        mine, other = result[what].get("headgate"), result[what].get("serverless-offline")
        if mine and other:
            found[f"{title} headgate / serverless-offline"] = round(mine / other, 2)
    return found


def _show(result: dict[str, Any]) -> None:
    for name, found in result["medians"].items():
        failed = f"  {found['failed']} failed" if found["failed"] else ""
        print(f"{name:<28}{found['rate']:>8} req/s   p50 {found['p50']:>8} ms   p99 {found['p99']:>8} ms{failed}")
    for name, ratio in result["ratios"].items():
        print(f"{name:<48}{ratio:>7}")
    for what in ("startSeconds", "memoryMb", "endurance"):
        print(f"{what}: {result[what]}")


# ---- load


def measure(url: str, connections: int, seconds: int) -> Sample:
    """Load for so many seconds; 0 means a single request. Raises RuntimeError when nothing was answered well."""
    if seconds and shutil.which("wrk"):
        command = ["wrk", "--latency", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "20s", url]
    else:
        command = [sys.executable, "-m", "benchmarks.dataplane", "load", url, str(connections), str(seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    sample = read_sample(done.stdout)
    if sample is None or (sample.failed and not sample.rate):
        raise RuntimeError(f"{url}: {done.stdout}{done.stderr}")
    return sample


def read_sample(text: str) -> Sample | None:
    """What wrk prints, and our own generator as well."""
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    total = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", text)
    latencies = {percent: float(value) * UNITS[unit] for percent, value, unit in LATENCY.findall(text)}
    if rate is None or total is None or not int(total[1]):
        return None
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    lost = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    refused = int(bad[1]) if bad else 0
    failed = refused + sum(map(int, lost.groups()) if lost else ())
    share = 1 - refused / int(total[1])
    p50, p99 = (round(latencies.get(percent, 0.0), 3) for percent in ("50", "99"))
    return Sample(round(float(rate[1]) * share, 1), p50, p99, failed)


UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
LATENCY = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m)$", re.MULTILINE)


def endure(url: str, connections: int, requests: int) -> dict[str, int]:
    """So many requests over keep-alive connections; how many succeeded, failed, and how many connections were lost."""
    caller = Callers(url, requests)
    asyncio.run(caller.run(connections, seconds=120))
    good = caller.counts.get(200, 0)
    return {"requests": requests, "ok": good, "failed": sum(caller.counts.values()) - good, "lost": caller.lost}


class Callers:
    """Connections that ask again as soon as they are answered, until so many answers have come."""

    def __init__(self, url: str, most: int) -> None:
        self.host, _, self._target = url.removeprefix("http://").partition("/")
        self.request = f"GET /{self._target} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode()
        self.most = self.left = most
        self.lost = 0
        self.counts: dict[int, int] = {}
        self.waits: list[float] = []
        self.over = asyncio.Event()

    async def run(self, connections: int, *, seconds: float) -> None:
        """Return when all have been answered, or the time is up."""
        name, _, port = self.host.partition(":")
        loop = asyncio.get_running_loop()
        made = [await loop.create_connection(lambda: _Caller(self), name, int(port)) for _ in range(connections)]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), seconds)
        for transport, _ in made:
            transport.close()

    def may_ask(self) -> bool:
        """Take one of the requests that are left."""
        self.left -= 1
        return self.left >= 0


class _Caller(asyncio.Protocol):
    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._parser = httptools.HttpResponseParser(self)
        self._began: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 asyncio's signature
        if self._began is not None and not self._callers.over.is_set():
            self._callers.lost += 1

    def on_message_complete(self) -> None:
        callers, status = self._callers, self._parser.get_status_code()
        callers.counts[status] = callers.counts.get(status, 0) + 1
        callers.waits.append(time.perf_counter() - (self._began or 0.0))
        self._began = None
        self._ask()

    def _ask(self) -> None:
        if self._callers.may_ask():
            self._began = time.perf_counter()
            self._transport.write(self._callers.request)
        elif sum(self._callers.counts.values()) + self._callers.lost >= self._callers.most:
            self._callers.over.set()


async def load(url: str, connections: int, seconds: int) -> None:
    """Our own generator; prints what wrk would."""
    callers = Callers(url, 1 if seconds == 0 else 1_000_000_000)
    began = time.perf_counter()
    await callers.run(connections, seconds=seconds or 30)
    took, waits = time.perf_counter() - began, sorted(callers.waits)
    failed = sum(callers.counts.values()) - callers.counts.get(200, 0)
    for percent in (50, 99):
        print(f"    {percent}%  {waits[len(waits) * percent // 100] * 1000:.3f}ms")
    print(f"  {len(waits)} requests in {took:.2f}s")
    if failed:
        print(f"  Non-2xx or 3xx responses: {failed}")
    print(f"Requests/sec: {len(waits) / took:.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["load"]:
        asyncio.run(load(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    else:
        sys.exit(main())
