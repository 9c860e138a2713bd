"""Policy evaluation by the book: any Deny, else any Allow, else nothing (FACTS 4.10)."""

from collections.abc import Mapping, Sequence
from typing import Any


def evaluate(statements: Sequence[Mapping[str, Any]], arn: str) -> str:
    """`deny`, `allow` or `none` for execute-api:Invoke on an ARN."""
    effects = {one["Effect"] for one in statements if applies(one, arn)}
    return "deny" if "Deny" in effects else "allow" if "Allow" in effects else "none"


def applies(statement: Mapping[str, Any], arn: str) -> bool:
    actions = [action.lower() for action in listed(statement["Action"])]
    named = any(covers(action, "execute-api:invoke") for action in actions)
    return named and any(covers(resource, arn) for resource in listed(statement["Resource"]))


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def covers(pattern: str, text: str) -> bool:
    """Row by row over the pattern: which prefixes of the text it can have matched so far."""
    reached = {0}
    for char in pattern:
        if char == "*":
            reached = set(range(min(reached), len(text) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(text) and char in ("?", text[at])}
    return len(text) in reached
