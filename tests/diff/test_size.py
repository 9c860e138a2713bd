"""Large documents: shared, circular components are compared once, not once per operation."""

import copy
import json
import time
from typing import Any

from headgate.diff import compare, surface_of_wires

SIZE = 400


def large() -> dict[str, Any]:
    """Operations that all reach all components, which refer to each other in circles."""

    def reference(number: int) -> dict[str, str]:
        return {"$ref": f"#/components/schemas/S{number % SIZE}"}

    schemas = {
        f"S{n}": {
            "type": "object",
            "properties": {"a": reference(n + 1), "b": {"anyOf": [reference(n * 7), reference(n * 3 + 1)]}},
        }
        for n in range(SIZE)
    }
    answer = {
        "200": {
            "description": "OK",
            "content": {"application/json": {"schema": {"type": "array", "items": reference(0)}}},
        }
    }
    paths = {f"/p{n}": {"get": {"operationId": f"get{n}", "responses": answer}} for n in range(SIZE)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "L", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def test_one_change_in_a_circle_that_everything_reaches() -> None:
    old, new = large(), copy.deepcopy(large())
    new["components"]["schemas"]["S17"]["properties"]["a"] = {"type": "integer"}
    sides = [
        surface_of_wires({"": (f"{name}.json", json.dumps(value))}) for name, value in (("old", old), ("new", new))
    ]
    started = time.perf_counter()

    (change,) = compare(*sides)

    assert (change.rule, len(change.operations)) == ("response-type-changed", SIZE)
    assert time.perf_counter() - started < 20
