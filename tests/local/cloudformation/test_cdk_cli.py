"""The real CDK CLI against the local cloud. One short test runs in the suite, the whole table is slow (a deploy takes 8 s)."""

import json
from pathlib import Path
from typing import Any

import pytest

from .cloud import RunningCloud, gateway

ENVIRONMENT = "aws://123456789012/us-east-1"


def write_assembly(folder: Path, template: dict[str, Any], name: str) -> Path:
    """A `cdk.out` with one stack without assets; no synthesis, which would take longer than the rest."""
    folder.mkdir(exist_ok=True)
    (folder / "t.json").write_text(json.dumps(template))
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": ENVIRONMENT,
        "properties": {"templateFile": "t.json", "stackName": name},
        "displayName": name,
    }
    (folder / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {name: stack}}))
    return folder


def parameter(value: str) -> dict[str, Any]:
    return {
        "Resources": {
            "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": "/cli", "Value": value}}
        },
        "Outputs": {"Name": {"Value": {"Ref": "P"}}},
    }


def test_the_cli_deploys(cloud: RunningCloud, tmp_path: Path) -> None:
    assembly = write_assembly(tmp_path / "out", parameter("one"), "short")

    done = cloud.cdk(tmp_path, "deploy", "--app", str(assembly), "--require-approval", "never")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "short.Name = /cli" in done.stdout + done.stderr
    assert cloud.client("ssm").get_parameter(Name="/cli")["Parameter"]["Value"] == "one"


@pytest.mark.slow
def test_bootstrap(cloud: RunningCloud, tmp_path: Path) -> None:
    done = cloud.cdk(tmp_path, "bootstrap", ENVIRONMENT)

    assert "bootstrapped" in done.stdout + done.stderr
    assert cloud.settled("CDKToolkit")["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.slow
def test_the_whole_life_of_a_stack(cloud: RunningCloud, tmp_path: Path) -> None:
    def run(verb: str, template: dict[str, Any], *more: str) -> tuple[int, str]:
        assembly = write_assembly(tmp_path / "out", template, "life")
        done = cloud.cdk(tmp_path, verb, "--app", str(assembly), *more)
        return done.returncode, done.stdout + done.stderr

    never = ("--require-approval", "never")
    status, text = run("deploy", gateway("one"), *never)
    assert (status, "life.Api = " in text) == (0, True), text
    status, text = run("deploy", gateway("one"), *never)
    assert "(no changes)" in text
    status, text = run("diff", gateway("two"))
    assert "AWS::ApiGateway::RestApi" in text
    assert "Versiontwo" in text
    status, text = run("deploy", gateway("two"), *never)
    assert status == 0, text
    status, text = run("deploy", gateway("three", Fail="yes"), *never)
    assert status == 1
    assert "Message returned: told to fail" in text
    assert cloud.settled("life")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    status, text = run("deploy", {"Resources": {"Odd": {"Type": "AWS::Foo::Bar"}}}, *never)
    assert status == 1
    assert "Unrecognized resource types: [AWS::Foo::Bar]" in text
    status, text = run("destroy", gateway("two"), "--force")
    assert (status, "destroyed" in text) == (0, True), text
    names = [stack["StackName"] for stack in cloud.client("cloudformation").describe_stacks()["Stacks"]]
    assert "life" not in names


@pytest.mark.slow
def test_a_stack_that_failed_to_be_made_can_be_deployed_again(cloud: RunningCloud, tmp_path: Path) -> None:
    def run(template: dict[str, Any]) -> int:
        assembly = write_assembly(tmp_path / "out", template, "again")
        return cloud.cdk(tmp_path, "deploy", "--app", str(assembly), "--require-approval", "never").returncode

    assert run(gateway("one", Crash="yes")) == 1
    assert cloud.settled("again")["StackStatus"] == "ROLLBACK_COMPLETE"

    assert run(gateway("one")) == 0
