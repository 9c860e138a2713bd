"""Composed pages through the handler, with real HTTP services: what a client gets when parts are fine, slow or broken."""

import threading
import time

import pytest

from tests.aggregator.pages import Lambda, after, gateway, plan, query, step
from tests.aggregator.upstreams import Service, json_reply, slow

NAMES = ("news", "trending", "ad", "weather", "cafes")
USER = step("user", outputs={"id": {"value": {"body": ["id"]}, "types": ["string"], "optional": False}})
USER_ID = query("userId", {"step": "user", "output": "id", "pointer": []})
CAFES = step("cafes", parameters=[USER_ID], **after("user"))
RECOMMENDATIONS = step(
    "recommendations",
    parameters=[USER_ID],
    required=False,
    fallback={"kind": "value", "value": []},
    timeoutSeconds=1.0,
    **after("user"),
)
CAFE_PAGE = plan(USER, CAFES, RECOMMENDATIONS)
WELL = {
    "/user": json_reply({"id": "u1"}),
    "/cafes": json_reply([{"id": "c1"}]),
    "/recommendations": json_reply([{"id": "r1"}]),
}


def test_five_independent_steps_run_side_by_side():
    all_here = threading.Barrier(5)

    def together(exchange):
        all_here.wait(timeout=10)  # breaks when one is only sent after another was answered
        json_reply({"target": exchange.target})(exchange)

    page = plan(*(step(name, timeoutSeconds=20.0) for name in NAMES), timeoutSeconds=25.0)
    with Service({f"/{name}": together for name in NAMES}) as service, gateway(page, service.url) as portal:
        answer = portal.get()

    assert answer.status == 200
    assert answer.json == {**{name: {"target": f"/{name}"} for name in NAMES}, "missing": []}
    assert "x-headgate-degraded" not in answer.headers


def test_a_step_gets_what_it_asked_of_an_earlier_one():
    with Service(WELL) as service, gateway(CAFE_PAGE, service.url) as portal:
        answer = portal.get()

    assert answer.json["recommendations"] == [{"id": "r1"}]
    assert service.requests[0].target == "/user"
    assert {seen.target for seen in service.requests[1:]} == {"/cafes?userId=u1", "/recommendations?userId=u1"}


@pytest.mark.parametrize(
    ("behaviour", "degraded"),
    [
        pytest.param(json_reply({}, 503), "recommendations;reason=status;status=503", id="broken"),
        pytest.param(slow(5, json_reply([])), "recommendations;reason=timeout", id="slow"),
    ],
)
def test_a_page_without_its_optional_part_says_so(behaviour, degraded):
    with Service({**WELL, "/recommendations": behaviour}) as service, gateway(CAFE_PAGE, service.url) as portal:
        answer = portal.get()

    assert answer.status == 200
    assert answer.json["recommendations"] == []
    assert answer.json["missing"] == [{"step": "recommendations", "reason": degraded.split("=")[1].split(";")[0]}]
    assert answer.headers["x-headgate-degraded"] == degraded
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_without_its_required_part_is_an_error():
    with (
        Service({**WELL, "/cafes": json_reply({"secret": "s3"}, 500)}) as service,
        gateway(CAFE_PAGE, service.url) as portal,
    ):
        answer = portal.get()

    assert (answer.status, answer.kind) == (502, "upstream-failed")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["step"] == "cafes"
    assert answer.json["requestId"] == "request-1"
    assert "s3" not in answer.text
    assert str(service.port) not in answer.text


@pytest.mark.parametrize(
    ("behaviour", "declared", "status", "kind"),
    [
        pytest.param(json_reply({}, 404), [200, 404], 404, "not-found", id="404-declared"),
        pytest.param(json_reply({}, 404), [200], 502, "upstream-failed", id="404-undeclared"),
        pytest.param(json_reply({}, 400), [200, 400], 400, "upstream-refused", id="400-declared"),
        pytest.param(json_reply({}, 409), [200, 409], 409, "conflict", id="409-declared"),
        pytest.param(json_reply({}, 410), [200, 410], 410, "gone", id="410-declared"),
        pytest.param(json_reply({}, 422), [200, 422], 422, "unprocessable", id="422-declared"),
        pytest.param(json_reply({}, 401), [200, 401], 502, "upstream-failed", id="401-is-ours"),
        pytest.param(json_reply({}, 403), [200, 403], 502, "upstream-failed", id="403-is-ours"),
        pytest.param(json_reply({}, 500), [200, 500], 502, "upstream-failed", id="500"),
        pytest.param(json_reply({}, 302, Location="/elsewhere"), [200], 502, "upstream-failed", id="redirect"),
        pytest.param(json_reply({}, 429, Retry_After="7"), [200], 503, "upstream-busy", id="429"),
        pytest.param(slow(5, json_reply({})), [200], 504, "upstream-timeout", id="timeout"),
    ],
)
def test_a_required_steps_failure_becomes_the_answer(behaviour, declared, status, kind):
    page = plan(step("cafes", timeoutSeconds=1.0), declared=declared)
    with Service({"/cafes": behaviour}) as service, gateway(page, service.url) as portal:
        answer = portal.get()

    assert (answer.status, answer.kind) == (status, kind)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", "7"), ("999999999", "3600"), ("soon", "1"), ("Wed, 21 Oct 2015 07:28:00 GMT", "0")],
)
def test_a_busy_service_tells_the_client_when_to_come_back(header, seconds):
    busy = json_reply({}, 429, Retry_After=header)
    with Service({"/cafes": busy}) as service, gateway(plan(step("cafes")), service.url) as portal:
        answer = portal.get()

    assert answer.headers["Retry-After"] == seconds


