"""What clients are answered: statuses, headers, bodies."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.spec import Located
from headgate.spec.operations.records import Response

from .changes import Change
from .operations import Subject
from .requests import counterpart, media_types


def compare_responses(subject: Subject) -> Iterator[Change]:
    """Statuses by number; a class (`2XX`) or `default` stands in for a status that is not listed any more."""
    before = {response.status.upper(): response for response in subject.old.responses}
    after = {response.status.upper(): response for response in subject.new.responses}
    for status, response in before.items():
        found = after.get(status) or _stand_in(status, after)
        if found is not None:
            yield from _compare_response(subject, response, found)
        elif status != "DEFAULT":
            rule = "success-response-removed" if _is_success(status) else "error-response-removed"
            yield subject.change(rule, "is not answered any more", where=response.status, old=response.at)
    for status, response in after.items():
        if status not in before and status != "DEFAULT" and _stand_in(status, before) is None:
            rule = "success-response-added" if _is_success(status) else "error-response-added"
            yield subject.change(rule, "is answered now", where=response.status, new=response.at)


def _stand_in(status: str, responses: dict[str, Response]) -> Response | None:
    if not status.isdigit():
        return None
    return responses.get(f"{status[0]}XX") or responses.get("DEFAULT")


def _is_success(status: str) -> bool:
    return status.startswith(("2", "3"))


def _compare_response(subject: Subject, old: Response, new: Response) -> Iterator[Change]:
    before, after = media_types(old.content), media_types(new.content)
    for name, (written, schema) in before.items():
        found = counterpart(name, after)
        if found is None:
            says = f"{written} is not answered any more"
            yield subject.change("response-media-type-removed", says, where=new.status, old=old.at, new=new.at)
        else:
            yield from subject.schemas(f"{new.status} {written}", schema, found[1], "response")
    for name, (written, _) in after.items():
        if counterpart(name, before) is None:
            says = f"{written} is answered now"
            yield subject.change("response-media-type-added", says, where=new.status, old=old.at, new=new.at)
    yield from _compare_headers(subject, old, new)


def _compare_headers(subject: Subject, old: Response, new: Response) -> Iterator[Change]:
    before, after = _headers(old), _headers(new)
    for name, header in before.items():
        where = f"{new.status} header {name}"
        if name not in after:
            rule = "required-response-header-removed" if _is_required(header) else "optional-response-header-removed"
            yield subject.change(rule, "is gone", where=where, old=header, new=new.at)
            continue
        if _is_required(header) != _is_required(after[name]):
            is_now = _is_required(after[name])
            rule = "response-header-became-required" if is_now else "response-header-became-optional"
            says = "is always there now" if is_now else "may be missing now"
            yield subject.change(rule, says, where=where, old=header, new=after[name])
        schemas = header.at("schema"), after[name].at("schema")
        yield from subject.schemas(where, *schemas, "response", is_text=True)
    for name, header in after.items():
        if name not in before:
            where = f"{new.status} header {name}"
            yield subject.change("response-header-added", "is new", where=where, old=old.at, new=header)


def _headers(response: Response) -> dict[str, Located]:
    found = {name.lower(): header.follow() for name, header in response.headers.items()}
    return {name: at for name, at in found.items() if at is not None and isinstance(at.value, dict)}


def _is_required(header: Located) -> bool:
    return header.value.get("required") is True
