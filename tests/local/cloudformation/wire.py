"""A boto3 client whose requests go straight into a WSGI application: the wire protocol without a socket."""

import io
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from werkzeug.test import Client

SETTINGS = Config(
    retries={"total_max_attempts": 1},
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",  # else S3 bodies travel in chunks, which a bare WSGI client does not undo
)
WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Raw(io.BytesIO):
    """What botocore reads a body from."""

    def stream(self, **_: Any) -> Iterable[bytes]:
        """The rest of the body."""
        chunk = self.read()
        while chunk:
            yield chunk
            chunk = self.read()


@cache
def _session() -> boto3.session.Session:
    # One session: reading a service's model costs a quarter of a second.
    return boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")


def client(service: str, application: WSGIApp, *, account: str | None = None) -> Any:
    """A boto3 client of one service, in an account of moto's; it never retries, so that a 500 is seen as one."""
    made = _session().client(service, config=SETTINGS)
    server = Client(application)

    def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        if account:
            headers["x-moto-account-id"] = account
        answer = server.open(request.url, method=request.method, data=request.body, headers=headers)
        return AWSResponse(request.url, answer.status_code, dict(answer.headers), _Raw(answer.get_data()))

    made.meta.events.register(f"before-send.{service}", send)
    return made
