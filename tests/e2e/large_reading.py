"""Operations as OpenAPI 2.0 and 3 documents write them, each part with its place, read without the compiler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.laws.reading import Reading

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


@dataclass(frozen=True)
class Place:
    """A value and its JSON Pointer (RFC 6901) in the document, which is where the ledger has its row."""

    document: Mapping[str, Any]
    pointer: str
    value: Any

    def child(self, key: str | int) -> Place:
        name = str(key).replace("~", "~0").replace("/", "~1")
        return Place(self.document, f"{self.pointer}/{name}", self.value[key])

    def get(self, *keys: str) -> Place | None:
        here: Place = self
        for key in keys:
            if not isinstance(here.value, dict) or key not in here.value:
                return None
            here = here.child(key)
        return here

    def each(self, key: str) -> list[Place]:
        """The items of a list member."""
        held = self.get(key)
        return [held.child(number) for number in range(len(held.value))] if held else []

    def follow(self) -> Place:
        here = self
        while isinstance(here.value, dict) and isinstance(here.value.get("$ref"), str):
            at = Place(self.document, "", self.document)
            for token in here.value["$ref"].removeprefix("#/").split("/"):
                at = at.child(token.replace("~1", "/").replace("~0", "~"))
            here = at
        return here


@dataclass(frozen=True)
class Parameter:
    """`schema` is the parameter itself in 2.0; `form` how items of a list stand in a query: repeated, or joined by a text."""

    at: Place
    where: str
    name: str
    required: bool
    schema: Place | None
    joined: str | None


@dataclass(frozen=True)
class Body:
    """`at` has the row that says who checks it. `content` are schemas by media type; None: a form of 2.0 has no such object."""

    at: Place
    required: Place | None
    content: Mapping[str, Place]


@dataclass(frozen=True)
class Operation:
    at: Place
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    fields: tuple[Parameter, ...]
    body: Body | None

    @property
    def key(self) -> str:
        """Its name in validators.json; API Gateway's resources do not end in a slash."""
        return f"{self.method} {self.path.rstrip('/') or '/'}"

    @property
    def security(self) -> tuple[list[dict[str, list[str]]], Place | None]:
        """The alternatives and where they stand."""
        root = Place(self.at.document, "", self.at.document)
        at = self.at.get("security") or root.get("security")
        return (at.value if at else []), at


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """All of them, in the document's order."""
    root = Place(document, "", document)
    paths = root.child("paths")
    for path in paths.value:
        item = paths.child(path).follow()
        for method in METHODS:
            if isinstance(item.value.get(method), dict):
                yield _operation(item, item.child(method), method.upper(), path)


def _operation(item: Place, at: Place, method: str, path: str) -> Operation:
    found: dict[tuple[str, str], Place] = {}
    for one in [*item.each("parameters"), *at.each("parameters")]:
        followed = one.follow()
        found[followed.value["in"], followed.value["name"]] = followed
    body = at.get("requestBody")
    told = [_parameter(one) for one in found.values()]
    plain = tuple(one for one in told if one.where in {"query", "header", "path", "cookie"})
    fields = tuple(one for one in told if one.where == "formData")
    whole = next((one for (where, _), one in found.items() if where == "body"), None)
    return Operation(at, method, path, plain, fields, _body(body.follow()) if body else _body_20(whole, at))


def _parameter(at: Place) -> Parameter:
    value = at.value
    schema = at.get("schema") if "openapi" in at.document else at
    style = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(value.get("style", ""), ",")
    spread = value.get("explode", value.get("style", "form") == "form") and value["in"] in {"query", "cookie"}
    if "openapi" not in at.document:
        style = {"ssv": " ", "pipes": "|", "tsv": "\t"}.get(value.get("collectionFormat", ""), ",")
        spread = value.get("collectionFormat") == "multi"
    joined = None if spread else style
    return Parameter(at, value["in"], value["name"], value.get("required") is True, schema, joined)


def _body(at: Place) -> Body:
    content = at.child("content")
    schemas = {name: content.child(name).get("schema") for name in content.value}
    required = at.get("required")
    return Body(at, required if required and required.value else None, {n: s for n, s in schemas.items() if s})


def _body_20(at: Place | None, operation: Place) -> Body | None:
    if at is None:
        return None
    types = operation.value.get("consumes") or operation.document.get("consumes") or ["application/json"]
    required = at.get("required")
    return Body(
        at.child("schema"), required if required and required.value else None, dict.fromkeys(types, at.child("schema"))
    )


class Requests(Reading):
    """Schemas as requests must keep them; 2.0 reads like 3.0, but for its way to say null."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(document)
        self.is_30 = not str(document.get("openapi", "")).startswith(("3.1", "3.2"))

    def schema(self, value: Any) -> Any:
        if isinstance(value, dict) and "swagger" in self.document and "x-nullable" in value:
            value = {**value, "nullable": value["x-nullable"]}
        return super().schema(value)


class Answers(Requests):
    """Schemas as answers must keep them: what is writeOnly is not required of them."""

    def read_only(self, value: Any, depth: int = 0) -> set[str]:
        if not isinstance(value, dict) or depth > 8:
            return set()
        members = (value.get("properties") or {}).items()
        found = {name for name, member in members if isinstance(member, dict) and self._target(member).get("writeOnly")}
        for branch in value.get("allOf") or ():
            found |= self.read_only(self._target(branch), depth + 1)
        return found


def success(operation: Operation) -> tuple[int, Place | None]:
    """The status that the document declares first for success, and its response."""
    responses = operation.at.child("responses")
    told = sorted(key for key in map(str, responses.value) if key[0].isdigit() and key[0] in "123")
    by_text = {str(key): key for key in responses.value}
    for key in [*(key for key in told if key[0] == "2"), *(["default"] if "default" in by_text else []), *told]:
        status = 200 if key == "default" else int(key.upper().replace("XX", "00"))
        return status, responses.child(by_text[key]).follow()
    return 200, None


def answer_schema(response: Place | None, media_type: str) -> Any:
    """The schema of an answer's body; None where nothing is said."""
    if response is None:
        return None
    if "openapi" not in response.document:
        return response.value.get("schema")
    return (response.value.get("content", {}).get(media_type) or {}).get("schema")
