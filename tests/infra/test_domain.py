"""Custom domain names in the template: their settings, one mapping per part and stage, and where DNS has to point."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_all

from infra.app import synthesize
from infra.domain_settings import Addresses, DomainSettings
from infra.settings import StageSettings, Throttle, environment_settings, read_context

from .conftest import GATEWAY, Synth
from .gateways import gateway, users_api
from .test_stack import of_type, only

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"


def addresses(*domains: DomainSettings, closed: bool = False) -> dict[str, Any]:
    return {"addresses": Addresses(domains, frozenset({"portal"} if closed else ()))}


def domain(**changes: Any) -> DomainSettings:
    return DomainSettings(
        **{"name": "api.example.com", "api": "portal", "stage": "prod", "certificate": CERTIFICATE, **changes}
    )


def split_gateway() -> Any:
    """Three parts: the empty base path, one of one level, one of two."""
    parts = [
        users_api(name, base_path=base, part_of="portal")
        for name, base in (("portal", ""), ("portal-users", "/users"), ("portal-v1-a", "/v1/a"))
    ]
    return gateway(*parts)


def test_a_regional_name_has_its_certificate_and_policy(synth: Synth) -> None:
    made = only(synth(**addresses(domain())), "AWS::ApiGateway::DomainName")["Properties"]

    assert made == {
        "DomainName": "api.example.com",
        "EndpointConfiguration": {"Types": ["REGIONAL"]},
        "RegionalCertificateArn": CERTIFICATE,
        "SecurityPolicy": "TLS_1_2",
    }


def test_an_edge_name_has_the_certificate_of_cloudfront(synth: Synth) -> None:
    made = only(synth(**addresses(domain(endpoint="EDGE"))), "AWS::ApiGateway::DomainName")["Properties"]

    assert made["CertificateArn"] == CERTIFICATE
    assert "RegionalCertificateArn" not in made


def test_mutual_tls_and_the_newer_policies_are_passed_on(synth: Synth) -> None:
    tls = domain(truststore="s3://trust/clients.pem", truststore_version="7", ownership_certificate=CERTIFICATE)
    newer = domain(security_policy="SecurityPolicy_TLS13_1_3_2025_09", endpoint_access="STRICT")

    made = only(synth(**addresses(tls)), "AWS::ApiGateway::DomainName")["Properties"]
    assert made["MutualTlsAuthentication"] == {"TruststoreUri": "s3://trust/clients.pem", "TruststoreVersion": "7"}
    assert made["OwnershipVerificationCertificateArn"] == CERTIFICATE
    assert (
        only(synth(**addresses(newer)), "AWS::ApiGateway::DomainName")["Properties"]["EndpointAccessMode"] == "STRICT"
    )


def test_every_part_has_a_mapping_and_only_levels_take_the_second_version(synth: Synth) -> None:
    template = synth(split_gateway(), **addresses(domain()))

    single = of_type(template, "AWS::ApiGateway::BasePathMapping").values()
    assert {item["Properties"].get("BasePath") for item in single} == {None, "users"}
    multi = only(template, "AWS::ApiGatewayV2::ApiMapping")["Properties"]
    assert multi == {
        "ApiId": {"Ref": "PortalV1AApi"},
        "ApiMappingKey": "v1/a",
        "DomainName": {"Ref": "PortalDomainApiExampleCom"},
        "Stage": {"Ref": "PortalV1AProdStage"},
    }


def test_mappings_are_there_before_the_rollout_takes_routes_away(synth: Synth) -> None:
    template = synth(split_gateway(), **addresses(domain()))
    mappings = {
        *of_type(template, "AWS::ApiGateway::BasePathMapping"),
        *of_type(template, "AWS::ApiGatewayV2::ApiMapping"),
    }

    assert len(mappings) == 3
    assert mappings <= set(only(template, "Custom::HeadgateRollout")["DependsOn"])


def test_a_domain_shows_its_stage_only(synth: Synth) -> None:
    stages = tuple(StageSettings(name, throttle=Throttle(1, 1)) for name in ("dev", "prod"))
    template = synth(stages=stages, **addresses(domain()))

    assert only(template, "AWS::ApiGateway::BasePathMapping")["Properties"]["Stage"] == {"Ref": "PortalProdStage"}


def test_the_parts_of_an_api_are_released_together_and_listed(synth: Synth) -> None:
    template = synth(split_gateway(), **addresses(domain(), closed=True))

    names = [entry["name"] for entry in only(template, "Custom::HeadgatePublish")["Properties"]["RestApis"]]
    assert names == ["portal", "portal-users", "portal-v1-a"]
    assert template["Outputs"]["PartsPortal"]["Value"] == {
        "Fn::Sub": "${PortalApi}=,${PortalUsersApi}=/users,${PortalV1AApi}=/v1/a"
    }


def test_a_throttle_of_any_part_is_part_of_what_the_publisher_watches(synth: Synth) -> None:
    def digest(burst: int) -> str:
        first = users_api("portal", part_of="portal", throttles={"/{id}/GET": {"rate": 1, "burst": burst}})
        second = users_api(
            "portal-b", part_of="portal", base_path="/b", throttles={"/{id}/GET": {"rate": 1, "burst": 1}}
        )
        properties = only(synth(gateway(first, second), **addresses(domain())), "Custom::HeadgatePublish")["Properties"]
        return str(properties["StageConfigDigest"])

    assert digest(5) != digest(6)


@pytest.mark.parametrize("closed", [True, False])
def test_the_apis_own_address_is_off_when_it_is_not_wanted(synth: Synth, closed: bool) -> None:
    template = synth(**addresses(domain(), closed=closed))
    properties = only(template, "AWS::ApiGateway::RestApi")["Properties"]

    assert properties.get("DisableExecuteApiEndpoint") == (True if closed else None)
    assert (template["Outputs"]["UrlPortal"]["Value"] == "https://api.example.com") is closed


def test_dns_is_told_where_to_point_and_a_zone_gets_the_record(synth: Synth) -> None:
    template = synth(local=False, **addresses(domain(hosted_zone="Z0123")))

    name = "PortalDomainApiExampleCom"
    assert template["Outputs"]["DomainTargetApiExampleCom"]["Value"] == {"Fn::GetAtt": [name, "RegionalDomainName"]}
    record = only(template, "AWS::Route53::RecordSet")["Properties"]
    assert record["AliasTarget"]["HostedZoneId"] == {"Fn::GetAtt": [name, "RegionalHostedZoneId"]}
    assert not of_type(synth(**addresses(domain(hosted_zone="Z0123"))), "AWS::Route53::RecordSet")


def test_nothing_asks_for_the_root_resource(synth: Synth) -> None:
    assert "RootResourceId" not in json.dumps(synth(split_gateway(), **addresses(domain())))


DOMAINS = f"""\
  prod:
    stages: {{prod: {{canary: {{percent: 10, on-conflict: adopt}}}}}}
    domains:
      users: {{name: api.example.com, certificate: "{CERTIFICATE}", hosted-zone: Z0123, mutual-tls: {{truststore: "s3://trust/c.pem"}}}}
