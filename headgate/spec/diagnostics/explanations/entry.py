"""One explanation: why, an example that gives the diagnostic, the same mended, and the rule of AWS behind it with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Grades of docs/aws-facts.md: R recorded from AWS, M measured by somebody else, D AWS's documentation, B a blog or an issue,
# E an emulator or nobody; "own": not AWS asks for it, OpenAPI, Arazzo or Headgate does.
Grade = Literal["R", "M", "D", "B", "E", "own"]

GRADES: dict[Grade, str] = {
    "R": "recorded from AWS",
    "M": "measured on AWS by others",
    "D": "documented by AWS",
    "B": "told in a blog or an issue",
    "E": "not verified on AWS",
    "own": "no rule of AWS",
}

Files = dict[str, str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`example` and `fix` are files of a project; gateway.yaml is `GATEWAY` where it is not among them.

    `also` are notes that come with it. `alone`: shop.yaml is compiled without gateway.yaml. `wire_bytes` is room in the template
    for this example, so that it need not be large; 0 is what there really is.
    """

    code: str
    why: str
    rule: str
    grade: Grade
    example: Files
    fix: Files
    also: tuple[str, ...] = ()
    alone: bool = False
    wire_bytes: int = 0


GATEWAY = """\
name: shop
apis: {shop: {documents: [shop.yaml]}}
upstreams: {shop: {url: "https://shop.example.com"}}
issuers:
  id: {issuer: "https://id.example.com/", audience: [shop], schemes: [oidc]}
environments: {dev: {stages: {dev: {}}}}
"""

_HEAD = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
x-headgate: {upstream: shop}
"""

OIDC = """\
components:
  securitySchemes:
    oidc: {type: openIdConnect, openIdConnectUrl: "https://id.example.com/.well-known/openid-configuration"}
"""


def document(body: str) -> Files:
    """shop.yaml around these members."""
    return {"shop.yaml": _HEAD + body}


def gateway(text: str, body: str = "") -> Files:
    """gateway.yaml as given, and a shop.yaml that is fine when no body is given."""
    return {"gateway.yaml": text, **document(body or FINE)}


FINE = """\
paths:
  /orders:
    get: {operationId: listOrders, responses: {"200": {description: Orders.}}}
"""
