"""EventBridge behind moto's: its rules and buses, our matching, our targets, the cloud's clock.

moto matches fewer filters than EventBridge and cannot call functions or state machines.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, cast
from uuid import uuid4

from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventBus, EventsBackend, Rule, events_backends
from moto.events.responses import EventsHandler

from ..clock import Clock
from .delivery import Delivery
from .event_input import input_for
from .event_pattern import EventPatternError, matches, read_event_pattern
from .schedules import Schedule, ScheduleError, read_schedule
from .timetable import Timetable

MAX_ENTRIES = 10


class LocalEvents(EventsBackend):
    """EventBridge's API. `delivery`, `now` and `timetable` are set by `install`."""

    __module__ = "moto.events.models"  # moto finds a backend's URLs by its module's name
    delivery: ClassVar[Delivery]
    now: ClassVar[Callable[[], float]]
    timetable: ClassVar[Timetable]

    def put_rule(self, name: str, *arguments: Any, **named: Any) -> Rule:
        """PutRule; refuses a pattern or a schedule that EventBridge would refuse. A schedule begins now."""
        pattern, expression = named.get("event_pattern"), named.get("scheduled_expression")
        schedule = _schedule(expression) if expression else None
        if pattern:
            try:
                read_event_pattern(pattern)
            except EventPatternError as problem:
                raise InvalidEventPatternException(reason=str(problem).rpartition("Reason: ")[2]) from problem
        rule: Rule = super().put_rule(name, *arguments, **named)
        if schedule is None:
            type(self).timetable.remove(rule.arn)
        else:
            type(self).timetable.put(rule.arn, schedule, lambda: self._fire(rule.name))
        return rule

    def enable_rule(self, name: str, event_bus_arn: str | None) -> bool:
        """EnableRule; a rate counts from here."""
        found: bool = super().enable_rule(name, event_bus_arn)
        rule = self.describe_event_bus("default").rules.get(name)
        if rule is not None and rule.scheduled_expression:
            type(self).timetable.put(rule.arn, _schedule(rule.scheduled_expression), lambda: self._fire(name))
        return found

    def delete_rule(self, name: str, event_bus_arn: str | None) -> None:
        """DeleteRule, and its schedule with it."""
        rules = self.describe_event_bus("default").rules
        rule = rules.get(name)
        super().delete_rule(name, event_bus_arn)
        if rule is not None and name not in rules:
            type(self).timetable.remove(rule.arn)

    def _fire(self, name: str) -> None:
        """A scheduled rule is due: its targets get the event that EventBridge makes of it."""
        rule = self.describe_event_bus("default").rules.get(name)
        if rule is None or rule.state == "DISABLED":
            return
        event = {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self.account_id,
            "time": iso(type(self).now()),
            "region": self.region_name,
            "resources": [rule.arn],
            "detail": {},
        }
        self._send(rule, event)

    def put_events(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """PutEvents: each entry is matched against the rules of its bus."""
        if not events:
            wanted = "failed to satisfy constraint: Member must have length greater than or equal to 1"
            raise ValidationException(f"1 validation error detected: Value '[]' at 'entries' {wanted}")
        if len(events) > MAX_ENTRIES:
            return super().put_events(events)  # its refusal
        return [self._put_one(entry) for entry in events]

    def _put_one(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
                return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        when = entry.get("Time")
        event = {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": self.account_id,
            "time": iso(when if isinstance(when, (int, float)) else type(self).now()),
            "region": self.region_name,
            "resources": entry.get("Resources") or [],
            "detail": detail,
        }
        bus = self.describe_event_bus(self._normalize_event_bus_arn(entry.get("EventBusName")))
        self.emit(event, bus)
        return {"EventId": event["id"]}

    def emit(self, event: Mapping[str, Any], bus: EventBus | None = None) -> None:
        """An event on a bus (the default one, where AWS's own come): every enabled rule that matches gets it."""
        bus = bus or self.describe_event_bus("default")
        for rule in list(bus.rules.values()):
            if rule.state == "DISABLED" or rule.event_pattern.dump() is None:
                continue
            if matches(rule.event_pattern.get_pattern(), event):
                self._send(rule, event)

    def _send(self, rule: Rule, event: Mapping[str, Any]) -> None:
        about = {"arn": rule.arn, "name": rule.name}
        for target in rule.targets:
            if ":archive/" in json.dumps(target.get("InputTransformer", "")) or "archive-arn" in str(target):
                rule.send_to_targets(cast(Any, {**event, "ingestion-time": type(self).now()}))  # moto's own archives
                return
            type(self).delivery.send(target["Arn"], input_for(target, event, about), target)


# What an event must have to be tested, says TestEventPattern's documentation.
EVENT_MEMBERS = ("id", "detail-type", "source", "account", "time", "region", "resources")


def _test_event_pattern(self: EventsHandler) -> tuple[str, dict[str, Any]]:
    """TestEventPattern, which moto leaves empty."""
    text = self._get_param("EventPattern")
    try:
        pattern = read_event_pattern(text)
    except EventPatternError as problem:
        raise InvalidEventPatternException(reason=str(problem).rpartition("Reason: ")[2]) from problem
    try:
        event = json.loads(self._get_param("Event"))
    except ValueError as problem:
        raise ValidationException("Parameter Event is not valid.") from problem
    missing = [name for name in EVENT_MEMBERS if name not in event]
    if missing:
        raise ValidationException(f"Parameter Event is not valid: it has no {', '.join(missing)}.")
    return json.dumps({"Result": matches(pattern, event)}), self.response_headers


def _schedule(expression: str) -> Schedule:
    try:
        return read_schedule(expression)
    except ScheduleError as problem:
        raise ValidationException(str(problem)) from problem


def iso(epoch_seconds: float) -> str:
    """As EventBridge writes times: whole seconds."""
    return f"{datetime.fromtimestamp(epoch_seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def install(delivery: Delivery, clock: Clock) -> Callable[[], None]:
    """Put our EventBridge in the place of moto's; returns what takes it out again."""
    timetable = Timetable(clock)
    LocalEvents.delivery = delivery
    LocalEvents.now = staticmethod(clock.now)
    LocalEvents.timetable = timetable
    previous = events_backends.backend
    events_backends.backend = LocalEvents
    untested = EventsHandler.test_event_pattern
    EventsHandler.test_event_pattern = _test_event_pattern  # type: ignore[method-assign,assignment]

    def uninstall() -> None:
        EventsHandler.test_event_pattern = untested  # type: ignore[method-assign]
        timetable.clear()
        events_backends.backend = previous

    return uninstall
