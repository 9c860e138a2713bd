"""What a template's values point at: names in Ref, GetAtt and Sub, and the conditions that Fn::If asks. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .intrinsics import PLACEHOLDER, attribute_path, sub_parts

# A condition's name -> whether it holds.
Holds = Callable[[str], bool]


def references(value: Any, holds: Holds | None = None) -> Iterator[str]:
    """Every name that Ref, GetAtt or Sub mentions, parameters and pseudo parameters included.

    With `holds`, only the branch of an Fn::If that is taken counts.
    """
    for member in _functions(value, holds):
        yield from _direct(member)


def attribute_owners(value: Any) -> frozenset[str]:
    """The resources that Fn::GetAtt mentions."""
    found = (member["Fn::GetAtt"] for member in _functions(value, None) if "Fn::GetAtt" in member)
    return frozenset(str(attribute_path(argument)[0]) for argument in found)


def attributes(value: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Every (path, resource, attribute) of a GetAtt whose attribute is plain text: `/Url/Value/Fn::GetAtt`, `Api`, `Arn`."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        here = f"{path}/{key}"
        if key == "Fn::GetAtt":
            name, attribute = attribute_path(member)
            if isinstance(attribute, str):
                yield here, str(name), attribute
        else:
            yield from attributes(member, here)


def choices(value: Any) -> frozenset[str]:
    """The conditions that Fn::If asks."""
    found = (member["Fn::If"] for member in _functions(value, None) if "Fn::If" in member)
    return frozenset(argument[0] for argument in found if isinstance(argument, list) and isinstance(argument[0], str))


def _functions(value: Any, holds: Holds | None) -> Iterator[Mapping[str, Any]]:
    """Every object with one key, which is what a function is."""
    if isinstance(value, list):
        for item in value:
            yield from _functions(item, holds)
    elif isinstance(value, dict):
        if len(value) == 1:
            yield value
        for member in taken_members(value, holds):
            yield from _functions(member, holds)


def taken_members(value: Mapping[str, Any], holds: Holds | None) -> list[Any]:
    """The members of an object; of an Fn::If with `holds` only the branch that is taken."""
    argument = value.get("Fn::If")
    if holds is None or len(value) != 1 or not isinstance(argument, list) or len(argument) != 3:
        return list(value.values())
    return [argument[1] if holds(argument[0]) else argument[2]]


def _direct(value: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value.get("Ref"), str):
        yield value["Ref"]
    if "Fn::GetAtt" in value:
        yield str(attribute_path(value["Fn::GetAtt"])[0])
    if "Fn::Sub" in value:
        text, own = sub_parts(value["Fn::Sub"])
        for literal, name in PLACEHOLDER.findall(text):
            if not literal and name.strip() not in own:
                yield name.strip().split(".", 1)[0]
