"""Texts that trip parsers: a diagnostic at its place, never a crash, never a guess."""

import json
from pathlib import Path

import pytest

from headgate.spec import Diagnostic, DocumentSet, LoadedDocument, Target, compile_document


def loaded(content: bytes, name: str) -> tuple[LoadedDocument | None, list[Diagnostic]]:
    documents = DocumentSet(Path("/project"), read=lambda _: content)
    return documents.load(name), documents.problems


def said(content: str | bytes, name: str = "a.yaml") -> str:
    """The first thing that is said about a text."""
    _, problems = loaded(content.encode() if isinstance(content, str) else content, name)
    return str(problems[0]) if problems else ""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("a:\n\tb: 1\n", "a.yaml:2:1: error HG101 a tab", id="tab"),
        pytest.param("a: 1\nb: x\x07\n", "a.yaml:2:5: error HG101 control character U+0007", id="control"),
        pytest.param("a: 1\n---\nb: 2\n", "a.yaml:2:1: error HG101 a second document", id="two-documents"),
        pytest.param("a: !!bool maybe", "a.yaml:1:4: error HG103 'maybe' is not", id="bool-that-is-none"),
        pytest.param("a: 1e999", "a.yaml:1:4: error HG103 '1e999' is not", id="infinite"),
        pytest.param("a: " + "9" * 5000, "a.yaml:1:4: error HG103 '99999", id="huge-integer"),
        pytest.param("a: [1", "a.yaml:1:1: error HG101", id="ends-too-early"),
        pytest.param("null", "a.yaml:1:1: error HG101 the file holds nothing but null", id="null"),
        pytest.param(" \n", "a.yaml:1:1: error HG101 the file is empty", id="blank"),
        pytest.param("# c\n", "a.yaml:1:1: error HG101 the file is empty", id="only-a-comment"),
        pytest.param(b"a: 1\nb: caf\xe9", "a.yaml:2:7: error HG101 byte 11 is not UTF-8", id="latin-1"),
        pytest.param("a: 1".encode("utf-16"), "a.yaml:1:1: error HG101 the file is UTF-16", id="utf-16"),
        pytest.param("a: 1".encode("utf-16-le"), "a.yaml:1:2: error HG101 control character", id="utf-16-unmarked"),
        pytest.param("a: &a {<<: *a, b: 1}", "a.yaml:1:4: error HG103 an alias contains itself", id="merges-itself"),
        pytest.param("a: &x {k: 1}\nb: {<<: [*x, 5]}", "a.yaml:2:14: error HG103 '<<' merges", id="merges-a-number"),
        pytest.param("x: 1\na: 1\nx: true", "a.yaml:3:1: error HG102 key 'x'", id="one-is-not-true"),
        pytest.param("{true: c, 'true': d}", "a.yaml:1:11: error HG102 key 'true'", id="boolean-and-text-key"),
        pytest.param('a: "\\ud800"', "a.yaml:1:7: error HG101", id="surrogate"),
    ],
)
def test_yaml_is_refused_where_it_is_wrong(content: str | bytes, expected: str) -> None:
    assert said(content).startswith(expected)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param('{"a": 1,\n "a": 1}', "a.json:2:2: warning HG102", id="twice-the-same"),
        pytest.param('{"a": 1,\n "a": true}', "a.json:2:2: error HG102", id="one-is-not-true"),
        pytest.param('{"a":\n NaN}', "a.json:2:2: error HG101 NaN is not JSON", id="nan"),
        pytest.param('{"NaN": -Infinity}', "a.json:1:9: error HG101 -Infinity", id="infinity"),
        pytest.param('{"a": 1e999}', "a.json:1:7: error HG103 1e999", id="infinite"),
        pytest.param('{"a": ' + "9" * 5000 + "}", "a.json:1:7: error HG103 99999", id="huge-integer"),
        pytest.param('{"b": 1,\n"a": "x\\uD800"}', "a.json:2:6: error HG103 a \\u escape", id="high-surrogate"),
        pytest.param('{"\\udc00": 1}', "a.json:1:2: error HG103 a \\u escape", id="low-surrogate-in-a-key"),
        pytest.param('{"a": "\x01"}', "a.json:1:8: error HG101 Invalid control character (", id="control"),
        pytest.param('{"a": 1} x', "a.json:1:10: error HG101 Extra data", id="more-behind"),
        pytest.param("", "a.json:1:1: error HG101 the file is empty", id="empty"),
    ],
)
def test_json_is_refused_where_it_is_wrong(content: str, expected: str) -> None:
    assert said(content, "a.json").startswith(expected)


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_a_key_given_twice_names_both_places(name: str) -> None:
    assert "first in line 1" in said('{"a": {"b": 1},\n"c": 1,\n"a": {"b": 2}}', name)


