"""The two transforms of AWS's that need no function: AWS::LanguageExtensions and AWS::Include. Pure but for reading includes.

`{"Fn::ForEach::Topics": ["Name", ["A", "B"], {"Topic${Name}": {...}}]}` becomes `{"TopicA": {...}, "TopicB": {...}}`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
INCLUDE = "AWS::Include"
FOR_EACH = "Fn::ForEach::"
NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")


class TransformError(Exception):
    """A transform cannot be carried out; the message is AWS's where it is known."""


def _no_includes(location: str) -> Any:
    raise TransformError(f"AWS::Include cannot read {location} here")


@dataclass(frozen=True, slots=True)
class Outside:
    """What a transform may use: the data behind an include's location, and parameters by name (a text or a list)."""

    include: Callable[[str], Any] = _no_includes
    parameters: Mapping[str, Any] = field(default_factory=dict)


def transforms_of(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The names in a template's Transform section."""
    return tuple(str(item.get("Name")) if isinstance(item, Mapping) else str(item) for item in _declared(raw))


def _declared(raw: Mapping[str, Any]) -> list[Any]:
    given = raw.get("Transform")
    return given if isinstance(given, list) else [given] if given else []


def expand(raw: Mapping[str, Any], outside: Outside) -> dict[str, Any]:
    """The template with its transforms carried out, and without its Transform section.

    Raises:
        TransformError: a transform is not one of AWS's two, a loop or an include is not in order.
    """
    names = transforms_of(raw)
    for name in names:
        if name not in {LANGUAGE_EXTENSIONS, INCLUDE}:
            raise TransformError(f"Transform {name} is not supported here; expand the template first")
    expanded = {key: member for key, member in raw.items() if key != "Transform"}
    for item in _declared(raw):
        if isinstance(item, Mapping):
            expanded = {**cast(dict[str, Any], _included(item, outside)), **expanded}
    expanded = cast(dict[str, Any], _with_includes(expanded, outside))
    if LANGUAGE_EXTENSIONS not in names:
        return expanded
    looped = {
        name: _with_loops(member, outside, {}) if name != "Parameters" else member for name, member in expanded.items()
    }
    return _with_policies(looped, outside)


def has_includes(value: Any) -> bool:
    """Whether a value has an `Fn::Transform` somewhere."""
    if isinstance(value, list):
        return any(has_includes(item) for item in value)
    if isinstance(value, dict):
        return "Fn::Transform" in value or any(has_includes(member) for member in value.values())
    return False


def _included(transform: Mapping[str, Any], outside: Outside) -> Any:
    name, parameters = transform.get("Name"), transform.get("Parameters") or {}
    if not isinstance(name, str):
        raise TransformError("Key Name of transform definition must be a string.")
    if name != INCLUDE:
        raise TransformError(f"No transform named {name} found.")
    location = parameters.get("Location")
    if isinstance(location, Mapping):
        location = outside.parameters.get(str(location.get("Ref")))
    if not isinstance(location, str):
        raise TransformError("The location parameter is not a valid S3 uri.")
    return outside.include(location)


def _with_includes(value: Any, outside: Outside) -> Any:
    """Every `Fn::Transform` replaced by what it includes, beside what stands next to it."""
    if isinstance(value, list):
        return [_with_includes(item, outside) for item in value]
    if not isinstance(value, dict):
        return value
    members = {name: _with_includes(member, outside) for name, member in value.items() if name != "Fn::Transform"}
    if "Fn::Transform" not in value:
        return members
    transform = value["Fn::Transform"]
    found = _included(transform if isinstance(transform, Mapping) else {"Name": transform}, outside)
    return {**found, **members} if isinstance(found, dict) else found


def _with_loops(value: Any, outside: Outside, bound: Mapping[str, str]) -> Any:
    """The value with every loop unrolled and every loop variable in `bound` filled in."""
    if isinstance(value, str):
        return _filled(value, bound)
    if isinstance(value, list):
        return [_with_loops(item, outside, bound) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and value.get("Ref") in bound:
        return bound[value["Ref"]]
    result: dict[str, Any] = {}
    for name, member in value.items():
        if name.startswith(FOR_EACH):
            result.update(_unrolled(name, member, outside, bound))
        else:
            result[_filled(name, bound)] = _with_loops(member, outside, bound)
    return result


def _unrolled(name: str, loop: Any, outside: Outside, bound: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    if not isinstance(loop, list) or len(loop) != 3 or not isinstance(loop[2], dict):
        raise TransformError(f"{name} layout is incorrect")
    identifier, collection, body = loop
    for item in _items(name, _with_loops(collection, outside, bound), outside):
        yield from _with_loops(body, outside, {**bound, str(identifier): item}).items()


def _items(name: str, collection: Any, outside: Outside) -> list[str]:
    if isinstance(collection, Mapping) and set(collection) == {"Ref"}:
        collection = outside.parameters.get(collection["Ref"])
    if not isinstance(collection, list):
        raise TransformError(f"{name} could not resolve its list of values")
    found: list[str] = []
    for item in collection:
        value = outside.parameters.get(item["Ref"]) if isinstance(item, Mapping) and set(item) == {"Ref"} else item
        found += [str(part) for part in (value if isinstance(value, list) else [value])]
    return found


def _filled(text: str, bound: Mapping[str, str]) -> str:
    for name, value in bound.items():
        text = text.replace("${" + name + "}", value).replace("&{" + name + "}", NOT_ALPHANUMERIC.sub("", value))
    return text


def _with_policies(raw: dict[str, Any], outside: Outside) -> dict[str, Any]:
    """Deletion policies may be parameters in this language."""
    resources = raw.get("Resources")
    for resource in resources.values() if isinstance(resources, dict) else ():
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            given = resource.get(policy) if isinstance(resource, dict) else None
            if isinstance(given, Mapping) and set(given) == {"Ref"}:
                resource[policy] = outside.parameters.get(given["Ref"])
    return raw
