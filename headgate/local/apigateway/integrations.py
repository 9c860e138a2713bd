"""What an integration and its responses look like once accepted, and why one is refused (FACTS 8.9, 8.29). Pure."""

import re
from typing import Any

from .errors import BadRequestError, ValidationError, no_match, not_in_enum
from .state import Document

# In the order of AWS's refusal (recorded).
TYPES = ("HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS")
CONNECTIONS = ("INTERNET", "VPC_LINK")
PASSTHROUGH = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
CONTENT_HANDLING = ("CONVERT_TO_BINARY", "CONVERT_TO_TEXT")
# FACTS 10.1
MIN_TIMEOUT_MILLIS, MAX_TIMEOUT_MILLIS = 50, 29_000
_HTTP_URI = re.compile(r"https?://[^\s]+|\$\{stageVariables\.[^}]+\}.*")
_AWS_URI = re.compile(r"arn:[\w-]+:apigateway:[^:]*:[^:]+:(?P<kind>path|action)/.+")
_PROXY_URI = re.compile(r".*:lambda:path/(2015-03-31|2021-11-15)/functions/.+|.*:firehose:.*")
_FUNCTION_URI = re.compile(r".*:lambda:path/.*")
_MEDIA_TYPE = re.compile(r"[\w.+*-]+/[\w.+*-]+(\s*;.*)?|\$default", re.DOTALL)
_NO_PATTERN = ("unterminated", "missing )", "unbalanced", "nothing to repeat", "multiple repeat")
_OPTIONAL = (
    "uri",
    "credentials",
    "connectionId",
    "requestParameters",
    "requestTemplates",
    "contentHandling",
    "tlsConfig",
    "responseTransferMode",
    "integrationTarget",
)


def build_integration(settings: Document, resource_id: str) -> Document:
    """The integration AWS would show for these settings of PutIntegration; `integrationHttpMethod` is the verb."""
    kind = str(settings.get("type") or "").upper()
    if kind not in TYPES:
        raise ValidationError([not_in_enum(settings.get("type"), "putIntegrationInput.type", TYPES)])
    check_endpoint(kind, settings.get("uri"), settings.get("integrationHttpMethod"))
    check_role(kind, settings.get("uri"), settings.get("credentials"))
    document: Document = {"type": kind}
    if settings.get("integrationHttpMethod"):
        document["httpMethod"] = str(settings["integrationHttpMethod"]).upper()
    check_content_types(settings.get("requestTemplates") or {})
    document |= {key: settings[key] for key in _OPTIONAL if settings.get(key) not in (None, "", {})}
    if settings.get("connectionType") or kind in ("HTTP", "HTTP_PROXY"):
        document["connectionType"] = connection_type(settings.get("connectionType"))
    if document.get("connectionType") == "VPC_LINK" and not document.get("connectionId"):
        raise BadRequestError(
            "ConnectionId should be set to the vpcLinkId or stage variable on connection type VPC_LINK"
        )
    document["passthroughBehavior"] = passthrough(settings.get("passthroughBehavior"))
    document["timeoutInMillis"] = timeout(settings.get("timeoutInMillis"))
    document["cacheNamespace"] = settings.get("cacheNamespace") or resource_id
    document["cacheKeyParameters"] = list(settings.get("cacheKeyParameters") or [])
    if "contentHandling" in document:
        document["contentHandling"] = content_handling(document["contentHandling"])
    return document


def check_endpoint(kind: str, uri: Any, http_method: Any) -> None:
    """FACTS 8.29, in AWS's order: the verb, then the address."""
    if kind == "MOCK":
        return
    if not http_method:
        raise BadRequestError("Enumeration value for HttpMethod must be non-empty")
    address = str(uri or "")
    if kind in ("HTTP", "HTTP_PROXY"):
        if not _HTTP_URI.fullmatch(address) or not _has_usable_port(address):
            raise BadRequestError("Invalid HTTP endpoint specified for URI")
        return
    if not address.startswith("arn:"):
        raise BadRequestError("Invalid ARN specified in the request")
    if not _AWS_URI.fullmatch(address):
        raise BadRequestError("AWS ARN for integration must contain path or action")
    if kind == "AWS_PROXY" and not _PROXY_URI.fullmatch(address):
        raise BadRequestError(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."
        )