def test_halves_that_make_a_character_are_fine() -> None:
    document, problems = loaded(b'{"a": "\\ud83d\\ude00 \\\\ud800"}', "a.json")
    assert document is not None

    assert (document.value, problems) == ({"a": "\U0001f600 \\ud800"}, [])


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_a_byte_order_mark_is_no_part_of_the_text(name: str) -> None:
    document, problems = loaded(b'\xef\xbb\xbf{"a": 1}', name)
    assert document is not None

    assert (document.value, problems) == ({"a": 1}, [])


@pytest.mark.parametrize(
    ("content", "name", "place"),
    [
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "a.json", (1, 1001)),
        ("[" * 10_000 + "]" * 10_000, "a.json", (1, 201)),
        ("[" * 10_000, "a.yaml", (1, 201)),
        ("\n".join(" " * level + "a:" for level in range(10_000)), "a.yaml", (201, 201)),
        ("\n".join(["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 1500))]), "a.yaml", (199, 7)),
    ],
    ids=["json-objects", "json-lists", "yaml-flow", "yaml-blocks", "yaml-aliases"],
)
def test_what_nests_too_deep_is_refused_at_the_level_that_does(content: str, name: str, place: tuple[int, int]) -> None:
    _, problems = loaded(content.encode(), name)

    assert (problems[0].line, problems[0].column) == place
    assert "nests deeper than 200 levels" in problems[0].message


def test_brackets_in_texts_do_not_count_as_nesting() -> None:
    document, problems = loaded(json.dumps({"a": "[" * 500, "b": "}" * 500}).encode(), "a.json")
    assert document is not None

    assert problems == []


@pytest.mark.parametrize(
    "line",
    ["{{<<: [*a{0}, *a{0}], k: 1}}", "{{a: *a{0}, b: *a{0}}}", "[*a{0}, *a{0}]"],
    ids=["merges", "members", "items"],
)
def test_aliases_that_explode_are_refused_in_no_time(line: str) -> None:
    lines = ["a0: &a0 {x: 1}", *(f"a{n}: &a{n} {line.format(n - 1)}" for n in range(1, 60))]

    assert "aliases expand to" in said("\n".join(lines))


def test_a_place_inside_a_merge_is_where_the_anchor_stands() -> None:
    document, _ = loaded(b"base: &b\n  get: 1\nthing:\n  <<: *b\n  put: 2\n", "a.yaml")
    assert document is not None

    assert (document.position("/thing/get"), document.position("/thing/put")) == ((2, 3), (5, 3))


def test_a_mapping_that_merges_itself_still_has_places() -> None:
    document, problems = loaded(b"a: &a\n  <<: *a\n  b: 1\n", "a.yaml")
    assert document is not None

    assert problems
    assert document.position("/a/b") == (3, 3)


def deep_schema(levels: int) -> dict[str, object]:
    schema: dict[str, object] = {"type": "string"}
    for _ in range(levels):
        schema = {"not": schema}
    return schema


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "2.0"])
def test_a_document_as_deep_as_may_be_compiles(tmp_path: Path, version: str) -> None:
    schema = {"A": {"properties": {"a": deep_schema(190)}, "x": deep_schema(190)}}
    parts = {"definitions": schema} if version == "2.0" else {"components": {"schemas": schema}}
    ref = "#/definitions/A" if version == "2.0" else "#/components/schemas/A"
    response = {
        "description": "OK",
        "schema": {"$ref": ref},
        "content": {"application/json": {"schema": {"$ref": ref}}},
    }
    head = {"swagger": "2.0", "host": "a.example.com"} if version == "2.0" else {"openapi": version}
    value = {**head, "paths": {"/a": {"get": {"responses": {"200": response}}}}, **parts}
    (tmp_path / "a.json").write_text(json.dumps(value), encoding="utf-8")
    compiled, problems = compile_document(tmp_path / "a.json", Target("spec"))
    assert compiled is not None, problems

    assert compiled.apis[0].ledger
