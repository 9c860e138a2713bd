"""What is asked of clients: parameters and bodies."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.spec import Located
from headgate.spec.operations.records import Body, Parameter

from .changes import Change
from .operations import Subject, renamed_variables
from .sameness import same

# OpenAPI 3.1, Parameter Object: header parameters of these names are ignored.
_IGNORED_HEADERS = {"accept", "authorization", "content-type"}

_Key = tuple[str, str]


def compare_parameters(subject: Subject) -> Iterator[Change]:
    """Parameters by place and name; the path's by position."""
    renamed = renamed_variables(subject.old, subject.new)
    before = {_key(parameter, renamed): parameter for parameter in subject.old.parameters if not _is_ignored(parameter)}
    after = {_key(parameter, {}): parameter for parameter in subject.new.parameters if not _is_ignored(parameter)}
    moved = dict(_moved(before, after))
    for key, parameter in before.items():
        if key in after:
            yield from _compare_parameter(subject, parameter, after[key])
        elif key in moved:
            says = f"moved from {key[0]} to {moved[key][0]}"
            yield subject.change(
                "parameter-moved", says, where=_name(parameter), old=parameter.at, new=after[moved[key]].at
            )
        elif parameter.location != "path":
            yield subject.change("parameter-removed", "is gone", where=_name(parameter), old=parameter.at)
    for key, parameter in after.items():
        if key not in before and key not in moved.values() and parameter.location != "path":
            rule = "required-parameter-added" if parameter.required else "optional-parameter-added"
            says = "is new and required" if parameter.required else "is new"
            yield subject.change(rule, says, where=_name(parameter), new=parameter.at)


def _key(parameter: Parameter, renamed: dict[str, str]) -> _Key:
    if parameter.location == "path":
        return "path", renamed.get(parameter.name, parameter.name)
    return parameter.location, parameter.name.lower() if parameter.location == "header" else parameter.name


def _is_ignored(parameter: Parameter) -> bool:
    return parameter.location == "header" and parameter.name.lower() in _IGNORED_HEADERS


def _moved(before: dict[_Key, Parameter], after: dict[_Key, Parameter]) -> Iterator[tuple[_Key, _Key]]:
    for key in sorted(before.keys() - after.keys()):
        target = next(
            (other for other in sorted(after.keys() - before.keys()) if other[1] == key[1] and "path" not in other),
            None,
        )
        if target is not None and key[0] != "path":
            yield key, target


def _name(parameter: Parameter) -> str:
    return f"{parameter.location} {parameter.name}"


def _compare_parameter(subject: Subject, old: Parameter, new: Parameter) -> Iterator[Change]:
    where = _name(new)

    def change(rule: str, says: str) -> Change:
        return subject.change(rule, says, where=where, old=old.at, new=new.at)

    if old.required != new.required:
        rule = "parameter-became-required" if new.required else "parameter-became-optional"
        yield change(rule, "must be there now" if new.required else "may be missing now")
    if old.media_type != new.media_type:
        yield change(
            "parameter-content-changed", f"{old.media_type or 'plain text'} became {new.media_type or 'plain text'}"
        )
    elif old.media_type is None and _style(old) != _style(new):
        yield change("parameter-style-changed", f"{_style_text(old)} became {_style_text(new)}")
    if _flag(old, "allowEmptyValue") and not _flag(new, "allowEmptyValue"):
        yield change("parameter-empty-refused", "may not be empty any more")
    if _flag(old, "deprecated") != _flag(new, "deprecated"):
        is_now = _flag(new, "deprecated")
        yield change(
            "parameter-deprecated" if is_now else "parameter-reactivated", "deprecated" if is_now else "not deprecated"
        )
    yield from subject.schemas(where, old.schema, new.schema, "request", is_text=new.media_type is None)


def _flag(parameter: Parameter, name: str) -> bool:
    return parameter.at.value.get(name) is True


def _style(parameter: Parameter) -> tuple[str, bool, bool]:
    return parameter.style, parameter.explode, _flag(parameter, "allowReserved")


def _style_text(parameter: Parameter) -> str:
    style, explode, is_raw = _style(parameter)
    return f"{style}{', exploded' if explode else ''}{', reserved characters allowed' if is_raw else ''}"


def compare_body(subject: Subject) -> Iterator[Change]:
    """The request body: whether it must be there, media types, schemas."""
    old, new = subject.old.body, subject.new.body
    if old is None and new is not None:
        rule = "required-request-body-added" if new.required else "optional-request-body-added"
        yield subject.change(rule, "a body is taken now", where="body", new=new.at)
    elif old is not None and new is None:
        yield subject.change("request-body-removed", "no body any more", where="body", old=old.at)
    elif old is not None and new is not None:
        yield from _compare_bodies(subject, old, new)


def _compare_bodies(subject: Subject, old: Body, new: Body) -> Iterator[Change]:
    if old.required != new.required:
        rule = "request-body-became-required" if new.required else "request-body-became-optional"
        says = "must be there now" if new.required else "may be missing now"
        yield subject.change(rule, says, where="body", old=old.at, new=new.at)
    before, after = media_types(old.content), media_types(new.content)
    for name, (written, schema) in before.items():
        found = counterpart(name, after)
        if found is None:
            says = f"{written} is not taken any more"
            yield subject.change(
                "request-media-type-removed", says, where="body", old=_media(old.at, written), new=new.at
            )
            continue
        yield from subject.schemas(f"body {written}", schema, found[1], "request")
        yield from _compare_encoding(subject, _media(old.at, written), _media(new.at, found[0]))
    for name, (written, _) in after.items():
        if counterpart(name, before) is None:
            says = f"{written} is taken now"
            yield subject.change(
                "request-media-type-added", says, where="body", old=old.at, new=_media(new.at, written)
            )


def _compare_encoding(subject: Subject, old: Located, new: Located) -> Iterator[Change]:
    before, after = old.at("encoding"), new.at("encoding")
    if before is not None and after is not None and not same(before, after):
        yield subject.change("encoding-changed", "encoding changed", where="body", old=before, new=after)


def _media(holder: Located, name: str) -> Located:
    return holder.child("content").child(name)


def media_types(content: dict[str, Located | None]) -> dict[str, tuple[str, Located | None]]:
    """Media types by their name without parameters and case, with the name as written."""
    return {name.partition(";")[0].strip().lower(): (name, schema) for name, schema in content.items()}


def counterpart(name: str, content: dict[str, tuple[str, Located | None]]) -> tuple[str, Located | None] | None:
    """The entry for a media type: its own, else the range that holds it (`text/*`, `*/*`)."""
    ranges = (name, f"{name.partition('/')[0]}/*", "*/*")
    return next((content[key] for key in ranges if key in content), None)
