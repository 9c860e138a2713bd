"""What API Gateway's execution logs say: TestInvokeMethod's and those of CloudWatch in the same words (FACTS 1.32, 5.18).

Who stamps the lines, and where they go, is the caller's. Values of credentials are starred, as AWS stars them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

from .exchange import Exchange
from .message import Headers, Response
from .refusal import Refusal
from .trace import is_secret

_MOST = 1024  # characters of one event (FACTS 10.3)
_SHOWN = 6  # characters at the end of a starred value
_SHORT = 20  # a value of fewer characters is starred as a whole
# Answers of the gateway have these on the wire, not in logs (FACTS 1.32).
_WIRE_ONLY = (b"x-amzn-requestid", b"x-amz-apigw-id")
# How `lambda_proxy` and `functions` begin or end what they say of a function.
_FUNCTION_FAILED = "the function failed: "
_TIMED_OUT = " ran into its own timeout"
_NO_CONCURRENCY = " has no concurrency left"


def starting(exchange: Exchange) -> Iterator[str]:
    """The beginning of an execution; the path is the client's, below the stage."""
    mount = exchange.request.mount.decode("latin-1") if exchange.request.custom_domain else ""
    yield f"Starting execution for request: {exchange.request_id}"
    yield f"HTTP Method: {exchange.method}, Resource Path: {mount}{exchange.path}"


def method_request(exchange: Exchange) -> Iterator[str]:
    """The method request as it came."""
    query = {name: values[-1] for name, values in exchange.query.items()}
    yield f"Method request path: {_map(exchange.parameters)}"
    yield f"Method request query string: {_map(query)}"
    yield f"Method request headers: {_map({name: value for name, _, value in exchange.headers})}"
    yield f"Method request body before transformations: {text(exchange.request.body)}"


def endpoint_request(address: str, headers: Headers, body: bytes) -> Iterator[str]:
    """What goes to the backend."""
    yield f"Endpoint request URI: {address}"
    yield f"Endpoint request headers: {_map(_decoded(headers))}"
    yield f"Endpoint request body after transformations: {text(body)}"


def endpoint_response(status: int, millis: int, headers: Headers, body: bytes) -> Iterator[str]:
    """What the backend said."""
    yield f"Received response. Status: {status}, Integration latency: {millis} ms"
    yield f"Endpoint response headers: {_map(_decoded(headers))}"
    yield f"Endpoint response body before transformations: {text(body)}"


def method_response(response: Response) -> Iterator[str]:
    """What the client gets of the method."""
    yield f"Method response body after transformations: {text(response.body)}"
    yield f"Method response headers: {_map(_decoded(response.headers))}"


def without_ids(response: Response) -> Response:
    """As logs show a response."""
    kept = tuple((name, value) for name, value in response.headers if name.lower() not in _WIRE_ONLY)
    return response._replace(headers=kept)


def failure(refusal: Refusal, exchange: Exchange) -> tuple[str, ...]:
    """Why the gateway ends it here. In AWS's words where somebody has shown them (FACTS 5.18), else in ours."""
    cause = refusal.cause or str(refusal.message)
    if refusal.kind == "UNAUTHORIZED":
        return (f"Unauthorized request: {exchange.request_id}",)
    if refusal.kind == "INTEGRATION_TIMEOUT":
        return ("Execution failed due to a timeout error",)
    if refusal.kind == "BAD_REQUEST_BODY":
        media = (exchange.header("content-type") or "application/json").partition(";")[0].strip()
        return (f"Request body does not match model schema for content type {media}: {cause}",)
    if cause.endswith(_NO_CONCURRENCY):
        said = f"Lambda invocation failed with status: 429. Lambda request id: {exchange.request_id}"
        return said, "Execution failed due to configuration error: Rate Exceeded."
    if refusal.status == 502:
        return (_bad_answer(cause, exchange.request_id),)
    kind = " due to configuration error" if refusal.status >= 500 else ""
    return (f"Execution failed{kind}: {cause}",)


def _bad_answer(cause: str, request_id: str) -> str:
    """A function that failed, or one whose answer is no answer."""
    if cause.startswith(_FUNCTION_FAILED):
        said = _error_message(cause.removeprefix(_FUNCTION_FAILED))
    elif cause.endswith(_TIMED_OUT):
        said = "Task timed out"
    else:
        return "Execution failed due to configuration error: Malformed Lambda proxy response"
    return f"Lambda execution failed with status 200 due to customer function error: {said}. Lambda request id: {request_id}"


def _error_message(payload: str) -> str:
    """The `errorMessage`; all of it where the payload is cut or no object."""
    try:
        return str(json.loads(payload)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return payload


def cut(line: str) -> str:
    """At most 1,024 characters, and that something is missing."""
    return line if len(line) <= _MOST else f"{line[:_MOST]} [TRUNCATED]"


def starred(value: str) -> str:
    """`****9fXyz1`: everything but the last six characters."""
    shown = _SHOWN if len(value) >= _SHORT else 0
    return "*" * (len(value) - shown) + value[len(value) - shown :]


def text(body: bytes) -> str:
    """A body as it is, if it is text."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return f"[{len(body)} bytes of binary data]"


def _decoded(headers: Headers) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}


def _map(values: Mapping[str, str]) -> str:
    """`{a=1, Authorization=****}`."""
    return "{" + ", ".join(_shown(values.items())) + "}"


def _shown(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (f"{name}={starred(value) if is_secret(name) else value}" for name, value in pairs)
