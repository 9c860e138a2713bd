"""Applying a `cdk.out` folder without the CDK CLI."""

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from headgate.local.cloudformation import AssemblyError, apply_assembly
from headgate.local.cloudformation.assembly import archive

from .account import Account
from .fakes import ref

BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"


def write_assembly(folder: Path, **asset_manifest: Any) -> Path:
    """A `cdk.out` with one stack, `Demo` (named demo-dev), and one zipped folder asset, as the CDK writes it."""
    (folder / "asset.abc").mkdir(parents=True)
    (folder / "asset.abc" / "index.py").write_text("def handler(event, context): return 1\n")
    stack = {
        "Resources": {"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": ref("Name")}}},
        "Parameters": {
            "BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": "/cdk-bootstrap/hnb659fds/version",
            },
            "Name": {"Type": "String"},
        },
        "Rules": {
            "CheckBootstrapVersion": {
                "Assertions": [
                    {
                        "Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2", "3", "4", "5"], ref("BootstrapVersion")]}]},
                        "AssertDescription": "CDK bootstrap stack version 6 required.",
                    }
                ]
            }
        },
    }
    files = {
        "abc": {
            "source": {"path": "asset.abc", "packaging": "zip"},
            "destinations": {"here": {"bucketName": BUCKET, "objectKey": "abc.zip"}},
        },
        "t": {
            "source": {"path": "Demo.template.json", "packaging": "file"},
            "destinations": {"here": {"bucketName": BUCKET, "objectKey": "t.json"}},
        },
    }
    artifacts = {
        "Demo.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Demo.assets.json"}},
        "Demo": {
            "type": "aws:cloudformation:stack",
            "dependencies": ["Demo.assets"],
            "properties": {
                "templateFile": "Demo.template.json",
                "stackName": "demo-dev",
                "parameters": {"Name": "logs"},
            },
        },
    }
    (folder / "Demo.template.json").write_text(json.dumps(stack))
    (folder / "Demo.assets.json").write_text(json.dumps({"files": files, **asset_manifest}))
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": artifacts}))
    return folder


def test_assets_are_published_and_the_stack_is_deployed(tmp_path: Path) -> None:
    account = Account()

    result = apply_assembly(write_assembly(tmp_path / "cdk.out"), "demo-dev", account.engine, account.clients)

    content = account.clients("s3").get_object(Bucket=f"cdk-hnb659fds-assets-{account.id}-us-east-1", Key="abc.zip")
    assert result.status == "CREATE_COMPLETE"
    assert zipfile.ZipFile(BytesIO(content["Body"].read())).namelist() == ["index.py"]
    assert account.engine.get("CDKToolkit").status == "CREATE_COMPLETE"
    assert account.parameters == {"/cdk-bootstrap/hnb659fds/version": "10"}


def test_what_is_there_is_not_published_again(tmp_path: Path) -> None:
    account = Account()
    folder = write_assembly(tmp_path / "cdk.out")
    apply_assembly(folder, "Demo", account.engine, account.clients)
    (folder / "asset.abc" / "index.py").unlink()  # would show in a new archive

    result = apply_assembly(folder, "Demo", account.engine, account.clients)

    content = account.clients("s3").get_object(Bucket=f"cdk-hnb659fds-assets-{account.id}-us-east-1", Key="abc.zip")
    assert result.changes == ()
    assert zipfile.ZipFile(BytesIO(content["Body"].read())).namelist() == ["index.py"]


def test_events_are_told_as_they_happen(tmp_path: Path) -> None:
    account = Account()
    told: list[str] = []

    apply_assembly(
        write_assembly(tmp_path / "cdk.out"),
        "Demo",
        account.engine,
        account.clients,
        on_event=lambda event: told.append(f"{event.logical_id} {event.status}"),
    )

    assert told[0] == "demo-dev CREATE_IN_PROGRESS"
    assert told[-1] == "demo-dev CREATE_COMPLETE"


def test_an_archive_is_the_same_every_time_and_keeps_what_is_executable(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "run"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    first = archive(tmp_path)
    script.touch()

    entry = zipfile.ZipFile(BytesIO(first)).infolist()[0]

    assert archive(tmp_path) == first
    assert (entry.filename, (entry.external_attr >> 16) & 0o777) == ("bin/run", 0o755)


@pytest.mark.parametrize(
    ("stack", "manifest", "message"),
    [
        ("other", {}, "no stack other; it has Demo"),
        ("Demo", {"dockerImages": {"image1": {}}}, r"container images \(image1\)"),
    ],
    ids=["unknown-stack", "images"],
)
def test_what_cannot_be_applied(tmp_path: Path, stack: str, manifest: dict[str, Any], message: str) -> None:
    account = Account()

    with pytest.raises(AssemblyError, match=message):
        apply_assembly(write_assembly(tmp_path / "cdk.out", **manifest), stack, account.engine, account.clients)


def test_a_folder_without_an_assembly_says_what_to_do(tmp_path: Path) -> None:
    account = Account()

    with pytest.raises(AssemblyError, match="run `cdk synth --output"):
        apply_assembly(tmp_path, "Demo", account.engine, account.clients)
