"""Documents in, gateway out: the order of the steps, and what stops them.

A project compiles as a whole or not at all. A single document compiles without the operations that API Gateway cannot serve, which
become warnings and are counted; what concerns the whole document stops it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .arazzo import compile_workflows
from .checks import (
    check_clashes,
    check_document,
    check_keys,
    check_names,
    check_paths,
    check_resources,
    check_settings,
    root_extensions,
    unsupported_methods,
)
from .compiled import Compiled, CompiledApi
from .diagnostics import Diagnostic, has_errors, in_order
from .document import DocumentSet, LoadedDocument
from .integrations import rewrite_problems
from .ledger import Facts, checked_schemas, ledger
from .operations import Operation, OperationIndex, Upstream, read_operations
from .paths import name_resources
from .project import Cors, DocumentEntry, Project
from .published import Publisher
from .references import broken_references
from .schemes import Binding
from .security import Guard, guard, routes
from .settling import Settling
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

    @property
    def files(self) -> list[LoadedDocument]:
        return [document for document, _ in self.documents]

    @property
    def document_set(self) -> DocumentSet:
        return self.documents[0][0].documents


def compile_project(project: Project, target: Target) -> tuple[Compiled | None, list[Diagnostic]]:
    """Everything of a project for one target, or None and everything that is wrong."""
    problems: list[Diagnostic] = []
    if target.environment not in project.environments:
        known = ", ".join(project.environments)
        message = f"there is no environment {target.environment!r}"
        return None, [project.file.root.problem("HG111", message, fix=f"known: {known}")]
    apis = []
    for name in project.apis:
        given = _api_input(project, name, target)
        if given is not None:
            api, _ = _compile_api(given, problems)
            apis += [api] if api else []
    problems += project.documents.problems[project.told :]
    failed = has_errors(problems) or len(apis) != len(project.apis)
    return (None if failed else Compiled(tuple(apis))), in_order(problems)


def compile_document(path: Path, target: Target) -> tuple[Compiled | None, list[Diagnostic]]:
    """One OpenAPI document without gateway.yaml. The API is named after the file."""
    documents = DocumentSet(path.parent)
    document = documents.load(path.name)
    if document is None or has_errors(documents.problems):
        return None, in_order(documents.problems)
    given = ApiInput(path.stem, [(document, DocumentEntry(document=path.name))], [], None, target)
    problems: list[Diagnostic] = []
    api, refused = _compile_api(given, problems)
    problems += documents.problems
    compiled = Compiled((api,), refused) if api is not None and not has_errors(problems) else None
    return compiled, in_order(problems)


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


def _compile_api(given: ApiInput, problems: list[Diagnostic]) -> tuple[CompiledApi | None, int]:
    """The API and how many operations were left out."""
    unusable = [problem for document in given.files for problem in check_document(document)]
    if unusable:
        problems += unusable
        return None, 0
    settling = Settling(is_lenient=given.project is None)
    upstreams = _read(given, settling)
    protection, binding = _protect(given, settling)
    problems += settling.problems
    if not settling.operations and not has_errors(problems):
        problems.append(
            given.files[0].root.problem("HG107", "no operation is left to serve", fix="add one under `paths`")
        )
    if has_errors(problems):
        return None, settling.refused
    extensions = root_extensions(given.files, problems)
    plans = _compose(given, settling.operations, upstreams, protection, problems)
    is_real = given.target.mock_url is None
    wire = Wire(given.name, given.cors, given.binary_media_types, upstreams, protection, requires_queries=is_real)
    document = wire.document(settling.operations, extensions)
    return _assemble(
        given, settling.operations, wire, document=document, plans=plans, binding=binding
    ), settling.refused


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
    settling.report(check_clashes(settling.operations))
    settling.operations = name_resources(settling.operations)
    settling.report(check_resources(settling.operations, is_lenient=settling.is_lenient))
    settling.report(check_settings(settling.operations))
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
    settling.report([p for o in settling.operations for p in rewrite_problems(o, protection.requirement(o))])
    if project is not None and not has_plans:
        settling.problems += check_keys(settling.operations, protection)
    if settling.refused and settling.is_lenient:
        protection = guard(settling.operations, binding)
    return protection, binding


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
    index = OperationIndex((*operations, *name_resources(internal)), addresses.found)
    plans, found = compile_workflows(
        given.workflows,
        index,
        given.target,
        api=given.name,
        is_secured=lambda operation: protection.authorizer(operation) is not None,
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
    return CompiledApi(
        name=given.name,
        wire=document,
        published=Publisher(given.files).document(given.name, operations),
        routes=routes(given.name, operations, wire.protection, binding),
        plans=plans,
        validators=Validators(given.document_set).document(given.name, operations),
        lambda_upstreams={u.name: u.function_arn for u in upstreams if u.kind == "lambda"},
        vpc_links=tuple(sorted({u.vpc_link for u in upstreams if u.kind == "load-balancer"})),
        throttles=_throttles(operations),
        credentials=tuple(credentials),
        make_ledger=lambda: ledger(given.files, _facts(operations, wire)),
    )


def _throttles(operations: list[Operation]) -> dict[str, dict[str, float]]:
    return {
        f"{operation.resource}/{operation.method}": {"rate": throttle.rate, "burst": throttle.burst}
        for operation in operations
        if (throttle := operation.settings.throttle)
    }


def _facts(operations: list[Operation], wire: Wire) -> Facts:
    return Facts(
        served=frozenset(operation.at.key for operation in operations),
        carried_parameters=frozenset(wire.carried),
        modelled_bodies=frozenset(wire.modelled),
        kept_keywords=frozenset(wire.models.kept),
        checked_schemas=checked_schemas(operations),
    )
