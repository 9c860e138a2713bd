"""VPC links and client certificates: kept and shown, without a network behind them."""

from ..pages import page
from ..patches import PatchPaths, text
from ..state import Document, Region
from .kept import Kept

LINKS = Kept(
    store=lambda region, _: region.vpc_links,
    key="vpcLinkId",
    missing="Invalid Vpc Link identifier specified",
    paths=PatchPaths("VpcLink", values={"/name": text, "/description": text}, removable=("/description",)),
)


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


def get_client_certificates(region: Region, request: Document) -> Document:
    """Client certificates; the local cloud makes none."""
    return page(region.client_certificates.values(), request)


OPERATIONS = {
    "CreateVpcLink": create_vpc_link,
    "GetVpcLink": LINKS.one,
    "GetVpcLinks": LINKS.all,
    "UpdateVpcLink": LINKS.update,
    "DeleteVpcLink": LINKS.delete,
    "GetClientCertificates": get_client_certificates,
}
