"""Arazzo documents -> plans.json: compositions compiled against the operations they call (DESIGN 5).

    plans, diagnostics = compile_workflows(documents, operations, target, api="portal")

Every reference is resolved and type-checked here, so that at run time nothing is looked up and little can go wrong.
`functions.aggregator.plan` reads what this writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..diagnostics.records import Diagnostic, in_order
from ..operations.records import Operation, OperationIndex
from ..settings.project import Cors
from ..settings.target import Target
from ..source.document import LoadedDocument, Located
from .source import Sources, read_sources, read_workflows
from .workflow import Composition, compile_workflow

VERSION = 1

IsSecured = Callable[[Operation], bool]


def compile_workflows(
    workflows: Sequence[LoadedDocument],
    operations: OperationIndex,
    target: Target | None = None,
    *,
    api: str = "",
    is_secured: IsSecured | None = None,
    cors: Cors | None = None,
) -> tuple[dict[str, Any], list[Diagnostic]]:
    """plans.json of one API, and every problem found.

    `operations` already holds the addresses for `target`. `is_secured` says whether an operation is only reached through
    the authorizer; without it the documents' own `security` decides.
    `cors` are the API's: a function has to add those headers itself.
    """
    del target  # addresses are all that depends on it, and they are resolved
    problems: list[Diagnostic] = []
    known = _find(workflows, operations, problems)
    plans: dict[str, Any] = {}
    for operation in operations.composed():
        name = operation.settings.workflow or ""
        if name not in known:
            problems.append(_unknown(operation, name, sorted(known)))
            continue
        at, sources = known[name]
        composition = Composition(name, at, sources, operation, (is_secured or declares_principal)(operation))
        plans[f"{operation.method} {operation.resource or operation.template}"] = compile_workflow(composition)
    problems += _unused(known, operations)
    called = {step["upstream"] for plan in plans.values() for step in plan["steps"]}
    urls = {name: {"url": operations.upstreams[name].url} for name in sorted(called & operations.upstreams.keys())}
    document = {"version": VERSION, "api": api, "upstreams": urls, "plans": plans}
    if cors is not None:
        document["cors"] = {"origins": cors.origins, "credentials": cors.credentials}
    return document, in_order(problems)


def declares_principal(operation: Operation) -> bool:
    """Whether every way in that the documents allow names somebody: no anonymous one, and more than an API key."""
    at = operation.at.at("security") or operation.document.root.at("security")
    if at is None or not isinstance(at.value, list) or not at.value or {} in at.value:
        return False
    schemes = operation.document.root.at("components", "securitySchemes")
    kinds = schemes.value if schemes is not None and isinstance(schemes.value, dict) else {}
    return not all(_is_api_key(kinds.get(name)) for alternative in at.value for name in alternative)


def _is_api_key(scheme: Any) -> bool:
    return isinstance(scheme, dict) and scheme.get("type") == "apiKey"


def _find(
    documents: Sequence[LoadedDocument], operations: OperationIndex, problems: list[Diagnostic]
) -> dict[str, tuple[Located, Sources]]:
    """Workflows by id."""
    known: dict[str, tuple[Located, Sources]] = {}
    for document in documents:
        found = list(read_workflows(document, problems))
        sources = read_sources(document, operations, problems) if found else None
        for name, at in found:
            if name in known:
                other = known[name][0].document.name
                problems.append(at.problem("HG172", f"workflow {name!r} is also in {other}", fix="rename one"))
            elif sources is not None:
                known[name] = at, sources
    return known


def _unused(known: Mapping[str, tuple[Located, Sources]], operations: OperationIndex) -> list[Diagnostic]:
    used = {operation.settings.workflow for operation in operations.composed()}
    fix = "name it in an operation's x-headgate.workflow"
    return [
        at.problem("HG183", f"no operation is answered by workflow {name!r}", fix=fix, level="warning")
        for name, (at, _) in known.items()
        if name not in used
    ]


def _unknown(operation: Operation, name: str, known: list[str]) -> Diagnostic:
    at = operation.at.at("x-headgate", "workflow") or operation.at
    message = f"{operation.name}: workflow {name!r} is in no Arazzo document"
    return at.problem("HG172", message, fix=f"known: {', '.join(known) or 'none'}")


__all__ = ["compile_workflows", "declares_principal"]
