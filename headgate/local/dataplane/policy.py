"""IAM policy evaluation as far as execute-api needs it (FACTS 4.10 to 4.12, 4.16). Pure; in doubt it denies."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

Verdict = Literal["allow", "deny", "none"]
MAX_RESOURCE_CHARS = 512  # FACTS 4.16
ACTION = "execute-api:Invoke"


class PolicyError(ValueError):
    """The document is no policy that API Gateway would take."""


@dataclass(frozen=True, slots=True)
class _Statement:
    allows: bool
    resources: tuple[re.Pattern[str], ...]
    conditions: Mapping[str, Mapping[str, Any]]
    written: tuple[str, ...] = ()  # the resources as the document has them


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed policy; verdicts per ARN are remembered when no condition looks at the request."""

    statements: tuple[_Statement, ...]
    conditional: bool
    _verdicts: dict[str, Verdict] = field(default_factory=dict)

    def evaluate(self, arn: str, facts: Mapping[str, str]) -> Verdict:
        """Any matching Deny, else any matching Allow, else "none". `facts` are condition keys such as `aws:SourceIp`."""
        known = self._verdicts.get(arn)
        if known is None:
            known = self._decide(arn, facts)
            if not self.conditional and len(self._verdicts) < 1024:
                self._verdicts[arn] = known
        return known

    def deciding(self, arn: str, facts: Mapping[str, str]) -> tuple[str, str] | None:
        """The effect and the resource of the statement that made the verdict; None when none matches."""
        matching = [
            (one, text)
            for one in self.statements
            for pattern, text in zip(one.resources, one.written, strict=True)
            if pattern.fullmatch(arn)
        ]
        denials = [text for one, text in matching if not one.allows and _holds(one, facts) is not False]
        if denials:
            return "Deny", denials[0]
        grants = [text for one, text in matching if one.allows and _holds(one, facts) is True]
        return ("Allow", grants[0]) if grants else None

    def _decide(self, arn: str, facts: Mapping[str, str]) -> Verdict:
        matching = [one for one in self.statements if any(pattern.fullmatch(arn) for pattern in one.resources)]
        if any(not one.allows and _holds(one, facts) is not False for one in matching):
            return "deny"
        return "allow" if any(one.allows and _holds(one, facts) is True for one in matching) else "none"


def parse(document: Any) -> Policy:
    """A policy document as a Policy. Raises PolicyError when it is malformed."""
    if not isinstance(document, Mapping):
        raise PolicyError("policyDocument must be an object")
    statements = document.get("Statement")
    statements = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(statements, list):
        raise PolicyError("policyDocument.Statement must be a list")
    parsed = tuple(one for one in map(_statement, statements) if one is not None)
    return Policy(parsed, any(one.conditions for one in parsed))


def _statement(raw: Any) -> _Statement | None:
    """None when the statement is about other actions."""
    if not isinstance(raw, Mapping):
        raise PolicyError("a Statement must be an object")
    effect = raw.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"Effect must be Allow or Deny, not {effect!r}")
    actions, resources = _texts(raw, "Action"), _texts(raw, "Resource")
    if not any(wildcard(action.lower()).fullmatch(ACTION.lower()) for action in actions):
        return None
    for resource in resources:
        if len(resource) > MAX_RESOURCE_CHARS:
            raise PolicyError(f"a Resource has at most {MAX_RESOURCE_CHARS} characters")
    conditions = raw.get("Condition") or {}
    if not isinstance(conditions, Mapping):
        raise PolicyError("Condition must be an object")
    return _Statement(
        effect == "Allow", tuple(wildcard(resource) for resource in resources), conditions, tuple(resources)
    )


def _texts(raw: Mapping[str, Any], name: str) -> list[str]:
    value = raw.get(name)
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(one, str) for one in values):
        raise PolicyError(f"{name} must be a string or a list of strings")
    return values


@lru_cache(maxsize=4096)
def wildcard(pattern: str) -> re.Pattern[str]:
    """`*` and `?` span slashes (FACTS 4.10)."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.DOTALL)


def _holds(statement: _Statement, facts: Mapping[str, str]) -> bool | None:
    """Whether all conditions hold; None when one of them cannot be judged here, which denies either way."""
    verdicts = [
        _operator(operator, facts.get(key), values)
        for operator, keys in statement.conditions.items()
        for key, values in keys.items()
    ]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _operator(operator: str, actual: str | None, values: Any) -> bool | None:
    wanted = [str(value) for value in (values if isinstance(values, list) else [values])]
    if actual is None:
        return None
    if operator in ("IpAddress", "NotIpAddress"):
        inside = any(_in_network(actual, network) for network in wanted)
        return inside if operator == "IpAddress" else not inside
    if operator in ("StringEquals", "StringNotEquals"):
        return (actual in wanted) == (operator == "StringEquals")
    if operator in ("StringLike", "StringNotLike"):
        return any(wildcard(one).fullmatch(actual) for one in wanted) == (operator == "StringLike")
    return None


def _in_network(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
