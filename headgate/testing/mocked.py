"""API Gateway that answers inside moto's `mock_aws`: what a test has made with boto3 can be called at its execute-api address.

    with mock_aws(), mocked_gateway() as gateway:
        api = boto3.client("apigateway").import_rest_api(body=document)
        boto3.client("apigateway").create_deployment(restApiId=api["id"], stageName="prod")
        answer = requests.get(f"https://{api['id']}.execute-api.us-east-1.amazonaws.com/prod/users/1")

The local cloud takes the places of moto's API Gateway, Lambda, Logs, CloudWatch and EventBridge and shares the state of all the
others; functions run in its workers, and their own boto3 clients reach the same state.
"""

import http.client
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from moto.apigateway.models import apigateway_backends
from moto.awslambda.models import lambda_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.models import RESPONSES_METHODS, botocore_stubber, responses_mock
from moto.events.models import events_backends
from moto.logs.models import logs_backends
from requests import PreparedRequest
from responses import CallbackResponse

from headgate.local.clock import Clock
from headgate.local.cloud import Cloud, CloudConfig

from .place import Place

EXECUTE_API = re.compile(r"https?://[a-z0-9]+\.execute-api\.[^./]+\.amazonaws\.com(/.*)?$")
REPLACED: Mapping[str, Any] = {
    "apigateway": apigateway_backends,
    "lambda": lambda_backends,
    "logs": logs_backends,
    "cloudwatch": cloudwatch_backends,
    "events": events_backends,
}
NOT_OURS = {"connection", "content-length", "host", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()


@dataclass(frozen=True)
class MockedGateway:
    """The data plane in front of moto's state. `endpoint_url` is the same AWS over HTTP, for other processes."""

    cloud: Cloud

    @property
    def endpoint_url(self) -> str:
        """AWS's API on a loopback port."""
        return self.cloud.endpoint_url

    @property
    def clock(self) -> Clock:
        """The clock of everything that the local cloud replaces."""
        return self.cloud.clock

    def invoke(
        self,
        api_id: str,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        region: str = "us-east-1",
    ) -> Answer:
        """Call an API: `invoke(api["id"], "/prod/users/1")`, the stage first."""
        path = path if path.startswith("/") else f"/{path}"
        host = f"{api_id}.execute-api.{region}.amazonaws.com"
        address = urlsplit(self.cloud.endpoint_url)
        connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": host, **(headers or {}), "Content-Length": str(len(body))}.items():
                if name != "Content-Length" or body or method in ("POST", "PUT", "PATCH"):
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()


@contextmanager
def mocked_gateway(config: CloudConfig | None = None) -> Iterator[MockedGateway]:
    """Serve execute-api addresses for the length of a `with`, inside `mock_aws` and before its first call to what is replaced.

    Raises:
        RuntimeError: there is no `mock_aws`, or moto's own API Gateway, Lambda, Logs, CloudWatch or EventBridge has been used.
    """
    if not botocore_stubber.enabled:
        raise RuntimeError("mocked_gateway() works inside moto's mock_aws: enter that first")
    if Place.give_way is not None:
        Place.give_way()  # the fixture's cloud, whose state mock_aws has wiped
    used = [name for name, backends in REPLACED.items() if len(backends)]
    if used:
        raise RuntimeError(
            f"moto's own {', '.join(used)} has been used: enter mocked_gateway() before the first call to it"
        )
    settings = config or CloudConfig(port=0, http_port=0, controllable_clock=True, notice=lambda _text: None)
    with Cloud(settings) as cloud:
        gateway = MockedGateway(cloud)
        with _addresses(gateway):
            yield gateway


def invoke_gateway(gateway: MockedGateway, api_id: str, path: str, *, method: str = "GET", **more: Any) -> Answer:
    """`gateway.invoke(...)` as a function."""
    return gateway.invoke(api_id, path, method=method, **more)


@contextmanager
def _addresses(gateway: MockedGateway) -> Iterator[None]:
    """`requests` to execute-api addresses come here rather than to the network."""

    def answer(request: PreparedRequest) -> tuple[int, Mapping[str, str], bytes]:
        assert request.url
        address = urlsplit(request.url)
        path = address.path + (f"?{address.query}" if address.query else "")
        given_body: Any = request.body or b""
        body = given_body.encode() if isinstance(given_body, str) else bytes(given_body)
        headers = {name: str(value) for name, value in request.headers.items() if name.lower() not in NOT_OURS}
        api_id, _, region, *_ = str(address.hostname).split(".")
        given = gateway.invoke(
            api_id, path or "/", method=request.method or "GET", headers=headers, body=body, region=region
        )
        kept = {name: value for name, value in given.headers.items() if name.lower() not in NOT_OURS}
        return given.status, kept, given.body

    # Not moto's own class: its registry prefers a plain one, and an API Gateway management API matches these addresses too.
    added = [CallbackResponse(method=method, url=EXECUTE_API, callback=answer) for method in RESPONSES_METHODS]
    for response in added:
        responses_mock.add(response)
    try:
        yield
    finally:
        for response in added:
            responses_mock.remove(response)
