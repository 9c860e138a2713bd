"""What leaves for an AWS service, and who carries it there."""

from typing import NamedTuple, Protocol

from .http_backend import BackendError
from .message import Headers, Response


class ServiceCall(NamedTuple):
    """One request to a service. `target` is path and query; `operation` is like `sqs:SendMessage`, or "" when unknown.

    `credentials` is a role's ARN, or None when `access_key` is a caller's that is passed through.
    """

    service: str
    region: str
    method: str
    target: str
    headers: Headers
    body: bytes
    timeout_seconds: float
    credentials: str | None
    access_key: str = ""
    operation: str = ""


class RoleRefusedError(Exception):
    """The integration's role cannot be assumed: there is none, or it does not trust API Gateway."""


class NotPermittedError(Exception):
    """The integration's role may not do this; `user` is the assumed role's ARN."""

    def __init__(self, user: str, operation: str) -> None:
        super().__init__(f"User: {user} is not authorized to perform: {operation}")


class Services(Protocol):
    """AWS's services; the local cloud's are moto's and its own, a test passes a function in a class."""

    async def send(self, call: ServiceCall) -> Response:
        """The service's answer. Raises BackendError, RoleRefusedError, NotPermittedError, TimeoutError."""
        ...


class NoServices:
    """There is no cloud around this gateway."""

    async def send(self, call: ServiceCall) -> Response:
        """Fails."""
        raise BackendError(f"no AWS services are connected, {call.service} is not reached")
