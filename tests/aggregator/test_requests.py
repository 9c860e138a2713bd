"""What leaves the aggregator: nothing a client or an upstream says can change where it goes or who it says it is."""

import pytest

from tests.aggregator.pages import after, gateway, plan, query, step, text_input
from tests.aggregator.upstreams import Service, json_reply

USER_ID = {"input": "userId", "pointer": []}
BY_ID = {"parameters": [{"in": "path", "name": "userId", "value": USER_ID, "required": True}]}
USER_PAGE = plan(step("user", "/users/{userId}", **BY_ID), inputs={"userId": text_input("path")})
PRINCIPAL = {"sub": "ada", "scope": "users:read", "iss": "https://id.example.com/", "claims": '{"tenant": "t1"}'}


def sent_headers(page, **event):
    """The headers of the one call that a page makes."""
    with Service({"/a": json_reply({})}) as service, gateway(page, service.url) as portal:
        assert portal.get(**event).status == 200
    return service.requests[0].headers


def header_step(value, **settings):
    return step("a", parameters=[{"in": "header", "name": "X-Trace", "value": value, "required": True}], **settings)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("..%2F..%2Finternal%3Fx%3D1%23", "/users/..%2F..%2Finternal%3Fx%3D1%23"),
        ("%40evil.example%2F", "/users/%40evil.example%2F"),
        ("%2e%2e%2f", "/users/..%2F"),
        ("a%20b", "/users/a%20b"),
        ("a+b", "/users/a%2Bb"),
        ("%E2%98%95", "/users/%E2%98%95"),
        ("a%00b%0D%0A", "/users/a%00b%0D%0A"),
        ("http:%2F%2F169.254.169.254", "/users/http%3A%2F%2F169.254.169.254"),
    ],
)
def test_a_path_value_is_one_segment(given, sent):
    with Service({}) as service, gateway(USER_PAGE, service.url) as portal:
        portal.get(pathParameters={"userId": given})

    assert [seen.target for seen in service.requests] == [sent]


@pytest.mark.parametrize("given", ["..", ".", "%2e%2E", ""])
def test_a_path_value_that_would_name_another_resource_is_refused(given):
    with Service({}) as service, gateway(USER_PAGE, service.url) as portal:
        answer = portal.get(pathParameters={"userId": given})

    assert (answer.status, answer.kind) == (400, "invalid-request")
    assert service.requests == []


def test_a_bad_value_from_another_step_is_not_the_clients_fault():
    outputs = {"id": {"value": {"body": ["id"]}, "types": ["string"], "optional": False}}
    from_step = {"in": "path", "name": "id", "value": {"step": "a", "output": "id", "pointer": []}, "required": True}
    page = plan(step("a", outputs=outputs), step("b", "/b/{id}", parameters=[from_step], **after("a")))
    with Service({"/a": json_reply({"id": ".."})}) as service, gateway(page, service.url) as portal:
        answer = portal.get()

    assert (answer.status, answer.json["step"]) == (502, "b")


def test_query_values_are_encoded_and_lists_repeat():
    value = {"input": "q", "pointer": []}
    page = plan(step("a", parameters=[query("q", value)]), inputs={"q": text_input("query", kind="array")})
    with Service({"/a": json_reply({})}) as service, gateway(page, service.url) as portal:
        portal.get(multiValueQueryStringParameters={"q": ["a&b=c", "d e#f", "ü"]})

    assert service.requests[0].target == "/a?q=a%26b%3Dc&q=d%20e%23f&q=%C3%BC"


@pytest.mark.parametrize("value", ["a\r\nX-Admin: 1", "a\nb", "a\x00b", "a\u2028b", "a\u010a\u010db", "a\x7fb"])
def test_a_header_value_cannot_split_the_request(value):
    page = plan(header_step({"input": "t", "pointer": []}), inputs={"t": text_input("query")})
    with Service({}) as service, gateway(page, service.url) as portal:
        answer = portal.get(queryStringParameters={"t": value})

    assert answer.status == 400
    assert service.requests == []


