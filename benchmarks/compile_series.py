"""Made-up documents of a given number of operations, and the CPU seconds of compiling one. `benchmarks.compile` runs it.

Every operation is compiled: 10,000 are 1,429 resources with all seven methods, which is several REST APIs. The limit of a
template's size is lifted, since CloudFormation would not take so many.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from headgate.spec import Target, compile_document

SIZES = (10, 100, 1_000, 10_000)
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
PER_GROUP = 200

Operation = Callable[[int], dict[str, Any]]


def main(shape: str, size: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "series.json"
        path.write_text(json.dumps(SHAPES[shape](size)), encoding="utf-8")
        begun = time.process_time()
        compiled, _ = compile_document(path, Target(environment="spec", unbound="deny", wire_bytes=10**9))
        rows = sum(len(api.ledger) for api in compiled.wholes) if compiled else 0
        seconds = round(time.process_time() - begun, 4)
    if compiled is None or compiled.operations != size:
        raise RuntimeError(f"{shape}: not all of {size} operations were compiled")
    print(json.dumps({"seconds": seconds, "rows": rows}))
    return 0


def flat(size: int) -> dict[str, Any]:
    """Short paths and nothing shared."""
    return _document(size, lambda _: {})


def deep(size: int) -> dict[str, Any]:
    """Five segments, two of them variables."""
    names = ("account", "item")
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    return _document(size, lambda _: {"parameters": parameters}, below="/{account}/a/{item}", per_group=60)


def schemas(size: int) -> dict[str, Any]:
    """A schema of its own for each operation; it leads to two others of the same hundred, so each is shared by three."""
    named = {f"S{n}": _schema(_near(n, n * 7 + 1, size), _near(n, n * 3 + 1, size)) for n in range(size)}
    return _document(size, lambda n: _body({"$ref": f"#/components/schemas/S{n}"}), components={"schemas": named})


def parameters(size: int) -> dict[str, Any]:
    """Twenty shared query parameters for each."""
    named = {
        f"p{n}": {"name": f"p{n}", "in": "query", "required": n < 3, "schema": {"type": "string"}} for n in range(20)
    }
    listed = [{"$ref": f"#/components/parameters/{name}"} for name in named]
    return _document(size, lambda _: {"parameters": listed}, components={"parameters": named})


def tags(size: int) -> dict[str, Any]:
    """A tag for each."""
    return {**_document(size, lambda n: {"tags": [f"t{n}"]}), "tags": [{"name": f"t{n}"} for n in range(size)]}


def branches(size: int) -> dict[str, Any]:
    """One body whose allOf has as many branches as there are operations."""
    listed = [
        {"type": "object", "required": [f"a{n}"], "properties": {f"a{n}": {"type": "string"}}} for n in range(size)
    ]
    whole = {"Whole": {"allOf": listed}}
    body = _body({"$ref": "#/components/schemas/Whole"})
    return _document(size, lambda n: body if n == 2 else {}, components={"schemas": whole})


SHAPES: dict[str, Callable[[int], dict[str, Any]]] = {
    made.__name__: made for made in (flat, deep, schemas, parameters, tags, branches)
}


def _document(
    size: int, more: Operation, *, components: dict[str, Any] | None = None, below: str = "", per_group: int = PER_GROUP
) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    answer = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
    for number in range(size):
        resource, method = divmod(number, len(METHODS))
        path = f"/g{resource // per_group}/r{resource % per_group}{below}"
        operation = {"operationId": f"op{number}", "responses": answer, **more(number)}
        paths.setdefault(path, {})[METHODS[method]] = operation
    head = {
        "openapi": "3.0.3",
        "info": {"title": "Series", "version": "1"},
        "servers": [{"url": "https://a.example.com"}],
    }
    return {**head, "paths": paths, **({"components": components} if components else {})}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _near(number: int, other: int, size: int) -> str:
    """The name of a schema of the same hundred: REST APIs have models of their own, so what all share costs each of them."""
    return f"S{min(number - number % 100 + other % 100, size - 1)}"


def _schema(one: str, other: str) -> dict[str, Any]:
    following = {"$ref": f"#/components/schemas/{one}"}
    listed = {"type": "array", "items": {"$ref": f"#/components/schemas/{other}"}}
    members = {"id": {"type": "string", "readOnly": True}, "next": following, "list": listed}
    return {"type": "object", "required": ["id", "next"], "properties": members}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
