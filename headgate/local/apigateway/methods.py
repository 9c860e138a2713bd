"""What a method and its parameter mappings may be, and AWS's refusals (FACTS 4.18, 8.16, 8.18)."""

import logging
import re
from collections import Counter
from collections.abc import Iterable

from .errors import BadRequestError
from .state import Document, Draft

log = logging.getLogger(__name__)

VERBS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "ANY")
_PARAMETER = re.compile(r"method\.request\.(path|querystring|header|multivaluequerystring|multivalueheader)\.(.+)")
_PARAMETER_NAME = re.compile(r"[a-zA-Z0-9:._$-]+")
_RESPONSE_HEADER = re.compile(r"method\.response\.header\.(.+)")
_BODY_OR_VALUE = re.compile(r"'.*'|context\..+|stageVariables\..+|method\.request\.body(\..+)?", re.DOTALL)
_ANSWER_OR_VALUE = re.compile(
    r"'.*'|context\..+|stageVariables\..+|integration\.response\.((multivalue)?header\..+|body(\..+)?)", re.DOTALL
)
_MAPPING_REFUSED = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{}]"


def check_verb(verb: str) -> str:
    """One of API Gateway's verbs."""
    if verb not in VERBS:
        raise BadRequestError(
            "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"
        )
    return verb


def check_request_parameters(names: Iterable[str]) -> None:
    """Places, characters, and that no name occurs in two places (FACTS 8.18)."""
    found = []
    for name in names:
        match = _PARAMETER.fullmatch(name)
        if match is None:  # FACTS 8.46
            raise BadRequestError(_MAPPING_REFUSED.format(f"Invalid mapping expression specified: {name}"))
        if not _PARAMETER_NAME.fullmatch(match[2]):
            raise BadRequestError(
                _MAPPING_REFUSED.format(
                    "Parameter name should match the following regular expression: ^[a-zA-Z0-9:._$-]+$"
                )
            )
        found.append(match[2])
    if any(count > 1 for count in Counter(found).values()):
        raise BadRequestError("Parameter names must be unique across querystring, header and path")


def check_authorization(document: Document, draft: Draft) -> None:
    """A known type, and an authorizer of the right kind where the type needs one (FACTS 4.18)."""
    kind = document["authorizationType"]
    if kind not in ("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"):
        raise BadRequestError(
            "Invalid authorization type specified. Valid options are NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS"
        )
    if kind not in ("CUSTOM", "COGNITO_USER_POOLS"):
        return
    authorizer = draft.authorizers.get(document.get("authorizerId") or "")
    if authorizer is None or (authorizer["type"] == "COGNITO_USER_POOLS") != (kind == "COGNITO_USER_POOLS"):
        raise BadRequestError(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
            "COGNITO_USER_POOLS requires a valid authorizer."
        )


def check_references(document: Document, draft: Draft) -> None:
    """The models and the validator a method names exist."""
    for name in (document.get("requestModels") or {}).values():
        if name not in draft.models:
            raise BadRequestError(f"Invalid model identifier specified: {name}")
    validator = document.get("requestValidatorId")
    if validator and validator not in draft.validators:
        raise BadRequestError("Invalid Request Validator identifier specified")


def check_request_mappings(method: Document, mappings: Document, *, declared_only: bool) -> None:
    """`integration.request.*` may come from parameters (with `declared_only`: declared ones), bodies, values, context."""
    declared = method.get("requestParameters") or {}
    for target, source in mappings.items():
        text = str(source)
        if not target.startswith("integration.request."):
            raise BadRequestError(_MAPPING_REFUSED.format(f"Invalid mapping expression specified: {target}"))
        plain = text.replace(".multivaluequerystring.", ".querystring.").replace(".multivalueheader.", ".header.")
        known = not declared_only or plain in declared or text in declared
        if _BODY_OR_VALUE.fullmatch(text):
            continue
        if not _PARAMETER.fullmatch(text):  # recorded for `true`
            raise BadRequestError(_MAPPING_REFUSED.format(f"Invalid mapping expression specified: {text}"))
        if not known:
            raise BadRequestError(_MAPPING_REFUSED.format(f"Invalid mapping expression parameter specified: {text}"))
        if plain not in declared and text not in declared:
            _warn(text)


def check_response_mappings(method: Document, response: Document, *, declared_only: bool) -> None:
    """Only headers can be mapped, with `declared_only` only those the method response of that status declares."""
    declared = ((method.get("methodResponses") or {}).get(response["statusCode"]) or {}).get("responseParameters") or {}
    for target, source in (response.get("responseParameters") or {}).items():
        if not _ANSWER_OR_VALUE.fullmatch(str(source)):  # reported for `"*"`, which lacks its apostrophes
            raise BadRequestError(_MAPPING_REFUSED.format(f"Invalid mapping expression specified: {source}"))
        if not _RESPONSE_HEADER.fullmatch(target) or (declared_only and target not in declared):
            raise BadRequestError(_MAPPING_REFUSED.format(f"Invalid mapping expression parameter specified: {target}"))
        if target not in declared:
            _warn(target)


def _warn(mapped: str) -> None:
    """FACTS 8.47."""
    log.warning(
        "apigateway.mapping: the method does not declare %s; users report that AWS refuses this mapping", mapped
    )
