"""Asynchronous invocations: retried on the cloud's clock, then handed to the function's destination or dead-letter queue.

Lambda tries a function that failed twice more, after one minute and after two, and a throttled one for up to six hours with
growing pauses of a second to five minutes.
"""

import json
import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

from ..clock import Clock
from ..records import Invocation, TooManyInvocationsError

log = logging.getLogger(__name__)

RETRY_SECONDS = (60.0, 120.0)
THROTTLED_SECONDS = 1.0
THROTTLED_MOST_SECONDS = 300.0
MAX_AGE_SECONDS = 6 * 3600.0
UNQUALIFIED_COLONS = 6  # arn:aws:lambda:REGION:ACCOUNT:function:NAME
_STARTED = re.compile(r"START RequestId: (\S+) Version: (\S+)")


class Submit(Protocol):
    """The worker pool's `submit`."""

    def __call__(self, function_arn: str, payload: bytes, trace_id: str | None = None) -> "Future[Invocation]": ...


@dataclass(frozen=True, slots=True)
class Settings:
    """A function's EventInvokeConfig and dead-letter queue; empty ARNs are none."""

    retries: int = len(RETRY_SECONDS)
    max_age_seconds: float = MAX_AGE_SECONDS
    on_success: str = ""
    on_failure: str = ""
    dead_letter: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """An event on its way. `failed` counts the function's failures, `throttled` the refusals in a row."""

    arn: str
    payload: bytes
    trace_id: str | None
    accepted: float
    failed: int = 0
    throttled: int = 0


class AsyncInvocations:
    """Takes events and does not wait. Thread-safe."""

    def __init__(
        self,
        submit: Submit,
        clock: Clock,
        settings_of: Callable[[str], Settings],
        deliver: Callable[[str, str], None],
    ) -> None:
        self._submit = submit
        self._clock = clock
        self._settings_of = settings_of
        self._deliver = deliver

    def send(self, arn: str, payload: bytes, trace_id: str | None = None) -> None:
        """Accept an event."""
        self._try(Event(arn, payload, trace_id, self._clock.now()))

    def _try(self, event: Event) -> None:
        self._clock.begin_work()
        future = self._submit(event.arn, event.payload, event.trace_id)
        future.add_done_callback(lambda done: self._ended(event, done))

    def _ended(self, event: Event, future: "Future[Invocation]") -> None:
        """Runs on the pool's event loop: only decides, and leaves what may block to a thread."""
        try:
            problem = future.exception()
            settings = self._settings_of(event.arn)
            if isinstance(problem, TooManyInvocationsError):
                pause = min(THROTTLED_SECONDS * 2**event.throttled, THROTTLED_MOST_SECONDS)
                self._again(replace(event, throttled=event.throttled + 1), settings, pause, None)
            elif problem is not None:
                log.warning("invocation.failed %s: %s", event.arn, problem)
            elif future.result().function_error:
                self._failed(event, settings, future.result())
            elif settings.on_success:
                self._hand_over(settings.on_success, _record(event, "Success", future.result(), self._clock.now()))
        finally:
            self._clock.end_work()

    def _failed(self, event: Event, settings: Settings, result: Invocation) -> None:
        if event.failed >= settings.retries:
            self._give_up(event, settings, "RetriesExhausted", result)
            return
        self._again(replace(event, failed=event.failed + 1, throttled=0), settings, RETRY_SECONDS[event.failed], result)

    def _again(self, event: Event, settings: Settings, seconds: float, result: Invocation | None) -> None:
        if self._clock.now() + seconds - event.accepted > settings.max_age_seconds:
            self._give_up(event, settings, "EventAgeExceeded", result)
            return
        self._clock.call_later(seconds, lambda: self._try(event))

    def _give_up(self, event: Event, settings: Settings, condition: str, result: Invocation | None) -> None:
        if settings.on_failure:
            self._hand_over(settings.on_failure, _record(event, condition, result, self._clock.now()))
        if settings.dead_letter:
            self._hand_over(settings.dead_letter, event.payload.decode())

    def _hand_over(self, arn: str, text: str) -> None:
        self._clock.begin_work()

        def run() -> None:
            with self._clock.adopted_work():
                self._deliver(arn, text)

        threading.Thread(target=run, name="headgate-destination", daemon=True).start()


def _record(event: Event, condition: str, result: Invocation | None, now: float) -> str:
    """What a destination gets."""
    started = _STARTED.search("\n".join(result.log)) if result is not None else None
    request_id, version = started.groups() if started else (str(uuid4()), "$LATEST")
    qualified = event.arn if event.arn.count(":") > UNQUALIFIED_COLONS else f"{event.arn}:$LATEST"
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%S.000Z}",
        "requestContext": {
            "requestId": request_id,
            "functionArn": qualified,
            "condition": condition,
            "approximateInvokeCount": event.failed + 1,
        },
        "requestPayload": json.loads(event.payload or b"{}"),
    }
    if result is not None:
        error = {"functionError": result.function_error} if result.function_error else {}
        record["responseContext"] = {"statusCode": 200, "executedVersion": version, **error}
        record["responsePayload"] = json.loads(result.payload or b"null")
    return json.dumps(record)
