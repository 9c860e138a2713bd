"""Every token of cases.json ends as the case says, through the whole authorizer: header, routes, policy."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.authorizer.errors import AuthorizerError

from .keyring import key_set
from .tokens import build_token
from .world import ISSUER, NOW, FakeIssuer, authorizer, bearer, event, iam_allows, issuer, routes, with_token

DOCUMENT = json.loads(Path(__file__).with_name("cases.json").read_text())
CASES = [case for case in DOCUMENT["cases"] if case["kind"] == "jwt"]
SETS = DOCUMENT["meta"]["jwks_sets"]
OPERATION = "GET /orders"


def settings_of(config: dict[str, Any], address: str) -> dict[str, Any]:
    return issuer(
        address,
        audience=[config["audience"]],
        algorithms=config["algorithms"],
        leewaySeconds=config["leeway_s"],
        types=config["typ_allowed"],
        maxLifetimeSeconds=config["max_lifetime_s"],
    )


def is_accepted(case: dict[str, Any]) -> bool:
    config = {**DOCUMENT["meta"]["default_config"], **case.get("config", {})}
    addresses = config["issuer"] if isinstance(config["issuer"], list) else [config["issuer"]]
    by_issuer = config.get("jwks_by_issuer", dict.fromkeys(addresses, case.get("jwks", "default")))
    try:
        table = routes(
            {OPERATION: config["required_scopes"]},
            issuers={f"issuer{place}": settings_of(config, address) for place, address in enumerate(addresses)},
            schemes={"oidc": bearer(*(f"issuer{place}" for place in range(len(addresses))))},
        )
        fetch = FakeIssuer({f"{address}keys": key_set(SETS[name]) for address, name in by_issuer.items()})
        request = event(OPERATION, **with_token(build_token(case["build"], NOW)))
        return iam_allows(authorizer(table, fetch).decide(request), request["methodArn"])
    except AuthorizerError:
        return False


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_token_is_decided_as_the_case_says(case: dict[str, Any]) -> None:
    assert is_accepted(case) == (case["expect"] == "accept"), case["reason"]


def test_the_cases_are_all_there() -> None:
    accepted = [case for case in CASES if case["expect"] == "accept"]

    assert (len(CASES), len(accepted)) == (211, 22)
    assert DOCUMENT["meta"]["default_config"]["issuer"] == ISSUER
