"""What Lambda's control plane refuses and moto lets through. Pure but for the errors, which are moto's to serialise."""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError

from .errors import MOTO_EXCEPTIONS

NAME = re.compile(
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
MAX_TIMEOUT_SECONDS = 900
# "Reserved environment variables" of the documentation.
RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)


class RefusedError(LambdaClientError):
    """A refusal by Lambda's own code."""

    __module__ = MOTO_EXCEPTIONS

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message)
        self.code = status


def check_settings(given: Mapping[str, Any]) -> None:
    """Name, timeout and environment of CreateFunction and UpdateFunctionConfiguration."""
    name, timeout = str(given.get("FunctionName") or "f"), given.get("Timeout")
    if not NAME.fullmatch(name):
        raise RefusedError("ValidationException", _constraint(name, "functionName", _pattern()))
    if timeout is not None and int(timeout) > MAX_TIMEOUT_SECONDS:
        wanted = f"Member must have value less than or equal to {MAX_TIMEOUT_SECONDS}"
        raise RefusedError("ValidationException", _constraint(timeout, "timeout", wanted))
    reserved = sorted(RESERVED & set((given.get("Environment") or {}).get("Variables") or {}))
    if reserved:
        raise InvalidParameterValueException(
            "Lambda was unable to configure your environment variables because the environment variables you have provided "
            "contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )


def _pattern() -> str:
    return f"Member must satisfy regular expression pattern: {NAME.pattern}"


def _constraint(value: Any, member: str, wanted: str) -> str:
    return f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {wanted}"


def check_archive(content: bytes) -> None:
    """An uploaded archive must be one."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise InvalidParameterValueException(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        )


def check_revision(given: str | None, current: str) -> None:
    """A RevisionId in a request must be the current one."""
    if given and given != current:
        raise RefusedError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
            412,
        )


def check_digest(given: str | None, current: str) -> None:
    """PublishVersion's CodeSha256 must be that of the code."""
    if given and given != current:
        raise InvalidParameterValueException(
            f"CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({current}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )


def check_routing(version: str, routing: Mapping[str, Any] | None) -> None:
    """Where an alias may lead besides its version."""
    weights = (routing or {}).get("AdditionalVersionWeights") or {}
    if weights and version == "$LATEST":
        raise InvalidParameterValueException("$LATEST is not supported for an alias pointing to more than 1 version")
    for other, weight in weights.items():
        if not 0 <= float(weight) <= 1:
            wanted = "Member must have value less than or equal to 1.0"
            raise RefusedError(
                "ValidationException", _constraint(weight, f"routingConfig.additionalVersionWeights.{other}", wanted)
            )
        if other == version:
            raise InvalidParameterValueException(
                f"Invalid function version {version}. Function version {version} is already included in routing configuration."
            )


def check_statement(raw: str, existing: Iterable[Mapping[str, Any]]) -> None:
    """AddPermission's statement id must be new."""
    wanted = json.loads(raw).get("StatementId")
    if any(statement.get("Sid") == wanted for statement in existing):
        raise RefusedError(
            "ResourceConflictException",
            f"The statement id ({wanted}) provided already exists. "
            "Please provide a new statement id, or remove the existing statement.",
            409,
        )


def check_deletion(qualifier: str | None) -> None:
    """$LATEST goes with its function only."""
    if qualifier == "$LATEST":
        raise InvalidParameterValueException("$LATEST version cannot be deleted without deleting the function.")
