"""Stack policies in requests: read from the body or an object, and checked for their form."""

import json
from collections.abc import Mapping
from typing import Any

from ..handlers.contract import Clients
from ..validation import EngineError
from .templates import read_template_url

ACTIONS = frozenset({"Update:*", "Update:Modify", "Update:Replace", "Update:Delete"})


def given(params: Mapping[str, Any], clients: Clients, name: str = "StackPolicy") -> str | None:
    """The policy of a request, or None. Raises EngineError in AWS's recorded words."""
    body, url = params.get(f"{name}Body"), params.get(f"{name}URL")
    if body is not None and url is not None:
        raise EngineError(f"You cannot specify both {name}URL and {name}Body")
    text = read_template_url(url, clients) if url is not None else body
    if text is not None and not _is_policy(text):
        raise EngineError("Error validating stack policy: Invalid stack policy")
    return text


def _is_policy(text: str) -> bool:
    try:
        policy = json.loads(text)
    except ValueError:
        return False
    if not isinstance(policy, dict):
        return False
    statements = policy.get("Statement", [])
    return all(_is_statement(item) for item in (statements if isinstance(statements, list) else [statements]))


def _is_statement(statement: Any) -> bool:
    if not isinstance(statement, dict) or statement.get("Effect") not in {"Allow", "Deny"}:
        return False
    actions = statement.get("Action", statement.get("NotAction"))
    listed = actions if isinstance(actions, list) else [actions]
    has_resource = "Resource" in statement or "NotResource" in statement
    return statement.get("Principal") == "*" and has_resource and all(item in ACTIONS for item in listed)
