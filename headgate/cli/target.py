"""Which cloud a command talks to: the one named, else the local one that runs for this project, else AWS.

A running `headgate up` wins over AWS, because the mistake is harmless in that direction; `--aws` says otherwise.
"""

import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        import boto3  # noqa: PLC0415 - a quarter of a second that most commands need not pay
        from botocore.config import Config  # noqa: PLC0415

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
    state = read_state(project)
    endpoint = state.get("endpoint")
    if not isinstance(endpoint, str) or not endpoint.startswith(LOOPBACK) or not is_alive(state.get("pid")):
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


def is_alive(process: object) -> bool:
    """Whether a process of this number runs; the port of one that crashed may be somebody else's by now."""
    if not isinstance(process, int):
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Claim:
    """One `headgate up` of a project: what it writes down for the other commands. The newest of several wins."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.other = running(project) or ""
        self.before = read_state(project) if self.other else {}
        self.spare: Path | None = None

    def assembly(self, folder: Path) -> Path:
        """The folder of the cloud assembly: two that run at once must not write into one."""
        if not self.other:
            return folder / STATE_FOLDER / "cdk.out"
        self.spare = folder / STATE_FOLDER / f"cdk.out-{os.getpid()}"
        return self.spare

    def write(self, state: Mapping[str, Any]) -> None:
        """Write down where the local cloud is."""
        folder = self.project / STATE_FOLDER
        folder.mkdir(exist_ok=True)
        text = json.dumps({**state, "pid": os.getpid()}, indent=2)
        (folder / STATE_FILE).write_text(text + "\n", encoding="utf-8")

    def give_back(self) -> None:
        """This one ends: the other one, when it still runs, is found again."""
        file = self.project / STATE_FOLDER / STATE_FILE
        if self.spare:
            shutil.rmtree(self.spare, ignore_errors=True)
        if read_state(self.project).get("pid") != os.getpid():
            return
        file.unlink(missing_ok=True)
        if is_alive(self.before.get("pid")):
            file.write_text(json.dumps(self.before, indent=2) + "\n", encoding="utf-8")
