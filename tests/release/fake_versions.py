"""Lambda's versions in memory: as much of boto3's client as cleaning up uses."""

# ruff: noqa: N803 - boto3's own parameter names
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from .fake_stage import client_error


@dataclass
class FakeVersions:
    """Versions by (function, number); `before_delete` may fail."""

    versions: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    before_delete: Callable[[], None] = lambda: None

    def publish(self, function: str, release: str | None, made: str = "1970-01-01T00:00:00.000+0000") -> None:
        """What a deploy does."""
        number = str(1 + sum(name == function for name, _ in self.versions))
        description = f"release {release}" if release else "by hand"
        self.versions[function, number] = {"Version": number, "Description": description, "LastModified": made}

    def get_paginator(self, _operation: str) -> Self:
        return self

    def paginate(self, *, FunctionName: str) -> list[dict[str, Any]]:
        own = [version for (name, _), version in self.versions.items() if name == FunctionName]
        return [
            {"Versions": [{"Version": "$LATEST", "LastModified": "1970-01-01T00:00:00.000+0000"}]},
            {"Versions": own},
        ]

    def delete_function(self, *, FunctionName: str, Qualifier: str) -> None:
        self.before_delete()
        if (FunctionName, Qualifier) not in self.versions:
            raise client_error("ResourceNotFoundException", "Function not found")
        del self.versions[FunctionName, Qualifier]
