"""The queue in front of CloudWatch Logs."""

from collections.abc import Iterator

import pytest
from moto.core.base_backend import BackendDict
from moto.logs.models import logs_backends

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
