"""Releases come, get a share, are promoted or rolled back, again and again, while clients ask.

No request may fail, and the share is the setting's. The suite runs one cycle, `make slow` three, `make soak` 50. Each cycle
deploys two releases through the template: one is rolled back, one promoted.
"""

import http.client
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from headgate.cli.synth import Synthesizer
from tests.e2e.statistics import binomial_p_value, runs_z

from .rollouts import Rollout, connect

CYCLES = [1, pytest.param(3, marks=pytest.mark.slow)]
if asked := os.environ.get("HEADGATE_CYCLES"):
    CYCLES = [int(asked)]
REQUESTS_PER_CYCLE = 2_000  # 50 cycles: 100,000 and more
CLIENTS = 4
SHARES = (25.0, 10.0, 50.0)  # of the first a single cycle sees that the order is chance
SAMPLE = 600  # answers to one client alone, in the order of the draws
UNLIKELY = 1e-6
UNLIKELY_Z = 4.9  # two-sided 1e-6 of the normal distribution
SEED = "20261121/cycles"


@dataclass
class Traffic:
    """What the clients got: answers by release, and everything that is not a 200."""

    answers: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def total(self) -> int:
        return self.answers.total() + self.failed.total()

    def reach(self, total: int) -> None:
        """Wait until so many requests have been made."""
        while self.total < total:
            threading.Event().wait(0.01)


def ask(connection: http.client.HTTPConnection) -> tuple[str, str]:
    """(release, "") or ("", what went wrong)."""
    try:
        connection.request("GET", "/products")
        response = connection.getresponse()
        body = response.read().decode()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return "", type(error).__name__
    return (body, "") if response.status == 200 else ("", str(response.status))


@contextmanager
def clients(url: str) -> Iterator[Traffic]:
    """Clients that ask without a pause until the block ends."""
    traffic, stop = Traffic(), threading.Event()

    def run() -> None:
        connection = connect(url)
        while not stop.is_set():
            release, failure = ask(connection)
            with traffic.lock:
                (traffic.failed if failure else traffic.answers)[failure or release] += 1
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield traffic
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@dataclass
class Cycles:
    """Cycles of one project, and what they have shown. `samples` are (share, was it the canary) in the order of the draws."""

    made: Rollout
    stable: str = "v1"
    number: int = 1
    requests: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[float, list[bool]]] = field(default_factory=list)
    moves: Counter[str] = field(default_factory=Counter)

    def run(self, share: float) -> None:
        """A release that is rolled back, then one that is promoted."""
        for verb in ("rollback", "promote"):
            with clients(self.made.gateway.url) as traffic:
                candidate = self.enter(share)
                traffic.reach(REQUESTS_PER_CYCLE // 4)
            self.sample(candidate, share)
            with clients(self.made.gateway.url) as after:
                self.move(verb, after, candidate)
            for one in (traffic, after):
                self.requests += one.total
                self.failed += one.failed

    def enter(self, share: float) -> str:
        """The next release, as a canary at that share."""
        self.number += 1
        candidate = f"v{self.number}"
        self.made.write(candidate)
        self.made.gateway.deploy(canary=share)
        assert self.made.stage()["canarySettings"]["percentTraffic"] == share
        return candidate

    def move(self, verb: str, traffic: Traffic, candidate: str) -> None:
        """Promote or roll back under load; from then on only one release answers."""
        traffic.reach(REQUESTS_PER_CYCLE // 4)
        answer = self.made.command(verb)
        assert answer["ok"], answer
        self.moves[verb] += 1
        self.stable = candidate if verb == "promote" else self.stable
        assert set(self.alone(50)) == {self.stable}

    def sample(self, candidate: str, share: float) -> None:
        """One client alone, so that the answers are in the order of the draws."""
        answers = self.alone(SAMPLE)
        assert set(answers) == {candidate, self.stable}
        self.samples.append((share, [release == candidate for release in answers]))

    def alone(self, count: int) -> list[str]:
        """The releases that answer one client, one request after the other."""
        connection = connect(self.made.gateway.url)
        answers = [ask(connection) for _ in range(count)]
        connection.close()
        self.requests += count
        self.failed += Counter(failure for _, failure in answers if failure)
        return [release for release, _ in answers]


def check_chance(samples: Sequence[tuple[float, Sequence[bool]]]) -> None:
    """The share is the setting's (binomial), and the order is that of chance (Wald and Wolfowitz, over all samples)."""
    for share in {share for share, _ in samples}:
        drawn = [is_canary for of, sample in samples if of == share for is_canary in sample]
        assert binomial_p_value(sum(drawn), len(drawn), share / 100) > UNLIKELY, (share, sum(drawn), len(drawn))
    z = sum(runs_z(sample) for _, sample in samples) / len(samples) ** 0.5
    assert abs(z) < UNLIKELY_Z, z


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("count", CYCLES)
def test_cycles_under_load_lose_no_request_and_keep_to_the_share(
    tmp_path: Path, synthesizer: Synthesizer, count: int
) -> None:
    made = Rollout(tmp_path, synthesizer, "smoke: []\n        throttle: {rate: 10000, burst: 5000}")
    made.start()
    made.gateway.clock.resume()
    cycles = Cycles(made)
    try:
        for number in range(count):
            cycles.run(SHARES[number % len(SHARES)])
    finally:
        made.stop()
    told = {
        share: sum(sum(sample) for of, sample in cycles.samples if of == share)
        / sum(len(sample) for of, sample in cycles.samples if of == share)
        for share, _ in cycles.samples
    }
    print(
        f"{count} cycles, {cycles.requests} requests, failed {dict(cycles.failed)}, moves {dict(cycles.moves)}, {told}"
    )

    assert cycles.failed == Counter()
    assert cycles.moves == {"promote": count, "rollback": count}
    assert cycles.requests >= count * REQUESTS_PER_CYCLE
    check_chance(cycles.samples)


@pytest.mark.parametrize("share", SHARES)
def test_a_round_robin_would_be_noticed(share: float) -> None:
    every = round(100 / share)
    with pytest.raises(AssertionError):
        check_chance([(share, [number % every == 0 for number in range(SAMPLE)])] * 6)


@pytest.mark.parametrize("share", SHARES)
def test_a_share_that_is_off_by_a_fifth_would_be_noticed(share: float) -> None:
    draws = random.Random(SEED)
    with pytest.raises(AssertionError):
        check_chance([(share, [draws.random() < 1.2 * share / 100 for _ in range(8_000)])])


@pytest.mark.parametrize("share", SHARES)
def test_chance_itself_passes(share: float) -> None:
    draws = random.Random(SEED)
    check_chance([(share, [draws.random() < share / 100 for _ in range(SAMPLE)]) for _ in range(20)])
