"""Access associations: which VPC endpoint may reach a private domain name. Kept and shown, nothing enforces them."""

import re
from urllib.parse import unquote

from ..errors import BadRequestError, ConflictError, NotFoundError, ValidationError, not_in_enum
from ..pages import page
from ..state import Document, Region

_OWNERS = ("SELF", "OTHER_ACCOUNTS")
_SOURCE = re.compile(r"vpce-[0-9a-z]+")


def create_association(region: Region, request: Document) -> Document:
    """Let a VPC endpoint reach a private domain name."""
    kind, source, arn = (
        str(request.get(key) or "")
        for key in ("accessAssociationSourceType", "accessAssociationSource", "domainNameArn")
    )
    if kind != "VPCE":
        place = "createDomainNameAccessAssociationInput.accessAssociationSourceType"
        raise ValidationError([not_in_enum(kind, place, ["VPCE"])])
    domain = next((one for one in region.domain_names.values() if one.get("domainNameArn") == arn), None)
    if domain is None or domain["endpointConfiguration"]["types"] != ["PRIVATE"]:
        raise BadRequestError("Invalid domain name ARN specified. It must be that of a private custom domain name")
    if not _SOURCE.fullmatch(source):
        raise BadRequestError("Invalid access association source specified. It must be a VPC endpoint ID")
    place = f"/domainnameaccessassociations/domainname/{domain['domainName']}/vpcesource/{source}"
    own = f"arn:{region.partition}:apigateway:{region.name}:{region.account_id}:{place}"
    if own in region.access_associations:
        raise ConflictError("Domain name access association already exists")
    document: Document = {
        "domainNameAccessAssociationArn": own,
        "domainNameArn": arn,
        "accessAssociationSourceType": kind,
        "accessAssociationSource": source,
    }
    if request.get("tags"):
        document["tags"] = dict(request["tags"])
    region.access_associations[own] = document
    return document


def get_associations(region: Region, request: Document) -> Document:
    """All of this account; other accounts have none here."""
    owner = request.get("resourceOwner")
    if owner is not None and owner not in _OWNERS:
        raise ValidationError([not_in_enum(owner, "resourceOwner", _OWNERS)])
    return page([] if owner == "OTHER_ACCOUNTS" else region.access_associations.values(), request)


def delete_association(region: Region, request: Document) -> None:
    """Forget an association."""
    arn = unquote(str(request.get("domainNameAccessAssociationArn") or ""))
    if region.access_associations.pop(arn, None) is None:
        raise NotFoundError("Invalid domain name access association identifier specified")


OPERATIONS = {
    "CreateDomainNameAccessAssociation": create_association,
    "GetDomainNameAccessAssociations": get_associations,
    "DeleteDomainNameAccessAssociation": delete_association,
    "RejectDomainNameAccessAssociation": delete_association,
}
