"""Answers of AWS services: what the local cloud's differ in from AWS's, and those that no service gets to make."""

import json
from typing import Any

from .message import Response
from .service_arn import ServiceAddress
from .service_models import Dialect, output_members

_PLACEHOLDER = "request-id"  # what moto writes for every request's id in JSON answers of query services
# FACTS 8.35: what a message has, in SQS's JSON of old.
_MESSAGE = (
    *("Attributes", "Body", "MD5OfBody", "MD5OfMessageAttributes", "MessageAttributes", "MessageId", "ReceiptHandle"),
)
# Services whose refusals for want of a permission are called otherwise.
_DENIED_CODES = {"sns": "AuthorizationError"}


def as_from_aws(answer: Response, address: ServiceAddress, request_id: str) -> Response:
    """The answer in AWS's words: its request id, and SSM's old envelope (FACTS 8.35, 8.37)."""
    if address.action and address.dialect.service == "ssm" and answer.status == 200:
        return answer._replace(body=_enveloped(answer.body, address, request_id))
    if not address.dialect.speaks_query:
        return answer
    if _PLACEHOLDER.encode() in answer.body:
        answer = answer._replace(body=_identified(answer.body, request_id))
    if address.dialect.service == "sqs" and answer.status == 200 and answer.body[:1] == b"{":
        return answer._replace(body=_with_absent(answer.body))
    return answer


def _with_absent(body: bytes) -> bytes:
    """`{"ReceiveMessageResponse": {"ReceiveMessageResult": {"messages": null}, ...}}`: absent members are null (FACTS 8.35)."""
    document = _parsed(body)
    for name, response in document.items() if isinstance(document, dict) else ():
        action = name.removesuffix("Response")
        result = response.get(f"{action}Result") if isinstance(response, dict) else None
        if not isinstance(result, dict):
            continue
        result = {**dict.fromkeys(output_members("sqs", action)), **result}
        if action == "ReceiveMessage":
            messages = [{**dict.fromkeys(_MESSAGE), **one} for one in result["Messages"] or ()]
            result = {"messages": messages or None}
        response[f"{action}Result"] = result
    return json.dumps(document, separators=(",", ":")).encode()


def _identified(body: bytes, request_id: str) -> bytes:
    """The id where it belongs and nowhere else: a message may hold the same words."""
    document = _parsed(body)
    if not isinstance(document, dict):
        return body
    for holder in (
        document,
        *(value.get("ResponseMetadata") for value in document.values() if isinstance(value, dict)),
    ):
        if isinstance(holder, dict) and holder.get("RequestId") == _PLACEHOLDER:
            holder["RequestId"] = request_id
    return json.dumps(document, separators=(",", ":")).encode()


def _enveloped(body: bytes, address: ServiceAddress, request_id: str) -> bytes:
    document = _parsed(body)
    action = address.action
    if isinstance(document, dict):
        document = {**dict.fromkeys(output_members(address.dialect.service, action)), **document}
    answer = {f"{action}Result": document, "ResponseMetadata": {"RequestId": request_id}}
    return json.dumps({f"{action}Response": answer}, separators=(",", ":")).encode()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def denied(dialect: Dialect, message: str, request_id: str, *, is_query: bool) -> Response:
    """A service's answer to a role that may not do what it asks."""
    if dialect.service == "s3":
        body = f"<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>{request_id}</RequestId></Error>"
        return Response(403, ((b"Content-Type", b"application/xml"),), body.encode())
    if is_query:
        code = _DENIED_CODES.get(dialect.service, "AccessDenied")
        error = {"Error": {"Code": code, "Message": message, "Type": "Sender"}, "RequestId": request_id}
        return Response(403, ((b"Content-Type", b"application/json"),), json.dumps(error).encode())
    kind = {"__type": "AccessDeniedException", "Message": message}
    return Response(400, ((b"Content-Type", dialect.media_type.encode()),), json.dumps(kind).encode())


def unreadable(body: bytes, dialect: Dialect) -> Response | None:
    """What a JSON service says of a body that is no JSON; None for one that is."""
    try:
        json.loads(body or b"{}")
    except ValueError:
        answer = json.dumps({"__type": "com.amazon.coral.service#SerializationException"})
        return Response(400, ((b"Content-Type", dialect.media_type.encode()),), answer.encode())
    return None


def unknown_operation() -> Response:
    """What a JSON service says when nothing names its operation."""
    body = {
        "Output": {"__type": "com.amazon.coral.service#UnknownOperationException", "message": None},
        "Version": "1.0",
    }
    return Response(400, ((b"Content-Type", b"application/json"),), json.dumps(body).encode())
