"""One CDK process for all synths of a test session: the first costs seconds, every later one a few hundredths."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.settings import EnvironmentSettings, StageSettings, Throttle
from infra.stack import EnvironmentStack, Sources

from .gateways import Gateway, gateway

ROOT = Path(__file__).resolve().parent.parent.parent
Synth = Callable[..., dict[str, Any]]


def settings(**changes: Any) -> EnvironmentSettings:
    """A production environment of one stage with a canary."""
    defaults: dict[str, Any] = {
        "gateway": "headgate",
        "environment": "prod",
        "region": "us-east-1",
        "stages": (StageSettings("prod", canary_percent=10, throttle=Throttle(100, 200)),),
        "local": True,
    }
    return EnvironmentSettings(**{**defaults, **changes})


@pytest.fixture(scope="session")
def asset_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("assets")


@pytest.fixture
def synth(tmp_path: Path, asset_cache: Path) -> Synth:
    """`synth(gateway(), stages=...)` -> the template."""
    from aws_cdk import App  # after infra, which chooses the Node that jsii starts

    def run(compiled: Gateway | None = None, **changes: Any) -> dict[str, Any]:
        app = App(outdir=str(tmp_path / "cdk.out"), analytics_reporting=False)
        wanted = settings(**changes)
        EnvironmentStack(app, wanted, compiled or gateway(), Sources(ROOT / "functions", asset_cache))  # type: ignore[arg-type]
        app.synth()
        template: dict[str, Any] = json.loads((tmp_path / "cdk.out" / f"{wanted.stack_name}.template.json").read_text())
        return template

    return run


GATEWAY = """\
name: tiny
apis: {users: {documents: [openapi/users.yaml]}}
upstreams: {users: {url: "https://users.example.com"}}
issuers: {id: {issuer: "https://id.example.com/", audience: [users], schemes: [oidc], local: provider}}
environments:
  dev: {stages: {dev: {}}}
  prod: {stages: {prod: {canary: {percent: 10}}}}
"""

USERS = """\
openapi: 3.0.3
info: {title: Users, version: 1.0.0}
x-headgate: {upstream: users}
security: [{oidc: []}]
paths:
  /users/{id}:
    get:
      operationId: getUser
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: A user.}}
components:
  securitySchemes: {oidc: {type: openIdConnect, openIdConnectUrl: "https://id.example.com/.well-known/openid-configuration"}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder as a user has it: two environments, one document."""
    folder = tmp_path / "project"
    (folder / "openapi").mkdir(parents=True)
    (folder / "gateway.yaml").write_text(GATEWAY)
    (folder / "openapi" / "users.yaml").write_text(USERS)
    return folder
