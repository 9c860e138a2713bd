"""Compares what was expected with what was seen; a problem is one sentence. Pure."""

import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any

from .caseformat import expand

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def compare(expected: Any, actual: Any, names: Mapping[str, Any], where: str, *, subset: bool = False) -> list[str]:
    """Problems between an expected and an actual JSON value; with `subset` objects may have more members."""
    if isinstance(expected, Mapping):
        return _objects(expected, actual, names, where, subset=subset)
    if isinstance(expected, list):
        if not isinstance(actual, list) or len(actual) != len(expected):
            return [f"{where}: expected {short(expected)}, got {short(actual)}"]
        pairs = enumerate(zip(expected, actual, strict=True))
        return [
            problem
            for index, (one, other) in pairs
            for problem in compare(one, other, names, f"{where}[{index}]", subset=subset)
        ]
    if isinstance(expected, str):
        wanted: Any = expand(expected, names)
        verdict = _placeholder(wanted, actual)
        same = verdict if verdict is not None else type(actual) is str and actual == wanted
    elif isinstance(expected, bool) or expected is None or isinstance(actual, bool):
        wanted, same = expected, expected is actual
    else:
        wanted, same = expected, actual == expected
    return [] if same else [f"{where}: expected {short(wanted)}, got {short(actual)}"]


def _objects(
    expected: Mapping[str, Any], actual: Any, names: Mapping[str, Any], where: str, *, subset: bool
) -> list[str]:
    if not isinstance(actual, Mapping):
        return [f"{where}: expected an object, got {short(actual)}"]
    folded = {key.lower() for key in actual}
    problems = []
    for key, value in expected.items():
        place = f"{where}.{key}"
        if value == "<absent>":
            # Names of HTTP headers are absent only in every letter case.
            if key.lower() in folded if where.lower().endswith("headers") else key in actual:
                problems.append(f"{place}: expected absent")
        elif key not in actual:
            problems.append(f"{place}: missing")
        else:
            problems += compare(value, actual[key], names, place, subset=subset)
    extra = sorted(set(actual) - set(expected))
    if extra and not subset:
        problems.append(f"{where}: unexpected {short(extra)}")
    return problems


def _placeholder(pattern: str, actual: Any) -> bool | None:
    """A <placeholder> against a value; None when the pattern is none."""
    text = actual if isinstance(actual, str) else str(actual)
    if pattern == "<present>":
        return actual not in (None, "", [])
    if pattern == "<any>":
        return True
    if pattern == "<uuid>":
        return re.fullmatch(UUID, text) is not None
    if pattern == "<12 digits>":
        return isinstance(actual, str) and re.fullmatch(r"\d{12}", actual) is not None
    if pattern == "<int ms>":
        return type(actual) is int and actual > 1_500_000_000_000
    if pattern == "<ip>":
        return _is_address(text)
    if pattern.startswith("<regex>"):
        return re.search(pattern.removeprefix("<regex>"), text) is not None
    if pattern.startswith("<contains>"):
        return pattern.removeprefix("<contains>") in text
    return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def short(value: Any, limit: int = 110) -> str:
    """A value for a message."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else text[:limit] + "…"


def parsed(body: bytes) -> Any:
    """A body as JSON, or a text that says it is none."""
    try:
        return json.loads(body)
    except ValueError:
        return f"(not JSON) {body[:80].decode('utf-8', 'replace')}"
