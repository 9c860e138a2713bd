"""AWS::ApiGateway::DomainName, AWS::ApiGateway::BasePathMapping and AWS::ApiGatewayV2::ApiMapping."""

from collections.abc import Mapping
from typing import Any

from .contract import Handler, Made, Request
from .shapes import conform, tag_map

SCALARS: Mapping[str, str] = {
    "CertificateArn": "/certificateArn",
    "EndpointAccessMode": "/endpointAccessMode",
    "RegionalCertificateArn": "/regionalCertificateArn",
    "RoutingMode": "/routingMode",
    "SecurityPolicy": "/securityPolicy",
}
TLS: Mapping[str, str] = {
    "TruststoreUri": "/mutualTlsAuthentication/truststoreUri",
    "TruststoreVersion": "/mutualTlsAuthentication/truststoreVersion",
}


def create_domain(request: Request) -> Made:
    """CreateDomainName; Ref answers the name."""
    wanted = {**request.properties, "Tags": tag_map(request.properties.get("Tags"))}
    made = request.clients("apigateway").create_domain_name(**conform("apigateway", "CreateDomainName", wanted))
    return _shown(made)


def update_domain(request: Request) -> Made:
    """What changed, patched."""
    old, new = request.old_properties, request.properties
    patches = _changed(SCALARS, old, new)
    patches += _changed(TLS, old.get("MutualTlsAuthentication") or {}, new.get("MutualTlsAuthentication") or {})
    client = request.clients("apigateway")
    if patches:
        client.update_domain_name(domainName=request.physical_id, patchOperations=patches)
    return _shown(client.get_domain_name(domainName=request.physical_id))


def delete_domain(request: Request) -> None:
    """DeleteDomainName; one that is gone is fine."""
    client = request.clients("apigateway")
    try:
        client.delete_domain_name(domainName=request.physical_id)
    except client.exceptions.NotFoundException:
        return


def _shown(domain: Mapping[str, Any]) -> Made:
    attributes = {
        "DistributionDomainName": domain.get("distributionDomainName", ""),
        "DistributionHostedZoneId": domain.get("distributionHostedZoneId", ""),
        "RegionalDomainName": domain.get("regionalDomainName", ""),
        "RegionalHostedZoneId": domain.get("regionalHostedZoneId", ""),
    }
    return Made(domain["domainName"], attributes)


def create_mapping(request: Request) -> Made:
    """CreateBasePathMapping."""
    parameters = conform("apigateway", "CreateBasePathMapping", request.properties)
    made = request.clients("apigateway").create_base_path_mapping(**parameters)
    return Made(f"{request.properties['DomainName']}|{made['basePath']}")


def update_mapping(request: Request) -> Made:
    """The API and the stage change in place, in one patch: a stage of another API might have another name."""
    paths = {"RestApiId": "/restapiId", "Stage": "/stage"}
    patches = _changed(paths, request.old_properties, request.properties)
    domain, _, base = request.physical_id.partition("|")
    if patches:
        client = request.clients("apigateway")
        client.update_base_path_mapping(domainName=domain, basePath=base, patchOperations=patches)
    return Made(request.physical_id)


def delete_mapping(request: Request) -> None:
    """DeleteBasePathMapping; one that is gone, or whose domain is, is fine."""
    client = request.clients("apigateway")
    domain, _, base = request.physical_id.partition("|")
    try:
        client.delete_base_path_mapping(domainName=domain, basePath=base)
    except client.exceptions.NotFoundException:
        return


def create_api_mapping(request: Request) -> Made:
    """CreateApiMapping."""
    client = request.clients("apigatewayv2")
    made = client.create_api_mapping(**conform("apigatewayv2", "CreateApiMapping", request.properties))
    return Made(made["ApiMappingId"], {"ApiMappingId": made["ApiMappingId"]})


def update_api_mapping(request: Request) -> Made:
    """A new mapping in the old one's place: the local API has no UpdateApiMapping."""
    delete_api_mapping(request)
    return create_api_mapping(request)


def delete_api_mapping(request: Request) -> None:
    """DeleteApiMapping; one that is gone is fine."""
    client = request.clients("apigatewayv2")
    domain = (request.old_properties or request.properties)["DomainName"]
    try:
        client.delete_api_mapping(ApiMappingId=request.physical_id, DomainName=domain)
    except client.exceptions.NotFoundException:
        return


def _changed(paths: Mapping[str, str], old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"op": "replace", "path": path, "value": str(new[name])}
        for name, path in paths.items()
        if name in new and old.get(name) != new[name]
    ]


DOMAIN = Handler(create=create_domain, update=update_domain, delete=delete_domain)
BASE_PATH_MAPPING = Handler(create=create_mapping, update=update_mapping, delete=delete_mapping)
API_MAPPING = Handler(create=create_api_mapping, update=update_api_mapping, delete=delete_api_mapping)
