"""The template, the release function and the custom resources together: deployed on the local cloud as CloudFormation would."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from headgate.local.cloud import Cloud, CloudConfig
from infra.app import synthesize

EXTRA = """\
paths:
  /extra:
    get:
      operationId: extra
      security: []
      responses: {"200": {description: More.}}
"""


@dataclass
class Deployed:
    """A project on a cloud."""

    cloud: Cloud
    project: Path
    outdir: Path

    def deploy(self, release: str, **context: str) -> Any:
        """Write a document that is another release for another name, and deploy the production stack."""
        text = (self.project / "openapi" / "users.yaml").read_text()
        if release != "first":
            text = text.replace("paths:\n", EXTRA.replace("extra", release))
        (self.project / "openapi" / "deployed.yaml").write_text(text)
        port = self.cloud.endpoint_url.rpartition(":")[2]
        options = {
            "headgate:local": "true",
            "headgate:port": port,
            "headgate:environment": "prod",
            "headgate:canary": "10",
        }
        made = synthesize(self.project, outdir=self.outdir, context={**options, **context})
        return self.cloud.deploy(made.assembly, made.stacks[0])

    def ask(self, command: str, **more: Any) -> dict[str, Any]:
        """Invoke the release function."""
        payload = json.dumps({"command": command, "stage": "prod", **more})
        client = self.cloud.clients.client("lambda")
        answer = client.invoke(FunctionName="tiny-prod-release", Payload=payload)
        found: dict[str, Any] = json.loads(answer["Payload"].read())
        return found

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("status")["state"]
        return found


@pytest.fixture
def deployed(project: Path, tmp_path: Path) -> Iterator[Deployed]:
    gateway = project / "gateway.yaml"
    gateway.write_text(gateway.read_text().replace("openapi/users.yaml", "openapi/deployed.yaml"))
    with Cloud(CloudConfig(port=0, http_port=0, notice=lambda text: None)) as cloud:
        made = Deployed(cloud, project, tmp_path / "out")
        result = made.deploy("first")
        assert result.ok, result
        yield made


def test_a_release_enters_moves_and_leaves(deployed: Deployed):
    first = deployed.state()["stable"]
    assert deployed.deploy("second").ok
    state = deployed.state()
    assert (state["phase"], state["stable"], state["canary"]["percent"]) == ("canary", first, 10)

    assert deployed.ask("set", percent=40)["ok"]
    assert deployed.ask("rollback")["ok"]

    state = deployed.state()
    assert (state["phase"], state["stable"]) == ("stable", first)


def test_a_rejected_release_fails_the_deploy_and_touches_nothing(deployed: Deployed):
    deployed.deploy("second")
    deployed.ask("rollback")
    assert deployed.deploy("first").ok
    before = deployed.state()

    failed = deployed.deploy("second")

    assert not failed.ok
    assert failed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "was rolled back from stage prod before" in str(failed.failures)
    after = deployed.state()
    assert (after["phase"], after["stable"]) == ("stable", before["stable"])
    assert deployed.deploy("second", **{"headgate:retry": "true"}).ok
    assert deployed.state()["phase"] == "canary"


def test_promoted_then_deployed_again_keeps_both_pointers(deployed: Deployed):
    deployed.deploy("second")
    second = deployed.ask("promote")["state"]["stable"]["releaseId"]

    assert deployed.deploy("third").ok

    state = deployed.state()
    assert (state["phase"], state["stable"]["releaseId"]) == ("canary", second)
    deployed.ask("rollback")
    assert deployed.ask("undo")["ok"]
    assert deployed.state()["stable"]["releaseId"] != second
