"""Where references lead: other files, pinned copies of remote ones, anchors and identifiers."""

import hashlib
from pathlib import Path

import pytest
import yaml

from headgate.spec import Diagnostic, DocumentSet, Located, Target, compile_document

from ..projects import compile_files, document, operation

URL = "https://schemas.example.com/shop/models.yaml"
MODELS = "Pet: {type: object, properties: {owner: {$ref: 'owner.yaml#/Owner'}}}\nTag: {type: string}\n"


def target(folder: Path, text: str, *keys: str) -> Located | Diagnostic:
    """Where the reference at these keys of a document leads."""
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    documents = DocumentSet(folder)
    found = documents.load("a.yaml")
    assert found is not None
    here = found.root
    for key in keys:
        here = here.child(key)
    return documents.target(here)


def pinned(folder: Path, ref: str, sha256: str) -> list[str]:
    """What compiling a project says that refers to `ref` and pins MODELS under URL."""
    (folder / "vendor").mkdir()
    (folder / "vendor" / "models.yaml").write_text(MODELS, encoding="utf-8")
    pins = {URL: {"file": "vendor/models.yaml", "sha256": sha256}}
    value = document({"/a": {"get": operation()}}, schemas={"A": {"$ref": ref}})
    _, problems = compile_files(folder, {"shop.yaml": value}, {"references": pins})
    return [f"{problem.code} {problem.message}" for problem in problems]


DIGEST = hashlib.sha256(MODELS.encode()).hexdigest()


def test_a_pinned_copy_stands_for_a_remote_file(tmp_path: Path) -> None:
    said = pinned(tmp_path, f"{URL}#/Tag", DIGEST)

    assert [text for text in said if "models.yaml" in text] == []


def test_a_copy_that_changed_is_refused_with_its_digest(tmp_path: Path) -> None:
    said = pinned(tmp_path, f"{URL}#/Tag", "0" * 64)

    assert any(text.startswith("HG151") and DIGEST in text for text in said)


def test_references_of_a_pinned_copy_are_relative_to_its_address(tmp_path: Path) -> None:
    (said,) = pinned(tmp_path, f"{URL}#/Pet", DIGEST)

    assert said == "HG105 $ref 'owner.yaml#/Owner' leads to https://schemas.example.com/shop/owner.yaml"


def test_a_remote_file_that_is_not_pinned_is_refused_with_what_to_write(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation()}}, schemas={"A": {"$ref": "https://example.com/x.yaml#/X"}})
    _, problems = compile_files(tmp_path, {"shop.yaml": value})

    assert [problem.code for problem in problems] == ["HG105"]
    assert "references: {<url>: {file: ..., sha256: ...}}" in problems[0].fix


def test_a_document_on_its_own_is_told_to_download_it(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation()}}, schemas={"A": {"$ref": "https://example.com/x.yaml#/X"}})
    del value["x-headgate"]
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(value), encoding="utf-8")
    _, problems = compile_document(tmp_path / "shop.yaml", Target("spec"))

    assert "download it" in next(problem.fix for problem in problems if problem.code == "HG105")


