"""Custom domain names, as `domains` of an environment in gateway.yaml says them: one or more per API, each for one stage.

    environments:
      prod:
        domains:
          portal: {name: api.example.com, certificate: "arn:aws:acm:us-east-1:111122223333:certificate/0f1e"}

Names of security policies: API Gateway's developer guide, "Security policies for REST APIs".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Protocol

from pydantic import BeforeValidator, Field, field_validator, model_validator

from ..diagnostics.records import Diagnostic
from ..source.document import Located
from .records import Record

SecurityPolicy = Literal[
    "TLS_1_0",
    "TLS_1_2",
    "SecurityPolicy_TLS13_1_3_2025_09",
    "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
    "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_2021_06",
    "SecurityPolicy_TLS13_2025_EDGE",
    "SecurityPolicy_TLS12_PFS_2025_EDGE",
    "SecurityPolicy_TLS12_2018_EDGE",
]
_CERTIFICATE = r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/\S+$"
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# ACM certificates of edge-optimized endpoints are CloudFront's.
EDGE_REGION = "us-east-1"


class MutualTls(Record):
    """Clients must show a certificate that the truststore (PEM, on S3, in the API's Region) knows."""

    truststore: str = Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S+$")
    version: str | None = None
    ownership_certificate: str | None = Field(default=None, pattern=_CERTIFICATE)


class Domain(Record):
    """A custom domain name of one stage of one API.

    `stage` may be left out where the environment has one. `endpoint` None: the API's. `execute_api` False turns the API's own
    address off, True leaves it on; None turns it off when every stage of the environment has a domain.
    """

    name: str
    certificate: str = Field(pattern=_CERTIFICATE)
    stage: str | None = None
    endpoint: Literal["regional", "edge"] | None = None
    security_policy: SecurityPolicy = "TLS_1_2"
    endpoint_access: Literal["basic", "strict"] | None = None
    mutual_tls: MutualTls | None = None
    execute_api: bool | None = None
    hosted_zone: str | None = Field(default=None, pattern=r"^Z[A-Z0-9]{1,31}$")

    @field_validator("name")
    @classmethod
    def _is_a_host_name(cls, value: str) -> str:
        labels = value.split(".")
        if len(value) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
            raise ValueError(
                "a domain name has two labels or more, of small letters, digits and -, like api.example.com"
            )
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Domain:
        if self.is_enhanced and self.mutual_tls is not None:
            raise ValueError("API Gateway has no mutual TLS with a SecurityPolicy_ policy; use TLS_1_2")
        if self.mutual_tls is not None and self.security_policy == "TLS_1_0":
            raise ValueError("mutual TLS needs TLS_1_2")
        if self.mutual_tls is not None and self.execute_api:
            raise ValueError("execute-api: true would let callers past mutual TLS")
        if self.endpoint_access is not None and not self.is_enhanced:
            raise ValueError("endpoint-access goes with a SecurityPolicy_ policy only")
        return self

    @property
    def is_enhanced(self) -> bool:
        return self.security_policy.startswith("SecurityPolicy_")

    @property
    def is_edge_policy(self) -> bool:
        return self.security_policy.endswith("_EDGE")

    def takes_levels(self, api_endpoint: str) -> bool:
        """Whether its base paths may have several levels, like `v1/users`."""
        return (self.endpoint or api_endpoint) == "regional" and self.security_policy != "TLS_1_0"


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Domains = Annotated[list[Domain], BeforeValidator(_listed, json_schema_input_type=Domain | list[Domain])]


class Place(Protocol):
    """What of an environment matters here."""

    @property
    def region(self) -> str: ...
    @property
    def account(self) -> str | None: ...
    @property
    def stages(self) -> Mapping[str, Any]: ...
    @property
    def domains(self) -> Mapping[str, list[Domain]]: ...


def domains_of(place: Place, api: str) -> list[Domain]:
    """The domains of an API in an environment, in the file's order."""
    return place.domains.get(api, [])


def stage_of(domain: Domain, place: Place) -> str:
    """The stage that a domain shows."""
    return domain.stage or next(iter(place.stages))


def has_own_address(place: Place, api: str) -> bool:
    """Whether the API's `execute-api` endpoint stays on: always without a domain."""
    domains = domains_of(place, api)
    if not domains:
        return True
    if any(domain.mutual_tls for domain in domains):
        return False  # it would let callers past mutual TLS
    said = [domain.execute_api for domain in domains if domain.execute_api is not None]
    return all(said) if said else bool(_bare_stages(place, api))


def domain_problems(
    root: Located, environments: Mapping[str, Place], endpoints: Mapping[str, str]
) -> Iterator[Diagnostic]:
    """What single records cannot know. `endpoints` are those of the APIs, `root` is gateway.yaml."""
    first: dict[str, str] = {}
    listed = [(name, place, api) for name, place in environments.items() for api in place.domains]
    for environment, place, api in listed:
        at = root.at("environments", environment, "domains", api) or root
        if api not in endpoints:
            known = ", ".join(sorted(endpoints))
            yield at.problem("HG111", f"API {api!r} is not among apis", fix=f"known: {known}")
            continue
        for domain, (message, fix) in _all_misfits(place, api, endpoints[api]):
            yield at.problem("HG187", f"{domain.name}: {message}", fix=fix)
        for domain in domains_of(place, api):
            other = first.setdefault(domain.name, f"{environment}/{api}")
            if other != f"{environment}/{api}":
                yield at.problem("HG189", f"{domain.name} is also a domain of {other}", fix="give it another name")
        yield from _stage_problems(at, place, api)


def _all_misfits(place: Place, api: str, endpoint: str) -> Iterator[tuple[Domain, tuple[str, str]]]:
    for domain in domains_of(place, api):
        for misfit in _misfits(domain, place, endpoint):
            yield domain, misfit


def _misfits(domain: Domain, place: Place, api_endpoint: str) -> Iterator[tuple[str, str]]:
    """(what is wrong, what to do)"""
    if api_endpoint == "private":
        yield "a private API cannot have a public domain", "make the API regional, or remove the domain"
        return
    endpoint = domain.endpoint or api_endpoint
    wanted = EDGE_REGION if endpoint == "edge" else place.region
    _, _, _, region, account, _ = domain.certificate.split(":", 5)
    article = "an" if endpoint == "edge" else "a"
    if region != wanted:
        yield (
            f"the certificate is in {region}; {article} {endpoint} endpoint here needs one in {wanted}",
            "give its ARN",
        )
    if place.account is not None and account != place.account:
        yield f"the certificate is of account {account}, the environment of {place.account}", "give one of that account"
    if endpoint == "edge" and domain.mutual_tls is not None:
        yield "edge endpoints have no mutual TLS", "set endpoint: regional"
    if domain.is_enhanced and domain.is_edge_policy != (endpoint == "edge"):
        yield f"{domain.security_policy} is no policy of {endpoint} endpoints", "choose another security-policy"
    if domain.stage is None and len(place.stages) > 1:
        yield "the environment has several stages", f"set stage to one of {', '.join(place.stages)}"


def _stage_problems(at: Located, place: Place, api: str) -> Iterator[Diagnostic]:
    domains = domains_of(place, api)
    for domain in domains:
        if domain.stage is not None and domain.stage not in place.stages:
            known = ", ".join(place.stages)
            yield at.problem(
                "HG111", f"{domain.name}: stage {domain.stage!r} is in no environment here", fix=f"known: {known}"
            )
    names = [domain.name for domain in domains]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield at.problem("HG189", f"{name} stands here twice", fix="a domain shows one stage; remove one")
    bare = _bare_stages(place, api)
    if bare and not has_own_address(place, api):
        message = f"API {api!r}: execute-api is off, and {', '.join(bare)} can only be called there"
        yield at.problem("HG188", message, fix="give each stage a domain, or leave execute-api on")


def _bare_stages(place: Place, api: str) -> list[str]:
    """Stages that are only to be had at the API's own address: without a domain, or with a preview for smoke checks."""
    shown = {stage_of(domain, place) for domain in domains_of(place, api)}
    canaries = {name: getattr(stage, "canary", None) for name, stage in place.stages.items()}
    previews = [f"{name}-preview" for name, canary in canaries.items() if canary is not None and canary.smoke]
    return [stage for stage in place.stages if stage not in shown] + previews
