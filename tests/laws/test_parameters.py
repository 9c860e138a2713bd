"""For parameters: texts that mean something the document accepts pass both gates, and no others do."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product
from random import Random
from typing import Any

import pytest

from tests.laws.gates import Asked, Compared, Gates, gates
from tests.laws.instances import Maker
from tests.laws.reading import Operation, Reading, UnreadableError
from tests.laws.serialised import meanings, text_of, write
from tests.spec.corpus_files import samples

pytestmark = pytest.mark.xdist_group("laws")  # they share compiled documents

SEED = 20_240_301
PER_OPERATION = int(os.environ.get("HEADGATE_LAWS", "8"))
MOST_OPERATIONS = 40 if PER_OPERATION <= 20 else 10_000
DOCUMENTS = [each.name for each in samples()]
_DESCRIBED_ELSEWHERE = {"accept", "content-type", "authorization"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_wire_and_validation_together_are_the_document(name: str) -> None:
    found = compared(name)

    assert found.broken == [], f"{len(found.broken)} of {found.seen}"


@cache
def compared(name: str) -> Compared:
    """What came of one document; once per process."""
    gate, seen = gates(name), Counter[str]()
    broken: list[str] = []
    operations: set[str] = set()
    for operation, key in chosen(gate):
        before = seen.total()
        broken += breaches(gate, operation, key, seen)
        operations |= {key} if seen.total() > before else set()
    return Compared(broken, seen, operations)


def chosen(gate: Gates) -> list[tuple[Operation, str]]:
    """Operations with parameters; when there are many, an even choice of them."""
    if "openapi" not in gate.document:
        return []
    found = [(operation, key) for operation, key in gate.operations() if _parameters(operation)]
    return found[:: max(1, math.ceil(len(found) / MOST_OPERATIONS))]


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    """Those that this law can write; an operation with another one is left out."""
    try:
        found = operation.parameters
    except UnreadableError:
        return []
    kept = [p for p in found if not (p.get("in") == "header" and p["name"].lower() in _DESCRIBED_ELSEWHERE)]
    return kept if all("schema" in each for each in kept) else []


def breaches(gate: Gates, operation: Operation, key: str, seen: Counter[str]) -> Iterator[str]:
    reading, random = Reading(gate.document), Random(f"{SEED} {key}")
    parameters = _parameters(operation)
    try:
        schemas = [(reading.schema(each["schema"]), reading.validator(each["schema"])) for each in parameters]
    except (UnreadableError, RecursionError):
        return
    maker = Maker(reading.defs, random)
    for _ in range(PER_OPERATION):
        asked, says, said = Asked(), True, {}
        for parameter, (schema, validator) in zip(parameters, schemas, strict=True):
            must = parameter.get("required") is True or parameter["in"] == "path"
            value = maker.near(schema)
            if random.random() < (0.05 if must else 0.6) and parameter["in"] != "path":
                says = says and not must
                continue
            before = asked.count
            if _is_spread(parameter, schema, reading) or not write(parameter, value, asked):
                break
            said[parameter["name"]] = value
            says = says and _accepts(parameter, validator, value, asked.since(before))
        else:
            yield from _compared(gate, key, asked, (says, said), seen)


def _compared(gate: Gates, key: str, asked: Asked, told: tuple[bool, Any], seen: Counter[str]) -> Iterator[str]:
    says, said = told
    seen["accepted" if says else "refused"] += 1
    has_blank = any(not text.strip() for _, text in [*asked.query, *asked.headers])
    if says and not has_blank and not gate.wire_takes_parameters(key, asked):  # FACTS 8.3, decision 0005
        yield f"the wire refuses what {key} accepts: {said}"
    if gate.parameters_pass(key, asked) != says:
        yield f"{key} {'accepts' if says else 'refuses'}, the validation does not: {said}"


def _is_spread(parameter: dict[str, Any], schema: Any, reading: Reading) -> bool:
    """Members of an exploded object have names of their own, among which the parameter's is not."""
    is_form = parameter["in"] in ("query", "cookie") and parameter.get("style", "form") == "form"
    return is_form and parameter.get("explode", True) and _names_objects(schema, reading.defs, 0)


def _names_objects(schema: Any, defs: dict[str, Any], depth: int) -> bool:
    if not isinstance(schema, dict) or depth > 5:
        return False
    if "object" in str(schema.get("type", "")) or "properties" in schema:
        return True
    branches = [each for key in ("allOf", "anyOf", "oneOf") for each in schema.get(key, ())]
    branches += [defs[schema["$ref"].removeprefix("#/$defs/")]] if "$ref" in schema else []
    return any(_names_objects(each, defs, depth + 1) for each in branches)


def _accepts(parameter: dict[str, Any], validator: Any, value: Any, texts: list[str]) -> bool:
    """Whether what was written of a value means something that the schema accepts."""
    if value == "" and parameter.get("allowEmptyValue") is True and parameter["in"] == "query":
        return True
    is_one = len(texts) == 1 and parameter.get("style") != "deepObject"
    whole = list(_whole(texts[0], parameter)) if is_one else []
    return any(validator.is_valid(each) for each in [*whole, *_readings(value)])


def _whole(text: str, parameter: dict[str, Any]) -> Iterator[Any]:
    """What one text may mean: a scalar, a list, an empty one, an object of names and values in turn."""
    yield from meanings(text)
    parts = text.split({"spaceDelimited": " ", "pipeDelimited": "|"}.get(parameter.get("style", ""), ","))
    yield from _readings(parts)
    if text == "" and not (parameter["in"] == "query" and parameter.get("explode", True)):
        yield []
    if len(parts) % 2 == 0 and not parameter.get("explode") and len(set(parts[::2])) == len(parts) // 2:
        for choice in _choices(parts[1::2]):
            yield dict(zip(parts[::2], choice, strict=True))


def _readings(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for choice in _choices([text_of(each) for each in value.values()]):
            yield dict(zip(value, choice, strict=True))
        return
    items = value if isinstance(value, list) else [value]
    for choice in _choices([text_of(each) for each in items]):
        yield list(choice)


def _choices(texts: list[str]) -> Iterator[tuple[Any, ...]]:
    """One meaning of each text; long lists take the same kind of meaning throughout."""
    options = [list(meanings(text)) for text in texts]
    if math.prod(map(len, options)) <= 256:
        yield from product(*options)
        return
    yield tuple(each[0] for each in options)
    yield tuple(each[-1] for each in options)
