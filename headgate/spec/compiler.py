"""Documents in, gateway out: the order of the steps, and what stops them.

A project compiles as a whole or not at all. A single document compiles without the operations that API Gateway cannot serve, which
become warnings and are counted; what concerns the whole document stops it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .arazzo import compile_workflows
from .budget import fit
from .caching import check_caches, method_caches
from .checks import (
    check_document,
    check_keys,
    check_names,
    check_paths,
    check_preflight,
    check_resources,
    check_settings,
    root_extensions,
    unsupported_methods,
)
from .collector import collector_held
from .compiled import Compiled, CompiledApi
from .diagnostics import Diagnostic, has_errors, in_order
from .document import DocumentSet, LoadedDocument
from .domain import domains_of
from .edge_checks import (
    check_clashes,
    check_edges,
    check_shadows,
    check_shared_security,
    extra_candidates,
    note_edges,
)
from .edges import composed_behind_edges, edge_validators, with_edges
from .facts import facts_of
from .integrations import rewrite_problems
from .ledger import ledger
from .operations import Operation, OperationIndex, Upstream, read_operations
from .parts import joined_facts, part_plans, parts_of, relocated
from .paths import name_resources
from .project import Cors, DocumentEntry, Project
from .published import Publisher
from .references import broken_references
from .schemes import Binding
from .security import Guard, check_audiences, guard, routes
from .settling import Settling
from .split import Rules
from .target import Target
from .upstreams import Addresses
from .validators import Validators
from .wire import Wire


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


@collector_held()
def compile_project(project: Project, target: Target) -> tuple[Compiled | None, list[Diagnostic]]:
    """Everything of a project for one target, or None and everything that is wrong."""
    problems: list[Diagnostic] = []
    if target.environment not in project.environments:
        known = ", ".join(project.environments)
        message = f"there is no environment {target.environment!r}"
        return None, [project.file.root.problem("HG111", message, fix=f"known: {known}")]
    apis: list[CompiledApi] = []
    for name in project.apis:
        given = _api_input(project, name, target)
        if given is not None:
            apis += _compile_api(given, problems)[0]
    apis, too_large = fit(apis, target, project.file.root)
    problems += too_large
    problems += project.documents.problems[project.told :]
    failed = has_errors(problems) or len({api.whole for api in apis}) != len(project.apis)
    return (None if failed else Compiled(tuple(apis))), in_order(problems)


@collector_held()
def compile_document(path: Path, target: Target) -> tuple[Compiled | None, list[Diagnostic]]:
    """One OpenAPI document without gateway.yaml. The API is named after the file."""
    documents = DocumentSet(path.parent)
    document = documents.load(path.name)
    if document is None or has_errors(documents.problems):
        return None, _as_typed(path, documents.problems)
    given = ApiInput(path.stem, [(document, DocumentEntry(document=path.name))], [], None, target)
    problems: list[Diagnostic] = []
    apis, refused = _compile_api(given, problems)
    apis, too_large = fit(apis, target, document.root)
    problems += [*documents.problems, *too_large]
    compiled = Compiled(tuple(apis), refused) if apis and not has_errors(problems) else None
    return compiled, _as_typed(path, problems)


def _as_typed(path: Path, problems: list[Diagnostic]) -> list[Diagnostic]:
    """The problems in order, files named from where the user is rather than from the document's folder."""
    return in_order([replace(problem, path=(path.parent / problem.path).as_posix()) for problem in problems])


def _api_input(project: Project, name: str, target: Target) -> ApiInput | None:
    """The API's documents, loaded; None when one of them cannot be (the document set has said why)."""
    entries = [(project.documents.load(entry.document, at), entry) for entry, at in project.entries(name)]
    workflows = [project.documents.load(path, at) for path, at in project.workflows(name)]
    documents = [(document, entry) for document, entry in entries if document is not None]
    if len(documents) != len(entries) or None in workflows:
        return None
    api = project.apis[name]
    if not documents:
        at = project.file.root.at("apis", name) or project.file.root
        project.documents.problems.append(
            at.problem("HG111", f"API {name!r} has no documents", fix="list them, or put them into openapi/")
        )
        return None
    loaded = [workflow for workflow in workflows if workflow is not None]
    return ApiInput(name, documents, loaded, project, target, api.cors, api.binary_media_types)


def _compile_api(given: ApiInput, problems: list[Diagnostic]) -> tuple[list[CompiledApi], int]:
    """The API, in parts where it is too large for one REST API, and how many operations were left out."""
    unusable = [problem for document in given.files for problem in check_document(document)]
    if unusable:
        problems += unusable
        return [], 0
    settling = Settling(is_lenient=given.project is None)
    upstreams = _read(given, settling)
    protection, binding = _protect(given, settling)
    problems += settling.problems
    if not settling.operations and not has_errors(problems):
        problems.append(_nothing_to_serve(given, settling))
    if has_errors(problems):
        return [], settling.refused
    extensions = root_extensions(given.files, problems)
    plans = _compose(given, settling.operations, upstreams, protection, problems)
    extras, found = extra_candidates(settling.operations, protection, upstreams)
    problems += [*found, *note_edges(settling.operations)]
    plans = with_edges(plans, settling.operations, protection, extras, upstreams)
    draft = Draft(upstreams, protection, binding, plans, extensions)
    return _in_parts(given, settling.operations, draft), settling.refused


