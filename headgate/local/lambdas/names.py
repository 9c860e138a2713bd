"""What callers call a function, and in which words and times Lambda answers. Pure."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

_PREFIX = re.compile(r"^(?:arn:[^:]+:lambda:[^:]*:\d{12}:function:|\d{12}:function:|function:)")

Clock = Callable[[], float]


def parted(name: str, qualifier: str | None = None) -> tuple[str, str]:
    """`(name, version or alias)` of a name, a partial or a whole ARN; an empty qualifier is none."""
    bare, _, inline = _PREFIX.sub("", name).partition(":")
    return bare, inline or qualifier or ""


def is_version(qualifier: str) -> bool:
    """Whether a qualifier is the number of a version, not the name of an alias."""
    return qualifier.isdigit()


def iso_time(now: float) -> str:
    """`2026-11-21T12:00:00.000+0000`, as Lambda writes most of its times."""
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%S}.{int(now * 1000) % 1000:03d}+0000"
