"""Real HTTP load at a steady rate, and who answered it: every answer is matched with the gateway's own access log."""

import http.client
import itertools
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from tests.e2e.gateway import Client

CLIENTS = 6
USERS = ("ada", "grace", "linus")
BEHIND_SECONDS = 0.2  # a client that is later than that does not catch up


@dataclass(frozen=True, slots=True)
class Answered:
    """One request. `at` is seconds since the load began; status 0 is no answer at all."""

    at: float
    request_id: str
    status: int
    is_degraded: bool


class Load:
    """Clients that each keep a connection and ask for the café page, while it is entered."""

    def __init__(self, url: str, headers: Mapping[str, str], rate: int) -> None:
        self.url, self.headers, self.rate = url, headers, rate
        self.answers: list[Answered] = []
        self.began = time.monotonic()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(CLIENTS)]

    def __enter__(self) -> Self:
        self.began = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """No more requests; those under way are waited for."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def seconds(self) -> float:
        """Since the load began."""
        return time.monotonic() - self.began

    def _run(self, number: int) -> None:
        every = CLIENTS / self.rate
        due = self.began + every * number / CLIENTS
        client = Client(self.url)
        for user in itertools.cycle(USERS[number % 3 :] + USERS[: number % 3]):
            if self._stop.wait(max(0.0, due - time.monotonic())):
                break
            answered = self._ask(client, user)
            if not answered.status:
                client.close()
            self.answers.append(answered)
            due = max(due + every, time.monotonic() - BEHIND_SECONDS)
        client.close()

    def _ask(self, client: Client, user: str) -> Answered:
        try:
            answer = client.request(f"/portal/cafes/{user}", headers=self.headers)
        except (OSError, http.client.HTTPException):
            return Answered(self.seconds, "", 0, is_degraded=False)
        headers = answer.headers
        return Answered(
            self.seconds, headers.get("x-amzn-requestid", ""), answer.status, "x-headgate-degraded" in headers
        )


@dataclass
class Count:
    """One release's answers. `degraded` ones are 200 without the part that is missing."""

    requests: int = 0
    failed: int = 0
    degraded: int = 0

    @property
    def share(self) -> float:
        return self.failed / self.requests if self.requests else 0.0


@dataclass
class Column:
    """One second: answers and failures by side."""

    requests: dict[str, int] = field(default_factory=lambda: {"stable": 0, "canary": 0})
    failed: dict[str, int] = field(default_factory=lambda: {"stable": 0, "canary": 0})


class Book:
    """Which release gave which answer. `lost` are failures that no record explains: they count against the stable release."""

    def __init__(self, answers: list[Answered]) -> None:
        self._answers = answers
        self._lock = threading.Lock()
        self._sides: dict[str, str] = {}
        self._waiting: list[Answered] = []
        self._taken = 0
        self.counts = {"stable": Count(), "canary": Count()}
        self.columns: list[Column] = []
        self.failures: list[Answered] = []

    @property
    def lost(self) -> int:
        """Failures whose request is in no access log."""
        return sum(1 for answered in self._waiting if answered.status != 200)

    @property
    def waiting(self) -> int:
        """Answers whose record has not come yet."""
        return len(self._waiting)

    def refresh(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Take what is new, with these access-log records."""
        with self._lock:
            self._refresh(records)

    def _refresh(self, records: Iterable[Mapping[str, Any]]) -> None:
        fresh = self._answers[self._taken :]
        self._taken += len(fresh)
        for record in records:
            self._sides[record["requestId"]] = "canary" if record["isCanaryRequest"] == "true" else "stable"
        unknown: list[Answered] = []
        for answered in self._waiting + fresh:
            side = self._sides.get(answered.request_id)
            if side is None:
                unknown.append(answered)
            else:
                self._enter(answered, side)
        self._waiting = unknown

    def _enter(self, answered: Answered, side: str) -> None:
        count, is_failed = self.counts[side], answered.status != 200
        count.requests += 1
        count.failed += is_failed
        count.degraded += answered.is_degraded and not is_failed
        while len(self.columns) <= int(answered.at):
            self.columns.append(Column())
        column = self.columns[int(answered.at)]
        column.requests[side] += 1
        column.failed[side] += is_failed
        if is_failed and side == "canary":
            self.failures.append(answered)
