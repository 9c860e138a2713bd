"""The same search for OpenAPI 2.0: its text is laid beside the OpenAPI 3 documents that were made of it.

2.0 writes a parameter's schema into the parameter, has its body among the parameters, and says media types apart. What only
says how something else is meant (`collectionFormat`, `consumes`, the `in` of a body) is where that is.
"""

from collections.abc import Iterator
from typing import Any

from .evidence import METHODS, Evidence, Operation
from .texts import Place, keys_of, token

# Members without a counterpart of their own in OpenAPI 3: of documents and operations, and of parameters and the like.
_TAKEN_OVER = {
    "swagger": "published",
    "host": "gateway",
    "basePath": "gateway",
    "schemes": "gateway",
    "consumes": "validator",
    "produces": "published",
}
_BESIDE = {"in", "name", "required", "collectionFormat", "x-nullable", "flow"}
_COMPONENTS = {
    "definitions": "schemas",
    "responses": "responses",
    "parameters": "parameters",
    "securityDefinitions": "securitySchemes",
}


class Evidence20(Evidence):
    """Overrides how operations are read and where their parts are looked for."""

    def _operation(self, path: str, item: Place, method: str, root: Any) -> Operation:
        found = super()._operation(path, item, method, root)
        bodies = [place for place in found.parameters if self.texts.at(place).get("in") in {"body", "formData"}]
        found.parameters = [place for place in found.parameters if place not in bodies]
        found.forms = [place for place in bodies if self.texts.at(place)["in"] == "formData"]
        found.body = next((place for place in bodies if self.texts.at(place)["in"] == "body"), None)
        return found

    def _pair(self) -> None:
        root = self.texts.value(self.file)
        shown = self.made.published
        for key in root.keys() & {"info", "tags", "externalDocs", *(key for key in root if key.startswith("x-"))}:
            if key in shown:
                self.shown.whole_part((self.file, f"/{token(key)}"), shown[key])
        self.shown.note((self.file, ""), shown)
        self.shown.note((self.file, "/paths"), shown["paths"])
        for old, new in _COMPONENTS.items():
            made = shown.get("components", {}).get(new, {})
            self.shown.note((self.file, f"/{old}"), made)
            for name in (root.get(old) or {}).keys() & made.keys():
                self._show_any((self.file, f"/{old}/{token(name)}"), made[name])
        for operation in self.operations:
            self._pair_operation(operation)

    def _pair_operation(self, operation: Operation) -> None:
        checks = self.made.validators["operations"].get(operation.key, {})
        shown = self.made.published["paths"].get(operation.template, {})
        item = {key: value for key, value in shown.items() if key not in METHODS}
        self.shown.note(operation.item, shown)
        self._show_any(operation.place, shown.get(operation.method, {}))
        described = [*item.get("parameters", []), *shown.get(operation.method, {}).get("parameters", [])]
        for place in operation.parameters:
            value = self.texts.at(place)
            named = value["in"], value["name"]
            for entry in (e for e in checks.get("parameters", ()) if (e["in"], e["name"]) == named):
                self.checks.note(place, entry)
                self.checks.schema(place, entry["schema"])
            for entry in (e for e in map(self.shown.resolved, described) if (e["in"], e["name"]) == named):
                self._show_any(place, entry)
        content = (checks.get("body") or {}).get("content", {})
        for media in content.values():
            self._pair_body(operation, media["schema"])
        body = self.shown.resolved(shown.get(operation.method, {}).get("requestBody", {}))
        for place in (*operation.forms, *([operation.body] if operation.body else [])):
            self._show_any(place, body)
            for media in body.get("content", {}).values():
                made = self.shown.resolved(media.get("schema", {}))
                self._show_any(place, made.get("properties", {}).get(self.texts.at(place)["name"], media))
        if operation.body is not None and "x-body-name" in body:
            self.shown.note(operation.body, {"name": body["x-body-name"]})
        model = (operation.wire or {}).get("requestBody", {}).get("content", {}).get("application/json", {})
        if operation.body is not None and "schema" in model:
            self.models.note(operation.body, model)
            self.models.schema((operation.body[0], operation.body[1] + "/schema"), model["schema"], flattened=True)

    def _pair_body(self, operation: Operation, schema: Any) -> None:
        for place in operation.forms:
            made = self.checks.resolved(schema).get("properties", {}).get(self.texts.at(place)["name"])
            if made is not None:
                self.checks.schema(place, made)
        if operation.body is not None:
            self.checks.note(operation.body, {"schema": schema, "required": True})
            self.checks.schema((operation.body[0], operation.body[1] + "/schema"), schema)

    def _show_any(self, place: Place, made: Any) -> None:
        """A part and, for what 3.0 writes into a schema or a media type, that."""
        made = self.shown.resolved(made)
        end = self.texts.end(place)
        self.shown.whole_part(place, made)
        if not isinstance(made, dict) or end is None:
            return
        value = self.texts.at(end)
        if isinstance(made.get("content"), dict):
            self.shown.note((end[0], f"{end[1]}/examples"), made["content"])
        inside = [made.get("schema"), *(made.get("content") or {}).values(), *(made.get("flows") or {}).values()]
        for inner in (inner for inner in inside if isinstance(inner, dict)):
            self.shown.whole_part(end, inner)
        for name, response in _entries(value, "responses"):
            self._show_any((end[0], f"{end[1]}/responses/{token(name)}"), made.get("responses", {}).get(name, response))
        for name, _ in _entries(value, "headers"):
            self._show_any((end[0], f"{end[1]}/headers/{token(name)}"), made.get("headers", {}).get(name))

    def _at_gateway(self, place: Place) -> bool:
        if place[1].startswith("/securityDefinitions/"):
            return any(self._asks(operation, keys_of(place[1])[-1]) for operation in self.operations)
        return super()._at_gateway(place)

    def _at_published(self, place: Place) -> bool:
        if place[1].endswith("/$ref"):
            end = self.texts.end((place[0], place[1].removesuffix("/$ref")))
            return end in self.shown.of
        if place[1].endswith("/type"):
            holder = place[0], place[1].removesuffix("/type")
            return any({"type", "anyOf", "enum"} & set(made) for made in self.shown.of.get(holder, ()))
        return super()._at_published(place)

    def _in_parameter(self, holder: Place, key: str) -> bool:
        """A parameter's own members are in its entry or in the schema there."""
        end = self.texts.end(holder)
        made = [entry for entry in self.checks.of.get(end, ()) if isinstance(entry, dict)] if end is not None else []
        return any(key in entry for entry in made) or (bool(made) and key in {*_BESIDE, "$ref", "type"})

    def _is_declared(self, holder: Place, key: str) -> bool:
        end = self.texts.end(holder)
        if end is not None and self.texts.at(end).get("in") == "body":
            return end in self.models.of
        return super()._is_declared(holder, key)

    def _holds(self, place: Place, level: str) -> bool:
        """Also what stands for the members beside it."""
        if super()._holds(place, level):
            return True
        file, pointer = place
        holder, key = pointer.rpartition("/")[0], keys_of(pointer)[-1]
        is_container = (pointer.count("/") == 1 and key in _COMPONENTS) or pointer.count("/") == 2
        if is_container or key in {"parameters", "responses", "headers", "examples", "scopes"}:
            return (level, file, pointer) in self._inside
        if (pointer.count("/") == 1 or self.kinds[place] == "operation") and key in _TAKEN_OVER:
            return level == _TAKEN_OVER[key]
        beside = [known for known in self._levels if known[1].startswith(holder + "/") and known != place]
        return key in _BESIDE and any(self._levels[known] == level for known in beside if known[0] == file)


def _entries(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    found = value.get(key) if isinstance(value, dict) else None
    yield from found.items() if isinstance(found, dict) else ()
