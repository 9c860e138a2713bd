"""Where `headgate why` asks: the cloud and the stage, the compiled project, and the local cloud's page."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from headgate import spec

from . import releases
from .output import CommandError
from .target import Cloud

TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Where:
    """The cloud, and the stage that is meant; `project` None in a folder without one."""

    cloud: Cloud
    stage: str
    project: spec.Project | None
    address: releases.StageAddress | None


def compiled_for(where: Where) -> spec.Compiled | None:
    """The project as it is now, compiled for the stage's environment."""
    if where.project is None or where.address is None:
        return None
    port = urlsplit(where.cloud.endpoint_url or "").port or 4566
    target = spec.Target(environment=where.address.environment, local=where.cloud.is_local, port=port)
    return spec.compile_project(where.project, target)[0]


def call(cloud: Cloud, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """POST to the local cloud's page."""
    address, body = f"{_base(cloud)}/_headgate/why", json.dumps(wanted).encode()
    return _talk(urllib.request.Request(address, body, method="POST"), cloud)  # noqa: S310 - loopback


def get(cloud: Cloud, query: Mapping[str, str]) -> dict[str, Any]:
    """GET from the local cloud's page."""
    return _talk(urllib.request.Request(f"{_base(cloud)}/_headgate/why?{urlencode(query)}"), cloud)  # noqa: S310 - loopback


def _talk(request: urllib.request.Request, cloud: Cloud) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - loopback
            told: dict[str, Any] = json.loads(answer.read())
            return told
    except urllib.error.HTTPError as error:
        said = error.read()
        try:
            message = str(json.loads(said)["message"])
        except (ValueError, KeyError, TypeError):
            message = f"it answers {error.code}: is it a Headgate local cloud of this version?"
        raise CommandError(f"{cloud.endpoint_url}: {message}", "headgate why --help shows what it takes") from error
    except (OSError, ValueError) as error:
        raise CommandError(f"{cloud.endpoint_url} does not answer: {error}", "start `headgate up`") from error


def _base(cloud: Cloud) -> str:
    return (cloud.endpoint_url or "").rstrip("/")
