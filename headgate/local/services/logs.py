"""CloudWatch Logs: lines of functions and stages go into moto in batches, and are there when somebody reads.

A line costs the data plane one append. Every call of the Logs API that could tell the difference moves the lines into moto
first; what somebody waits for (a metric filter, a subscription, metrics inside a line) a thread moves five times a second. The
newest events of each stream are kept, so that a load test does not fill the memory.
Whatever comes in, PutLogEvents too, is shown to an observer, which makes metrics of it; metric filters are the observer's.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, Self

from moto.core.utils import unix_time_millis, utcnow
from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.models import LogEvent, LogGroup, LogsBackend, LogStream, logs_backends

from . import logs_patterns

FLUSH_SECONDS = 0.2
METRICS_MARK = '"_aws"'  # of CloudWatch's embedded metric format
# CloudWatch returns at most 10,000 events per call: a reader sees a whole page, and 20 MB per busy stream is bearable.
EVENTS_PER_STREAM = 10_000
# PutRetentionPolicy's documentation.
RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)


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
    is_report: bool = False  # of Lambda itself, not of the function; each line of the text is an event


class Observer(Protocol):
    """Sees every event, and keeps the metric filters. An owner is (account, Region), an event (epoch milliseconds, text)."""

    def observe(self, owner: tuple[str, str], group: str, events: Sequence[tuple[int, str]]) -> None: ...
    def watches(self, owner: tuple[str, str], group: str) -> bool: ...
    def put(self, owner: tuple[str, str], given: Mapping[str, Any]) -> None: ...
    def filters(self, owner: tuple[str, str]) -> list[dict[str, Any]]: ...
    def delete(self, owner: tuple[str, str], group: str, name: str) -> bool: ...
    def forget_group(self, owner: tuple[str, str], group: str) -> None: ...
    def compiled(self, pattern: str) -> Callable[[str], Any]: ...


class LogWriter:
    """The queue in front of moto's log groups. `write` may be called from any thread."""

    def __init__(self) -> None:
        self.observer: Observer | None = None
        self._pending: dict[Place, deque[Line]] = {}
        self._due: set[Place] = set()  # with metrics inside a line
        self._flushing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def write(self, line: Line) -> None:
        """Queue a line."""
        place = line[0]
        pending = self._pending.get(place)
        if pending is None:
            pending = self._pending.setdefault(place, deque(maxlen=EVENTS_PER_STREAM))
        pending.append(line)
        if METRICS_MARK in line[2]:
            self._due.add(place)

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
        self._move(list(self._pending))

    def move_awaited(self) -> None:
        """Move the lines that somebody waits for: what the thread does again and again."""
        self._move([place for place in list(self._pending) if place in self._due or self._is_awaited(place)])

    def _move(self, places: Iterable[Place]) -> None:
        with self._flushing:
            for place in places:
                self._due.discard(place)
                pending = self._pending[place]
                if pending:
                    self._append(place, [pending.popleft() for _ in range(len(pending))])

    def _append(self, place: Place, lines: list[Line]) -> None:
        events = _append(place, lines)
        if events and self.observer:
            self.observer.observe((place.account_id, place.region), place.group, events)

    def _run(self) -> None:
        while not self._stop.wait(FLUSH_SECONDS):
            self.move_awaited()

    def _is_awaited(self, place: Place) -> bool:
        if self.observer is not None and self.observer.watches((place.account_id, place.region), place.group):
            return True
        group = logs_backends[place.account_id][place.region].groups.get(place.group)
        return group is not None and bool(group.subscription_filters)


