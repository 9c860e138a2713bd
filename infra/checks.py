"""Checks that fail a synth: cdk-nag's AwsSolutions with what we acknowledge and why, and our own rules as a second plugin."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk
import jsii
from aws_cdk import Acknowledgment, App, PolicyViolatingResource, PolicyViolation, Stack, Validations
from cdk_nag import AwsSolutionsChecks

from .template_checks import Finding, check_template

# What cdk-nag would have otherwise and why it is right here, by finding.
ACKNOWLEDGED: Mapping[str, str] = {
    "AwsSolutions-APIG2": "The validators are in the OpenAPI body, which cdk-nag does not read; HGI-VALIDATE checks them there.",
    "AwsSolutions-APIG3": "A web ACL is the account's choice and costs money; the stage's ARN is ready to be associated.",
    "AwsSolutions-DDB3": "The cache table holds copies of upstream answers for seconds or minutes: there is nothing to recover.",
}


@jsii.implements(aws_cdk.IPolicyValidationPlugin)
class TemplateChecks:
    """Our own rules over every template of the app."""

    @property
    def name(self) -> str:
        return "headgate"

    @property
    def rule_ids(self) -> list[str] | None:
        return None

    @property
    def version(self) -> str | None:
        return None

    def validate(self, context: aws_cdk.IPolicyValidationContext) -> aws_cdk.PolicyValidationPluginReport:
        """The report over all templates."""
        violations = [_violation(path, finding) for path in context.template_paths for finding in _findings(path)]
        return aws_cdk.PolicyValidationPluginReport(success=not violations, violations=violations)


def add_checks(app: App, stacks: Sequence[Stack]) -> None:
    """Register both plugins. An error of either fails the synth and is in `validation-report.json`."""
    Validations.of(app).add_plugins(TemplateChecks(), AwsSolutionsChecks(app, verbose=True))
    for stack in stacks:
        for rule, reason in ACKNOWLEDGED.items():
            Validations.of(stack).acknowledge(Acknowledgment(id=rule, reason=reason))


def _findings(path: str) -> list[Finding]:
    return check_template(json.loads(Path(path).read_text(encoding="utf-8")))


def _violation(path: str, finding: Finding) -> PolicyViolation:
    return PolicyViolation(
        rule_name=finding.rule,
        description=finding.message,
        fix=finding.fix,
        severity="error",
        violating_resources=[
            PolicyViolatingResource(resource_logical_id=finding.resource, template_path=path, locations=[finding.where])
        ],
    )
