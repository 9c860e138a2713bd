"""Lays a document beside what was made of it, and remembers which parts stand for which.

`Pairs.of[place]` are the values that stand for the object at a place of the text: schemas of a model, of validators.json, or
parts of the published document.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .texts import Place, Texts, inside, token

MAPS = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")


@dataclass(slots=True)
class Pairs:
    """`whole` is the made document, whose own references are followed too."""

    texts: Texts
    whole: Any
    of: dict[Place, list[Any]] = field(default_factory=dict)
    _seen: set[tuple[Place, int]] = field(default_factory=set)
    _waiting: list[tuple[Place, Any]] = field(default_factory=list)

    def resolved(self, made: Any) -> Any:
        """The end of a chain of references inside the made document."""
        for _ in range(20):
            if not isinstance(made, dict) or not isinstance(made.get("$ref"), str) or not made["$ref"].startswith("#/"):
                return made
            try:
                made = inside(self.whole, made["$ref"][1:])
            except KeyError:
                return made
        return made

    def note(self, place: Place, made: Any) -> bool:
        """Remembers a pair; False when it is known."""
        if (place, id(made)) in self._seen:
            return False
        self._seen.add((place, id(made)))
        self.of.setdefault(place, []).append(made)
        return True

    def ends(self, place: Place, made: Any) -> tuple[Place | None, Any]:
        """Both sides at the ends of their references; what stands on the way is remembered with the made side as it stands."""
        end = self.texts.end(place)
        here: Place | None = place
        while here is not None and here != end:
            self.note(here, made)
            value = self.texts.at(here)
            here = self.texts.target(here[0], value["$ref"]) if end is not None else None
        return end, self.resolved(made)

    def whole_part(self, place: Place, made: Any) -> None:
        """Pairs two parts member by member, whatever they are, and all that is inside."""
        self._waiting.append((place, made))
        while self._waiting:
            self._step(*self._waiting.pop())

    def _step(self, place: Place, made: Any) -> None:
        end, target = self.ends(place, made)
        if end is not None and end != place and isinstance(target, dict):
            self._waiting.append((end, target))
        if not self.note(place, made):
            return
        value = self.texts.at(place)
        if isinstance(value, dict) and isinstance(made, dict):
            pairs = [(key, made[key]) for key in value if key in made]
        elif isinstance(value, list) and isinstance(made, list):
            pairs = list(self._items(place, value, made))
        else:
            return
        self._waiting += [((place[0], f"{place[1]}/{token(key)}"), item) for key, item in pairs]

    def _items(self, place: Place, value: list[Any], made: list[Any]) -> Iterator[tuple[Any, Any]]:
        """Tags and parameters may stand in another order, among others."""
        for number, _item in enumerate(value):
            name = self._name((place[0], f"{place[1]}/{number}"))
            if name is None:
                yield from [(number, made[number])] if number < len(made) else []
            else:
                found = [other for other in made if _name_of(self.resolved(other)) == name]
                yield from [(number, other) for other in found]

    def _name(self, place: Place) -> Any:
        end = self.texts.end(place)
        return _name_of(self.texts.at(end)) if end is not None else None

    def schema(self, place: Place, made: Any, *, flattened: bool = False) -> None:
        """Pairs a schema with a JSON Schema of it. `flattened`: branches of allOf are merged into the whole."""
        end, made = self.ends(place, made)
        if end is None or not isinstance(made, dict) or not self.note(end, made):
            return
        value, (file, pointer) = self.texts.at(end), end
        if not isinstance(value, dict):
            return
        for key, member in value.items():
            for inner, other in _inside(key, member, made, flattened=flattened):
                self.schema((file, f"{pointer}/{token(key)}{inner}"), other, flattened=flattened)


def _inside(key: str, member: Any, made: dict[str, Any], *, flattened: bool) -> list[tuple[str, Any]]:
    """The schemas in a keyword, as the rest of their pointers, beside what stands for them."""
    other = made.get(key)
    if key == "allOf" and flattened:
        return [(f"/{number}", made) for number in range(len(member) if isinstance(member, list) else 0)]
    if key in LISTS:
        are_lists = isinstance(member, list) and isinstance(other, list)
        return [(f"/{number}", item) for number, item in enumerate(other or ())] if are_lists else []
    if not isinstance(member, dict) or not isinstance(other, dict):
        return []
    if key in MAPS:
        return [(f"/{token(name)}", other[name]) for name in member if name in other]
    return [("", other)]


def _name_of(value: Any) -> Any:
    if isinstance(value, dict) and "name" in value:
        return value.get("in"), value["name"]
    return None
