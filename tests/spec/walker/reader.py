"""Counts the constructs of OpenAPI 3.0, 3.1 and 3.2 documents: members of the objects that the specifications define.

One method per object, written after the "Fixed Fields" tables. A field that holds further objects is named with the method that
reads them; all other fields are data or text and count once. References are followed, across files; each object counts once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .texts import Place, Texts, token

Read = Callable[[Place], None]


@dataclass(slots=True)
class Reader:
    """`found` maps the place of each construct to the object it belongs to (`operation`, `schema`, ...; `map` for names)."""

    texts: Texts
    found: dict[Place, str] = field(default_factory=dict)
    objects: set[Place] = field(default_factory=set)
    _later: list[tuple[Place, Read]] = field(default_factory=list)

    def read(self, file: str) -> dict[Place, str]:
        """All constructs of a document and of what it refers to."""
        self.document((file, ""))
        while self._later:
            place, read = self._later.pop(0)
            read(place)
        return self.found

    # How fields hold objects.

    def fields(self, at: Place, name: str, again: Read, **holders: Read) -> None:
        """The members of one object."""
        value = self.texts.at(at)
        if not isinstance(value, dict) or at in self.objects:
            return
        self.objects.add(at)
        for key in value:
            here = at[0], f"{at[1]}/{token(key)}"
            self.found[here] = name
            if key in holders:
                holders[key](here)
        if "$ref" in value:
            self._follow(at[0], value["$ref"], again)

    def _follow(self, file: str, reference: Any, read: Read) -> None:
        target = self.texts.target(file, reference)
        if target is not None:
            self._later.append((target, read))

    def each(self, read: Read) -> Read:
        """A list of objects."""

        def items(at: Place) -> None:
            value = self.texts.at(at)
            for number in range(len(value)) if isinstance(value, list) else ():
                read((at[0], f"{at[1]}/{number}"))

        return items

    def named(self, read: Read, *, extensible: bool = False) -> Read:
        """A map of objects; extensible ones ("patterned fields") may hold `x-` members."""

        def entries(at: Place) -> None:
            value = self.texts.at(at)
            for key in value if isinstance(value, dict) else ():
                here = at[0], f"{at[1]}/{token(key)}"
                self.found[here] = "map"
                if not (extensible and key.startswith("x-")):
                    read(here)

        return entries

    # Objects without objects inside: contact, license, external documentation, example, server variable, XML, requirement …

    def simple(self, at: Place) -> None:
        self.fields(at, "simple", self.simple)

    # OpenAPI 3.2.0, 4.1 to 4.30; 3.1.1 and 3.0.4 have fewer fields of the same meaning.

    def document(self, at: Place) -> None:
        self.fields(
            at,
            "document",
            self.document,
            info=self.info,
            servers=self.each(self.server),
            paths=self.named(self.path_item, extensible=True),
            webhooks=self.named(self.path_item),
            components=self.components,
            security=self.each(self.simple),
            tags=self.each(self.tag),
            externalDocs=self.simple,
        )

    def info(self, at: Place) -> None:
        self.fields(at, "info", self.info, contact=self.simple, license=self.simple)

    def server(self, at: Place) -> None:
        self.fields(at, "server", self.server, variables=self.named(self.simple))

    def tag(self, at: Place) -> None:
        self.fields(at, "tag", self.tag, externalDocs=self.simple)

    def components(self, at: Place) -> None:
        callbacks = self.named(self.path_item, extensible=True)
        self.fields(
            at,
            "components",
            self.components,
            schemas=self.named(self.schema),
            responses=self.named(self.response),
            parameters=self.named(self.parameter),
            examples=self.named(self.simple),
            requestBodies=self.named(self.request_body),
            headers=self.named(self.header),
            securitySchemes=self.named(self.security_scheme),
            links=self.named(self.link),
            callbacks=self.named(callbacks),
            pathItems=self.named(self.path_item),
            mediaTypes=self.named(self.media_type),
        )

    def path_item(self, at: Place) -> None:
        methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"]
        self.fields(
            at,
            "path item",
            self.path_item,
            servers=self.each(self.server),
            parameters=self.each(self.parameter),
            additionalOperations=self.named(self.operation),
            **dict.fromkeys(methods, self.operation),
        )

    def operation(self, at: Place) -> None:
        self.fields(
            at,
            "operation",
            self.operation,
            externalDocs=self.simple,
            parameters=self.each(self.parameter),
            requestBody=self.request_body,
            responses=self.named(self.response, extensible=True),
            callbacks=self.named(self.named(self.path_item, extensible=True)),
            security=self.each(self.simple),
            servers=self.each(self.server),
        )

    def parameter(self, at: Place) -> None:
        examples, content = self.named(self.simple), self.named(self.media_type)
        self.fields(at, "parameter", self.parameter, schema=self.schema, examples=examples, content=content)

    def header(self, at: Place) -> None:
        examples, content = self.named(self.simple), self.named(self.media_type)
        self.fields(at, "header", self.header, schema=self.schema, examples=examples, content=content)

    def request_body(self, at: Place) -> None:
        self.fields(at, "request body", self.request_body, content=self.named(self.media_type))

    def media_type(self, at: Place) -> None:
        self.fields(
            at,
            "media type",
            self.media_type,
            schema=self.schema,
            itemSchema=self.schema,
            examples=self.named(self.simple),
            encoding=self.named(self.encoding),
            prefixEncoding=self.each(self.encoding),
            itemEncoding=self.encoding,
        )

    def encoding(self, at: Place) -> None:
        self.fields(
            at,
            "encoding",
            self.encoding,
            headers=self.named(self.header),
            encoding=self.named(self.encoding),
            prefixEncoding=self.each(self.encoding),
            itemEncoding=self.encoding,
        )

    def response(self, at: Place) -> None:
        headers, content, links = self.named(self.header), self.named(self.media_type), self.named(self.link)
        self.fields(at, "response", self.response, headers=headers, content=content, links=links)

    def link(self, at: Place) -> None:
        self.fields(at, "link", self.link, parameters=self.simple, server=self.server)

    def security_scheme(self, at: Place) -> None:
        self.fields(at, "security scheme", self.security_scheme, flows=self.flows)

    def flows(self, at: Place) -> None:
        kinds = ["implicit", "password", "clientCredentials", "authorizationCode", "deviceAuthorization"]
        self.fields(at, "flows", self.flows, **dict.fromkeys(kinds, self.flow))

    def flow(self, at: Place) -> None:
        self.fields(at, "flow", self.flow, scopes=self.simple)

    # JSON Schema 2020-12, sections 10 and 11; `additionalItems` and `definitions` are of its predecessors.

    def schema(self, at: Place) -> None:
        one = (
            "not if then else items contains additionalProperties propertyNames unevaluatedItems unevaluatedProperties"
            " contentSchema additionalItems"
        )
        maps = "properties patternProperties dependentSchemas $defs definitions"
        self.fields(
            at,
            "schema",
            self.schema,
            **dict.fromkeys(one.split(), self.schema),
            **dict.fromkeys(["allOf", "anyOf", "oneOf", "prefixItems"], self.each(self.schema)),
            **dict.fromkeys(maps.split(), self.named(self.schema)),
            discriminator=self.discriminator,
            externalDocs=self.simple,
            xml=self.simple,
        )

    def discriminator(self, at: Place) -> None:
        self.fields(at, "discriminator", self.discriminator, mapping=self.simple)
        value = self.texts.at(at)
        mapping = value.get("mapping") if isinstance(value, dict) else None
        for reference in mapping.values() if isinstance(mapping, dict) else ():
            if isinstance(reference, str) and "/" in reference:
                self._follow(at[0], reference, self.schema)


class Reader20(Reader):
    """The same of OpenAPI 2.0, where its objects differ."""

    def document(self, at: Place) -> None:
        self.fields(
            at,
            "document",
            self.document,
            info=self.info,
            paths=self.named(self.path_item, extensible=True),
            definitions=self.named(self.schema),
            parameters=self.named(self.parameter),
            responses=self.named(self.response),
            securityDefinitions=self.named(self.security_scheme),
            security=self.each(self.simple),
            tags=self.each(self.tag),
            externalDocs=self.simple,
        )

    def path_item(self, at: Place) -> None:
        methods = ["get", "put", "post", "delete", "options", "head", "patch"]
        parameters = self.each(self.parameter)
        self.fields(at, "path item", self.path_item, parameters=parameters, **dict.fromkeys(methods, self.operation))

    def operation(self, at: Place) -> None:
        self.fields(
            at,
            "operation",
            self.operation,
            externalDocs=self.simple,
            parameters=self.each(self.parameter),
            responses=self.named(self.response, extensible=True),
            security=self.each(self.simple),
        )

    def parameter(self, at: Place) -> None:
        self.fields(at, "parameter", self.parameter, schema=self.schema, items=self.schema)

    def header(self, at: Place) -> None:
        self.fields(at, "header", self.header, items=self.schema)

    def response(self, at: Place) -> None:
        headers = self.named(self.header)
        self.fields(at, "response", self.response, schema=self.schema, headers=headers, examples=self.simple)

    def security_scheme(self, at: Place) -> None:
        self.fields(at, "security scheme", self.security_scheme, scopes=self.simple)

    def discriminator(self, at: Place) -> None:
        """A plain name in 2.0."""


def constructs(texts: Texts, file: str) -> dict[Place, str]:
    """Every construct of a document, whatever its version."""
    is_20 = "swagger" in texts.value(file)
    return (Reader20 if is_20 else Reader)(texts).read(file)