def test_of_the_clients_headers_only_trace_context_travels_on():
    trace = {
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793",
    }
    own = {"Authorization": "Bearer t", "Cookie": "a=b", "X-Tenant": "b", "Accept": "text/evil", "Host": "evil"}
    sent = sent_headers(
        plan(step("a")), headers={**trace, **own, "X-Headgate-Subject": "root", "Connection": "X-Headgate-Subject"}
    )

    assert sent.keys() == {
        "host", "accept", "accept-encoding", "user-agent", "traceparent", "x-amzn-trace-id", "x-headgate-subject",
        "x-headgate-scope",
    }  # fmt: skip
    assert sent["x-headgate-subject"] == "anonymous"
    assert sent["accept"] != "text/evil"
    assert sent["traceparent"] == trace["traceparent"]


@pytest.mark.parametrize("bad", ["00-XYZ", "a\r\nb", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nX: y"])
def test_trace_context_that_is_none_stays_here(bad):
    sent = sent_headers(plan(step("a")), headers={"traceparent": bad})

    assert "traceparent" not in sent


def test_the_principal_is_named_to_the_upstream():
    sent = sent_headers(plan(step("a"), secured=True), principal=PRINCIPAL, headers={"X-Headgate-Scope": "*"})

    assert (sent["x-headgate-subject"], sent["x-headgate-scope"]) == ("ada", "users:read")


@pytest.mark.parametrize("principal", [None, {}, {"sub": ""}, {"scope": "users:read"}])
def test_a_secured_plan_without_a_principal_lets_nobody_in(principal):
    with Service({"/a": json_reply({})}) as service, gateway(plan(step("a"), secured=True), service.url) as portal:
        answer = portal.get(principal=principal, headers={"X-Headgate-Subject": "ada"})

    assert (answer.status, answer.kind) == (403, "access-denied")
    assert service.requests == []


def test_a_step_cannot_set_the_headers_that_are_ours():
    parameters = [
        {"in": "header", "name": name, "value": {"const": "evil"}, "required": True}
        for name in ("X-Headgate-Subject", "Connection", "Transfer-Encoding", "Host")
    ]
    sent = sent_headers(plan(step("a", parameters=parameters)))

    assert sent["x-headgate-subject"] == "anonymous"
    assert sent.keys().isdisjoint({"connection", "transfer-encoding"})
    assert sent["host"].startswith("127.0.0.1")


def test_claims_of_the_principal_are_inputs():
    claim = {"input": "principal", "pointer": ["tenant"]}
    with (
        Service({"/a": json_reply({})}) as service,
        gateway(plan(step("a", parameters=[query("t", claim)]), secured=True), service.url) as portal,
    ):
        portal.get(principal=PRINCIPAL)

    assert service.requests[0].target == "/a?t=t1"


def test_a_claim_cannot_pose_as_the_subject():
    claim = {"input": "principal", "pointer": ["sub"]}
    principal = {"sub": "ada", "claims": '{"sub": "root"}'}
    with (
        Service({"/a": json_reply({})}) as service,
        gateway(plan(step("a", parameters=[query("s", claim)]), secured=True), service.url) as portal,
    ):
        portal.get(principal=principal)

    assert service.requests[0].target == "/a?s=ada"


def test_a_json_body_is_put_together():
    value = {"object": {"who": {"input": "body", "pointer": ["name"]}, "n": {"const": 1}}}
    body = {"contentType": "application/json", "kind": "json", "value": value}
    page = plan(step("a", method="POST", body=body), inputs={"body": text_input("body", kind="object")})
    with Service({"/a": json_reply({})}) as service, gateway(page, service.url) as portal:
        answer = portal.get(body='{"name": "Ada"}')

    assert answer.status == 200
    assert (service.requests[0].method, service.requests[0].body) == ("POST", b'{"who":"Ada","n":1}')
    assert service.requests[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_every_method_is_sent_as_it_is_called(method):
    page = plan(step("a", method=method, outputs={}))
    with Service({"/a": json_reply({})}) as service, gateway(page, service.url) as portal:
        assert portal.get().status == 200

    assert [seen.method for seen in service.requests] == [method]


def test_form_bodies_and_cookies():
    body = {
        "contentType": "application/x-www-form-urlencoded",
        "kind": "form",
        "value": {"const": {"a": "b c", "d": 1}},
    }
    cookie = {"in": "cookie", "name": "session", "value": {"const": "x; y"}, "required": True}
    page = plan(step("a", method="POST", body=body, parameters=[cookie]))
    with Service({"/a": json_reply({})}) as service, gateway(page, service.url) as portal:
        portal.get()

    assert service.requests[0].body == b"a=b+c&d=1"
    assert service.requests[0].headers["cookie"] == "session=x%3B%20y"


INPUT_MISTAKES = {
    "missing": (text_input("query"), {}),
    "no integer": (text_input("query", kind="integer"), {"queryStringParameters": {"n": "1x"}}),
    "no integer, unicode digits": (text_input("query", kind="integer"), {"queryStringParameters": {"n": "\u0661"}}),
    "no integer, underscores": (text_input("query", kind="integer"), {"queryStringParameters": {"n": "1_0"}}),
    "no integer, endless": (text_input("query", kind="integer"), {"queryStringParameters": {"n": "9" * 5000}}),
    "no 64-bit integer": (text_input("query", kind="integer"), {"queryStringParameters": {"n": str(2**63)}}),
    "no Unicode": (text_input("query"), {"queryStringParameters": {"n": "\ud800"}}),
    "no number": (text_input("query", kind="number"), {"queryStringParameters": {"n": "nan"}}),
    "no boolean": (text_input("query", kind="boolean"), {"queryStringParameters": {"n": "yes"}}),
    "twice": (text_input("query"), {"multiValueQueryStringParameters": {"n": ["1", "2"]}}),
    "no body": (text_input("body", kind="object"), {}),
    "no json body": (text_input("body", kind="object"), {"body": "{"}),
    "no object": (text_input("body", kind="object"), {"body": "[]"}),
    "no base64": (text_input("body", kind="object"), {"body": "%%%", "isBase64Encoded": True}),
}


@pytest.mark.parametrize(("each", "event"), [pytest.param(*case, id=name) for name, case in INPUT_MISTAKES.items()])
def test_a_bad_input_is_the_clients_mistake(each, event):
    page = plan(step("a", parameters=[query("n", {"input": "n", "pointer": []})]), inputs={"n": each})
    with Service({}) as service, gateway(page, service.url) as portal:
        answer = portal.get(**event)

    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert service.requests == []


@pytest.mark.parametrize(
    ("each", "event", "sent"),
    [
        (text_input("query", kind="integer"), {"queryStringParameters": {"n": "7"}}, "/a?n=7"),
        (text_input("query", kind="number"), {"queryStringParameters": {"n": "7.5"}}, "/a?n=7.5"),
        (text_input("query", kind="boolean"), {"queryStringParameters": {"n": "true"}}, "/a?n=true"),
        (text_input("header"), {"headers": {"N": "x"}}, "/a?n=x"),
        (text_input("cookie"), {"headers": {"Cookie": "m=1; n=x"}}, "/a?n=x"),
        ({**text_input("query", required=False), "default": "d"}, {}, "/a?n=d"),
        ({**text_input("query"), "key": "wire-name"}, {"queryStringParameters": {"wire-name": "x"}}, "/a?n=x"),
        (
            {**text_input("query", kind="array"), "explode": False},
            {"queryStringParameters": {"n": "a,b"}},
            "/a?n=a&n=b",
        ),
        (text_input("query", required=False), {}, "/a"),
    ],
)
def test_inputs_come_from_where_the_operation_declares_them(each, event, sent):
    parameter = query("n", {"input": "n", "pointer": []}, required=False)
    page = plan(step("a", parameters=[parameter]), inputs={"n": each})
    with Service({"/a": json_reply({})}) as service, gateway(page, service.url) as portal:
        assert portal.get(**event).status == 200

    assert service.requests[0].target == sent
