"""A schema as the assertions it makes: references followed, allOf joined, OpenAPI 3.0 read as 3.1.

A shape holds the schemas that all must hold (`parts`), without `$ref` and `allOf`. Two documents that say the same in other words
(a component renamed, `nullable` for a type list, an allOf of one) have shapes that compare as equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from headgate.spec import Located
from headgate.spec.contract.schemas import version

# All of these must hold.
Schemas = tuple[Located, ...]

# A branch of a branch of a branch: deeper ones are not looked into for their types.
_MAX_NESTED_BRANCHES = 4

# `number` is whole and broken numbers, so that integer is a part of it.
_TYPES = {
    "null": {"null"},
    "boolean": {"boolean"},
    "object": {"object"},
    "array": {"array"},
    "string": {"string"},
    "file": {"string"},
    "integer": {"integer"},
    "number": {"integer", "fraction"},
}
ALL_TYPES = frozenset({"null", "boolean", "object", "array", "string", "integer", "fraction"})
NUMBERS = frozenset({"integer", "fraction"})

_ANNOTATIONS = {
    "title",
    "description",
    "example",
    "examples",
    "default",
    "deprecated",
    "externalDocs",
    "xml",
    "discriminator",
}
_MARKS = {
    "$ref",
    "allOf",
    "$comment",
    "$id",
    "$schema",
    "$anchor",
    "$defs",
    "definitions",
    "nullable",
    "readOnly",
    "writeOnly",
}


@dataclass(frozen=True)
class Choice:
    """One anyOf or oneOf: the value holds to one of the branches (`is_exclusive`: to exactly one)."""

    at: Located
    branches: tuple[Located, ...]
    is_exclusive: bool
    has_discriminator: bool


class Shape:
    """What several schemas say together."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self.parts = list(_parts(schemas))
        self.objects = [part for part in self.parts if isinstance(part.value, dict)]

    @cached_property
    def types(self) -> frozenset[str]:
        """The JSON types that values may have, branches counted; none when nothing is accepted."""
        return self._types_with_branches(_MAX_NESTED_BRANCHES)

    def _types_with_branches(self, depth: int) -> frozenset[str]:
        types = self.own_types
        for choice in self.choices if depth else ():
            branches = [Shape((branch,))._types_with_branches(depth - 1) for branch in choice.branches]
            types &= frozenset({"null"}).union(*branches) if self._null_branch else frozenset().union(*branches)
        return types

    @cached_property
    def own_types(self) -> frozenset[str]:
        """The same by what stands outside of branches."""
        types = ALL_TYPES
        for part in self.parts:
            if part.value is False:
                return frozenset()
            if isinstance(part.value, dict):
                types &= _types(part)
        if self._is_wrapped_nullable or self._null_branch:
            types |= {"null"}
        return types

    @property
    def accepts_null(self) -> bool:
        if self._null_branch:
            return True
        return "null" in self.types and (self.enum is None or "null" in self.enum or self._is_wrapped_nullable)

    @cached_property
    def is_only_a_choice(self) -> bool:
        """Whether one anyOf or oneOf is all that is said."""
        beside = [key for part in self.parts for key in _asserting(part) if key not in {"anyOf", "oneOf"}]
        return len(self.choices) == 1 and not beside and all(isinstance(part.value, dict) for part in self.parts)

    @property
    def is_anything(self) -> bool:
        """Whether no part asserts anything."""
        return not any(part.value is False or _asserts(part) for part in self.parts)

    @cached_property
    def enum(self) -> dict[str, Located] | None:
        """Listed values by their JSON text; None when any value will do."""
        found: dict[str, Located] | None = None
        for at in self.having("enum", "const"):
            is_list = at.pointer.endswith("/enum") and isinstance(at.value, list)
            listed = {text(item.value): item for item in at.values()} if is_list else {text(at.value): at}
            found = listed if found is None else {key: item for key, item in found.items() if key in listed}
        return found

    @cached_property
    def choices(self) -> list[Choice]:
        """The anyOf and oneOf lists of more than one branch; a branch that is only null is not counted."""
        found = []
        for part in self.objects:
            for keyword in ("anyOf", "oneOf"):
                choice = _choice(part, keyword)
                if choice is not None and len(choice.branches) > 1:
                    found.append(choice)
        return found

    @cached_property
    def _is_wrapped_nullable(self) -> bool:
        """3.0's `{nullable: true, allOf: [...]}`."""
        return any(
            part.value.get("nullable") is True and "type" not in part.value and "allOf" in part.value
            for part in self.objects
            if version(part) < (3, 1)
        )

    @cached_property
    def _null_branch(self) -> bool:
        """`anyOf: [X, {type: null}]` of parts that say nothing else."""
        return any(_has_null_branch(part) for part in self.objects)

    def having(self, *keywords: str) -> list[Located]:
        """The members of these names, of all parts."""
        return [part.child(keyword) for part in self.objects for keyword in keywords if keyword in part.value]

    def first(self, keyword: str) -> Located | None:
        """The member of that name of the first part that has one."""
        return next(iter(self.having(keyword)), None)

    def says(self, keyword: str) -> bool:
        """Whether a part has `keyword: true`."""
        return any(at.value is True for at in self.having(keyword))

    @property
    def at(self) -> Located:
        """Where to point at for the whole."""
        return self.parts[0] if self.parts else self.schemas[0]


