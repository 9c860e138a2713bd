"""HG101 to HG112, HG151 to HG154, HG197 and HG198: files, references, the shape of documents and of gateway.yaml."""

from __future__ import annotations

import hashlib

from .entry import FINE, GATEWAY, Explanation, Files, document, gateway

_NO_RULE = "Nothing is sent to AWS that was not understood completely."

_COPY = "Orders: {description: Orders.}\n"
_ADDRESS = "https://api.example.com/parts.yaml"


def _pinned(digest: str) -> Files:
    """A reference to the network, and the copy that stands for it."""
    reference = FINE.replace("{description: Orders.}", f'{{$ref: "{_ADDRESS}#/Orders"}}')
    pins = f'references: {{"{_ADDRESS}": {{file: parts.yaml, sha256: "{digest}"}}}}\n'
    return {"gateway.yaml": GATEWAY + pins, **document(reference), "parts.yaml": _COPY}


def _swagger(form: str) -> Files:
    """An OpenAPI 2.0 document whose parameter is a list written in that form."""
    return {
        "shop.yaml": f"""\
swagger: "2.0"
info: {{title: Shop, version: "1"}}
x-headgate: {{upstream: shop}}
paths:
  /orders:
    get:
      operationId: listOrders
      parameters: [{{name: state, in: query, type: array, items: {{type: string}}, collectionFormat: {form}}}]
      responses: {{"200": {{description: Orders.}}}}
"""
    }


def _query(place: str, says: str) -> str:
    return f"""\
paths:
  /orders:
    get:
      operationId: listOrders
      parameters: [{{name: filter, in: {place}, {says}}}]
      responses: {{"200": {{description: Orders.}}}}
"""


def _alone(body: str) -> Files:
    """A document that is compiled without gateway.yaml."""
    return {"shop.yaml": 'openapi: 3.1.0\ninfo: {title: Shop, version: "1"}\n' + body}


