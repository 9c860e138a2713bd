"""The formats that bind requests, decided anew from their RFCs, and texts that are close to them."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import ipaddress
import re
import uuid
from collections.abc import Callable

_TIME = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def _date(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII)) and bool(dt.date.fromisoformat(text))


def _date_time(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]" + _TIME, text, re.ASCII)) and _date(text[:10])


def _uuid(text: str) -> bool:
    return len(text) == 36 and str(uuid.UUID(text)) == text.lower()


def _uri(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z_a-z~\[\]]*", text, re.ASCII))


def _base64(text: str) -> bool:
    return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text


DECIDED: dict[str, Callable[[str], bool]] = {
    "date": _date,
    "date-time": _date_time,
    "time": lambda text: bool(re.fullmatch(_TIME, text, re.ASCII)),
    "uuid": _uuid,
    "ipv4": lambda text: bool(ipaddress.IPv4Address(text)) or True,
    "ipv6": lambda text: "%" not in text and (bool(ipaddress.IPv6Address(text)) or True),
    "uri": _uri,
    "byte": _base64,
    "email": lambda text: bool(re.fullmatch(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text)),
    "hostname": lambda text: 0 < len(text) < 254 and all(_LABEL.fullmatch(each) for each in text.split(".")),
    "duration": lambda text: bool(re.fullmatch(r"P(?=.)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?", text, re.ASCII)),
    "uri-reference": lambda text: bool(re.fullmatch(r"[!#-;=?-Z_a-z~]*", text, re.ASCII)),
}

# Texts on both sides of the line. What the RFCs leave to taste (quoted mailboxes, leap seconds at noon) is not among them.
TEXTS: dict[str, tuple[str, ...]] = {
    "date": ("2024-02-29", "2024-02-30", "2024-2-9", "24-02-09", "2024-02-29T00:00:00Z", ""),
    "date-time": ("2024-02-29T10:00:00Z", "2024-02-29t10:00:00.5+02:00", "2024-02-29 10:00:00Z", "2024-02-29T10:00:00",
                  "2024-02-30T10:00:00Z"),
    "time": ("10:00:00Z", "10:00:00", "24:00:00Z"),
    "uuid": ("3fa85f64-5717-4562-b3fc-2c963f66afa6", "3FA85F64-5717-4562-B3FC-2C963F66AFA6", "3fa85f6457174562b3fc2c963f66afa6",
             "x"),
    "ipv4": ("192.0.2.1", "192.0.2", "192.0.2.256", "0300.0.2.1"),
    "ipv6": ("2001:db8::1", "::", "1::2::3", "fe80::1%eth0", "192.0.2.1"),
    "uri": ("https://example.com/a?b#c", "urn:isbn:1", "/a/b", "no uri", "https://exa mple.com"),
    "byte": ("aGVhZGdhdGU=", "aGVhZGdhdGU", "a", "", "!!!!"),
    "email": ("user@example.com", "user", "@example.com", "user@"),
    "hostname": ("www.example.com", "-a.example", "a..b", "under_score"),
    "duration": ("P1D", "PT1H", "1D", "P"),
    "uri-reference": ("/a", "a b", "https://example.com/"),
}  # fmt: skip


def is_in_format(name: str, text: str) -> bool:
    """Whether a text is in a format; formats that are not decided bind nobody."""
    decide = DECIDED.get(name)
    if decide is None:
        return True
    try:
        return decide(text)
    except (ValueError, binascii.Error):
        return False
