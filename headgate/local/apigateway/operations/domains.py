"""Custom domain names. Nothing checks their certificates; the local cloud answers to them by the Host header."""

from .. import patches
from ..endpoints import check_patched, check_values, is_endpoint_path, patch_endpoint
from ..errors import BadRequestError, ConflictError, ValidationError, not_in_enum
from ..pages import page
from ..patches import PatchPaths, text
from ..state import Document, Region
from .kept import Kept

_CERTIFICATES = (
    "certificateName",
    "certificateArn",
    "regionalCertificateName",
    "regionalCertificateArn",
    "ownershipVerificationCertificateArn",
)
_TRUST = ("/mutualTlsAuthentication/truststoreUri", "/mutualTlsAuthentication/truststoreVersion")
_OTHERS = ("securityPolicy", "endpointAccessMode", "managementPolicy", "policy", "routingMode")
_KEYS = (
    *_CERTIFICATES,
    *("tags", "mutualTlsAuthentication", "endpointAccessMode", "policy", "routingMode"),
)
_OWNERS = ("SELF", "OTHER_ACCOUNTS")
_CHANGEABLE = (*(f"/{one}" for one in _CERTIFICATES), *_TRUST)
DOMAINS = Kept(
    store=lambda region, _: region.domain_names,
    key="domainName",
    missing="Invalid domain name identifier specified",
    paths=PatchPaths(
        "DomainName",
        values=dict.fromkeys((*_CHANGEABLE, *(f"/{one}" for one in _OTHERS)), text),
        removable=_CHANGEABLE,
    ),
)


def create_domain_name(region: Region, request: Document) -> Document:
    """A domain name, available at once."""
    name, given = request.get("domainName") or "", request.get("endpointConfiguration") or {}
    check_values(given.get("types"), given.get("ipAddressType"), "createDomainNameInput")
    if not name:
        raise BadRequestError("No Domain Name specified")
    if name in region.domain_names:
        raise ConflictError("The domain name you provided already exists.")
    types = list(given.get("types") or ["EDGE"])
    _check_certificates(types, request)
    endpoint = {"ipAddressType": "dualstack" if types == ["PRIVATE"] else "ipv4", **given, "types": types}
    document: Document = {
        "domainName": name,
        "endpointConfiguration": endpoint,
        "domainNameStatus": "AVAILABLE",
        "securityPolicy": request.get("securityPolicy") or "TLS_1_2",
        "certificateUploadDate": region.world.now(),
    }
    if types == ["PRIVATE"]:
        identifier = region.world.token(10)
        arn = f"arn:{region.partition}:apigateway:{region.name}:{region.account_id}:/domainnames/{name}+{identifier}"
        document |= {"domainNameId": identifier, "domainNameArn": arn}
    document |= {key: request[key] for key in _KEYS if request.get(key)}
    _address(region, document)
    region.domain_names[name] = document
    region.base_path_mappings[name] = {}
    return document


def _check_certificates(types: list[str], request: Document) -> None:
    """Each kind of endpoint has certificates of its own. Texts recorded, badmintoncryer/cdk-preflight."""
    for active, other, prefix in (("EDGE", "REGIONAL", "regionalCertificate"), ("REGIONAL", "EDGE", "certificate")):
        if types == [active] and (request.get(f"{prefix}Arn") or request.get(f"{prefix}Name")):
            raise BadRequestError(f"Cannot import certificates for {other} while {active} is active.")
    if request.get("mutualTlsAuthentication") and request.get("securityPolicy") == "TLS_1_0":
        raise BadRequestError("Mutual TLS authentication is only supported with TLS 1.2.")


def _address(region: Region, document: Document) -> None:
    """Where the domain's alias has to point; a private one has no address."""
    types, host = document["endpointConfiguration"]["types"], f"d-{region.world.token(10)}"
    if types == ["EDGE"] and "distributionDomainName" not in document:
        document |= {"distributionDomainName": f"{host}.cloudfront.net", "distributionHostedZoneId": "Z2FDTNDATAQYW2"}
    if types == ["REGIONAL"] and "regionalDomainName" not in document:
        regional = f"{host}.execute-api.{region.name}.amazonaws.com"
        document |= {"regionalDomainName": regional, "regionalHostedZoneId": "Z1UJRXOUMOOFQ8"}


def get_domain_names(region: Region, request: Document) -> Document:
    """All domain names of this account; other accounts have none here."""
    owner = request.get("resourceOwner")
    if owner is not None and owner not in _OWNERS:
        raise ValidationError([not_in_enum(owner, "resourceOwner", _OWNERS)])
    return page([] if owner == "OTHER_ACCOUNTS" else region.domain_names.values(), request)


def update_domain_name(region: Region, request: Document) -> Document:
    """Certificates, trust stores, policies, and the way between edge-optimised and regional."""
    operations = request.get("patchOperations") or []
    patches.check_operations(operations, "DomainName")
    changed = DOMAINS.one(region, request)
    for operation in operations:
        if is_endpoint_path(operation):
            changed = {**changed, "endpointConfiguration": patch_endpoint(changed["endpointConfiguration"], operation)}
        else:
            changed = patches.apply(changed, [operation], DOMAINS.paths)
    check_patched(changed["endpointConfiguration"])
    changed = dict(changed)
    _address(region, changed)
    region.domain_names[changed["domainName"]] = changed
    return changed


def delete_domain_name(region: Region, request: Document) -> None:
    """A domain name with its mappings."""
    DOMAINS.delete(region, request)
    del region.base_path_mappings[request["domainName"]]


OPERATIONS = {
    "CreateDomainName": create_domain_name,
    "GetDomainName": DOMAINS.get,
    "GetDomainNames": get_domain_names,
    "UpdateDomainName": update_domain_name,
    "DeleteDomainName": delete_domain_name,
}