ENTRIES = [
    Explanation(
        "HG101",
        "A file that cannot be read completely is not read at all: half of a document would be half of a gateway.",
        _NO_RULE,
        "own",
        document("paths:\n  /orders: {\n"),
        document(FINE),
    ),
    Explanation(
        "HG102",
        "Which of two equal keys counts depends on the parser, so a reader and the gateway might see different documents.",
        _NO_RULE,
        "own",
        document(
            """\
paths:
  /orders:
    get: {operationId: listOrders, responses: {"200": {description: Orders.}}}
    get: {operationId: allOrders, responses: {"200": {description: Orders.}}}
"""
        ),
        document(FINE),
    ),
    Explanation(
        "HG103",
        "OpenAPI documents are JSON values. YAML can say more than that, and each tool makes something else of it.",
        _NO_RULE,
        "own",
        document(FINE + "x-limit: .inf\n"),
        document(FINE + "x-limit: 1000\n"),
    ),
    Explanation(
        "HG104",
        "What a reference should bring in is missing, so a limit or a whole operation would be lost.",
        "API Gateway's importer refuses references that lead nowhere, or ignores the part.",
        "D",
        document(
            """\
paths:
  /orders:
    get: {operationId: listOrders, responses: {"200": {$ref: "#/components/responses/Orders"}}}
"""
        ),
        document(
            """\
paths:
  /orders:
    get: {operationId: listOrders, responses: {"200": {$ref: "#/components/responses/Orders"}}}
components: {responses: {Orders: {description: Orders.}}}
"""
        ),
    ),
    Explanation(
        "HG105",
        "A build that reads the network can give another gateway tomorrow, and none on a plane.",
        "API Gateway's importer does not follow references out of the document.",
        "D",
        document(
            """\
paths:
  /orders:
    get: {operationId: listOrders, responses: {"200": {$ref: "https://api.example.com/parts.yaml#/Orders"}}}
"""
        ),
        {
            **document(
                """\
paths:
  /orders:
    get: {operationId: listOrders, responses: {"200": {$ref: "parts.yaml#/Orders"}}}
"""
            ),
            "parts.yaml": "Orders: {description: Orders.}\n",
        },
    ),
    Explanation(
        "HG106",
        "Each version of OpenAPI means some keywords differently, so an unknown one cannot be read safely.",
        "API Gateway's importer knows OpenAPI 2.0 and 3.0; newer versions are translated here.",
        "D",
        {"shop.yaml": 'openapi: 4.0.0\ninfo: {title: Shop, version: "1"}\nx-headgate: {upstream: shop}\n' + FINE},
        document(FINE),
    ),
    Explanation(
        "HG107",
        "A part that has another shape than OpenAPI gives it would be read as if it were not there.",
        _NO_RULE,
        "own",
        document("paths:\n  /orders: [get]\n"),
        document(FINE),
    ),
    Explanation(
        "HG110",
        "A setting that is misspelled would be a setting that is not there. Editors complete from docs/gateway.schema.json.",
        _NO_RULE,
        "own",
        gateway(GATEWAY + "throttel: {rate: 5, burst: 10}\n"),
        gateway(GATEWAY),
    ),
    Explanation(
        "HG111",
        "gateway.yaml is the only place where names are defined; one that leads nowhere is a spelling mistake or a leftover.",
        _NO_RULE,
        "own",
        gateway(GATEWAY.replace("[shop.yaml]", "[{document: shop.yaml, upstream: shoop}]")),
        gateway(GATEWAY.replace("[shop.yaml]", "[{document: shop.yaml, upstream: shop}]")),
    ),
    Explanation(
        "HG112",
        "operationId is the name of an operation in logs, compositions and generated clients.",
        "API Gateway takes it as the name of the method's operation and does not ask for it to be unique.",
        "D",
        document(
            """\
paths:
  /orders:
    get: {operationId: orders, responses: {"200": {description: Orders.}}}
    post: {operationId: orders, responses: {"201": {description: Made.}}}
"""
        ),
        document(
            """\
paths:
  /orders:
    get: {operationId: listOrders, responses: {"200": {description: Orders.}}}
    post: {operationId: makeOrder, responses: {"201": {description: Made.}}}
"""
        ),
    ),
    Explanation(
        "HG151",
        "gateway.yaml keeps the digest of a remote file's copy, so that nobody changes the copy unnoticed.",
        _NO_RULE,
        "own",
        _pinned("0" * 64),
        _pinned(hashlib.sha256(_COPY.encode()).hexdigest()),
        also=("HG105",),
    ),
    Explanation(
        "HG152",
        "OpenAPI 2.0 has a few words that 3.0 lost. The service still gets such requests; nothing before it checks that part.",
        _NO_RULE,
        "own",
        _swagger("tsv"),
        _swagger("csv"),
    ),
    Explanation(
        "HG153",
        "What such a construct means is known only when a value is there, so neither API Gateway nor the validator checks it.",
        "API Gateway's models are JSON Schema draft 4, which has neither.",
        "D",
        document(_query("querystring", "content: {application/x-www-form-urlencoded: {schema: {type: object}}}")),
        document(_query("query", "schema: {type: string}")),
    ),
    Explanation(
        "HG154",
        "OpenAPI has references to path items and to parts of operations, not to operations.",
        _NO_RULE,
        "own",
        document(FINE + '  /all:\n    get: {$ref: "#/paths/~1orders/get"}\n'),
        document(FINE + '  /all: {$ref: "#/paths/~1orders"}\n'),
        also=("HG112",),
    ),
    Explanation(
        "HG197",
        "A pattern that cannot be read is left out of its schema, and any text passes it: what else the schema says is checked.",
        "API Gateway's models get only patterns that Java and ECMAScript read alike.",
        "own",
        document(_query("query", 'schema: {type: string, pattern: "(unclosed"}')),
        document(_query("query", 'schema: {type: string, pattern: "^[a-z]+$"}')),
    ),
    Explanation(
        "HG198",
        "Webhooks are requests that the service sends; nobody sends them to the gateway. The published document shows them.",
        "API Gateway refuses to deploy an API without methods.",
        "E",
        _alone(
            """\
webhooks:
  orderShipped:
    post: {operationId: orderShipped, responses: {"200": {description: Taken.}}}
"""
        ),
        _alone('servers: [{url: "https://shop.example.com"}]\n' + FINE),
        alone=True,
    ),
]
