"""Requests to the hidden preview stage, before a release gets any traffic. A check that fails fails the deploy.

The preview stage is an ordinary stage of the same APIs that CloudFormation points at the new deployment; clients are not told its
name.
"""

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# A first request meets cold functions; three checks must fail within the stage's lease.
TIMEOUT_SECONDS = 10
ATTEMPTS = 3
PAUSE_SECONDS = 2.0

# URL -> status, 0 when nothing answers
Fetch = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Check:
    """A URL of the preview stage and the status it must answer with."""

    url: str
    status: int


def failures(checks: Sequence[Check], fetch: Fetch, sleep: Callable[[float], None]) -> list[str]:
    """What is wrong, a sentence per failed check. Each has a few attempts: a stage just moved may still answer as before."""
    return [said for check in checks if (said := _try(check, fetch, sleep))]


def fetch(url: str) -> int:
    """The status of a GET without credentials."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - made by our template
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (OSError, http.client.HTTPException):
        return 0


def _try(check: Check, fetch: Fetch, sleep: Callable[[float], None]) -> str:
    for attempt in range(ATTEMPTS):
        if attempt:
            sleep(PAUSE_SECONDS)
        status = fetch(check.url)
        if status == check.status:
            return ""
    answered = f"answered {status}" if status else "did not answer"
    return f"GET {check.url} {answered}, wanted {check.status}"
