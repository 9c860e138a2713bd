"""FACTS 3.1 to 3.11: the proxy event."""

import asyncio
import base64
import gzip
from typing import Any

import pytest

from headgate.local.dataplane import Request


@pytest.fixture
def served(world: Any, make: Any) -> Any:
    world.deploy({"ANY /{proxy+}": make.proxy(), "ANY /users/{id}": make.proxy()}, binary_media_types=("image/*",))
    return world


def test_the_event_has_exactly_these_keys_and_null_for_absent_maps(served: Any) -> None:
    event = served.event("GET", "/users/a")

    assert set(event) == {
        *("resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters", "requestContext"),
        *("multiValueQueryStringParameters", "pathParameters", "stageVariables", "body", "isBase64Encoded"),
    }
    absent = ("queryStringParameters", "multiValueQueryStringParameters", "stageVariables", "body")
    assert [event[name] for name in absent] == [None] * 4


def test_request_context(served: Any) -> None:
    context = served.event("GET", "/users/a/", **{"User-Agent": "ua/9"})["requestContext"]

    assert context | {"requestId": "", "extendedRequestId": ""} == {
        "accountId": "123456789012",
        "apiId": "api1",
        "deploymentId": "d1",
        "stage": "dev",
        "httpMethod": "GET",
        "resourceId": "r-/users/{id}",
        "resourcePath": "/users/{id}",
        "path": "/dev/users/a/",
        "protocol": "HTTP/1.1",
        "requestTime": "14/Nov/2023:22:13:20 +0000",
        "requestTimeEpoch": 1_700_000_000_000,
        "domainName": "api1.execute-api.localhost",
        "domainPrefix": "api1",
        "requestId": "",
        "extendedRequestId": "",
        "identity": {
            **dict.fromkeys(("accessKey", "accountId", "caller", "principalOrgId", "user", "userArn")),
            **dict.fromkeys(("cognitoAuthenticationProvider", "cognitoAuthenticationType")),
            **dict.fromkeys(("cognitoIdentityId", "cognitoIdentityPoolId")),
            "sourceIp": "127.0.0.1",
            "userAgent": "ua/9",
        },
    }


@pytest.mark.parametrize(
    ("path", "event_path", "value", "context_path"),
    [
        pytest.param("/a/b/", "/a/b/", "a/b", "/dev/a/b/", id="trailing-slash"),
        pytest.param("//a", "/a", "a", "/dev//a", id="leading-double-slash"),
        pytest.param("/a//b", "/a//b", "a//b", "/dev/a//b", id="inner-double-slash"),
        pytest.param("/a%2Bb/+@", "/a%2Bb/+@", "a%2Bb/+@", "/dev/a%2Bb/+@", id="encoded"),
    ],
)
def test_paths_stay_as_they_were_sent(served: Any, path: str, event_path: str, value: str, context_path: str) -> None:
    event = served.event("GET", path)

    assert (event["path"], event["pathParameters"], event["requestContext"]["path"]) == (
        event_path,
        {"proxy": value},
        context_path,
    )


def test_the_query_is_decoded_and_the_last_value_is_single(served: Any) -> None:
    event = served.event("GET", "/x?q=Hello%20World+%2B&tag=C%23&tag=b&empty")

    assert event["queryStringParameters"] == {"q": "Hello World +", "tag": "b", "empty": ""}
    assert event["multiValueQueryStringParameters"]["tag"] == ["C#", "b"]


def test_header_names_keep_their_case_and_some_never_arrive(served: Any) -> None:
    sent = {
        "tEsT-H": "V",
        "Connection": "close",
        "TE": "x",
        "Content-MD5": "x",
        "Expect": "y",
        "Via": "p",
        "Referer": "r",
    }

    headers = served.event("GET", "/x", **sent)["headers"]

    assert headers | {"X-Amzn-Trace-Id": ""} == {
        "tEsT-H": "V",
        "Via": "p",
        "Referer": "r",
        "Host": "api1.execute-api.localhost:4566",
        "X-Amzn-Trace-Id": "",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Port": "80",
        "X-Forwarded-Proto": "http",
    }


