"""Policies: wherever the compiler lets one policy serve many operations, that policy can be exact. Checked by brute force."""

import json
from fnmatch import fnmatchcase
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.spec import DocumentSet, Operation
from headgate.spec.operations.paths import name_resources
from headgate.spec.operations.reading import read_operations
from headgate.spec.security.reach import inexact

from ..projects import document

SEGMENTS = st.sampled_from(["a", "b", "{x}"])
TEMPLATES = st.lists(st.lists(SEGMENTS, min_size=1, max_size=3).map(tuple), min_size=2, max_size=5, unique=True)


def operations_for(templates: list[tuple[str, ...]]) -> list[Operation]:
    """GET operations at these templates."""
    paths = [
        "/" + "/".join(f"{{x{n}}}" if part == "{x}" else part for n, part in enumerate(parts)) for parts in templates
    ]
    value = document({path: {"get": {"responses": {}}} for path in paths})
    documents = DocumentSet(Path("/p"))
    loaded = documents.adopt("a.json", json.dumps(value))
    assert loaded is not None
    return name_resources(read_operations(loaded, problems=[]))


def pattern(operation: Operation) -> str:
    return "/".join("*" if part.startswith("{") else part for part in operation.resource.split("/"))


def routed(path: tuple[str, ...], operations: list[Operation]) -> Operation | None:
    """What API Gateway routes a path to: literal segments win, from the left."""
    fitting = [o for o in operations if _fits(o.resource.split("/")[1:], path)]
    return min(fitting, key=lambda o: [part.startswith("{") for part in o.resource.split("/")[1:]], default=None)


def _fits(template: list[str], path: tuple[str, ...]) -> bool:
    return len(template) == len(path) and all(t.startswith("{") or t == p for t, p in zip(template, path, strict=True))


def is_exact(allowed: list[Operation], shared: list[Operation], operations: list[Operation]) -> bool:
    """Whether Allow for the allowed, and Deny for what that over-reaches, answers every request to a shared operation rightly."""
    requests = [path for length in (1, 2, 3) for path in product(("a", "b", "c"), repeat=length)]
    targets = {path: target for path in requests if (target := routed(path, operations)) in shared}
    reached = [o for o in shared if o not in allowed and _is_reached(o, allowed, targets)]
    for path, target in targets.items():
        text = "/" + "/".join(path)
        verdict = any(fnmatchcase(text, pattern(a)) for a in allowed) and not any(
            fnmatchcase(text, pattern(d)) for d in reached
        )
        if verdict != (target in allowed):
            return False
    return True


def _is_reached(other: Operation, allowed: list[Operation], targets: dict[tuple[str, ...], Any]) -> bool:
    texts = ["/" + "/".join(path) for path, target in targets.items() if target is other]
    return any(fnmatchcase(text, pattern(operation)) for text in texts for operation in allowed)


@settings(max_examples=150)
@given(templates=TEMPLATES)
def test_a_shared_policy_is_exact_for_every_set_of_permissions(templates: list[tuple[str, ...]]) -> None:
    operations = operations_for(templates)
    moved = inexact(operations, lambda left, right: left is right)
    shared = [operation for operation in operations if operation not in moved]

    for size in range(len(shared) + 1):
        for allowed in combinations(shared, size):
            assert is_exact(list(allowed), shared, operations), [operation.resource for operation in allowed]


@pytest.mark.parametrize(
    ("templates", "expected"),
    [
        pytest.param([("users", "{x}"), ("users", "{x}", "orders")], [], id="a-deny-is-exact"),
        pytest.param([("users", "{x}"), ("users", "me")], [], id="a-literal-sibling"),
        pytest.param(
            [("a", "{x}"), ("a", "{x}", "b"), ("a", "{x}", "c", "{x}")], ["/a/{x1}/b"], id="a-deny-hits-a-third"
        ),
    ],
)
def test_what_has_to_be_asked_per_operation(templates: list[tuple[str, ...]], expected: list[str]) -> None:
    found = inexact(operations_for(templates), lambda left, right: left is right)

    assert [operation.resource for operation in found] == expected


def test_operations_with_the_same_requirement_share_a_policy() -> None:
    operations = operations_for([("a", "{x}"), ("a", "{x}", "b"), ("a", "{x}", "c", "{x}")])

    assert inexact(operations, lambda _left, _right: True) == []
