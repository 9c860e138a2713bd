"""Rules that fail a synth: each one seen to fire, and the sample passing all of them."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_all

from infra.app import ChecksError, synthesize
from infra.template_checks import check_template

from .conftest import ROOT, Synth

Template = dict[str, Any]


def body(template: Template) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"]["PortalApi"]["Properties"]["Body"]
    return found


def get(template: Template, path: str) -> dict[str, Any]:
    found: dict[str, Any] = body(template)["paths"][path]["get"]
    return found


def stage(template: Template) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"]["PortalProdStage"]["Properties"]
    return found


def unbind(template: Template) -> None:
    del body(template)["components"]["securitySchemes"]["jwt-0000000000"]["x-amazon-apigateway-authorizer"]


def demand(template: Template) -> None:
    body(template).pop("x-amazon-apigateway-request-validator")
    get(template, "/users/{id}")["parameters"] = [{"name": "q", "in": "query", "required": True}]


def unpin(template: Template) -> None:
    uri = "arn:aws:apigateway:x:lambda:path/2015-03-31/functions/arn:aws:lambda:x:1:function:headgate-aggregator/invocations"
    get(template, "/home")["x-amazon-apigateway-integration"]["uri"] = uri


def offer_credentials(template: Template) -> None:
    get(template, "/health")["x-amazon-apigateway-integration"]["responses"]["default"]["responseParameters"] = {
        "method.response.header.Access-Control-Allow-Origin": "'*'",
        "method.response.header.Access-Control-Allow-Credentials": "'true'",
    }


def unthrottle(template: Template) -> None:
    del stage(template)["MethodSettings"][0]["ThrottlingRateLimit"]


def grow(template: Template) -> None:
    body(template)["info"]["description"] = "x" * 800_000


BREAKAGES: dict[str, tuple[str, Callable[[Template], Any]]] = {
    "no security": ("HGI-AUTH", lambda template: get(template, "/home").pop("security")),
    "unenforced scheme": ("HGI-AUTH", unbind),
    "unknown scheme": ("HGI-AUTH", lambda template: get(template, "/home").update(security=[{"ghost": []}])),
    "no validator": ("HGI-VALIDATE", demand),
    "no version": ("HGI-PINNED", unpin),
    "credentials for everybody": ("HGI-CORS", offer_credentials),
    "no throttle": ("HGI-THROTTLE", unthrottle),
    "canary in the template": ("HGI-CANARY", lambda template: stage(template).update(CanarySetting={})),
    "no access log": ("HGI-LOG", lambda template: stage(template).pop("AccessLogSetting")),
    "bodies in logs": (
        "HGI-TRACE",
        lambda template: stage(template)["MethodSettings"][0].update(DataTraceEnabled=True),
    ),
    "logs in clear": ("HGI-LOG", lambda template: template["Resources"]["ReleaseLog"]["Properties"].pop("KmsKeyId")),
    "logs for ever": (
        "HGI-LOG",
        lambda template: template["Resources"]["ReleaseLog"]["Properties"].pop("RetentionInDays"),
    ),
    "too large": ("HGI-SIZE", grow),
}


@pytest.fixture
def template(synth: Synth) -> Template:
    return copy.deepcopy(synth())


def test_our_own_template_passes_our_rules(template: Template):
    assert check_template(template) == []


@pytest.mark.parametrize(("rule", "breaking"), BREAKAGES.values(), ids=BREAKAGES)
def test_each_rule_fires(template: Template, rule: str, breaking: Callable[[Template], Any]):
    breaking(template)

    findings = check_template(template)

    assert {finding.rule for finding in findings} == {rule}
    assert all(finding.message and finding.fix and finding.where for finding in findings)


def test_a_version_that_goes_with_its_template_is_found(template: Template):
    name = next(name for name in template["Resources"] if "AuthorizerVersion" in name)
    del template["Resources"][name]["DeletionPolicy"]

    assert [finding.rule for finding in check_template(template)] == ["HGI-RETAIN"]


def test_public_is_said_with_an_empty_list(template: Template):
    get(template, "/home")["security"] = []

    assert check_template(template) == []


@pytest.mark.parametrize("name", ["headgate-dev", "headgate-prod"])
def test_the_sample_passes_cdk_nag_our_rules_and_cfn_lint(tmp_path: Path, name: str):
    made = synthesize(ROOT, outdir=tmp_path, context={"aws:cdk:bundling-stacks": []})
    text = (made.assembly / f"{name}.template.json").read_text()

    found = [str(match) for match in lint_all(text) if match.rule.id[0] in "EW" and match.rule.id != "W3005"]

    assert found == []
    (nag,) = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    assert (nag["pluginName"], nag["conclusion"], nag["violations"]) == ("AwsSolutions", "success", [])
    assert all(finding["reason"] for finding in nag["suppressedViolations"])


OPEN_PING = """\
  /ping:
    get:
      operationId: ping
      security: []
      responses: {"200": {description: Pong.}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseParameters:
              method.response.header.Access-Control-Allow-Origin: "'*'"
              method.response.header.Access-Control-Allow-Credentials: "'true'"
components:
"""


def test_a_finding_fails_the_synth(project: Path, tmp_path: Path):
    document = project / "openapi" / "users.yaml"
    document.write_text(document.read_text().replace("components:\n", OPEN_PING))

    with pytest.raises(ChecksError, match="GET /ping: allows credentials from every origin"):
        synthesize(project, outdir=tmp_path / "out", context={"aws:cdk:bundling-stacks": []})


def test_execution_logs_may_be_turned_off_on_purpose(project: Path, tmp_path: Path):
    file = project / "gateway.yaml"
    file.write_text(file.read_text().replace("{prod: {", '{prod: {logging: {level: "off"}, '))

    synthesize(project, outdir=tmp_path, context={"aws:cdk:bundling-stacks": []})

    stage = json.loads((tmp_path / "tiny-prod.template.json").read_text())["Resources"]["UsersProdStage"]
    assert stage["Properties"]["MethodSettings"][0]["LoggingLevel"] == "OFF"
