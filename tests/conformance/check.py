"""What a step expects against what it showed: one function per expectation, so that a new one is one entry in a table."""

import base64
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath

from .caseformat import expand
from .compare import compare, parsed, short


@dataclass
class Observation:
    """What one step showed: everything that an expectation may look at."""

    names: Mapping[str, Any] = field(default_factory=dict)  # stage, apiId, d1, … for <placeholders>
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)  # as on the wire
    body: bytes = b""
    calls: Mapping[str, list[Any]] = field(default_factory=dict)  # function -> events, over the whole case
    backend: list[Mapping[str, Any]] = field(default_factory=list)  # requests, over the whole case
    result: Any = None  # of an AWS call
    error: Mapping[str, Any] | None = None  # of an AWS call: status, code, message
    shares: Mapping[str, float] = field(default_factory=dict)


def check(expected: Mapping[str, Any], seen: Observation) -> list[str]:
    """The problems of one step. An AWS call that expects nothing of an error must succeed."""
    if seen.error is not None and "error" not in expected:
        error = seen.error
        return [f"{error['operation']}: {error['status']} {error['code']}: {error['message']}"[:300]]
    problems = []
    for key, wanted in expected.items():
        if key not in EXPECTATIONS:
            raise ValueError(f"unknown expectation {key!r}; there are {sorted(EXPECTATIONS)}")
        problems += EXPECTATIONS[key](wanted, seen)
    return problems


def _status(wanted: Any, seen: Observation) -> list[str]:
    allowed = wanted if isinstance(wanted, list) else [wanted]
    good = seen.status != 401 if wanted == "not 401" else seen.status in allowed
    return [] if good else [f"status: expected {wanted}, got {seen.status} {short(seen.body[:80].decode('latin-1'))}"]


def _headers(wanted: Mapping[str, Any], seen: Observation) -> list[str]:
    problems = []
    for name, value in wanted.items():
        lines = [text for key, text in seen.headers if key.lower() == name.lower()]
        if value == "<absent>":
            problems += [f"header {name}: expected absent, got {short(lines)}"] if lines else []
        elif not lines:
            problems.append(f"header {name}: missing")
        else:
            problems += compare(value, ", ".join(lines), seen.names, f"header {name}")
    return problems


def _header_values(wanted: Mapping[str, list[str]], seen: Observation) -> list[str]:
    """Values in order; lines and commas mean the same to HTTP."""
    problems = []
    for name, values in wanted.items():
        lines = [text for key, text in seen.headers if key.lower() == name.lower()]
        joined = [text.strip() for line in lines for text in line.split(",")]
        if values not in (lines, joined):
            problems.append(f"header {name}: expected {short(values)}, got {short(lines)}")
    return problems


def _header_lines(wanted: Mapping[str, list[str]], seen: Observation) -> list[str]:
    found = {name: [text for key, text in seen.headers if key.lower() == name.lower()] for name in wanted}
    return [f"header lines {name}: expected {short(wanted[name])}, got {short(found[name])}"
            for name in wanted if found[name] != wanted[name]]  # fmt: skip


def _header_case(wanted: str, seen: Observation) -> list[str]:
    return [] if wanted in [name for name, _ in seen.headers] else [f"no header is spelled {wanted!r}"]


def _body(wanted: str, seen: Observation) -> list[str]:
    return _bytes(expand(wanted, seen.names).encode(), seen)


def _base64(wanted: str, seen: Observation) -> list[str]:
    return _bytes(base64.b64decode(wanted), seen)


def _bytes(wanted: bytes, seen: Observation) -> list[str]:
    if seen.body == wanted:
        return []
    return [f"body: expected {short(wanted.decode('latin-1'))}, got {short(seen.body.decode('latin-1'))}"]


def _json(wanted: Any, seen: Observation) -> list[str]:
    return compare(wanted, parsed(seen.body), seen.names, "body")


