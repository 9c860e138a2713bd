"""Our own rules for a synthesized template. Pure: JSON in, findings out.

cdk-nag cannot read OpenAPI bodies: deleting every `security` from a document raises nothing there. So authorization, validation,
CORS, pinned code and throttling are checked here, on the body as it will be imported.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method")
INTEGRATION = "x-amazon-apigateway-integration"
VALIDATOR = "x-amazon-apigateway-request-validator"
OWN_FUNCTION = ":function:headgate-"
ALLOW_ORIGIN = "access-control-allow-origin"
ALLOW_CREDENTIALS = "access-control-allow-credentials"

# CloudFormation takes templates of 1 MB; what is left is for growth between two deploys.
TEMPLATE_LIMIT_BYTES = 800_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a resource breaks; `where` is a path inside the resource's properties."""

    rule: str
    resource: str
    where: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a RestApi's body."""

    resource: str
    path: str
    method: str
    value: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def where(self) -> str:
        return f"Body.paths.{self.path}.{self.method}"

    def finding(self, rule: str, message: str, fix: str) -> Finding:
        """A finding about this operation."""
        return Finding(rule, self.resource, self.where, f"{self.method.upper()} {self.path}: {message}", fix)


def check_template(template: Mapping[str, Any]) -> list[Finding]:
    """Every finding in a template."""
    resources: Mapping[str, Any] = template.get("Resources", {})
    findings = [
        finding for operation in _operations(resources) for check in OPERATION_CHECKS for finding in check(operation)
    ]
    for name, resource in resources.items():
        check = RESOURCE_CHECKS.get(resource["Type"])
        findings += check(name, resource) if check else ()
    return findings + list(_check_size(template))


def check_authorized(operation: Operation) -> Iterator[Finding]:
    """Every operation says who may call it; public is said too, with an empty list."""
    if operation.method == "options" and operation.value.get(INTEGRATION, {}).get("type", "").lower() == "mock":
        return
    security = operation.value.get("security", operation.document.get("security"))
    if security is None:
        yield operation.finding(
            "HGI-AUTH", "has no security", "bind a scheme to it, or say security: [] to make it public"
        )
        return
    schemes = operation.document.get("components", {}).get("securitySchemes", {})
    for name in (name for requirement in security for name in requirement):
        scheme = schemes.get(name)
        if scheme is None or not _is_enforced(scheme):
            yield operation.finding(
                "HGI-AUTH", f"scheme {name!r} is enforced by nothing", "bind it to an issuer in gateway.yaml"
            )


def check_validated(operation: Operation) -> Iterator[Finding]:
    """What an operation requires of a request is checked before its integration runs; our aggregator checks by itself."""
    parameters = operation.value.get("parameters", [])
    is_demanding = any(item.get("required") and item.get("in") in {"query", "header"} for item in parameters)
    if not is_demanding and "requestBody" not in operation.value:
        return
    name = operation.value.get(VALIDATOR, operation.document.get(VALIDATOR))
    is_ours = "Aggregator" in json.dumps(operation.value.get(INTEGRATION, {}).get("uri"))
    if not is_ours and name not in operation.document.get("x-amazon-apigateway-request-validators", {}):
        yield operation.finding(
            "HGI-VALIDATE", "requires things that no validator checks", "give it a request validator"
        )


def check_pinned(operation: Operation) -> Iterator[Finding]:
    """Our functions are called by version, or promoting a deployment would not promote its code."""
    texts = [operation.value.get(INTEGRATION, {}).get("uri")]
    schemes = operation.document.get("components", {}).get("securitySchemes", {})
    names = {name for requirement in operation.value.get("security", []) for name in requirement}
    texts += [schemes.get(name, {}).get("x-amazon-apigateway-authorizer", {}).get("authorizerUri") for name in names]
    for text in texts:
        if isinstance(text, str) and OWN_FUNCTION in text:
            yield operation.finding(
                "HGI-PINNED", f"{text} names no version", "compile again; this is a fault of headgate"
            )


def check_cors(operation: Operation) -> Iterator[Finding]:
    """Credentials are never offered to every origin."""
    for response in operation.value.get(INTEGRATION, {}).get("responses", {}).values():
        if _offers_credentials_to_all(response.get("responseParameters", {})):
            yield operation.finding(
                "HGI-CORS", "allows credentials from every origin", "name the origins in gateway.yaml"
            )


