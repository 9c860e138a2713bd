"""Whether a stack's policy lets an update touch a resource. Pure. Everything is denied that no statement allows.

`denial('{"Statement": [{"Effect": "Deny", "Action": "Update:Delete", "Principal": "*", "Resource": "*"}]}', ...)`
"""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any


def denial(policy: str | None, action: str, logical_id: str, type_name: str) -> str | None:
    """AWS's reason why `Update:Modify`, `Update:Replace` or `Update:Delete` of a resource is not allowed, or None."""
    if policy is None:
        return None
    matching = [
        (number, statement)
        for number, statement in enumerate(_statements(json.loads(policy)), start=1)
        if _matches(statement, action, logical_id, type_name)
    ]
    place = f"[LogicalResourceId/{logical_id}]"
    for number, statement in matching:
        if statement["Effect"] == "Deny":
            denied = f"Statement [#{number}] does not allow [{_printed(statement)}]"
            return f"Action denied by stack policy: {denied} for resource {place}"
    if any(statement["Effect"] == "Allow" for _, statement in matching):
        return None
    return f"Action not allowed by stack policy: No statement allows [{action}] for resource {place}"


def _statements(policy: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given = policy.get("Statement", [])
    return given if isinstance(given, list) else [given]


def _matches(statement: Mapping[str, Any], action: str, logical_id: str, type_name: str) -> bool:
    return (
        _names(statement, "Action", action)
        and _names(statement, "Resource", f"LogicalResourceId/{logical_id}")
        and all(_is_type(condition, type_name) for condition in _conditions(statement))
    )


def _names(statement: Mapping[str, Any], member: str, value: str) -> bool:
    """Whether the statement's Action (or Resource) names a value, or its NotAction does not."""
    is_negated = f"Not{member}" in statement
    given = statement.get(f"Not{member}" if is_negated else member, [])
    found = any(fnmatchcase(value, pattern) for pattern in (given if isinstance(given, list) else [given]))
    return found != is_negated


def _conditions(statement: Mapping[str, Any]) -> Iterator[Any]:
    for operator, tests in (statement.get("Condition") or {}).items():
        if operator in {"StringEquals", "StringLike"} and "ResourceType" in tests:
            yield tests["ResourceType"]


def _is_type(patterns: Any, type_name: str) -> bool:
    return any(fnmatchcase(type_name, pattern) for pattern in (patterns if isinstance(patterns, list) else [patterns]))


def _printed(statement: Mapping[str, Any]) -> str:
    actions = statement.get("Action", statement.get("NotAction", []))
    return ", ".join(actions) if isinstance(actions, list) else str(actions)
