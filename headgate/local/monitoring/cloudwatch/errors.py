"""Errors of CloudWatch, by AWS's code."""

from moto.core.exceptions import ServiceException


class CloudWatchError(ServiceException):
    """A refused call."""

    # moto takes the service from the second part of an exception's module; ours would read "local".
    __module__ = "moto.cloudwatch.exceptions"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)


def invalid(message: str) -> CloudWatchError:
    """A parameter with a wrong value."""
    return CloudWatchError("ValidationError", message)


def not_found(message: str = "Unknown") -> CloudWatchError:
    """Nothing of that name."""
    return CloudWatchError("ResourceNotFound", message)
