"""FACTS 8.22 to 8.27: what HTTP backends receive, and what clients get from them."""

from typing import Any

import pytest

from headgate.local.dataplane import BackendError, Response
from headgate.local.dataplane.http_backend import UntrustedBackendError
from headgate.local.records import Integration, IntegrationResponse, Method

URI = "http://backend.test:8080"


@pytest.fixture
def proxied(world: Any) -> Any:
    """`proxied(call, uri=...)` sends a request through HTTP_PROXY; what the backend received."""

    def send(call: dict[str, Any], **settings: Any) -> Any:
        given = {
            "http_method": "ANY",
            "uri": URI + "/{proxy}",
            "request_parameters": {"integration.request.path.proxy": "method.request.path.proxy"},
        }
        world.deploy(
            {"ANY /{proxy+}": Integration("HTTP_PROXY", **{**given, **settings})},
            stage={"variables": {"host": "other.test"}},
        )
        headers = call.pop("headers", {})
        world.response = world.call(**call, **headers)
        return world.wire.sent[-1] if world.wire.sent else None

    return send


def names(sent: Any) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in sent.headers}


@pytest.mark.parametrize(
    "url",
    ["/a%2Fb/%zz/../c%C3%A9;x", "/a//b?x=%2B&y=%7C&x=2", "/a?", "/a?=&&b"],
    ids=["path", "query", "empty", "odd-query"],
)
def test_the_urls_bytes_arrive_as_they_were(proxied: Any, url: str) -> None:
    assert proxied({"url": url}).url == URI + url.rstrip("?")


def test_queries_of_the_uri_the_client_and_the_mapping_are_merged(proxied: Any) -> None:
    mapped = {
        "integration.request.header.headerVar": "method.request.header.foobar",
        "integration.request.path.p": "method.request.path.proxy",
        "integration.request.querystring.testQs": "method.request.querystring.other",
        "integration.request.querystring.a b": "'c&d'",
    }
    call = {"url": "/v?other=foo&testVar=bar&testQs=forged", "headers": {"foobar": "m", "HEADERVAR": "client"}}

    sent = proxied(call, uri=URI + "/e/?testVar={p}&testQs={none}", request_parameters=mapped)

    assert sent.url == URI + "/e/?testVar=v&testQs={none}&other=foo&testVar=bar&testQs=foo&a%20b=c%26d"
    assert names(sent)["headerVar"] == "m"
    assert "HEADERVAR" not in names(sent)


def test_client_headers_pass_without_those_about_one_hop(proxied: Any) -> None:
    dropped = {
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
        "Via": "p",
        "TE": "x",
        "Content-Encoding": "gzip",
        "Expect": "y",
        "Authorization": "AWS4-HMAC-SHA256 Credential=x",
    }

    sent = names(proxied({"url": "/a", "headers": {"X-mInE": "1", "Cookie": "a=b", "User-Agent": "me", **dropped}}))

    assert sent | {"X-Amzn-Trace-Id": ""} == {
        "X-mInE": "1",
        "Cookie": "a=b",
        "User-Agent": "me",
        "X-Amzn-Apigateway-Api-Id": "api1",
        "X-Amzn-Trace-Id": "",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Port": "80",
        "X-Forwarded-Proto": "http",
    }


def test_the_answer_passes_byte_for_byte_and_some_headers_are_renamed(proxied: Any, world: Any) -> None:
    kept = ((b"X-cAse", b"1"), (b"Set-Cookie", b"a"), (b"Set-Cookie", b"b"), (b"Content-Encoding", b"gzip"))
    renamed = (
        (b"Server", b"up"),
        (b"Date", b"d"),
        (b"connection", b"c"),
        (b"Content-Length", b"3"),
        (b"x-amzn-RequestId", b"r"),
        (b"www-authenticate", b"NTLM"),
        (b"X-Forwarded-For", b"a"),
    )
    world.wire.answer = lambda _: Response(
        418,
        (*kept, *renamed, (b"Transfer-Encoding", b"chunked"), (b"Via", b"v"), (b"x-amz-apigw-id", b"h")),
        b"\x1f\x8b\xff",
    )

    proxied({"url": "/a"})

    remapped = [(b"x-amzn-Remapped-" + name, value) for name, value in renamed]
    assert (world.response.status, world.response.body) == (418, b"\x1f\x8b\xff")
    assert world.response.headers[:-2] == (*kept, *remapped)