class LocalLogs(LogsBackend):
    """moto's Logs, flushed before every read."""

    __module__ = "moto.logs.models"  # moto finds a backend's URLs by its module's name
    flush: ClassVar[Callable[[], None]]
    writer: ClassVar[LogWriter]

    @property
    def _observer(self) -> Observer:
        observer = type(self).writer.observer
        assert observer is not None
        return observer

    @property
    def _owner(self) -> tuple[str, str]:
        return self.account_id, self.region_name

    def put_log_events(
        self, log_group_name: str, log_stream_name: str, log_events: list[dict[str, Any]]
    ) -> tuple[str, dict[str, Any]]:
        """PutLogEvents, seen by metric filters."""
        answer: tuple[str, dict[str, Any]] = super().put_log_events(log_group_name, log_stream_name, log_events)
        self._observer.observe(
            self._owner, log_group_name, [(int(event["timestamp"]), event["message"]) for event in log_events]
        )
        return answer

    def put_metric_filter(
        self, filter_name: str, filter_pattern: str, log_group_name: str, metric_transformations: Any
    ) -> None:
        """PutMetricFilter, which overwrites one of that name."""
        type(self).flush()
        if log_group_name not in self.groups:
            raise ResourceNotFoundException("The specified log group does not exist.")
        names = ("filterName", "filterPattern", "logGroupName", "metricTransformations")
        values = (filter_name, filter_pattern, log_group_name, metric_transformations)
        try:
            self._observer.put(self._owner, dict(zip(names, values, strict=True)))
        except ValueError as problem:
            raise InvalidParameterException(str(problem)) from problem

    def describe_metric_filters(
        self,
        prefix: str | None = None,
        log_group_name: str | None = None,
        metric_name: str | None = None,
        metric_namespace: str | None = None,
    ) -> list[dict[str, Any]]:
        """DescribeMetricFilters."""
        return [
            one
            for one in self._observer.filters(self._owner)
            if one["filterName"].startswith(prefix or "")
            and log_group_name in (None, one["logGroupName"])
            and any(
                metric_name in (None, item["metricName"]) and metric_namespace in (None, item["metricNamespace"])
                for item in one["metricTransformations"]
            )
        ]

    def delete_metric_filter(self, filter_name: str | None = None, log_group_name: str | None = None) -> None:
        """DeleteMetricFilter."""
        if not self._observer.delete(self._owner, log_group_name or "", filter_name or ""):
            raise ResourceNotFoundException("The specified metric filter does not exist.")

    def put_retention_policy(self, log_group_name: str, retention_in_days: str) -> None:
        """PutRetentionPolicy, for the numbers of days that there are."""
        if log_group_name in self.groups and int(retention_in_days) not in RETENTION_DAYS:
            days = ", ".join(str(number) for number in RETENTION_DAYS)
            raise InvalidParameterException(
                constraint=f"Member must satisfy enum value set: [{days}]",
                parameter="retentionInDays",
                value=retention_in_days,
            )
        super().put_retention_policy(log_group_name, retention_in_days)

    def create_log_group(self, *arguments: Any, **named: Any) -> Any:
        """CreateLogGroup; lines from before it are lost."""
        type(self).flush()
        return super().create_log_group(*arguments, **named)

    def delete_log_stream(self, *arguments: Any, **named: Any) -> Any:
        """DeleteLogStream."""
        type(self).flush()
        return super().delete_log_stream(*arguments, **named)

    def put_subscription_filter(self, *arguments: Any, **named: Any) -> Any:
        """PutSubscriptionFilter, which sees what comes after it."""
        type(self).flush()
        return super().put_subscription_filter(*arguments, **named)

    def start_query(self, *arguments: Any, **named: Any) -> Any:
        """StartQuery."""
        type(self).flush()
        return super().start_query(*arguments, **named)

    def delete_log_group(self, log_group_name: str) -> None:
        """DeleteLogGroup, with its metric filters."""
        type(self).flush()
        super().delete_log_group(log_group_name)
        self._observer.forget_group(self._owner, log_group_name)

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
    LocalLogs.writer = writer
    previous = logs_backends.backend
    logs_backends.backend = LocalLogs

    def compiled(pattern: str) -> Callable[[str], Any]:
        assert writer.observer is not None
        return writer.observer.compiled(pattern)

    forget_patterns = logs_patterns.install(compiled)

    def uninstall() -> None:
        forget_patterns()
        logs_backends.backend = previous

    return uninstall


def _append(place: Place, lines: list[Line]) -> list[tuple[int, str]]:
    """Write straight to the stream: PutLogEvents would refuse events of a clock that tests have moved. What was written."""
    backend = logs_backends[place.account_id][place.region]
    group = backend.groups.get(place.group)
    if group is None:
        if not lines[0].makes_group:
            return []
        group = backend.groups[place.group] = LogGroup(  # type: ignore[abstract]
            place.account_id, place.region, place.group
        )
    if place.stream not in group.streams:
        group.create_log_stream(place.stream)
    stream = group.streams[place.stream]
    events = [
        (line.epoch_millis, text)
        for line in sorted(lines, key=lambda line: line.epoch_millis)
        for text in (line.text.split("\n") if line.is_report else (line.text,))
    ]
    if group.subscription_filters:
        stream.put_log_events([{"timestamp": millis, "message": text} for millis, text in events])
    else:
        _store(stream, events)
    del stream.events[:-EVENTS_PER_STREAM]
    return events


class _Event(LogEvent):
    """An event that moto does not keep a list of: each would stay in memory until moto is reset."""

    def __new__(cls, *_: Any) -> Self:
        return object.__new__(cls)

    def __init__(self, ingested_millis: int, millis: int, message: str, number: int) -> None:
        self.ingestion_time = ingested_millis
        self.timestamp = millis
        self.message = message
        self.event_id = number


def _store(stream: LogStream, events: list[tuple[int, str]]) -> None:
    """What the stream's `put_log_events` does where nobody has subscribed, in a fifth of the time."""
    stream.last_ingestion_time = utcnow()
    stream.stored_bytes += sum(len(text) for _, text in events)
    stream.upload_sequence_token += 1
    ingested, first = int(unix_time_millis(stream.last_ingestion_time)), LogEvent._event_id
    LogEvent._event_id += len(events)
    stream.events += [_Event(ingested, millis, text, first + at) for at, (millis, text) in enumerate(events)]
