"""Simulated traffic: minutes of requests on canary and stable, with the bad answers each scenario is about. Seeded."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log, sqrt
from random import Random

from functions.release.judge import Counts, Minute

MINUTES = 30


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of rollout. Shares of bad answers by signal; `spell` multiplies both sides' shares in some minutes."""

    name: str
    is_bad: bool
    stable: dict[str, float]
    canary: dict[str, float]
    per_second: float = 50.0
    percent: float = 10.0
    spell: Callable[[Random], list[float]] = lambda _random: [1.0] * MINUTES


def outage(random: Random) -> list[float]:
    """Three minutes, somewhere, in which an upstream that both need is down."""
    start = random.randrange(MINUTES - 3)
    return [300.0 if start <= minute < start + 3 else 1.0 for minute in range(MINUTES)]


def weather(random: Random) -> list[float]:
    """Shares that change from minute to minute by a factor of about three, for both sides alike."""
    return [exp(random.gauss(0, log(3))) for _ in range(MINUTES)]


QUIET = {"5xx": 0.001, "slow": 0.003}

SCENARIOS = (
    Scenario("healthy", False, QUIET, QUIET),
    Scenario("healthy, 1.5 % errors on both", False, {"5xx": 0.015, "slow": 0.003}, {"5xx": 0.015, "slow": 0.003}),
    Scenario("healthy, outage of a shared upstream", False, QUIET, QUIET, spell=outage),
    Scenario(
        "healthy, changeable errors", False, {"5xx": 0.006, "slow": 0.006}, {"5xx": 0.006, "slow": 0.006}, spell=weather
    ),
    Scenario("healthy, one request a second", False, QUIET, QUIET, per_second=1.0),
    Scenario("broken: 60 % errors", True, QUIET, {**QUIET, "5xx": 0.6}),
    Scenario("bad: 5 % errors", True, QUIET, {**QUIET, "5xx": 0.05}),
    Scenario("worse: 1 % errors", True, QUIET, {**QUIET, "5xx": 0.01}),
    Scenario("slower: 3 % over the bound", True, QUIET, {**QUIET, "slow": 0.03}),
    Scenario("bad: 5 % errors, one request a second", True, QUIET, {**QUIET, "5xx": 0.05}, per_second=1.0),
    Scenario("no traffic on the canary", True, QUIET, QUIET, percent=0.0),
)


def stream(scenario: Scenario, random: Random) -> list[Minute]:
    """One rollout's minutes."""
    return [_minute(scenario, random, factor) for factor in scenario.spell(random)]


def _minute(scenario: Scenario, random: Random, factor: float) -> Minute:
    requests = _poisson(random, scenario.per_second * 60)
    chosen = binomial(random, requests, scenario.percent / 100)
    return Minute(
        canary=_side(random, chosen, scenario.canary, factor),
        stable=_side(random, requests - chosen, scenario.stable, factor),
    )


def _side(random: Random, requests: int, shares: dict[str, float], factor: float) -> Counts:
    bad = {signal: binomial(random, requests, min(0.9, share * factor)) for signal, share in shares.items()}
    return Counts(requests, bad)


def binomial(random: Random, trials: int, share: float) -> int:
    """A binomial draw: geometric gaps while few are expected, a rounded normal beyond."""
    if trials <= 0 or share <= 0:
        return 0
    if trials * share * (1 - share) > 100:
        drawn = random.gauss(trials * share, sqrt(trials * share * (1 - share)))
        return min(trials, max(0, round(drawn)))
    found, position = 0, 0
    step = log(1 - share)
    while True:
        position += int(log(1 - random.random()) / step) + 1
        if position > trials:
            return found
        found += 1


def _poisson(random: Random, mean: float) -> int:
    if mean > 100:
        return max(0, round(random.gauss(mean, sqrt(mean))))
    limit, product, drawn = exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        drawn += 1
    return drawn