def test_stage_variables_fill_the_uri(proxied: Any) -> None:
    assert proxied({"url": "/a"}, uri="http://${stageVariables.host}/x").url == "http://other.test/x"


@pytest.mark.parametrize("uri", ["https://${stageVariables.none}/a", "http://h:81/", "ftp://h/", "http://h:x/", "h/a"])
def test_without_an_address_it_is_our_configuration_error(proxied: Any, world: Any, uri: str) -> None:
    assert proxied({"url": "/a"}, uri=uri) is None
    assert world.response.status == 500


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (TimeoutError(), 504, b'{"message": "Endpoint request timed out"}'),
        (BackendError("refused"), 504, b'{"message": "Network error communicating with endpoint"}'),
    ],
)
def test_a_silent_or_absent_backend(proxied: Any, world: Any, error: Exception, status: int, message: bytes) -> None:
    def fail(_: Any) -> Response:
        raise error

    world.wire.answer = fail
    proxied({"url": "/a"}, timeout_millis=1500)

    assert (world.response.status, world.response.body) == (status, message)
    assert world.wire.sent[0].timeout_seconds == 1.5


@pytest.fixture
def custom(world: Any) -> Any:
    def deploy(**settings: Any) -> Any:
        given = {"http_method": "POST", "uri": URI, "responses": {"200": IntegrationResponse("200")}}
        world.deploy({"ANY /n": Method("ANY", integration=Integration("HTTP", **{**given, **settings}))})
        return world.call

    return deploy


def test_without_proxy_only_own_and_mapped_headers_are_sent(custom: Any, world: Any) -> None:
    mapped = {
        "integration.request.header.X-A": "method.request.header.X-In",
        "integration.request.header.Accept": "'text/x'",
    }

    custom(request_parameters=mapped)(
        "POST", "/n?q=1", b"{}", **{"X-In": "v", "Cookie": "c", "Content-Type": "application/json"}
    )

    sent = world.wire.sent[0]
    assert (sent.url, sent.body) == (URI, b"{}")
    assert names(sent) | {"X-Amzn-Trace-Id": ""} == {
        "User-Agent": "AmazonAPIGateway_api1",
        "X-Amzn-Apigateway-Api-Id": "api1",
        "X-Amzn-Trace-Id": "",
        "Content-Type": "application/json",
        "X-A": "v",
        "Accept": "text/x",
    }


@pytest.mark.parametrize(("backend", "status"), [(400, 200), (404, 409), (201, 200)])
def test_statuses_are_mapped(custom: Any, world: Any, make: Any, backend: int, status: int) -> None:
    world.wire.answer = lambda _: Response(backend, ((b"X-Back", b"1"),), b"body")
    responses = {
        "200": IntegrationResponse("200"),
        "409": IntegrationResponse("409", "404", {"method.response.header.X-M": "integration.response.header.x-back"}),
    }

    response = custom(responses=responses)("GET", "/n")

    assert (response.status, response.body) == (status, b"body")
    assert make.header(response, "X-Back") is None
    assert make.header(response, "X-M") == ("1" if status == 409 else None)
    assert make.header(response, "X-Amzn-Trace-Id") is not None


def test_templates_may_override_the_request(custom: Any, world: Any) -> None:
    override = "#set($context.requestOverride.{} = '{}')"
    pairs = (("header.X", "h"), ("querystring.q", "a b"), ("path.p", "z"))
    template = "".join(override.format(*pair) for pair in pairs) + "{}"

    custom(uri=URI + "/{p}", request_templates={"application/json": template})("GET", "/n")

    assert world.wire.sent[0].url == URI + "/z?q=a%20b"
    assert names(world.wire.sent[0])["X"] == "h"