def test_a_refusal_of_the_clients_own_token_is_passed_on():
    page = plan(step("cafes", forwardAuthorization=True))
    with Service({"/cafes": json_reply({}, 403)}) as service, gateway(page, service.url) as portal:
        answer = portal.get(headers={"Authorization": "Bearer client"})

    assert (answer.status, answer.kind) == (403, "access-denied")
    assert service.requests[0].headers["authorization"] == "Bearer client"


@pytest.mark.parametrize(
    ("context", "settings"),
    [
        pytest.param(Lambda(), {"timeoutSeconds": 1.0}, id="the plan's timeout"),
        pytest.param(Lambda(remaining_milliseconds=1500), {}, id="what Lambda has left"),
    ],
)
def test_a_slow_optional_part_does_not_hold_the_answer_past_the_deadline(context, settings):
    page = plan(step("news"), step("weather", required=False, timeoutSeconds=20.0), **settings)
    well = {"/news": json_reply(["n"]), "/weather": slow(20, json_reply({}))}
    with Service(well) as service, gateway(page, service.url) as portal:
        began = time.monotonic()
        answer = portal.get(context=context)

    assert time.monotonic() - began < 10
    assert answer.json == {"news": ["n"], "weather": None, "missing": [{"step": "weather", "reason": "timeout"}]}


def test_steps_in_a_row_share_one_deadline():
    page = plan(step("a"), step("b", **after("a")), step("c", **after("b")), timeoutSeconds=0.8)
    with (
        Service({f"/{name}": slow(0.3, json_reply({})) for name in "abc"}) as service,
        gateway(page, service.url) as portal,
    ):
        began = time.monotonic()
        answer = portal.get()

    assert answer.status == 504
    assert time.monotonic() - began < 3


def test_no_time_left_is_a_timeout_without_a_call():
    with Service({}) as service, gateway(plan(step("a")), service.url) as portal:
        answer = portal.get(context=Lambda(remaining_milliseconds=400))

    assert (answer.status, answer.kind) == (504, "upstream-timeout")
    assert service.requests == []


def test_a_step_that_needs_a_missing_part_is_missing_too_and_its_root_cause_is_told():
    page = plan(step("user", required=False), step("cafes", **after("user")))
    with Service({"/user": json_reply({}, 404)}) as service, gateway(page, service.url) as portal:
        answer = portal.get()

    assert answer.status == 502
    assert answer.json["detail"] == "Step user failed."


def test_the_first_failure_in_plan_order_is_the_answer_whichever_came_first():
    page = plan(step("slow", timeoutSeconds=0.5), step("quick"))
    behaviours = {"/slow": slow(3, json_reply({})), "/quick": json_reply({}, 500)}
    with Service(behaviours) as service, gateway(page, service.url) as portal:
        answer = portal.get()

    assert (answer.status, answer.json["step"]) == (504, "slow")


def test_an_unreachable_service_is_a_bad_gateway():
    with gateway(plan(step("cafes")), "http://127.0.0.1:9") as portal:
        answer = portal.get()

    assert (answer.status, answer.json["detail"]) == (502, "Step cafes could not be reached.")


def test_an_answer_larger_than_lambda_takes_is_an_error_and_not_a_cut():
    part = json_reply("x" * 4_000_000)
    page = plan(step("a"), step("b"))
    with Service({"/a": part, "/b": part}) as service, gateway(page, service.url) as portal:
        answer = portal.get()

    assert (answer.status, answer.kind) == (502, "answer-too-large")


def test_an_upstreams_names_cannot_reach_other_parts():
    page = plan(step("orders"), step("users"))
    hostile = {"users": "x", "__proto__": {}, "missing": ["y"], "$degraded": 1}
    with (
        Service({"/orders": json_reply(hostile), "/users": json_reply(["u"])}) as service,
        gateway(page, service.url) as portal,
    ):
        answer = portal.get()

    assert answer.json == {"orders": hostile, "users": ["u"], "missing": []}


def test_unmet_criteria_are_a_failure():
    ready = [{"op": "==", "left": {"body": ["state"]}, "right": {"const": "READY"}}]
    page = plan(step("job", success=ready))
    with Service({"/job": json_reply({"state": "queued"})}) as service, gateway(page, service.url) as portal:
        answer = portal.get()

    assert (answer.status, answer.json["detail"]) == (502, "Step job did not meet its success criteria.")


def test_the_answer_may_have_a_status_headers_and_a_body_of_its_own():
    respond = {
        "status": 203,
        "headers": {"X-Name": {"step": "user", "output": "body", "pointer": ["name"]}, "X-Bad": {"const": "a\r\nb"}},
        "body": {"step": "user", "output": "body", "pointer": ["tags"]},
    }
    with (
        Service({"/user": json_reply({"name": "Ada", "tags": [1]})}) as service,
        gateway(plan(step("user"), respond=respond), service.url) as portal,
    ):
        answer = portal.get()

    assert (answer.status, answer.json, answer.headers["X-Name"]) == (203, [1], "Ada")
    assert "X-Bad" not in answer.headers
