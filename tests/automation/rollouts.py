"""A project whose stage rolls out by itself, and traffic for it, a minute at a time on the cloud's own clock."""

import http.client
import json
import random
import threading
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from headgate.cli.synth import Synthesizer
from headgate.testing.gateway import Gateway
from headgate.testing.running import Running
from headgate.testing.upstreams import Received, Reply

CONFIG = """\
name: shop
apis: {shop: {documents: [openapi/shop.yaml]}}
upstreams: {shop: {url: "https://shop.example.com"}}
environments:
  prod:
    stages:
      prod:
        canary:
          mode: auto
          steps: [10, 50]
          step-minutes: 2
          patience-minutes: 3
          watch-minutes: 2
          judge: JUDGE
          SETTINGS
"""
DOCUMENT = """\
openapi: 3.1.0
info: {title: shop, version: "1"}
paths:
  /products:
    get:
      x-headgate: {upstream: shop, rewrite: {path: /RELEASE/products}}
      responses: {"200": {description: ok}}
"""
# The margins of the product want some 300 requests on the canary at every look, ...
PATIENT = "{minimum-requests: 200}"
# ... five percent points want 52: the same decisions, of a seventh of the traffic.
MARGINS = ("5xx: {floor: 0.005", "4xx: {floor: 0.02", "auth: {floor: 0.01", "slow: {floor: 0.02")
QUICK = f"{{minimum-requests: 50, signals: {{{', '.join(f'{one}, margin: 0.05}}' for one in MARGINS)}}}}}"
CLIENTS = 4


@dataclass
class Rollout:
    """The project in a folder, running; `shares` of failing answers by release."""

    folder: Path
    synthesizer: Synthesizer
    settings: str = ""
    shares: dict[str, float] = field(default_factory=dict)
    judge: str = QUICK
    answered: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "openapi").mkdir()
        config = CONFIG.replace("SETTINGS", self.settings or "smoke: []").replace("JUDGE", self.judge)
        (self.folder / "gateway.yaml").write_text(config, encoding="utf-8")
        self._random, self._lock = random.Random("20261121/answers"), threading.Lock()
        self.write("v1")
        self.running = Running(self.folder, seed="20261121", synthesizer=self.synthesizer)

    def start(self) -> None:
        """Deploy v1, which serves everything, and stop the clock."""
        self.running.ensure()
        self.gateway = Gateway(self.running)
        self.gateway.upstream("shop").answer("/{release}/products", self._answer)
        self.gateway.clock.freeze()

    def stop(self) -> None:
        self.running.stop()

    def write(self, release: str) -> None:
        (self.folder / "openapi" / "shop.yaml").write_text(DOCUMENT.replace("RELEASE", release), encoding="utf-8")

    def deploy(self, release: str) -> None:
        """Another release; it enters as the stage's canary settings say."""
        self.write(release)
        self.gateway.deploy(canary="auto")

    def minute(self, count: int) -> None:
        """A minute of traffic; then the clock moves on, and whatever is due happens."""
        threads = [
            threading.Thread(target=self._requests, args=(count // CLIENTS,)) for _ in range(CLIENTS if count else 0)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.gateway.clock.advance(60)

    def stage(self) -> dict[str, Any]:
        """GetStage."""
        api = next(value for name, value in self.gateway.outputs.items() if name.startswith("RestApiId"))
        answer: dict[str, Any] = self.gateway.boto3("apigateway").get_stage(restApiId=api, stageName="prod")
        return answer

    def command(self, command: str, **more: Any) -> dict[str, Any]:
        """Ask the release function, as the command line does."""
        payload = json.dumps({"command": command, "stage": "prod", **more}).encode()
        function = self.gateway.outputs["ReleaseFunctionName"]
        answer = self.gateway.boto3("lambda").invoke(FunctionName=function, Payload=payload)
        result: dict[str, Any] = json.loads(answer["Payload"].read())
        return result

    def executions(self) -> list[tuple[str, str]]:
        """(status, outcome or error) of the automation's executions, oldest first."""
        client = self.gateway.boto3("stepfunctions")
        (machine,) = client.list_state_machines()["stateMachines"]
        listed = client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
        return [self._ending(client, execution) for execution in sorted(listed, key=lambda e: e["startDate"])]

    def _ending(self, client: Any, execution: Any) -> tuple[str, str]:
        told = client.describe_execution(executionArn=execution["executionArn"])
        if told["status"] == "SUCCEEDED":
            return told["status"], json.loads(told["output"])["outcome"]
        return told["status"], told.get("error", "")

    def _answer(self, request: Received) -> Reply:
        release = request.path.split("/")[1]
        with self._lock:
            fails = self._random.random() < self.shares.get(release, 0.0)
        return Reply(500 if fails else 200, {"Content-Type": "text/plain"}, release.encode())

    def _requests(self, count: int) -> None:
        with closing(connect(self.gateway.url)) as connection:
            for _ in range(count):
                connection.request("GET", "/products")
                response = connection.getresponse()
                response.read()
                with self._lock:
                    self.answered[response.status] = self.answered.get(response.status, 0) + 1


def connect(url: str) -> http.client.HTTPConnection:
    """A client's own connection; `requests` would cost more than the gateway does."""
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
