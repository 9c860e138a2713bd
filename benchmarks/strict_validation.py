"""One strict edge request through the aggregator, up to the call, beside openapi-core's validation of the same request.

    python -m benchmarks.strict_validation

CPU per request of one process: event in, operation found, parameters and body checked, call built. Both sides are warm and read
the same document; rounds are interleaved. openapi-core is optional and not installed here: without it only our figures are printed.
"""

import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from functions.aggregator.edges import parse_edges
from functions.aggregator.events import read_event
from functions.aggregator.forward import build_forward
from functions.aggregator.passage import find_operation
from functions.aggregator.plan import Upstream
from functions.aggregator.validation.check import Checker
from headgate.spec import Target, compile_document

ROUNDS = 15
CALLS = 200
BODY = {
    "customer": "c-4711",
    "currency": "EUR",
    "items": [{"sku": f"sku-{number}", "quantity": number + 1, "price": 9.99} for number in range(5)],
    "ship": {"kind": "pickup", "store": 12},
    "placed": "2024-02-29T10:00:00Z",
}
PATH = "/orders/3fa85f64-5717-4562-b3fc-2c963f66afa6/lines"


def main() -> int:
    """Interleaved rounds; the last line is the result as JSON."""
    load = round(os.getloadavg()[0], 1)
    subjects = {"headgate edge": _ours(), "headgate checks alone": _checks_alone(), **_peer()}
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for call in subjects.values():
        _microseconds(call)
    for _ in range(ROUNDS):
        for name, call in subjects.items():
            times[name].append(_microseconds(call))
    medians = {name: round(statistics.median(values), 1) for name, values in times.items()}
    ratios = {name: round(value / medians["headgate edge"], 2) for name, value in medians.items()}
    for name, value in medians.items():
        print(f"{name:<28}{value:>8} us{ratios[name]:>8}x")
    result = {"load_average": load, "rounds": ROUNDS, "calls": CALLS, "medians_us": medians, "ratios": ratios}
    print(json.dumps({"name": "strict_validation", **result}))
    return 0


def _document() -> dict[str, Any]:
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
        {"name": "tags", "in": "query", "explode": False, "schema": {"type": "array", "items": {"type": "string"}}},
    ]
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
    post = {
        "operationId": "addLines",
        "parameters": parameters,
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "OK"}},
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Orders", "version": "1"},
        "servers": [{"url": "https://orders.example.com"}],
        "paths": {"/orders/{id}/lines": {"post": post}},
        "components": {"schemas": _schemas()},
    }


def _schemas() -> dict[str, Any]:
    item = {"sku": {"type": "string", "pattern": "^sku-[0-9]+$"}, "quantity": {"type": "integer", "minimum": 1}}
    order = {
        "customer": {"type": "string", "maxLength": 20},
        "currency": {"type": "string", "enum": ["EUR", "CHF"]},
        "items": {"type": "array", "maxItems": 50, "items": {"$ref": "#/components/schemas/Item"}},
        "ship": {"oneOf": [{"$ref": "#/components/schemas/Pickup"}, {"$ref": "#/components/schemas/Parcel"}]},
        "placed": {"type": "string", "format": "date-time"},
    }
    return {
        "Item": _object(["sku", "quantity"], {**item, "price": {"type": "number", "minimum": 0}}),
        "Pickup": _object(
            ["kind", "store"], {"kind": {"type": "string", "enum": ["pickup"]}, "store": {"type": "integer"}}
        ),
        "Parcel": _object(
            ["kind", "street"], {"kind": {"type": "string", "enum": ["parcel"]}, "street": {"type": "string"}}
        ),
        "Order": {**_object(["customer", "items"], order), "additionalProperties": False},
    }


def _object(required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _validators() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.json"
        path.write_text(json.dumps(_document()), encoding="utf-8")
        compiled, problems = compile_document(path, Target(environment="bench", unbound="deny"))
    assert compiled is not None, problems
    return compiled.apis[0].validators


def _event() -> dict[str, Any]:
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": "bench",
        "X-Request-Id": "1",
    }
    query = {"limit": ["10"], "tags": ["a,b"]}
    return {
        "resource": "/orders/{id}/lines",
        "path": PATH,
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()},
        "multiValueQueryStringParameters": query,
        "pathParameters": None,
        "requestContext": {"requestId": "1", "authorizer": {"sub": "u", "scope": "orders"}},
        "body": json.dumps(BODY),
        "isBase64Encoded": False,
    }


def _ours() -> Callable[[], None]:
    name = "POST /orders/{id}/lines"
    one = {
        "operation": name, "id": "addLines", "segments": ["orders", {"name": "id"}, "lines"], "query": {}, "validate": True,
        "upstream": "orders", "path": "/orders/{id}/lines", "plan": None, "rewrite": {"headers": {}, "query": {}}, "timeout": 29.0,
    }  # fmt: skip
    edge = parse_edges({"edges": {name: {"secured": True, "candidates": [one]}}})[name]
    checker, event, upstream = Checker(_validators()), _event(), Upstream("orders", "https://orders.example.com")

    def call() -> None:
        request = read_event(event)
        passage = find_operation(edge, request)
        assert checker.refuse(passage.candidate.operation, request, passage.variables) is None
        build_forward(passage.candidate, upstream, request, passage.variables)

    return call


def _checks_alone() -> Callable[[], None]:
    from functions.aggregator.candidates import PathText

    checker, request = Checker(_validators()), read_event(_event())
    variables = {"id": PathText(PATH.split("/")[2], PATH.split("/")[2])}
    return lambda: _none(checker.refuse("POST /orders/{id}/lines", request, variables))


def _none(problem: object) -> None:
    assert problem is None


def _peer() -> dict[str, Callable[[], None]]:
    try:
        from openapi_core import OpenAPI
        from openapi_core.exceptions import OpenAPIError
        from openapi_core.testing import MockRequest
    except ImportError:
        print("openapi-core is not installed: pip install openapi-core to measure beside it")
        return {}
    api = OpenAPI.from_dict(_document())

    def call() -> None:
        request = MockRequest(
            "https://orders.example.com", "post", PATH, args={"limit": "10", "tags": "a,b"},
            data=json.dumps(BODY).encode(), content_type="application/json",
        )  # fmt: skip
        api.validate_request(request)

    with contextlib.suppress(OpenAPIError):
        api.validate_request(MockRequest("https://orders.example.com", "post", PATH, data=b"{}"))
        raise AssertionError("openapi-core accepts what it should refuse: the comparison would mean nothing")
    return {"openapi-core": call}


def _microseconds(call: Callable[[], None]) -> float:
    began = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - began) / CALLS * 1e6


if __name__ == "__main__":
    sys.exit(main())
