"""What Lambda's control plane refuses and moto lets through. Pure but for the errors, which are moto's to serialise."""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError

from .errors import MOTO_EXCEPTIONS

NAME = re.compile(
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
ALIAS = r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)"
MAX_TIMEOUT_SECONDS = 900
MAX_MEMORY_MB = 10_240
# "Lambda quotas": the account's concurrency, and what reservations must leave of it.
ACCOUNT_CONCURRENCY = 1000
UNRESERVED_AT_LEAST = 100
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
        raise RefusedError("ValidationException", constraint(name, "functionName", _pattern()))
    if timeout is not None and int(timeout) > MAX_TIMEOUT_SECONDS:
        wanted = f"Member must have value less than or equal to {MAX_TIMEOUT_SECONDS}"
        raise RefusedError("ValidationException", constraint(timeout, "timeout", wanted))
    memory, handler = given.get("MemorySize"), given.get("Handler")
    if memory is not None and int(memory) > MAX_MEMORY_MB:
        wanted = f"Member must have value less than or equal to {MAX_MEMORY_MB}"
        raise RefusedError("ValidationException", constraint(memory, "memorySize", wanted))
    if handler is not None and re.search(r"\s", handler):
        wanted = r"Member must satisfy regular expression pattern: [^\s]+"
        raise RefusedError("ValidationException", constraint(handler, "handler", wanted))
    reserved = sorted(RESERVED & set((given.get("Environment") or {}).get("Variables") or {}))
    if reserved:
        raise InvalidParameterValueException(
            "Lambda was unable to configure your environment variables because the environment variables you have provided "
            "contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )


def _pattern() -> str:
    return f"Member must satisfy regular expression pattern: {NAME.pattern}"


def constraint(value: Any, member: str, wanted: str) -> str:
    """The text of a parameter's refusal."""
    return f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {wanted}"


def check_package(spec: Mapping[str, Any]) -> None:
    """CreateFunction of a zip archive: code, a runtime and a handler."""
    if not (spec.get("Handler") and spec.get("Runtime")):
        raise InvalidParameterValueException(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    check_source(spec.get("Code") or {})


def check_source(code: Mapping[str, Any]) -> None:
    """There is an archive, or an object that holds one."""
    if not (code.get("ZipFile") or (code.get("S3Bucket") and code.get("S3Key"))):
        raise InvalidParameterValueException("Please provide a source for function code.")


def check_layers(given: Iterable[str], is_known: Callable[[str], object]) -> None:
    """Every layer version is there."""
    for arn in given:
        if not is_known(arn):
            raise InvalidParameterValueException(f"Layer version {arn} does not exist.")


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


def check_alias(name: str) -> None:
    """An alias is no number: that is a version."""
    if not re.fullmatch(ALIAS, name):
        wanted = f"Member must satisfy regular expression pattern: {ALIAS}"
        raise RefusedError("ValidationException", constraint(name, "name", wanted))


def check_routing(version: str, routing: Mapping[str, Any] | None) -> None:
    """Where an alias may lead besides its version."""
    weights = (routing or {}).get("AdditionalVersionWeights") or {}
    if len(weights) > 1:
        raise InvalidParameterValueException("Number of items in AdditionalVersionWeights cannot be greater than 1")
    if weights and version == "$LATEST":
        raise InvalidParameterValueException("$LATEST is not supported for an alias pointing to more than 1 version")
    for other, weight in weights.items():
        if not 0 <= float(weight) <= 1:
            wanted = "Member must have value less than or equal to 1.0"
            raise RefusedError(
                "ValidationException", constraint(weight, f"routingConfig.additionalVersionWeights.{other}", wanted)
            )
        if other == version:
            raise InvalidParameterValueException(
                f"Invalid function version {version}. Function version {version} is already included in routing configuration."
            )


def check_deletion(qualifier: str | None, leading_there: Iterable[str]) -> None:
    """$LATEST goes with its function only, and a version not while aliases lead to it."""
    if qualifier == "$LATEST":
        raise InvalidParameterValueException("$LATEST version cannot be deleted without deleting the function.")
    aliases = ", ".join(leading_there)
    if qualifier and aliases:
        raise RefusedError(
            "ResourceConflictException",
            f"Unable to delete version because the following aliases reference it: [{aliases}]",
            409,
        )


def check_reserved(wanted: int, others: int) -> None:
    """What a function reserves leaves enough for those that reserve nothing."""
    if ACCOUNT_CONCURRENCY - others - wanted < UNRESERVED_AT_LEAST:
        raise InvalidParameterValueException(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{UNRESERVED_AT_LEAST}]."
        )