def _nothing_to_serve(given: ApiInput, settling: Settling) -> Diagnostic:
    """A document on its own may be about webhooks alone; an API of a project without operations is a mistake."""
    root, fix = given.files[0].root, "add one under `paths`"
    if given.project is None and not settling.refused:
        return root.problem("HG198", "nothing is served: the document has no operations", fix=fix, level="warning")
    return root.problem("HG107", "no operation is left to serve", fix=fix)


def _in_parts(given: ApiInput, operations: list[Operation], draft: Draft) -> list[CompiledApi]:
    """The API as one or several REST APIs. The first has what stays one: published document, validators and ledger."""
    taken = given.project.apis if given.project else ()
    parts = parts_of(given.name, operations, given.rules or Rules(), taken)
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


def _read(given: ApiInput, settling: Settling) -> dict[str, Upstream]:
    """Operations of all documents with everything settled but security; returns the upstreams."""
    found: list[Diagnostic] = []
    addresses = _addresses(given, found)
    for document, entry in given.documents:
        operations = read_operations(document, base_path=entry.base_path, problems=found)
        settling.operations += [addresses.place(operation, entry.upstream) for operation in operations]
        settling.refuse(unsupported_methods(document))
    settling.report(found)
    settling.report(broken_references(given.files))
    settling.report(check_paths(settling.operations))
    settling.report(check_clashes(settling.operations, is_lenient=settling.is_lenient))
    settling.operations = name_resources(settling.operations)
    settling.report(check_resources(settling.operations, given.rules, is_lenient=settling.is_lenient))
    settling.report(check_settings(settling.operations))
    settling.report(check_edges(settling.operations, addresses.found))
    settling.problems += check_names(settling.operations)
    return addresses.found


def _addresses(given: ApiInput, problems: list[Diagnostic]) -> Addresses:
    project = given.project
    entries = project.upstreams if project else {}
    at = project.file.root.at("upstreams") if project else None
    return Addresses(entries, at, given.target, project is not None, problems, {})


def _protect(given: ApiInput, settling: Settling) -> tuple[Guard, Binding]:
    project = given.project
    has_plans = bool(project and any(plan.keys for plan in project.plans.values()))
    binding = Binding(project.issuers if project else {}, has_plans, given.target, [], {})
    protection = guard(settling.operations, binding)
    settling.report(binding.problems)
    settling.drop(lambda operation: not protection.requirement(operation).is_valid)
    settling.report(check_shared_security(settling.operations, protection))
    settling.report([p for o in settling.operations for p in rewrite_problems(o, protection.requirement(o))])
    settling.report(check_audiences(settling.operations, protection))
    settling.report(check_caches(settling.operations, protection, has_cluster=_has_cluster(given)))
    if given.cors is not None:
        settling.problems += check_preflight(settling.operations, protection)
    if project is not None and not has_plans:
        settling.problems += check_keys(settling.operations, protection)
    _close_shadows(settling)
    if settling.refused and settling.is_lenient:
        protection = guard(settling.operations, binding)
    return protection, binding


def _has_cluster(given: ApiInput) -> bool:
    environment = given.project.environments.get(given.target.environment) if given.project else None
    return environment is not None and any(stage.cache for stage in environment.stages.values())


def _close_shadows(settling: Settling) -> None:
    """Leaving an operation out must not open it through another one that matches its requests."""
    seen = -1
    while settling.is_lenient and seen != len(settling.left_out):
        seen = len(settling.left_out)
        settling.report(check_shadows(settling.operations, settling.left_out))


def _compose(
    given: ApiInput,
    operations: list[Operation],
    upstreams: dict[str, Upstream],
    protection: Guard,
    problems: list[Diagnostic],
) -> dict[str, Any]:
    """plans.json. Documents that only workflows name are read for it; their operations are not served."""
    addresses = _addresses(given, problems)
    addresses.found = upstreams
    served = {document.file for document in given.files}
    internal: list[Operation] = []
    for document in _sources(given):
        if document.file not in served and not check_document(document):
            served.add(document.file)
            read = read_operations(document, problems=problems, exposed=False)
            internal += [addresses.place(operation) for operation in read]
    index = OperationIndex((*composed_behind_edges(operations), *name_resources(internal)), addresses.found)
    secured = {(o.method, o.template) for o in operations if protection.authorizer(o) is not None}
    plans, found = compile_workflows(
        given.workflows,
        index,
        given.target,
        api=given.name,
        is_secured=lambda operation: (operation.method, operation.template) in secured,
        cors=given.cors,
    )
    problems += found
    return plans


def _sources(given: ApiInput) -> list[LoadedDocument]:
    """OpenAPI documents that the workflows name as their sources."""
    found = []
    for workflow in given.workflows:
        listed = workflow.root.at("sourceDescriptions")
        for source in listed.values() if listed is not None else ():
            url = source.value.get("url") if isinstance(source.value, dict) else None
            if not isinstance(url, str) or "://" in url or source.value.get("type") == "arazzo":
                continue
            document = given.document_set.load(Path(workflow.file).parent / url, source)
            found += [document] if document is not None else []
    return found


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
