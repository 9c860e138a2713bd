"""The attack file, on every face: ambiguous framing is refused within a second, and nothing reaches /admin unauthorized."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Face, Upstream

ATTACKS = json.loads((Path(__file__).parent / "attacks.json").read_text(encoding="utf-8"))
pytestmark = pytest.mark.xdist_group("sockets")
Talk = Callable[..., tuple[list[int], float]]


def wire(raw: str) -> bytes:
    r"""`$repeat(X: a\r\n,5000)` is 5,000 times that text."""

    def repeated(match: re.Match[str]) -> str:
        return match[1].replace("\\r", "\r").replace("\\n", "\n") * int(match[2])

    return re.sub(r"\$repeat\((.*?),(\d+)\)", repeated, raw).encode("latin-1")


@pytest.mark.parametrize("attack", ATTACKS, ids=[one["id"] for one in ATTACKS])
def test_an_attack_is_answered_as_it_must_be(
    attack: dict[str, Any], face: Face, talk: Talk, upstream: Upstream
) -> None:
    upstream.seen.clear()
    expected = attack["expect"]

    statuses, seconds = talk(face, face.addressed(wire(attack["raw"])))

    assert upstream.reached("/admin") == []
    assert len(upstream.seen) <= expected.get("upstream_requests_max", 1)
    assert statuses, "no answer"
    if attack["category"] == "http.smuggling":
        assert seconds < 1.0
    if "status_in" in expected:
        assert statuses[0] in expected["status_in"]
    if (
        "route" in expected and "X-HTTP-Method-Override" not in attack["raw"]
    ):  # FACTS 2.12: API Gateway honours that one
        assert upstream.seen == [tuple(expected["route"].split(" "))]
