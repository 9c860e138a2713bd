"""EventInvokeConfigs: what becomes of asynchronous invocations of a function, a version or an alias."""

from collections.abc import Mapping
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import EventInvokeConfig

from .checks import RefusedError
from .names import Clock

Key = tuple[str, str]  # (function name, qualifier; "$LATEST" for the function itself)
SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


class EventConfigs:
    """The configurations of one account and Region."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._kept: dict[Key, dict[str, Any]] = {}

    def put(self, key: Key, given: Mapping[str, Any], arn: str, *, merge: bool = False) -> dict[str, Any]:
        """Put (or, merged, Update) a configuration; `arn` is the function's, with the qualifier."""
        wanted = {name: given[name] for name in SETTINGS if given.get(name) is not None}
        if not wanted:
            raise InvalidParameterValueException(
                "You must specify at least one of error handling or destination setting."
            )
        EventInvokeConfig(arn, "", wanted)  # moto's checks of the bounds
        _check_destinations(wanted.get("DestinationConfig") or {}, arn)
        before = self.get(key, arn) if merge else {}
        destinations = {"OnSuccess": {}, "OnFailure": {}, **(wanted.get("DestinationConfig") or {})}
        if merge and "DestinationConfig" not in wanted:
            destinations = before["DestinationConfig"]
        kept = {**before, **wanted, "DestinationConfig": destinations, "FunctionArn": arn, "LastModified": self._now()}
        self._kept[key] = kept
        return kept

    def get(self, key: Key, arn: str) -> dict[str, Any]:
        """One configuration."""
        if key not in self._kept:
            message = f"The function {arn} doesn't have an EventInvokeConfig"
            raise RefusedError("ResourceNotFoundException", message, 404)
        return self._kept[key]

    def of(self, name: str) -> list[dict[str, Any]]:
        """All of a function."""
        return [kept for key, kept in self._kept.items() if key[0] == name]

    def settings(self, key: Key) -> Mapping[str, Any]:
        """What is configured, if anything."""
        return self._kept.get(key) or {}

    def forget(self, name: str, qualifier: str = "") -> None:
        """Delete one, or those of a function that is gone."""
        for key in list(self._kept):
            if key == (name, qualifier) or (key[0] == name and not qualifier):
                del self._kept[key]


def _check_destinations(destinations: Mapping[str, Any], arn: str) -> None:
    own = arn.rpartition(":")[0]
    for one in destinations.values():
        target = str((one or {}).get("Destination") or "")
        if target == own or target.startswith(f"{own}:"):
            raise InvalidParameterValueException("You can't specify the function as a destination for itself.")
