"""HG126, HG167, HG185 to HG189, HG195, HG196: what is too large for a REST API or a template, and domains that join several."""

from __future__ import annotations

from .entry import FINE, GATEWAY, OIDC, Explanation, Files, document

_LIMIT = "A REST API has at most 300 resources; every prefix of a path is one (FACTS 10.2)."
_ROOM = "A template has at most 1 MB."
_CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"


def _listed(prefix: str, count: int) -> str:
    return "".join(
        f'  {prefix}/o{number}: {{get: {{responses: {{"200": {{description: OK.}}}}}}}}\n' for number in range(count)
    )


def _many(count: int, prefix: str = "/orders") -> Files:
    """That many paths."""
    return document("paths:\n" + _listed(prefix, count))


def _alone(count: int, prefix: str = "") -> Files:
    """That many paths, each with a scope of its own."""
    each = "".join(
        f'  {prefix}/o{number}: {{get: {{security: [{{oidc: [s{number}]}}], responses: {{"200": {{description: OK.}}}}}}}}\n'
        for number in range(count)
    )
    return document("paths:\n" + each + OIDC)


def _limited(count: int) -> Files:
    """That many paths, each with a throttle."""
    text = _listed("/orders", count).replace("{get: {", "{get: {x-headgate: {throttle: {rate: 5, burst: 5}}, ")
    return document("paths:\n" + text)


def _halves(count: int) -> Files:
    """That many paths below each of two, in a document that needs no gateway.yaml."""
    text = document("paths:\n" + _listed("/orders", count) + _listed("/customers", count))["shop.yaml"]
    return {"shop.yaml": text.replace("x-headgate: {upstream: shop}", 'servers: [{url: "https://shop.example.com"}]')}


def _domains(domains: str, *, stages: str = "{dev: {}}", region: str = "us-east-1") -> str:
    """gateway.yaml with these domains."""
    environment = f"environments: {{dev: {{region: {region}, stages: {stages}, domains: {{shop: {domains}}}}}}}\n"
    return GATEWAY.replace("environments: {dev: {stages: {dev: {}}}}\n", environment)


def _domain(name: str = "api.example.com", more: str = "") -> str:
    return f'{{name: {name}, certificate: "{_CERTIFICATE}"{more}}}'


def _body(size: int) -> Files:
    """An operation whose body has that many members."""
    members = ", ".join(f"member{number}: {{type: string}}" for number in range(size))
    return document(
        f"""\
paths:
  /orders:
    post:
      operationId: makeOrder
      requestBody: {{required: true, content: {{application/json: {{schema: {{type: object, properties: {{{members}}}}}}}}}}}
      responses: {{"201": {{description: Made.}}}}
"""
    )


ENTRIES = [
    Explanation(
        "HG126",
        "A larger API has to be several REST APIs behind a custom domain, or its operations share greedy resources. These cannot: "
        "API Gateway authorizes a resource before the aggregator sees which operation is meant.",
        _LIMIT,
        "D",
        _alone(301),
        _alone(3),
    ),
    Explanation(
        "HG167",
        "What is too much for a REST API goes behind a greedy resource like /orders/{proxy+}. Its operations answer as before, a "
        "function call later. Base paths that a custom domain joins make room for more.",
        _LIMIT,
        "D",
        _many(301),
        _many(3),
    ),
    Explanation(
        "HG185",
        "A REST API is mounted at a base path, which is literal text. Here every path begins with a variable, and each asks for "
        "another scope, so that they cannot share a greedy resource.",
        _LIMIT,
        "D",
        {"gateway.yaml": _domains(_domain()), **_alone(301, "/{shop}")},
        {"gateway.yaml": _domains(_domain()), **_alone(3, "/{shop}")},
    ),
    Explanation(
        "HG186",
        "Here the parts stand behind one address. On AWS a custom domain has to join them.",
        _LIMIT,
        "D",
        _halves(200),
        _halves(2),
        alone=True,
    ),
    Explanation(
        "HG187",
        "CloudFormation would find out after minutes, with half of the stack made.",
        "A regional domain's certificate is in the API's Region.",
        "D",
        {"gateway.yaml": _domains(_domain(), region="eu-west-1"), **document(FINE)},
        {"gateway.yaml": _domains(_domain()), **document(FINE)},
    ),
    Explanation(
        "HG188",
        "Without the execute-api address a stage can be called by a domain only.",
        "disableExecuteApiEndpoint holds for all stages of an API.",
        "D",
        {
            "gateway.yaml": _domains(_domain(more=", stage: a, execute-api: false"), stages="{a: {}, b: {}}"),
            **document(FINE),
        },
        {"gateway.yaml": _domains(_domain(more=", stage: a"), stages="{a: {}, b: {}}"), **document(FINE)},
    ),
    Explanation(
        "HG189",
        "A domain shows one stage of one API, so the later entry would take it from the earlier.",
        "A base path of a domain is mapped once.",
        "D",
        {"gateway.yaml": _domains(f"[{_domain()}, {_domain()}]"), **document(FINE)},
        {"gateway.yaml": _domains(f"[{_domain()}, {_domain('www.example.com')}]"), **document(FINE)},
    ),
    Explanation(
        "HG195",
        "APIs stand in the template, because they carry the versions of functions. Without any model, and with all that can share "
        "greedy resources, this is still too large.",
        _ROOM,
        "D",
        _limited(60),
        _limited(1),
        wire_bytes=20_000,
    ),
    Explanation(
        "HG196",
        "Models are left out, the largest first, until the rest fits. API Gateway does not check those bodies then.",
        _ROOM,
        "D",
        _body(600),
        _body(6),
        wire_bytes=14_000,
    ),
]
