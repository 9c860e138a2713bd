"""Paths: what API Gateway cannot hold, and one variable name per place."""

import json
from pathlib import Path
from typing import Any

import pytest

from headgate.spec import Target, compile_document

from ..projects import compile_files, compile_one, document, operation, problems_of, variables


def uri(wire: dict[str, Any], path: str, method: str = "get") -> str:
    found: str = wire["paths"][path][method]["x-amazon-apigateway-integration"]["uri"]
    return found


def path_mappings(wire: dict[str, Any], path: str, method: str = "get") -> dict[str, str]:
    mapped = wire["paths"][path][method]["x-amazon-apigateway-integration"]["requestParameters"]
    return {key: value for key, value in mapped.items() if ".path." in key}


def test_siblings_with_different_names_share_one_and_reach_the_service_under_their_own(tmp_path: Path) -> None:
    first = {"get": operation(parameters=variables("id"))}
    second = {"get": operation(parameters=variables("userId"))}
    wire = compile_one(tmp_path, document({"/users/{id}": first, "/users/{userId}/posts": second})).wire

    assert set(wire["paths"]) == {"/users/{id}", "/users/{id}/posts"}
    assert uri(wire, "/users/{id}/posts").endswith("/users/{userId}/posts")
    assert path_mappings(wire, "/users/{id}/posts") == {"integration.request.path.userId": "method.request.path.id"}


def test_methods_of_one_shape_of_path_are_merged_into_one_resource(tmp_path: Path) -> None:
    paths = {
        "/a/{x}": {"get": operation(parameters=variables("x"))},
        "/a/{y}": {"post": operation(parameters=variables("y"))},
    }
    wire = compile_one(tmp_path, document(paths)).wire

    assert set(wire["paths"]["/a/{x}"]) == {"get", "post"}


def test_a_name_is_never_twice_in_one_resource(tmp_path: Path) -> None:
    paths = {
        "/a/{x}": {"get": operation(parameters=variables("x"))},
        "/a/{y}/b/{x}": {"get": operation(parameters=variables("x", "y"))},
    }
    wire = compile_one(tmp_path, document(paths)).wire

    assert path_mappings(wire, "/a/{x}/b/{x2}") == {
        "integration.request.path.y": "method.request.path.x",
        "integration.request.path.x": "method.request.path.x2",
    }


def test_a_name_with_odd_characters_is_spelled_so_that_api_gateway_takes_it(tmp_path: Path) -> None:
    wire = compile_one(tmp_path, document({"/a/{user id}": {"get": operation(parameters=variables("user id"))}})).wire

    assert uri(wire, "/a/{userid}").endswith("/a/{userid}")


def test_a_trailing_slash_is_not_part_of_the_resource_but_reaches_the_service(tmp_path: Path) -> None:
    wire = compile_one(tmp_path, document({"/a/": {"get": operation()}})).wire

    assert uri(wire, "/a").endswith("/a/")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/a/{b", "HG120"),
        ("/a/{}", "HG120"),
        ("/a/b}c{d", "HG120"),
        ("/a/../b", "HG122"),
        ("/a/%2e%2e/b", "HG122"),
        ("/a/./b", "HG122"),
        ("/a/%ff", "HG122"),
        ("/a/%00", "HG122"),
        ("/{all+}/x", "HG124"),
        ("/{all+}.json", "HG124"),
        ("/a/{x}/b/{x}", "HG128"),
        ("/a/{x}-{x}", "HG128"),
    ],
)
def test_a_path_that_nothing_can_serve_is_an_error(tmp_path: Path, path: str, code: str) -> None:
    assert [said.split()[0] for said in problems_of(tmp_path, document({path: {"get": operation()}}))] == [code]


def test_empty_segments_are_not_part_of_the_resource_but_reach_the_service(tmp_path: Path) -> None:
    wire = compile_one(tmp_path, document({"/a//b": {"get": operation()}})).wire

    assert uri(wire, "/a/b").endswith("/a//b")


