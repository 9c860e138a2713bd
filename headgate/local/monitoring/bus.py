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

from .delivery import Delivery
from .event_input import input_for
from .event_pattern import EventPatternError, matches, read_event_pattern

MAX_ENTRIES = 10


class LocalEvents(EventsBackend):
    """EventBridge's API. `delivery` and `now` are set by `install`."""

    __module__ = "moto.events.models"  # moto finds a backend's URLs by its module's name
    delivery: ClassVar[Delivery]
    now: ClassVar[Callable[[], float]]

    def put_rule(self, name: str, *arguments: Any, **named: Any) -> Rule:
        """PutRule; refuses a pattern that EventBridge would refuse."""
        pattern = named.get("event_pattern")
        if pattern:
            try:
                read_event_pattern(pattern)
            except EventPatternError as problem:
                raise InvalidEventPatternException(reason=str(problem).rpartition("Reason: ")[2]) from problem
        rule: Rule = super().put_rule(name, *arguments, **named)
        return rule

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


def iso(epoch_seconds: float) -> str:
    """As EventBridge writes times: whole seconds."""
    return f"{datetime.fromtimestamp(epoch_seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def install(delivery: Delivery, now: Callable[[], float]) -> Callable[[], None]:
    """Put our EventBridge in the place of moto's; returns what takes it out again."""
    LocalEvents.delivery = delivery
    LocalEvents.now = staticmethod(now)
    previous = events_backends.backend
    events_backends.backend = LocalEvents

    def uninstall() -> None:
        events_backends.backend = previous

    return uninstall
