"""Provisioned concurrency: kept and shown. Workers are warm here anyway, so it changes nothing of how functions run."""

from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException

from .checks import ACCOUNT_CONCURRENCY, UNRESERVED_AT_LEAST, RefusedError
from .names import Clock, is_version, iso_time

Key = tuple[str, str]  # (function name, version or alias)


class Provisioned:
    """The configurations of one account and Region."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._kept: dict[Key, tuple[int, str]] = {}  # -> (executions, last change)

    def put(self, key: Key, wanted: int, *, reserved: int | None, aliases: dict[str, str]) -> dict[str, Any]:
        """Put a configuration. `aliases` are the function's: name -> version."""
        name, qualifier = key
        others = sum(kept for other, (kept, _) in self._kept.items() if other[0] == name and other != key)
        if reserved is not None and reserved < others + wanted:
            raise InvalidParameterValueException(
                "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
            )
        if wanted > ACCOUNT_CONCURRENCY:
            raise InvalidParameterValueException(
                "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency "
                f"[{ACCOUNT_CONCURRENCY}]."
            )
        if ACCOUNT_CONCURRENCY - wanted < UNRESERVED_AT_LEAST:
            raise InvalidParameterValueException(
                "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
                f"its minimum value of [{UNRESERVED_AT_LEAST}]."
            )
        self._check_overlap(name, qualifier, aliases)
        self._kept[key] = (wanted, iso_time(self._now()))
        return {
            "RequestedProvisionedConcurrentExecutions": wanted,
            "AvailableProvisionedConcurrentExecutions": 0,
            "AllocatedProvisionedConcurrentExecutions": 0,
            "Status": "IN_PROGRESS",
            "LastModified": self._kept[key][1],
        }

    def _check_overlap(self, name: str, qualifier: str, aliases: dict[str, str]) -> None:
        if qualifier in aliases and (name, aliases[qualifier]) in self._kept:
            raise RefusedError(
                "ResourceConflictException",
                "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
                409,
            )
        pointing = [alias for alias, version in aliases.items() if version == qualifier and (name, alias) in self._kept]
        if is_version(qualifier) and pointing:
            raise RefusedError(
                "ResourceConflictException", "Version is pointed by a Provisioned Concurrency alias", 409
            )

    def get(self, key: Key) -> dict[str, Any]:
        """One configuration: ready."""
        if key not in self._kept:
            raise RefusedError(
                "ProvisionedConcurrencyConfigNotFoundException",
                "No Provisioned Concurrency Config found for this function",
                404,
            )
        wanted, modified = self._kept[key]
        return {
            "RequestedProvisionedConcurrentExecutions": wanted,
            "AvailableProvisionedConcurrentExecutions": wanted,
            "AllocatedProvisionedConcurrentExecutions": wanted,
            "Status": "READY",
            "LastModified": modified,
        }

    def of(self, name: str) -> list[str]:
        """The qualifiers of a function that have one."""
        return [qualifier for kept, qualifier in self._kept if kept == name]

    def forget(self, name: str, qualifier: str = "") -> None:
        """Delete one, or those of a function that is gone."""
        for key in list(self._kept):
            if key == (name, qualifier) or (key[0] == name and not qualifier):
                del self._kept[key]
