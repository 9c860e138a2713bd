"""The issuer's keys under rotation, flood and outage; scenarios come from cases.json and run on a fake clock."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from functions.authorizer import key_source
from functions.authorizer.errors import AuthorizerError, KeysUnavailableError, RejectedError
from functions.authorizer.fetching import FetchError
from functions.authorizer.key_source import KeySource
from functions.authorizer.routes import read_routes

from .keyring import key_set
from .tokens import build_token
from .world import FakeClock, FakeIssuer, authorizer, event, iam_allows, issuer, refused, routes, with_token

DOCUMENT = json.loads(Path(__file__).with_name("cases.json").read_text())
SETS = DOCUMENT["meta"]["jwks_sets"]
SCENARIOS = [case for case in DOCUMENT["cases"] if case["kind"] == "jwks_scenario"]
DURATIONS = {"cache_ttl+1": key_source.FRESH_SECONDS + 1, "cooldown+1": key_source.COOLDOWN_SECONDS + 1}
FAULTS: dict[str, Any] = {
    "truncated_json": b'{"keys": [{"kty": "RSA", "kid": "rsa-1"',
    "html_200": b"<html>maintenance</html>",
    "json_array": [],
    "keys_not_list": {"keys": {"rsa-1": {}}},
    "keys_empty": {"keys": []},
}
OPERATION = "GET /orders"
CLAIMS = {"iss": "https://issuer.example.com/", "aud": "api://gateway", "sub": "user-1", "exp": "$now+9999999"}


class Scene:
    """A running authorizer, its issuer and its clock."""

    def __init__(self) -> None:
        self.issuer, self.clock = FakeIssuer(), FakeClock()
        self.authorizer = authorizer(routes({OPERATION: []}), self.issuer, self.clock)

    def accepts(self, build: dict[str, Any]) -> bool:
        request = event(OPERATION, **with_token(build_token(build, int(self.clock.now()))))
        try:
            return iam_allows(self.authorizer.decide(request), request["methodArn"])
        except AuthorizerError:
            return False

    def accepts_kid(self, kid: str, key: str = "rsa1") -> bool:
        build = {"header": {"alg": "RS256", "kid": kid}, "claims": CLAIMS, "sign": {"alg": "RS256", "key": key}}
        return self.accepts(build)


def play(scene: Scene, step: dict[str, Any]) -> None:
    if "jwks" in step:
        scene.issuer.answer = key_set(SETS[step["jwks"]])
    elif "jwks_fault" in step:
        scene.issuer.answer = FAULTS.get(step["jwks_fault"], refused())
    elif "advance_s" in step:
        scene.clock.advance(DURATIONS.get(step["advance_s"], step["advance_s"]))
    elif "send" in step:
        assert scene.accepts(step["send"]) == (step["expect"] == "accept")
    elif "send_unknown_kids" in step:
        assert not any(scene.accepts_kid(f"kid-{number}") for number in range(100))
    else:
        for inner in step["parallel"]:
            play(scene, inner)


@pytest.mark.parametrize("case", [c for c in SCENARIOS if "poison" not in c["id"]], ids=lambda case: case["id"])
def test_the_scenario_plays_as_the_case_says(case: dict[str, Any]) -> None:
    scene = Scene()

    for step in case["steps"]:
        play(scene, step)


@pytest.mark.parametrize("case", [c for c in SCENARIOS if "poison" in c["id"]], ids=lambda case: case["id"])
def test_an_address_that_could_be_poisoned_is_refused_when_the_routes_are_read(case: dict[str, Any]) -> None:
    address = case["steps"][0]["configure_jwks_uri"]

    with pytest.raises(AuthorizerError):
        read_routes(routes({}, issuers={"main": issuer(jwksUri=address)}))


def test_a_flood_of_unknown_key_ids_costs_one_fetch_per_cooldown() -> None:
    scene = Scene()

    assert not any(scene.accepts_kid(f"kid-{number}") for number in range(200))
    assert len(scene.issuer.asked) == 1
    scene.clock.advance(key_source.COOLDOWN_SECONDS + 1)
    assert not any(scene.accepts_kid(f"kid-{number}") for number in range(200))

    assert len(scene.issuer.asked) == 2


def test_known_keys_end_with_the_stale_limit() -> None:
    scene = Scene()
    assert scene.accepts_kid("rsa-1")
    scene.issuer.answer = refused()

    scene.clock.advance(key_source.STALE_SECONDS - 1)
    assert scene.accepts_kid("rsa-1")
    scene.clock.advance(2)
    assert not scene.accepts_kid("rsa-1")


def test_an_issuer_that_is_down_is_asked_once_per_cooldown() -> None:
    scene = Scene()
    scene.issuer.answer = refused()

    assert not any(scene.accepts_kid("rsa-1") for _ in range(50))

    assert len(scene.issuer.asked) == 1


def test_a_withdrawn_key_is_gone_when_the_set_is_no_longer_fresh() -> None:
    scene = Scene()
    assert scene.accepts_kid("rsa-1")
    scene.issuer.answer = key_set(["new_rsa"])

    scene.clock.advance(key_source.FRESH_SECONDS + 1)

    assert not scene.accepts_kid("rsa-1")
    assert scene.accepts_kid("rsa-new", "new_rsa")


def key_source_with(fetch: Any, patience_seconds: float = 2, **settings: Any) -> KeySource:
    table = read_routes(routes({}, issuers={"main": issuer(**settings)}))
    return KeySource(table.issuers["main"], fetch, FakeClock(), patience_seconds=patience_seconds)


def test_a_hundred_first_requests_share_one_fetch() -> None:
    asked: list[str] = []
    gate = threading.Event()

    def slow(url: str, _allow_http: bool) -> bytes:
        asked.append(url)
        gate.wait(5)
        return json.dumps(key_set(["rsa1"])).encode()

    source = key_source_with(slow, patience_seconds=10)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(source.find("rsa-1"))) for _ in range(100)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()

    assert (len(found), len(asked)) == (100, 1)


def test_a_hanging_issuer_does_not_hang_the_decision() -> None:
    release = threading.Event()

    def hanging(_url: str, _allow_http: bool) -> bytes:
        release.wait(30)
        raise refused()

    with pytest.raises(KeysUnavailableError):
        key_source_with(hanging, patience_seconds=0.01).find("rsa-1")
    release.set()


DISCOVERY = "https://issuer.example.com/.well-known/openid-configuration"


def test_discovery_leads_to_the_keys() -> None:
    found = {"issuer": "https://issuer.example.com/", "jwks_uri": "https://keys.example.net/set"}
    fetch = FakeIssuer({DISCOVERY: found, "https://keys.example.net/set": key_set(["rsa1"])})

    assert key_source_with(fetch, jwksUri=None).find("rsa-1").key_id == "rsa-1"
    assert fetch.asked == [DISCOVERY, "https://keys.example.net/set"]


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://other.example.com/", "jwks_uri": "https://keys.example.net/set"},
        {"issuer": "https://issuer.example.com/", "jwks_uri": "http://keys.example.net/set"},
        {"issuer": "https://issuer.example.com/", "jwks_uri": "https://169.254.169.254/set"},
        {"issuer": "https://issuer.example.com/", "jwks_uri": "file:///etc/passwd"},
        {"issuer": "https://issuer.example.com/"},
        [],
    ],
)
def test_a_discovery_document_that_leads_astray_is_not_followed(document: Any) -> None:
    fetch = FakeIssuer({DISCOVERY: document, "*": {}})

    with pytest.raises(KeysUnavailableError):
        key_source_with(fetch, jwksUri=None).find("rsa-1")
    assert fetch.asked == [DISCOVERY]


def test_a_token_without_key_id_takes_the_only_key_and_no_guess() -> None:
    assert key_source_with(FakeIssuer()).find(None).key_id == "rsa-1"
    with pytest.raises(RejectedError):
        key_source_with(FakeIssuer(key_set(["rsa1", "ec1"]))).find(None)


def test_the_error_of_a_fetch_names_no_key() -> None:
    with pytest.raises(KeysUnavailableError, match=r"^the keys of issuer main cannot be fetched$"):
        key_source_with(FakeIssuer(FetchError("https://user:secret@x"))).find("rsa-1")
