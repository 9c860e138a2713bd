"""The local OpenID provider: its tokens pass the real authorizer, and its keys can be rotated."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from functions.authorizer.decision import Authorizer
from functions.authorizer.errors import RejectedError
from functions.authorizer.key_source import COOLDOWN_SECONDS, FRESH_SECONDS
from functions.authorizer.routes import read_routes
from headgate.local.oidc import Provider, page

ISSUER = "http://127.0.0.1:4566/_headgate/oidc"
PREFIX = "arn:aws:execute-api:us-east-1:123456789012:abc123/local"
NOW = 1_800_000_000
FORM = "application/x-www-form-urlencoded"


class Clock:
    seconds = 0.0

    def now(self) -> float:
        return NOW + self.seconds

    def monotonic(self) -> float:
        return self.seconds


class World:
    """The provider, and an authorizer that trusts it and nobody else."""

    def __init__(self) -> None:
        self.provider, self.clock = Provider(ISSUER), Clock()
        self.authorizer = Authorizer(read_routes(ROUTES), fetch=self.fetch, clock=self.clock)

    def fetch(self, url: str, _allow_http: bool) -> bytes:
        return self.provider.respond("GET", url.removeprefix(ISSUER), now=self.clock.now()).body

    def post(self, path: str, **fields: Any) -> Any:
        body = urlencode(fields).encode()
        return json.loads(self.provider.respond("POST", path, content_type=FORM, body=body, now=self.clock.now()).body)

    def token(self, **fields: Any) -> str:
        return str(self.post("/token", **fields)["access_token"])

    def accepts(self, token: str) -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        event = {"methodArn": f"{PREFIX}/GET/users", "resource": "/users", "httpMethod": "GET", "headers": headers}
        try:
            return self.authorizer.decide(event).reason == "operation.allowed"
        except RejectedError:
            return False


ROUTES = {
    "version": 1,
    "issuers": {
        "local": {"issuer": ISSUER, "audience": ["portal"], "algorithms": ["RS256", "ES256"], "allowHttp": True}
    },
    "schemes": {
        "oidc": {"kind": "jwt", "in": "header", "name": "Authorization", "prefix": "Bearer", "issuers": ["local"]}
    },
    "authorizers": {"jwt": {"identitySources": ["method.request.header.Authorization"], "ttlSeconds": 60}},
    "operations": [
        {"method": "GET", "template": "/users", "authorizer": "jwt", "security": [{"oidc": ["users:read"]}]}
    ],
}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_token_passes_the_authorizer_that_trusts_the_provider(algorithm: str) -> None:
    world = World()

    assert world.accepts(world.token(scope="users:read", sub="ada", alg=algorithm))


@pytest.mark.parametrize(
    "fields",
    [{"scope": "users:write"}, {"scope": "users:read", "aud": "other"}, {"scope": "users:read", "expires_in": -100},
     {"scope": "users:read", "nbf": NOW + 100}, {"scope": "users:read", "iss": "http://evil.example"}],
    ids=["scope", "audience", "expired", "not-yet", "issuer"],
)  # fmt: skip
def test_a_token_that_is_asked_to_be_wrong_is_refused(fields: dict[str, Any]) -> None:
    world = World()

    assert not world.accepts(world.token(**fields))


def test_after_a_rotation_old_and_new_tokens_both_pass() -> None:
    world = World()
    before = world.token(scope="users:read")
    assert world.accepts(before)

    world.post("/rotate")
    world.clock.seconds += COOLDOWN_SECONDS + 1

    assert world.accepts(world.token(scope="users:read"))
    assert world.accepts(before)


def test_after_forgetting_old_tokens_fail_when_the_keys_are_fetched_again() -> None:
    world = World()
    before = world.token(scope="users:read")
    assert world.accepts(before)

    world.post("/rotate", forget="true")
    world.clock.seconds += FRESH_SECONDS + 1

    assert not world.accepts(before)
    assert world.accepts(world.token(scope="users:read"))


def test_every_other_field_becomes_a_claim() -> None:
    world = World()

    claims = jwt.decode(world.token(sub="ada", tenant="t-1", scope="a b"), options={"verify_signature": False})

    assert (claims["sub"], claims["tenant"], claims["scope"], claims["iss"]) == ("ada", "t-1", "a b", ISSUER)
    assert claims["exp"] - claims["iat"] == 3600


def test_json_may_carry_claims_that_a_form_cannot() -> None:
    body = json.dumps({"sub": "ada", "aud": ["a", "b"], "groups": ["x"], "expires_in": 60}).encode()
    reply = Provider(ISSUER).respond("POST", "/token", content_type="application/json", body=body, now=NOW)

    claims = jwt.decode(json.loads(reply.body)["access_token"], options={"verify_signature": False})

    assert (claims["aud"], claims["groups"], claims["exp"]) == (["a", "b"], ["x"], NOW + 60)


def test_the_published_keys_are_public() -> None:
    keys = json.loads(Provider(ISSUER).respond("GET", "/jwks.json", now=NOW).body)["keys"]

    assert {key["alg"] for key in keys} == {"RS256", "ES256"}
    assert not any({"d", "p", "q"} & key.keys() for key in keys)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/token", b"", 405),
        ("POST", "/token", b"alg=none", 400),
        ("POST", "/token", b"expires_in=soon", 400),
        ("POST", "/token", b"\xff", 400),
        ("GET", "/rotate", b"", 404),
        ("GET", "/elsewhere", b"", 404),
    ],
)
def test_what_is_asked_wrongly_is_refused(method: str, path: str, body: bytes, status: int) -> None:
    reply = Provider(ISSUER).respond(method, path, content_type=FORM, body=body, now=NOW)

    assert reply.status == status
    assert "error" in json.loads(reply.body)


def test_the_page_is_mounted_below_its_address() -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"method": "GET", "path": "/_headgate/oidc/.well-known/openid-configuration", "headers": []}
    asyncio.run(page(Provider(ISSUER), lambda: NOW)(scope, receive, send))

    assert sent[0]["status"] == 200
    assert json.loads(sent[1]["body"])["jwks_uri"] == f"{ISSUER}/jwks.json"
