"""What a client gets when the gateway says no: status, body and headers of docs/aws-facts.md, as customised by us."""

import base64
import json

import pytest

from .gateway import Answer, Client, Gateway

pytestmark = pytest.mark.xdist_group("portal")

SECURED = "/users/ada"


def assert_problem(answer: Answer, status: int, kind: str) -> None:
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-amzn-requestid"]
    assert answer.json["status"] == status
    assert answer.json["type"].endswith(f"/{kind}")


def test_public_operation_needs_nothing(gateway: Gateway) -> None:
    assert gateway.get("/trending").status == 200


def test_no_token_is_401_with_a_challenge(gateway: Gateway) -> None:
    answer = gateway.get(SECURED)

    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["x-amzn-errortype"] == "UnauthorizedException"


def test_expired_token_is_401(gateway: Gateway) -> None:
    answer = gateway.get(SECURED, headers=gateway.bearer(sub="ada", scope="users:read", expires_in="-3600"))

    assert_problem(answer, 401, "unauthorized")


@pytest.mark.parametrize("claims", [{"iss": "https://evil.example.com/"}, {"aud": "somebody-else"}], ids=["iss", "aud"])
def test_token_for_somebody_else_is_401(gateway: Gateway, claims: dict[str, str]) -> None:
    answer = gateway.get(SECURED, headers=gateway.bearer(sub="ada", scope="users:read", **claims))

    assert_problem(answer, 401, "unauthorized")


def test_tampered_token_is_401(gateway: Gateway) -> None:
    head, body, signature = gateway.token(sub="ada", scope="news").split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "scope": "users:read"}).encode()).rstrip(b"=").decode()
    answer = gateway.get(SECURED, headers={"Authorization": f"Bearer {head}.{forged}.{signature}"})

    assert_problem(answer, 401, "unauthorized")


def test_missing_scope_is_403(gateway: Gateway) -> None:
    answer = gateway.get(SECURED, headers=gateway.bearer(sub="ada", scope="news"))

    assert_problem(answer, 403, "access-denied")


def test_scope_lets_in(gateway: Gateway) -> None:
    answer = gateway.get(SECURED, headers=gateway.bearer(sub="ada", scope="users:read"))

    assert (answer.status, answer.json["name"]) == (200, "Ada")


def test_read_scope_does_not_write(gateway: Gateway) -> None:
    headers = {**gateway.bearer(sub="ada", scope="users:read"), "Content-Type": "application/json"}
    answer = gateway.get(SECURED, "PATCH", headers=headers, body=b'{"city": "Paris"}')

    assert_problem(answer, 403, "access-denied")


def test_one_cached_policy_serves_two_operations(gateway: Gateway) -> None:
    headers = gateway.bearer(sub="ada", scope="users:read")

    assert [gateway.get(path, headers=headers).status for path in ("/users/ada", "/news", "/users/grace")] == [200] * 3


def test_invalid_body_is_400(gateway: Gateway) -> None:
    headers = {**gateway.bearer(sub="ada", scope="users:write"), "Content-Type": "application/json"}
    answer = gateway.get(SECURED, "PATCH", headers=headers, body=b'{"city": ""}')

    assert_problem(answer, 400, "bad-request-body")


def test_missing_query_parameter_is_400(gateway: Gateway) -> None:
    answer = gateway.get("/weather", headers=gateway.bearer(sub="ada"))

    assert_problem(answer, 400, "bad-request-parameters")
    assert "city" in answer.json["detail"]


@pytest.mark.parametrize(("path", "method"), [("/nowhere", "GET"), ("/trending", "DELETE")])
def test_unknown_route_is_what_api_gateway_says(gateway: Gateway, path: str, method: str) -> None:
    answer = gateway.get(path, method)

    assert_problem(answer, 403, "missing-authentication-token")
    assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


def test_api_key_is_needed_and_enough(gateway: Gateway) -> None:
    without = gateway.get("/ads/reports/ad-7")
    keys = gateway.ready["apiKeys"]
    answer = gateway.get("/ads/reports/ad-7", headers={"x-api-key": keys["demo-partner"]})

    assert_problem(without, 403, "invalid-api-key")
    assert (answer.status, answer.json["clicks"]) == (200, 61)


def test_client_cannot_forge_identity_headers(gateway: Gateway) -> None:
    forged = {"X-Headgate-Subject": "root", "X-Headgate-Scope": "users:write"}
    gateway.get("/news/5", headers={**gateway.bearer(sub="ada", scope="news"), **forged})
    gateway.get("/trending", headers=forged)

    assert gateway.services["news"].seen["X-Headgate-Subject"] == "ada"
    assert gateway.services["news"].seen["X-Headgate-Scope"] == "news"
    assert gateway.services["trending"].seen["X-Headgate-Subject"] == "anonymous"


def test_rewritten_route_reaches_the_service_under_its_own_path(gateway: Gateway) -> None:
    gateway.get("/news/5", headers=gateway.bearer(sub="ada"))

    assert gateway.services["news"].seen[":path"] == "/articles/5"
    assert gateway.services["news"].seen["X-Portal-Channel"] == "web"


def test_preflight_is_answered(gateway: Gateway) -> None:
    headers = {"Origin": "https://portal.example.com", "Access-Control-Request-Method": "GET"}
    answer = gateway.get("/trending", "OPTIONS", headers=headers)

    assert answer.status in {200, 204}
    assert answer.headers["access-control-allow-origin"] == "https://portal.example.com"


def test_over_the_limit_is_429_with_retry_after(gateway: Gateway) -> None:
    """The plan of the partner key allows 50 a second and a burst of 100; 400 at once are too many."""
    headers = {"x-api-key": gateway.ready["apiKeys"]["demo-partner"]}
    client = Client(gateway.url)
    answers = [client.request("/ads/reports/ad-7", headers=headers) for _ in range(400)]
    client.close()

    refused = [answer for answer in answers if answer.status != 200]
    assert refused
    assert_problem(refused[0], 429, "throttled")
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].headers["x-amzn-errortype"] == "TooManyRequestsException"
