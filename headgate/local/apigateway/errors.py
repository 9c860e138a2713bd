"""Errors of the control plane, by AWS's error code; `responses` translates them for moto's serialiser.

ControlPlaneError       code BadRequestException (HTTP 400)
├── NotFoundError       code NotFoundException (404)
├── ConflictError       code ConflictException (409)
├── LimitExceededError  code LimitExceededException (429)
├── TooManyRequestsError  code TooManyRequestsException (429)
└── ValidationError       code ValidationException (400)
"""

from collections.abc import Iterable, Sequence


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


class ValidationError(ControlPlaneError):
    """Values outside their enumeration or pattern, in the words of AWS's front end (FACTS 10.6); it lists them all."""

    code = "ValidationException"

    def __init__(self, violations: Sequence[str]) -> None:
        many = len(violations) > 1
        head = f"{len(violations)} validation error{'s' if many else ''} detected: "
        super().__init__(head + "; ".join(violations))


def not_in_enum(value: object, place: str, choices: Iterable[str]) -> str:
    """The violation of a value that is none of the choices."""
    return _violation(value, place, f"enum value set: [{', '.join(choices)}]")


def no_match(value: object, place: str, pattern: str) -> str:
    """The violation of a value that does not match a pattern."""
    return _violation(value, place, f"regular expression pattern: {pattern}")


def _violation(value: object, place: str, wanted: str) -> str:
    return f"Value '{value}' at '{place}' failed to satisfy constraint: Member must satisfy {wanted}"
