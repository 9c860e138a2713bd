"""What a compilation yields, and how it is written to a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from .collector import collector_held
from .contract.edition_30 import edition_30
from .security.schemes import Credential
from .settings.aws_targets import Grant
from .wire.models import WireModels


@dataclass(frozen=True)
class CompiledApi:
    """One API.

    `wire` goes to API Gateway, `routes` to the authorizer, `plans` and `edge_validators` to the aggregator, `validators` to
    the mock server, `published` to readers. `throttles` and `caches` are per
    `{resource}/{VERB}`, `vpc_links` are ids, `credentials` those of `up --mock`.

    An API that is split over several REST APIs has one of these for each: `part_of` names it, `base_path` (`/users`) is what the
    domain maps to this one. The one with the empty base path is first and has the published document, the validators and the
    ledger of the whole API.
    """

    name: str
    wire: dict[str, Any]
    published: dict[str, Any]
    routes: dict[str, Any]
    plans: dict[str, Any]
    validators: dict[str, Any]
    edge_validators: dict[str, Any]
    lambda_upstreams: dict[str, str]
    aws_grants: tuple[Grant, ...]
    vpc_links: tuple[str, ...]
    throttles: dict[str, dict[str, float]]
    caches: dict[str, dict[str, Any]]
    credentials: tuple[Credential, ...]
    models: WireModels = field(repr=False, compare=False)
    make_ledger: Callable[[], list[dict[str, Any]]] = field(repr=False, compare=False)
    base_path: str = ""
    part_of: str = ""

    @cached_property
    def ledger(self) -> list[dict[str, Any]]:
        """Where each construct went. Made when first asked for: a save does not need it."""
        with collector_held():
            return self.make_ledger()

    @property
    def whole(self) -> str:
        """The API of gateway.yaml that this is, or is a part of."""
        return self.part_of or self.name

    @property
    def uses_authorizer(self) -> bool:
        return bool(self.routes["authorizers"])

    @property
    def uses_aggregator(self) -> bool:
        return bool(self.plans.get("plans") or self.plans.get("edges"))


@dataclass(frozen=True)
class Compiled:
    """All APIs of a gateway. `refused` counts operations that a single document has and API Gateway cannot serve."""

    apis: tuple[CompiledApi, ...]
    refused: int = 0

    @property
    def wholes(self) -> tuple[CompiledApi, ...]:
        """One entry for each API of gateway.yaml: itself, or its first part."""
        return tuple(api for api in self.apis if api.name == api.whole)

    @property
    def operations(self) -> int:
        """How many operations are served; several may share a route."""
        return len({(api.whole, name) for api in self.apis for name in api.validators["operations"]})

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """Every test credential, each once."""
        return tuple(dict.fromkeys(credential for api in self.apis for credential in api.credentials))


def dumps(value: Any) -> str:
    """JSON as all artefacts are written: sorted, compact, and the same for the same input."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


@collector_held()
def write(compiled: Compiled, out: Path) -> None:
    """Writes wire/<api>.json, published/<api>.json, routes.json, plans.json, validators.json and ledger.json into `out`.

    A split API has a wire document, routes and plans for each part, and one of everything else.
    """
    for folder in ("wire", "published"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for api in compiled.apis:
        _write(out / "wire" / f"{api.name}.json", api.wire)
    for api in compiled.wholes:
        _write(out / "published" / f"{api.name}.json", api.published)
        if not str(api.published.get("openapi", "3.0")).startswith("3.0"):
            _write(out / "published" / f"{api.name}.openapi30.json", edition_30(api.published))
    for kind in ("routes", "plans", "validators", "ledger"):
        apis = compiled.wholes if kind in {"validators", "ledger"} else compiled.apis
        by_api = {api.name: getattr(api, kind) for api in apis}
        _write(out / f"{kind}.json", next(iter(by_api.values())) if len(by_api) == 1 else {"apis": by_api})


def _write(path: Path, value: Any) -> None:
    path.write_text(dumps(value), encoding="utf-8")
