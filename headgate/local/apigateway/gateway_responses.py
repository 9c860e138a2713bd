"""The 21 gateway responses, their defaults and what a customised one may be (FACTS 1.1, 1.2, 1.26 to 1.28). Pure."""

import re
from collections.abc import Mapping

from .errors import ValidationError, no_match, not_in_enum
from .state import Document

# FACTS 1.1: type -> status; None: the family's members keep their own.
DEFAULT_STATUS: Mapping[str, str | None] = {
    "ACCESS_DENIED": "403",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_FAILURE": "500",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
    "EXPIRED_TOKEN": "403",
    "INTEGRATION_FAILURE": "504",
    "INTEGRATION_TIMEOUT": "504",
    "INVALID_API_KEY": "403",
    "INVALID_SIGNATURE": "403",
    "MISSING_AUTHENTICATION_TOKEN": "403",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404",
    "THROTTLED": "429",
    "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
}
# In the order of AWS's refusal (recorded).
TYPES = (
    "REQUEST_TOO_LARGE",
    "RESOURCE_NOT_FOUND",
    "AUTHORIZER_CONFIGURATION_ERROR",
    "MISSING_AUTHENTICATION_TOKEN",
    "BAD_REQUEST_BODY",
    "INVALID_SIGNATURE",
    "INVALID_API_KEY",
    "BAD_REQUEST_PARAMETERS",
    "AUTHORIZER_FAILURE",
    "UNAUTHORIZED",
    "INTEGRATION_TIMEOUT",
    "ACCESS_DENIED",
    "DEFAULT_4XX",
    "DEFAULT_5XX",
    "WAF_FILTERED",
    "QUOTA_EXCEEDED",
    "THROTTLED",
    "API_CONFIGURATION_ERROR",
    "UNSUPPORTED_MEDIA_TYPE",
    "INTEGRATION_FAILURE",
    "EXPIRED_TOKEN",
)
DEFAULT_TEMPLATES = {"application/json": '{"message":$context.error.messageString}'}


def check_type(kind: str) -> None:
    """One of the 21."""
    if kind not in DEFAULT_STATUS:
        raise ValidationError([not_in_enum(kind, "responseType", TYPES)])


def build_gateway_response(kind: str, given: Document) -> Document:
    """A customised response; absent keys keep their defaults (FACTS 1.27)."""
    check_type(kind)
    document: Document = {"responseType": kind}
    if given.get("statusCode") is not None:
        document["statusCode"] = check_status(str(given["statusCode"]), "putGatewayResponseInput.statusCode")
    for key in ("responseParameters", "responseTemplates"):
        if given.get(key):
            document[key] = {str(name): str(one) for name, one in given[key].items()}
    return document


def check_status(status: str, place: str = "statusCode") -> str:
    """Three digits, 400 or above is not required; `place` is what AWS calls it (recorded for PutGatewayResponse)."""
    if not re.fullmatch(r"[1-5]\d\d", status):
        raise ValidationError([no_match(status, place, r"[1-5]\d\d")])
    return status


def shown(kind: str, custom: Mapping[str, Document]) -> Document:
    """The response as GetGatewayResponse shows it: its own entry, else its family's, else AWS's default (FACTS 1.26)."""
    own = custom.get(kind)
    if own is not None:
        return _filled(kind, own, default=False)
    status = DEFAULT_STATUS[kind]
    family = custom.get(f"DEFAULT_{status[0]}XX") if status else None
    if family is None:
        return _filled(kind, {}, default=True)
    return _filled(kind, family, default=True)


def _filled(kind: str, entry: Document, *, default: bool) -> Document:
    document: Document = {"responseType": kind, "defaultResponse": default}
    status = entry.get("statusCode") or DEFAULT_STATUS[kind]
    if status:
        document["statusCode"] = status
    document["responseParameters"] = dict(entry.get("responseParameters") or {})
    document["responseTemplates"] = dict(entry.get("responseTemplates") or DEFAULT_TEMPLATES)
    return document
