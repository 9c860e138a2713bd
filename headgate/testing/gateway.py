"""What a test holds: the project's gateway, its clock, its chance, its services."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from headgate.local.clock import Clock

from .running import Call, GatewayError, Running, Share, Side
from .upstreams import Failure, Received, Upstream


class Client(requests.Session):
    """`requests` with the gateway's address in front of paths. Redirects are shown, not followed."""

    def __init__(self, url: str, is_there: Callable[[], bool] = lambda: True) -> None:
        super().__init__()
        self.trust_env = False
        self._url = url
        self._is_there = is_there

    def request(self, method: Any, url: Any, *arguments: Any, **named: Any) -> requests.Response:
        """`client.get("/users/1")`."""
        if not self._is_there():
            raise GatewayError(
                "this gateway gave its place to mocked_gateway(), as a process has one: use them in tests of their own"
            )
        named.setdefault("allow_redirects", False)
        named.setdefault("timeout", 60)
        address = str(url)
        return super().request(
            method, f"{self._url}{address}" if address.startswith("/") else address, *arguments, **named
        )


class Gateway:
    """A running gateway, as the fixture `headgate_gateway` gives it: fresh for each test."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self.url = running.cloud.http_url
        self.client = Client(self.url, lambda: not running.is_parked)

    # ---- what it serves

    @property
    def endpoint_url(self) -> str:
        """AWS's API, for a boto3 client of your own."""
        return self._running.cloud.endpoint_url

    @property
    def stage(self) -> str:
        """The stage that is served."""
        return self._running.stage

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of the stage's stack: `RestApiId...`, `AccessLogGroup`, ..."""
        return self._running.outputs()

    @property
    def api_keys(self) -> dict[str, str]:
        """API keys by the names of gateway.yaml."""
        return self._running.api_keys()

    def boto3(self, service: str, region: str | None = None) -> Any:
        """A boto3 client of this cloud."""
        return self._running.cloud.clients.client(service, region)

    def token(self, **claims: Any) -> str:
        """An access token of the local OpenID provider: `token(sub="bob", aud="portal", scope="users:read")`."""
        answer = requests.post(f"{self.endpoint_url}/_headgate/oidc/token", json=claims, timeout=60)
        if answer.status_code != 200:
            raise GatewayError(f"the OpenID provider refused the token: {answer.text}")
        return str(answer.json()["access_token"])

    def deploy(self, project: Path | None = None, *, canary: Share | None = None) -> None:
        """Deploy again, from this folder or another; as a canary at that share, or as the stage says. Lasts beyond the test."""
        if canary is not None and canary != "auto" and not 0 <= canary <= 100:
            raise ValueError(f"deploy() wants a canary of 0 to 100 percent or 'auto', got {canary!r}")
        self._running.deploy(project, canary)

    # ---- time and chance

    @property
    def clock(self) -> Clock:
        """The cloud's clock: `freeze()`, `advance(301)`, `set(...)`, `resume()`."""
        return self._running.cloud.clock

    def force(self, side: Side | None) -> None:
        """Send every request to the canary or to the stable release; None goes back to chance. Without a canary all are stable."""
        if side not in ("canary", "stable", None):
            raise ValueError(f"force() wants 'canary', 'stable' or None, got {side!r}")
        self._running.dice.side = side

    def flush_caches(self) -> None:
        """Empty the stage's cache and the authorizers' results, as their operations in API Gateway do."""
        client = self.boto3("apigateway")
        for name, api in self.outputs.items():
            if name.startswith("RestApiId"):
                client.flush_stage_cache(restApiId=api, stageName=self.stage)
                client.flush_stage_authorizers_cache(restApiId=api, stageName=self.stage)

    # ---- the services behind it

    def upstream(self, name: str) -> Upstream:
        """The stand-in of a service of gateway.yaml: `upstream("users").reply("/users/1", json={...})`."""
        known = self._running.settings.upstreams
        if known and name not in known:
            raise ValueError(f"{name!r} is no upstream of gateway.yaml; there are {', '.join(sorted(known))}")
        return self._running.upstreams.named(name)

    def fail_upstream(self, name: str, how: Failure) -> None:
        """A service that answers a status to everything, never answers (`timeout`) or hangs up (`refuse`)."""
        self.upstream(name).fail(how)

    def requests(self, upstream: str) -> list[Received]:
        """What a service received, oldest first."""
        return self.upstream(upstream).requests

    # ---- what it did

    def logs(self) -> list[dict[str, Any]]:
        """The access-log records of this test."""
        return [json.loads(line) for line in list(self._running.cloud.access_log) if line.startswith("{")]

    def invocations(self, function: str | None = None) -> list[Call]:
        """The invocations that ended, of one function (`authorizer` is enough of its name) or of all."""
        return [call for call in list(self._running.calls) if function is None or function in call.function]
