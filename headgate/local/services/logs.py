"""CloudWatch Logs: lines of functions and stages go into moto in batches, and are there when somebody reads.

A line costs the data plane one append. A thread moves the lines into moto five times a second, and every read of the Logs
API moves what is left first. The newest events of each stream are kept, so that a load test does not fill the memory.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from moto.logs.models import LogGroup, LogsBackend, logs_backends

FLUSH_SECONDS = 0.2
# CloudWatch returns at most 10,000 events per call: a reader sees a whole page, and 20 MB per busy stream is bearable.
EVENTS_PER_STREAM = 10_000
PENDING_LINES = 200_000


class Place(NamedTuple):
    """Where an event belongs."""

    account_id: str
    region: str
    group: str
    stream: str


class Line(NamedTuple):
    """One event. Lines of a group that does not exist are dropped unless `makes_group`."""

    place: Place
    epoch_millis: int
    text: str
    makes_group: bool = False
    is_several: bool = False  # each line of the text is an event


class LogWriter:
    """The queue in front of moto's log groups. `write` may be called from any thread."""

    def __init__(self) -> None:
        self._pending: deque[Line] = deque(maxlen=PENDING_LINES)
        self._flushing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def write(self, line: Line) -> None:
        """Queue a line."""
        self._pending.append(line)

    def start(self) -> None:
        """Start the thread that empties the queue."""
        self._thread = threading.Thread(target=self._run, name="headgate-logs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Empty the queue and end the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def flush(self) -> None:
        """Move what was written before this call into moto."""
        with self._flushing:
            by_stream: dict[Place, list[Line]] = defaultdict(list)
            for _ in range(len(self._pending)):
                line = self._pending.popleft()
                by_stream[line.place].append(line)
            for place, lines in by_stream.items():
                _append(place, lines[-EVENTS_PER_STREAM:])

    def _run(self) -> None:
        while not self._stop.wait(FLUSH_SECONDS):
            self.flush()


class LocalLogs(LogsBackend):
    """moto's Logs, flushed before every read."""

    __module__ = "moto.logs.models"  # moto finds a backend's URLs by its module's name
    flush: ClassVar[Callable[[], None]]

    def get_log_events(self, *arguments: Any, **named: Any) -> Any:
        """GetLogEvents."""
        type(self).flush()
        return super().get_log_events(*arguments, **named)

    def filter_log_events(self, *arguments: Any, **named: Any) -> Any:
        """FilterLogEvents."""
        type(self).flush()
        return super().filter_log_events(*arguments, **named)

    def describe_log_streams(self, *arguments: Any, **named: Any) -> Any:
        """DescribeLogStreams."""
        type(self).flush()
        return super().describe_log_streams(*arguments, **named)

    def describe_log_groups(self, *arguments: Any, **named: Any) -> Any:
        """DescribeLogGroups."""
        type(self).flush()
        return super().describe_log_groups(*arguments, **named)


def install(writer: LogWriter) -> Callable[[], None]:
    """Put our Logs in the place of moto's; returns what takes it out again."""
    LocalLogs.flush = staticmethod(writer.flush)
    previous = logs_backends.backend
    logs_backends.backend = LocalLogs

    def uninstall() -> None:
        logs_backends.backend = previous

    return uninstall


def _append(place: Place, lines: list[Line]) -> None:
    """Write straight to the stream: PutLogEvents would refuse events of a clock that tests have moved."""
    backend = logs_backends[place.account_id][place.region]
    group = backend.groups.get(place.group)
    if group is None:
        if not lines[0].makes_group:
            return
        group = backend.groups[place.group] = LogGroup(  # type: ignore[abstract]
            place.account_id, place.region, place.group
        )
    if place.stream not in group.streams:
        group.create_log_stream(place.stream)
    stream = group.streams[place.stream]
    stream.put_log_events(
        [
            {"timestamp": line.epoch_millis, "message": text}
            for line in sorted(lines, key=lambda line: line.epoch_millis)
            for text in (line.text.split("\n") if line.is_several else (line.text,))
        ]
    )
    del stream.events[:-EVENTS_PER_STREAM]
