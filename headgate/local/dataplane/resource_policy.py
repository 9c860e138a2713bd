"""The API's resource policy, judged before the authorizer is asked (FACTS 4.15). Pure; in doubt it denies."""

import json
from collections.abc import Mapping
from typing import Any

from .exchange import Exchange
from .policy import Policy, PolicyError, parse
from .refusal import Refusal


class ResourcePolicy:
    """A snapshot's resource policy, for anonymous callers, the only ones that the local cloud can tell."""

    def __init__(self, text: str, rest_api_arn: str) -> None:
        self._problem = ""
        self._policy: Policy | None = None
        try:
            self._policy = parse(_for_anonymous(json.loads(text), rest_api_arn))
        except (ValueError, PolicyError) as error:
            self._problem = f"the resource policy cannot be read: {error}"

    def check(self, exchange: Exchange, *, authorized_later: bool) -> None:
        """Raises Refusal 403. Without an authorizer the policy must allow; with one, only its explicit denials count."""
        if self._policy is None:
            raise Refusal("ACCESS_DENIED", self._problem)
        arn = exchange.method_arn
        verdict = self._policy.evaluate(arn, {"aws:SourceIp": exchange.request.source_ip})
        if verdict == "allow" or (verdict == "none" and authorized_later):
            return
        text = f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {_masked(arn)}"
        explicit = " with an explicit deny" if verdict == "deny" else ""
        raise Refusal("ACCESS_DENIED", f"resource policy: {verdict}", message=text + explicit)


def _for_anonymous(document: Any, rest_api_arn: str) -> dict[str, Any]:
    """Statements about everybody, with `execute-api:/stage/GET/x` written out as an ARN."""
    statements = document.get("Statement") if isinstance(document, dict) else None
    listed = [statements] if isinstance(statements, dict) else statements
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise PolicyError("Statement must be a list of objects")
    return {"Statement": [_written_out(one, rest_api_arn) for one in listed if _is_everybody(one)]}


def _is_everybody(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    if isinstance(principal, dict):
        principal = principal.get("AWS")
    everybody = principal == "*" or (isinstance(principal, list) and "*" in principal)
    return everybody or (statement.get("Effect") == "Deny" and "NotPrincipal" in statement)


def _written_out(statement: Mapping[str, Any], rest_api_arn: str) -> dict[str, Any]:
    resources = statement.get("Resource")
    listed = [resources] if isinstance(resources, str) else resources or []
    full = [
        f"{rest_api_arn}/{one.removeprefix('execute-api:/')}" if one.startswith("execute-api:/") else one
        for one in listed
    ]
    return {**statement, "Resource": full}


def _masked(arn: str) -> str:
    """As AWS prints it: only the last four digits of the account."""
    parts = arn.split(":")
    parts[4] = "*" * 8 + parts[4][-4:]
    return ":".join(parts)
