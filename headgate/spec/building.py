"""Settled operations in, artefacts out: the wire document, routes, plans and all else of one API, or of each of its parts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from .compiled import CompiledApi
from .contract.published import Publisher
from .contract.validators import Validators
from .ledger.facts import facts_of
from .ledger.walk import ledger
from .operations.records import Operation, Upstream
from .parts import joined_facts, part_plans, parts_of, relocated
from .placement.edges import edge_validators
from .placement.split import Rules, Split
from .security.authorizers import Guard, guard
from .security.routes_json import routes
from .security.schemes import Binding
from .settings.domain import domains_of
from .settings.project import Cors, DocumentEntry, Project
from .settings.target import Target
from .source.document import DocumentSet, LoadedDocument
from .wire.caching import method_caches
from .wire.document import Wire


@dataclass(frozen=True, slots=True)
class ApiInput:
    """One API before compilation. `project` None means a single document on its own."""

    name: str
    documents: list[tuple[LoadedDocument, DocumentEntry]]
    workflows: list[LoadedDocument]
    project: Project | None
    target: Target
    cors: Cors | None = None
    binary_media_types: list[str] = field(default_factory=list)
    is_part: bool = False

    @property
    def files(self) -> list[LoadedDocument]:
        return [document for document, _ in self.documents]

    @property
    def document_set(self) -> DocumentSet:
        return self.documents[0][0].documents

    @property
    def rules(self) -> Rules | None:
        """How it may be split over several REST APIs; None: not at all, because no domain could join them again."""
        if self.project is None:
            return Rules()
        domains = domains_of(self.project.environments[self.target.environment], self.name)
        endpoint = self.project.apis[self.name].endpoint
        return Rules(all(domain.takes_levels(endpoint) for domain in domains)) if domains else None


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of an API when its operations are settled."""

    upstreams: dict[str, Upstream]
    protection: Guard
    binding: Binding
    plans: dict[str, Any]
    extensions: dict[str, Any]
    split: Split


def build_parts(given: ApiInput, operations: list[Operation], draft: Draft) -> list[CompiledApi]:
    """The API as one or several REST APIs. The first has what stays one: published document, validators and ledger."""
    taken = given.project.apis if given.project else ()
    parts = parts_of(given.name, operations, draft.split, taken)
    if len(parts) == 1:
        return [_build(given, operations, draft)[0]]
    built = []
    for part in parts:
        protection = guard(part.operations, replace(draft.binding, problems=[]))
        own = replace(draft, protection=protection, plans=part_plans(draft.plans, part))
        api, wire = _build(replace(given, name=part.name, is_part=True), part.operations, own)
        built.append((relocated(api, part, given.name), wire, part))

    def whole_ledger() -> list[dict[str, Any]]:
        facts = [
            facts_of(part.operations, carried=wire.carried, modelled=wire.modelled, models=wire.models)
            for _, wire, part in built
        ]
        return ledger(given.files, joined_facts(facts))

    first, *others = (api for api, _, _ in built)
    published = Publisher(given.files).document(given.name, operations)
    validators = Validators(given.document_set).document(given.name, operations)
    return [replace(first, published=published, validators=validators, make_ledger=whole_ledger), *others]


def _build(given: ApiInput, operations: list[Operation], draft: Draft) -> tuple[CompiledApi, Wire]:
    is_real = given.target.mock_url is None
    wire = Wire(
        given.name,
        given.cors,
        given.binary_media_types,
        draft.upstreams,
        draft.protection,
        requires_queries=is_real,
    )
    document = wire.document(operations, draft.extensions)
    api = _assemble(given, operations, wire, document=document, plans=draft.plans, binding=draft.binding)
    return api, wire


def _assemble(
    given: ApiInput,
    operations: list[Operation],
    wire: Wire,
    *,
    document: dict[str, Any],
    plans: dict[str, Any],
    binding: Binding,
) -> CompiledApi:
    used = {operation.upstream for operation in operations}
    upstreams = [upstream for name, upstream in sorted(wire.upstreams.items()) if name in used]
    credentials = [scheme.credential for _, scheme in sorted(binding.schemes.items()) if scheme.credential]
    validators = Validators(given.document_set).document(given.name, operations)
    return CompiledApi(
        name=given.name,
        wire=document,
        published={} if given.is_part else Publisher(given.files).document(given.name, operations),
        routes=routes(given.name, operations, wire.protection, binding),
        plans=plans,
        validators=validators,
        edge_validators=edge_validators(validators, plans.get("edges", {})),
        lambda_upstreams={u.name: u.function_arn for u in upstreams if u.kind == "lambda"},
        aws_grants=tuple(sorted({u.aws.grant for u in upstreams if u.aws}, key=lambda g: (g.action, g.resource))),
        vpc_links=tuple(sorted({u.vpc_link for u in upstreams if u.kind == "load-balancer"})),
        throttles=_throttles(operations),
        caches=method_caches(operations),
        credentials=tuple(credentials),
        models=wire.models,
        make_ledger=lambda: ledger(
            given.files, facts_of(operations, carried=wire.carried, modelled=wire.modelled, models=wire.models)
        ),
    )


def _throttles(operations: list[Operation]) -> dict[str, dict[str, float]]:
    return {
        f"{operation.resource}/{operation.method}": {"rate": throttle.rate, "burst": throttle.burst}
        for operation in operations
        if (throttle := operation.settings.throttle)
    }
