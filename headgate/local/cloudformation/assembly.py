"""Applying a CDK assembly (`cdk.out`) in process: publish its file assets, deploy its stack, without the CDK CLI.

The CLI needs 8 s for what takes well under one here, most of it polling. What it leaves behind is the same: the bootstrap
stack, the assets in its bucket under their content hashes, the stack.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from .engine import Engine
from .handlers.contract import Clients
from .settings import StackResult
from .worker import OnEvent

TOOLKIT_STACK = "CDKToolkit"
# Enough for every assembly's own minimum (6 to 8), older than any real one, so that `cdk bootstrap` may follow.
BOOTSTRAP_VERSION = "10"
DEFAULT_BUCKET = "cdk-hnb659fds-assets-{account}-{region}"
DEFAULT_VERSION_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
# A fixed moment, so that the same folder always is the same archive.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


class AssemblyError(Exception):
    """The folder is not an assembly, or does not have what was asked for."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file asset: where it is on disk, and the bucket and key it goes to."""

    path: Path
    packaging: str  # "zip" for a folder, "file" as it is
    bucket: str
    key: str


def apply_assembly(
    folder: Path, stack_name: str, engine: Engine, clients: Clients, *, on_event: OnEvent | None = None
) -> StackResult:
    """Publishes the stack's assets and deploys it. `stack_name` is the stack's name or its artifact id.

    Raises AssemblyError when the folder does not hold it, and what `Engine.deploy` raises.
    """
    artifacts = _artifacts(folder)
    artifact = _stack_artifact(artifacts, stack_name, folder)
    name = str(artifact["properties"].get("stackName", stack_name))
    template = (folder / artifact["properties"]["templateFile"]).read_text(encoding="utf-8")
    assets = list(_assets(folder, artifacts, artifact, engine))
    _bootstrap(engine, assets, template)
    for asset in assets:
        publish(asset, clients)
    parameters = {key: str(value) for key, value in artifact["properties"].get("parameters", {}).items()}
    if on_event is None:
        return engine.deploy(name, template, parameters)
    return engine.deploy(name, template, parameters, on_event)


def publish(asset: Asset, clients: Clients) -> bool:
    """Uploads an asset unless its key, which is a digest of its content, is there already; True when it did."""
    s3 = clients("s3")
    try:
        s3.head_object(Bucket=asset.bucket, Key=asset.key)
    except ClientError:
        body = archive(asset.path) if asset.packaging == "zip" else asset.path.read_bytes()
        s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=body)
        return True
    return False


def archive(folder: Path) -> bytes:
    """A folder as a zip: files in order, fixed dates, executable bits kept, stored rather than compressed (it never travels)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for path in sorted(item for item in folder.rglob("*") if item.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), ZIP_EPOCH)
            entry.external_attr = (path.stat().st_mode & 0xFFFF) << 16
            target.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def _artifacts(folder: Path) -> Mapping[str, Any]:
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise AssemblyError(
            f"{folder}: not a CDK assembly, it has no manifest.json; run `cdk synth --output {folder}` first"
        )
    artifacts: Mapping[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))["artifacts"]
    return artifacts


def _stacks(artifacts: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(key, artifact) for key, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"]


def _stack_artifact(artifacts: Mapping[str, Any], stack_name: str, folder: Path) -> Mapping[str, Any]:
    stacks = _stacks(artifacts)
    for key, artifact in stacks:
        if stack_name in {key, artifact["properties"].get("stackName", key)}:
            return artifact
    raise AssemblyError(f"{folder}: no stack {stack_name}; it has {', '.join(key for key, _ in stacks) or 'none'}")


def _assets(folder: Path, artifacts: Mapping[str, Any], stack: Mapping[str, Any], engine: Engine) -> Iterator[Asset]:
    """The stack's file assets; its own template is left out, since it is passed directly."""
    for dependency in stack.get("dependencies", ()):
        manifest = artifacts.get(dependency, {})
        if manifest.get("type") != "cdk:asset-manifest":
            continue
        content = json.loads((folder / manifest["properties"]["file"]).read_text(encoding="utf-8"))
        if content.get("dockerImages"):
            names = ", ".join(content["dockerImages"])
            raise AssemblyError(
                f"{folder}: {dependency} has container images ({names}); the local cloud runs no containers"
            )
        for entry in content.get("files", {}).values():
            source = entry["source"]
            if source.get("path") == stack["properties"]["templateFile"]:
                continue
            for destination in entry["destinations"].values():
                yield Asset(
                    folder / source["path"],
                    source.get("packaging", "file"),
                    _here(destination["bucketName"], engine),
                    _here(destination["objectKey"], engine),
                )


def _here(text: str, engine: Engine) -> str:
    replacements = {
        "${AWS::AccountId}": engine.account,
        "${AWS::Partition}": "aws",
        "${AWS::Region}": engine.region,
    }
    for placeholder, value in replacements.items():
        text = text.replace(placeholder, value)
    return text


def _bootstrap(engine: Engine, assets: list[Asset], template: str) -> None:
    """Makes what `cdk bootstrap` would have made as far as a deployment needs it: the bucket and the version parameter.

    It is a stack under the toolkit's name with its logical ids, so that a real `cdk bootstrap` later updates it.
    """
    if engine.find(TOOLKIT_STACK) is not None:
        return
    bucket = assets[0].bucket if assets else DEFAULT_BUCKET.format(account=engine.account, region=engine.region)
    declared = json.loads(template).get("Parameters", {}).get("BootstrapVersion", {})
    parameter = declared.get("Default", DEFAULT_VERSION_PARAMETER)
    toolkit = {
        "Description": "This stack includes resources needed to deploy AWS CDK apps into this environment",
        "Resources": {
            "StagingBucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"BucketName": bucket, "VersioningConfiguration": {"Status": "Enabled"}},
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain",
            },
            "CdkBootstrapVersion": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Type": "String", "Name": parameter, "Value": BOOTSTRAP_VERSION},
            },
        },
        "Outputs": {
            "BucketName": {"Value": {"Ref": "StagingBucket"}},
            "BucketDomainName": {"Value": {"Fn::GetAtt": ["StagingBucket", "RegionalDomainName"]}},
            "BootstrapVersion": {"Value": {"Fn::GetAtt": ["CdkBootstrapVersion", "Value"]}},
        },
    }
    result = engine.deploy(TOOLKIT_STACK, json.dumps(toolkit))
    if not result.ok:
        raise AssemblyError(f"{TOOLKIT_STACK}: could not make the asset bucket {bucket}: {result.failures}")
