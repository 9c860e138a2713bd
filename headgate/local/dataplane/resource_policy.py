"""The API's resource policy, judged before the authorizer is asked (FACTS 4.15). Pure; in doubt it denies."""

import json
from collections.abc import Mapping
from typing import Any

from .conditions import facts_of
from .exchange import Exchange
from .identities import Caller
from .policy import Policy, PolicyError, Verdict, parse
from .refusal import Refusal


class ResourcePolicy:
    """A snapshot's resource policy: `check` for anonymous callers, `verdict` for one that has signed."""

    def __init__(self, text: str, rest_api_arn: str) -> None:
        self._problem = ""
        self._policy: Policy | None = None
        self._text, self._rest_api_arn = text, rest_api_arn
        try:
            self._policy = parse(_for_anonymous(json.loads(text), rest_api_arn))
        except (ValueError, PolicyError) as error:
            self._problem = f"the resource policy cannot be read: {error}"

    def verdict(self, exchange: Exchange, caller: Caller) -> Verdict:
        """What the statements about a signed caller say. A policy that cannot be read denies."""
        try:
            document = {"Statement": [
                _written_out(one, self._rest_api_arn) for one in _listed(json.loads(self._text)) if _named(one, caller)
            ]}  # fmt: skip
            policy = parse(document)
        except (ValueError, PolicyError):
            return "deny"
        return policy.evaluate(exchange.method_arn, facts_of(exchange, **{"aws:PrincipalArn": caller.arn}))

    def check(self, exchange: Exchange, *, authorized_later: bool) -> None:
        """Raises Refusal 403. Without an authorizer the policy must allow; with one, only its explicit denials count."""
        if self._policy is None:
            raise Refusal("ACCESS_DENIED", self._problem)
        arn = exchange.method_arn
        verdict = self._policy.evaluate(arn, facts_of(exchange))
        if verdict == "allow" or (verdict == "none" and authorized_later):
            return
        text = f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {_masked(arn)}"
        explicit = " with an explicit deny" if verdict == "deny" else ""
        raise Refusal("ACCESS_DENIED", f"resource policy: {verdict}", message=text + explicit)


def _named(statement: Mapping[str, Any], caller: Caller) -> bool:
    """Whether a statement's Principal is this caller, their account, or everybody."""
    if _is_everybody(statement):
        return True
    principal = statement.get("Principal")
    listed = principal.get("AWS") if isinstance(principal, dict) else principal
    names = [listed] if isinstance(listed, str) else listed or []
    account = caller.arn.split(":")[4]
    return any(name in (caller.arn, account, f"arn:aws:iam::{account}:root") for name in names)


def _for_anonymous(document: Any, rest_api_arn: str) -> dict[str, Any]:
    """Statements about everybody, with `execute-api:/stage/GET/x` written out as an ARN."""
    return {"Statement": [_written_out(one, rest_api_arn) for one in _listed(document) if _is_everybody(one)]}


def _listed(document: Any) -> list[dict[str, Any]]:
    statements = document.get("Statement") if isinstance(document, dict) else None
    listed = [statements] if isinstance(statements, dict) else statements
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise PolicyError("Statement must be a list of objects")
    return listed


def _is_everybody(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    if isinstance(principal, dict):
        principal = principal.get("AWS")
    everybody = principal == "*" or (isinstance(principal, list) and "*" in principal)
    return everybody or (statement.get("Effect") == "Deny" and "NotPrincipal" in statement)


def _written_out(statement: Mapping[str, Any], rest_api_arn: str) -> dict[str, Any]:
    name = "NotResource" if "NotResource" in statement else "Resource"
    resources = statement.get(name)
    listed = [resources] if isinstance(resources, str) else resources or []
    full = [
        f"{rest_api_arn}/{one.removeprefix('execute-api:/')}" if one.startswith("execute-api:/") else one
        for one in listed
    ]
    return {**statement, name: full}


def _masked(arn: str) -> str:
    """As AWS prints it: only the last four digits of the account."""
    parts = arn.split(":")
    parts[4] = "*" * 8 + parts[4][-4:]
    return ":".join(parts)
