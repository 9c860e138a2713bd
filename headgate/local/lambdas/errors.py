"""Lambda's own refusals, as moto's serialiser wants them."""

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError

from .records import PYTHON_RUNTIMES

REQUEST_BYTES = 6_291_556  # Lambda's limit for a synchronous request
EVENT_BYTES = 1_048_576  # for an asynchronous one: 1 MB since October 2025, 256 KB before

# moto takes an error's service from the second part of its module's name.
MOTO_EXCEPTIONS = "moto.awslambda.exceptions"


class TooManyRequestsError(LambdaClientError):
    """Reserved concurrency is in use."""

    __module__ = MOTO_EXCEPTIONS
    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")


class RequestTooLargeError(LambdaClientError):
    """The event is over 6 MB, or over 1 MB where nobody waits for an answer."""

    __module__ = MOTO_EXCEPTIONS
    code = 413

    def __init__(self, size: int, kind: str, limit: int) -> None:
        super().__init__(
            "RequestTooLargeException",
            f"{size} byte payload is too large for the {kind} invocation type (limit {limit} bytes)",
        )


class RequestContentError(LambdaClientError):
    """The event is not JSON."""

    __module__ = MOTO_EXCEPTIONS

    def __init__(self, problem: ValueError) -> None:
        super().__init__("InvalidRequestContentException", f"Could not parse request body into json: {problem}")


class NotHereError(LambdaClientError):
    """An operation that the local cloud does not have."""

    __module__ = MOTO_EXCEPTIONS

    def __init__(self, operation: str, instead: str) -> None:
        super().__init__("NotImplementedException", f"{operation} is not there in the local cloud; {instead}.")


def cannot_run(what: str, instead: str) -> InvalidParameterValueException:
    """For functions that are refused when they are made, so that nobody waits for an answer they cannot give."""
    return InvalidParameterValueException(f"{what} does not run on the local cloud; {instead}.")


def refuse_runtime(runtime: str | None) -> None:
    """Only Python functions run here, all of them under the host's Python."""
    if runtime is not None and runtime not in PYTHON_RUNTIMES:
        raise cannot_run(
            f"Runtime {runtime}", f"it has Python functions only: give one of {', '.join(PYTHON_RUNTIMES)}"
        )
