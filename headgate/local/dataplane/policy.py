"""IAM policy evaluation as far as execute-api needs it (FACTS 4.10 to 4.12, 4.16). Pure; in doubt it denies."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .conditions import holds, wildcard

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
    is_inverted: bool = False  # NotResource: all but these

    def is_about(self, arn: str) -> bool:
        """Whether the statement covers a method's ARN."""
        return any(pattern.fullmatch(arn) for pattern in self.resources) is not self.is_inverted

    def text(self, arn: str) -> str:
        """The resource that covers it, as the document has it."""
        if self.is_inverted:
            return f"NotResource {', '.join(self.written)}"
        pairs = zip(self.resources, self.written, strict=True)
        return next((text for pattern, text in pairs if pattern.fullmatch(arn)), "")


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
        matching = [one for one in self.statements if one.is_about(arn)]
        denials = [one for one in matching if not one.allows and holds(one.conditions, facts) is not False]
        if denials:
            return "Deny", denials[0].text(arn)
        grants = [one for one in matching if one.allows and holds(one.conditions, facts) is True]
        return ("Allow", grants[0].text(arn)) if grants else None

    def _decide(self, arn: str, facts: Mapping[str, str]) -> Verdict:
        matching = [one for one in self.statements if one.is_about(arn)]
        if any(not one.allows and holds(one.conditions, facts) is not False for one in matching):
            return "deny"
        return "allow" if any(one.allows and holds(one.conditions, facts) is True for one in matching) else "none"


def parse(document: Any, action: str = ACTION) -> Policy:
    """What a policy document says about one action. Raises PolicyError when it is malformed."""
    if not isinstance(document, Mapping):
        raise PolicyError("policyDocument must be an object")
    statements = document.get("Statement")
    statements = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(statements, list):
        raise PolicyError("policyDocument.Statement must be a list")
    found = (_statement(raw, action) for raw in statements)
    parsed = tuple(one for one in found if one is not None)
    return Policy(parsed, any(one.conditions for one in parsed))


def _statement(raw: Any, action: str) -> _Statement | None:
    """None when the statement is about other actions."""
    if not isinstance(raw, Mapping):
        raise PolicyError("a Statement must be an object")
    effect = raw.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"Effect must be Allow or Deny, not {effect!r}")
    actions, but_these = _either(raw, "Action")
    resources, is_inverted = _either(raw, "Resource")
    if any(wildcard(one.lower()).fullmatch(action.lower()) for one in actions) is but_these:
        return None
    for resource in resources:
        if len(resource) > MAX_RESOURCE_CHARS:
            raise PolicyError(f"a Resource has at most {MAX_RESOURCE_CHARS} characters")
    conditions = raw.get("Condition") or {}
    if not isinstance(conditions, Mapping):
        raise PolicyError("Condition must be an object")
    return _Statement(effect == "Allow", tuple(map(wildcard, resources)), conditions, tuple(resources), is_inverted)


def _either(raw: Mapping[str, Any], name: str) -> tuple[list[str], bool]:
    """`Action` or `NotAction`, and which: exactly one of them must be there."""
    inverted = f"Not{name}"
    if (name in raw) == (inverted in raw):
        raise PolicyError(f"a Statement has either {name} or {inverted}")
    return _texts(raw, name if name in raw else inverted), inverted in raw


def _texts(raw: Mapping[str, Any], name: str) -> list[str]:
    value = raw.get(name)
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(one, str) for one in values):
        raise PolicyError(f"{name} must be a string or a list of strings")
    return values
