"""Who may call a function: a policy for each function, version and alias that has statements."""

import json
import re
from collections.abc import Mapping
from typing import Any

from moto.awslambda.exceptions import GenericResourcNotFound, InvalidParameterValueException

from .checks import RefusedError, check_revision, constraint

Key = tuple[str, str]  # (function name, qualifier; empty for the function itself)

ACTION = r"(lambda:[*]|lambda:[a-zA-Z]+|[*])"
_SERVICE = re.compile(r"[\w.-]+\.(amazonaws\.com|amazon\.com|amazonaws\.com\.cn)")
# Parameter of AddPermission -> operator and key of the condition that it becomes.
_CONDITIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}


class Policies:
    """The statements of one account and Region."""

    def __init__(self) -> None:
        self._statements: dict[Key, list[dict[str, Any]]] = {}

    def add(self, key: Key, given: Mapping[str, Any], *, arn: str, revision: str) -> dict[str, Any]:
        """AddPermission to the function, version or alias whose ARN and revision these are; the new statement."""
        if key[1] == "$LATEST":
            raise InvalidParameterValueException("We currently do not support adding policies for $LATEST.")
        if not re.fullmatch(ACTION, given["Action"]):
            wanted = f"Member must satisfy regular expression pattern: {ACTION}"
            raise RefusedError("ValidationException", constraint(given["Action"], "action", wanted))
        added = _statement(given, arn)
        statements = self._statements.get(key, [])
        if any(one["Sid"] == added["Sid"] for one in statements):
            raise RefusedError(
                "ResourceConflictException",
                f"The statement id ({added['Sid']}) provided already exists. "
                "Please provide a new statement id, or remove the existing statement.",
                409,
            )
        check_revision(given.get("RevisionId"), revision)
        self._statements[key] = [*statements, added]
        return added

    def remove(self, key: Key, statement_id: str, *, given_revision: str | None, revision: str) -> None:
        """RemovePermission."""
        statements = self._statements.get(key)
        if not statements:
            raise RefusedError("ResourceNotFoundException", "No policy is associated with the given resource.", 404)
        kept = [one for one in statements if one["Sid"] != statement_id]
        if len(kept) == len(statements):
            raise RefusedError(
                "ResourceNotFoundException", f"Statement {statement_id} is not found in resource policy.", 404
            )
        check_revision(given_revision, revision)
        self._statements[key] = kept

    def text(self, key: Key) -> str:
        """GetPolicy's document."""
        statements = self._statements.get(key)
        if not statements:
            raise GenericResourcNotFound
        document = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
        return json.dumps(document, separators=(",", ":"))

    def forget(self, name: str, qualifier: str = "") -> None:
        """A function, or one version or alias of it, is gone."""
        for key in list(self._statements):
            if key == (name, qualifier) or (key[0] == name and not qualifier):
                del self._statements[key]


def _statement(given: Mapping[str, Any], arn: str) -> dict[str, Any]:
    statement = {
        "Sid": given["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(str(given["Principal"])),
        "Action": given["Action"],
        "Resource": arn,
    }
    conditions: dict[str, dict[str, str]] = {}
    for name, (operator, key) in _CONDITIONS.items():
        if given.get(name) is not None:
            value = given[name]
            conditions.setdefault(operator, {})[key] = str(value).lower() if isinstance(value, bool) else value
    return {**statement, "Condition": conditions} if conditions else statement


def _principal(given: str) -> str | dict[str, str]:
    if given == "*":
        return given
    if re.fullmatch(r"\d{12}", given):
        return {"AWS": f"arn:aws:iam::{given}:root"}
    if re.match(r"arn:[\w-]+:(iam|sts)::", given):
        return {"AWS": given}
    if _SERVICE.fullmatch(given):
        return {"Service": given}
    raise InvalidParameterValueException(
        "The provided principal was invalid. Please check the principal and try again."
    )
