"""The laws compare enough to mean something: hundreds of operations, values on both sides of the line, models on the wire."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.laws import test_bodies, test_parameters
from tests.laws.gates import gates

pytestmark = pytest.mark.xdist_group("laws")


@pytest.mark.skipif("HEADGATE_CORPUS" in os.environ, reason="another corpus may be of any size")
def test_hundreds_of_operations_are_compared() -> None:
    found = {
        (name, key)
        for law in (test_bodies, test_parameters)
        for name in law.DOCUMENTS
        for key in law.compared(name).operations
    }

    assert len(found) >= 300


@pytest.mark.parametrize("law", [test_bodies, test_parameters], ids=["bodies", "parameters"])
def test_values_lie_on_both_sides_of_the_line(law: object) -> None:
    seen: Counter[str] = Counter()
    for name in law.DOCUMENTS:  # type: ignore[attr-defined]
        seen += law.compared(name).seen  # type: ignore[attr-defined]

    assert min(seen["accepted"], seen["refused"]) > seen.total() / 6, seen


def test_the_wire_has_models_that_refuse() -> None:
    """Else the wire would accept everything, and the law about it would hold for nothing."""
    gate = gates("museum.yaml") if "HEADGATE_CORPUS" not in os.environ else None
    if gate is not None:
        from tests.laws.gates import Asked

        wrong = Asked(headers=[("content-type", "application/json")], body=b"[]")

        assert not gate.wire_takes_body("POST /special-events", wrong)
        assert not gate.wire_takes_body("POST /special-events", Asked(body=b"{}"))
