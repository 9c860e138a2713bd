"""Random changes to a document: of its structure, then of its text. The same `random.Random` gives the same mutant."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import yaml

SCALARS = [
    None,
    True,
    False,
    0,
    -1,
    3.5,
    10**30,
    "",
    " ",
    "null",
    "x",
    "\u0000",
    "é\u2028",
    "a" * 500,
    "#/",
    "#",
    "200",
    [],
    {},
    [[]],
    [None],
]
KEYS = [
    "",
    " ",
    "$ref",
    "example",
    "x-",
    "x-headgate",
    "get",
    "query",
    "parameters",
    "schema",
    "type",
    "items",
    "/",
    "{id}",
    "~1",
    "é",
    "0",
    "default",
]
KEYS += [
    "allOf",
    "properties",
    "content",
    "security",
    "responses",
    "200",
    "$id",
    "servers",
    "discriminator",
    "nullable",
    "enum",
    "required",
]
REFS = [
    "#",
    "#/",
    "",
    "#/components",
    "#/paths/~1",
    "nowhere.yaml",
    "https://example.com/x.yaml#/a",
    "//x",
    "#anchor",
    "%",
    "#/%7",
    "#/a/0/b",
    ".",
    "/",
    "\x00",
    "http://[",
]
FILLERS = [
    b"\t",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"{",
    b"[",
    b"]",
    b"}",
    b'"',
    b"&a ",
    b"*a ",
    b"<<: ",
    b"---\n",
    b"!!x ",
    b": ",
    b"- ",
    b"? ",
    b"\n",
    b"\\ud800",
]


@dataclass(frozen=True)
class Mutant:
    """A file to be compiled."""

    name: str
    content: bytes


def mutant(seeds: dict[str, Any], random: Random) -> Mutant:
    """One to four changes of structure, and in a third of the mutants one to three of the text."""
    stem = random.choice(sorted(seeds))
    value = copy.deepcopy(seeds[stem])
    for _ in range(random.randint(1, 4)):
        value = random.choice(CHANGES)(value, random)
    is_json = random.random() < 0.5
    content = written(value, is_json=is_json, random=random)
    if random.random() < 1 / 3:
        for _ in range(random.randint(1, 3)):
            content = random.choice(TEXT_CHANGES)(content, random)
    return Mutant(f"{stem.partition('.')[0]}.{'json' if is_json else 'yaml'}", content)


def written(value: Any, *, is_json: bool, random: Random) -> bytes:
    """The value as text; anchors appear where parts are shared."""
    if is_json:
        return json.dumps(value, indent=random.choice([None, 1, 2]), ensure_ascii=random.random() < 0.5).encode()
    text: str = yaml.safe_dump(
        value, sort_keys=False, allow_unicode=True, default_flow_style=random.choice([False, None, True])
    )
    return text.encode()


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a value."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting and len(found) < 5000:
        node = waiting.pop()
        inside = (
            list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
        )
        found += [(node, key) for key, _ in inside]
        waiting += [item for _, item in inside]
    return found


def put(value: Any, key: Any, item: Any) -> None:
    """Sets or adds; lists take any index."""
    if isinstance(value, list):
        value.insert(key if isinstance(key, int) else 0, item)
    else:
        value[key] = item


def delete(value: Any, random: Random) -> Any:
    if found := places(value):
        container, key = random.choice(found)
        del container[key]
    return value


def retype(value: Any, random: Random) -> Any:
    if not (found := places(value)):
        return random.choice(SCALARS)
    container, key = random.choice(found)
    container[key] = copy.deepcopy(random.choice(SCALARS))
    return value


def wrap(value: Any, random: Random) -> Any:
    if found := places(value):
        container, key = random.choice(found)
        container[key] = random.choice([[container[key]], {random.choice(KEYS): container[key]}])
    return value


def duplicate(value: Any, random: Random) -> Any:
    """Copies a part somewhere else; often the very same object, which YAML writes as an alias."""
    if found := places(value):
        container, key = random.choice(found)
        target, other = random.choice(found)
        item = container[key]
        put(target, random.choice([other, random.choice(KEYS)]), item if random.random() < 0.2 else copy.deepcopy(item))
    return value if not circular(value) else copy_without_circles(value, ())


def rename(value: Any, random: Random) -> Any:
    found = [(container, key) for container, key in places(value) if isinstance(container, dict)]
    if found:
        container, key = random.choice(found)
        container[random.choice([random.choice(KEYS), *[k for _, k in found[:20]]])] = container.pop(key)
    return value


def swap(value: Any, random: Random) -> Any:
    if found := places(value):
        (one, a), (two, b) = random.choice(found), random.choice(found)
        one[a], two[b] = copy.deepcopy(two[b]), copy.deepcopy(one[a])
    return value


def refer(value: Any, random: Random) -> Any:
    """Makes something a reference, or leads a reference elsewhere."""
    found = places(value)
    references = [(container, key) for container, key in found if key == "$ref"]
    texts = [str(container[key]) for container, key in references] + REFS
    if references and random.random() < 0.5:
        container, key = random.choice(references)
        container[key] = random.choice(texts)
    elif found:
        container, key = random.choice(found)
        container[key] = {"$ref": random.choice(texts)}
    return value


def circular(value: Any) -> bool:
    """Whether a value contains itself."""
    try:
        json.dumps(value)
    except (ValueError, RecursionError):
        return True
    return False


def copy_without_circles(value: Any, above: tuple[int, ...]) -> Any:
    if not isinstance(value, dict | list):
        return value
    if id(value) in above or len(above) > 60:
        return None
    inside = (*above, id(value))
    if isinstance(value, list):
        return [copy_without_circles(item, inside) for item in value]
    return {key: copy_without_circles(item, inside) for key, item in value.items()}


def cut(content: bytes, random: Random) -> bytes:
    start = random.randint(0, len(content))
    return content[:start] + content[start + random.choice([1, 5, 50, len(content)]) :]


def flip(content: bytes, random: Random) -> bytes:
    if not content:
        return content
    at = random.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << random.randrange(8))]) + content[at + 1 :]


def fill(content: bytes, random: Random) -> bytes:
    at = random.randint(0, len(content))
    return content[:at] + random.choice(FILLERS) * random.choice([1, 1, 1, 300]) + content[at:]


def repeat(content: bytes, random: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    start = random.randrange(len(lines))
    part = lines[start : start + random.randint(1, 5)]
    at = random.randint(0, len(lines))
    return b"".join([*lines[:at], *part, *lines[at:]])


CHANGES: list[Callable[[Any, Random], Any]] = [
    delete,
    retype,
    retype,
    wrap,
    duplicate,
    rename,
    rename,
    swap,
    refer,
    refer,
]
TEXT_CHANGES: list[Callable[[bytes, Random], bytes]] = [cut, flip, fill, repeat]
