"""`gateway.yaml`: what a gateway is. Parsed once into frozen records; every mistake is reported with its place.

The JSON Schema that editors complete from is `project_schema()`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from ..diagnostics.records import Diagnostic, has_errors, in_order
from ..source.document import DocumentSet, LoadedDocument, Located
from .aws_targets import AwsTarget
from .domain import Domains, domain_problems
from .extension import Throttle
from .records import Record, read_record
from .rollouts import Canary

FILE_NAME = "gateway.yaml"

# Stack and stage names end up in CloudFormation and API Gateway names.
_NAME = r"^[a-zA-Z][a-zA-Z0-9-]{0,63}$"
# FACTS 10.2
_STAGE_NAME = r"^[a-zA-Z0-9_-]{1,128}$"
_VARIABLE_NAME = r"^[a-zA-Z0-9_]{1,64}$"

# PyJWT verifies these with asymmetric keys; `none` and HMAC with a public key are attacks.
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class DocumentEntry(Record):
    """One OpenAPI document of an API; `base_path` is put in front of its paths."""

    document: str
    base_path: str = Field(default="", pattern=r"^(/[A-Za-z0-9._:-]+)*/?$")
    upstream: str | None = None


class Cors(Record):
    """What browsers of other origins may do. `methods` empty: those each path has. `max_age` in seconds."""

    origins: list[str] = Field(min_length=1)
    headers: list[str] = Field(default_factory=list)
    methods: list[str] = Field(default_factory=list)
    credentials: bool = False
    max_age: int = Field(default=600, ge=0, le=86400)

    @model_validator(mode="after")
    def _no_credentials_for_everybody(self) -> Cors:
        if self.credentials and "*" in self.origins:
            raise ValueError("credentials with origin '*' is refused by every browser; name the origins")
        return self


class Api(Record):
    """One REST API."""

    documents: list[str | DocumentEntry] | None = None
    workflows: list[str] | None = None
    endpoint: Literal["regional", "edge", "private"] = "regional"
    cors: Cors | None = None
    binary_media_types: list[str] = Field(default_factory=list)


class Address(Record):
    """Where an upstream is in one environment."""

    url: str


class LoadBalancer(Record):
    """A private load balancer behind a VPC link."""

    arn: str = Field(pattern=r"^arn:")
    vpc_link: str
    url: str


class UpstreamEntry(Record):
    """Exactly one of `url`, `lambda`, `load-balancer` or `aws`; `local` is used by `headgate up`."""

    url: str | None = None
    lambda_: str | None = Field(default=None, alias="lambda", pattern=r"^arn:")
    load_balancer: LoadBalancer | None = None
    aws: AwsTarget | None = None
    service: str | None = None
    local: str | None = None
    environments: dict[str, Address] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_exactly_one(self) -> UpstreamEntry:
        if self.service is not None:
            raise ValueError(
                "service (Cloud Map) is not supported; give url, or a load-balancer in front of the service"
            )
        given = [
            name
            for name, value in (
                ("url", self.url),
                ("lambda", self.lambda_),
                ("load-balancer", self.load_balancer),
                ("aws", self.aws),
            )
            if value
        ]
        if len(given) != 1:
            raise ValueError(
                f"an upstream is exactly one of url, lambda, load-balancer, aws; got {' and '.join(given) or 'none'}"
            )
        return self


class Issuer(Record):
    """Who signs tokens, and which OpenAPI security schemes mean its tokens."""

    issuer: str
    audience: list[str] = Field(min_length=1)
    algorithms: list[Algorithm] = Field(default=["RS256", "ES256"], min_length=1)
    jwks_uri: str | None = None
    schemes: list[str] = Field(min_length=1)
    leeway_seconds: int = Field(default=30, ge=0, le=300)
    types: list[str] | None = Field(default=None, min_length=1)
    max_lifetime_seconds: int | None = Field(default=None, gt=0)
    local: Literal["provider", "same"] | None = None

    @field_validator("issuer", "jwks_uri")
    @classmethod
    def _is_https(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith("https://"):
            raise ValueError("an issuer's keys must come over https")
        return value


class Quota(Record):
    """How many requests a consumer may make in a period."""

    limit: int = Field(gt=0)
    period: Literal["day", "week", "month"]


class Plan(Record):
    """Limits of a group of consumers; `keys` are the names of its API keys."""

    throttle: Throttle | None = None
    quota: Quota | None = None
    keys: list[str] = Field(default_factory=list)


class Cache(Record):
    """A stage's cache cluster; FACTS 6.13 for the sizes in GB, `ttl` in seconds."""

    size: Literal["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"] = "0.5"
    ttl: int = Field(default=300, ge=0, le=3600)


