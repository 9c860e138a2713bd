"""The judge: is the canary worse than the stable release, over the same minutes? Pure.

A request is sent to the canary by chance, whatever the request is. If both releases behave alike, then the bad answers of a
minute fall upon the canary's requests as if drawn by lot: an upstream that is down for everybody, a burst of bad clients or a
busy hour says nothing against the canary. So each minute is a bet that canary requests fail `ratio` times as often, paid at
fair odds: with `c` of the minute's `k` bad answers on the canary's `n` of `n + m` requests the stake is multiplied by

    ratio ** c  /  ((ratio * n + m) / (n + m)) ** k

whose mean is at most 1 while both behave alike (sampling without replacement varies less than with it: Hoeffding 1963, theorem 4).
The money won over all minutes, averaged over several ratios and over the signals, is `evidence`; a gambler with fair odds
multiplies the stake by 1/a with a chance of at most `a`, however often one looks (Ville 1939). `bad` at `1 / false_alarm` therefore
rolls back a canary that is no worse in at most that share of all rollouts, with any interval and any number of looks.

`good` asks for more than the absence of evidence: enough requests, and an upper bound of the difference below the margin of
every signal. Everything else is `inconclusive`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import exp, inf, log, sqrt
from statistics import NormalDist

# How many times as often the canary might fail; a bet on each.
RATIOS = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)


class Verdict(StrEnum):
    """What the judge says; `inconclusive` is neither."""

    GOOD = "good"
    BAD = "bad"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Counts:
    """One side of one minute: requests, and how many of them were bad by each signal."""

    requests: int
    bad: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Minute:
    """Canary and stable over the same time."""

    canary: Counts
    stable: Counts


@dataclass(frozen=True, slots=True)
class Signal:
    """A kind of bad answer: 5xx, 4xx, authorizer failures, slower than a bound.

    `floor` and `margin` are differences of shares, canary less stable: below the floor a difference is too small to roll back
    for, however certain; above the margin it is too large to promote.
    """

    name: str
    floor: float = 0.005
    margin: float = 0.01


@dataclass(frozen=True, slots=True)
class Criteria:
    """What the judge goes by. `false_alarm` is the chance per rollout of calling a harmless canary bad, `doubt` that of calling
    one good that is worse by more than a margin (per look).
    """

    signals: tuple[Signal, ...]
    minimum_requests: int = 500
    false_alarm: float = 0.01
    doubt: float = 0.05


@dataclass(frozen=True, slots=True)
class Finding:
    """What one signal shows: shares of bad answers, evidence against the canary, and the most the difference may be."""

    signal: str
    canary_share: float
    stable_share: float
    evidence: float
    worst_difference: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict with its reasons."""

    verdict: Verdict
    reason: str
    canary_requests: int
    stable_requests: int
    evidence: float
    findings: tuple[Finding, ...]


def judge(minutes: Sequence[Minute], criteria: Criteria) -> Judgement:
    """The verdict over all minutes since the candidate entered; minutes without requests on either side say nothing."""
    findings = tuple(_find(signal, minutes, criteria) for signal in criteria.signals)
    canary = sum(minute.canary.requests for minute in minutes)
    stable = sum(minute.stable.requests for minute in minutes)
    evidence = sum(finding.evidence for finding in findings) / max(1, len(findings))
    verdict, reason = _decide(findings, evidence, canary, stable, criteria)
    return Judgement(verdict, reason, canary, stable, evidence, findings)


def _decide(
    findings: tuple[Finding, ...], evidence: float, canary: int, stable: int, criteria: Criteria
) -> tuple[Verdict, str]:
    limits = {signal.name: signal for signal in criteria.signals}
    worst = max(findings, key=lambda finding: finding.evidence, default=None)
    if worst is None:
        return Verdict.INCONCLUSIVE, "no signal is judged"
    difference = worst.canary_share - worst.stable_share
    if evidence >= 1 / criteria.false_alarm and difference >= limits[worst.signal].floor:
        shares = f"{worst.canary_share:.2%} of the canary's requests against {worst.stable_share:.2%}"
        return Verdict.BAD, f"{worst.signal}: {shares} of the stable release's"
    if canary < criteria.minimum_requests:
        return Verdict.INCONCLUSIVE, f"the canary had {canary} of the {criteria.minimum_requests} requests it takes"
    if not stable:
        return Verdict.INCONCLUSIVE, "the stable release had no requests to compare with"
    doubtful = [finding for finding in findings if finding.worst_difference > limits[finding.signal].margin]
    if doubtful:
        first = doubtful[0]
        margin = limits[first.signal].margin
        return (
            Verdict.INCONCLUSIVE,
            f"{first.signal}: may be worse by {first.worst_difference:.2%}, wanted {margin:.2%}",
        )
    return Verdict.GOOD, "no signal is worse by more than its margin"


def _find(signal: Signal, minutes: Sequence[Minute], criteria: Criteria) -> Finding:
    canary, stable = _total(signal, (m.canary for m in minutes)), _total(signal, (m.stable for m in minutes))
    return Finding(
        signal.name,
        _share(*canary),
        _share(*stable),
        evidence(signal.name, minutes),
        _worst_difference(canary, stable, 1 - criteria.doubt),
    )


def evidence(signal: str, minutes: Sequence[Minute]) -> float:
    """The stake after all bets, starting from 1."""
    stakes = [sum(_log_return(signal, minute, ratio) for minute in minutes) for ratio in RATIOS]
    return sum(_exp(stake) for stake in stakes) / len(stakes)


def _log_return(signal: str, minute: Minute, ratio: float) -> float:
    canary, stable = minute.canary, minute.stable
    if not canary.requests or not stable.requests:
        return 0.0
    bad_canary = canary.bad.get(signal, 0)
    bad = bad_canary + stable.bad.get(signal, 0)
    fair = (ratio * canary.requests + stable.requests) / (canary.requests + stable.requests)
    return bad_canary * log(ratio) - bad * log(fair)


def _exp(value: float) -> float:
    return exp(value) if value < 700 else inf


def _total(signal: Signal, side: Iterable[Counts]) -> tuple[int, int]:
    bad = requests = 0
    for counts in side:
        bad += counts.bad.get(signal.name, 0)
        requests += counts.requests
    return bad, requests


def _share(bad: int, requests: int) -> float:
    return bad / requests if requests else 0.0


def _worst_difference(canary: tuple[int, int], stable: tuple[int, int], confidence: float) -> float:
    """Upper bound of canary less stable (Newcombe 1998, method 10: square-and-add of Wilson's bounds), 1 without requests."""
    if not canary[1] or not stable[1]:
        return 1.0
    upper = _wilson(*canary, confidence)[1]
    lower = _wilson(*stable, confidence)[0]
    own, other = _share(*canary), _share(*stable)
    return own - other + sqrt((upper - own) ** 2 + (other - lower) ** 2)


def _wilson(bad: int, requests: int, confidence: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf(confidence)
    share = bad / requests
    centre = share + z * z / (2 * requests)
    spread = z * sqrt(share * (1 - share) / requests + z * z / (4 * requests * requests))
    scale = 1 + z * z / requests
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
