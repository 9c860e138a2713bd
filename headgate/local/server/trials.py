"""Test invocations from the control plane's threads, run on the event loop."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from ..dataplane.trial import Trier
from ..trials import AuthorizerResult, AuthorizerTrial, MethodResult, MethodTrial

T = TypeVar("T")
LONGEST_SECONDS = 60.0  # an integration and an authorizer end after 29 each


class LoopTrials:
    """`Trials` of a running cloud."""

    def __init__(self, trier: Trier, loop: asyncio.AbstractEventLoop) -> None:
        self._trier = trier
        self._loop = loop

    def method(self, trial: MethodTrial) -> MethodResult:
        """Waits for the answer."""
        return self._wait(self._trier.method(trial))

    def authorizer(self, trial: AuthorizerTrial) -> AuthorizerResult:
        """Waits for the answer."""
        return self._wait(self._trier.authorizer(trial))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(LONGEST_SECONDS)
