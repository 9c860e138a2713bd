"""`headgate why` and `doctor` beside a running gateway: which release, step and upstream, and no secret in what they say."""

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest

from .gateway import Gateway
from .test_canary import edit

pytestmark = pytest.mark.xdist_group("portal")


def why(gateway: Gateway, *arguments: str) -> dict[str, Any]:
    """A trace, with its phases by name."""
    done = gateway.here("why", *arguments, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    return {**told, "by": {phase["phase"]: phase for phase in told["phases"]}}


def bearer(gateway: Gateway, scope: str) -> tuple[str, str]:
    return "--header", f"Authorization: Bearer {gateway.token(sub='ada', scope=scope)}"


def test_every_phase_of_a_request_that_passes(gateway: Gateway) -> None:
    told = why(gateway, "GET", "/users/ada", *bearer(gateway, "users:read"))

    assert [phase["phase"] for phase in told["phases"]] == [
        *("release", "route", "authorizer", "throttle", "validate", "cache", "integration", "answer")
    ]
    assert {phase["outcome"] for phase in told["phases"]} == {"passed"}
    assert told["by"]["route"]["facts"]["resource"] == "/users/{userId}"
    assert told["by"]["authorizer"]["facts"]["statement"].startswith("Allow arn:aws:execute-api:")
    assert told["by"]["integration"]["facts"]["url"].endswith("/users/ada")
    assert told["by"]["answer"]["facts"]["status"] == 200
    assert len(told["by"]["release"]["facts"]["release"]) > 8


def test_a_missing_scope_names_the_policy_and_what_the_document_wants(gateway: Gateway) -> None:
    told = why(gateway, "GET", "/users/ada", *bearer(gateway, "news:read"))
    facts = told["by"]["authorizer"]["facts"]

    assert (told["status"], facts["responseType"], facts["decision"]) == (403, "ACCESS_DENIED", "none")
    assert "the document wants portalId with users:read" in facts["notes"]
    assert facts["said"][0]["reason"] == "operation.forbidden"
    assert "integration" not in told["by"]


def test_no_token_goes_into_what_is_said(gateway: Gateway) -> None:
    token = gateway.token(sub="ada", scope="users:read")
    sent = (
        "--header",
        f"Authorization: Bearer {token}",
        "--header",
        "Cookie: crumbs=7",
        "--header",
        "X-Api-Key: k-secret",
    )
    asked = ("PATCH", "/users/ada", *sent, "--body", '{"name": 7, "secret": "xyzzy"}')
    told = gateway.cli("why", *asked).stdout + gateway.here("why", *asked, "--json").stdout
    told += gateway.here("why", "--last", "5", "--json").stdout

    assert "PATCH" in told
    assert not [secret for secret in (token, "crumbs", "k-secret", "xyzzy") if secret in told]


def test_a_failed_page_is_traced_back_to_release_step_and_upstream(gateway: Gateway) -> None:
    cafes = gateway.services["cafes"]
    headers = gateway.bearer(sub="ada", scope="users:read")
    break_service(cafes, "?broken=true")
    try:
        answer = gateway.get("/portal/cafes/ada", headers=headers)
    finally:
        break_service(cafes, "")
    told = why(gateway, "--request-id", answer.headers["x-amzn-requestid"])
    step = told["by"]["integration"]["facts"]["said"][0]["steps"]

    assert answer.status == 502
    assert told["by"]["release"]["facts"]["release"]
    assert [name for name, result in step.items() if result["state"] != "ok"] == ["cafes"]
    assert step["cafes"]["upstream"] == "cafes"


def test_a_refused_token_is_explained_from_the_logs(gateway: Gateway) -> None:
    answer = gateway.get("/users/ada", headers={"Authorization": "Bearer not.a.token"})
    told = why(gateway, "--request-id", answer.headers["x-amzn-requestid"])
    phase = told["by"]["authorizer"]

    assert (answer.status, phase["outcome"]) == (401, "refused")
    assert [(said["event"], bool(said["reason"])) for said in phase["facts"]["said"]] == [("request.rejected", True)]


def break_service(server: Any, query: str) -> None:
    with urlopen(Request(f"http://127.0.0.1:{server.server_port}/_switch{query}", method="POST")):
        pass


def test_recent_failures_are_listed_without_their_queries(gateway: Gateway) -> None:
    gateway.get("/nowhere/at/all?token=hidden")
    done = gateway.here("why", "--last", "1", "--failed")

    assert "403 MISSING_AUTHENTICATION_TOKEN  GET /nowhere/at/all" in done.stdout
    assert "hidden" not in done.stdout


def test_each_side_of_the_split_can_be_asked(gateway: Gateway) -> None:
    edit(gateway, "dusk")
    try:
        sides = [why(gateway, "GET", "/trending", side)["by"]["release"]["facts"] for side in ("--canary", "--stable")]
        drawn = why(gateway, "GET", "/trending")["by"]["release"]["facts"]
    finally:
        gateway.canary("rollback", "prod")
    canary, stable = sides

    assert [(one["side"], one["why"], one["percent"]) for one in sides] == [
        *(("canary", "forced", 10.0), ("stable", "forced", 10.0))
    ]
    assert canary["release"] != stable["release"]
    assert (drawn["side"] == "canary") == (drawn["draw"] < 10)


def test_another_stage_can_be_asked(gateway: Gateway) -> None:
    assert why(gateway, "GET", "/trending", "--stage", "dev")["by"]["release"]["facts"]["stage"] == "dev"


def test_the_route_that_comes_near_is_named(gateway: Gateway) -> None:
    near = why(gateway, "GET", "/user/ada")["by"]["route"]["facts"]["near"][0]

    assert (near["resource"], near["reason"]) == ("/users/{userId}", "segment 1 is user, not users")


def test_doctor_finds_a_running_gateway_well(gateway: Gateway) -> None:
    done = gateway.cli("doctor", "--json")
    checks = {check["name"]: check for check in map(json.loads, done.stdout.splitlines()) if "name" in check}

    assert {check["name"] for check in checks.values() if check["state"] == "fail"} == set()
    assert checks["local cloud"]["found"] == f"answers at {gateway.endpoint}"
    assert checks["stack headgate-prod"]["found"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert checks["stage prod"]["state"] == "ok"
    assert done.returncode == 0
