"""Custom domains and their mappings through CloudFormation: made, changed in place, and gone without a trace."""

from typing import Any

import pytest

from headgate.local.apigateway import install

from .account import Account
from .fakes import ref

BODY = {
    "openapi": "3.0.1",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/": {
            "get": {
                "responses": {"200": {"description": "x"}},
                "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{}"}},
            }
        }
    },
}


@pytest.fixture
def account() -> Account:
    """A fresh one."""
    install()
    return Account()


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def stack(policy: str = "TLS_1_2", target: str = "One", key: str = "v1/a") -> dict[str, Any]:
    """A domain, two APIs with a stage each, and a mapping of either version to the API `target`."""
    apis: dict[str, Any] = {}
    for name in ("One", "Two"):
        apis[name] = resource("AWS::ApiGateway::RestApi", Name=name, Body=BODY)
        apis[f"{name}D"] = resource("AWS::ApiGateway::Deployment", RestApiId=ref(name))
        stage = {"RestApiId": ref(name), "DeploymentId": ref(f"{name}D"), "StageName": "s"}
        apis[f"{name}S"] = resource("AWS::ApiGateway::Stage", **stage)
    domain = resource(
        "AWS::ApiGateway::DomainName",
        DomainName="api.example.com",
        EndpointConfiguration={"Types": ["REGIONAL"]},
        RegionalCertificateArn="arn:aws:acm:us-east-1:123456789012:certificate/1",
        SecurityPolicy=policy,
    )
    mapping = {"DomainName": ref("Domain"), "RestApiId": ref(target), "Stage": ref(f"{target}S")}
    leveled = {"DomainName": ref("Domain"), "ApiId": ref(target), "Stage": ref(f"{target}S"), "ApiMappingKey": key}
    return {
        **apis,
        "Domain": domain,
        "Mapping": resource("AWS::ApiGateway::BasePathMapping", **mapping),
        "Leveled": resource("AWS::ApiGatewayV2::ApiMapping", **leveled),
    }


def mapped(account: Account) -> dict[str, str]:
    items = account.clients("apigatewayv2").get_api_mappings(DomainName="api.example.com")["Items"]
    names = {account.physical(name): name for name in ("One", "Two")}
    return {item["ApiMappingKey"]: names[item["ApiId"]] for item in items}


def target(account: Account) -> str:
    return str(account.engine.get("demo").resources["Domain"].attributes["RegionalDomainName"])


def test_a_domain_with_mappings_of_both_versions(account: Account) -> None:
    account.deploy(**stack())

    assert mapped(account) == {"": "One", "v1/a": "One"}
    assert target(account).endswith(".execute-api.us-east-1.amazonaws.com")
    account.destroy()
    assert account.clients("apigateway").get_domain_names()["items"] == []


def test_mappings_move_in_place(account: Account) -> None:
    account.deploy(**stack())
    account.deploy(**stack(target="Two", key="v1/b"))

    assert mapped(account) == {"": "Two", "v1/b": "Two"}


def test_a_policy_changes_in_place(account: Account) -> None:
    account.deploy(**stack())
    before = target(account)
    account.deploy(**stack(policy="SecurityPolicy_TLS13_1_3_2025_09"))

    domain = account.clients("apigateway").get_domain_name(domainName="api.example.com")
    assert (domain["securityPolicy"], target(account)) == ("SecurityPolicy_TLS13_1_3_2025_09", before)


def test_what_somebody_else_removed_is_gone_already(account: Account) -> None:
    account.deploy(**stack())
    account.clients("apigateway").delete_domain_name(domainName="api.example.com")

    account.destroy()