functions: {{authorizer: {{memory: 1024, concurrency: 20}}}}
"""


def with_domain(project: Path) -> Path:
    (project / "gateway.yaml").write_text(GATEWAY.partition("  prod:")[0] + DOMAINS)
    return project


def test_a_domain_passes_cdk_nag_our_rules_and_cfn_lint(project: Path, tmp_path: Path) -> None:
    made = synthesize(with_domain(project), outdir=tmp_path / "out", context={"aws:cdk:bundling-stacks": []})

    text = (made.assembly / "tiny-prod.template.json").read_text()
    assert "AWS::ApiGateway::DomainName" in text
    # W3005 says that a dependency is implied already, as in test_checks.
    found = [str(match) for match in lint_all(text) if match.rule.id[0] in "EW" and match.rule.id != "W3005"]
    assert found == []
    (nag,) = json.loads((tmp_path / "out" / "validation-report.json").read_text())["pluginReports"]
    assert (nag["pluginName"], nag["conclusion"], nag["violations"]) == ("AwsSolutions", "success", [])


def test_gateway_yaml_is_read_and_the_context_is_asked_first(project: Path) -> None:
    from headgate.spec import load_project

    found, problems = load_project(with_domain(project))
    assert found is not None, problems

    said = environment_settings(found, "prod", read_context({}.get))
    assert (said.functions["authorizer"].memory_mb, said.functions["authorizer"].concurrency) == (1024, 20)
    assert said.functions["aggregator"].memory_mb == 1024
    assert said.stages[0].on_conflict == "adopt"
    assert said.addresses.closed == {"users"}
    context = {"headgate:on-conflict": "override", "headgate:functions": {"authorizer": {"memory_mb": 2048}}}
    asked = environment_settings(found, "prod", read_context(context.get))
    assert (asked.stages[0].on_conflict, asked.functions["authorizer"].memory_mb) == ("override", 2048)
    assert asked.functions["authorizer"].concurrency == 20
