"""Security schemes as authorizers and API keys, and what an operation's `security` makes of a method (FACTS 9.1, 9.2)."""

from dataclasses import dataclass
from typing import Any

from ..state import Document, Draft, Region
from .schemas import Findings

_AUTHORIZER = "x-amazon-apigateway-authorizer"
_AUTHTYPE = "x-amazon-apigateway-authtype"
_FIELDS = ("authorizerUri", "authorizerCredentials", "identityValidationExpression", "authorizerResultTtlInSeconds")


@dataclass(frozen=True, slots=True)
class Schemes:
    """What the document's security schemes stand for."""

    authorizers: dict[str, str]  # scheme name -> authorizer id
    api_keys: frozenset[str]
    signed: frozenset[str]  # schemes of AWS Signature Version 4
    broken: frozenset[str]  # custom, but without the extension: their methods are not created


def import_schemes(region: Region, draft: Draft, schemes: Document, findings: Findings) -> Schemes:
    """Make an authorizer of every scheme with the extension, used or not (FACTS 9.2)."""
    authorizers: dict[str, str] = {}
    api_keys, signed, broken = set(), set(), set()
    for name, scheme in schemes.items():
        if not isinstance(scheme, dict):
            continue
        authtype = str(scheme.get(_AUTHTYPE, ""))
        if isinstance(scheme.get(_AUTHORIZER), dict):
            authorizers[name] = _add_authorizer(region, draft, name, scheme)
        elif authtype.lower() == "awssigv4":
            signed.add(name)
        elif authtype:
            findings.warnings.append(
                f"Unable to create authorizer from security definition: '{name}'. Extension {_AUTHORIZER} is required. "
                f"Any methods with security: '{name}' will not be created. If this security definition is not a custom "
                f"authorizer, remove the {_AUTHTYPE} extension."
            )
            broken.add(name)
        elif scheme.get("type") == "apiKey" and str(scheme.get("name", "")).lower() == "x-api-key":
            api_keys.add(name)
    return Schemes(authorizers, frozenset(api_keys), frozenset(signed), frozenset(broken))


def _add_authorizer(region: Region, draft: Draft, name: str, scheme: Document) -> str:
    extension = scheme[_AUTHORIZER]
    kind = str(extension.get("type", "token")).upper()
    known = next((one["id"] for one in draft.authorizers.values() if one["name"] == name), None)
    identifier = known or region.unused_id(6, draft.authorizers)
    document: Document = {"id": identifier, "name": name, "type": kind}
    if scheme.get(_AUTHTYPE):
        document["authType"] = scheme[_AUTHTYPE]
    document |= {key: extension[key] for key in _FIELDS if extension.get(key) is not None}
    if extension.get("providerARNs"):
        document["providerARNs"] = list(extension["providerARNs"])
    source = extension.get("identitySource")
    if kind != "REQUEST" and not source:
        source = f"method.request.header.{scheme.get('name', 'Authorization')}"
    if source:
        document["identitySource"] = source
    if "authorizerResultTtlInSeconds" in document:
        document["authorizerResultTtlInSeconds"] = int(document["authorizerResultTtlInSeconds"])
    draft.authorizers[identifier] = document
    return identifier


def requirements(operation: Document, root: Any, *, root_applies: bool) -> list[Document]:
    """The operation's alternatives; the document's where it has none of its own (FACTS 9.1)."""
    given = operation.get("security", root if root_applies else None)
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def authorization(operation: Document, wanted: list[Document], schemes: Schemes, draft: Draft) -> Document | None:
    """The authorization part of a method; None when a broken scheme forbids creating it.

    API Gateway takes one authorizer per method: the first one named.
    """
    names = [name for one in wanted for name in one]
    if any(name in schemes.broken for name in names):
        return None
    found: Document = {
        "authorizationType": "AWS_IAM" if any(name in schemes.signed for name in names) else "NONE",
        "apiKeyRequired": any(name in schemes.api_keys for name in names),
    }
    declared = operation.get("x-amazon-apigateway-auth")
    if isinstance(declared, dict) and declared.get("type"):
        found["authorizationType"] = str(declared["type"]).upper()
    custom = next((name for name in names if name in schemes.authorizers), None)
    if custom is None:
        return found
    identifier = schemes.authorizers[custom]
    is_cognito = draft.authorizers[identifier]["type"] == "COGNITO_USER_POOLS"
    found["authorizationType"] = "COGNITO_USER_POOLS" if is_cognito else "CUSTOM"
    found["authorizerId"] = identifier
    scopes = [scope for one in wanted for scope in one.get(custom) or []]
    if is_cognito and scopes:
        found["authorizationScopes"] = scopes
    return found
