"""How the operations of an API stand in REST APIs: over which of them it is split, and what of each goes behind a greedy resource.

An API that is small enough stays as it is. A larger one is split over base paths (`split`) if a domain can join the parts; what
base paths cannot part, or not into few enough parts, folds (`folding`), as little of it as possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..diagnostics.records import Diagnostic
from ..operations.paths import MAX_RESOURCES, count_resources, segments
from ..operations.records import Operation, Upstream
from ..security.authorizers import Guard
from .edge_checks import asked_of, held_by
from .folding import Fold, Neighbourhood, fold
from .split import Rules, Split, Stuck, split, split_roughly

# Operations that a message names.
_NAMED = 3
_SECURITY = "security that differs from the neighbours'"


@dataclass(frozen=True, slots=True)
class Layout:
    """`operations` have the resources of their REST APIs, in the document's order.

    `wanted` is how many resources the documents ask for, `limit` how many a REST API may have, `stuck` what no base path could
    part, and `left` by reason the operations that have resources of their own in parts which are too large all the same.
    """

    operations: list[Operation]
    split: Split = field(default_factory=Split)
    folds: tuple[Fold, ...] = ()
    wanted: int = 0
    limit: int = MAX_RESOURCES
    stuck: tuple[Stuck, ...] = ()
    left: Mapping[str, list[Operation]] = field(default_factory=dict)


def neighbourhood(protection: Guard, upstreams: Mapping[str, Upstream], *, has_cors: bool) -> Neighbourhood:
    """What operations that share a greedy resource must agree on, and what none of them can have."""

    def holds(operation: Operation) -> str | None:
        if has_cors and operation.method == "OPTIONS":
            return "its answer to preflight"
        return held_by(operation, upstreams)

    return Neighbourhood(lambda operation: asked_of(protection, operation), holds)


def lay_out(operations: list[Operation], rules: Rules | None, of: Neighbourhood, limit: int = MAX_RESOURCES) -> Layout:
    """The layout of an API. `rules` None: it cannot be split, because no domain could join the parts.

    `limit` is less than API Gateway's where the template has no room for more.
    """
    wanted = count_resources(operations)
    if wanted <= limit:
        return Layout(operations, wanted=wanted, limit=limit)
    methods: dict[str, set[str]] = {}
    for operation in operations:
        methods.setdefault(operation.resource, set()).add(operation.method)
    resources = {resource: frozenset(verbs) for resource, verbs in methods.items()}
    exact = split(resources, rules) if rules and wanted > MAX_RESOURCES else None
    if exact is not None and not exact.stuck and limit == MAX_RESOURCES:
        return Layout(operations, exact, wanted=wanted)
    rough = split_roughly(resources, rules) if exact and rules and exact.stuck else exact or Split()
    by_part: dict[str, list[Operation]] = {prefix: [] for prefix in ("", *rough.prefixes)}
    for operation in operations:
        by_part[rough.owner(operation.resource)].append(operation)
    placed: dict[int, Operation] = {}
    folds: list[Fold] = []
    left: dict[str, list[Operation]] = {}
    for prefix, members in by_part.items():
        folded = fold(members, limit, base_path=prefix, of=of)
        placed |= {id(one): other for one, other in zip(members, folded.operations, strict=True)}
        folds += folded.folds
        if folded.size > MAX_RESOURCES:
            _keep_apart(left, [each for each in folded.operations if not each.is_folded], of)
    return Layout(
        [placed[id(operation)] for operation in operations],
        rough,
        tuple(folds),
        wanted,
        limit,
        exact.stuck if exact else (),
        left,
    )


def _keep_apart(left: dict[str, list[Operation]], operations: list[Operation], of: Neighbourhood) -> None:
    """Adds operations by what keeps them from folding; what only has such a one below it is not to blame."""
    held = {id(operation): reason for operation in operations if (reason := of.holds(operation)) is not None}
    above = {
        "/".join(parts[:length])
        for parts in (operation.resource.split("/") for operation in operations if id(operation) in held)
        for length in range(1, len(parts) + 1)
    }
    for operation in operations:
        reason = held.get(id(operation)) or (_SECURITY if operation.resource not in above else None)
        if reason is not None:
            left.setdefault(reason, []).append(operation)


def layout_problems(layout: Layout, rules: Rules | None, *, is_lenient: bool) -> Iterator[Diagnostic]:
    """What the layout costs, and what does not fit. When lenient, each operation that does not fit any more is left out."""
    if not (layout.split.prefixes or layout.folds or layout.left):
        return
    at = layout.operations[0].document.root
    figures = f"{layout.wanted} resources; API Gateway has at most {MAX_RESOURCES} per REST API"
    if layout.split.prefixes and is_lenient:
        bases = ", ".join(layout.split.prefixes)
        message = f"{figures}: split into {len(layout.split.prefixes) + 1} (base paths {bases})"
        yield at.problem("HG186", message, fix="on AWS they need a custom domain in front", level="warning")
    for each in layout.folds:
        yield _folded(each, layout, rules)
    if not layout.left:
        return
    if is_lenient:
        yield from _too_many(layout)
        return
    why = "; ".join(f"{len(some)} for {reason} ({_names(some)})" for reason, some in sorted(layout.left.items()))
    if rules is None:
        fix = "give the API a domain (domains of the environment in gateway.yaml), so that it can be split, or split the documents"
        yield at.problem("HG126", f"{figures}, and these keep resources of their own: {why}", fix=fix)
        return
    stuck = "; ".join(map(str, layout.stuck))
    message = f"{figures}. These keep them together: {stuck}. These keep resources of their own: {why}"
    yield at.problem(
        "HG185", message, fix="give neighbours the same security, or split the documents over several APIs"
    )


def _folded(each: Fold, layout: Layout, rules: Rules | None) -> Diagnostic:
    number = len(each.operations)
    what = f"{number} operation{'s' if number > 1 else ''} of {each.resources} resources ({_names(each.operations)})"
    why = f"the API wants {layout.wanted} resources, a REST API has at most {MAX_RESOURCES}"
    if layout.limit < MAX_RESOURCES:
        why = f"the template has no room for more than {layout.limit} resources of a REST API"
    elif rules is None:
        why += ", and there is no domain to join several"
    elif layout.stuck:
        why += f", and no base path parts {layout.stuck[0]}"
    message = f"{each.resource}: the aggregator serves {what}, because {why}"
    fix = "each request there costs one function call, has at most 6 MB, and is checked with validate: strict only"
    return each.operations[0].at.problem("HG167", message, fix=fix, level="warning")


def _names(operations: list[Operation] | tuple[Operation, ...]) -> str:
    named = ", ".join(operation.name for operation in operations[:_NAMED])
    more = len(operations) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def _too_many(layout: Layout) -> Iterator[Diagnostic]:
    """The operations whose resources come too late in their REST API."""
    resources: dict[str, set[str]] = {}
    left = {id(operation): reason for reason, some in layout.left.items() for operation in some}
    for operation in sorted(layout.operations, key=lambda each: not each.is_folded):
        base = layout.split.owner(operation.resource)
        parts = segments(operation.resource)
        depths = range(len(segments(base)), len(parts) + 1)
        prefixes = {"/".join(parts[:length]) for length in depths}
        known = resources.setdefault(base, set())
        if len(known | prefixes) <= MAX_RESOURCES:
            known |= prefixes
            continue
        why = left.get(id(operation), _SECURITY)
        message = (
            f"{operation.name}: resource number {MAX_RESOURCES + 1} of a REST API; {why} keeps it from sharing one"
        )
        yield operation.at.problem("HG126", message, fix="split the document over several APIs")
