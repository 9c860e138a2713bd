"""Both gates a request passes: what API Gateway checks of the wire document (FACTS 8.1 to 8.7), and the aggregator's validation."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote

import yaml
from jsonschema import Draft4Validator

from functions.aggregator.candidates import PathText
from functions.aggregator.events import Request
from functions.aggregator.validation.bodies import check_body
from functions.aggregator.validation.parameters import Sent, check_parameters
from functions.aggregator.validation.schemas import SchemaBook
from functions.aggregator.validation.violations import UnsupportedMediaTypeError
from headgate.spec import Target, compile_document
from headgate.spec.compiled import CompiledApi
from tests.laws.reading import Operation, operations
from tests.spec.corpus_files import sample

# libyaml where it is there: one document has 70,000 lines.
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_VARIABLE = re.compile(r"\{[^}/]*\}")


@dataclass
class Asked:
    """A request as both gates see it; header names in lower case, query texts decoded, path texts encoded."""

    path: dict[str, str] = field(default_factory=dict)
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def count(self) -> tuple[int, int, int]:
        """How much has been written so far."""
        return len(self.path), len(self.query), len(self.headers)

    def since(self, count: tuple[int, int, int]) -> list[str]:
        """The texts that were written after that, decoded."""
        paths = [unquote(text) for text in list(self.path.values())[count[0] :]]
        return paths + [text for _, text in [*self.query[count[1] :], *self.headers[count[2] :]]]


@dataclass(frozen=True)
class Compared:
    """What a law found in one document: breaches, instances on both sides of the line, operations that had any."""

    broken: list[str]
    seen: Counter[str]
    operations: set[str]


class Gates:
    """One compiled document."""

    def __init__(self, apis: tuple[CompiledApi, ...], document: Any) -> None:
        self.document = document
        self._entries: dict[str, tuple[dict[str, Any], SchemaBook]] = {}
        for api in apis:
            book = SchemaBook(api.validators["$defs"])
            self._entries.update({key: (entry, book) for key, entry in api.validators["operations"].items()})
        self._wires = [api.wire for api in apis]
        self._wire_validators: dict[int, Any] = {}

    def operations(self) -> Iterator[tuple[Operation, str]]:
        """Operations as written with their names in validators.json; those that were refused are left out."""
        for operation in operations(self.document):
            key = f"{operation.method} {operation.path}"
            if key in self._entries:
                yield operation, key

    def body_passes(self, key: str, asked: Asked) -> bool:
        """Whether the aggregator's validation takes the body."""
        entry, book = self._entries[key]
        try:
            return not check_body(entry["body"], _request(key, asked), book)
        except UnsupportedMediaTypeError:
            return False

    def parameters_pass(self, key: str, asked: Asked) -> bool:
        """Whether the aggregator's validation takes the parameters."""
        entry, book = self._entries[key]
        variables = {name: PathText(raw, raw) for name, raw in asked.path.items()}
        return not check_parameters(entry["parameters"], Sent(_request(key, asked), variables), book)

    def wire_method(self, key: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """(wire document, method) of an operation that API Gateway routes by itself; None for edges."""
        method, _, template = key.partition(" ")
        shape = _VARIABLE.sub("{}", template).rstrip("/") or "/"
        for wire in self._wires:
            for path, item in wire["paths"].items():
                if _VARIABLE.sub("{}", path) == shape and method.lower() in item:
                    return wire, item[method.lower()]
        return None

    def wire_takes_parameters(self, key: str, asked: Asked) -> bool:
        """Whether API Gateway's request validator finds what it wants."""
        found = self.wire_method(key)
        return found is None or not _flag(*found, "validateRequestParameters") or _has_required(found[1], asked)

    def wire_takes_body(self, key: str, asked: Asked) -> bool:
        """Whether a body keeps the wire's model, where there is one."""
        found = self.wire_method(key)
        return found is None or not _flag(*found, "validateRequestBody") or self._model_accepts(*found, asked)

    def _model_accepts(self, wire: Mapping[str, Any], method: Mapping[str, Any], asked: Asked) -> bool:
        content = method.get("requestBody", {}).get("content", {})
        told = dict(asked.headers).get("content-type", "application/json").partition(";")[0].strip()
        schema = content.get(told, {}).get("schema")
        if schema is None:
            return True  # FACTS 8.6: no model, no check
        validator = self._wire_validators.get(id(schema))
        if validator is None:
            whole = {"components": wire["components"], "allOf": [schema]}
            validator = self._wire_validators[id(schema)] = Draft4Validator(whole)
        return bool(validator.is_valid(json.loads(asked.body or b"{}")))  # FACTS 8.6: nothing is checked as {}


def _flag(wire: Mapping[str, Any], method: Mapping[str, Any], name: str) -> bool:
    validator = method.get("x-amazon-apigateway-request-validator", wire.get("x-amazon-apigateway-request-validator"))
    return bool(wire.get("x-amazon-apigateway-request-validators", {}).get(validator, {}).get(name))


def _request(key: str, asked: Asked) -> Request:
    method, _, template = key.partition(" ")
    query: dict[str, tuple[str, ...]] = {}
    for name, text in asked.query:
        query[name] = (*query.get(name, ()), text)
    return Request(
        method=method,
        template=template,
        path={},
        query=query,
        headers=dict(asked.headers),
        body=asked.body,
        principal=None,
        request_id="",
        trace=(),
        header_lines=tuple(asked.headers),
    )


def _has_required(method: Mapping[str, Any], asked: Asked) -> bool:
    """FACTS 8.3: what is blank is missing."""
    query = {name for name, text in asked.query if text.strip()}
    headers = {name for name, text in asked.headers if text.strip()}
    for one in method.get("parameters", ()):
        held = query if one["in"] == "query" else headers if one["in"] == "header" else None
        name = one["name"].lower() if one["in"] == "header" else one["name"]
        if one.get("required") and held is not None and name not in held:
            return False
    return True


def _load(path: Any) -> Any:
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.load(text, _Loader)


class _Loader(_Safe):
    """YAML 1.2's core as far as OpenAPI needs it: dates are texts."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in _Safe.yaml_implicit_resolvers.items()
}


@cache
def gates(name: str) -> Gates:
    """Each document is compiled once per process."""
    found = sample(name)
    compiled, problems = compile_document(found.path, Target(environment="test", unbound="deny"))
    # A document with webhooks alone has nothing to serve.
    assert compiled is not None or {each.code for each in problems if each.level == "error"} == {"HG107"}, problems
    return Gates(compiled.apis if compiled else (), _load(found.path))
