"""From one of moto's threads to the worker pool and back."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.awslambda.exceptions import InvalidParameterValueException

from ..records import Invocation, TooManyInvocationsError
from .errors import RequestContentError, TooManyRequestsError
from .pool import FunctionPool


def event_of(body: Any) -> bytes:
    """A request's body as an event; none is an empty one."""
    if not body:
        return b"{}"
    return body if isinstance(body, bytes) else str(body).encode()


def client_context_of(header: str | None) -> str:
    """The client context header (base64 of JSON) as JSON on one line."""
    if not header:
        return ""
    try:
        return json.dumps(json.loads(base64.b64decode(header)))
    except ValueError as problem:
        raise RequestContentError(problem) from problem


def run(
    pool: FunctionPool, arn: str, event: bytes, trace_id: str | None = None, client_context: str = ""
) -> Invocation:
    """Invoke from one of moto's threads and wait."""
    try:
        return pool.submit(arn, event, trace_id, client_context=client_context).result()
    except TooManyInvocationsError:
        raise TooManyRequestsError from None
    except (OSError, ValueError) as problem:
        raise InvalidParameterValueException(f"{arn}: {problem}") from problem


def sns_event(message: str, subject: str | None, now: float) -> dict[str, Any]:
    """The event of one SNS notification. moto does not tell the topic or the attributes."""
    when = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%S.000Z}"
    sns = {"Type": "Notification", "MessageId": str(uuid4()), "Subject": subject, "Message": message, "Timestamp": when}
    return {"Records": [{"EventVersion": "1.0", "EventSource": "aws:sns", "Sns": {**sns, "MessageAttributes": {}}}]}
