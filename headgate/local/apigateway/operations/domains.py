"""Domain names, base path mappings, VPC links and client certificates: kept and shown, without a network behind them."""

from .. import patches
from ..errors import BadRequestError, ConflictError, NotFoundError
from ..pages import page
from ..patches import PatchPaths, text
from ..state import Document, Region

# AWS's own spelling of "no base path", in paths of its API.
NO_PATH = "(none)"
_DOMAIN_KEYS = (
    "certificateName",
    "certificateArn",
    "regionalCertificateName",
    "regionalCertificateArn",
    "tags",
    "mutualTlsAuthentication",
    "ownershipVerificationCertificateArn",
    "policy",
    "routingMode",
)
_DOMAIN_PATHS = PatchPaths(
    "DomainName",
    values={
        "/certificateName": text,
        "/certificateArn": text,
        "/regionalCertificateName": text,
        "/regionalCertificateArn": text,
        "/securityPolicy": text,
        "/policy": text,
        "/routingMode": text,
        "/mutualTlsAuthentication/truststoreUri": text,
        "/mutualTlsAuthentication/truststoreVersion": text,
    },
    removable=("/certificateName", "/certificateArn", "/regionalCertificateName", "/regionalCertificateArn"),
)
_MAPPING_PATHS = PatchPaths("BasePathMapping", values={"/basePath": text, "/restapiId": text, "/stage": text})
_LINK_PATHS = PatchPaths("VpcLink", values={"/name": text, "/description": text}, removable=("/description",))


def create_domain_name(region: Region, request: Document) -> Document:
    """A domain name; nothing checks the certificate."""
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
    document |= {key: request[key] for key in _DOMAIN_KEYS if request.get(key)}
    region.domain_names[name] = document
    region.base_path_mappings[name] = {}
    return document


def _domain(region: Region, request: Document) -> Document:
    found = region.domain_names.get(request["domainName"])
    if found is None:
        raise NotFoundError("Invalid domain name identifier specified")
    return found


def get_domain_name(region: Region, request: Document) -> Document:
    """One domain name."""
    return _domain(region, request)


def get_domain_names(region: Region, request: Document) -> Document:
    """All domain names."""
    return page(region.domain_names.values(), request)


def update_domain_name(region: Region, request: Document) -> Document:
    """Patch a domain name."""
    changed = patches.apply(_domain(region, request), request.get("patchOperations") or [], _DOMAIN_PATHS)
    region.domain_names[changed["domainName"]] = changed
    return changed


def delete_domain_name(region: Region, request: Document) -> None:
    """A domain name with its mappings."""
    name = _domain(region, request)["domainName"]
    del region.domain_names[name]
    del region.base_path_mappings[name]


def create_base_path_mapping(region: Region, request: Document) -> Document:
    """Map a base path of a domain to a stage."""
    mappings = region.base_path_mappings[_domain(region, request)["domainName"]]
    base = request.get("basePath") or NO_PATH
    if base in mappings:
        raise ConflictError("Base path already exists for this domain name")
    document: Document = {"basePath": base, "restApiId": request.get("restApiId")}
    if request.get("stage"):
        document["stage"] = request["stage"]
    _check_mapping(region, document)
    mappings[base] = document
    return document


def _check_mapping(region: Region, document: Document) -> None:
    api = region.rest_apis.get(document.get("restApiId") or "")
    if api is None:
        raise BadRequestError("Invalid REST API identifier specified")
    if document.get("stage") and document["stage"] not in api.stages:
        raise BadRequestError("Invalid stage identifier specified")


def _mapping(region: Region, request: Document) -> Document:
    mappings = region.base_path_mappings[_domain(region, request)["domainName"]]
    found = mappings.get(request["basePath"])
    if found is None:
        raise NotFoundError("Invalid base path mapping identifier specified")
    return found


def get_base_path_mapping(region: Region, request: Document) -> Document:
    """One mapping."""
    return _mapping(region, request)


def get_base_path_mappings(region: Region, request: Document) -> Document:
    """The mappings of a domain."""
    return page(region.base_path_mappings[_domain(region, request)["domainName"]].values(), request)


def update_base_path_mapping(region: Region, request: Document) -> Document:
    """Patch a mapping; its base path may change."""
    current = _mapping(region, request)
    changed = patches.apply(current, request.get("patchOperations") or [], _MAPPING_PATHS)
    changed["restApiId"] = changed.pop("restapiId", changed["restApiId"])
    changed["basePath"] = changed["basePath"] or NO_PATH
    _check_mapping(region, changed)
    mappings = region.base_path_mappings[request["domainName"]]
    if changed["basePath"] != current["basePath"] and changed["basePath"] in mappings:
        raise ConflictError("Base path already exists for this domain name")
    del mappings[current["basePath"]]
    mappings[changed["basePath"]] = changed
    return changed


def delete_base_path_mapping(region: Region, request: Document) -> None:
    """Forget a mapping."""
    base = _mapping(region, request)["basePath"]
    del region.base_path_mappings[request["domainName"]][base]


def create_vpc_link(region: Region, request: Document) -> Document:
    """A VPC link, available at once."""
    identifier = region.unused_id(6, region.vpc_links)
    document: Document = {
        "id": identifier,
        "name": request.get("name"),
        "status": "AVAILABLE",
        "targetArns": list(request.get("targetArns") or []),
    }
    document |= {key: request[key] for key in ("description", "tags") if request.get(key)}
    region.vpc_links[identifier] = document
    return document


def _link(region: Region, request: Document) -> Document:
    found = region.vpc_links.get(request["vpcLinkId"])
    if found is None:
        raise NotFoundError("Invalid Vpc Link identifier specified")
    return found


def get_vpc_link(region: Region, request: Document) -> Document:
    """One VPC link."""
    return _link(region, request)


def get_vpc_links(region: Region, request: Document) -> Document:
    """All VPC links."""
    return page(region.vpc_links.values(), request)


def update_vpc_link(region: Region, request: Document) -> Document:
    """Patch name or description."""
    changed = patches.apply(_link(region, request), request.get("patchOperations") or [], _LINK_PATHS)
    region.vpc_links[changed["id"]] = changed
    return changed


def delete_vpc_link(region: Region, request: Document) -> None:
    """Forget a VPC link."""
    del region.vpc_links[_link(region, request)["id"]]


def get_client_certificates(region: Region, request: Document) -> Document:
    """Client certificates; the local cloud makes none."""
    return page(region.client_certificates.values(), request)


OPERATIONS = {
    "CreateDomainName": create_domain_name,
    "GetDomainName": get_domain_name,
    "GetDomainNames": get_domain_names,
    "UpdateDomainName": update_domain_name,
    "DeleteDomainName": delete_domain_name,
    "CreateBasePathMapping": create_base_path_mapping,
    "GetBasePathMapping": get_base_path_mapping,
    "GetBasePathMappings": get_base_path_mappings,
    "UpdateBasePathMapping": update_base_path_mapping,
    "DeleteBasePathMapping": delete_base_path_mapping,
    "CreateVpcLink": create_vpc_link,
    "GetVpcLink": get_vpc_link,
    "GetVpcLinks": get_vpc_links,
    "UpdateVpcLink": update_vpc_link,
    "DeleteVpcLink": delete_vpc_link,
    "GetClientCertificates": get_client_certificates,
}
