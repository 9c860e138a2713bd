"""Which cloud a command talks to: the one named, else the local one that runs for this project, else AWS.

A running `headgate up` wins over AWS, because the mistake is harmless in that direction; `--aws` says otherwise.
"""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from .output import CommandError

STATE_FOLDER = ".headgate"
STATE_FILE = "up.json"
LOOPBACK = ("http://localhost", "http://127.0.0.1", "http://[::1]")


@dataclass(frozen=True)
class Cloud:
    """Where the AWS API is; `endpoint_url` None means AWS itself."""

    endpoint_url: str | None
    region: str

    @property
    def is_local(self) -> bool:
        return bool(self.endpoint_url and self.endpoint_url.startswith(LOOPBACK))

    def client(self, service: str) -> Any:
        """A boto3 client; the local cloud needs no credentials, so it gets made-up ones where there are none."""
        extra: dict[str, Any] = {}
        if self.is_local and not os.environ.get("AWS_ACCESS_KEY_ID"):
            extra = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        config = Config(retries={"max_attempts": 4, "mode": "standard"}, connect_timeout=5, read_timeout=60)
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint_url,
            region_name=self.region,
            config=config,
            **extra,
        )


def choose(project: Path, region: str, *, endpoint_url: str | None = None, aws: bool = False) -> Cloud:
    """The cloud to talk to.

    Raises:
        CommandError: both --aws and --endpoint-url were given.
    """
    if aws and endpoint_url:
        raise CommandError("--aws and --endpoint-url exclude each other", "give one of them", code=2)
    if aws:
        return Cloud(None, region)
    named = endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
    return Cloud(named or running(project), region)


def running(project: Path) -> str | None:
    """The endpoint of the `headgate up` that runs for this project, when it answers."""
    endpoint = read_state(project).get("endpoint")
    if not isinstance(endpoint, str) or not endpoint.startswith(LOOPBACK):
        return None
    try:
        with urllib.request.urlopen(f"{endpoint}/_headgate/health", timeout=2) as answer:  # noqa: S310 - loopback
            return endpoint if answer.status == 200 else None
    except (urllib.error.URLError, OSError):
        return None


def read_state(project: Path) -> Mapping[str, Any]:
    """What the running `headgate up` wrote down; empty when there is none."""
    try:
        state = json.loads((project / STATE_FOLDER / STATE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(project: Path, state: Mapping[str, Any]) -> None:
    """Write down where the local cloud is, for the other commands."""
    folder = project / STATE_FOLDER
    folder.mkdir(exist_ok=True)
    (folder / STATE_FILE).write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")


def clear_state(project: Path) -> None:
    """The local cloud is gone."""
    (project / STATE_FOLDER / STATE_FILE).unlink(missing_ok=True)
