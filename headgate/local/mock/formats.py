"""Formats that requests are held to and answers are made of (OpenAPI Format Registry, JSON Schema 2020-12 section 7.3).

    CHECKER.conforms("2024-02-30", "date") -> False          SAMPLES["date"] -> "2024-01-15"

Formats that are not listed mean nothing, as JSON Schema says.
"""

import base64
import binascii
import re
from datetime import date
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit
from uuid import UUID

from jsonschema import FormatChecker

CHECKER = FormatChecker(formats=())

SAMPLES = {
    "date": "2024-01-15",
    "date-time": "2024-01-15T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "PT1H",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "www.example.com",
    "idn-hostname": "www.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/1",
    "url": "https://example.com/1",
    "iri": "https://example.com/1",
    "uri-reference": "/1",
    "iri-reference": "/1",
    "uri-template": "/{id}",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "json-pointer": "/a",
    "relative-json-pointer": "0/a",
    "regex": "^a$",
    "byte": "aGVhZGdhdGU=",
    "binary": "headgate",
    "password": "correct horse",
}

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)")
_DURATION = re.compile(r"P(?!$)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?!$)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_NOT_IN_URI = re.compile(r"[\x00-\x20\x7f<>\"{}|\\^`]|[^\x00-\x7f]")


def _is_date(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) is not None and bool(date.fromisoformat(text))


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None


def _is_date_time(text: str) -> bool:
    """RFC 3339 5.6."""
    return len(text) > 11 and text[10] in "Tt" and _is_date(text[:10]) and _is_time(text[11:])


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and str(UUID(text)) == text.lower()


def _is_email(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and not re.search(
        r"[\x00-\x20\x7f]", text if not text.startswith('"') else domain
    )


def _is_hostname(text: str) -> bool:
    return len(text) <= 253 and all(_LABEL.fullmatch(label) for label in text.removesuffix(".").split("."))


def _is_uri(text: str) -> bool:
    parts = urlsplit(text)
    return _SCHEME.fullmatch(parts.scheme) is not None and not _NOT_IN_URI.search(text) and ":" in text


def _is_uri_reference(text: str) -> bool:
    urlsplit(text)
    return not _NOT_IN_URI.search(text)


def _is_base64(text: str) -> bool:
    base64.b64decode(text, validate=True)
    return True


_CHECKS = {
    "date": _is_date,
    "time": _is_time,
    "date-time": _is_date_time,
    "duration": lambda text: _DURATION.fullmatch(text) is not None,
    "uuid": _is_uuid,
    "email": _is_email,
    "hostname": _is_hostname,
    "uri": _is_uri,
    "uri-reference": _is_uri_reference,
    "ipv4": lambda text: bool(IPv4Address(text)) or True,
    "ipv6": lambda text: "%" not in text and (bool(IPv6Address(text)) or True),
    "byte": _is_base64,
}

for _name, _check in _CHECKS.items():
    # A value of another type is the business of `type`; ValueError is how the parsers above say no.
    CHECKER.checks(_name, raises=(ValueError, binascii.Error))(
        lambda value, check=_check: not isinstance(value, str) or check(value)
    )
