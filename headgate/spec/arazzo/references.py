"""Arazzo's runtime expressions as they are written: text -> `Reference` (Arazzo 1.0.1, Runtime Expressions). Pure.

    parse_reference("$steps.user.outputs.home#/city")
    -> Reference("step", name="user", member="outputs.home", pointer=("city",))

What a name means is decided by whoever knows the names; here only the grammar counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..source.pointers import pointer_keys

Kind = Literal["input", "step", "output", "body", "header", "status", "request", "method"]

EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")
MEMBERS = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
_STEP = re.compile(r"([A-Za-z0-9_-]+)\.outputs\.(.+)")
_REQUEST = re.compile(r"(path|query|header|cookie)\.(.+)|(body)(.*)")


class BadExpressionError(ValueError):
    """Text that starts like an expression and is none."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One expression. `member` is the rest of a dotted name, `pointer` the tokens behind a '#'."""

    kind: Kind
    name: str = ""
    member: str = ""
    pointer: tuple[str, ...] = ()


def is_expression(text: str) -> bool:
    """Whether the whole text is meant as an expression: a dollar sign and a name."""
    return bool(re.match(r"\$[A-Za-z]", text))


def parse_reference(text: str) -> Reference:
    """The reference that a text is; `BadExpressionError` says what was wanted."""
    head, hash_sign, fragment = text.partition("#")
    if hash_sign and fragment and not fragment.startswith("/"):
        raise BadExpressionError(f"{text!r}: a JSON pointer starts with '/'")
    pointer = tuple(pointer_keys(fragment))
    root, _, rest = head[1:].partition(".")
    if root == "statusCode" and not rest:
        return Reference("status")
    if root == "method" and not rest:
        return Reference("method")
    if root == "inputs" and rest:
        return Reference("input", rest, pointer=pointer)
    if root == "outputs" and rest:
        return Reference("output", rest, pointer=pointer)
    if root == "steps" and (match := _STEP.fullmatch(rest)):
        return Reference("step", match[1], match[2], pointer)
    if root == "response":
        return _response(text, rest, pointer)
    if root == "request" and (match := _REQUEST.fullmatch(rest)):
        member = "" if match[3] else match[2]
        return Reference("request", match[1] or "body", member, members(match[4] or "") + pointer)
    raise BadExpressionError(
        f"{text!r} is no expression that can be used here; there are $inputs.x, $steps.id.outputs.x, $outputs.x, "
        "$response.body#/x, $response.header.X, $statusCode, $method and $request.path.x"
    )


def _response(text: str, rest: str, pointer: tuple[str, ...]) -> Reference:
    if rest.startswith("header.") and len(rest) > len("header."):
        return Reference("header", rest.removeprefix("header."))
    if rest == "body" or rest.startswith(("body.", "body[")):
        return Reference("body", pointer=members(rest.removeprefix("body")) + pointer)
    raise BadExpressionError(f"{text!r}: of a response there are $response.body#/pointer and $response.header.Name")


def members(text: str) -> tuple[str, ...]:
    """
    >>> members(".items[0].id")
    ('items', '0', 'id')
    """
    return tuple(name or index for name, index in MEMBERS.findall(text))


def split_text(text: str) -> list[str | Reference]:
    """A text with `{$...}` inside as its parts.

    >>> split_text("a {$inputs.b}")
    ['a ', Reference(kind='input', name='b', member='', pointer=())]
    """
    parts: list[str | Reference] = []
    at = 0
    for match in EMBEDDED.finditer(text):
        parts += [text[at : match.start()], parse_reference(match[1])]
        at = match.end()
    return [part for part in [*parts, text[at:]] if part != ""]
