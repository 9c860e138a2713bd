"""Names that a document gives to its own parts: `$self`, `$id`, `$anchor` (OpenAPI 3.2 4.1.2, JSON Schema 2020-12 core 8.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from .naming import holds_names, members
from .pointers import escape

# Without one of these as a member with a text a file has nothing to look for. A property of that name has an object.
MARK = re.compile(rb"""\$(?:id|self|anchor|dynamicAnchor)["']?[ \t]*:[ \t]*[^\s{\[]""")


@dataclass(slots=True)
class Identifiers:
    """`ids` are addresses, `anchors` plain names; values are pointers."""

    ids: dict[str, str] = field(default_factory=dict)
    anchors: dict[str, list[str]] = field(default_factory=dict)

    def base(self, pointer: str) -> str:
        """The pointer of the innermost schema with an `$id` around a place, "" for the document itself."""
        around = [at for at in self.ids.values() if at and (pointer == at or pointer.startswith(f"{at}/"))]
        return max(around, key=len, default="")

    def by_address(self, location: str, pointer: str) -> str | None:
        """The pointer of what an address names, as seen from a place."""
        own = [address for address, at in self.ids.items() if at == self.base(pointer)]
        wished = {location, *(_joined(address, location) for address in own)}
        return next((at for address, at in self.ids.items() if address in wished), None)

    def by_anchor(self, name: str, base: str) -> str | None:
        """The pointer of an anchor; None when there is none, or several and none of them is below `base`."""
        found = self.anchors.get(name, [])
        near = [at for at in found if self.base(at) == base]
        return near[0] if near else found[0] if len(found) == 1 else None


def identifiers(value: Any) -> Identifiers:
    """All of a document. Relative `$id`s are resolved against the one around them."""
    found = Identifiers()
    address = value.get("$self") if isinstance(value, dict) else None
    if isinstance(address, str) and address:
        found.ids[address] = ""
    waiting = [("", value, False, address if isinstance(address, str) else "")]
    while waiting:
        pointer, node, is_named, around = waiting.pop()
        if isinstance(node, dict) and not is_named:
            around = _note(node, pointer, around, found)
        for key, member in members(node, is_named=is_named):
            inside = holds_names(key, member, is_named=is_named)
            waiting.append((f"{pointer}/{escape(key)}", member, inside, around))
    return found


def _note(node: dict[str, Any], pointer: str, around: str, found: Identifiers) -> str:
    for keyword in ("$anchor", "$dynamicAnchor"):
        if isinstance(node.get(keyword), str):
            found.anchors.setdefault(node[keyword], []).append(pointer)
    if not isinstance(node.get("$id"), str) or node["$id"].startswith("#"):
        return around
    address = _joined(around, node["$id"]).partition("#")[0]
    found.ids.setdefault(address, pointer)
    return address


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:  # no address at all, such as "http://["
        return location
