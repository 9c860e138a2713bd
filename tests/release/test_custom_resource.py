"""CloudFormation always gets an answer at the event's URL: success with attributes, or a failure that says why."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from functions.release.autopilot import Autopilot
from functions.release.handler import run_custom_resource

from .world import PUBLISH, ROLLOUT, World


class Inbox(BaseHTTPRequestHandler):
    """CloudFormation's side: keeps what is put."""

    def do_PUT(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.answers.append(json.loads(self.rfile.read(length)))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
        """Say nothing."""


@pytest.fixture
def inbox() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Inbox)
    server.answers = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def event(inbox: HTTPServer, kind: str, **more: Any) -> dict[str, Any]:
    port = inbox.server_address[1]
    return {
        "RequestType": "Create",
        "ResourceType": kind,
        "ResponseURL": f"http://127.0.0.1:{port}/answer",
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/headgate-prod/1",
        "RequestId": "request-1",
        "LogicalResourceId": "ProdPublish",
        "ResourceProperties": {
            "RestApis": [{"id": "api1", "name": "portal"}],
            "StageName": "prod",
            "ReleaseId": "r1",
            "StageConfigDigest": "1",
        },
        **more,
    }


def answered(inbox: HTTPServer) -> dict[str, Any]:
    (found,) = inbox.answers  # type: ignore[attr-defined]
    return dict(found)


def test_publishing_answers_with_its_attributes(inbox: HTTPServer):
    run_custom_resource(event(inbox, PUBLISH), lambda: World().autopilot, "owner")

    assert answered(inbox) == {
        "Status": "SUCCESS",
        "Reason": "",
        "PhysicalResourceId": "headgate-ProdPublish",
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/headgate-prod/1",
        "RequestId": "request-1",
        "LogicalResourceId": "ProdPublish",
        "Data": {"DeploymentId": "d1", "StableDeploymentId": "d1"},
    }


def test_a_refusal_fails_the_stack_with_its_reason_and_way_on(inbox: HTTPServer):
    world = World()
    world.deploy("r1")
    world.deploy("r2")
    world.ask("rollback")
    properties = {**event(inbox, ROLLOUT)["ResourceProperties"], "ReleaseId": "r2", "DeploymentId": "d2"}

    run_custom_resource(event(inbox, ROLLOUT, ResourceProperties=properties), lambda: world.autopilot, "owner")

    answer = answered(inbox)
    assert answer["Status"] == "FAILED"
    assert "release r2 was rolled back from stage prod before (change something" in answer["Reason"]


def test_a_fault_of_ours_is_answered_too(inbox: HTTPServer):
    def broken() -> Autopilot:
        raise RuntimeError("no table")

    with pytest.raises(RuntimeError):
        run_custom_resource(event(inbox, PUBLISH), broken, "owner")

    assert answered(inbox)["Reason"] == "RuntimeError: no table"


def test_the_physical_id_never_changes(inbox: HTTPServer):
    told = event(inbox, PUBLISH, RequestType="Delete", PhysicalResourceId="headgate-first")

    run_custom_resource(told, lambda: World().autopilot, "owner")

    answer = answered(inbox)
    assert (answer["PhysicalResourceId"], answer["Data"]) == ("headgate-first", {})


def test_a_long_reason_fits_into_cloudformations_limit(inbox: HTTPServer):
    def broken() -> Autopilot:
        raise RuntimeError("x" * 10_000)

    with pytest.raises(RuntimeError):
        run_custom_resource(event(inbox, PUBLISH), broken, "owner")

    assert len(json.dumps(answered(inbox))) < 4096
