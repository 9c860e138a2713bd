"""Strict validation, opened with the first request that needs it: a function without strict operations never pays its import."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..shared.problem import Problem
from .candidates import PathText
from .events import Request

if TYPE_CHECKING:
    from .validation.check import Checker

# Gives an API's validators; called once.
ReadValidators = Callable[[], Mapping[str, Any]]


class Checks:
    """One API's checks."""

    def __init__(self, read: ReadValidators) -> None:
        self._read = read
        self._checker: Checker | None = None

    def refuse(self, operation: str, request: Request, variables: Mapping[str, PathText]) -> Problem | None:
        """The problem of a request that does not keep its operation; None when it does."""
        if self._checker is None:
            from .validation.check import Checker  # noqa: PLC0415  35 ms of import (docs/decisions/0008)

            self._checker = Checker(self._read())
        return self._checker.refuse(operation, request, variables)