def test_files_are_found_from_a_relative_root_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub" / "parts").mkdir(parents=True)
    (tmp_path / "sub" / "a.yaml").write_text("x: {$ref: 'parts/b.yaml#/y'}\n", encoding="utf-8")
    (tmp_path / "sub" / "parts" / "b.yaml").write_text("y: {$ref: '../a.yaml#/z'}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    documents = DocumentSet(Path("sub"))
    found = documents.load("a.yaml")
    assert found is not None

    first = documents.target(found.root.child("x"))

    assert isinstance(first, Located)
    assert first.document.name == "parts/b.yaml"


def test_messages_name_the_file_as_the_user_typed_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.yaml").write_text("openapi: 4.0.0\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    _, problems = compile_document(Path("sub/a.yaml"), Target("spec"))

    assert str(problems[0]).startswith("sub/a.yaml:1:1: error HG106")


@pytest.mark.parametrize(
    ("ref", "leads_to"),
    [
        ("#/$defs/A~1B%20c", "/$defs/A~1B c"),
        ("#/list/1", "/list/1"),
        ("#Named", "/$defs/Anchored"),
        ("#Moving", "/$defs/Dynamic"),
        ("https://example.com/own", "/$defs/Own"),
        ("https://example.com/own#/inner", "/$defs/Own/inner"),
        ("https://example.com/a.yaml#/list/0", "/list/0"),
        ("#", ""),
    ],
    ids=["escapes", "index", "anchor", "dynamic-anchor", "id", "inside-an-id", "self", "whole"],
)
def test_a_reference_leads_to_a_place_of_its_document(tmp_path: Path, ref: str, leads_to: str) -> None:
    value = {
        "$self": "https://example.com/a.yaml",
        "x": {"$ref": ref},
        "list": [{}, {}],
        "$defs": {
            "A/B c": {},
            "Anchored": {"$anchor": "Named"},
            "Dynamic": {"$dynamicAnchor": "Moving"},
            "Own": {"$id": "/own", "inner": {}},
        },
    }
    found = target(tmp_path, yaml.safe_dump(value), "x")

    assert isinstance(found, Located), found
    assert found.pointer == leads_to


def test_a_pointer_inside_an_id_starts_there(tmp_path: Path) -> None:
    text = "a: {$id: own, b: {}, c: {$ref: '#/b'}, d: {$ref: '#/far'}}\nb: 1\nfar: {}\n"
    near, far = target(tmp_path, text, "a", "c"), target(tmp_path, text, "a", "d")

    assert isinstance(near, Located)
    assert isinstance(far, Located)
    assert (near.pointer, far.pointer) == ("/a/b", "/far")


@pytest.mark.parametrize("ref", ["#/list/01", "#/list/-1", "#/list/x", "#Nobody", "#/x/y", "http://[", "\x00.yaml"])
def test_a_reference_that_leads_nowhere_is_said(tmp_path: Path, ref: str) -> None:
    found = target(tmp_path, yaml.safe_dump({"x": {"$ref": ref}, "list": [1, 2]}), "x")

    assert isinstance(found, Diagnostic)
    assert found.code in {"HG104", "HG105"}


def test_a_reference_in_place_of_an_operation_is_an_error_and_never_served(tmp_path: Path) -> None:
    value = document({"/a": {"get": operation()}, "/b": {"get": {"$ref": "#/paths/~1a/get"}}})
    _, problems = compile_files(tmp_path, {"shop.yaml": value})
    del value["x-headgate"]
    (tmp_path / "alone.yaml").write_text(yaml.safe_dump(value), encoding="utf-8")
    compiled, _ = compile_document(tmp_path / "alone.yaml", Target("spec"))

    assert [(problem.code, problem.pointer) for problem in problems] == [("HG154", "/paths/~1b/get")]
    assert compiled is not None
    assert [entry["template"] for entry in compiled.apis[0].routes["operations"]] == ["/a"]


def test_a_document_that_refers_to_its_own_operations_again_and_again_still_ends(tmp_path: Path) -> None:
    again = {"$ref": "#/paths/~1a"}
    value = document({"/a": {"get": {"responses": {"200": again, "201": again, "202": again}}}})
    del value["x-headgate"]
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(value), encoding="utf-8")
    compiled, problems = compile_document(tmp_path / "shop.yaml", Target("spec"))

    assert compiled is not None or problems


def test_a_dynamic_reference_is_said_to_be_unchecked(tmp_path: Path) -> None:
    schema = {"$dynamicAnchor": "node", "items": {"$dynamicRef": "#node"}}
    compiled, problems = compile_files(
        tmp_path, {"shop.yaml": document({"/a": {"get": operation()}}, schemas={"A": schema})}
    )

    assert compiled is not None
    assert [(problem.level, problem.code) for problem in problems] == [("warning", "HG153")]


def test_schemas_of_another_file_have_the_version_of_the_document_that_refers_to_them(tmp_path: Path) -> None:
    response = {"200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": "b.yaml#/B"}}}}}
    value = document({"/a": {"get": {"responses": response}}}, version="3.0.3")
    compiled, problems = compile_files(tmp_path, {"shop.yaml": value, "b.yaml": "B: {type: string, nullable: true}\n"})
    assert compiled is not None, problems

    assert compiled.apis[0].validators["$defs"] == {"B": {"type": ["string", "null"]}}