class Logging(Record):
    """Execution logs; access logs are always on."""

    level: Literal["off", "error", "info"] = "error"
    retention_days: int = Field(default=30, ge=1)


class Reference(Record):
    """The copy of a remote file that `$ref`s may lead to; `sha256` in hexadecimal."""

    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Stage(Record):
    """One stage of an environment."""

    canary: Canary | None = None
    throttle: Throttle | None = None
    cache: Cache | None = None
    variables: dict[str, str] = Field(default_factory=dict)
    logging: Logging = Field(default_factory=Logging)

    @field_validator("variables")
    @classmethod
    def _names_are_words(cls, value: dict[str, str]) -> dict[str, str]:
        return _matching(value, _VARIABLE_NAME, "stage variable names are letters, digits and _")


class Environment(Record):
    """Where a gateway runs: one CloudFormation stack. Stages are in the order releases pass through them."""

    region: str = Field(default="us-east-1", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    account: str | None = Field(default=None, pattern=r"^\d{12}$")
    stages: dict[str, Stage] = Field(min_length=1)
    domains: dict[str, Domains] = Field(default_factory=dict)

    @field_validator("stages")
    @classmethod
    def _stage_names(cls, value: dict[str, Stage]) -> dict[str, Stage]:
        return _matching(value, _STAGE_NAME, "stage names are letters, digits, _ and -")


class Local(Record):
    """What `headgate up` serves and which processes it starts; `{python}` is its own interpreter."""

    stage: str | None = None
    start: list[str] = Field(default_factory=list)


class FunctionSize(Record):
    """Size of a function: `memory` in MB, `timeout` in seconds, reserved `concurrency`; what is left out keeps its default."""

    memory: int | None = Field(default=None, ge=128, le=10_240)
    timeout: int | None = Field(default=None, ge=1, le=900)
    concurrency: int | None = Field(default=None, ge=0)


class Functions(Record):
    """Sizes of the gateway's own functions. API Gateway waits 29 s for the authorizer and the aggregator."""

    authorizer: FunctionSize = Field(default_factory=FunctionSize)
    aggregator: FunctionSize = Field(default_factory=FunctionSize)
    release: FunctionSize = Field(default_factory=FunctionSize)

    @field_validator("authorizer", "aggregator")
    @classmethod
    def _answers_in_time(cls, value: FunctionSize) -> FunctionSize:
        if value.timeout is not None and value.timeout > 29:
            raise ValueError("API Gateway gives up after 29 s, so a longer timeout only costs")
        return value


class Gateway(Record):
    """The whole file."""

    name: str = Field(pattern=_NAME)
    apis: dict[str, Api] = Field(min_length=1)
    upstreams: dict[str, UpstreamEntry] = Field(default_factory=dict)
    issuers: dict[str, Issuer] = Field(default_factory=dict)
    plans: dict[str, Plan] = Field(default_factory=dict)
    environments: dict[str, Environment] = Field(min_length=1)
    local: Local = Field(default_factory=Local)
    references: dict[str, Reference] = Field(default_factory=dict)
    account_logging: Literal["existing", "manage"] = "existing"
    functions: Functions = Field(default_factory=Functions)

    @field_validator("apis", "environments")
    @classmethod
    def _names(cls, value: dict[str, Any]) -> dict[str, Any]:
        return _matching(value, _NAME, "names are letters, digits and -, starting with a letter")


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """A gateway.yaml that was read without errors, and the folder it describes. `told` problems of its file set are known."""

    folder: Path
    gateway: Gateway
    file: LoadedDocument
    documents: DocumentSet
    told: int = 0

    @property
    def name(self) -> str:
        return self.gateway.name

    @property
    def apis(self) -> dict[str, Api]:
        return self.gateway.apis

    @property
    def upstreams(self) -> dict[str, UpstreamEntry]:
        return self.gateway.upstreams

    @property
    def issuers(self) -> dict[str, Issuer]:
        return self.gateway.issuers

    @property
    def plans(self) -> dict[str, Plan]:
        return self.gateway.plans

    @property
    def environments(self) -> dict[str, Environment]:
        return self.gateway.environments

    @property
    def functions(self) -> Functions:
        return self.gateway.functions

    @property
    def local(self) -> Local:
        return self.gateway.local

    @property
    def account_logging(self) -> str:
        return self.gateway.account_logging

    def entries(self, api: str) -> list[tuple[DocumentEntry, Located]]:
        """The API's documents with the place that names each."""
        listed = self.gateway.apis[api].documents
        at = self.file.root.at("apis", api, "documents") or self.file.root.at("apis", api) or self.file.root
        if listed is None:
            return [(DocumentEntry(document=name), at) for name in _found(self.folder, workflows=False)]
        return [(_entry(item), at.child(number)) for number, item in enumerate(listed)]

    def workflows(self, api: str) -> list[tuple[str, Located]]:
        """The API's Arazzo documents with the place that names each."""
        listed = self.gateway.apis[api].workflows
        at = self.file.root.at("apis", api, "workflows") or self.file.root.at("apis", api) or self.file.root
        if listed is None:
            return [(name, at) for name in _found(self.folder, workflows=True)]
        return [(name, at.child(number)) for number, name in enumerate(listed)]


def load_project(folder: Path) -> tuple[Project | None, list[Diagnostic]]:
    """The project of a folder, or None and everything that is wrong with its gateway.yaml."""
    documents = DocumentSet(folder)
    file = documents.load(FILE_NAME)
    problems = documents.problems
    if file is None or has_errors(problems):
        return None, in_order(problems)
    gateway = read_record(Gateway, file.root, "HG110", problems)
    if gateway is None:
        return None, in_order(problems)
    documents.pins = gateway.references
    project = Project(folder, gateway, file, documents)
    problems += _dangling(project)
    project = Project(folder, gateway, file, documents, told=len(problems))
    return (None if has_errors(problems) else project), in_order(problems)


def project_schema() -> dict[str, Any]:
    """JSON Schema of gateway.yaml."""
    schema = Gateway.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Headgate gateway.yaml", **schema}


def _dangling(project: Project) -> Iterator[Diagnostic]:
    """Names that lead nowhere inside the file."""
    gateway, root = project.gateway, project.file.root
    for api in gateway.apis:
        for entry, at in project.entries(api):
            if entry.upstream is not None and entry.upstream not in gateway.upstreams:
                yield at.problem(
                    "HG111", f"upstream {entry.upstream!r} is not among upstreams", fix=_known(gateway.upstreams)
                )
    for name, upstream in gateway.upstreams.items():
        for environment in upstream.environments:
            if environment not in gateway.environments:
                at = root.at("upstreams", name, "environments") or root
                yield at.problem(
                    "HG111", f"environment {environment!r} is not among environments", fix=_known(gateway.environments)
                )
    yield from domain_problems(root, gateway.environments, {name: api.endpoint for name, api in gateway.apis.items()})
    yield from _strange_smoke(project)
    stages = {stage for environment in gateway.environments.values() for stage in environment.stages}
    if gateway.local.stage is not None and gateway.local.stage not in stages:
        at = root.at("local", "stage") or root
        yield at.problem("HG111", f"stage {gateway.local.stage!r} is in no environment", fix=_known(stages))


def _strange_smoke(project: Project) -> Iterator[Diagnostic]:
    """Smoke checks of an API that is not there."""
    stages = [
        (at, stage)
        for name, environment in project.environments.items()
        for at, stage in ((("environments", name, "stages", key), value) for key, value in environment.stages.items())
    ]
    for keys, stage in stages:
        for number, check in enumerate(stage.canary.smoke if stage.canary else []):
            if check.api is None or check.api in project.apis:
                continue
            at = project.file.root.at(*keys, "canary", "smoke", number, "api") or project.file.root
            yield at.problem("HG111", f"api {check.api!r} is not among apis", fix=_known(project.apis))


def _known(names: Any) -> str:
    return f"known: {', '.join(sorted(names)) or 'none'}"


def _entry(item: str | DocumentEntry) -> DocumentEntry:
    return item if isinstance(item, DocumentEntry) else DocumentEntry(document=item)


def _found(folder: Path, *, workflows: bool) -> list[str]:
    """Documents of openapi/ when the file lists none: `*.arazzo.*` are workflows, the rest services."""
    files = sorted(path for path in (folder / "openapi").glob("*") if path.suffix in {".yaml", ".yml", ".json"})
    return [f"openapi/{path.name}" for path in files if path.stem.endswith(".arazzo") == workflows]


def _matching(value: dict[str, Any], pattern: str, rule: str) -> dict[str, Any]:
    wrong = [name for name in value if not re.match(pattern, name)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: {rule}")
    return value
