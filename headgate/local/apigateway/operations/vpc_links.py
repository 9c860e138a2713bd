"""VPC links: kept and shown, without a network behind them."""

import re

from ..errors import BadRequestError
from ..patches import PatchPaths, text
from ..state import Document, Region
from .kept import Kept

_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[^:]*:[^:]*:.+")
READY = "Your vpc link is ready for use"


def _name(value: str) -> str:
    if not value:
        raise BadRequestError("Name cannot be empty")
    return value


LINKS = Kept(
    store=lambda region, _: region.vpc_links,
    key="vpcLinkId",
    missing="Invalid Vpc Link identifier specified",
    paths=PatchPaths("VpcLink", values={"/name": _name, "/description": text}),
    shows_tags=True,
)


def create_vpc_link(region: Region, request: Document) -> Document:
    """A VPC link. It is answered as pending, and is there for whoever asks next (recorded, minutes apart on AWS)."""
    name = _name(request.get("name") or "")
    targets = list(request.get("targetArns") or [])
    for one in targets:
        if not _ARN.fullmatch(str(one)):
            raise BadRequestError(f"Invalid ARN. ARN is not well formed {one}")
    if len(targets) > 1:  # recorded, badmintoncryer/cdk-preflight
        raise BadRequestError("More than one target arn specified for vpc link.")
    if not targets:
        raise BadRequestError("Exactly one target ARN must be specified")
    identifier = region.unused_id(6, region.vpc_links)
    document: Document = {"id": identifier, "name": name, "status": "AVAILABLE", "statusMessage": READY}
    document |= {key: request[key] for key in ("description", "tags") if request.get(key)}
    document["targetArns"] = targets
    region.vpc_links[identifier] = document
    return {key: one for key, one in document.items() if key != "statusMessage"} | {"status": "PENDING"}


OPERATIONS = {
    "CreateVpcLink": create_vpc_link,
    "GetVpcLink": LINKS.get,
    "GetVpcLinks": LINKS.all,
    "UpdateVpcLink": LINKS.update,
    "DeleteVpcLink": LINKS.delete,
}