def check_role(kind: str, uri: Any, credentials: Any) -> None:
    """FACTS 8.32: functions may let API Gateway in by their own policy, every other service needs a role."""
    if credentials and not str(credentials).startswith(("arn:", "${")):  # FACTS 8.46
        raise BadRequestError("Invalid ARN specified in the request")
    if kind == "AWS" and not credentials and not _FUNCTION_URI.fullmatch(str(uri or "")):
        raise BadRequestError("Role ARN must be specified for AWS integrations")


def _has_usable_port(address: str) -> bool:
    """FACTS 8.27: 80, 443 and 1024 to 65535; what a stage variable will say is not known yet."""
    match = re.match(r"https?://[^/?#]*:(\d+)(?=[/?#]|$)", address)
    return match is None or int(match[1]) in (80, 443) or 1024 <= int(match[1]) <= 65_535


def selection_pattern(value: str) -> str:
    """FACTS 8.46: refused where no dialect could read it; what only Java or only Python can is let through."""
    try:
        re.compile(value)
    except re.error as error:
        if error.msg.startswith(_NO_PATTERN):
            raise BadRequestError("Invalid regex pattern specified") from None
    return value


def check_cache_keys(names: Any, declared: Any, mapped: Any) -> None:
    """FACTS 6.3: a cache key is a declared parameter of the method's request or of the integration's."""
    known = {*(declared or {}), *(mapped or {})}
    if any(name not in known for name in names or ()):
        raise BadRequestError("Invalid cache key parameter specified")


def passthrough(value: Any) -> str:
    """`WHEN_NO_MATCH` unless said otherwise (FACTS 8.9)."""
    found = str(value or "WHEN_NO_MATCH").upper()
    if found not in PASSTHROUGH:
        raise ValidationError([not_in_enum(value, "putIntegrationInput.passthroughBehavior", PASSTHROUGH)])
    return found


def connection_type(value: Any) -> str:
    """`INTERNET` or `VPC_LINK`."""
    found = str(value or CONNECTIONS[0]).upper()
    if found not in CONNECTIONS:
        raise ValidationError([not_in_enum(value, "putIntegrationInput.connectionType", CONNECTIONS)])
    return found


def timeout(value: Any) -> int:
    """Milliseconds, 50 to 29,000, 29,000 by default (FACTS 10.1)."""
    try:
        found = MAX_TIMEOUT_MILLIS if value is None else int(value)
    except (TypeError, ValueError):
        found = -1
    if not MIN_TIMEOUT_MILLIS <= found <= MAX_TIMEOUT_MILLIS:
        raise BadRequestError("Timeout should be between 50 ms and 29000 ms")
    return found


def content_handling(value: Any) -> str:
    """`CONVERT_TO_BINARY` or `CONVERT_TO_TEXT`, any letter case."""
    found = str(value).upper()
    if found not in CONTENT_HANDLING:
        raise ValidationError([not_in_enum(value, "putIntegrationInput.contentHandling", CONTENT_HANDLING)])
    return found


def check_content_types(templates: Document) -> None:
    """Templates are by media type (recorded for responses)."""
    for name in templates:
        if not _MEDIA_TYPE.fullmatch(name):
            raise BadRequestError(
                f"Validation Result: warnings : [], errors : [Invalid content type specified: {name}]"
            )


def build_integration_response(settings: Document) -> Document:
    """One entry of `integrationResponses`; empty templates stay null, as AWS shows them."""
    document: Document = {"statusCode": str(settings["statusCode"])}
    if not re.fullmatch(r"[1-5]\d\d", document["statusCode"]):
        raise ValidationError([no_match(document["statusCode"], "statusCode", r"[1-5]\d\d")])
    if settings.get("selectionPattern") is not None:
        document["selectionPattern"] = selection_pattern(str(settings["selectionPattern"]))
    if settings.get("responseParameters"):
        document["responseParameters"] = dict(settings["responseParameters"])
    if settings.get("responseTemplates"):
        check_content_types(settings["responseTemplates"])
        document["responseTemplates"] = {key: one or None for key, one in settings["responseTemplates"].items()}
    if settings.get("contentHandling"):
        document["contentHandling"] = content_handling(settings["contentHandling"])
    return document
