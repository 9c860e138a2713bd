"""Conditions of policies: operators, and the keys that a request has (DG apigateway-resource-policies). Pure.

A condition that cannot be judged here gives None, which denies either way.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from .exchange import Exchange

Facts = Mapping[str, str]
ABSENT: Final = "\0"  # the value of a key that a request is known not to have


def facts_of(exchange: Exchange, **more: str) -> dict[str, str]:
    """The condition keys of a request. It came by HTTPS, as on AWS there is nothing else, and through no VPC endpoint."""
    seconds = exchange.epoch_millis // 1000
    return {
        "aws:CurrentTime": datetime.fromtimestamp(seconds, UTC).isoformat(),
        "aws:EpochTime": str(seconds),
        "aws:Referer": exchange.header("referer") or ABSENT,
        "aws:SecureTransport": "true",
        "aws:SourceIp": exchange.request.source_ip,
        "aws:SourceVpc": ABSENT,
        "aws:SourceVpce": ABSENT,
        "aws:UserAgent": exchange.header("user-agent") or ABSENT,
        "aws:VpcSourceIp": ABSENT,
        **more,
    }


@lru_cache(maxsize=4096)
def wildcard(pattern: str) -> re.Pattern[str]:
    """`*` and `?` span slashes (FACTS 4.10)."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.DOTALL)


def holds(conditions: Mapping[str, Mapping[str, Any]], facts: Facts) -> bool | None:
    """Whether all conditions hold: `{"IpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}`. Keys are compared without case."""
    known = {name.lower(): value for name, value in facts.items()}
    verdicts = [
        _operator(operator, known.get(key.lower()), values)
        for operator, keys in conditions.items()
        for key, values in keys.items()
    ]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _operator(operator: str, actual: str | None, values: Any) -> bool | None:
    wanted = [_text(value) for value in (values if isinstance(values, list) else [values])]
    name = operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:")
    if name == "Null":
        return None if actual is None else (actual == ABSENT) == (wanted[:1] == ["true"])
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if actual is None:
        return True if if_exists else None
    if actual == ABSENT:
        return if_exists or name in _NEGATED
    if name in _NEGATED:
        compare = _COMPARISONS[_NEGATED[name]]
        return None if (verdict := _any(compare, actual, wanted)) is None else not verdict
    return _any(_COMPARISONS[name], actual, wanted) if name in _COMPARISONS else None


def _any(compare: Callable[[str, str], bool], actual: str, wanted: list[str]) -> bool | None:
    try:
        return any(compare(actual, one) for one in wanted)
    except ValueError:
        return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _in_network(address: str, network: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)


def _moment(text: str) -> float:
    """Epoch seconds of `2026-11-21T00:00:00Z`, or of epoch seconds. Raises ValueError."""
    try:
        return float(text)
    except ValueError:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _ordered(number: Callable[[str], float]) -> dict[str, Callable[[str, str], bool]]:
    return {
        "Equals": lambda actual, wanted: number(actual) == number(wanted),
        "LessThan": lambda actual, wanted: number(actual) < number(wanted),
        "LessThanEquals": lambda actual, wanted: number(actual) <= number(wanted),
        "GreaterThan": lambda actual, wanted: number(actual) > number(wanted),
        "GreaterThanEquals": lambda actual, wanted: number(actual) >= number(wanted),
    }


def _like(actual: str, wanted: str) -> bool:
    return wildcard(wanted).fullmatch(actual) is not None


_COMPARISONS: Final[dict[str, Callable[[str, str], bool]]] = {
    "StringEquals": lambda actual, wanted: actual == wanted,
    "StringEqualsIgnoreCase": lambda actual, wanted: actual.lower() == wanted.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda actual, wanted: actual.lower() == wanted.lower(),
    "IpAddress": _in_network,
    **{f"Date{name}": compare for name, compare in _ordered(_moment).items()},
    **{f"Numeric{name}": compare for name, compare in _ordered(float).items()},
}
_NEGATED: Final[dict[str, str]] = {
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
}
