"""The life of a stage through the real CDK CLI, first deploy to destroy: what a deploy does to traffic, and what it leaves alone.

One gateway and one order of events, because each deploy takes seconds and starts where the one before it ended.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from examples.portal.__main__ import start, stop
from examples.portal.services import PORTS
from headgate.cli.deploy import cdk_environment, find_cdk
from headgate.cli.target import choose

from .gateway import Gateway, copy_sample, up

STAGES = """\
  prod:
    region: us-east-1
    stages:
      staging:
        canary: {percent: 10}
        throttle: {rate: 2000, burst: 1000}
      prod:
        canary: {percent: 10}
"""


class Project:
    """The sample with two stages in one environment, deployed to an empty local account."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway, self.folder = gateway, gateway.project

    def rewrite(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, (file, old)
        path.write_text(text.replace(old, new), encoding="utf-8")

    def edition(self, old: str, new: str) -> None:
        """Another release: one header of a composed answer says something else."""
        self.rewrite("openapi/portal.yaml", f"Edition: {old}", f"Edition: {new}")

    def deploy(self, *options: str) -> str:
        """A deploy that works; what it printed."""
        done = self._deploy(*options)
        assert done[0] == 0, done[1]
        return done[1]

    def refused(self, *options: str) -> str:
        """A deploy that fails; what it printed."""
        done = self._deploy(*options)
        assert done[0] == 1, done[1]
        return done[1]

    def _deploy(self, *options: str) -> tuple[int, str]:
        given = ("--endpoint-url", self.gateway.endpoint, "--canary", "auto", *options)
        done = self.gateway.cli("deploy", "prod", *given)
        return done.returncode, done.stdout + done.stderr

    def destroy(self) -> str:
        """`cdk destroy`, as its user types it."""
        port = self.gateway.endpoint.rpartition(":")[2]
        context = ("-c", "headgate:local=true", "-c", f"headgate:port={port}", "-c", "headgate:canary=auto")
        cloud = choose(self.folder, "us-east-1", endpoint_url=self.gateway.endpoint)
        command = [*find_cdk(self.folder), "destroy", "headgate-prod", "--force", *context]
        done = subprocess.run(
            command, cwd=self.folder, env=cdk_environment(cloud), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def canary(self, *arguments: str) -> Mapping[str, Any]:
        state: Mapping[str, Any] = self.gateway.canary(*arguments, "--endpoint-url", self.gateway.endpoint)["state"]
        return state

    def split(self, stage: str) -> dict[str, float]:
        """Share by release."""
        state = self.canary("status", stage)
        share = float(state["canary"]["percent"]) if state["canary"] else 0.0
        found = {state["stable"]["releaseId"]: 100.0 - share}
        return found | ({state["canary"]["releaseId"]: share} if state["canary"] else {})

    def live(self, stage: str) -> Mapping[str, Any]:
        """GetStage, as AWS answers."""
        api = self.client("apigateway").get_rest_apis()["items"][0]["id"]
        answer: dict[str, Any] = self.client("apigateway").get_stage(restApiId=api, stageName=stage)
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def versions(self) -> dict[str, str]:
        """Code digests of the aggregator's versions."""
        pages = self.client("lambda").list_versions_by_function(FunctionName="headgate-prod-portal-aggregator")
        return {item["Version"]: item["CodeSha256"] for item in pages["Versions"] if item["Version"] != "$LATEST"}

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.gateway.endpoint,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    servers = start(dict.fromkeys(PORTS, 0))
    try:
        copy_sample(tmp_path, {server.service: server.server_port for server in servers})
        text = (tmp_path / "gateway.yaml").read_text(encoding="utf-8")
        text = re.sub(r"^  prod:\n(?:    .*\n)+", STAGES, text, flags=re.MULTILINE)
        (tmp_path / "gateway.yaml").write_text(text, encoding="utf-8")
        with up("--project", str(tmp_path), "--empty", folder=tmp_path) as gateway:
            yield Project(gateway)
    finally:
        stop(servers)
        shutil.rmtree(tmp_path / "cdk.out", ignore_errors=True)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_life_of_a_stage_through_the_cdk_cli(project: Project) -> None:
    first = _begins(project)
    second = _enters(project, first)
    _percentages(project, first, second)
    _settings_beside_a_canary(project, first, second)
    third = _rejected(project, first, second)
    fourth = _superseded(project, first, third)
    _handed_on(project, first, fourth)
    _abolished(project, first, fourth)
    _undone(project)
    project.destroy()
    assert project.client("apigateway").get_rest_apis()["items"] == []


def _begins(project: Project) -> str:
    project.deploy()
    (first,) = project.split("staging")
    assert project.split("prod") == {first: 100.0}, "the first deploy is everywhere"
    return first


def _enters(project: Project, first: str) -> str:
    prod, code = project.live("prod"), project.versions()
    project.edition("morning", "evening")
    project.deploy()
    second = _entered(project, first)
    assert project.split("staging") == {first: 90.0, second: 10.0}, "a new release enters as a canary"
    assert project.live("prod") == prod, "a deploy moves the first stage only"
    assert code.items() < project.versions().items(), "the stable release keeps its code"
    return second


def _percentages(project: Project, first: str, second: str) -> None:
    project.canary("set", "staging", "37")
    assert "no changes" in project.deploy()
    assert project.split("staging")[second] == 37.0, "a deploy without changes leaves the split alone"

    ten, twenty = (f"staging:\n        canary: {{percent: {share}}}" for share in (10, 20))
    project.rewrite("gateway.yaml", ten, twenty)
    said = project.refused()
    assert "changed on both sides: it was 10, gateway.yaml says 20, and the stage is at 37" in said
    assert project.split("staging")[second] == 37.0
    project.canary("set", "staging", "10")
    project.deploy()
    assert project.split("staging") == {first: 80.0, second: 20.0}, "a percentage that nobody else moved is applied"


def _settings_beside_a_canary(project: Project, first: str, second: str) -> None:
    project.rewrite("gateway.yaml", "rate: 2000", "rate: 1000")
    assert "the settings of stage staging change while a canary is in flight" in project.refused()
    assert project.split("staging") == {first: 80.0, second: 20.0}, "a stack that rolls back leaves the traffic alone"
    project.rewrite("gateway.yaml", "rate: 1000", "rate: 2000")


def _rejected(project: Project, first: str, second: str) -> str:
    project.canary("rollback", "staging")
    project.edition("evening", "night")
    project.deploy()
    third = _entered(project, first)
    assert third != second
    project.edition("night", "evening")
    assert "was rolled back from stage staging before" in project.refused(), "a rejected release stays out"
    project.edition("evening", "night")
    project.deploy()
    assert project.split("staging")[third] == 20.0
    return third


def _superseded(project: Project, first: str, third: str) -> str:
    project.edition("night", "noon")
    project.deploy()
    fourth = _entered(project, first)
    assert fourth != third
    assert project.split("staging") == {first: 80.0, fourth: 20.0}, "a newer release supersedes the one in flight"
    return fourth


def _handed_on(project: Project, first: str, fourth: str) -> None:
    project.canary("promote", "staging")
    project.canary("start", "prod", "15", "--from", "staging")
    assert project.split("prod") == {first: 85.0, fourth: 15.0}
    canary = project.live("prod")["canarySettings"]["deploymentId"]
    assert canary == project.live("staging")["deploymentId"], "the next stage takes that same deployment"


def _abolished(project: Project, first: str, fourth: str) -> None:
    project.edition("noon", "dawn")
    project.deploy()
    fifth = _entered(project, fourth)
    project.rewrite("gateway.yaml", "staging:\n        canary: {percent: 20}\n", "staging:\n")
    project.deploy()
    assert project.split("staging") == {fifth: 100.0}, "removing the canary section removes the canary"
    assert "canarySettings" not in project.live("staging")
    assert project.split("prod") == {first: 85.0, fourth: 15.0}


def _undone(project: Project) -> None:
    project.canary("undo", "staging")
    assert len(project.split("staging")) == 1


def _entered(project: Project, stable: str) -> str:
    """The release that is not the stable one."""
    return next(release for release in project.split("staging") if release != stable)
