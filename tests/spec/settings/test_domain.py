"""`domains`, function sizes and the like in gateway.yaml: what goes together, and what it is told when it does not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from headgate.spec import load_project
from headgate.spec.settings.domain import domains_of, has_own_address

from ..projects import GATEWAY, compile_files, document, operation

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
IN_IRELAND = CERTIFICATE.replace("us-east-1", "eu-west-1")
TLS = {"truststore": "s3://trust/clients.pem"}


def domain(**changes: Any) -> dict[str, Any]:
    return {"name": "api.example.com", "certificate": CERTIFICATE, **changes}


def gateway(domains: Any, *, endpoint: str = "regional", **environment: Any) -> dict[str, Any]:
    dev = {"stages": {"dev": {}}, "domains": {"shop": domains}, **environment}
    return {
        **GATEWAY,
        "apis": {"shop": {"documents": ["shop.yaml"], "endpoint": endpoint}},
        "environments": {"dev": dev},
    }


def problems(folder: Path, value: dict[str, Any]) -> list[str]:
    (folder / "gateway.yaml").write_text(yaml.safe_dump(value, sort_keys=False))
    return [f"{problem.code} {problem.message}" for problem in load_project(folder)[1]]


@pytest.mark.parametrize(
    "good",
    [
        domain(),
        domain(**{"security-policy": "SecurityPolicy_TLS13_1_3_2025_09", "endpoint-access": "strict"}),
        domain(**{"mutual-tls": {**TLS, "version": "7"}}),
        domain(**{"hosted-zone": "Z0123456789ABC", "execute-api": True}),
        [domain(), domain(name="www.example.com")],
    ],
)
def test_a_good_domain_says_nothing(tmp_path: Path, good: Any) -> None:
    assert problems(tmp_path, gateway(good)) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (domain(name="API.example.com"), "small letters"),
        (domain(name="localhost"), "two labels"),
        (domain(certificate="arn:aws:iam::123456789012:server-certificate/x"), "certificate is 'arn:aws:iam"),
        (domain(**{"security-policy": "TLS_1_3"}), "security-policy is 'TLS_1_3'"),
        (domain(**{"mutual-tls": {"truststore": "https://x/y.pem"}}), "truststore is 'https"),
        (domain(**{"mutual-tls": TLS, "security-policy": "SecurityPolicy_TLS13_1_3_2025_09"}), "no mutual TLS with"),
        (domain(**{"mutual-tls": TLS, "security-policy": "TLS_1_0"}), "mutual TLS needs TLS_1_2"),
        (domain(**{"mutual-tls": TLS, "execute-api": True}), "would let callers past mutual TLS"),
        (domain(**{"endpoint-access": "basic"}), "goes with a SecurityPolicy_ policy"),
        (domain(**{"hosted-zone": "example.com"}), "hosted-zone is 'example.com'"),
    ],
)  # fmt: skip
def test_settings_that_contradict_each_other_are_named(tmp_path: Path, wrong: dict[str, Any], message: str) -> None:
    (problem,) = problems(tmp_path, gateway(wrong))

    assert problem.startswith("HG110")
    assert message in problem


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        (gateway(domain(), region="eu-west-1"), "HG187", "us-east-1; a regional endpoint here needs one in eu-west-1"),
        (gateway(domain(certificate=IN_IRELAND), endpoint="edge", region="eu-west-1"), "HG187", "needs one in us-east-1"),
        (gateway(domain(), account="999999999999"), "HG187", "of account 123456789012"),
        (gateway(domain(), endpoint="private"), "HG187", "private API"),
        (gateway(domain(**{"mutual-tls": TLS}), endpoint="edge"), "HG187", "edge endpoints have no mutual TLS"),
        (gateway(domain(**{"security-policy": "SecurityPolicy_TLS13_2025_EDGE"})), "HG187", "no policy of regional"),
        (gateway(domain(), stages={"a": {}, "b": {}}), "HG187", "several stages"),
        (gateway(domain(stage="nope")), "HG111", "stage 'nope'"),
        (gateway(domain(stage="a", **{"execute-api": False}), stages={"a": {}, "b": {}}), "HG188", "b can only be called there"),
        (gateway(domain(**{"mutual-tls": TLS}), stages={"dev": {"canary": {"smoke": [{"path": "/"}]}}}), "HG188", "dev-preview"),
        (gateway([domain(), domain()]), "HG189", "stands here twice"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_environment_is_named(
    tmp_path: Path, value: dict[str, Any], code: str, message: str
) -> None:
    found = problems(tmp_path, value)

    assert [problem.split()[0] for problem in found] == [code]
    assert message in found[0]


def test_one_name_in_two_places_is_an_error(tmp_path: Path) -> None:
    value = gateway(domain())
    value["environments"]["prod"] = value["environments"]["dev"]

    assert problems(tmp_path, value) == ["HG189 api.example.com is also a domain of dev/shop"]


def test_an_unknown_api_is_named_with_its_line(tmp_path: Path) -> None:
    value = gateway(domain())
    value["environments"]["dev"]["domains"] = {"shopp": domain()}
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump(value, sort_keys=False))
    (problem,) = load_project(tmp_path)[1]

    assert (problem.code, problem.pointer) == ("HG111", "/environments/dev/domains/shopp")


@pytest.mark.parametrize(
    ("domains", "stages", "expected"),
    [
        (domain(), {"dev": {}}, False),
        (domain(**{"execute-api": True}), {"dev": {}}, True),
        (domain(stage="a"), {"a": {}, "b": {}}, True),
        ([domain(stage="a"), domain(stage="b", name="b.example.com")], {"a": {}, "b": {}}, False),
        (domain(**{"mutual-tls": TLS}), {"dev": {}}, False),
        (domain(), {"dev": {"canary": {"smoke": [{"path": "/"}]}}}, True),
    ],
)
def test_the_apis_own_address_is_off_where_domains_do_it_all(
    tmp_path: Path, domains: Any, stages: dict[str, Any], expected: bool
) -> None:
    assert problems(tmp_path, gateway(domains, stages=stages)) == []
    project, _ = load_project(tmp_path)
    assert project is not None

    assert has_own_address(project.environments["dev"], "shop") is expected
    assert domains_of(project.environments["dev"], "other") == []


def test_issuers_say_which_tokens_they_mean_and_how_long_these_live(tmp_path: Path) -> None:
    issuer = {**GATEWAY["issuers"]["id"], "types": ["at+jwt"], "max-lifetime-seconds": 900}
    value = document({"/a": {"get": operation(security=[{"oidc": []}])}})
    compiled, found = compile_files(tmp_path, {"shop.yaml": value}, {"issuers": {"id": issuer}})
    assert compiled is not None, found

    route = compiled.apis[0].routes["issuers"]["id"]
    assert (route["types"], route["maxLifetimeSeconds"]) == (["at+jwt"], 900)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"functions": {"authorizer": {"timeout": 30}}}, "API Gateway gives up after 29 s"),
        ({"functions": {"aggregator": {"memory": 64}}}, "memory is 64"),
        ({"functions": {"other": {}}}, "'other' is not known here"),
        ({"issuers": {"id": {**GATEWAY["issuers"]["id"], "types": []}}}, "types"),
        ({"issuers": {"id": {**GATEWAY["issuers"]["id"], "max-lifetime-seconds": 0}}}, "max-lifetime-seconds is 0"),
        ({"environments": {"dev": {"stages": {"dev": {"canary": {"on-conflict": "ask"}}}}}}, "on-conflict is 'ask'"),
    ],
)
def test_a_wrong_size_or_choice_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    (problem,) = problems(tmp_path, {**GATEWAY, **change})

    assert message in problem
