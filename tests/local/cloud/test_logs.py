"""The queue in front of CloudWatch Logs."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.core.base_backend import BackendDict
from moto.logs.models import LogGroup, logs_backends

from headgate.local.server.access_logs import AccessLogs
from headgate.local.services.logs import EVENTS_PER_STREAM, Line, LogWriter, Place

PLACE = Place("123456789012", "us-east-1", "/group", "stream")


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    BackendDict.reset()


def stored(place: Place = PLACE) -> list[tuple[int, str]]:
    group = logs_backends[place.account_id][place.region].groups.get(place.group)
    return [(event.timestamp, event.message) for event in group.streams[place.stream].events] if group else []


def test_lines_are_moved_in_the_order_of_their_times() -> None:
    writer = LogWriter()
    for line in (Line(PLACE, 2, "b", True), Line(PLACE, 1, "a", True)):
        writer.write(line)

    writer.flush()

    assert stored() == [(1, "a"), (2, "b")]


def test_a_group_that_does_not_exist_is_made_only_when_asked() -> None:
    writer = LogWriter()
    writer.write(Line(PLACE, 1, "lost"))

    writer.flush()

    assert stored() == []


def test_a_record_may_be_several_events() -> None:
    writer = LogWriter()
    writer.write(Line(PLACE, 1, "END\nREPORT", True, True))
    writer.write(Line(PLACE, 1, "one\nrecord", True))

    writer.flush()

    assert stored() == [(1, "END"), (1, "REPORT"), (1, "one\nrecord")]


def test_the_newest_events_of_a_stream_are_kept() -> None:
    writer = LogWriter()
    for number in range(EVENTS_PER_STREAM + 5):
        writer.write(Line(PLACE, number, str(number), True))
        if number == 3:
            writer.flush()

    writer.flush()

    assert [stored()[0], stored()[-1], len(stored())] == [
        (5, "5"),
        (EVENTS_PER_STREAM + 4, str(EVENTS_PER_STREAM + 4)),
        EVENTS_PER_STREAM,
    ]


def test_access_logs_for_firehose_stay_in_the_ring() -> None:
    from collections import deque

    ring: deque[str] = deque()
    printed: list[str] = []
    writer = LogWriter()

    AccessLogs(writer, ring, printed.append)("arn:aws:firehose:us-east-1:1:deliverystream/x", "prod", 1, "line", False)
    writer.flush()

    assert (list(ring), printed) == (["line"], ["line"])


def test_events_that_a_stream_has_dropped_are_in_no_list_of_motos() -> None:
    writer = LogWriter()
    for number in range(100):
        writer.write(Line(PLACE, number, "line", True))
        writer.flush()

    events = logs_backends[PLACE.account_id][PLACE.region].groups[PLACE.group].streams[PLACE.stream].events
    assert len({event.event_id for event in events}) == 100
    assert not type(events[0]).instances_tracked  # type: ignore[attr-defined]


class Watcher:
    """An observer that waits for one group, and keeps what it sees."""

    def __init__(self, group: str) -> None:
        self.group = group
        self.seen: list[str] = []

    def watches(self, _owner: tuple[str, str], group: str) -> bool:
        return group == self.group

    def observe(self, _owner: tuple[str, str], _group: str, events: Any) -> None:
        self.seen += [text for _, text in events]


@pytest.mark.parametrize(
    ("group", "text", "seen"),
    [
        ("/group", "a line", ["a line"]),
        ("/other", "a line", []),
        ("/other", '{"_aws": {}}', ['{"_aws": {}}']),
    ],
)
def test_lines_wait_for_a_reader_unless_somebody_waits_for_them(group: str, text: str, seen: list[str]) -> None:
    writer = LogWriter()
    writer.observer = watcher = Watcher(group)  # type: ignore[assignment]  # two of its methods
    writer.write(Line(PLACE, 1, text, True))

    writer.move_awaited()

    assert watcher.seen == seen
    writer.flush()
    assert stored() == [(1, text)]


def test_lines_of_a_group_with_a_subscription_do_not_wait() -> None:
    backend = logs_backends[PLACE.account_id][PLACE.region]
    group = backend.groups[PLACE.group] = LogGroup(PLACE.account_id, PLACE.region, PLACE.group)  # type: ignore[abstract]
    writer = LogWriter()
    writer.write(Line(PLACE, 1, "a line"))
    writer.move_awaited()
    assert not group.streams
    group.put_subscription_filter("all", '"nothing says this"', "arn:aws:sns:us-east-1:123456789012:none", "")

    writer.move_awaited()

    assert list(group.streams) == [PLACE.stream]