def test_a_template_may_override_with_a_list(custom: Any, world: Any) -> None:
    query = "#set($context.requestOverride.querystring.q = ['a b', true])"
    header = "#set($context.requestOverride.header.h = ['1', 2])"
    custom(request_templates={"application/json": query + header})("GET", "/n")
    sent = world.wire.sent[-1]

    assert sent.url.endswith("?q=a%20b&q=true")
    assert names(sent)["h"] == "1,2"


def test_a_mapped_body_that_is_no_json_is_a_bad_request(custom: Any) -> None:
    call = custom(request_parameters={"integration.request.header.X": "method.request.body.a"})

    assert call("POST", "/n", b'{"a":').body == b'{"message": "Invalid JSON in request body"}'
    assert call("POST", "/n", b"plain").status == 200


@pytest.mark.parametrize("status", [99, 101, 600])
def test_a_status_that_is_none_is_a_failure_of_the_backend(proxied: Any, world: Any, status: int) -> None:
    world.wire.answer = lambda _: Response(status, (), b"x")

    proxied({"url": "/a"})

    assert (world.response.status, world.response.body) == (
        504,
        b'{"message": "Network error communicating with endpoint"}',
    )


def test_a_certificate_nobody_trusts_is_our_configuration_error(proxied: Any, world: Any) -> None:
    def refuse(_: Any) -> Response:
        raise UntrustedBackendError("certificate verify failed")

    world.wire.answer = refuse

    proxied({"url": "/a"})

    assert (world.response.status, world.response.body) == (500, b'{"message": "Internal server error"}')


@pytest.mark.parametrize(
    ("kept", "types", "media"),
    [
        (b"\xef\xbf\xbd!", (), "image/png"),
        (b"\xef\xbf\xbd!", ("image/png",), "text/plain"),
        (b"\xff!", ("image/png",), "image/png"),
    ],
    ids=["no-types", "other-type", "binary"],
)
def test_payloads_that_are_not_binary_are_text_both_ways(
    world: Any, kept: bytes, types: tuple[str, ...], media: str
) -> None:
    """FACTS 8.28."""
    world.wire.answer = lambda _: Response(200, ((b"Content-Type", media.encode()),), b"\xff!")
    plain = Integration("HTTP", http_method="POST", uri=URI, responses={"200": IntegrationResponse("200")})
    world.deploy({"POST /n": plain}, binary_media_types=types)

    response = world.call("POST", "/n", b"\xff!", **{"Content-Type": media, "Accept": media})

    assert (world.wire.sent[0].body, response.body) == (kept, kept)


@pytest.mark.parametrize(
    ("payload", "accept", "template", "expected"),
    [
        (b"aGk=", "image/png", None, (200, b"hi")),
        (b'"aGk="', "image/png", None, (200, b"hi")),
        (b"no base64", "image/png", None, (500, b'{"message": "Internal server error"}')),
        (b"no base64", "text/plain", None, (200, b"no base64")),
        (b'{"b":"aGk="}', "image/png", "$input.path('$.b')", (200, b"hi")),
        (b"", "image/png", "as it is", (200, b"as it is")),
    ],
    ids=["base64", "json-text", "no-base64", "not-accepted", "after-the-template", "no-payload"],
)
def test_text_for_a_client_that_accepts_binary_is_decoded(
    world: Any, payload: bytes, accept: str, template: str | None, expected: tuple[int, bytes]
) -> None:
    """FACTS 8.28."""
    world.wire.answer = lambda _: Response(200, ((b"Content-Type", b"text/plain"),), payload)
    templates = {"application/json": template} if template else {}
    answers = {"200": IntegrationResponse("200", response_templates=templates)}
    world.deploy(
        {"GET /n": Integration("HTTP", http_method="GET", uri=URI, responses=answers)},
        binary_media_types=("image/png",),
    )

    response = world.call("GET", "/n", Accept=accept)

    assert (response.status, response.body) == expected
