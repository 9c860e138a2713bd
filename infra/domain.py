"""Custom domain names: the name, its mappings to the parts of an API, and the alias record where a hosted zone is given.

A base path of several levels needs AWS::ApiGatewayV2::ApiMapping: the first version's resource is refused at deployment
("API Gateway V1 doesn't support the slash character"). The others stay what they are, so that a later split replaces no
mapping that is in use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigateway_v2
from aws_cdk import aws_route53 as route53

from .domain_settings import DomainSettings
from .names import logical


@dataclass(frozen=True, slots=True)
class PartStage:
    """A stage of one part of an API: what one mapping leads to. `base_path` is `/users`, or empty for the first part."""

    name: str
    base_path: str
    rest_api: str
    stage: apigateway.CfnStage


def add_domains(
    stack: Stack,
    domains: Sequence[DomainSettings],
    parts: Mapping[tuple[str, str], Sequence[PartStage]],
    *,
    local: bool,
) -> list[CfnResource]:
    """Every domain; `parts` by API and stage. Locally no record is made, because the zone is not here. Returns the mappings."""
    mappings: list[CfnResource] = []
    for domain in domains:
        made = add_domain_name(stack, domain)
        mappings += [_add_mapping(stack, domain, made, part) for part in parts[domain.api, domain.stage]]
        if domain.hosted_zone and not local:
            _add_alias(stack, domain, made)
    return mappings


def add_domain_name(stack: Stack, domain: DomainSettings) -> apigateway.CfnDomainName:
    """The name with its certificate; an edge name's is CloudFront's."""
    is_edge = domain.endpoint == "EDGE"
    tls = None
    if domain.truststore:
        tls = apigateway.CfnDomainName.MutualTlsAuthenticationProperty(
            truststore_uri=domain.truststore, truststore_version=domain.truststore_version
        )
    return apigateway.CfnDomainName(
        stack,
        logical_id(domain),
        domain_name=domain.name,
        certificate_arn=domain.certificate if is_edge else None,
        regional_certificate_arn=None if is_edge else domain.certificate,
        endpoint_configuration=apigateway.CfnDomainName.EndpointConfigurationProperty(types=[domain.endpoint]),
        endpoint_access_mode=domain.endpoint_access,
        security_policy=domain.security_policy,
        mutual_tls_authentication=tls,
        ownership_verification_certificate_arn=domain.ownership_certificate,
    )


def _add_mapping(stack: Stack, domain: DomainSettings, made: apigateway.CfnDomainName, part: PartStage) -> CfnResource:
    key = part.base_path.strip("/")
    name = f"{logical_id(domain)}{logical(part.name)}Mapping"
    if "/" in key:
        mapping: CfnResource = apigateway_v2.CfnApiMapping(
            stack, name, api_id=part.rest_api, domain_name=made.ref, stage=part.stage.ref, api_mapping_key=key
        )
    else:
        mapping = apigateway.CfnBasePathMapping(
            stack, name, domain_name=made.ref, base_path=key or None, rest_api_id=part.rest_api, stage=part.stage.ref
        )
    mapping.add_resource_dependency(part.stage)
    return mapping


def _add_alias(stack: Stack, domain: DomainSettings, made: apigateway.CfnDomainName) -> None:
    target, zone = _target(domain, made)
    route53.CfnRecordSet(
        stack,
        f"{logical_id(domain)}Alias",
        name=domain.name,
        type="A",
        hosted_zone_id=domain.hosted_zone,
        alias_target=route53.CfnRecordSet.AliasTargetProperty(dns_name=target, hosted_zone_id=zone),
    )


def _target(domain: DomainSettings, made: apigateway.CfnDomainName) -> tuple[str, str]:
    """What a DNS record for the domain points at: host name and hosted zone."""
    if domain.endpoint == "EDGE":
        return made.attr_distribution_domain_name, made.attr_distribution_hosted_zone_id
    return made.attr_regional_domain_name, made.attr_regional_hosted_zone_id


def logical_id(domain: DomainSettings) -> str:
    """The domain's logical id; `Mapping` and `Alias` resources begin with it."""
    return logical(domain.api, "Domain", domain.name)


def domain_outputs(stack: Stack, domains: Sequence[DomainSettings]) -> dict[str, Any]:
    """For who keeps DNS records elsewhere: where each name has to point."""
    outputs: dict[str, Any] = {}
    for domain in domains:
        made = stack.node.find_child(logical_id(domain))
        assert isinstance(made, apigateway.CfnDomainName)
        target, zone = _target(domain, made)
        outputs[logical("DomainTarget", domain.name)] = target
        outputs[logical("DomainZone", domain.name)] = zone
    return outputs
