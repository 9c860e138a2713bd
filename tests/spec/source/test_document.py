"""Reading files: values, places, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest

from headgate.spec import DocumentSet, LoadedDocument


def read(text: str, name: str = "a.yaml") -> LoadedDocument:
    documents = DocumentSet(Path("/project"))
    document = documents.adopt(name, text)
    assert document is not None, documents.problems
    return document


def said(text: str, name: str = "a.yaml") -> list[str]:
    documents = DocumentSet(Path("/project"))
    documents.adopt(name, text)
    return [str(problem) for problem in documents.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("on", "on", id="on-is-text"),
        pytest.param("no", "no", id="no-is-text"),
        pytest.param("2020-01-01", "2020-01-01", id="date-is-text"),
        pytest.param("1:30", "1:30", id="sexagesimal-is-text"),
        pytest.param("017", 17, id="leading-zero-is-decimal"),
        pytest.param("0o17", 15, id="octal"),
        pytest.param("1e3", 1000.0, id="exponent-without-dot"),
        pytest.param("True", True, id="bool"),
        pytest.param("~", None, id="null"),
        pytest.param("'true'", "true", id="quoted"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: Any) -> None:
    assert read(f"a: {text}").value == {"a": value}


def test_keys_are_text_as_written() -> None:
    assert read("200: ok\non: 1\nnull: 2").value == {"200": "ok", "on": 1, "null": 2}


def test_merge_keys_are_merged_and_own_keys_win() -> None:
    assert read("base: &b {x: 1, y: 2}\nthing: {<<: *b, y: 3}").value["thing"] == {"x": 1, "y": 3}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a.yaml", "paths:\n  /a~b/c:\n    - get: 1\n", id="yaml"),
        pytest.param("a.json", '{\n  "paths":\n  {"/a~b/c": [\n    {"get": 1}]}}', id="json"),
    ],
)
def test_a_pointer_has_the_line_of_its_key(name: str, text: str) -> None:
    line, _ = read(text, name).position("/paths/~1a~0b~1c/0/get")

    assert text.splitlines()[line - 1].strip(" -").startswith(("get", '{"get"'))


def test_a_place_inside_an_alias_is_where_the_anchor_stands() -> None:
    document = read("one: &x\n  deep: 1\ntwo:\n  here: *x\n")

    assert document.position("/two/here/deep") == (2, 3)


def test_a_pointer_that_leads_nowhere_has_the_place_of_its_last_existing_part() -> None:
    assert read("a:\n  b: 1\n").position("/a/b/c/d") == (2, 3)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        pytest.param("a.yaml", "a: 1\nb: ]\n", "a.yaml:2:4: error HG101", id="syntax"),
        pytest.param("a.json", '{"a": 1,\n}', "a.json:2:1: error HG101", id="json-syntax"),
        pytest.param("a.yaml", "", "a.yaml:1:1: error HG101", id="empty"),
        pytest.param("a.yaml", "a: 1\na: 2", "a.yaml:2:1: error HG102", id="duplicate"),
        pytest.param("a.json", '{"a": 1,\n "a": 2}', "a.json:2:2: error HG102", id="json-duplicate"),
        pytest.param("a.yaml", "a: 1\na: 1", "a.yaml:2:1: warning HG102", id="same-duplicate"),
        pytest.param("a.yaml", "a: !Ref x", "a.yaml:1:4: error HG103", id="tag"),
        pytest.param("a.yaml", "a: .inf", "a.yaml:1:4: error HG103", id="infinity"),
        pytest.param("a.json", '{"a": NaN}', "a.json:1:7: error HG101", id="json-nan"),
        pytest.param("a.yaml", "a: &x [*x]", "a.yaml:1:4: error HG103", id="alias-in-itself"),
        pytest.param("a.yaml", "[a]: 1", "a.yaml:1:1: error HG103", id="list-as-key"),
        pytest.param("a.yaml", "- " * 5000, "a.yaml:1:401: error HG101", id="deep-blocks"),
        pytest.param("a.yaml", "{a: " * 5000, "a.yaml:1:801: error HG101", id="deep-flow"),
    ],
)
def test_what_is_wrong_with_a_text_is_said_with_its_place(name: str, text: str, expected: str) -> None:
    assert said(text, name)[0].startswith(expected)


def test_aliases_that_explode_are_refused() -> None:
    lines = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    assert "aliases expand to" in said("\n".join(lines))[0]


def test_a_file_that_is_not_there_is_reported_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x:\n  $ref: b.yaml#/y\n")
    documents = DocumentSet(tmp_path)
    document = documents.load("a.yaml")
    assert document is not None

    assert document.root.at("x") is None
    assert str(documents.problems[0]) == (
        "a.yaml:2:3: error HG101 b.yaml cannot be read: No such file or directory (correct the path)"
    )


def test_references_are_followed_across_files_and_circles(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("node: {$ref: 'sub/b.yaml#/node'}\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.yaml").write_text("node: {next: {$ref: '../a.yaml#/node'}, name: b}\n")
    document = DocumentSet(tmp_path).load("a.yaml")
    assert document is not None

    end = document.root.at("node", "next", "next", "next", "name")

    assert end is not None
    assert (end.value, end.document.name) == ("b", "sub/b.yaml")


def test_a_circle_of_references_without_an_end_is_nothing() -> None:
    document = read("a: {$ref: '#/b'}\nb: {$ref: '#/a'}\n")

    assert document.root.at("a") is None


def test_a_reference_to_the_network_is_refused() -> None:
    document = read("a: {$ref: 'https://example.com/x.yaml'}\n")
    target = document.documents.target(document.root.child("a"))

    assert "HG105" in str(target)
