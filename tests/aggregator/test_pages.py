"""Composed pages through the handler, with real HTTP services: what a client gets when parts are fine, slow or broken."""

import time

import pytest

from tests.aggregator.pages import after, gateway, plan, query, step
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
    timeoutSeconds=0.3,
    **after("user"),
)
CAFE_PAGE = plan(USER, CAFES, RECOMMENDATIONS)
WELL = {
    "/user": json_reply({"id": "u1"}),
    "/cafes": json_reply([{"id": "c1"}]),
    "/recommendations": json_reply([{"id": "r1"}]),
}


def test_five_independent_steps_run_side_by_side():
    behaviours = {f"/{name}": slow(0.2, json_reply({"from": name})) for name in NAMES}
    with Service(behaviours) as service, gateway(plan(*map(step, NAMES)), service.url) as portal:
        began = time.monotonic()
        answer = portal.get()

    assert answer.status == 200
    assert answer.json == {**{name: {"from": name} for name in NAMES}, "missing": []}
    assert time.monotonic() - began < 0.7  # one after another they would take a second
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
    with Service({**WELL, "/cafes": json_reply({"secret": "s3"}, 500)}) as service:
        with gateway(CAFE_PAGE, service.url) as portal:
            answer = portal.get()

    assert (answer.status, answer.kind) == (502, "upstream-failed")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["step"] == "cafes"
    assert answer.json["requestId"] == "request-1"
    assert "s3" not in answer.text
    assert str(service.port) not in answer.text
