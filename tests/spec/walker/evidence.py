"""Looks for every row of a ledger in the place that its level names. Yields sentences; an honest ledger yields none.

`gateway`: the wire document has it. `validator`: validators.json has it. `published`: the published document has it. `refused`: a
diagnostic stands there. What only holds others together is where one of those is. OpenAPI 3 documents.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .pairs import LISTS, MAPS, Pairs
from .texts import Place, Texts, is_true, keys_of, token

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
HOLDERS = ("/components", "/paths")


@dataclass(slots=True)
class Operation:
    """One operation of the text. `wire` is the method that serves it, `edge` its candidate when the aggregator tells it apart."""

    place: Place
    item: Place
    template: str
    method: str
    value: dict[str, Any]
    security: Any
    parameters: list[Place]
    body: Place | None
    forms: list[Place] = field(default_factory=list)
    wire: dict[str, Any] | None = None
    edge: dict[str, Any] | None = None

    @property
    def key(self) -> str:
        return f"{self.method.upper()} {self.template}"


@dataclass(slots=True)
class Made:
    """What the compiler made of one document."""

    wire: dict[str, Any]
    validators: dict[str, Any]
    published: dict[str, Any]
    plans: dict[str, Any]
    rows: list[dict[str, Any]]
    diagnostics: list[tuple[str, str]]


@dataclass(slots=True)
class Evidence:
    """The search. `kinds` are the constructs as the reader counted them."""

    texts: Texts
    file: str
    kinds: dict[Place, str]
    made: Made
    operations: list[Operation] = field(default_factory=list)
    models: Pairs = field(init=False)
    checks: Pairs = field(init=False)
    shown: Pairs = field(init=False)
    _levels: dict[Place, str] = field(default_factory=dict)
    _inside: set[tuple[str, str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.models = Pairs(self.texts, self.made.wire)
        self.checks = Pairs(self.texts, self.made.validators)
        self.shown = Pairs(self.texts, self.made.published)
        self._levels = {(row["document"], row["pointer"]): row["level"] for row in self.made.rows}
        for (file, pointer), level in self._levels.items():
            while pointer := pointer.rpartition("/")[0]:
                self._inside.add((level, file, pointer))

    def complaints(self) -> Iterator[str]:
        """Every row without evidence, and every method of the wire document that nothing asked for."""
        self.operations = list(self._operations())
        self._pair()
        look = {"gateway": self._at_gateway, "validator": self._at_validator, "published": self._at_published}
        for (file, pointer), level in self._levels.items():
            place = file, pointer
            if place not in self.kinds:
                continue
            found = self._is_refused(place) if level == "refused" else look[level](place)
            if not found and not self._holds(place, level):
                yield f"{file}#{pointer} is said to be at {level}, and is not there"
        served = [id(operation.wire) for operation in self.operations]
        for path, item in self.made.wire["paths"].items():
            for method, written in item.items():
                if id(written) not in served:
                    yield f"nothing in the documents asks for {method} {path}"

    # The operations of the text, and what serves them.

    def _operations(self) -> Iterator[Operation]:
        root = self.texts.value(self.file)
        for path in root.get("paths") or {}:
            item = self.texts.end((self.file, f"/paths/{token(path)}")) if path.startswith("/") else None
            value = self.texts.at(item) if item is not None else None
            for method in METHODS if isinstance(value, dict) else ():
                if item is not None and isinstance(value.get(method), dict):
                    yield self._operation(path, item, method, root)

    def _operation(self, path: str, item: Place, method: str, root: Any) -> Operation:
        place = item[0], f"{item[1]}/{method}"
        value = self.texts.at(place)
        security = value["security"] if "security" in value else root.get("security")
        parameters = {
            (parameter["in"], parameter["name"]): end
            for holder in (item, place)
            for number in range(len(self.texts.at(holder).get("parameters") or []))
            if (end := self.texts.end((holder[0], f"{holder[1]}/parameters/{number}"))) is not None
            and isinstance(parameter := self.texts.at(end), dict)
            and "name" in parameter
        }
        body = self.texts.end((place[0], place[1] + "/requestBody")) if "requestBody" in value else None
        template = path.rstrip("/") or "/"
        found = Operation(place, item, template, method, value, security, list(parameters.values()), body)
        self._serve(found)
        return found

    def _serve(self, operation: Operation) -> None:
        """Paths that differ by what follows `#` are one to a request, so the first of them stands for the others."""
        template = operation.template.partition("#")[0]
        for key, entry in self.made.plans.get("edges", {}).items():
            for candidate in entry["candidates"]:
                verb, _, known = candidate["operation"].partition("#")[0].partition(" ")
                if verb.lower() == operation.method and _same_shape(known, template):
                    operation.edge = candidate
                    operation.wire = self.made.wire["paths"].get(key.partition(" ")[2], {}).get(operation.method)
                    return
        for path, item in self.made.wire["paths"].items():
            if operation.method in item and _same_shape(path, template):
                operation.wire = item[operation.method]
                return

    def _pair(self) -> None:
        root = self.texts.value(self.file)
        for key in root:
            if key not in {"paths", "openapi"} and key in self.made.published:
                self.shown.whole_part((self.file, f"/{token(key)}"), self.made.published[key])
        self.shown.note((self.file, ""), self.made.published)
        self.shown.note((self.file, "/paths"), self.made.published["paths"])
        for path in root.get("paths") or {}:
            shown = self.made.published["paths"].get(path.rstrip("/") or "/" if path.startswith("/") else path)
            if shown is not None:
                self.shown.whole_part((self.file, f"/paths/{token(path)}"), shown)
        for operation in self.operations:
            self._pair_operation(operation)

    def _pair_operation(self, operation: Operation) -> None:
        checks = self.made.validators["operations"].get(operation.key)
        for place in operation.parameters:
            parameter = self.texts.at(place)
            for entry in checks["parameters"] if checks else ():
                if (entry["in"], entry["name"]) == (parameter["in"], parameter["name"]):
                    self.checks.note(place, entry)
                    self._pair_parameter(place, parameter, entry)
            shown = self.made.published["paths"].get(operation.template, {}).get(operation.method, {})
            for entry in shown.get("parameters", []):
                end = self.shown.resolved(entry)
                if (end.get("in"), end.get("name")) == (parameter["in"], parameter["name"]):
                    self.shown.whole_part(place, end)
        if operation.body is not None and checks and checks.get("body"):
            self.checks.note(operation.body, checks["body"])
            for media_type in self.texts.at(operation.body).get("content") or {}:
                schema = operation.body[0], f"{operation.body[1]}/content/{token(media_type)}/schema"
                content = checks["body"]["content"].get(media_type)
                if content is not None and _has(self.texts, schema):
                    self.checks.schema(schema, content["schema"])
        self._pair_model(operation)

    def _pair_parameter(self, place: Place, parameter: dict[str, Any], entry: dict[str, Any]) -> None:
        if "schema" in parameter:
            self.checks.schema((place[0], place[1] + "/schema"), entry["schema"])
        for media_type in parameter.get("content") or {}:
            schema = place[0], f"{place[1]}/content/{token(media_type)}/schema"
            if entry.get("mediaType") == media_type and _has(self.texts, schema):
                self.checks.schema(schema, entry["schema"])

    def _pair_model(self, operation: Operation) -> None:
        model = (operation.wire or {}).get("requestBody", {}).get("content", {}).get("application/json", {})
        if operation.body is None or "schema" not in model or operation.edge is not None:
            return
        schema = operation.body[0], operation.body[1] + "/content/application~1json/schema"
        self.models.schema(schema, model["schema"], flattened=True)

    # Where rows have to be.

    def _holds(self, place: Place, level: str) -> bool:
        """Whether something inside is at that level: rows of what only holds others together."""
        file, pointer = place
        kind, key = self.kinds[place], keys_of(pointer)[-1]
        is_component = kind == "map" and pointer.startswith("/components/") and pointer.count("/") == 3
        is_list = kind in {"path item", "operation"} and key == "parameters"
        is_holder = is_component or is_list or kind == "components" or (kind == "document" and f"/{key}" in HOLDERS)
        if self.texts.at(place) in ({}, []):
            return level == "published"
        return is_holder and (level, file, pointer) in self._inside

    def _is_refused(self, place: Place) -> bool:
        file, pointer = place
        return any(
            name == file and (f"{pointer}/".startswith(f"{at}/") or f"{at}/".startswith(f"{pointer}/"))
            for name, at in self.made.diagnostics
            if at
        )

    def _at_published(self, place: Place) -> bool:
        holder, key = _split(place)
        if place in self.shown.of or (key == "$ref" and holder in self.shown.of):
            return True
        if place == (self.file, "/openapi"):
            return "openapi" in self.made.published
        return any(isinstance(made, dict) and key in made for made in self.shown.of.get(holder, ()))

    def _at_validator(self, place: Place) -> bool:
        holder, key = _split(place)
        kind = self.kinds[place]
        if kind == "schema":
            return self._in_schema(self.checks, holder, key, weak=False)
        if kind == "map" and _split(holder)[1] in MAPS and self.kinds.get(holder) == "schema":
            name = _split(holder)[1]
            made = self.checks.of.get(_split(holder)[0], ())
            return any(key in node.get(name, {}) for node in made if isinstance(node, dict))
        if kind == "parameter":
            return self._in_parameter(holder, key)
        return self._in_body(place)

    def _in_parameter(self, holder: Place, key: str) -> bool:
        end = self.texts.end(holder)
        made = self.checks.of.get(end, ()) if end is not None else ()
        if key == "$ref":
            return bool(made)
        value = self.texts.at(holder).get(key)
        if key == "required":
            return any(entry["required"] is is_true(value) or entry["in"] == "path" for entry in made)
        if key == "explode":
            return any(entry["explode"] is is_true(value) for entry in made)
        if key == "allowEmptyValue":
            return any(entry.get(key, False) is is_true(value) for entry in made)
        if key == "content":
            return any(entry.get("mediaType") in value for entry in made)
        return any(key in entry and (key == "schema" or entry[key] == value) for entry in made)

    def _in_body(self, place: Place) -> bool:
        """A body, its members, its media types; a media type of a parameter."""
        for operation in self.operations:
            checks = self.made.validators["operations"].get(operation.key, {})
            body = checks.get("body")
            if operation.body is None or body is None:
                continue
            here = operation.body
            asked = operation.place[0], operation.place[1] + "/requestBody"
            if place in {asked, (asked[0], asked[1] + "/$ref")}:
                return True
            if place == (here[0], here[1] + "/required"):
                return body["required"] is is_true(self.texts.at(place))
            inner = place[1].removeprefix(here[1] + "/content") if place[0] == here[0] else place[1]
            if inner != place[1] and (not inner or keys_of(inner)[0] in body["content"]):
                return True
        holder, key = _split(place)
        parameter = next(
            (at for at in self.checks.of if at[0] == place[0] and place[1].startswith(at[1] + "/content")), None
        )
        return parameter is not None and self.kinds[place] in {"map", "media type"} and bool(holder and key)

    def _in_schema(self, pairs: Pairs, holder: Place, key: str, *, weak: bool) -> bool:
        value = self.texts.at(holder)[key]
        made = [node for node in pairs.of.get(holder, ()) if isinstance(node, dict)]
        if key == "$ref":
            return holder in pairs.of
        if key == "nullable":
            return any("null" in (node.get("type") or ()) for node in made)
        if key in {"minimum", "maximum"} and not weak:
            return any(key in node or f"exclusive{key.capitalize()}" in node for node in made)
        if key in {"exclusiveMinimum", "exclusiveMaximum"} and value in {True, False, "true", "false"}:
            return any((key in node) is is_true(value) for node in made)
        if key == "const" and weak:
            return any(node.get("enum") == [value] for node in made)
        if key == "allOf" and weak:
            return any(set(node) - {"additionalProperties"} for node in made)
        if key == "required":
            return any(set(node.get(key, ())) & set(value) for node in made)
        if weak:
            return any(key in node and _agrees(key, node[key], value) for node in made)
        return any(key in node for node in made)

    def _at_gateway(self, place: Place) -> bool:
        holder, key = _split(place)
        kind = self.kinds[place]
        if kind == "schema":
            return self._in_schema(self.models, holder, key, weak=True)
        if kind == "map" and self.kinds.get(holder) == "schema":
            made = self.models.of.get(_split(holder)[0], ())
            return any(key in node.get("properties", {}) for node in made)
        if kind == "parameter":
            return self._is_declared(holder, key)
        if "/requestBody" in place[1] or place[1].startswith("/components/requestBodies/"):
            return self._is_modelled(place)
        if place[1].startswith("/components/securitySchemes/"):
            return any(self._asks(operation, key) for operation in self.operations)
        return self._is_of_served(place)

    def _is_declared(self, holder: Place, key: str) -> bool:
        end = self.texts.end(holder)
        if end is None or key not in {"name", "in", "required", "$ref"}:
            return False
        parameter = self.texts.at(end)
        for operation in self.operations:
            if end not in operation.parameters or operation.wire is None:
                continue
            declared = {(p["in"], p["name"]) for p in operation.wire["parameters"] if p["required"]}
            if parameter["in"] == "path":
                if f"{{{parameter['name']}" in operation.template and any(where == "path" for where, _ in declared):
                    return True
            elif (parameter["in"], parameter["name"]) in declared:
                return True
        return False

    def _is_modelled(self, place: Place) -> bool:
        for operation in self.operations:
            asked = operation.place[0], operation.place[1] + "/requestBody"
            inside = [asked, *([operation.body] if operation.body else [])]
            if any(place[0] == at[0] and f"{place[1]}/".startswith(f"{at[1]}/") for at in inside):
                model = (operation.wire or {}).get("requestBody", {})
                if model.get("required") and "application/json" in model.get("content", {}) and operation.edge is None:
                    return True
        return False

    def _asks(self, operation: Operation, name: str) -> bool:
        ways = operation.security if isinstance(operation.security, list) else []
        if not any(name in way for way in ways) or operation.wire is None:
            return False
        return bool(operation.wire["security"]) or any(not way for way in ways)

    def _is_of_served(self, place: Place) -> bool:
        """Settings of operations, path items and documents: some method that they are about is there, and protected as they say."""
        about, member = self._subject(place)
        served = [operation for operation in about if operation.wire is not None]
        if member == "security":
            return bool(about) and all(self._is_protected(operation) for operation in served)
        if member == "operationId":
            return any(self._is_named(operation) for operation in served)
        if member.startswith("x-amazon-apigateway-"):
            return any(member in (operation.wire or {}) for operation in served) or member in self.made.wire
        return bool(served) and member in {"", "servers", "x-headgate"}

    def _subject(self, place: Place) -> tuple[list[Operation], str]:
        """The operations that a place is about, and the member of theirs, of their path item or of the document that it is in."""
        file, pointer = place
        for operation in self.operations:
            if file == operation.place[0] and f"{pointer}/".startswith(f"{operation.place[1]}/"):
                return [operation], "".join(keys_of(pointer.removeprefix(operation.place[1]))[:1])
        keys = keys_of(pointer)
        item = next(
            (o.item for o in self.operations if file == o.item[0] and f"{pointer}/".startswith(f"{o.item[1]}/")), None
        )
        if item is not None and item[1] != "":
            return [o for o in self.operations if o.item == item], "".join(keys_of(pointer.removeprefix(item[1]))[:1])
        if file == self.file and keys[0] == "paths":
            template = keys[1].rstrip("/") or "/" if len(keys) > 1 else ""
            return [o for o in self.operations if o.template == template], "".join(keys[2:3]).replace("$ref", "")
        if file != self.file:
            return [o for o in self.operations if o.item[0] == file], keys[0]
        return self.operations, keys[0]

    def _is_named(self, operation: Operation) -> bool:
        """Whether the method has the operation's name, or that of one it shares the method with."""
        same = [str(other.value.get("operationId", "")) for other in self.operations if other.wire is operation.wire]
        return bool(operation.wire) and any(
            str(operation.wire["operationId"]).startswith(name) for name in same if name
        )

    def _is_protected(self, operation: Operation) -> bool:
        ways = operation.security if isinstance(operation.security, list) else []
        return bool(operation.wire and operation.wire["security"]) or not ways or any(not way for way in ways)


def _split(place: Place) -> tuple[Place, str]:
    holder, _, _ = place[1].rpartition("/")
    return (place[0], holder), keys_of(place[1])[-1]


def _has(texts: Texts, place: Place) -> bool:
    try:
        texts.at(place)
    except KeyError:
        return False
    return True


def _same_shape(left: str, right: str) -> bool:
    a, b = left.strip("/").split("/"), right.strip("/").split("/")
    return len(a) == len(b) and all(x == y or (x[:1] == "{" and y[:1] == "{") for x, y in zip(a, b, strict=True))


def _agrees(key: str, made: Any, said: Any) -> bool:
    """Whether a model says the same as the text; numbers of YAML are text here."""
    if key == "type":
        said = said[0] if isinstance(said, list) else said
        return bool(made == said or (said == "integer" and made == "number"))
    if key in LISTS or isinstance(made, dict):
        return True
    if isinstance(made, bool):
        return made is is_true(said)
    if isinstance(made, int | float):
        return Decimal(str(said)) == Decimal(str(made))
    if isinstance(made, list):
        return [str(item) for item in made] == [str(item) for item in dict.fromkeys(said)]
    return bool(made == said)
