"""`headgate why` where no local cloud traces: usage, the project's static answer, logs, and how a trace reads."""

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from headgate import spec
from headgate.cli import why_log, why_project, why_view
from headgate.cli.output import CommandError
from headgate.cli.releases import StageAddress
from headgate.cli.target import Cloud
from headgate.cli.why import named_stage
from headgate.cli.why_place import Where
from headgate.cli.why_routes import find, near

from .conftest import Headgate
from .documents import LOCKED, file, project

NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens
ID = "6b0f3ad0-5a7c-4a63-9d1b-7a3f2f1f9a10"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("GET",),
        ("GET", "/a", "--last"),
        ("GET", "/a", "--request-id", ID),
        ("GET", "/a", "--canary", "--stable"),
        ("GET", "/a", "--failed"),
        ("--last", "many"),
        ("G3T", "/a"),
        ("--request-id", "a b"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_usage(headgate: Headgate, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    project(tmp_path)

    assert headgate("why", *arguments, "--endpoint-url", NOBODY).code == 2


def test_failed_alone_names_what_it_goes_with(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("why", "--failed", "--endpoint-url", NOBODY)

    assert (done.code, "--failed goes with --last" in done.err) == (2, True)


def test_a_header_without_a_name_is_told_by_its_number_and_not_repeated(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("why", "GET", "/a", "--header", "Accept: x", "--header", "Bearer s3cret")

    assert done.code == 2
    assert "--header number 2" in done.err
    assert "s3cret" not in done.err + done.out


def test_a_body_file_that_is_not_there_is_named(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("why", "POST", "/a", "--body", "@nowhere.json", "--endpoint-url", NOBODY)

    assert done.code == 1
    assert "@nowhere.json: No such file" in done.err


def test_a_cloud_that_does_not_answer(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("why", "GET", "/tickets/7", "--endpoint-url", NOBODY)

    assert done.code == 1
    assert f"{NOBODY} does not answer" in done.err
    assert "headgate up" in done.err


def test_last_needs_a_local_cloud(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("why", "--last", "--aws")

    assert done.code == 1
    assert "--last needs a local cloud" in done.err


def test_an_unknown_stage_names_the_known_ones(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("why", "GET", "/a", "--stage", "prod")

    assert done.code == 1
    assert "dev, live" in done.err


@pytest.fixture
def cloud() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A local cloud that answers every trace with one route, and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            told = {"phases": [{"phase": "answer", "outcome": "passed", "facts": {"status": 200}}], "request": {}}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def do_GET(self) -> None:
            self.send_response(400)
            self.end_headers()
            self.wfile.write(b'{"message": "last=x: must be a number"}')

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_what_is_sent_to_the_local_cloud(
    headgate: Headgate, tmp_path: Path, cloud: tuple[str, list[dict[str, Any]]]
) -> None:
    project(tmp_path)
    file(tmp_path / "body.json", "{}")
    sent = ("--header", "X-A: b: c", "--body", "@body.json", "--canary", "--endpoint-url", cloud[0])
    done = headgate("why", "post", "tickets/7?x=1", *sent)
    asked = cloud[1][0]

    assert (done.code, asked["method"], asked["path"], asked["side"]) == (0, "POST", "/tickets/7?x=1", "canary")
    assert ["X-A", "b: c"] in asked["headers"]
    assert ["Content-Type", "application/json"] in asked["headers"]
    assert asked["body"] == "e30="
    assert "x=1" not in done.out  # a query may hold secrets


def test_a_whole_url_says_which_host_is_meant(
    headgate: Headgate, tmp_path: Path, cloud: tuple[str, list[dict[str, Any]]]
) -> None:
    headgate("why", "GET", "http://localhost:4566/_aws/execute-api/a1/dev/x?y", "--endpoint-url", cloud[0])

    assert (cloud[1][0]["host"], cloud[1][0]["path"]) == ("localhost:4566", "/_aws/execute-api/a1/dev/x?y")


def test_what_the_local_cloud_refuses_is_told(
    headgate: Headgate, tmp_path: Path, cloud: tuple[str, list[dict[str, Any]]]
) -> None:
    done = headgate("why", "--last", "5", "--endpoint-url", cloud[0])

    assert done.code == 1
    assert "must be a number" in done.err


def test_on_aws_the_project_is_explained_and_nothing_sent(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("why", "GET", "/tickets/7", "--aws", "--json")
    phases = {phase["phase"]: phase for phase in done.lines[0]["phases"]}

    assert done.code == 0
    assert "nothing was sent to AWS" in done.err
    assert done.lines[0]["source"] == "project"
    assert phases["route"]["facts"]["resource"] == "/tickets/{id}"
    assert phases["authorizer"]["facts"]["authorization"] == "NONE"
    assert phases["integration"]["facts"]["uri"] == "https://tickets.example.org/api/tickets/{id}"
    assert {phase["outcome"] for phase in phases.values()} == {"unknown"}


def test_a_body_that_is_not_there_is_told_without_a_cloud_too(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("why", "POST", "/tickets", "--aws", "--body", "@nowhere.json")

    assert done.code == 1
    assert "--body @nowhere.json: No such file or directory" in done.err


def test_what_nobody_was_asked_does_not_look_like_an_answer_of_aws(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("why", "GET", "/tickets/7", "--aws")

    assert "as the project says" in done.out
    assert "`headgate up` makes and traces requests" in done.err


def test_on_aws_a_path_without_route_names_the_nearest(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("why", "GET", "/ticket/7", "--aws")

    assert "none for GET /ticket/7; AWS answers 403, not 404 or 405" in done.out
    assert "/tickets/{id} segment 1 is ticket, not tickets" in done.out
    assert "MISSING_AUTHENTICATION_TOKEN: no method serves this path and verb (FACTS 1.3)" in done.out


def test_what_the_document_wants_is_in_the_static_answer(tmp_path: Path) -> None:
    file(tmp_path / "locked.yaml", LOCKED)
    target = spec.Target("dev", local=True, unbound="test")
    compiled, _ = spec.compile_document(tmp_path / "locked.yaml", target)
    assert compiled is not None
    told = why_project.static_trace(compiled.apis[0], "GET", "/rooms", "dev")
    authorizer = next(phase["facts"] for phase in told["phases"] if phase["phase"] == "authorizer")

    assert authorizer["notes"] == ["the document wants office"]
    assert "identity sources" in authorizer["authorizer"]


class FakeStack:
    """A cloud whose stack has the outputs of an API that is split into two parts."""

    is_local = True

    def __init__(self, parts: str) -> None:
        self.values = {"RestApiIdApi": "whole", **({"PartsApi": parts} if parts else {})}

    def client(self, _: str) -> "FakeStack":
        return self

    def describe_stacks(self, **_: str) -> Mapping[str, Any]:
        return {"Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": one} for key, one in self.values.items()]}]}


@pytest.mark.parametrize(
    ("parts", "path", "api", "inner"),
    [
        ("", "/users/7?x=/y", "whole", "/users/7?x=/y"),
        ("a1=,b2=/users", "/users/7", "b2", "/7"),
        ("a1=,b2=/users", "/users?x", "b2", "?x"),
        ("a1=,b2=/users", "/usersandmore", "a1", "/usersandmore"),
    ],
)
def test_a_named_stage_of_a_split_api_is_asked_in_the_part_that_serves(
    parts: str, path: str, api: str, inner: str
) -> None:
    address = StageAddress("dev", "dev", "tickets-dev", cast(Cloud, FakeStack(parts)))
    named = named_stage(Where(address.cloud, "dev", None, address), path)

    assert named == {"api": api, "stage": "dev", "path": inner if inner.startswith("/") else f"/{inner}"}


LINE: Mapping[str, Any] = {
    "requestId": ID,
    "stage": "prod",
    "apiId": "a1",
    "deploymentId": "d1",
    "isCanaryRequest": "true",
    "httpMethod": "GET",
    "resourcePath": "/users/{id}",
    "status": 200,
    "responseLatency": 12,
    "integrationStatus": "200",
    "integrationLatency": "9",
    "authorizerStatus": "200",
    "authorizerLatency": "2",
    "errorType": "-",
}


def phases_of(line: Mapping[str, Any], *own: Mapping[str, Any]) -> dict[str, Any]:
    told = why_log.trace(line, own, "r1")
    return {phase["phase"]: phase for phase in told["phases"]}


def test_a_log_line_says_what_it_says_and_what_it_does_not() -> None:
    phases = phases_of(LINE)

    assert phases["release"]["facts"]["side"] == "canary"
    assert phases["release"]["facts"]["release"] == "r1"
    assert "the line does not say the draw of the split" in phases["release"]["facts"]["notes"]
    assert "the line names no API key, plan or bucket" in phases["throttle"]["facts"]["notes"]
    assert phases["answer"]["milliseconds"] == 12


@pytest.mark.parametrize(
    ("kind", "status", "phase"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", 403, "route"),
        ("UNAUTHORIZED", 401, "authorizer"),
        ("THROTTLED", 429, "throttle"),
        ("BAD_REQUEST_BODY", 400, "validate"),
        ("INTEGRATION_TIMEOUT", 504, "integration"),
    ],
)
def test_a_gateway_response_is_put_where_it_arose(kind: str, status: int, phase: str) -> None:
    phases = phases_of({**LINE, "errorType": kind, "status": status})

    assert phases[phase]["outcome"] == ("refused" if status < 500 else "failed")
    assert list(phases)[-2:] == [phase, "answer"]


def test_steps_come_from_the_functions_own_line() -> None:
    own = {"message": "request.answered", "request_id": ID, "steps": {"cafes": {"state": "failed"}}, "token": "s3cret"}
    said = phases_of(LINE, own)["integration"]["facts"]["said"]

    assert said == [{"event": "request.answered", "steps": {"cafes": {"state": "failed"}}}]


def test_an_integration_error_is_not_quoted() -> None:
    line = {**LINE, "integrationError": 'malformed Lambda proxy response: {"token": "s3cret"}', "status": 502}
    notes = phases_of({**line, "errorType": "DEFAULT_5XX"})["integration"]["facts"]["notes"]

    assert "integration error: malformed Lambda proxy response" in notes
    assert "s3cret" not in str(notes)


class FakeLogs:
    """A Logs client whose groups are a dictionary; a group may be an error code."""

    def __init__(self, groups: Mapping[str, Any]) -> None:
        self.groups = groups

    def get_paginator(self, _: str) -> "FakeLogs":
        return self

    def paginate(self, *, logGroupName: str, filterPattern: str) -> Iterator[Mapping[str, Any]]:  # noqa: N803 AWS's names
        lines = self.groups.get(logGroupName, "ResourceNotFoundException")
        if isinstance(lines, str):
            raise ClientError({"Error": {"Code": lines, "Message": "no"}}, "FilterLogEvents")
        yield {"events": [{"message": line} for line in lines if filterPattern.strip('"') in line]}


def test_lines_are_found_by_request_id_and_others_skipped() -> None:
    lines = [json.dumps(LINE), f"no json {ID}", json.dumps({"requestId": "other"})]
    logs = why_log.Logs(FakeLogs({"g": lines}))

    assert [line["requestId"] for line in logs.find("g", ID)] == [ID]
    assert list(logs.find("gone", ID)) == []


def test_a_group_that_may_not_be_read_names_the_permission() -> None:
    with pytest.raises(CommandError) as refused:
        list(why_log.Logs(FakeLogs({"g": "AccessDeniedException"})).find("g", ID))

    assert "logs:FilterLogEvents" in refused.value.fix


ROUTES = {"/users/{id}": ["GET"], "/users/me": ["POST"], "/files/{path+}": ["ANY"], "/": ["GET"]}


@pytest.mark.parametrize(
    ("method", "path", "resource"),
    [
        ("GET", "/users/me", "/users/{id}"),
        ("POST", "/users/me/", "/users/me"),
        ("PUT", "/files/a/b", "/files/{path+}"),
        ("TRACE", "/files/a", None),
        ("GET", "/files", None),
        ("GET", "", "/"),
    ],
)
def test_routes_are_found_as_the_gateway_finds_them(method: str, path: str, resource: str | None) -> None:
    assert find(ROUTES, method, path) == resource


def test_near_routes_say_why_they_do_not_serve() -> None:
    assert [(one.resource, one.reason) for one in near(ROUTES, "DELETE", "/users/7")] == [
        ("/users/{id}", "has GET, not DELETE")
    ]
    assert near(ROUTES, "GET", "/users/7/pets")[0].reason == "has 2 segments, not 3"
    assert near(ROUTES, "GET", "/nothing/like/it") == []


def test_a_trace_reads_in_the_gateways_order_and_names_what_was_not_reached() -> None:
    refused = {"responseType": "THROTTLED", "cause": "over the rate limit", "message": "Too Many Requests"}
    phases = [
        {"phase": "release", "outcome": "passed", "facts": {"side": "stable", "stage": "prod", "why": "no canary"}},
        {"phase": "throttle", "outcome": "refused", "facts": refused},
        {"phase": "answer", "outcome": "passed", "facts": {"status": 429}},
    ]
    lines = list(why_view.lines({"phases": phases}))

    assert [(line.phase, line.outcome) for line in lines] == [
        *(("release", "passed"), ("throttle", "refused"), ("answer", "refused"), ("not reached", "unknown"))
    ]
    assert "THROTTLED: over the rate limit (FACTS 1.5, 7.5)" in lines[1].texts
    assert lines[-1].texts == ("route, authorizer, validate, cache, integration",)


def test_an_edge_reads_as_the_operation_it_meant() -> None:
    said = {"event": "request.answered", "operation": "POST /v1/{id}:revoke", "upstream": "verify", "status": 200}
    facts = {"type": "AWS_PROXY", "function": "aggregator:1", "said": [said], "status": 200}

    assert list(why_view.integration(facts)) == [
        *("AWS_PROXY aggregator:1", "edge: POST /v1/{id}:revoke, upstream verify", "answered 200")
    ]
