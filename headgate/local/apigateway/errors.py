"""Errors of the control plane, by AWS's error code; `responses` translates them for moto's serialiser.

    ControlPlaneError       code BadRequestException (HTTP 400)
    ├── NotFoundError       code NotFoundException (404)
    ├── ConflictError       code ConflictException (409)
    ├── LimitExceededError  code LimitExceededException (429)
    ├── TooManyRequestsError  code TooManyRequestsException (429)
    └── EnumError           code ValidationException (400)
"""

from collections.abc import Iterable


class ControlPlaneError(Exception):
    """A refused call. `str(error)` is the message AWS sends."""

    code = "BadRequestException"


class BadRequestError(ControlPlaneError):
    """The request itself is wrong."""


class NotFoundError(ControlPlaneError):
    """An identifier names nothing."""

    code = "NotFoundException"


class ConflictError(ControlPlaneError):
    """A name is taken, or another change is under way."""

    code = "ConflictException"


class LimitExceededError(ControlPlaneError):
    """A quota on the number of things is used up (FACTS 10.2, 10.3)."""

    code = "LimitExceededException"


class TooManyRequestsError(ControlPlaneError):
    """A quota on the rate of calls is used up (FACTS 10.4)."""

    code = "TooManyRequestsException"


class EnumError(ControlPlaneError):
    """A value outside its enumeration or pattern, in the words of AWS's front end (FACTS 10.6)."""

    code = "ValidationException"

    def __init__(self, value: object, place: str, wanted: str) -> None:
        super().__init__(
            f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: Member must "
            f"satisfy {wanted}"
        )


def enum_error(value: object, place: str, choices: Iterable[str]) -> EnumError:
    """The error for a value that is none of the choices."""
    return EnumError(value, place, f"enum value set: [{', '.join(choices)}]")
