"""Custom domain names as this room wants them: frozen records, read once from the project."""

from dataclasses import dataclass
from typing import Any

from headgate.spec.settings.domain import domains_of, has_own_address, stage_of


@dataclass(frozen=True, slots=True)
class DomainSettings:
    """A domain that shows one stage of one API. `endpoint` is REGIONAL or EDGE, `endpoint_access` BASIC or STRICT."""

    name: str
    api: str
    stage: str
    certificate: str
    endpoint: str = "REGIONAL"
    security_policy: str = "TLS_1_2"
    endpoint_access: str | None = None
    truststore: str | None = None
    truststore_version: str | None = None
    ownership_certificate: str | None = None
    hosted_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where an environment's APIs are: their domains, and the APIs whose `execute-api` endpoint is off."""

    domains: tuple[DomainSettings, ...] = ()
    closed: frozenset[str] = frozenset()


def read_addresses(project: Any, environment: str) -> Addresses:
    """The addresses of one environment of the project."""
    place = project.environments[environment]
    domains = [
        _domain(domain, api, stage_of(domain, place), project.apis[api].endpoint)
        for api in project.apis
        for domain in domains_of(place, api)
    ]
    closed = frozenset(api for api in project.apis if not has_own_address(place, api))
    return Addresses(tuple(domains), closed)


def _domain(domain: Any, api: str, stage: str, api_endpoint: str) -> DomainSettings:
    tls = domain.mutual_tls
    # API Gateway wants an access mode with the newer policies; strict is for who has tried basic first.
    access = (domain.endpoint_access or "basic") if domain.is_enhanced else None
    return DomainSettings(
        name=domain.name,
        api=api,
        stage=stage,
        certificate=domain.certificate,
        endpoint=(domain.endpoint or api_endpoint).upper(),
        security_policy=domain.security_policy,
        endpoint_access=access.upper() if access else None,
        truststore=tls.truststore if tls else None,
        truststore_version=tls.version if tls else None,
        ownership_certificate=tls.ownership_certificate if tls else None,
        hosted_zone=domain.hosted_zone,
    )
