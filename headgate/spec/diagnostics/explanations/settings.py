"""HG130 to HG134 and HG150: upstreams and x-headgate."""

from __future__ import annotations

from .entry import FINE, GATEWAY, Explanation, document, gateway

_PLAIN = 'openapi: 3.1.0\ninfo: {title: Shop, version: "1"}\n'


def _orders(settings: str, answers: str = '"200": {description: Orders.}') -> str:
    return f"""\
paths:
  /orders:
    get:
      operationId: listOrders
      x-headgate: {settings}
      responses: {{{answers}}}
"""


ENTRIES = [
    Explanation(
        "HG130",
        "A route needs somebody who answers. `servers` of the document will do, when it is an absolute URL.",
        "A method without an integration is refused when a deployment is made.",
        "R",
        {"shop.yaml": _PLAIN + FINE},
        {"shop.yaml": _PLAIN + 'servers: [{url: "https://shop.example.com"}]\n' + FINE},
    ),
    Explanation(
        "HG131",
        "API Gateway calls services by HTTP at a fixed address.",
        "HTTP endpoints are on port 80, 443 or 1024 to 65535 (FACTS 8.27).",
        "D",
        gateway(GATEWAY.replace("https://shop.example.com", "https://shop.example.com:81")),
        gateway(GATEWAY.replace("https://shop.example.com", "https://shop.example.com:8443")),
    ),
    Explanation(
        "HG132",
        "A setting that is misspelled would be a setting that is not there.",
        "x-headgate is ours; API Gateway ignores it.",
        "own",
        document(_orders("{timeuot: 3}")),
        document(_orders("{timeout: 3}")),
    ),
    Explanation(
        "HG133",
        "Rewrites are done by API Gateway's parameter mapping, which knows values and parts of the request, and no computing.",
        "Mapping expressions are literals, method.request.*, context.* and stageVariables.*.",
        "D",
        document(_orders('{rewrite: {headers: {X-Shop: "shop-7"}}}')),
        document(_orders("""{rewrite: {headers: {X-Shop: "'shop-7'"}}}""")),
    ),
    Explanation(
        "HG134",
        "A setting that does nothing where it stands misleads whoever reads it.",
        "x-headgate is ours.",
        "own",
        document(_orders("{respond: {status: 201}}")),
        document(_orders("{timeout: 3}")),
    ),
    Explanation(
        "HG150",
        "Such an extension holds for the whole API, so two documents of one API cannot ask for different things.",
        "A REST API has each of these once.",
        "D",
        {
            "gateway.yaml": GATEWAY.replace("[shop.yaml]", "[shop.yaml, more.yaml]"),
            **document(FINE + "x-amazon-apigateway-minimum-compression-size: 1000\n"),
            "more.yaml": document(
                FINE.replace("orders", "more").replace("listOrders", "listMore")
                + "x-amazon-apigateway-minimum-compression-size: 2000\n"
            )["shop.yaml"],
        },
        {
            "gateway.yaml": GATEWAY.replace("[shop.yaml]", "[shop.yaml, more.yaml]"),
            **document(FINE + "x-amazon-apigateway-minimum-compression-size: 1000\n"),
            "more.yaml": document(FINE.replace("orders", "more").replace("listOrders", "listMore"))["shop.yaml"],
        },
    ),
]
