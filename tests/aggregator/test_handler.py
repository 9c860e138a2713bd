"""The function as Lambda sees it: its file, its log, its import, and what happens when it is our own fault."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from functions.aggregator.environment import open_environment
from functions.aggregator.handler import serve
from functions.shared.clock import SystemClock
from tests.aggregator.pages import Lambda, gateway, plan, proxy_event, step
from tests.aggregator.upstreams import Service, json_reply

FUNCTIONS = Path(__file__).parents[2] / "functions"
SECRET = "canary-4f1c"


def book(api, url, page):
    return {"version": 1, "api": api, "upstreams": {"main": {"url": url}}, "plans": {"GET /page": page}}


def test_the_handler_answers_from_the_plans_beside_it(tmp_path):
    (tmp_path / "functions").mkdir()
    shutil.copy(FUNCTIONS / "__init__.py", tmp_path / "functions")
    for room in ("aggregator", "shared"):
        shutil.copytree(FUNCTIONS / room, tmp_path / "functions" / room, ignore=shutil.ignore_patterns("plans.json"))
    ask = (
        "import json, sys; from functions.aggregator.handler import handler\n"
        "class Context: get_remaining_time_in_millis = staticmethod(lambda: 9000)\n"
        "print(json.dumps(handler(json.loads(sys.argv[1]), Context)))"
    )
    with Service({"/a": json_reply({"b": 1})}) as service:
        plans = json.dumps(book("portal", service.url, plan(step("a"))))
        (tmp_path / "functions" / "aggregator" / "plans.json").write_text(plans)
        command = [sys.executable, "-c", ask, json.dumps(proxy_event())]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    line, answer = map(json.loads, done.stdout.splitlines())

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"a": {"b": 1}, "missing": []}
    assert answer.keys() == {"statusCode", "headers", "body"}
    assert (line["message"], line["route"], line["steps"]["a"]["status"]) == ("request.answered", "GET /page", 200)


def test_importing_the_handler_leaves_the_slow_libraries_for_later():
    slow = ("boto3", "botocore", "pycurl", "aws_lambda_powertools", "asyncio", "http.client", "ssl", "jsonschema_rs")
    code = f"import sys, functions.aggregator.handler; print([name for name in {slow!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=FUNCTIONS.parent, capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == "[]"


def test_one_line_is_logged_per_request_and_names_no_secret():
    principal = {"sub": SECRET, "claims": json.dumps({"email": SECRET})}
    page = plan(step("a"), step("b", required=False), secured=True)
    with (
        Service({"/a": json_reply({"token": SECRET}), "/b": json_reply(SECRET, 500)}) as service,
        gateway(page, service.url) as portal,
    ):
        portal.get(
            principal=principal,
            headers={"Authorization": SECRET, "traceparent": SECRET},
            queryStringParameters={"q": SECRET},
            body=SECRET,
        )

    ((name, fields),) = portal.log
    assert name == "request.answered"
    assert fields["degraded"] == ["b"]
    assert fields["steps"]["b"].items() >= {"state": "failed", "reason": "status", "status": 500}.items()
    assert SECRET not in repr(portal.log)


def test_an_unknown_route_is_our_fault_and_says_so():
    with gateway(plan(step("a"))) as portal:
        answer = portal.get("/other")

    assert (answer.status, answer.kind) == (500, "no-plan")


def test_what_nobody_foresaw_is_a_problem_without_details():
    class Broken:
        def get_remaining_time_in_millis(self):
            raise RuntimeError(SECRET)

    with gateway(plan(step("a"))) as portal:
        answer = portal.get(context=Broken())

    assert (answer.status, answer.kind) == (500, "internal-error")
    assert SECRET not in answer.text
    assert [name for name, _ in portal.failures] == ["request.failed"]


@pytest.mark.parametrize(
    ("cors", "origin", "headers"),
    [
        (None, "https://a.example", {}),
        ({"origins": ["*"], "credentials": False}, "https://a.example", {"Access-Control-Allow-Origin": "*"}),
        (
            {"origins": ["https://a.example"], "credentials": False},
            "https://a.example",
            {"Access-Control-Allow-Origin": "https://a.example", "Vary": "Origin"},
        ),
        (
            {"origins": ["https://a.example"], "credentials": True},
            "https://a.example",
            {
                "Access-Control-Allow-Origin": "https://a.example",
                "Access-Control-Allow-Credentials": "true",
                "Vary": "Origin",
            },
        ),
        ({"origins": ["https://a.example"], "credentials": True}, "https://evil.example", {"Vary": "Origin"}),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_pages_of_allowed_origins_may_read_answers_and_problems(cors, origin, headers, status):
    with Service({"/a": json_reply({}, status)}) as service:
        plans = book("portal", service.url, plan(step("a")))
        environment = quiet({**plans, "cors": cors} if cors else plans)
        answer = serve(environment, proxy_event(headers={"Origin": origin}), Lambda())
        environment.worlds[0].transport.close()

    assert {n: v for n, v in answer["headers"].items() if n == "Vary" or n.startswith("Access-")} == headers


def quiet(plans):
    return open_environment(plans, variables={}, clock=SystemClock(), log=lambda *_: None, log_failure=lambda *_: None)


def test_several_apis_share_a_function_where_their_routes_differ():
    with Service({"/a": json_reply("a"), "/b": json_reply("b")}) as service:
        shop = book("shop", service.url, plan(step("b")))
        shop["plans"]["GET /shop"] = plan(step("b"))
        environment = quiet({"apis": {"portal": book("portal", service.url, plan(step("a"))), "shop": shop}})
        answers = [serve(environment, proxy_event(path), Lambda()) for path in ("/shop", "/page")]
        for world in environment.worlds:
            world.transport.close()

    assert [answer["statusCode"] for answer in answers] == [200, 500]
    assert "More than one plan" in answers[1]["body"]


def test_plans_of_another_version_are_refused():
    with pytest.raises(ValueError, match="version 2; this code reads 1"):
        quiet({**book("portal", "http://x", plan(step("a"))), "version": 2})


def test_a_warm_environment_keeps_nothing_of_a_request():
    page = plan(step("a", parameters=[]), secured=True)
    with Service({"/a": json_reply({})}) as service, gateway(page, service.url) as portal:
        portal.get(
            principal={"sub": "ada", "scope": "all"}, headers={"traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"}
        )
        portal.get(principal={"sub": "bob"})

    second = service.requests[1].headers
    assert (second["x-headgate-subject"], second["x-headgate-scope"]) == ("bob", "none")
    assert "traceparent" not in second
