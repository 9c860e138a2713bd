"""Execution-log events on their way to CloudWatch Logs, into groups that API Gateway makes itself (FACTS 5.13, 5.18)."""

import hashlib
from collections.abc import Callable

from ..dataplane.place import Side
from ..services.logs import Line, Place


class ExecutionLogs:
    """The data plane's `ExecutionSink`. A canary's events go to the stage's group and to `<group>/Canary`."""

    def __init__(self, write: Callable[[Line], None]) -> None:
        self._write = write
        self._places: dict[str, tuple[Place, ...]] = {}  # by execute-api ARN of the stage, and side

    def __call__(self, side: Side, epoch_millis: int, text: str) -> None:
        """One event."""
        key = side.arn + ("/Canary" if side.is_canary else "")
        if key not in self._places:
            self._places[key] = _places(side)
        for place in self._places[key]:
            self._write(Line(place, epoch_millis, text, makes_group=True))


def _places(side: Side) -> tuple[Place, ...]:
    """API Gateway names its streams by a digest; which one is its own affair."""
    definition = side.definition
    group = f"API-Gateway-Execution-Logs_{definition.rest_api_id}/{side.stage}"
    stream = hashlib.md5(side.arn.encode(), usedforsecurity=False).hexdigest()
    stage = Place(definition.account_id, definition.region, group, stream)
    return (stage, stage._replace(group=f"{group}/Canary")) if side.is_canary else (stage,)
