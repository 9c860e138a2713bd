"""Edges of a split API: the event's path may have the base path in front or not, and means the same operation."""

import pytest

from functions.aggregator.edges import Edge, match, parse_edges, whole_path


def edge(resource: str, *segments: object, base: str = "/v1/users") -> Edge:
    candidate = {
        "operation": "GET x", "id": "x", "segments": list(segments), "query": {}, "validate": False, "upstream": "u", "path": "/x",
        "plan": None,
    }  # fmt: skip
    key = f"GET {resource}"
    return parse_edges({"basePath": base, "edges": {key: {"secured": False, "candidates": [candidate]}}})[key]


@pytest.mark.parametrize("path", ["/v1/users/@me", "/@me", "//@me/"])
def test_both_readings_mean_the_same_operation(path: str) -> None:
    found = edge("/{segment}", "v1", "users", "@me")

    assert match(found, whole_path(found, path, {"segment": "@me"}), {}) is not None


def test_a_value_that_is_the_base_path_is_still_a_value() -> None:
    found = edge("/{a}/{b}", "v1", "users", {"name": "a"}, {"name": "b"})

    assert match(found, whole_path(found, "/v1/users", {"a": "v1", "b": "users"}), {})[1]["b"].text == "users"  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "value"),
    [("/v1/users/a/b", "a/b"), ("/a/b", "a/b"), ("/v1/users", "v1/users"), ("/v1/users/v1/users/", "v1/users")],
)
def test_a_greedy_resource_tells_by_how_much_its_variable_holds(path: str, value: str) -> None:
    found = edge("/{rest+}", "v1", "users", {"name": "rest", "greedy": True})

    assert match(found, whole_path(found, path, {"rest": value}), {})[1]["rest"].text == value  # type: ignore[index]


def test_an_encoded_slash_of_a_value_is_no_segment_of_its_own() -> None:
    found = edge("/{rest+}", "v1", "users", {"name": "rest", "greedy": True})

    assert whole_path(found, "/v1%2Fusers/b", {"rest": "v1%2Fusers/b"}) == "/v1/users/v1%2Fusers/b"


def test_without_a_base_path_nothing_is_added() -> None:
    found = edge("/{segment}", "@me", base="")

    assert whole_path(found, "/@me", {}) == "/@me"
