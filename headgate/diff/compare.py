"""Two surfaces in, changes out: operations are matched by method and shape of path, whatever their variables are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from headgate.spec import Operation

from .changes import Change, merged, place
from .gateway import Gateways
from .operations import Subject, compare_lifecycle, compare_settings
from .paths import shape
from .requests import compare_body, compare_parameters
from .responses import compare_responses
from .schema import Schemata
from .security import compare_security
from .surface import ALONE, Served, Surface

_Key = tuple[str, str]


def compare(old: Surface, new: Surface) -> list[Change]:
    """Every change from `old` to `new`, the worst first."""
    before, after = (old.apis, new.apis) if _have_apis(old, new) else (_joined(old), _joined(new))
    changes: list[Change] = []
    for api in {**before, **after}:
        changes += _compare_api(api, before.get(api, []), after.get(api, []))
    if old.project is not None and new.project is not None:
        changes += Gateways(old.project, new.project).changes()
    return [_prefixed(change, old.prefix, new.prefix) for change in merged(changes)]


def _have_apis(old: Surface, new: Surface) -> bool:
    """Two projects are compared API by API; a document beside a project, with all its operations."""
    return (old.project is None) == (new.project is None)


def _joined(surface: Surface) -> dict[str, list[Served]]:
    return {ALONE: [served for each in surface.apis.values() for served in each]}


def _prefixed(change: Change, old: str, new: str) -> Change:
    before = replace(change.old, path=old + change.old.path) if change.old and old else change.old
    after = replace(change.new, path=new + change.new.path) if change.new and new else change.new
    return replace(change, old=before, new=after)


def _compare_api(api: str, old: list[Served], new: list[Served]) -> Iterator[Change]:
    before, after = ({_key(each.operation): each for each in side} for side in (old, new))
    schemata = Schemata()
    for key, served in before.items():
        if key in after:
            yield from _compare_operation(
                Subject(served.operation, after[key].operation, schemata, api), served, after[key]
            )
        else:
            yield _removed(api, served.operation)
    for key, served in after.items():
        if key not in before:
            operation = served.operation
            yield Change("operation-added", "is new", "", (operation.name,), api, None, place(operation.at))


def _key(operation: Operation) -> _Key:
    return operation.method, shape(operation.template)


def _removed(api: str, operation: Operation) -> Change:
    is_deprecated = operation.at.value.get("deprecated") is True
    sunset = operation.at.value.get("x-sunset")
    says = "is gone"
    if is_deprecated:
        says = f"is gone; it was deprecated{f', to go on {sunset}' if sunset else ''}"
    rule = "deprecated-operation-removed" if is_deprecated else "operation-removed"
    return Change(rule, says, "", (operation.name,), api, place(operation.at), None)


def _compare_operation(subject: Subject, old: Served, new: Served) -> Iterator[Change]:
    yield from compare_lifecycle(subject)
    yield from compare_parameters(subject)
    yield from compare_body(subject)
    yield from compare_responses(subject)
    yield from compare_security(subject)
    yield from compare_settings(subject, old, new)
