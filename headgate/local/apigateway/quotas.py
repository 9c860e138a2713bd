"""Control-plane quotas on the rate of calls (FACTS 10.4, LIFECYCLE F15); a switch, off by default. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from .errors import TooManyRequestsError


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: one more call every `seconds`, at most `burst` at once."""

    seconds: float
    burst: int = 1


# All calls of an account in a Region together: 10 a second, 40 at once.
OVERALL = "*"
RATES: Mapping[str, Rate] = {
    OVERALL: Rate(0.1, 40),
    "CreateDeployment": Rate(5.0),
    "PutRestApi": Rate(1.0),
    "DeleteRestApi": Rate(30.0),
    "CreateResource": Rate(0.2),
    "UpdateUsagePlan": Rate(20.0),
    "UpdateAccount": Rate(20.0),
}


def spend(full_at: dict[str, float], operation: str, now: float) -> None:
    """Count a call, or refuse it with TooManyRequestsException.

    `full_at` holds, for each bucket, the moment (seconds since the epoch) at which it is full again. A refused call
    spends nothing.
    """
    buckets = [name for name in (OVERALL, operation) if name in RATES]
    filled = {name: max(full_at.get(name, 0.0), now) + RATES[name].seconds for name in buckets}
    for name, moment in filled.items():
        # The small tolerance keeps sums of tenths from refusing the last call of a burst.
        if moment - now > RATES[name].seconds * RATES[name].burst + 1e-9:
            raise TooManyRequestsError("Too Many Requests")
    full_at.update(filled)
