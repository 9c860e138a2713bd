"""The clock as a value: code that asks for the time takes a `Clock`, so that a test can say what time it is."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings of time, both in seconds."""

    def now(self) -> float:
        """Seconds since 1970 (wall clock): what is stored, compared with token claims or shown."""

    def monotonic(self) -> float:
        """Seconds that never go back: what deadlines are measured with. It stands still while Lambda freezes us."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()
