"""A service of AWS's JSON 1.1 protocol as a WSGI application: `X-Amz-Target` names the operation, bodies are JSON."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Operation = Callable[[str, Mapping[str, Any]], dict[str, Any]]  # (region, parameters) -> answer

SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")


class ServiceError(Exception):
    """A modelled error: AWS's code and message, answered with status 400."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def json_service(
    operations: Mapping[str, Operation],
) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """The application; `operations` is by AWS's operation name."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, answer = "200 OK", {}
        try:
            answer = _dispatch(operations, environ)
        except ServiceError as problem:
            status = "400 Bad Request"
            answer = {"__type": problem.code, "message": str(problem)}
        body = json.dumps(answer).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))]
        start_response(status, headers)
        return [body]

    return application


def _dispatch(operations: Mapping[str, Operation], environ: Mapping[str, Any]) -> dict[str, Any]:
    name = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if name not in operations:
        known = ", ".join(sorted(operations))
        raise ServiceError("UnknownOperationException", f"{name or 'no operation'}: the local cloud has {known}")
    found = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    region = found[1] if found else "us-east-1"
    length = int(environ.get("CONTENT_LENGTH") or 0)
    try:
        parameters = json.loads(environ["wsgi.input"].read(length) or b"{}")
    except ValueError as problem:
        raise ServiceError("SerializationException", f"the body is not JSON: {problem}") from problem
    return operations[name](region, parameters)