def anything(at: Located, keyword: str) -> Located:
    """The schema that is not written: everything is accepted."""
    return Located(at.document, f"{at.pointer}/{keyword}", True)


def text(value: Any) -> str:
    """JSON values are equal when these are: 1 and 1.0, not 1 and true."""
    return json.dumps(_normal(value), sort_keys=True, ensure_ascii=False)


def names(types: Iterable[str]) -> str:
    """Types as people write them."""
    found = set(types)
    if found >= NUMBERS:
        found = (found - NUMBERS) | {"number"}
    return " or ".join(sorted("number" if name == "fraction" else name for name in found)) or "nothing"


def _normal(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    return value


def _parts(schemas: Schemas) -> Iterator[Located]:
    waiting, seen = list(reversed(schemas)), set[tuple[str, str]]()
    while waiting:
        at = waiting.pop()
        if at.key in seen:
            continue
        seen.add(at.key)
        if isinstance(at.value, bool):
            yield at
            continue
        if not isinstance(at.value, dict):
            continue
        is_done = isinstance(at.value.get("$ref"), str) and (version(at) < (3, 1) or len(at.value) == 1)
        waiting += reversed(_inside(at, only_reference=is_done))
        if not is_done:
            yield at


def _inside(at: Located, *, only_reference: bool) -> list[Located]:
    """Schemas that must hold too: the target of a reference, branches of allOf, the only branch of anyOf or oneOf."""
    found: list[Located] = []
    if isinstance(at.value.get("$ref"), str):
        target = at.document.documents.target(at)
        found += [target] if isinstance(target, Located) else []
    if only_reference:
        return found
    if isinstance(at.value.get("allOf"), list):
        found += at.child("allOf").values()
    for keyword in ("anyOf", "oneOf"):
        choice = _choice(at, keyword)
        if choice is not None and len(choice.branches) == 1:
            found += choice.branches
    return found


def _choice(at: Located, keyword: str) -> Choice | None:
    if not isinstance(at.value.get(keyword), list) or not at.value[keyword]:
        return None
    member = at.child(keyword)
    takes_null_out = _has_null_branch(at)
    branches = tuple(branch for branch in member.values() if not (takes_null_out and _is_null(branch.value)))
    return Choice(member, branches, keyword == "oneOf", isinstance(at.value.get("discriminator"), dict))


def _has_null_branch(at: Located) -> bool:
    """Null is one branch, nothing beside the list could refuse it, and no other branch accepts it (oneOf would refuse it then)."""
    if any(keyword not in {"anyOf", "oneOf"} for keyword in _asserting(at)):
        return False
    lists = [at.value[keyword] for keyword in ("anyOf", "oneOf") if isinstance(at.value.get(keyword), list)]
    if len(lists) != 1 or len(lists[0]) < 2:
        return False
    others = [branch for branch in lists[0] if not _is_null(branch)]
    return len(others) == len(lists[0]) - 1 and ("anyOf" in at.value or all(map(_is_plainly_not_null, others)))


def _is_null(branch: Any) -> bool:
    return isinstance(branch, dict) and branch.get("type") in ("null", ["null"])


def _is_plainly_not_null(branch: Any) -> bool:
    if not isinstance(branch, dict):
        return False
    kind = branch.get("type")
    listed = kind if isinstance(kind, list) else [kind]
    return "$ref" in branch or (kind is not None and "null" not in listed and branch.get("nullable") is not True)


def _types(part: Located) -> frozenset[str]:
    given = part.value.get("type")
    if isinstance(given, str | list):
        listed = [given] if isinstance(given, str) else given
        types = {name for kind in listed if isinstance(kind, str) for name in _TYPES.get(kind, ())}
        is_nullable = part.value.get("nullable") is True and version(part) < (3, 1)
        return frozenset(types | {"null"} if is_nullable else types) if types else ALL_TYPES
    if isinstance(part.value.get("enum"), list):
        return frozenset(type_of(value) for value in part.value["enum"])
    if "const" in part.value:
        return frozenset({type_of(part.value["const"])})
    return ALL_TYPES


def type_of(value: Any) -> str:
    """The JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if float(value).is_integer() else "fraction"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _asserting(part: Located) -> list[str]:
    value = part.value
    if not isinstance(value, dict):
        return []
    return [key for key in value if key not in _ANNOTATIONS | _MARKS and not key.startswith("x-")]


def _asserts(part: Located) -> bool:
    return bool(_asserting(part))
