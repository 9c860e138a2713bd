"""Where custom resources answer: one token per request, one answer per token, and a waiter for it.

A function PUTs its answer to `{base}/_headgate/cfn-response/{token}`; the server hands the body to `deliver`. When the function
itself dies, whoever ran it calls `invocation_failed`, so that nobody waits for the timeout.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

PATH = "/_headgate/cfn-response/"
# AWS refuses longer answers with "Response object is too long."
MAX_RESPONSE_BYTES = 4096


@dataclass
class _Slot:
    """One awaited answer."""

    arrived: Event = field(default_factory=Event)
    answer: Mapping[str, Any] | None = None


class ResponseInbox:
    """Thread-safe. `base_url` is where this process can be reached, such as `http://localhost:4566`."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._slots: dict[str, _Slot] = {}
        self._lock = Lock()

    def open(self, token: str) -> str:
        """The URL for one answer; `wait` closes it."""
        with self._lock:
            self._slots[token] = _Slot()
        return f"{self.base_url}{PATH}{token}"

    def deliver(self, token: str, body: bytes) -> bool:
        """Takes an answer; False when nobody waits for this token (late, twice, or made up)."""
        if len(body) > MAX_RESPONSE_BYTES:
            return self._settle(token, _failure("Response object is too long."))
        try:
            answer = json.loads(body)
        except ValueError as error:
            return self._settle(token, _failure(f"Invalid JSON in the response: {error}"))
        if not isinstance(answer, dict):
            return self._settle(token, _failure("Invalid response: it must be a JSON object with a Status"))
        return self._settle(token, answer)

    def invocation_failed(self, payload: bytes, error: str) -> bool:
        """Fails whoever waits for the answer of this asynchronous invocation; False when the payload asks for none."""
        try:
            url = json.loads(payload)["ResponseURL"]
        except (ValueError, KeyError, TypeError):
            return False
        return self._settle(str(url).rsplit("/", 1)[-1], _failure(f"the function failed without answering: {error}"))

    def wait(self, token: str, timeout_seconds: float) -> Mapping[str, Any] | None:
        """The answer, or None when none came in time."""
        with self._lock:
            slot = self._slots[token]
        slot.arrived.wait(timeout_seconds)
        with self._lock:
            self._slots.pop(token, None)
        return slot.answer

    def _settle(self, token: str, answer: Mapping[str, Any]) -> bool:
        with self._lock:
            slot = self._slots.get(token)
            if slot is None or slot.arrived.is_set():
                return False
            slot.answer = answer
            slot.arrived.set()
        return True


def _failure(reason: str) -> Mapping[str, Any]:
    return {"Status": "FAILED", "Reason": reason}
