"""The answer of a REQUEST authorizer: principal, policy and context, within API Gateway's limits (FACTS 4.11 to 4.16). Pure.

    policy_of(Grants(allow=(("GET", "users", MANY),)), prefix)
    -> {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": ["{prefix}/GET/users/*"], ...}]}

ARNs are made of the gateway's own prefix and route templates; no character of the request's path is in them.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .claims import Principal
from .grants import Grants
from .patterns import Pattern, text

MAX_OUTPUT_BYTES = 8_192
MAX_ARN_LENGTH = 512
MAX_CLAIMS_LENGTH = 1_024
MAX_CLAIM_TEXT = 256
MAX_CLAIM_NUMBER = 2**64
MAX_SCOPE_LENGTH = 1_024
# Everything of an answer but the policy, with room: scope, claims (twice for escapes) and four short texts.
MAX_CONTEXT_BYTES = 6_000

_METHOD_ARN = re.compile(
    r"(?P<prefix>arn:[a-z0-9-]+:execute-api:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+/(?:[A-Za-z0-9_-]+|\$default))/[A-Z]+/.*",
    re.DOTALL,
)
_EVERYTHING = "arn:*:execute-api:*:*:*"


def arn_prefix(method_arn: object) -> str | None:
    """`arn:...:api-id/stage` of a method ARN (FACTS 4.3), None when it is no such thing."""
    match = _METHOD_ARN.fullmatch(method_arn) if isinstance(method_arn, str) else None
    return match["prefix"] if match else None


def policy_of(grants: Grants, prefix: str) -> dict[str, Any]:
    """The policy document that grants these patterns behind `prefix`."""
    statements = [_statement("Allow", _arns(prefix, grants.allow))]
    if grants.deny:
        statements.append(_statement("Deny", _arns(prefix, grants.deny)))
    return _document(statements)


def respond(principal: Principal, policy: Mapping[str, Any]) -> dict[str, Any]:
    """The whole answer (FACTS 4.11)."""
    return {"principalId": principal.subject, "policyDocument": policy, "context": context_of(principal)}


def deny_everything(prefix: str | None, principal: Principal | None = None) -> dict[str, Any]:
    """Denies every method of the stage, or of everything when the event does not even name a stage."""
    policy = _document([_statement("Deny", [f"{prefix}/*" if prefix else _EVERYTHING])])
    return (
        respond(principal, policy) if principal else {"principalId": "nobody", "policyDocument": policy, "context": {}}
    )


def size(answer: Mapping[str, Any]) -> int:
    """Bytes of the answer as the Lambda runtime writes it."""
    return len(json.dumps(answer).encode())


def context_of(principal: Principal) -> dict[str, str]:
    """What integrations see as `context.authorizer.*`: texts only (FACTS 4.12), each fit for a header."""
    return {
        "sub": principal.subject,
        "scope": _shortened(principal.scope_text),
        "iss": principal.issuer,
        "client_id": principal.client_id,
        "claims": _scalar_claims(principal.claims),
    }


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(effect: str, resources: list[str]) -> dict[str, Any]:
    return {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resources}


def _arns(prefix: str, patterns: Iterable[Pattern]) -> list[str]:
    return sorted({f"{prefix}/{text(pattern)}" for pattern in patterns})


def _shortened(scope: str) -> str:
    """Whole scopes only: half a scope could be another one."""
    if len(scope) <= MAX_SCOPE_LENGTH:
        return scope
    return scope[: scope.rindex(" ", 0, MAX_SCOPE_LENGTH + 1)] if " " in scope[: MAX_SCOPE_LENGTH + 1] else ""


def _scalar_claims(claims: Mapping[str, Any]) -> str:
    """JSON text (ASCII) of the scalar claims, in name order, as many as fit."""
    kept = {name: claims[name] for name in sorted(claims) if _is_short_scalar(name, claims[name])}
    text = _COMPACT(kept)
    while len(text) > MAX_CLAIMS_LENGTH:
        kept.popitem()
        text = _COMPACT(kept)
    return text


def _is_short_scalar(name: str, value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_CLAIM_TEXT and len(name) <= MAX_CLAIM_TEXT
    return isinstance(value, int | float) and len(name) <= MAX_CLAIM_TEXT and abs(value) <= MAX_CLAIM_NUMBER


_COMPACT = json.JSONEncoder(separators=(",", ":")).encode
