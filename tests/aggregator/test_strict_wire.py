"""From a document to an answer: what the compiler writes for a strict operation is what the aggregator reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from headgate.spec import Target, compile_document
from headgate.spec.placement.edges import edge_validators
from tests.aggregator.edges import Everywhere, ask
from tests.aggregator.pages import gateway
from tests.aggregator.upstreams import Service, json_reply


def document(url: str) -> dict[str, Any]:
    """One strict operation, and one whose path API Gateway has no resource for."""
    pet = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}
    tag = {"kind": {"type": "string"}}
    schemas = {
        "Cat": {"type": "object", "required": ["kind", "lives"], "properties": {**tag, "lives": {"type": "integer"}}},
        "Dog": {"type": "object", "required": ["kind", "barks"], "properties": {**tag, "barks": {"type": "boolean"}}},
        "Pet": {**pet, "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}}},
    }
    form = {
        "schema": {
            "type": "object",
            "properties": {"ids": {"type": "array", "items": {"type": "integer", "format": "int32"}}},
        },
        "encoding": {"ids": {"style": "pipeDelimited", "explode": False}},
    }
    content = {
        "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}},
        "application/x-www-form-urlencoded": form,
    }
    done = {"responses": {"200": {"description": "OK"}}}
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9}}
    sid = {"name": "sid", "in": "path", "required": True, "schema": {"type": "string"}}
    post = {"requestBody": {"content": content}, "parameters": [limit], "x-headgate": {"validate": "strict"}, **done}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "servers": [{"url": url}],
        "paths": {"/pets": {"post": post}, "/s/{sid}.json": {"get": {"parameters": [sid], **done}}},
        "components": {"schemas": schemas},
    }


def test_a_compiled_strict_operation_is_checked_and_forwarded(tmp_path: Path) -> None:
    path = tmp_path / "pets.json"
    with Service(Everywhere({"*": json_reply({"ok": True})})) as service:
        path.write_text(json.dumps(document(service.url)))
        compiled, problems = compile_document(path, Target(environment="test"))
        assert compiled is not None, problems
        (api,) = compiled.apis
        upstreams = {name: entry["url"] for name, entry in api.plans["upstreams"].items()}
        validators = edge_validators(api.validators, api.plans["edges"])
        edges = api.plans["edges"]
        with gateway({}, upstreams=upstreams, edges=edges, validators=validators) as portal:
            resource = next(key.partition(" ")[2] for key in edges if key.startswith("GET"))
            statuses = [
                ask(portal, "POST", "/pets?limit=9", "/pets", body='{"kind": "dog", "barks": true}').status,
                ask(portal, "POST", "/pets?limit=10", "/pets").status,
                ask(portal, "GET", "/s/VA1.json", resource).status,
                ask(portal, "GET", "/s/VA1.xml", resource).status,
            ]
            wrong = ask(portal, "POST", "/pets", "/pets", body='{"kind": "cat", "lives": "9"}')
            form = [("Content-Type", "application/x-www-form-urlencoded")]
            forms = [
                ask(portal, "POST", "/pets", "/pets", body=f"ids=1%7C{n}", headers=form).status for n in (2, 2**31)
            ]

    assert statuses == [200, 400, 200, 404]
    assert wrong.errors == [("body", "/lives", None)]
    assert forms == [200, 400]
    assert [each.target for each in service.requests] == ["/pets?limit=9", "/s/VA1.json", "/pets"]