def test_a_literal_that_is_percent_encoded_for_no_reason_is_the_plain_one(tmp_path: Path) -> None:
    wire = compile_one(tmp_path, document({"/%75sers": {"get": operation()}})).wire

    assert uri(wire, "/users").endswith("/%75sers")


@pytest.mark.parametrize("twin", ["/a/", "//a", "/%61"])
def test_two_spellings_of_one_path_are_a_clash(tmp_path: Path, twin: str) -> None:
    paths = {"/a": {"get": operation()}, twin: {"get": operation()}}

    assert "HG123" in problems_of(tmp_path, document(paths))[0]


def test_a_path_parameter_that_is_not_in_the_path_is_an_error(tmp_path: Path) -> None:
    said = problems_of(tmp_path, document({"/a": {"get": operation(parameters=variables("x"))}}))

    assert said == ["HG128 GET /a: path parameter 'x' is not in the path"]


@pytest.mark.parametrize("method", ["trace", "query"])
def test_a_method_that_api_gateway_lacks_is_an_error(tmp_path: Path, method: str) -> None:
    assert "HG125" in problems_of(tmp_path, document({"/a": {"get": operation(), method: operation()}}))[0]


def test_the_limit_of_resources_counts_prefixes(tmp_path: Path) -> None:
    paths = {f"/a{n}/b": {"get": operation()} for n in range(149)}
    assert problems_of(tmp_path, document(paths)) == []

    paths = {f"/a{n}/b": {"get": operation()} for n in range(150)}
    assert problems_of(tmp_path, document(paths)) == [
        (
            "HG167 /{proxy+}: the aggregator serves 1 operation of 2 resources (GET /a0/b), because the API wants 301 resources, "
            "a REST API has at most 300, and there is no domain to join several"
        )
    ]


def test_two_documents_become_one_api_under_their_base_paths(tmp_path: Path) -> None:
    gateway = {"apis": {"shop": {"documents": ["a.yaml", {"document": "b.yaml", "base-path": "/v1"}]}}}
    same = document({"/things": {"get": operation()}})
    compiled, _ = compile_files(tmp_path, {"a.yaml": same, "b.yaml": same}, gateway)
    assert compiled is not None

    wire = compiled.apis[0].wire
    assert set(wire["paths"]) == {"/things", "/v1/things"}
    assert uri(wire, "/v1/things") == "https://shop.internal.example.com/things"


def test_a_clash_between_documents_names_both_places(tmp_path: Path) -> None:
    gateway = {"apis": {"shop": {"documents": ["a.yaml", "b.yaml"]}}}
    same = document({"/things/{x}": {"get": operation(operationId="a")}})
    other = document({"/things/{y}": {"get": operation(operationId="b")}})
    _, problems = compile_files(tmp_path, {"a.yaml": same, "b.yaml": other}, gateway)

    assert str(problems[0]).startswith("b.yaml:9:5: error HG123 GET /things/{y} is also GET /things/{x} in a.yaml:9")


def test_one_document_on_its_own_leaves_out_what_cannot_be_served_and_counts_it(tmp_path: Path) -> None:
    paths = {
        "/a": {"get": operation(), "trace": operation()},
        "/a/../b": {"get": operation()},
        "/{x": {"get": operation()},
    }
    value = document(paths, servers=[{"url": "https://x.example.com"}])
    del value["x-headgate"]
    (tmp_path / "one.json").write_text(json.dumps(value))

    compiled, problems = compile_document(tmp_path / "one.json", Target("spec"))

    assert compiled is not None
    assert (set(compiled.apis[0].wire["paths"]), compiled.refused) == ({"/a"}, 3)
    assert {(problem.level, problem.code) for problem in problems} == {
        ("warning", "HG125"),
        ("warning", "HG122"),
        ("warning", "HG120"),
    }