def test_edge_apis_rename_two_headers(world: Any, make: Any) -> None:
    world.deploy({"GET /": make.proxy()}, endpoint_type="EDGE")

    headers = world.event("GET", "/", **{"authorization": "a", "user-agent": "u"})["headers"]

    assert (headers["Authorization"], headers["User-Agent"]) == ("a", "u")


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        pytest.param("text/plain", b"caf\xc3\xa9", ("café", False), id="text"),
        pytest.param("text/plain", b"\xff", ("�", False), id="bad-utf8-is-replaced"),
        pytest.param("image/png", b"\x89PNG", (base64.b64encode(b"\x89PNG").decode(), True), id="binary-type"),
        pytest.param("IMAGE/png; q=1", b"a", ("YQ==", True), id="type-with-parameters"),
    ],
)
def test_the_body_is_base64_only_for_binary_types(
    served: Any, content_type: str, body: bytes, expected: tuple[str, bool]
) -> None:
    event = served.event("POST", "/x", body, **{"Content-Type": content_type})

    assert (event["body"], event["isBase64Encoded"]) == expected


def test_the_clients_trace_is_kept_and_completed(served: Any, make: Any) -> None:
    root = "Root=1-3152b799-8954dae64eda91bc9a23a7e8"

    response = served.call("GET", "/x", **{"X-Amzn-Trace-Id": f"{root};Parent=7fa8c0f79203be72;Sampled=1"})

    assert make.header(response, "X-Amzn-Trace-Id") == f"{root};Parent=7fa8c0f79203be72;Sampled=1"
    completed = served.event("GET", "/x", **{"X-Amzn-Trace-Id": root})["headers"]["X-Amzn-Trace-Id"]
    assert completed.startswith(f"{root};Parent=")
    assert completed.endswith(";Sampled=0")


def test_forwarded_for_is_appended_not_trusted(served: Any) -> None:
    headers = served.event("GET", "/x", **{"X-Forwarded-For": "1.2.3.4", "x-forwarded-proto": "https"})["headers"]

    assert headers["X-Forwarded-For"] == "1.2.3.4, 127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"
    assert "x-forwarded-proto" not in headers


def test_an_unpacked_body_has_lost_its_content_encoding(world: Any, make: Any) -> None:
    world.deploy({"POST /a": make.proxy()}, minimum_compression_size=0)
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain"}

    event = world.event("POST", "/a", body=gzip.compress(b"plain"), **headers)

    assert (event["body"], "Content-Encoding" in event["headers"]) == ("plain", False)


def test_a_base_path_called_like_the_stage_is_not_taken_for_it(served: Any, make: Any) -> None:
    """FACTS 3.4: the same mount and path, once from the execute-api host and once from a custom domain."""
    plain = Request("GET", "api1", "dev", b"/users/a", mount=b"/dev")
    domain = plain._replace(custom_domain=True, host="api.example.com")

    for request in (plain, domain, plain):
        asyncio.run(served.gateway.handle(request))

    assert [event["path"] for _, event in served.events] == ["/users/a", "/dev/users/a", "/users/a"]


@pytest.mark.parametrize(("value", "arrives"), [("AWS4-HMAC-SHA256 Credential=x", False), ("Bearer AWS4", True)])
def test_a_signature_reaches_the_authorizer_but_no_integration(
    world: Any, make: Any, value: str, arrives: bool
) -> None:
    """FACTS 3.7: of Authorization, on methods of any kind."""
    allow = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
    world.functions["authorizer"] = lambda _event: {
        "principalId": "u",
        "policyDocument": {"Version": "2012-10-17", "Statement": [allow]},
    }
    world.deploy({"GET /a": world.guarded(make.proxy())}, authorizers={"au1": world.authorizer("REQUEST")})

    event = world.event("GET", "/a", authorization=value)

    asked = world.events[0][1]
    assert (asked["headers"]["authorization"], asked["multiValueHeaders"]["authorization"]) == (value, [value])
    assert ("authorization" in event["headers"], "authorization" in event["multiValueHeaders"]) == (arrives, arrives)


def test_cloudfront_is_the_last_in_forwarded_for(world: Any, make: Any) -> None:
    world.deploy({"GET /a": make.proxy()}, endpoint_type="EDGE")

    event = world.event("GET", "/a", **{"X-Forwarded-For": "9.9.9.9"})

    assert event["headers"]["X-Forwarded-For"] == "9.9.9.9, 127.0.0.1, 198.51.100.1"
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
