"""Roles of integrations, assumed as API Gateway does: who they trust and what they may do, read from moto's IAM and STS."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .dataplane.service_call import NotPermittedError, RoleRefusedError

PRINCIPAL = "apigateway.amazonaws.com"
SESSION_NAME = "BackplaneAssumeRoleSession"
_ARN = re.compile(r"arn:[\w-]+:iam::(\d{12}):role/(.+)")
_SESSION_SECONDS = 3600


class Roles:
    """Access keys of assumed roles. Thread-safe enough: at worst a role is assumed twice."""

    def __init__(self, *, permissions_checked: bool) -> None:
        self._permissions_checked = permissions_checked
        self._keys: dict[str, tuple[object, str]] = {}

    def access_key(self, role_arn: str, operation: str) -> str:
        """The key of a session of the role. Raises RoleRefusedError and NotPermittedError."""
        role = _find(role_arn)
        if not _trusts_us(_document(role.assume_role_policy_document)):
            raise RoleRefusedError(f"its trust policy does not let {PRINCIPAL} assume it")
        if self._permissions_checked and operation and not may(_policies(role), operation):
            account, name = _parts(role_arn)
            user = f"arn:aws:sts::{account}:assumed-role/{name.rpartition('/')[2]}/{SESSION_NAME}"
            raise NotPermittedError(user, operation)
        known, key = self._keys.get(role_arn, (None, ""))
        if known is not role:  # another role of that name, or moto was reset
            key = _assume(role_arn)
            self._keys[role_arn] = (role, key)
        return key


def _parts(role_arn: str) -> tuple[str, str]:
    found = _ARN.fullmatch(role_arn)
    if found is None:
        raise RoleRefusedError(f"{role_arn} is no role's ARN")
    return found[1], found[2]


def _find(role_arn: str) -> Any:
    from moto.iam.models import iam_backends  # noqa: PLC0415 with the first request that needs it

    account, _ = _parts(role_arn)
    roles = iam_backends[account]["aws"].roles.values()
    found = next((role for role in roles if role.arn == role_arn), None)
    if found is None:
        raise RoleRefusedError("there is no such role")
    return found


def _assume(role_arn: str) -> str:
    from moto.sts.models import sts_backends  # noqa: PLC0415

    account, _ = _parts(role_arn)
    session = sts_backends[account]["aws"].assume_role(
        region_name="us-east-1",
        role_session_name=SESSION_NAME,
        role_arn=role_arn,
        policy="",
        duration=_SESSION_SECONDS,
        external_id="",
    )
    return str(session.access_key_id)


def _policies(role: Any) -> list[Mapping[str, Any]]:
    texts = [*role.policies.values(), *(policy.document for policy in role.managed_policies.values())]
    return [_document(text) for text in texts]


def _document(text: Any) -> Mapping[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, (str, bytes)) else text
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _statements(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    listed = document.get("Statement") or []
    yield from (one for one in ([listed] if isinstance(listed, dict) else listed) if isinstance(one, dict))


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value or []]


def _trusts_us(document: Mapping[str, Any]) -> bool:
    """Conditions of trust policies are not looked at."""
    for statement in _statements(document):
        principal = statement.get("Principal")
        services = _texts(principal.get("Service")) if isinstance(principal, dict) else _texts(principal)
        if statement.get("Effect") == "Allow" and {PRINCIPAL, "*"} & set(services):
            return True
    return False


def may(policies: list[Mapping[str, Any]], operation: str) -> bool:
    """Whether the policies allow an action on any resource at all; a denial counts when it is for all of them.

    Which resource a call is about is inside the call, so a role that allows another one's is not found out here.
    """
    allowed = False
    for statement in (one for document in policies for one in _statements(document)):
        if not _covers(statement, operation):
            continue
        if statement.get("Effect") == "Allow":
            allowed = True
        elif "*" in _texts(statement.get("Resource")) and not statement.get("Condition"):
            return False
    return allowed


def _covers(statement: Mapping[str, Any], operation: str) -> bool:
    excluded = _texts(statement.get("NotAction"))
    if excluded:
        return not any(_matches(pattern, operation) for pattern in excluded)
    return any(_matches(pattern, operation) for pattern in _texts(statement.get("Action")))


def _matches(pattern: str, operation: str) -> bool:
    """IAM's `*` and `?`, letter case ignored."""
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(text, operation, re.IGNORECASE) is not None
