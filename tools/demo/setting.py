"""Where the demo plays: the sample's services and `headgate up` on free ports, and a client of that cloud."""

import json
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import boto3

from examples.portal.__main__ import Server, Switch, start, stop
from examples.portal.services import PORTS
from tests.e2e.gateway import ROOT, Client, Gateway, copy_sample, up

STAGE = "prod"
TICK_SECONDS = 0.5
ROLLOUT = """\
canary:
          mode: auto
          steps: [10, 25, 50]
          step-minutes: 15
          judge: {slow-ms: 10000}"""
COMPOSITION = Path("openapi/portal.arazzo.yaml")
BEFORE = "x-headgate: {required: false, timeout: 5, fallback: []}"
AFTER = "x-headgate: {required: true, timeout: 5}"


@dataclass(frozen=True)
class Plan:
    """What the demo does: requests a second, how much faster the cloud's clock runs, the unreliable service's share of failures."""

    rate: int = 60
    speed: int = 20
    share: float = 0.05
    seed: int = 7


@dataclass(frozen=True)
class Look:
    """What the automation saw at one of its looks. `at` is the cloud's time."""

    at: float
    verdict: str
    reason: str
    evidence: float


@contextmanager
def setting(plan: Plan) -> Iterator[Gateway]:
    """The sample, copied, its stage rolling out by itself, its recommendations unreliable, running."""
    with tempfile.TemporaryDirectory(prefix="headgate-demo-") as folder:
        project = Path(folder) / "portal"
        servers = start(dict.fromkeys(PORTS, 0))
        try:
            write_project(project, {server.service: server.server_port for server in servers})
            make_unreliable(servers, plan.share)
            options = ("--project", str(project), "--canary", "auto", "--no-watch", "--controllable-clock")
            with up(*options, "--seed", str(plan.seed), folder=project) as gateway:
                yield gateway
        finally:
            stop(servers)


def write_project(project: Path, ports: Mapping[str, int]) -> None:
    """The sample with `mode: auto`; its time-outs are longer, so that a busy machine makes no failures of its own."""
    copy_sample(project, ports)
    (project / "node_modules").symlink_to(ROOT / "node_modules")
    replace(project / "gateway.yaml", "canary: {percent: 10}", ROLLOUT)
    for file, old, new in (
        (COMPOSITION, "timeout: 1", "timeout: 5"),
        (Path("openapi/portal.yaml"), "timeout: 2,", "timeout: 20,"),
        (Path("openapi/portal.yaml"), "timeout: 3}", "timeout: 20}"),
    ):
        replace(project / file, old, new)


def replace(file: Path, old: str, new: str) -> None:
    """Raises AssertionError when the text is not there: the sample has changed."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} has no {old!r} any more"
    file.write_text(text.replace(old, new), encoding="utf-8")


def make_unreliable(servers: list[Server], share: float) -> None:
    """Recommendations fail now and then, for every caller; the composition has a fallback."""
    for server in servers:
        if server.service == "recommendations":
            server.switch = Switch(broken=True, share=share)


class LocalCloud:
    """The running cloud as the demo looks at it: through AWS's own calls."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.api = gateway.ready["restApis"][0]
        self.group = gateway.ready["accessLogGroup"]
        self._newest = 0

    def boto3(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.gateway.endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - the local cloud takes any
        )

    @cached_property
    def _apigateway(self) -> Any:
        return self.boto3("apigateway")

    @cached_property
    def _logs(self) -> Any:
        return self.boto3("logs")

    @cached_property
    def _stepfunctions(self) -> Any:
        return self.boto3("stepfunctions")

    @cached_property
    def _lambda(self) -> Any:
        return self.boto3("lambda")

    def clock(self, **move: float | bool) -> float:
        """Move the cloud's clock; without a move read it. Epoch seconds."""
        body = json.dumps(move).encode() if move else None
        client = Client(self.gateway.endpoint)
        answer = client.request("/_headgate/clock", "POST" if move else "GET", body=body)
        client.close()
        if answer.status != 200:
            raise RuntimeError(f"the cloud's clock did not move: {answer.json['message']}")
        return float(answer.json["now"])

    def canary_percent(self) -> float | None:
        """GetStage: the canary's share, None without one."""
        stage = self._apigateway.get_stage(restApiId=self.api, stageName=STAGE)
        settings = stage.get("canarySettings")
        return float(settings["percentTraffic"]) if settings else None

    def records(self, overlap: float | None) -> Iterator[Mapping[str, Any]]:
        """Access-log records since `overlap` seconds before the newest one seen, or all; a slow request's come late."""
        since = 0 if overlap is None else max(0, self._newest - round(overlap * 1000))
        pages = self._logs.get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=self.group, startTime=since):
            for event in page["events"]:
                self._newest = max(self._newest, event["timestamp"])
                yield json.loads(event["message"])

    def looks(self) -> list[Look]:
        """What the state machine's executions were told, oldest first."""
        client, found = self._stepfunctions, []
        for machine in client.list_state_machines()["stateMachines"]:
            for execution in client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]:
                history = client.get_execution_history(executionArn=execution["executionArn"], maxResults=1000)
                found += [look for event in history["events"] for look in _look(event)]
        return sorted(found, key=lambda look: look.at)

    def state(self) -> Mapping[str, Any]:
        """The stage as the release function tells of it, with its history."""
        payload = json.dumps({"command": "status", "stage": STAGE}).encode()
        answer = self._lambda.invoke(FunctionName="headgate-prod-release", Payload=payload)
        state: Mapping[str, Any] = json.loads(answer["Payload"].read())["state"]
        return state


def _look(event: Mapping[str, Any]) -> Iterator[Look]:
    told = event.get("stateExitedEventDetails", {})
    if told.get("name") != "Look":
        return
    output = json.loads(told["output"])
    judgement = output["judgement"] or {"verdict": output["outcome"], "evidence": 0.0}
    yield Look(event["timestamp"].timestamp(), judgement["verdict"], output["reason"], judgement["evidence"])


class Ticker:
    """Runs the cloud's clock faster than the wall's, while it is entered."""

    def __init__(self, cloud: LocalCloud, speed: int) -> None:
        self.cloud, self.speed = cloud, speed
        self.failure: Exception | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self.now = self.cloud.clock(freeze=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self.failure is None:
            self.cloud.clock(resume=True)

    def _run(self) -> None:
        last = time.monotonic()
        while not self._stop.wait(TICK_SECONDS):
            now = time.monotonic()
            try:
                self.now = self.cloud.clock(advance=(now - last) * self.speed)
            except (OSError, RuntimeError, ValueError) as error:
                self.failure = error
                return
            last = now
