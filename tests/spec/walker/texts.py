"""Documents as plain values, and where a `$ref` leads. Every scalar of YAML stays text: the count does not need more."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

Place = tuple[str, str]


def token(key: str) -> str:
    """A key as a token of a JSON pointer."""
    return str(key).replace("~", "~0").replace("/", "~1")


def keys_of(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def inside(value: Any, pointer: str) -> Any:
    """What a pointer leads to; KeyError when it leads nowhere."""
    for key in keys_of(pointer):
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            raise KeyError(pointer)
    return value


@dataclass(slots=True)
class Texts:
    """Files of a folder by their path relative to it."""

    folder: Path
    _read: dict[str, Any] = field(default_factory=dict)

    def value(self, file: str) -> Any:
        if file not in self._read:
            text = (self.folder / file).read_text(encoding="utf-8")
            # The text as it stands: `200:` and `no:` are the keys "200" and "no".
            self._read[file] = json.loads(text) if file.endswith(".json") else yaml.load(text, yaml.CBaseLoader)
        return self._read[file]

    def at(self, place: Place) -> Any:
        return inside(self.value(place[0]), place[1])

    def target(self, file: str, reference: Any) -> Place | None:
        """Where a reference leads, None when it leads nowhere or out of the folder."""
        if not isinstance(reference, str) or "://" in reference:
            return None
        name, _, fragment = reference.partition("#")
        path = (Path(file).parent / unquote(name)).as_posix() if name else file
        path = str(Path(path)) if ".." not in path else _normal(path)
        place = path, unquote(fragment)
        if place[1] and not place[1].startswith("/"):
            return None
        try:
            self.at(place)
        except (KeyError, OSError):
            return None
        return place

    def end(self, place: Place) -> Place | None:
        """The end of a chain of references that starts at a place."""
        seen: set[Place] = set()
        here: Place | None = place
        while here is not None and here not in seen:
            seen.add(here)
            value = self.at(here)
            if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
                return here
            here = self.target(here[0], value["$ref"])
        return None


def _normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def is_true(value: Any) -> bool:
    """`true` as JSON or as the text of YAML."""
    return value is True or value == "true"
