"""Work grows with the document, not with its square: function calls are counted, since seconds depend on the machine."""

import gc
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from headgate.spec import Compiled, Target, compile_document
from headgate.spec.collector import collector_held
from headgate.spec.operations.path_keys import overlap, read_path
from headgate.spec.operations.reading import read_operations
from headgate.spec.operations.records import Operation
from headgate.spec.placement.overlaps import Overlaps
from headgate.spec.source.document import DocumentSet

FEW, MANY = 60, 240
ID = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]


def document(paths: dict[str, Any], **components: Any) -> dict[str, Any]:
    head = {
        "openapi": "3.0.3",
        "info": {"title": "Cost", "version": "1"},
        "servers": [{"url": "https://a.example.com"}],
    }
    return {**head, "paths": paths, "components": components}


def operation(number: int, **more: Any) -> dict[str, Any]:
    return {"operationId": f"op{number}", "responses": {"200": {"description": "ok"}}, **more}


def body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def flat(size: int) -> dict[str, Any]:
    return document({f"/r{n}": {"get": operation(n)} for n in range(size)})


def below_one_variable(size: int) -> dict[str, Any]:
    return document({f"/a/{{id}}/r{n}": {"get": operation(n, parameters=ID)} for n in range(size)})


def more_than_one_api_holds(size: int) -> dict[str, Any]:
    return flat(size * 6)


def behind_one_edge(size: int) -> dict[str, Any]:
    return document({f"/a/{{id}}:do{n}": {"post": operation(n, parameters=ID)} for n in range(size)})


def edges(size: int) -> dict[str, Any]:
    """Two resources each, and all of them in one REST API."""
    return document({f"/r{n}/{{id}}.json": {"get": operation(n, parameters=ID)} for n in range(size // 2)})


def left_out_and_secured(size: int) -> dict[str, Any]:
    broken = {"security": [{"token": []}], "parameters": [{"$ref": "#/nowhere"}]}
    paths = {f"/r{n}": {"get": operation(n, **(broken if n % 2 else {}))} for n in range(size)}
    return document(paths, securitySchemes={"token": {"type": "http", "scheme": "bearer"}})


def warned_of(size: int) -> dict[str, Any]:
    servers = ({"servers": [{"url": f"http://h{n}.example.com"}]} for n in range(size))
    return document({f"/r{n}": {"get": operation(n, **own)} for n, own in enumerate(servers)})


def one_wide_conjunction(size: int) -> dict[str, Any]:
    branches = [{"required": [f"a{n}"], "properties": {f"a{n}": {"type": "string"}}} for n in range(size)]
    return document({"/r": {"post": operation(0, **body({"type": "object", "allOf": branches}))}})


def one_long_chain(size: int) -> dict[str, Any]:
    linked = {
        f"C{n}": {"allOf": [{"$ref": f"#/components/schemas/C{n + 1}"}, {"minProperties": n}]} for n in range(size)
    }
    last = {f"C{size}": {"type": "object"}}
    return document({"/r": {"post": operation(0, **body({"$ref": "#/components/schemas/C0"}))}}, schemas=linked | last)


def bodies_of_one_name(size: int) -> dict[str, Any]:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    return document({f"/r{n}": {"post": {**operation(0), **body(schema)}} for n in range(size)})


SHAPES = (
    flat,
    below_one_variable,
    more_than_one_api_holds,
    behind_one_edge,
    edges,
    left_out_and_secured,
    warned_of,
    one_wide_conjunction,
    one_long_chain,
    bodies_of_one_name,
)


def compiled(folder: Path, written: dict[str, Any], **target: Any) -> Compiled | None:
    path = folder / "cost.json"
    path.write_text(json.dumps(written), encoding="utf-8")
    return compile_document(path, Target("spec", unbound="deny", **target))[0]


def calls(work: Callable[[], Any]) -> int:
    count = 0

    def note(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_four_times_the_operations_are_about_four_times_the_work(
    shape: Callable[[int], dict[str, Any]], tmp_path: Path
) -> None:
    compiled(tmp_path, shape(4))  # what is only done once
    few, many = (calls(lambda size=size: compiled(tmp_path, shape(size))) for size in (FEW, MANY))

    assert many / few < MANY / FEW * 1.5


def test_a_chain_of_conjunctions_that_nobody_could_follow_by_recursion_compiles(tmp_path: Path) -> None:
    made = compiled(tmp_path, one_long_chain(2_000))

    assert made is not None
    assert len(made.apis[0].validators["$defs"]) == 2_001


def test_many_models_that_are_too_large_together_go_until_the_rest_fits(tmp_path: Path) -> None:
    schemas: dict[str, Any] = {
        f"S{n}": {"type": "object", "required": ["a"], "properties": {"a": {"maxLength": n + 1, "type": "string"}}}
        for n in range(600)
    }
    schemas["All"] = {"properties": {f"p{n}": {"$ref": f"#/components/schemas/S{n}"} for n in range(600)}}
    written = document({"/r": {"post": operation(0, **body({"$ref": "#/components/schemas/All"}))}}, schemas=schemas)
    whole = compiled(tmp_path, written)
    assert whole is not None
    size = len(json.dumps(whole.apis[0].wire, separators=(",", ":")))

    less = compiled(tmp_path, written, wire_bytes=size * 2 // 3)

    assert less is not None
    assert len(json.dumps(less.apis[0].wire, separators=(",", ":"))) <= size * 2 // 3


def operations_of(folder: Path, templates: list[str]) -> list[Operation]:
    documents = DocumentSet(folder)
    found = documents.adopt("paths.json", json.dumps(document({path: {"get": operation(0)} for path in templates})))
    assert found is not None
    return read_operations(found, problems=[])


def test_overlaps_are_those_that_comparing_each_with_each_finds(tmp_path: Path) -> None:
    chance = random.Random(7)
    parts = ["a", "b", "a.json", "{x}", "{y}.json", "v{z}", "{r+}"]
    templates = sorted({"/" + "/".join(chance.choices(parts, k=chance.randint(0, 4))) for _ in range(150)})
    operations = operations_of(tmp_path, templates)
    overlaps = Overlaps(operations)

    for template in templates:
        expected = [o.path for o in operations if overlap(read_path(template), read_path(o.template))]
        assert [found.path for found in overlaps.of("GET", template)] == expected, template


@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_is_afterwards_as_it_was(was_on: bool) -> None:
    before = gc.isenabled()
    (gc.enable if was_on else gc.disable)()
    try:
        with collector_held():
            assert not gc.isenabled()
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()
