"""For JSON bodies: the wire model never refuses what the document accepts, and with the validation it accepts nothing else."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import pytest

from tests.laws.gates import Asked, Compared, Gates, gates
from tests.laws.instances import Maker
from tests.laws.reading import Operation, Reading, UnreadableError
from tests.spec.corpus_files import samples

pytestmark = pytest.mark.xdist_group("laws")  # they share compiled documents

SEED = 20_240_229
# `make laws` asks for more of both.
PER_OPERATION = int(os.environ.get("HEADGATE_LAWS", "12"))
MOST_OPERATIONS = 60 if PER_OPERATION <= 20 else 10_000
DOCUMENTS = [each.name for each in samples()]


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
    for operation, key in _chosen(gate):
        before = seen.total()
        broken += _breaches(gate, operation, key, seen)
        operations |= {key} if seen.total() > before else set()
    return Compared(broken, seen, operations)


def _chosen(gate: Gates) -> list[tuple[Operation, str]]:
    """Operations with a JSON body; when there are many, an even choice of them. OpenAPI 2.0 has another reading."""
    if "openapi" not in gate.document:
        return []
    found = [(operation, key) for operation, key in gate.operations() if _json_content(operation) is not None]
    return found[:: max(1, math.ceil(len(found) / MOST_OPERATIONS))]


def _json_content(operation: Operation) -> tuple[str, Any] | None:
    try:
        content = (operation.body or {}).get("content", {})
    except UnreadableError:
        return None
    for media_type, entry in content.items():
        if media_type.partition(";")[0].strip() == "application/json" and "schema" in entry:
            return media_type, entry["schema"]
    return None


def _breaches(gate: Gates, operation: Operation, key: str, seen: Counter[str]) -> Iterator[str]:
    found = _json_content(operation)
    assert found is not None
    media_type, schema = found
    reading = Reading(gate.document)
    try:
        document = reading.validator(schema)
    except (UnreadableError, RecursionError):
        return
    maker = Maker(reading.defs, Random(f"{SEED} {key}"))
    for _ in range(PER_OPERATION):
        value = maker.near(reading.schema(schema))
        asked = Asked(headers=[("content-type", media_type)], body=json.dumps(value).encode())
        says = document.is_valid(value)
        seen["accepted" if says else "refused"] += 1
        if says and not gate.wire_takes_body(key, asked):
            yield f"the wire refuses what {key} accepts: {json.dumps(value)[:300]}"
        if gate.body_passes(key, asked) != says:
            yield f"{key} {'accepts' if says else 'refuses'}, the validation does not: {json.dumps(value)[:300]}"
