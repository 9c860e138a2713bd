"""Custom domain names. Nothing checks their certificates; the local cloud answers to them by the Host header."""

from ..errors import BadRequestError, ConflictError
from ..patches import PatchPaths, text
from ..state import Document, Region
from .kept import Kept

_KEYS = (
    "certificateName",
    "certificateArn",
    "regionalCertificateName",
    "regionalCertificateArn",
    "tags",
    "mutualTlsAuthentication",
    "ownershipVerificationCertificateArn",
    "endpointAccessMode",
    "policy",
    "routingMode",
)
DOMAINS = Kept(
    store=lambda region, _: region.domain_names,
    key="domainName",
    missing="Invalid domain name identifier specified",
    paths=PatchPaths(
        "DomainName",
        values={
            "/certificateName": text,
            "/certificateArn": text,
            "/regionalCertificateName": text,
            "/regionalCertificateArn": text,
            "/securityPolicy": text,
            "/endpointAccessMode": text,
            "/policy": text,
            "/routingMode": text,
            "/mutualTlsAuthentication/truststoreUri": text,
            "/mutualTlsAuthentication/truststoreVersion": text,
        },
        removable=("/certificateName", "/certificateArn", "/regionalCertificateName", "/regionalCertificateArn"),
    ),
)


def create_domain_name(region: Region, request: Document) -> Document:
    """A domain name, available at once."""
    name = request.get("domainName") or ""
    if not name:
        raise BadRequestError("No Domain Name specified")
    if name in region.domain_names:
        raise ConflictError("The domain name you provided already exists.")
    endpoint = {"types": ["EDGE"], "ipAddressType": "ipv4", **(request.get("endpointConfiguration") or {})}
    host = f"d-{region.world.token(10)}"
    document: Document = {
        "domainName": name,
        "endpointConfiguration": endpoint,
        "domainNameStatus": "AVAILABLE",
        "securityPolicy": request.get("securityPolicy") or "TLS_1_2",
        "certificateUploadDate": region.world.now(),
    }
    if endpoint["types"] == ["EDGE"]:
        document |= {"distributionDomainName": f"{host}.cloudfront.net", "distributionHostedZoneId": "Z2FDTNDATAQYW2"}
    else:
        document |= {
            "regionalDomainName": f"{host}.execute-api.{region.name}.amazonaws.com",
            "regionalHostedZoneId": "Z1UJRXOUMOOFQ8",
        }
    document |= {key: request[key] for key in _KEYS if request.get(key)}
    region.domain_names[name] = document
    region.base_path_mappings[name] = {}
    return document


def delete_domain_name(region: Region, request: Document) -> None:
    """A domain name with its mappings."""
    DOMAINS.delete(region, request)
    del region.base_path_mappings[request["domainName"]]


OPERATIONS = {
    "CreateDomainName": create_domain_name,
    "GetDomainName": DOMAINS.one,
    "GetDomainNames": DOMAINS.all,
    "UpdateDomainName": DOMAINS.update,
    "DeleteDomainName": delete_domain_name,
}