def check_stage(name: str, resource: Mapping[str, Any]) -> Iterator[Finding]:
    """A stage logs, traces, has limits, keeps request data out of its logs, and leaves its canary to the release function."""
    properties = resource["Properties"]
    if "CanarySetting" in properties:
        yield Finding(
            "HGI-CANARY", name, "CanarySetting", "CloudFormation owns a canary", "leave it to the release function"
        )
    if "AccessLogSetting" not in properties:
        yield Finding("HGI-LOG", name, "AccessLogSetting", "the stage writes no access log", "give it a log group")
    entries = {(entry["ResourcePath"], entry["HttpMethod"]): entry for entry in properties.get("MethodSettings", [])}
    default = entries.get(("/*", "*"), {})
    if "ThrottlingRateLimit" not in default or "ThrottlingBurstLimit" not in default:
        yield Finding(
            "HGI-THROTTLE", name, "MethodSettings", "the stage has no throttle", "set throttle: {rate, burst}"
        )
    if any(entry.get("DataTraceEnabled") for entry in entries.values()):
        yield Finding(
            "HGI-TRACE", name, "MethodSettings", "request bodies and tokens are logged", "turn data tracing off"
        )


def check_log_group(name: str, resource: Mapping[str, Any]) -> Iterator[Finding]:
    """Logs are encrypted with our key and do not stay for ever."""
    for wanted in ("KmsKeyId", "RetentionInDays"):
        if wanted not in resource["Properties"]:
            yield Finding("HGI-LOG", name, wanted, f"the log group has no {wanted}", f"set {wanted}")


def check_version(name: str, resource: Mapping[str, Any]) -> Iterator[Finding]:
    """A version outlives the template that made it: a stage may still point at it."""
    if resource.get("DeletionPolicy") != "Retain":
        yield Finding(
            "HGI-RETAIN", name, "DeletionPolicy", "the version goes with its template", "set DeletionPolicy: Retain"
        )


OPERATION_CHECKS: tuple[Callable[[Operation], Iterator[Finding]], ...] = (
    check_authorized,
    check_validated,
    check_pinned,
    check_cors,
)
RESOURCE_CHECKS: Mapping[str, Callable[[str, Mapping[str, Any]], Iterator[Finding]]] = {
    "AWS::ApiGateway::Stage": check_stage,
    "AWS::Logs::LogGroup": check_log_group,
    "AWS::Lambda::Version": check_version,
}


def _operations(resources: Mapping[str, Any]) -> Iterator[Operation]:
    apis = {name: item for name, item in resources.items() if item["Type"] == "AWS::ApiGateway::RestApi"}
    for name, api in apis.items():
        document = api["Properties"].get("Body", {})
        for path, item in document.get("paths", {}).items():
            methods = [method for method in METHODS if method in item]
            yield from (Operation(name, path, method, item[method], document) for method in methods)


def _is_enforced(scheme: Mapping[str, Any]) -> bool:
    is_key = scheme.get("type") == "apiKey" and str(scheme.get("name", "")).lower() == "x-api-key"
    is_iam = scheme.get("x-amazon-apigateway-authtype") == "awsSigv4"
    return "x-amazon-apigateway-authorizer" in scheme or is_key or is_iam


def _offers_credentials_to_all(parameters: Mapping[str, str]) -> bool:
    headers = {name.rsplit(".", 1)[-1].lower(): str(value).strip("'") for name, value in parameters.items()}
    return headers.get(ALLOW_ORIGIN) == "*" and headers.get(ALLOW_CREDENTIALS) == "true"


def _check_size(template: Mapping[str, Any]) -> Iterator[Finding]:
    size = len(json.dumps(template, separators=(",", ":")).encode())
    if size > TEMPLATE_LIMIT_BYTES:
        largest = max(template["Resources"], key=lambda name: len(json.dumps(template["Resources"][name])))
        message = f"the template has {size:,} bytes, more than {TEMPLATE_LIMIT_BYTES:,}"
        yield Finding("HGI-SIZE", largest, "Body", message, "split the API in gateway.yaml; its schemas weigh most")
