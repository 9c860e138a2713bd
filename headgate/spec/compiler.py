"""Documents in, gateway out: the order of the steps, and what stops them.

A project compiles as a whole or not at all. A single document compiles without the operations that API Gateway cannot serve, which
become warnings and are counted; what concerns the whole document stops it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .arazzo import compile_workflows
from .budget import fit, tighter, total_size
from .building import ApiInput, Draft, build_parts
from .collector import collector_held
from .compiled import Compiled, CompiledApi
from .contract.references import broken_references
from .diagnostics.records import Diagnostic, has_errors, in_order
from .operations.checks import (
    check_document,
    check_names,
    check_paths,
    check_settings,
    root_extensions,
    unsupported_methods,
)
from .operations.paths import MAX_RESOURCES, name_resources
from .operations.reading import read_operations
from .operations.records import Operation, OperationIndex, Upstream
from .operations.settling import Settling
from .operations.upstreams import Addresses
from .placement.edge_checks import (
    check_clashes,
    check_edges,
    check_shadows,
    check_shared_security,
    extra_candidates,
    note_edges,
)
from .placement.edges import composed_behind_edges, with_edges
from .placement.layout import lay_out, layout_problems, neighbourhood
from .placement.split import Split
from .security.authorizers import Guard, guard
from .security.checks import check_audiences, check_keys, check_preflight
from .security.schemes import Binding
from .settings.project import DocumentEntry, Project
from .settings.target import Target
from .source.document import DocumentSet, LoadedDocument, Located
from .wire.caching import check_caches
from .wire.integrations import rewrite_problems


@collector_held()
def compile_project(project: Project, target: Target) -> tuple[Compiled | None, list[Diagnostic]]:
    """Everything of a project for one target, or None and everything that is wrong."""
    problems: list[Diagnostic] = []
    if target.environment not in project.environments:
        known = ", ".join(project.environments)
        message = f"there is no environment {target.environment!r}"
        return None, [project.file.root.problem("HG111", message, fix=f"known: {known}")]
    given = [found for name in project.apis if (found := _api_input(project, name, target)) is not None]
    apis, _ = _compile_apis(given, target, project.file.root, problems)
    problems = list(dict.fromkeys([*problems, *project.documents.problems[project.told :]]))
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
    apis, refused = _compile_apis([given], target, document.root, problems)
    problems = list(dict.fromkeys([*problems, *documents.problems]))
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


@dataclass(frozen=True, slots=True)
class Settled:
    """One API with everything decided but where its operations stand."""

    given: ApiInput
    settling: Settling
    upstreams: dict[str, Upstream]
    protection: Guard
    binding: Binding


def _compile_apis(
    given: list[ApiInput], target: Target, at: Located, problems: list[Diagnostic]
) -> tuple[list[CompiledApi], int]:
    """The APIs of one template, and how many operations were left out. More of them folds while the template is too large."""
    settled = [found for each in given if (found := _settle(each, problems)) is not None]
    limit: int | None = MAX_RESOURCES
    told: list[Diagnostic] = []
    apis: list[CompiledApi] = []
    refused, size = 0, 0
    while limit is not None:
        told, apis, refused, before = [], [], 0, size
        for each in settled:
            made, left_out = _compile_api(each, limit, told)
            apis += made
            refused += left_out
        apis, too_large = fit(apis, target, at)
        told += too_large
        size = total_size(apis)
        limit = tighter(apis, target, limit) if size != before else None
    problems += told
    return apis, refused


def _settle(given: ApiInput, problems: list[Diagnostic]) -> Settled | None:
    """An API whose operations and protection are known; None when a document cannot be read as OpenAPI."""
    unusable = [problem for document in given.files for problem in check_document(document)]
    if unusable:
        problems += unusable
        return None
    settling = Settling(is_lenient=given.project is None)
    upstreams = _read(given, settling)
    protection, binding = _protect(given, settling)
    return Settled(given, settling, upstreams, protection, binding)


def _compile_api(settled: Settled, limit: int, problems: list[Diagnostic]) -> tuple[list[CompiledApi], int]:
    """The API, in parts where it is too large for one REST API, and how many operations were left out."""
    given, upstreams = settled.given, settled.upstreams
    settling = settled.settling.copy()
    protection, split = _lay_out(settled, settling, limit)
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
    draft = Draft(upstreams, protection, settled.binding, plans, extensions, split)
    return build_parts(given, settling.operations, draft), settling.refused


def _nothing_to_serve(given: ApiInput, settling: Settling) -> Diagnostic:
    """A document on its own may be about webhooks alone; an API of a project without operations is a mistake."""
    root, fix = given.files[0].root, "add one under `paths`"
    if given.project is None and not settling.refused:
        return root.problem("HG198", "nothing is served: the document has no operations", fix=fix, level="warning")
    return root.problem("HG107", "no operation is left to serve", fix=fix)


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


def _lay_out(settled: Settled, settling: Settling, limit: int) -> tuple[Guard, Split]:
    """Divides the operations among REST APIs of so many resources; those behind greedy resources are protected there."""
    given, protection = settled.given, settled.protection
    of = neighbourhood(protection, settled.upstreams, has_cors=given.cors is not None)
    layout = lay_out(settling.operations, given.rules, of, limit)
    settling.operations = layout.operations
    settling.report(layout_problems(layout, given.rules, is_lenient=settling.is_lenient))
    _close_shadows(settling)
    if layout.folds or layout.left:
        again = replace(settled.binding, problems=[])
        protection = guard(settling.operations, again)
        settling.report(again.problems)
    return protection, layout.split


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
