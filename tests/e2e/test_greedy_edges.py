"""An API of 420 resources below one variable, deployed: no base path parts it, so the aggregator serves what is too much."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from headgate.local.cloud import Cloud, CloudConfig
from headgate.spec import Target, compile_project, load_project
from infra.app import synthesize

GREEDY = "/shops/{shop}/{proxy+}"
ORIGIN = "https://www.example.com"
GATEWAY = """\
name: hub
apis: {hub: {documents: [openapi/hub.json], cors: {origins: ["https://www.example.com"]}, binary-media-types: ["image/png"]}}
upstreams: {shop: {url: "https://shop.internal.example.com", local: "http://127.0.0.1:PORT"}}
issuers: {id: {issuer: "https://id.example.com/", audience: [hub], schemes: [oidc], local: provider}}
environments: {dev: {stages: {dev: {}}}}
"""


def operation(path: str, *, scope: str = "read", **members: Any) -> dict[str, Any]:
    names = [part.strip("{}") for part in path.split("/") if part.startswith("{")]
    found = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    security = [{"oidc": [scope]}] if scope else []
    return {"parameters": found, "security": security, "responses": {"200": {"description": "OK"}}, **members}


def paths() -> dict[str, Any]:
    """420 places below /shops/{shop}: all want `read`, but for the administration, which only API Gateway limits."""
    found: dict[str, Any] = {}
    for number in range(210):
        place = f"/shops/{{shop}}/r{number:03}"
        found[place] = {"get": operation(place), "post": operation(place)}
        found[f"{place}/{{id}}"] = {"get": operation(f"{place}/{{id}}"), "delete": operation(f"{place}/{{id}}")}
    admin = operation("/shops/{shop}/admin", scope="write")
    found["/shops/{shop}/admin"] = {"get": {**admin, "x-headgate": {"throttle": {"rate": 100, "burst": 100}}}}
    found["/open"] = {"get": operation("/open", scope="")}
    return found


class Echo(BaseHTTPRequestHandler):
    """Says what it was asked; a picture comes back as it came."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = {"method": self.command, "path": self.path, "subject": self.headers.get("X-Headgate-Subject")}
        is_picture = self.headers.get("Content-Type") == "image/png"
        self.send_response(200)
        body = sent if is_picture else json.dumps({**said, "body": sent.decode()}).encode()
        self.send_header("Content-Type", "image/png" if is_picture else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - http.server's names

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@dataclass
class Hub:
    """The deployed API and what was compiled for it."""

    cloud: Cloud
    documents: dict[str, Any]
    edges: dict[str, Any]
    template: str

    def ask(self, verb: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        status, _, content = self.raw(verb, path, body, **headers)
        return status, json.loads(content)

    def raw(
        self, verb: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        url = urlsplit(self.cloud.http_url)
        assert url.hostname
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
        connection.request(verb, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers, content

    def bearer(self, scope: str) -> dict[str, str]:
        url = urlsplit(self.cloud.endpoint_url)
        assert url.hostname
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
        form = urlencode({"format": "text", "sub": "ada", "aud": "hub", "scope": scope})
        connection.request("POST", "/_headgate/oidc/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
        token = connection.getresponse().read().decode()
        connection.close()
        return {"Authorization": f"Bearer {token}"}

    @property
    def folded(self) -> list[str]:
        """Names of the operations behind greedy resources."""
        return [one["operation"] for entry in self.edges.values() for one in entry["candidates"]]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    project = tmp_path_factory.mktemp("hub")
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=upstream.serve_forever, args=(0.05,), daemon=True).start()
    (project / "openapi").mkdir()
    (project / "gateway.yaml").write_text(GATEWAY.replace("PORT", str(upstream.server_port)))
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Hub", "version": "1"},
        "x-headgate": {"upstream": "shop"},
        "paths": paths(),
        "components": {
            "securitySchemes": {"oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://id.example.com/x"}}
        },
    }
    (project / "openapi" / "hub.json").write_text(json.dumps(document))
    loaded, _ = load_project(project)
    assert loaded is not None
    compiled, problems = compile_project(loaded, Target("dev"))
    assert compiled is not None, problems
    with Cloud(CloudConfig(port=0, http_port=0, notice=lambda text: None)) as cloud:
        context = {"headgate:local": "true", "headgate:port": cloud.endpoint_url.rpartition(":")[2]}
        made = synthesize(project, outdir=project / "out", context=context)  # runs cdk-nag and our own checks
        result = cloud.deploy(made.assembly, made.stacks[0])
        assert result.ok, result.failures
        template = next((project / "out").glob("*.template.json")).read_text()
        cloud.show({"": _api_id(cloud)}, "dev")
        yield Hub(cloud, document["paths"], compiled.apis[0].plans["edges"], template)
    upstream.shutdown()
    upstream.server_close()


def _api_id(cloud: Cloud) -> str:
    found: str = cloud.clients.client("apigateway").get_rest_apis()["items"][0]["id"]
    return found


def test_every_operation_answers_with_the_path_and_method_that_were_asked_for(hub: Hub) -> None:
    bearer = hub.bearer("read write")
    asked = [(verb.upper(), path) for path, item in hub.documents.items() for verb in item]
    answers = {
        (verb, path): hub.ask(verb, path.replace("{shop}", "7").replace("{id}", "a%2Fb"), **bearer)
        for verb, path in asked
    }

    assert len(asked) == 842
    assert 200 < len(hub.folded) < 400
    assert Counter(status for status, _ in answers.values()) == {200: 842}
    for (verb, path), (_, said) in answers.items():
        assert (said["method"], said["path"]) == (verb, path.replace("{shop}", "7").replace("{id}", "a%2Fb"))
        assert said["subject"] == ("anonymous" if path == "/open" else "ada")


def test_the_rest_api_has_one_greedy_method_per_verb_and_no_more_resources_than_allowed(hub: Hub) -> None:
    client = hub.cloud.clients.client("apigateway")
    pages = client.get_paginator("get_resources").paginate(
        restApiId=_api_id(hub.cloud), PaginationConfig={"PageSize": 500}
    )
    resources = [item for page in pages for item in page["items"]]
    greedy = {item["path"]: sorted(item["resourceMethods"]) for item in resources if "+}" in item["path"]}

    assert len(resources) == 300
    assert greedy == {GREEDY: ["DELETE", "GET", "OPTIONS", "POST"]}
    assert len(hub.template.encode()) < 800_000


def test_nobody_gets_behind_a_greedy_resource_without_what_its_operations_ask_for(hub: Hub) -> None:
    statuses: Counter[tuple[str, int]] = Counter()
    write = hub.bearer("write")
    for name in hub.folded[::10]:
        verb, _, path = name.partition(" ")
        target = path.replace("{shop}", "7").replace("{id}", "1")
        statuses["nobody", hub.raw(verb, target)[0]] += 1
        statuses["other scope", hub.raw(verb, target, **write)[0]] += 1

    assert set(statuses) == {("nobody", 401), ("other scope", 403)}


def test_a_path_that_is_no_operation_is_authorized_first_and_then_not_found(hub: Hub) -> None:
    bearer = hub.bearer("read")
    for path in ("/shops/7/nothing", "/shops/7/r000/1/more", "/shops/7/r209/1/more", "/shops/7/r000/1/"):
        status, said = hub.ask("GET", path, **bearer)
        if path.endswith("/1/"):
            assert status == 200  # FACTS 2.6
        else:
            assert (status, said["type"].rpartition("/")[2]) == (404, "not-found")
        assert hub.raw("GET", path)[0] == 401
        assert hub.raw("GET", path, **hub.bearer("write"))[0] == 403


def test_what_stayed_beside_asks_for_what_it_asked_for(hub: Hub) -> None:
    assert hub.ask("GET", "/shops/7/admin", **hub.bearer("write"))[0] == 200
    assert hub.ask("GET", "/shops/7/admin", **hub.bearer("read"))[0] == 403
    assert hub.ask("GET", "/shops/7/%61dmin", **hub.bearer("read"))[0] == 404
    assert hub.ask("POST", "/shops/7/admin", **hub.bearer("read"))[0] == 404


def test_a_verb_that_no_folded_operation_has_is_refused_by_api_gateway(hub: Hub) -> None:
    assert hub.raw("PATCH", "/shops/7/r000", **hub.bearer("read"))[0] == 403


def test_preflight_is_answered_and_answers_name_the_origin(hub: Hub) -> None:
    status, headers, _ = hub.raw("OPTIONS", "/shops/7/r000", Origin=ORIGIN, Access_Control_Request_Method="GET")
    _, lost, _ = hub.raw("GET", "/shops/7/nothing", Origin=ORIGIN, **hub.bearer("read"))

    assert (status, headers["Access-Control-Allow-Methods"]) == (204, "DELETE,GET,OPTIONS,POST")
    assert (headers["Access-Control-Allow-Origin"], lost["Access-Control-Allow-Origin"]) == (ORIGIN, ORIGIN)


def test_queries_and_bodies_travel_on_as_they_are(hub: Hub) -> None:
    name = next(each for each in hub.folded if each.startswith("POST "))
    path = name.partition(" ")[2].replace("{shop}", "7")
    bearer, picture = hub.bearer("read"), bytes(range(256)) * 4
    status, said = hub.ask("POST", f"{path}?a=1&a=2&b=%2B", b'{"x": 1}', **bearer, Content_Type="application/json")
    answer = hub.raw("POST", path, picture, **bearer, Content_Type="image/png", Accept="image/png")

    assert (status, said["path"], said["body"]) == (200, f"{path}?a=1&a=2&b=%2B", '{"x": 1}')
    assert (answer[0], answer[2]) == (200, picture)