def _event(wanted: Any, seen: Observation) -> list[str]:
    return compare(wanted, parsed(seen.body), seen.names, "event", subset=True)


def _unzipped(wanted: str, seen: Observation) -> list[str]:
    try:
        text = gzip.decompress(seen.body).decode("utf-8", "replace")
    except (OSError, EOFError):
        return [f"body: expected gzip, got {short(seen.body.decode('latin-1'))}"]
    return compare(wanted, text, seen.names, "unzipped body")


def _contains(wanted: str, seen: Observation) -> list[str]:
    body = seen.body.decode("utf-8", "replace")
    return (
        [] if expand(wanted, seen.names) in body else [f"body: expected to contain {short(wanted)}, got {short(body)}"]
    )


def _backend(wanted: Mapping[str, Any], seen: Observation) -> list[str]:
    """`{method, path, args, body, headers, requests}` of the last request that arrived; `requests` counts all."""
    wanted = dict(wanted)
    count = wanted.pop("requests", None)
    problems = []
    if count is not None and len(seen.backend) != count:
        problems.append(f"backend: expected {count} requests, got {len(seen.backend)}")
    if not wanted:
        return problems
    if not seen.backend:
        return [*problems, "backend: no request arrived"]
    last = dict(seen.backend[-1])
    if "headers" in wanted:
        wanted["headers"] = {name.lower(): value for name, value in wanted["headers"].items()}
        folded: dict[str, str] = {}
        for name, value in last["headers"]:
            folded[name.lower()] = f"{folded[name.lower()]}, {value}" if name.lower() in folded else value
        last["headers"] = folded
    if "args" in wanted:
        problems += compare(wanted.pop("args"), last["args"], seen.names, "backend args")
    return problems + compare(wanted, last, seen.names, "backend", subset=True)


def _calls(wanted: Mapping[str, int], seen: Observation) -> list[str]:
    found = {name: len(seen.calls.get(name, [])) for name in wanted}
    return [] if found == wanted else [f"calls: expected {short(wanted)}, got {short(found)}"]


def _authorizer_event(wanted: Any, seen: Observation) -> list[str]:
    events = seen.calls.get("authz") or [None]
    return compare(wanted, events[-1], seen.names, "authorizer event", subset=True)


def _share(wanted: Mapping[str, list[float]], seen: Observation) -> list[str]:
    """`{canary: [0.26, 0.34]}`: how often a repeated request's JSON had `message: canary`."""
    return [f"share of {name}: expected {low} to {high}, got {seen.shares.get(name, 0.0)}"
            for name, (low, high) in wanted.items() if not low <= seen.shares.get(name, 0.0) <= high]  # fmt: skip


def _error(wanted: Mapping[str, Any], seen: Observation) -> list[str]:
    if seen.error is None:
        return ["expected an error, but the call succeeded"]
    return compare(wanted, seen.error, seen.names, "error", subset=True)


def _result(wanted: Any, seen: Observation) -> list[str]:
    return compare(wanted, seen.result, seen.names, "result", subset=True)


def _select(wanted: Mapping[str, Any], seen: Observation) -> list[str]:
    """`{"items[].path | sort(@)": [...]}`: JMESPath into the result."""
    return [problem for path, value in wanted.items()
            for problem in compare(value, jmespath.search(path, seen.result), seen.names, path, subset=True)]  # fmt: skip


EXPECTATIONS: dict[str, Callable[[Any, Observation], list[str]]] = {
    "status": _status,
    "headers": _headers,
    "header_values": _header_values,
    "header_lines": _header_lines,
    "header_case": _header_case,
    "body": _body,
    "base64": _base64,
    "json": _json,
    "event": _event,
    "contains": _contains,
    "unzipped": _unzipped,
    "backend": _backend,
    "calls": _calls,
    "authorizer_event": _authorizer_event,
    "share": _share,
    "error": _error,
    "result": _result,
    "select": _select,
}
