"""What an upstream sent back -> the step's result. Pure, and trusts nothing it reads.

A body that is not JSON, too deep, too rich in members or of another type than its schema says fails that step and
nothing else. Bodies nobody reads are not parsed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from .expressions import MISSING, Scope, or_null
from .plan import Output, Step
from .schedule import Reason, StepResult

# orjson parses 1024 levels but writes only 254; real documents stay far below this.
MAX_DEPTH = 100
# Each member costs up to 100 bytes as a Python object: this keeps one reply below some 20 MB whatever its bytes say.
MAX_MEMBERS = 200_000
MAX_RETRY_AFTER_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply: lower-case header names, repeated ones joined with a comma, body decompressed.

    `lines` are the headers as they came, for a verbatim call; its body is as it came too.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """No usable reply; `detail` is for the log."""

    reason: Reason
    detail: str = ""


Outcome = Reply | Failure


class _BadBodyError(Exception):
    pass


def judge(step: Step, outcome: Outcome, scope: Scope, now: float) -> StepResult:
    """The result of a step; fallbacks are not applied here. `now` in seconds since 1970, for dates in Retry-After."""
    if isinstance(outcome, Failure):
        return StepResult("failed", reason=outcome.reason)
    status, retry_after = outcome.status, retry_after_seconds(outcome, now)
    try:
        body = read_json(outcome.body) if step.reads_body else MISSING
    except _BadBodyError:
        # An error page is no JSON: there the status says all.
        reason: Reason = "invalid" if 200 <= status < 300 else "status"
        return StepResult("failed", reason=reason, status=status, retry_after_seconds=retry_after)
    seen = Scope(scope.inputs, scope.outputs, status, outcome.headers, body)
    if not all(holds(seen) for holds in step.success):
        reason = "criteria" if 200 <= status < 300 else "status"
        return StepResult("failed", reason=reason, status=status, retry_after_seconds=retry_after)
    outputs = read_outputs(step, seen)
    if outputs is None:
        return StepResult("failed", reason="invalid", status=status)
    return StepResult("ok", outputs, status=status)


def read_json(body: bytes) -> Any:
    """A JSON body; MISSING when there is none."""
    if not body:
        return MISSING
    containers = body.count(b"[") + body.count(b"{")
    if len(body) > MAX_MEMBERS and containers + body.count(b",") > MAX_MEMBERS:
        raise _BadBodyError("too many members")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _BadBodyError("not JSON") from error
    if containers > MAX_DEPTH and depth_exceeds(value, MAX_DEPTH):
        raise _BadBodyError("too deep")
    return value


def depth_exceeds(value: Any, limit: int) -> bool:
    """Whether an object or array nests deeper than `limit`, found level by level so that no stack grows."""
    level = [value]
    for _ in range(limit + 1):
        items = (item for parent in level for item in (parent.values() if isinstance(parent, dict) else parent))
        level = [item for item in items if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def read_outputs(step: Step, scope: Scope, *, is_checked: bool = True) -> dict[str, Any] | None:
    """The step's named outputs, or None when one is not what its schema promises."""
    outputs: dict[str, Any] = {}
    for output in step.outputs:
        value = output.value(scope)
        if is_checked and not fits(output, value):
            return None
        outputs[output.name] = or_null(value)
    return outputs


def fits(output: Output, value: Any) -> bool:
    """Whether a value has one of the types its schema allows."""
    if value is MISSING:
        return output.optional
    if not output.types:
        return True
    kind = json_type(value)
    return kind in output.types or (kind == "integer" and "number" in output.types)


def json_type(value: Any) -> str:
    """The JSON Schema name of a value's type.

    >>> json_type(True), json_type(1), json_type(None), json_type({})
    ('boolean', 'integer', 'null', 'object')
    """
    if isinstance(value, float) and value.is_integer():
        return "integer"  # JSON Schema 2020-12, 6.1.1: 1.0 is an integer
    return _TYPES[type(value)]


_TYPES = {
    bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null", dict: "object", list: "array",
}  # fmt: skip


def retry_after_seconds(reply: Reply, now: float) -> int | None:
    """Retry-After (RFC 9110 section 10.2.3) in seconds from now, between 0 and an hour; None without a readable one."""
    text = reply.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isdecimal() and text.isascii():
        return min(int(text[:9]), MAX_RETRY_AFTER_SECONDS)
    try:
        date = datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
    seconds = date.timestamp() - now
    return int(min(max(seconds, 0), MAX_RETRY_AFTER_SECONDS))
