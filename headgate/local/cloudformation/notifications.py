"""A stack's events for the SNS topics of its NotificationARNs, in the text that AWS sends."""

import logging
from collections.abc import Callable, Iterable

from botocore.exceptions import BotoCoreError, ClientError

from .handlers.contract import Clients
from .records import STACK_TYPE, StackEvent

log = logging.getLogger(__name__)
SUBJECT = "AWS CloudFormation Notification"


def message(event: StackEvent) -> str:
    """One line per member, values in quotes: `ResourceStatus='CREATE_COMPLETE'`."""
    moment = f"{event.timestamp:%Y-%m-%dT%H:%M:%S}.{event.timestamp.microsecond // 1000:03d}Z"
    members = {
        "StackId": event.stack_id,
        "Timestamp": moment,
        "EventId": event.event_id,
        "LogicalResourceId": event.logical_id,
        "Namespace": event.stack_id.split(":")[4],
        "PhysicalResourceId": event.physical_id,
        "ResourceProperties": "null" if event.type == STACK_TYPE else event.properties or "",
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason or "",
        "ResourceType": event.type,
        "StackName": event.stack_name,
        "ClientRequestToken": event.token or "null",
    }
    return "".join(f"{name}='{value}'\n" for name, value in members.items())


def publisher(
    clients: Clients, topics: Callable[[], Iterable[str]], then: Callable[[StackEvent], None]
) -> Callable[[StackEvent], None]:
    """Tells every topic of an event, then whoever else wants it. A topic that is gone never fails a stack."""

    def publish(event: StackEvent) -> None:
        for arn in topics():
            try:
                clients("sns").publish(TopicArn=arn, Subject=SUBJECT, Message=message(event))
            except (ClientError, BotoCoreError) as problem:
                log.warning("cloudformation.notification_failed %s: %s", arn, problem)
        then(event)

    return publish
