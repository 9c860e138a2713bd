"""validators.json: everything an operation demands and promises, as JSON Schema 2020-12. The mock server checks and answers by it.

    {"version": 1, "api": "portal",
     "$defs": {"User": {...}},
     "operations": {
       "GET /users/{userId}": {
         "id": "getUser",
         "parameters": [{"name": "userId", "in": "path", "required": true, "style": "simple", "explode": false, "schema": {...}}],
         "body": {"required": true, "content": {"application/json": {"schema": {...}}}} or null,
         "responses": {"200": {"content": {"application/json": {"schema": {...}, "examples": [...]}},
                               "headers": {"X-Rate": {"required": false, "schema": {...}}}}}}}}

Keys are `{VERB} {template}` with the documents' own variable names and the base path in front. References read `#/$defs/Name` and
point into this file's `$defs`. A parameter with `"mediaType"` holds text of that type, which the schema describes once parsed.
`examples` holds plain values. A form's entry of `content` may have `"encoding": {"tags": {"style": "form", "explode": false}}`.
A schema may have a `discriminator` whose mapping leads into `$defs`: it decides nothing and tells which branch was meant.
Where readOnly or writeOnly matter, a schema has a second definition, `Name.request`.
"""

from __future__ import annotations

import re
from typing import Any

from ..operations.records import Operation, Parameter, Response
from ..source.document import DocumentSet, Located
from .json_schema import Direction, convert, for_requests, for_responses
from .schemas import SchemaPool


class Validators:
    """Collects one API's validators."""

    def __init__(self, documents: DocumentSet) -> None:
        self._responses = SchemaPool("#/$defs/", for_responses, _spelled)
        self._requests = self._responses
        if any(_is_directed(document.value) for document in documents.loaded()):
            self._requests = SchemaPool("#/$defs/", for_requests, lambda name: _spelled(name) + ".request")

    def document(self, api: str, operations: list[Operation]) -> dict[str, Any]:
        """The file's content."""
        entries = {operation.name: self._operation(operation) for operation in operations}
        definitions = {**self._responses.finish(), **self._requests.finish()}
        return {"version": 1, "api": api, "$defs": definitions, "operations": entries}

    def _operation(self, operation: Operation) -> dict[str, Any]:
        body = operation.body
        content = {m: self._content(body.at, m, s, "request") for m, s in body.content.items()} if body else {}
        return {
            "id": operation.id,
            "parameters": [self._parameter(parameter) for parameter in operation.parameters],
            "body": {"required": body.required, "content": content} if body else None,
            "responses": {response.status.upper(): self._response(response) for response in operation.responses},
        }

    def _parameter(self, parameter: Parameter) -> dict[str, Any]:
        entry = {
            "name": parameter.name,
            "in": parameter.location,
            "required": parameter.required,
            "style": parameter.style,
            "explode": parameter.explode,
            "schema": self._schema(parameter.schema, "request"),
        }
        if parameter.media_type:
            entry["mediaType"] = parameter.media_type
        if parameter.at.value.get("allowEmptyValue") is True:
            entry["allowEmptyValue"] = True
        return entry

    def _response(self, response: Response) -> dict[str, Any]:
        headers = {name: self._header(at) for name, at in response.headers.items()}
        content = {m: self._content(response.at, m, schema, "response") for m, schema in response.content.items()}
        return {"content": content, "headers": headers}

    def _header(self, entry: Located) -> dict[str, Any]:
        at = entry.follow()
        value = at.value if at is not None and isinstance(at.value, dict) else {}
        schema = at.child("schema") if at is not None and "schema" in value else None
        found = {"required": value.get("required") is True, "schema": self._schema(schema, "response")}
        return {**found, **({"examples": examples} if (examples := _examples(at)) else {})}

    def _content(
        self, holder: Located, media_type: str, schema: Located | None, direction: Direction
    ) -> dict[str, Any]:
        found: dict[str, Any] = {"schema": self._schema(schema, direction)}
        if direction == "request" and (encoding := _encoding(holder.at("content", media_type, "encoding"))):
            found["encoding"] = encoding
        examples = _examples(holder.at("content", media_type))
        return {**found, "examples": examples} if examples else found

    def _schema(self, schema: Located | None, direction: Direction) -> Any:
        if schema is None:
            return {}
        return convert(schema, self._responses if direction == "response" else self._requests, direction)


def _spelled(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


def _encoding(at: Located | None) -> dict[str, Any]:
    """The Encoding Objects of a form's properties; `requiredHeaders` names those that a part cannot do without."""
    found: dict[str, Any] = {}
    for name, entry in at.items() if at is not None and isinstance(at.value, dict) else ():
        told = entry.value if isinstance(entry.value, dict) else {}
        kept = {
            key: told[key]
            for key, kind in (("contentType", str), ("style", str), ("explode", bool))
            if isinstance(told.get(key), kind)
        }
        headers = entry.at("headers")
        required = (
            [header for header, one in headers.items() if (one.at("required") or one).value is True] if headers else []
        )
        if kept or required:
            found[name] = {**kept, **({"requiredHeaders": required} if required else {})}
    return found


def _examples(at: Located | None) -> list[Any]:
    """Example values of a media type or header, in document order; references to components are followed."""
    if at is None or not isinstance(at.value, dict):
        return []
    found = [at.value["example"]] if "example" in at.value else []
    named = at.at("examples")
    for entry in named.values() if named is not None and isinstance(named.value, dict) else ():
        example = entry.follow()
        if example is not None and isinstance(example.value, dict) and "value" in example.value:
            found.append(example.value["value"])
    return found


def _is_directed(value: Any) -> bool:
    """Whether some member of some schema belongs to requests or responses only."""
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, list):
            waiting += here
        elif isinstance(here, dict):
            if "readOnly" in here or "writeOnly" in here:
                return True
            waiting += here.values()
    return False
