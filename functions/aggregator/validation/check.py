"""Whether a request keeps its operation in validators.json. Imported only once a strict operation is asked for.

Checker(validators).refuse("GET /users/{id}", request, variables) -> Problem(400, "invalid-request", ...) or None
"""

from collections.abc import Mapping
from typing import Any

from ...shared.problem import Problem
from ..candidates import PathText
from ..events import Request
from .bodies import check_body
from .parameters import Sent, check_parameters
from .schemas import SchemaBook
from .violations import MAX_VIOLATIONS, UnsupportedMediaTypeError, Violation

VERSION = 1
# What Lambda takes as one event (FACTS 3.23); a larger body never arrives whole.
MAX_BODY_BYTES = 6 * 1024 * 1024
# Where a 415 says what would be taken: RFC 9110 section 15.5.16, RFC 5789 section 3.1, Accept-Post of LDP section 7.1.
_HINTS = {"POST": "Accept-Post", "PATCH": "Accept-Patch"}


class Checker:
    """The strict validation of one API."""

    def __init__(self, validators: Mapping[str, Any]) -> None:
        if validators.get("version") != VERSION:
            raise ValueError(f"validators.json has version {validators.get('version')!r}; this code reads {VERSION}")
        self._operations: Mapping[str, Any] = validators["operations"]
        self._book = SchemaBook(validators.get("$defs", {}))

    def refuse(self, name: str, request: Request, variables: Mapping[str, PathText]) -> Problem | None:
        """The problem of a request that does not keep the operation `name`; None when it does."""
        operation = self._operations[name]
        if len(request.body) > MAX_BODY_BYTES:
            return Problem(413, "body-too-large", "The request body is too large")
        found = check_parameters(operation["parameters"], Sent(request, variables), self._book)
        try:
            found += check_body(operation.get("body"), request, self._book)
        except UnsupportedMediaTypeError:
            return _unsupported(request, operation["body"]["content"])
        return _invalid(found) if found else None


def _invalid(found: list[Violation]) -> Problem:
    errors = [violation.to_json() for violation in found[:MAX_VIOLATIONS]]
    return Problem(400, "invalid-request", "The request is not valid", _summary(found), {"errors": errors})


def _summary(found: list[Violation]) -> str:
    first = found[0]
    where = (
        f"{first.place} {first.parameter}"
        if first.parameter
        else f"{first.place}{first.pointer and ' '}{first.pointer}"
    )
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{where}: {first.detail}{more}"


def _unsupported(request: Request, content: Mapping[str, Any]) -> Problem:
    taken = ", ".join(content)
    hint = {_HINTS.get(request.method, "Accept"): taken} if taken.isascii() and taken.isprintable() else {}
    return Problem(
        415,
        "unsupported-media-type",
        "The media type is not supported",
        f"Wanted: {taken}.",
        {"accepted": [*content]},
        hint,
    )
