"""Edges, validators and requests for the aggregator's tests: one operation behind one resource, checked or not."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from functions.aggregator.handler import serve
from tests.aggregator.pages import Gateway, Lambda, gateway, proxy_event
from tests.aggregator.upstreams import Behaviour, Service, json_reply


@dataclass
class Reply:
    """A proxy answer, read: header values by lower-case name, the body as bytes."""

    status: int
    headers: Mapping[str, list[str]]
    body: bytes
    is_base64: bool

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def kind(self) -> str:
        """The last segment of a problem's type."""
        return str(self.json["type"].rpartition("/")[2])

    @property
    def errors(self) -> list[tuple[str, str, str | None]]:
        """(in, pointer, parameter) of a refused request."""
        return [(each["in"], each["pointer"], each.get("parameter")) for each in self.json["errors"]]


def candidate(*segments: Any, **settings: Any) -> dict[str, Any]:
    """A candidate for the segments; its upstream path is made of them."""
    return {
        "operation": "POST /things",
        "id": "op",
        "segments": list(segments),
        "query": {},
        "validate": False,
        "upstream": "main",
        "path": "/" + "/".join(_template(each) for each in segments),
        "plan": None,
        "rewrite": {"headers": {}, "query": {}},
        "timeout": 2.0,
        **settings,
    }


def _template(segment: Any) -> str:
    if isinstance(segment, list):
        return "".join(_template(part) for part in segment)
    return segment if isinstance(segment, str) else f"{{{segment['name']}}}"


def edge(*candidates: dict[str, Any], secured: bool = False) -> dict[str, Any]:
    return {"secured": secured, "candidates": list(candidates)}


def operation(parameters: list[dict[str, Any]] | None = None, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """An entry of validators.json."""
    return {"id": "op", "parameters": parameters or [], "body": body, "responses": {}}


def parameter(name: str, place: str, schema: Any, **settings: Any) -> dict[str, Any]:
    """A parameter with the style and explode that its place has by default."""
    style = {"query": "form", "cookie": "form"}.get(place, "simple")
    explode = settings.get("style", style) == "form"
    base = {"name": name, "in": place, "required": False, "style": style, "explode": explode, "schema": schema}
    return {**base, **settings}


def json_body(schema: Any, required: bool = True) -> dict[str, Any]:
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def ask(portal: Gateway, method: str, target: str, resource: str, **settings: Any) -> Reply:
    """Send one request the way API Gateway hands it over: `target` is path and query as a client writes them."""
    path, _, sent = target.partition("?")
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(sent, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    headers: dict[str, list[str]] = {}
    for name, value in settings.pop("headers", ()):
        headers.setdefault(name, []).append(value)
    body = settings.pop("body", None)
    is_binary = isinstance(body, bytes)
    event = proxy_event(
        resource,
        path=path,
        httpMethod=method,
        multiValueHeaders=headers or None,
        headers={name: values[-1] for name, values in headers.items()} or None,
        multiValueQueryStringParameters=query or None,
        queryStringParameters={name: values[-1] for name, values in query.items()} or None,
        body=base64.b64encode(body).decode() if is_binary else body,
        isBase64Encoded=is_binary,
        **settings,
    )
    return read(serve(portal.environment, event, settings.pop("context", None) or Lambda()))


def read(answer: Mapping[str, Any]) -> Reply:
    """A proxy answer as a client would see it."""
    headers: dict[str, list[str]] = {}
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        headers.setdefault(name.lower(), []).extend(values)
    for name, value in answer["headers"].items():
        headers.setdefault(name.lower(), []).append(value)
    is_base64 = answer.get("isBase64Encoded", False)
    body = base64.b64decode(answer["body"]) if is_base64 else answer["body"].encode()
    return Reply(answer["statusCode"], headers, body, is_base64)


class Everywhere(dict[str, Behaviour]):
    """One behaviour for every path."""

    def get(self, _path: str, _default: Any = None) -> Any:
        return self["*"]


@dataclass
class Checked:
    """A gateway with one checked operation at `POST /things/{id}`, and a way to ask it."""

    portal: Gateway
    service: Service

    def post(self, body: Any = None, target: str = "/things/1", **settings: Any) -> Reply:
        headers = [("Content-Type", "application/json")] if body is not None and "headers" not in settings else []
        headers += settings.pop("headers", [])
        text = body if isinstance(body, str | bytes | None) else json.dumps(body)
        return ask(self.portal, "POST", target, "/things/{id}", body=text, headers=headers, **settings)


@contextmanager
def checked(
    entry: dict[str, Any], definitions: Mapping[str, Any] | None = None, reply: Behaviour | None = None
) -> Iterator[Checked]:
    """A gateway whose one operation is held to an entry of validators.json."""
    validators = {"version": 1, "api": "portal", "$defs": definitions or {}, "operations": {"POST /things/{id}": entry}}
    one = candidate("things", {"name": "id"}, operation="POST /things/{id}", validate=True)
    routes = {"POST /things/{id}": edge(one)}
    with (
        Service(Everywhere({"*": reply or json_reply({"ok": True})})) as service,
        gateway({}, service.url, edges=routes, validators=validators) as portal,
    ):
        yield Checked(portal, service)
