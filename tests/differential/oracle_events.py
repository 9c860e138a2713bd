"""The maps of a proxy event from what was on the wire (FACTS 2.9, 2.10, 3.1, 3.6 to 3.11)."""

import base64
from collections.abc import Sequence
from typing import Any

HEX = "0123456789abcdefABCDEF"
GONE = [
    "connection",
    "content-length",
    "content-md5",
    "expect",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "transfer-encoding",
    "trailer",
    "upgrade",
    "www-authenticate",
]
SET_BY_GATEWAY = ["host", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"]


def query(raw: bytes) -> tuple[Any, Any]:
    """(queryStringParameters, multiValueQueryStringParameters); null when there is none."""
    many: dict[str, list[str]] = {}
    for pair in raw.replace(b";", b"&").split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            many.setdefault(decode(name), []).append(decode(value))
    return ({name: values[-1] for name, values in many.items()}, many) if many else (None, None)


def decode(raw: bytes) -> str:
    """Form decoding byte by byte; a broken escape stays as it is."""
    text = raw.decode("ascii")
    out = bytearray()
    index = 0
    while index < len(text):
        char = text[index]
        escape = text[index + 1 : index + 3]
        if char == "%" and len(escape) == 2 and escape[0] in HEX and escape[1] in HEX:
            out.append(int(escape, 16))
            index += 3
            continue
        out += b" " if char == "+" else char.encode()
        index += 1
    return out.decode("utf-8", "replace")


def headers(lines: Sequence[tuple[bytes, bytes]], *, edge: bool) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What of the client's lines arrives: first spelling of a name, last value, all values."""
    single: dict[str, str] = {}
    many: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for raw_name, raw_value in lines:
        name, value = raw_name.decode(), raw_value.decode()
        lower = name.lower()
        if lower in GONE or lower in SET_BY_GATEWAY:
            continue
        if edge and lower in ("authorization", "user-agent"):
            name = "-".join(part.capitalize() for part in lower.split("-"))
        name = spelled.setdefault(lower, name)
        single[name] = value
        many.setdefault(name, []).append(value)
    return single, many


def body(raw: bytes, content_type: str | None, binary_types: Sequence[str]) -> tuple[str | None, bool]:
    """(body, isBase64Encoded)."""
    if not raw:
        return None, False
    media = (content_type or "application/json").split(";")[0].strip().lower() or "application/json"
    kind = media.split("/")[0]
    for one in binary_types:
        if one in ("*/*", media) or (one == f"{kind}/*" and kind != "*"):
            return base64.b64encode(raw).decode(), True
    return raw.decode("utf-8", "replace"), False


def event_path(path: str) -> str:
    """One leading slash, nothing else touched (FACTS 2.6 to 2.9)."""
    return "/" + path.lstrip("/")
