"""An API of 700 paths over several REST APIs behind one domain: deployed on the local cloud, called, released."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from headgate.local.cloud import Cloud, CloudConfig
from infra.app import synthesize

HOST = "api.example.com"
GATEWAY = """\
name: large
apis: {shop: {documents: [openapi/shop.json]}}
upstreams: {shop: {url: "https://shop.internal.example.com", local: "http://127.0.0.1:PORT"}}
issuers: {id: {issuer: "https://id.example.com/", audience: [shop], schemes: [oidc], local: provider}}
environments:
  prod:
    stages: {prod: {canary: {percent: 0}}}
    domains:
      shop: {name: api.example.com, certificate: "arn:aws:acm:us-east-1:123456789012:certificate/0f1e"}
"""


def paths() -> dict[str, Any]:
    """700 paths: two large blocks under /v1, one beside it, and small ones; every tenth operation is secured."""
    blocks = {"v1/customers": 110, "v1/charges": 90, "catalogue": 120, "v1": 10, "": 20}
    found: dict[str, Any] = {}
    for block, count in blocks.items():
        for number in range(count):
            base = f"/{block}/{chr(97 + number % 26)}{number}".replace("//", "/")
            found |= {base: {"get": operation(base)}, f"{base}/{{id}}": {"get": operation(f"{base}/{{id}}")}}
    return found


def operation(path: str) -> dict[str, Any]:
    variables = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}] if "{" in path else []
    is_secured = len(path) % 10 == 0
    return {
        "parameters": variables,
        "security": [{"oidc": []}] if is_secured else [],
        "responses": {"200": {"description": "OK"}},
    }


class Echo(BaseHTTPRequestHandler):
    """Says what it was asked."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, "subject": self.headers.get("X-Headgate-Subject")}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@dataclass
