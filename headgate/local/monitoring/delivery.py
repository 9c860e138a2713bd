"""Handing an event to what shall have it: a function, a state machine, a queue, a topic, a log group or another bus."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from moto.sqs.models import sqs_backends

log = logging.getLogger(__name__)

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Delivery:
    """Delivers by the ARN's service. `invoke` starts a function and does not wait; `start` starts a state machine."""

    invoke: Callable[[str, bytes], None]
    start: Callable[[str, str, str], None]  # (state machine ARN, input JSON, execution name)
    write_line: Callable[[str, str, str, str], None]  # (account, Region, log group, line)

    def send(self, arn: str, text: str, target: Mapping[str, Any] = NOTHING) -> None:
        """Deliver `text` (JSON) to `arn`; `target` are a rule's settings for it. What fails is logged: nobody waits for it."""
        try:
            self._send(arn, text, target)
        except Exception as problem:  # noqa: BLE001 - whatever the receiver raises
            log.warning("delivery.failed %s: %s: %s", arn, type(problem).__name__, problem)

    def notify(self, topic: str, subject: str, message: str) -> None:
        """Publish to an SNS topic."""
        try:
            _topics(topic).publish(message, topic, subject=subject[:99])
        except Exception as problem:  # noqa: BLE001 - whatever a subscriber raises
            log.warning("delivery.failed %s: %s: %s", topic, type(problem).__name__, problem)

    def _send(self, arn: str, text: str, target: Mapping[str, Any]) -> None:
        _, _, service, region, account, resource = arn.split(":", 5)
        if service == "lambda":
            self.invoke(arn, text.encode())
        elif service == "states":
            self.start(arn, text, str(uuid4()))
        elif service == "sqs":
            group = (target.get("SqsParameters") or {}).get("MessageGroupId")
            sqs_backends[account][region].send_message(resource, text, group_id=group, validate_group_id=False)
        elif service == "sns":
            _topics(arn).publish(text, arn)
        elif service == "logs":
            self.write_line(account, region, resource.removeprefix("log-group:").removesuffix(":*"), text)
        elif service == "events":
            self._forward(arn, json.loads(text))
        else:
            raise ValueError(f"targets of {service} are not supported by the local cloud")

    def _forward(self, bus: str, event: Mapping[str, Any]) -> None:
        from moto.events.models import events_backends  # noqa: PLC0415 - our bus imports this module

        _, _, _, region, account, _ = bus.split(":", 5)
        entry = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
        events_backends[account][region].put_events([{**entry, "EventBusName": bus}])


def _topics(arn: str) -> Any:
    from moto.sns.models import sns_backends  # noqa: PLC0415 - its cryptography takes a tenth of a second

    _, _, _, region, account, _ = arn.split(":", 5)
    return sns_backends[account][region]
