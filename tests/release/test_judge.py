"""The judge: worse canaries are found, harmless ones are left alone, and too little traffic says nothing."""

from random import Random

import pytest

from benchmarks.judging.rules import RULES
from benchmarks.judging.streams import SCENARIOS, Scenario, binomial, stream
from functions.release.judge import Counts, Criteria, Minute, Signal, Verdict, evidence, judge

ERRORS = Criteria(signals=(Signal("5xx"),))


def minutes(number: int, canary: tuple[int, int], stable: tuple[int, int]) -> list[Minute]:
    """The same minute several times: (requests, bad) of each side."""
    one = Minute(Counts(canary[0], {"5xx": canary[1]}), Counts(stable[0], {"5xx": stable[1]}))
    return [one] * number


@pytest.mark.parametrize(
    ("seen", "verdict", "says"),
    [
        (minutes(3, (300, 0), (2700, 0)), Verdict.GOOD, "no signal is worse"),
        (minutes(1, (300, 0), (2700, 0)), Verdict.INCONCLUSIVE, "300 of the 500 requests"),
        (minutes(3, (300, 15), (2700, 3)), Verdict.BAD, "5.00% of the canary's requests against 0.11%"),
        (minutes(3, (300, 4), (2700, 27)), Verdict.INCONCLUSIVE, "may be worse by"),
        (minutes(9, (0, 0), (2700, 3)), Verdict.INCONCLUSIVE, "0 of the 500 requests"),
        (minutes(9, (300, 300), (0, 0)), Verdict.INCONCLUSIVE, "the stable release had no requests"),
        ([], Verdict.INCONCLUSIVE, "0 of the 500 requests"),
        (minutes(3, (300, 30), (2700, 400)), Verdict.GOOD, "no signal is worse"),
    ],
    ids=["same", "too few", "worse", "doubtful", "no canary traffic", "no stable traffic", "nothing", "better"],
)
def test_says_what_it_sees(seen: list[Minute], verdict: Verdict, says: str) -> None:
    judgement = judge(seen, ERRORS)

    assert judgement.verdict is verdict
    assert says in judgement.reason


def test_a_certain_but_tiny_difference_is_no_reason_to_roll_back() -> None:
    seen = minutes(500, (30_000, 45), (30_000, 15))

    judgement = judge(seen, ERRORS)

    assert judgement.evidence > 1e6
    assert judgement.verdict is Verdict.GOOD


def test_an_outage_of_both_is_no_evidence_against_the_canary() -> None:
    assert evidence("5xx", minutes(30, (300, 240), (2700, 2160))) < 1


def test_one_signal_among_several_is_enough() -> None:
    criteria = Criteria(signals=tuple(Signal(name) for name in ("4xx", "auth", "slow", "5xx")))

    judgement = judge(minutes(3, (300, 15), (2700, 3)), criteria)

    assert judgement.verdict is Verdict.BAD
    assert judgement.reason.startswith("5xx")


def test_without_signals_nothing_is_good() -> None:
    assert judge(minutes(9, (300, 0), (2700, 0)), Criteria(signals=())).verdict is Verdict.INCONCLUSIVE


def test_false_alarms_stay_below_the_stated_rate_however_often_one_looks() -> None:
    """The worst case for the bound: no floor, an even split, a look every minute of a hundred."""
    random, alarms, rollouts = Random(20261121), 0, 400
    criteria = Criteria(signals=(Signal("5xx", floor=-1.0),), false_alarm=0.05)
    for _ in range(rollouts):
        share, seen = random.choice([0.005, 0.05, 0.4]), []
        for _ in range(100):
            canary, stable = binomial(random, 60, share), binomial(random, 60, share)
            seen.append(Minute(Counts(60, {"5xx": canary}), Counts(60, {"5xx": stable})))
        alarms += max(evidence("5xx", seen[: n + 1]) for n in range(0, 100, 5)) >= 1 / criteria.false_alarm
    assert alarms <= rollouts * criteria.false_alarm


def _scenario(name: str) -> Scenario:
    return next(scenario for scenario in SCENARIOS if scenario.name.startswith(name))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_rollouts_end_as_they_should(scenario: Scenario) -> None:
    """A short slice of `python -m benchmarks.judging`."""
    outcomes = [RULES["headgate"](stream(scenario, Random(f"slice/{scenario.name}/{n}"))).outcome for n in range(20)]

    wrong = "promoted" if scenario.is_bad else "rolled-back"
    assert wrong not in outcomes


def test_a_bad_canary_is_found_in_minutes() -> None:
    found = [RULES["headgate"](stream(_scenario("bad: 5 % errors"), Random(f"bad/{n}"))).minute for n in range(20)]

    assert all(minute is not None and minute <= 3 for minute in found)
