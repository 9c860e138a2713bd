"""What a compilation yields, and how it is written to a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from .schemes import Credential


@dataclass(frozen=True)
class CompiledApi:
    """One API.

    `wire` goes to API Gateway, `routes` to the authorizer, `plans` and `validators` to the aggregator, `published` to
    readers. `throttles` are per `{resource}/{VERB}`, `vpc_links` are ids, `credentials` those of `up --mock`.
    """

    name: str
    wire: dict[str, Any]
    published: dict[str, Any]
    routes: dict[str, Any]
    plans: dict[str, Any]
    validators: dict[str, Any]
    lambda_upstreams: dict[str, str]
    vpc_links: tuple[str, ...]
    throttles: dict[str, dict[str, float]]
    credentials: tuple[Credential, ...]
    make_ledger: Callable[[], list[dict[str, Any]]] = field(repr=False, compare=False)

    @cached_property
    def ledger(self) -> list[dict[str, Any]]:
        """Where each construct went. Made when first asked for: a save does not need it."""
        return self.make_ledger()

    @property
    def uses_authorizer(self) -> bool:
        return bool(self.routes["authorizers"])

    @property
    def uses_aggregator(self) -> bool:
        return bool(self.plans.get("plans"))


@dataclass(frozen=True)
class Compiled:
    """All APIs of a gateway. `refused` counts operations that a single document has and API Gateway cannot serve."""

    apis: tuple[CompiledApi, ...]
    refused: int = 0

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """Every test credential, each once."""
        return tuple(dict.fromkeys(credential for api in self.apis for credential in api.credentials))


def dumps(value: Any) -> str:
    """JSON as all artefacts are written: sorted, compact, and the same for the same input."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def write(compiled: Compiled, out: Path) -> None:
    """Writes wire/<api>.json, published/<api>.json, routes.json, plans.json, validators.json and ledger.json into `out`."""
    for folder in ("wire", "published"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for api in compiled.apis:
        _write(out / "wire" / f"{api.name}.json", api.wire)
        _write(out / "published" / f"{api.name}.json", api.published)
    for kind in ("routes", "plans", "validators", "ledger"):
        by_api = {api.name: getattr(api, kind) for api in compiled.apis}
        _write(out / f"{kind}.json", next(iter(by_api.values())) if len(by_api) == 1 else {"apis": by_api})


def _write(path: Path, value: Any) -> None:
    path.write_text(dumps(value), encoding="utf-8")
