"""Access-log lines on their way: to CloudWatch Logs, to the ring that `headgate why` reads, and to a terminal."""

import hashlib
from collections import deque
from collections.abc import Callable

from ..services.logs import Line, LogWriter, Place

Write = Callable[[Line], None]


class AccessLogs:
    """The data plane's sink. A canary's lines go to `<group>/Canary` as well, where a stack has made that group.

    The group must exist, as on AWS: a line for one that does not is in the ring only.
    """

    def __init__(self, writer: LogWriter, ring: deque[str], output: Callable[[str], None]) -> None:
        self._write = writer.write
        self._ring = ring
        self._output = output
        self._places: dict[tuple[str, str], Place | None] = {}

    def __call__(self, destination: str, stage: str, epoch_millis: int, line: str, is_canary: bool) -> None:
        """`Sink` of `headgate.local.dataplane`."""
        self._ring.append(line)
        self._output(line)
        key = (destination, stage)
        if key not in self._places:
            self._places[key] = _place(destination, stage)
        place = self._places[key]
        if place is None:
            return
        self._write(Line(place, epoch_millis, line))
        if is_canary:
            self._write(Line(place._replace(group=f"{place.group}/Canary"), epoch_millis, line))


def _place(destination: str, stage: str) -> Place | None:
    """The stream of `arn:aws:logs:REGION:ACCOUNT:log-group:NAME[:*]`; API Gateway names streams by a digest per stage."""
    parts = destination.split(":")
    if len(parts) < 7 or parts[2] != "logs" or parts[5] != "log-group":
        return None
    stream = hashlib.md5(stage.encode(), usedforsecurity=False).hexdigest()
    return Place(parts[4], parts[3], parts[6], stream)
