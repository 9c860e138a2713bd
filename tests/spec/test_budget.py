"""A template has room for so much: models go first, the largest first, and the ledger says so."""

import json
from pathlib import Path
from typing import Any

from headgate.spec import Compiled, Diagnostic, Target

from .importer import complaints
from .projects import compile_files, document, operation


def post(schema: Any, **members: Any) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"post": operation(requestBody=body, **members)}


SMALL = {"type": "object", "required": ["a"]}
LARGE = {"type": "object", "properties": {f"member{n}": {"type": "string", "maxLength": n} for n in range(40)}}
QUERY = [{"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}]
NESTED = {"type": "object", "properties": {"large": {"$ref": "#/components/schemas/Large"}, "b": {"minLength": 1}}}

PATHS = {
    "/small": post(SMALL),
    "/large": post({"$ref": "#/components/schemas/Large"}),
    "/nested": post(NESTED),
    "/asked": post({"$ref": "#/components/schemas/Large"}, parameters=QUERY),
}


def compiled_within(folder: Path, wire_bytes: int) -> tuple[Compiled | None, list[Diagnostic]]:
    value = document(PATHS, schemas={"Large": LARGE})
    return compile_files(folder, {"shop.yaml": value}, target=Target("dev", wire_bytes=wire_bytes))


def size(compiled: Compiled) -> int:
    return sum(len(json.dumps(api.wire, separators=(",", ":"), ensure_ascii=False)) + 1 for api in compiled.apis)


def whole(folder: Path) -> int:
    compiled, problems = compiled_within(folder, 1_000_000)
    assert compiled is not None, problems
    assert problems == []
    return size(compiled)


def test_the_largest_model_goes_first(tmp_path: Path) -> None:
    compiled, (warning,) = compiled_within(tmp_path, whole(tmp_path) - 1)
    assert compiled is not None
    wire = compiled.apis[0].wire

    assert size(compiled) < whole(tmp_path)
    assert len(wire["components"]["schemas"]) == 2
    assert wire["components"]["schemas"]["postNestedBody"]["properties"] == {"large": {}, "b": {"minLength": 1}}
    assert "requestBody" not in wire["paths"]["/large"]["post"]
    assert "requestBody" in wire["paths"]["/small"]["post"]
    assert (warning.level, warning.code) == ("warning", "HG196")
    assert "Large" in warning.message
    assert complaints(wire) == []


def test_what_was_left_out_is_the_validators_business_and_the_ledger_says_so(tmp_path: Path) -> None:
    compiled, _ = compiled_within(tmp_path, whole(tmp_path) - 1)
    assert compiled is not None
    rows = {row["pointer"]: row for row in compiled.apis[0].ledger}

    assert rows["/components/schemas/Large/properties"]["level"] == "validator"
    assert rows["/paths/~1large/post/requestBody"]["level"] == "validator"
    assert "too large" in rows["/paths/~1large/post/requestBody"]["reason"]
    assert rows["/paths/~1small/post/requestBody"]["level"] == "gateway"
    assert "Large" in compiled.apis[0].validators["$defs"]


def test_parameters_are_still_checked(tmp_path: Path) -> None:
    compiled, _ = compiled_within(tmp_path, whole(tmp_path) - 1)
    assert compiled is not None
    paths = compiled.apis[0].wire["paths"]

    assert paths["/asked"]["post"]["x-amazon-apigateway-request-validator"] == "parameters"
    assert "x-amazon-apigateway-request-validator" not in paths["/large"]["post"]


def test_it_goes_on_until_everything_fits(tmp_path: Path) -> None:
    first, _ = compiled_within(tmp_path, whole(tmp_path) - 1)
    assert first is not None
    compiled, (warning,) = compiled_within(tmp_path, size(first) - 200)
    assert compiled is not None

    assert size(compiled) <= size(first) - 200
    assert "2 models" in warning.message


def test_what_does_not_fit_without_models_is_an_error_with_the_figures(tmp_path: Path) -> None:
    compiled, problems = compiled_within(tmp_path, 2_000)

    assert compiled is None
    assert [problem.code for problem in problems] == ["HG195"]
    assert "2,000" in problems[0].message


def test_an_environment_shares_its_template(tmp_path: Path) -> None:
    """Two APIs that fit alone do not fit together."""
    both = {"a.yaml": document({"/a": post(LARGE)}), "b.yaml": document({"/b": post(SMALL)})}
    gateway = {"apis": {"a": {"documents": ["a.yaml"]}, "b": {"documents": ["b.yaml"]}}}
    compiled, problems = compile_files(tmp_path, both, gateway)
    assert compiled is not None, problems
    compiled, (warning,) = compile_files(tmp_path, both, gateway, Target("dev", wire_bytes=size(compiled) - 1))
    assert compiled is not None

    assert warning.code == "HG196"
    assert ["schemas" in api.wire.get("components", {}) for api in compiled.apis] == [False, True]
