"""HG121 and HG160 to HG169: operations that share a route, what the aggregator serves, and servers."""

from __future__ import annotations

from .entry import FINE, GATEWAY, OIDC, Explanation, document, gateway

_ANSWER = 'responses: {"200": {description: Found.}}'
_ID = "parameters: [{name: id, in: path, required: true, schema: {type: string}}], "
_SECURED = "security: [{oidc: []}], "
_STRICT = "x-headgate: {validate: strict}, "


def _get(path: str, name: str, members: str = "") -> str:
    return f'  "{path}":\n    get: {{operationId: {name}, {members}{_ANSWER}}}\n'


_ONE = _get("/orders/{id}", "getOrder", _STRICT + _ID)
_CORS = GATEWAY.replace("[shop.yaml]", '[shop.yaml], cors: {origins: ["https://www.example.com"]}')
_FUNCTION = 'upstreams: {head: {lambda: "arn:aws:lambda:us-east-1:123456789012:function:head"}, '
_FUNCTIONS = GATEWAY.replace("upstreams: {", _FUNCTION)
_HEAD = 'openapi: 3.1.0\ninfo: {title: Shop, version: "1"}\n'
_SERVERS = "servers: [{url: https://a.example.com}, {url: https://b.example.com}]\n"
_PLAIN = GATEWAY.replace("https://shop", "http://shop")


def _options(security: str) -> dict[str, str]:
    return document(FINE + f"    options: {{operationId: ask, security: {security}, {_ANSWER}}}\n" + OIDC)


ENTRIES = [
    Explanation(
        "HG121",
        "Browsers ask for permission before they send credentials. Where a document's own OPTIONS operation wants them first, no "
        "page of another origin can call the path.",
        "Preflight is nothing special to API Gateway: an OPTIONS method with an authorizer asks for it (FACTS 2.15).",
        "D",
        {"gateway.yaml": _CORS, **_options("[{oidc: []}]")},
        {"gateway.yaml": _CORS, **_options("[]")},
    ),
    Explanation(
        "HG160",
        "What follows a # stays in the browser, so both operations are the same request. One route serves both, and the service "
        "tells them apart, as it does without a gateway.",
        "A resource has each method once (FACTS 2.13).",
        "R",
        document("paths:\n" + _get("/orders#open", "openOrders") + _get("/orders#all", "allOrders")),
        document("paths:\n" + _get("/orders/open", "openOrders") + _get("/orders", "allOrders")),
    ),
    Explanation(
        "HG161",
        "API Gateway authorizes a route before anything looks at the operation behind it. If these asked for different things, "
        "one of them would be open to the other's callers.",
        "A method of a resource has one authorizer, and routing comes before it (FACTS 2.2).",
        "M",
        document("paths:\n" + _ONE + _get("/orders/@mine", "myOrders", _SECURED) + OIDC),
        document("paths:\n" + _ONE.replace("get: {", f"get: {{{_SECURED}") + OIDC),
    ),
    Explanation(
        "HG162",
        "A stage limits methods of resources, and both operations are one.",
        "Method settings are per resource and verb (FACTS 6.10).",
        "R",
        document(
            "paths:\n" + _ONE + _get("/orders/@mine", "myOrders", "x-headgate: {throttle: {rate: 1, burst: 1}}, ")
        ),
        document("paths:\n" + _ONE),
    ),
    Explanation(
        "HG163",
        "API Gateway hands the request to the aggregator, so what it was told to do itself would not happen.",
        "An extension belongs to one method of the importer's document.",
        "own",
        document("paths:\n" + _ONE.replace("validate: strict", "validate: strict, cache: {ttl: 5}")),
        document("paths:\n" + _ONE),
    ),
    Explanation(
        "HG164",
        "The aggregator calls services over HTTP. A function, a load balancer inside a network or an AWS service is called by API "
        "Gateway only.",
        "VPC links and service integrations belong to API Gateway.",
        "own",
        {
            "gateway.yaml": _FUNCTIONS,
            **document("paths:\n" + _ONE.replace("validate: strict", "validate: strict, upstream: head")),
        },
        {"gateway.yaml": _FUNCTIONS, **document("paths:\n" + _ONE)},
    ),
    Explanation(
        "HG165",
        "A path that API Gateway cannot hold became a resource with a variable, and that resource wins over a less specific one "
        "whose requests it now takes. The aggregator cannot pass them on, because the other operation is protected differently.",
        "A literal segment wins over a variable (FACTS 2.3).",
        "R",
        document(
            "paths:\n"
            + _get("/users/@me/orders", "mine", _STRICT + _SECURED)
            + _get("/users/{id}/{thing}", "any", _ID.replace("}],", "}, {name: thing, in: path, required: true}],"))
            + OIDC
        ),
        document("paths:\n" + _get("/users/@me/orders", "mine", _STRICT + _SECURED) + OIDC),
    ),
    Explanation(
        "HG166",
        "API Gateway matches whole path segments and neither # nor ?. The aggregator reads the path instead, which is one function "
        "call more per request.",
        "A path parameter must be a whole segment (FACTS 2.14).",
        "D",
        document("paths:\n" + _get("/orders/{id}.json", "getOrder", _ID)),
        document("paths:\n" + _get("/orders/{id}", "getOrder", _ID)),
    ),
    Explanation(
        "HG168",
        "OpenAPI offers a choice of servers to clients. A gateway calls one.",
        "An integration has one address.",
        "own",
        {"shop.yaml": _HEAD + _SERVERS + FINE},
        {"shop.yaml": _HEAD + "servers: [{url: https://a.example.com}]\n" + FINE},
    ),
    Explanation(
        "HG169",
        "Between API Gateway and the service lies the internet, and requests carry tokens.",
        "API Gateway calls http and https addresses alike (FACTS 8.27).",
        "D",
        gateway(_PLAIN),
        gateway(GATEWAY),
    ),
]
