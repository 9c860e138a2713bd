"""Arazzo's runtime expressions after compilation: small trees that are evaluated against a `Scope`. Pure.

    {"const": 3}                                          a constant
    {"input": "city", "pointer": []}                      $inputs.city
    {"step": "user", "output": "id", "pointer": []}       $steps.user.outputs.id
    {"body": ["items", "0"]}                              $response.body#/items/0
    {"header": "x-total"}  {"status": true}               $response.header.X-Total   $statusCode
    {"text": [...]}  {"object": {...}}  {"array": [...]}  strings with {$...} inside, and payloads that hold expressions

What is not there evaluates to `MISSING`, which a caller turns into null, an omitted parameter or a failed step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Json = Any


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may see: the request's inputs, earlier steps' outputs, and the reply of its own step."""

    inputs: Mapping[str, Json]
    outputs: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json = MISSING


Value = Callable[[Scope], Json]
Condition = Callable[[Scope], bool]


def parse_value(tree: Mapping[str, Json]) -> Value:
    """An expression as a function of the scope; a `ValueError` names a tree that is none."""
    for kind, build in _VALUES.items():
        if kind in tree:
            return build(tree)
    raise ValueError(f"{tree!r} is no expression; one of {', '.join(_VALUES)} was wanted")


def sources(tree: Json) -> set[str]:
    """Which of the kinds "input", "step", "body", "header", "status" a tree reads.

    >>> sorted(sources({"text": [{"const": "a"}, {"input": "b", "pointer": []}]}))
    ['input']
    """
    if not isinstance(tree, dict) or "const" in tree:
        return set()
    found = {kind for kind in ("input", "step", "body", "header", "status") if kind in tree}
    parts = [*tree.get("text", ()), *tree.get("array", ()), *tree.get("object", {}).values(), *tree.get("of", ())]
    parts += [tree[side] for side in ("left", "right") if side in tree]
    return found.union(*(sources(part) for part in parts))


def resolve(value: Json, pointer: tuple[str, ...]) -> Json:
    """Follow JSON pointer tokens (RFC 6901) into a value; MISSING when they lead nowhere."""
    for token in pointer:
        if isinstance(value, dict):
            value = value.get(token, MISSING)
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return MISSING
    return value


def _const(tree: Mapping[str, Json]) -> Value:
    constant = tree["const"]
    return lambda _: constant


def _input(tree: Mapping[str, Json]) -> Value:
    name, pointer = tree["input"], tuple(tree.get("pointer", ()))
    return lambda scope: resolve(scope.inputs.get(name, MISSING), pointer)


def _step(tree: Mapping[str, Json]) -> Value:
    step, output, pointer = tree["step"], tree["output"], tuple(tree.get("pointer", ()))
    return lambda scope: resolve(scope.outputs.get(step, {}).get(output, MISSING), pointer)


def _body(tree: Mapping[str, Json]) -> Value:
    pointer = tuple(tree["body"])
    return lambda scope: resolve(scope.body, pointer)


def _header(tree: Mapping[str, Json]) -> Value:
    name = tree["header"].lower()
    return lambda scope: scope.headers.get(name, MISSING)


def _status(_: Mapping[str, Json]) -> Value:
    return lambda scope: MISSING if scope.status is None else scope.status


def _text(tree: Mapping[str, Json]) -> Value:
    parts = [parse_value(part) for part in tree["text"]]
    return lambda scope: "".join(as_text(part(scope)) for part in parts)


def _object(tree: Mapping[str, Json]) -> Value:
    members = {name: parse_value(value) for name, value in tree["object"].items()}
    return lambda scope: {name: or_null(value(scope)) for name, value in members.items()}


def _array(tree: Mapping[str, Json]) -> Value:
    items = [parse_value(item) for item in tree["array"]]
    return lambda scope: [or_null(item(scope)) for item in items]


_VALUES: dict[str, Callable[[Mapping[str, Json]], Value]] = {
    "const": _const,
    "input": _input,
    "step": _step,
    "body": _body,
    "header": _header,
    "status": _status,
    "text": _text,
    "object": _object,
    "array": _array,
}


def or_null(value: Json) -> Json:
    """A value as JSON has it: null where there is none."""
    return None if value is MISSING else value


def as_text(value: Json) -> str:
    """A scalar as it stands in a URL, a header or a text; null and missing are empty.

    >>> as_text(True), as_text(1.5), as_text(None)
    ('true', '1.5', '')
    """
    if value is MISSING or value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    import orjson  # noqa: PLC0415  only texts that embed whole objects need it here

    return orjson.dumps(value).decode()


def parse_condition(tree: Mapping[str, Json]) -> Condition:
    """A compiled criterion as a function of the scope."""
    operator = tree["op"]
    if operator == "==" and "status" in tree["left"] and isinstance(tree["right"].get("const"), int):
        status = tree["right"]["const"]  # what nearly every criterion is, without the general comparison
        return lambda scope: scope.status == status
    if operator in ("and", "or", "not"):
        conditions = [parse_condition(part) for part in tree["of"]]
        if operator == "not":
            return lambda scope: not conditions[0](scope)
        combine = all if operator == "and" else any
        return lambda scope: combine(condition(scope) for condition in conditions)
    left = parse_value(tree["left"])
    if operator == "truthy":
        return lambda scope: bool(left(scope))
    right, compare = parse_value(tree["right"]), _COMPARISONS[operator]
    return lambda scope: compare(left(scope), right(scope))


def _folded(value: Json) -> Json:
    # Arazzo 1.0.1, Criterion Object: "String comparisons MUST be case insensitive."
    return value.casefold() if isinstance(value, str) else or_null(value)


def _number(value: Json) -> float | None:
    # "Loose comparisons" (same place): a header's "3" may be compared with 3.
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _equal(left: Json, right: Json) -> bool:
    if isinstance(left, str) != isinstance(right, str):
        numbers = _number(left), _number(right)
        return None not in numbers and numbers[0] == numbers[1]
    return isinstance(left, bool) == isinstance(right, bool) and bool(_folded(left) == _folded(right))


def _ordered(test: Callable[[Json, Json], bool]) -> Callable[[Json, Json], bool]:
    def compare(left: Json, right: Json) -> bool:
        numbers = _number(left), _number(right)
        if None not in numbers:
            return test(*numbers)
        return isinstance(left, str) and isinstance(right, str) and test(_folded(left), _folded(right))

    return compare


_COMPARISONS: dict[str, Callable[[Json, Json], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
}
