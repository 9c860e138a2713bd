"""Custom resources: a function of the user makes, changes and deletes them, and answers to a URL.

The request and the answer are those of the AWS documentation, "Custom resource request objects" and "response objects".
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Protocol

from ..changes import stringified
from .contract import Handler, HandlerError, Made, Request

# AWS's default and longest wait for an answer.
MAX_TIMEOUT_SECONDS = 3600


# (function ARN, event) -> the invocation to come (`headgate.local.records.Invocation`): how the Lambda pool takes an event.
Submit = Callable[[str, bytes], "Future[Any]"]


class Inbox(Protocol):
    """Where answers arrive (`headgate.local.cloudformation.inbox`)."""

    def open(self, token: str) -> str:
        """A URL for one answer."""
        ...

    def wait(self, token: str, timeout_seconds: float) -> Mapping[str, Any] | None:
        """The answer, or None when time is up."""
        ...

    def invocation_failed(self, payload: bytes, error: str) -> bool:
        """Fails whoever waits for the answer of this invocation."""
        ...


def handler(inbox: Inbox, new_token: Callable[[], str], submit: Submit | None = None) -> Handler:
    """The handler of every custom resource, answering through this inbox.

    Without `submit` the function is invoked through boto3, and then only its silence tells that it died.
    """

    def call(request: Request, verb: str) -> tuple[Mapping[str, Any], str]:
        seconds = _timeout_seconds(request)
        token = new_token()
        payload = _payload(request, verb, token, inbox.open(token))
        invocation = _invoke(request, payload, inbox, submit)
        answer = inbox.wait(token, seconds)
        if invocation is not None and invocation.done() and (problem := invocation.exception()) is not None:
            # Nobody was asked, so nothing was made: a Create leaves nothing to delete.
            raise HandlerError(f"The function of ServiceToken could not be invoked: {problem} (RequestId: {token})")
        return _successful(request, token, answer, seconds), token

    def create(request: Request) -> Made:
        answer, request_id = call(request, "Create")
        return _made(request, answer, request_id)

    def update(request: Request) -> Made:
        if request.properties.get("ServiceToken") != request.old_properties.get("ServiceToken"):
            raise HandlerError("Modifying service token is not allowed.")
        answer, request_id = call(request, "Update")
        return _made(request, answer, request_id)

    def delete(request: Request) -> None:
        call(request, "Delete")

    return Handler(create=create, update=update, delete=delete)


def _payload(request: Request, verb: str, token: str, response_url: str) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "RequestType": verb,
        "ServiceToken": request.properties["ServiceToken"],
        "ResponseURL": response_url,
        "StackId": request.stack.id,
        "RequestId": token,
        "LogicalResourceId": request.logical_id,
        "ResourceType": request.type,
        "ResourceProperties": stringified(request.properties),
    }
    if verb != "Create":
        payload["PhysicalResourceId"] = request.physical_id
    if verb == "Update":
        payload["OldResourceProperties"] = stringified(request.old_properties)
    return payload


def _timeout_seconds(request: Request) -> int:
    given = str(request.properties.get("ServiceTimeout", MAX_TIMEOUT_SECONDS))
    if not given.isdigit() or int(given) > MAX_TIMEOUT_SECONDS:
        raise HandlerError(f"ServiceTimeout is {given!r}: give seconds from 1 to {MAX_TIMEOUT_SECONDS}")
    return int(given)


def _invoke(request: Request, payload: Mapping[str, Any], inbox: Inbox, submit: Submit | None) -> "Future[Any] | None":
    """Starts the function; what becomes of it is told by its answer, or by its failure."""
    function, event = request.properties["ServiceToken"], json.dumps(payload).encode("utf-8")
    if submit is None:
        request.clients("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=event)
        return None

    def finished(future: "Future[Any]") -> None:
        problem = _problem(future)
        if problem is not None:
            inbox.invocation_failed(event, problem)

    invocation = submit(function, event)
    invocation.add_done_callback(finished)
    return invocation


def _problem(future: "Future[Any]") -> str | None:
    error = future.exception()
    if error is not None:
        return f"{type(error).__name__}: {error}"
    invocation = future.result()
    if invocation.timed_out:
        return "it timed out"
    if invocation.function_error:
        return bytes(invocation.payload).decode("utf-8", "replace")
    return None


def _successful(request: Request, token: str, answer: Mapping[str, Any] | None, timeout: int) -> Mapping[str, Any]:
    """A success. Raises HandlerError when the function refused, failed or stayed silent."""
    # A create that failed may have made something: AWS then sends a Delete with this id.
    left_over = request.physical_id or str((answer or {}).get("PhysicalResourceId") or f"{request.logical_id}_{token}")
    if answer is None:
        raise HandlerError(
            f"CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [{token}]. "
            f"It waited {timeout} seconds (ServiceTimeout).",
            left_over,
        )
    if answer.get("Status") != "SUCCESS":
        raise HandlerError(
            f"Received response status [{answer.get('Status')}] from custom resource. "
            f"Message returned: {answer.get('Reason', 'See the details in CloudWatch Log Stream')} (RequestId: {token})",
            left_over,
        )
    return answer


def _made(request: Request, answer: Mapping[str, Any], request_id: str) -> Made:
    physical_id = answer.get("PhysicalResourceId") or request.physical_id
    if not physical_id or not isinstance(physical_id, str):
        raise HandlerError(f"Invalid PhysicalResourceId: the response must name one as text (RequestId: {request_id})")
    data = answer.get("Data") or {}
    if not isinstance(data, Mapping):
        raise HandlerError(f"Invalid Data in the response: it must be an object (RequestId: {request_id})", physical_id)
    return Made(physical_id, dict(data), no_echo=answer.get("NoEcho") is True)