class Deployed:
    """The project on a cloud."""

    cloud: Cloud
    project: Path
    documents: dict[str, Any] = field(default_factory=paths)

    def deploy(self, **more: str) -> Any:
        schemes = {"oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://id.example.com/x"}}
        document = {
            "openapi": "3.1.0",
            "info": {"title": "Shop", "version": "1"},
            "x-headgate": {"upstream": "shop"},
            "paths": self.documents,
            "components": {"securitySchemes": schemes},
        }
        (self.project / "openapi" / "shop.json").write_text(json.dumps(document))
        port = self.cloud.endpoint_url.rpartition(":")[2]
        context = {"headgate:local": "true", "headgate:port": port, "headgate:canary": "0", **more}
        made = synthesize(self.project, outdir=self.project / "out", context=context)
        result = self.cloud.deploy(made.assembly, made.stacks[0])
        assert result.ok, result.failures
        return result

    def get(self, path: str, *, host: str = HOST, base: str = "", **headers: str) -> tuple[int, Any]:
        url = urlsplit(base or self.cloud.http_url)
        assert url.hostname
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
        connection.request("GET", path, headers={"Host": host, **headers})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        return answer.status, body

    def ask(self, command: str, **more: Any) -> dict[str, Any]:
        payload = json.dumps({"command": command, "stage": "prod", **more})
        client = self.cloud.clients.client("lambda")
        answer = client.invoke(FunctionName="large-prod-release", Payload=payload)
        found: dict[str, Any] = json.loads(answer["Payload"].read())
        assert found["ok"], found
        return found

    def outputs(self) -> dict[str, str]:
        stacks = self.cloud.clients.client("cloudformation").describe_stacks(StackName="large-prod")["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}

    def token(self) -> str:
        url = urlsplit(self.cloud.endpoint_url)
        assert url.hostname
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
        form = "grant_type=client_credentials&aud=shop&sub=ada&format=text"
        connection.request("POST", "/_headgate/oidc/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
        token = connection.getresponse().read().decode()
        connection.close()
        return token


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    project = tmp_path_factory.mktemp("large")
    (project / "openapi").mkdir()
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=upstream.serve_forever, args=(0.05,), daemon=True).start()
    (project / "gateway.yaml").write_text(GATEWAY.replace("PORT", str(upstream.server_port)))
    with Cloud(CloudConfig(port=0, http_port=0, notice=lambda text: None)) as cloud:
        made = Deployed(cloud, project)
        made.deploy()
        yield made
    upstream.shutdown()
    upstream.server_close()


def parts(deployed: Deployed) -> dict[str, str]:
    """base path -> REST API id."""
    listed = [part.partition("=") for part in deployed.outputs()["PartsShop"].split(",")]
    return {base: api for api, _, base in listed}


def test_every_operation_answers_through_the_domain(deployed: Deployed) -> None:
    bearer = {"Authorization": f"Bearer {deployed.token()}"}
    answers = {path: deployed.get(path.replace("{id}", "7"), **bearer) for path in deployed.documents}

    assert len(parts(deployed)) >= 3
    assert len(answers) == 700
    assert Counter(status for status, _ in answers.values()) == {200: 700}
    assert {path: body["path"] for path, (_, body) in answers.items()} == {p: p.replace("{id}", "7") for p in answers}
    assert Counter(body["subject"] for _, body in answers.values()).keys() == {"ada", "anonymous"}


def test_nobody_gets_in_without_a_token_under_any_base_path(deployed: Deployed) -> None:
    secured = [path for path, item in deployed.documents.items() if item["get"]["security"]]

    assert Counter(deployed.get(path.replace("{id}", "7"))[0] for path in secured) == {401: len(secured)}


def test_the_aws_port_answers_to_the_domain_as_well(deployed: Deployed) -> None:
    answer = deployed.get("/v1/customers/a0/7", base=deployed.cloud.endpoint_url)

    assert answer == (200, {"path": "/v1/customers/a0/7", "subject": "anonymous"})


def test_any_other_host_on_the_friendly_port_shows_what_was_chosen(deployed: Deployed) -> None:
    assert deployed.get("/catalogue/b1", host="localhost")[0] == 403
    deployed.cloud.show(parts(deployed), "prod")

    assert deployed.get("/catalogue/b1", host="localhost")[1]["path"] == "/catalogue/b1"
    assert deployed.get("/v1/charges/a0", host="localhost")[1]["path"] == "/v1/charges/a0"
    assert deployed.get("/a0", host="localhost")[1]["path"] == "/a0"


def test_the_apis_have_no_address_of_their_own_beside_the_domain(deployed: Deployed) -> None:
    for api_id in parts(deployed).values():
        url = f"/_aws/execute-api/{api_id}/prod/a0"
        assert deployed.get(url, host="localhost", base=deployed.cloud.endpoint_url) == (403, {"message": "Forbidden"})


def test_a_release_of_a_split_api_moves_all_parts_together(deployed: Deployed) -> None:
    deployed.documents["/a0"]["get"]["x-headgate"] = {"rewrite": {"path": "/second/a0"}}
    deployed.documents["/v1/charges/a0"]["get"]["x-headgate"] = {"rewrite": {"path": "/second/charges"}}
    deployed.deploy()

    def seen() -> list[str]:
        return [deployed.get(path)[1]["path"] for path in ("/a0", "/v1/charges/a0")]

    assert seen() == ["/a0", "/v1/charges/a0"]  # a canary of 0 %
    deployed.ask("set", percent=100)
    assert seen() == ["/second/a0", "/second/charges"]
    deployed.ask("promote")
    assert seen() == ["/second/a0", "/second/charges"]
    deployed.ask("undo")
    assert seen() == ["/a0", "/v1/charges/a0"]


def test_an_api_that_became_small_is_one_again_and_may_grow_back(deployed: Deployed) -> None:
    everything = dict(deployed.documents)
    kept = [path for path in everything if path.startswith("/v1/charges")][:40]
    deployed.documents = {path: item for path, item in everything.items() if path in kept or path.count("/") == 1}
    deployed.deploy(**{"headgate:canary": ""})

    assert "PartsShop" not in deployed.outputs()
    assert deployed.get("/v1/charges/b1")[0] == 200
    assert deployed.get("/catalogue/b1")[0] == 403
    deployed.documents = everything
    deployed.deploy(**{"headgate:canary": "", "headgate:retry": "true"})
    assert len(parts(deployed)) >= 3
    assert [deployed.get(path)[0] for path in ("/v1/charges/b1", "/catalogue/b1", "/a0")] == [200, 200, 200]
