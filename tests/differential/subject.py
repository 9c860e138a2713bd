"""The data plane under test, in memory: one API, one function whose answer a test sets."""

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from headgate.local.dataplane import Environment, Gateway, Outgoing, Request, Response
from headgate.local.records import (
    ApiDefinition,
    ApiKey,
    Authorizer,
    Deployment,
    Integration,
    Invocation,
    Method,
    Resource,
    Stage,
    UsagePlan,
)

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"
NOW = 1_700_000_000.0


class Subject:
    """`resources` maps templates to verbs; `answer` is what the function returns, `policy` what the authorizer allows."""

    def __init__(
        self,
        resources: Mapping[str, Sequence[str]],
        *,
        binary_types: Sequence[str] = (),
        edge: bool = False,
        guarded: bool = False,
    ) -> None:
        self.answer: bytes = b"{}"
        self.policy: list[dict[str, Any]] = []
        self.event: dict[str, Any] | None = None
        self._loop = asyncio.new_event_loop()
        self._stage = Stage(
            "dev", Deployment("d1", _definition(resources, binary_types, edge=edge, guarded=guarded), 0.0)
        )
        environment = Environment(clock=lambda: NOW, timer=lambda: NOW, random=lambda: 0.5, ids=random.Random(7))
        self._gateway = Gateway(self, self._invoke, self, environment=environment)

    def close(self) -> None:
        self._loop.close()

    def call(
        self, verb: str, path: bytes, query: bytes = b"", headers: Sequence[tuple[bytes, bytes]] = (), body: bytes = b""
    ) -> Response:
        self.event = None
        request = Request(verb, "api1", "dev", path, query, tuple(headers), body, host="h", mount=b"/dev")
        return self._loop.run_until_complete(self._gateway.handle(request))

    async def _invoke(self, arn: str, event: bytes, trace: str | None) -> Invocation:
        if arn.endswith("authorizer"):
            document = {"Version": "2012-10-17", "Statement": self.policy}
            return Invocation(json.dumps({"principalId": "p", "policyDocument": document}).encode())
        self.event = json.loads(event)
        return Invocation(self.answer)

    async def send(self, outgoing: Outgoing) -> Response:
        raise AssertionError("nothing here calls a backend")

    def stage(self, rest_api_id: str, stage_name: str) -> Stage | None:
        return self._stage

    def api_key(self, value: str) -> ApiKey | None:
        return None

    def usage_plan(self, key_id: str, rest_api_id: str, stage_name: str) -> UsagePlan | None:
        return None


def _definition(
    resources: Mapping[str, Sequence[str]], binary_types: Sequence[str], *, edge: bool, guarded: bool
) -> ApiDefinition:
    integration = Integration("AWS_PROXY", http_method="POST", uri=URI.format(ARN + "f"))
    guard = {"authorization_type": "CUSTOM", "authorizer_id": "au"} if guarded else {}
    records = [
        Resource(f"r{number}", path, methods={verb: Method(verb, integration=integration, **guard) for verb in verbs})
        for number, (path, verbs) in enumerate(resources.items())
    ]
    authorizer = Authorizer(
        "au",
        "au",
        "TOKEN",
        uri=URI.format(ARN + "authorizer"),
        identity_sources=("method.request.header.Authorization",),
        result_ttl_seconds=0,
    )
    return ApiDefinition(
        "api1",
        "t",
        "123456789012",
        "us-east-1",
        {one.id: one for one in records},
        authorizers={"au": authorizer},
        binary_media_types=tuple(binary_types),
        endpoint_type="EDGE" if edge else "REGIONAL",
    )
