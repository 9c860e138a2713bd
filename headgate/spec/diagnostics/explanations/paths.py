"""HG120 to HG129: paths and methods."""

from __future__ import annotations

from .entry import FINE, GATEWAY, Explanation, document

_ID = "[{name: id, in: path, required: true, schema: {type: string}}]"


def _get(path: str, name: str = "getOrder", parameters: str = "") -> str:
    given = f"parameters: {parameters}, " if parameters else ""
    return f'  "{path}":\n    get: {{operationId: {name}, {given}responses: {{"200": {{description: Found.}}}}}}\n'


_ARN = "arn:aws:lambda:us-east-1:123456789012:function"
_FUNCTIONS = GATEWAY.replace(
    "upstreams: {", f'upstreams: {{head: {{lambda: "{_ARN}:head"}}, tail: {{lambda: "{_ARN}:tail"}}, '
)


def _function(variable: str, name: str) -> str:
    """An operation that a function answers."""
    operation = _get(f"/orders/{{{variable}}}/{name}", name, _ID.replace("id,", f"{variable},"))
    return operation.replace("get: {", f"get: {{x-headgate: {{upstream: {name}}}, ")


ENTRIES = [
    Explanation(
        "HG120",
        "A brace that belongs to no variable is a slip of the pen, and no request would ever carry it.",
        "Path segments hold letters, digits and a few signs; braces are for variables (FACTS 2.14).",
        "D",
        document("paths:\n" + _get("/orders/{id")),
        document("paths:\n" + _get("/orders/{id}", parameters=_ID)),
    ),
    Explanation(
        "HG122",
        "Clients resolve . and .. before they send a request, so this path is never asked for.",
        "Path segments are texts that requests carry (FACTS 2.14).",
        "D",
        document("paths:\n" + _get("/orders/../all")),
        document("paths:\n" + _get("/all")),
    ),
    Explanation(
        "HG123",
        "For a request both operations would do. One of them would never be called.",
        "A resource has one variable child, and each method once (FACTS 2.13).",
        "R",
        document(
            "paths:\n"
            + _get("/orders/{id}", "getOrder", _ID)
            + _get("/orders/{number}", "getByNumber", _ID.replace("id,", "number,"))
        ),
        document(
            "paths:\n"
            + _get("/orders/{id}", "getOrder", _ID)
            + _get("/orders/by-number/{number}", "getByNumber", _ID.replace("id,", "number,"))
        ),
    ),
    Explanation(
        "HG124",
        "A variable for the rest of the path swallows all that follows, so nothing can stand behind it.",
        "A greedy variable has no children and no variable beside it (FACTS 2.13).",
        "R",
        document("paths:\n" + _get("/files/{name+}/info", parameters=_ID.replace("id", "name"))),
        document("paths:\n" + _get("/files/info/{name+}", parameters=_ID.replace("id", "name"))),
    ),
    Explanation(
        "HG125",
        "There is no method in API Gateway that would serve such requests.",
        "API Gateway has DELETE, GET, HEAD, OPTIONS, PATCH, POST and PUT (FACTS 2.4).",
        "D",
        document(FINE + '    trace: {operationId: traceOrders, responses: {"200": {description: Traced.}}}\n'),
        document(FINE),
    ),
    Explanation(
        "HG127",
        "With a custom domain, clients never reach this operation: API Gateway answers health checks there.",
        "/ping and /sping at the root are reserved (FACTS 2.17).",
        "D",
        document("paths:\n" + _get("/ping", "ping")),
        document("paths:\n" + _get("/health", "ping")),
    ),
    Explanation(
        "HG128",
        "A path parameter that the path does not have never gets a value.",
        "The importer refuses path parameters that are not in the path.",
        "B",
        document("paths:\n" + _get("/orders", parameters=_ID)),
        document("paths:\n" + _get("/orders/{id}", parameters=_ID)),
    ),
    Explanation(
        "HG129",
        "API Gateway has one name per place of a path. Services get the path as their document writes it; a function gets an event "
        "with the one name.",
        "Variable siblings of different names are refused (FACTS 2.13); events carry API Gateway's name (FACTS 3.12).",
        "R",
        {"gateway.yaml": _FUNCTIONS, **document("paths:\n" + _function("order", "head") + _function("id", "tail"))},
        {"gateway.yaml": _FUNCTIONS, **document("paths:\n" + _function("id", "head") + _function("id", "tail"))},
    ),
]
