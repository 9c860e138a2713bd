"""How many retries are left: first attempts earn a tenth of one each, so that a dead upstream is not called twice as often.

The budget belongs to one execution environment and one upstream. It starts with a few, for services that are called rarely.
"""

EARNED_PER_CALL = (
    0.1  # the share Envoy and Finagle call a retry budget; 1,000 failing requests make 1,110 calls at most
)
MOST_SAVED = 10.0


class RetryBudget:
    """Retries that may still be made, per upstream."""

    def __init__(self) -> None:
        self._left: dict[str, float] = {}

    def earn(self, upstream: str) -> None:
        """Count a first attempt."""
        self._left[upstream] = min(self._left.get(upstream, MOST_SAVED) + EARNED_PER_CALL, MOST_SAVED)

    def spend(self, upstream: str) -> bool:
        """Take one retry; False when none is left."""
        left = self._left.get(upstream, MOST_SAVED)
        if left < 1:
            return False
        self._left[upstream] = left - 1
        return True
