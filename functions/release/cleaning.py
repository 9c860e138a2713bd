"""Carrying a sweep out: look at everything under the leases of all stages, decide, delete.

{"command": "gc", "keep": 5, "dryRun": true}
-> {"ok": true, "deleted": {"deployments": [...], "versions": [...]}, "kept": [...], "message": ..., "dryRun": true}
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from .gc import Needed, Sweep, Version, sweep
from .journal import LeaseHeldError
from .releases import Releases
from .stages import described_release, error_code

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

KEEP = 10

# Deployments deleted under one lease: the control plane allows ten calls a second (FACTS 10.4).
BATCH = 5


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Old releases of one environment. `functions` are names of functions that have a version per release."""

    releases: Releases
    functions: Sequence[str]
    client: "LambdaClient"

    def clean(self, *, keep: int, owner: str, is_dry: bool) -> Sweep:
        """Delete what nothing points at. Raises LeaseHeldError while somebody moves a stage."""
        found = self._look(keep)
        while not is_dry and self._clean_some(keep, owner):
            pass
        return found

    def _clean_some(self, keep: int, owner: str) -> bool:
        """A few deletions under the leases, so that nobody waits long; whether there was something to delete."""
        with ExitStack() as held:
            for stage in self._stages():
                held.enter_context(self.releases.journal.lease(stage, owner, self.releases.now()))
            found = self._look(keep)
            for made in found.deployments[:BATCH]:
                self.releases.stages.delete(made.api, made.deployment)
            if not found.deployments:
                for version in found.versions:
                    self._delete(version)
            return bool(found.deployments)

    def _look(self, keep: int) -> Sweep:
        apis = tuple(self.releases.apis.values())
        made = [one for api in apis for one in self.releases.stages.made(api)]
        versions = [version for function in self.functions for version in self._versions(function)]
        return sweep(made, versions, self._needed(apis), keep=keep, now=self.releases.now())

    def _needed(self, apis: Sequence[str]) -> Needed:
        journal = self.releases.journal
        pointed = {deployment for api in apis for deployment in self.releases.stages.pointed_at(api)}
        names: set[str] = set()
        for stage in self._stages():
            names |= {name for name in (journal.wanted(stage), journal.approved(stage)) if name}
            for entry in journal.history(stage):
                if entry.before != entry.after:
                    pointed |= set(entry.before.values())  # where an undo would go
                    break
        published = {release: at for api in apis for release, at in journal.published(api).items()}
        return Needed(frozenset(pointed), frozenset(names), published)

    def _stages(self) -> list[str]:
        """The stages of the first API: those of all."""
        first = next(iter(self.releases.apis.values()))
        return self.releases.stages.names(first)

    def _versions(self, function: str) -> list[Version]:
        pages = self.client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        items: list[Mapping[str, Any]] = [item for page in pages for item in page["Versions"]]
        return [
            Version(
                function,
                item["Version"],
                described_release(item.get("Description")),
                datetime.fromisoformat(item["LastModified"]).timestamp(),
            )
            for item in items
            if item["Version"] != "$LATEST"
        ]

    def _delete(self, version: Version) -> None:
        try:
            self.client.delete_function(FunctionName=version.function, Qualifier=version.version)
        except ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise


def run_clean(event: Mapping[str, Any], cleaner: Cleaner, owner: str) -> dict[str, Any]:
    """The answer to `gc`; a stage that somebody is moving now is a refusal."""
    keep, is_dry = event.get("keep", KEEP), bool(event.get("dryRun"))
    if isinstance(keep, bool) or not isinstance(keep, int) or keep < 1:
        return _failed("bad-request", f"keep is {keep!r}, wanted a number from 1", "see headgate releases gc --help")
    try:
        return sweep_json(cleaner.clean(keep=keep, owner=owner, is_dry=is_dry), is_dry=is_dry)
    except LeaseHeldError as error:
        return _failed("busy", str(error), "try again in a minute")


def _failed(code: str, message: str, fix: str) -> dict[str, Any]:
    return {"ok": False, "error": {"code": code, "message": message, "fix": fix}}


def sweep_json(found: Sweep, *, is_dry: bool) -> dict[str, Any]:
    """The answer to `gc`."""
    deployments = [
        {"restApiId": made.api, "deploymentId": made.deployment, "releaseId": made.release}
        for made in found.deployments
    ]
    versions = [{"function": v.function, "version": v.version, "releaseId": v.release} for v in found.versions]
    verb = "would be deleted" if is_dry else "deleted"
    message = f"{len(deployments)} deployments and {len(versions)} versions {verb}, {len(found.kept)} releases kept"
    return {
        "ok": True,
        "message": message,
        "deleted": {"deployments": deployments, "versions": versions},
        "kept": list(found.kept),
        "dryRun": is_dry,
    }
