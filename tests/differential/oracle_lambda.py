"""What becomes of a proxy function's JSON (FACTS 1.12, 3.14 to 3.22)."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

KEYS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "base64Encoded"}
RENAMED = {
    *("authorization", "connection", "content-length", "content-md5", "date", "max-forwards", "server", "user-agent"),
    *("www-authenticate", "x-amzn-requestid"),
}
LOST = {
    *("expect", "host", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade", "via"),
    *("x-amz-apigw-id", "x-amzn-trace-id"),
}
Answer = tuple[int, list[tuple[str, str]], bytes]


class BadGatewayError(Exception):
    """502."""


class InternalError(Exception):
    """500."""


def read(answer: Any, *, accept: str | None, binary_types: Sequence[str]) -> Answer:
    """(status, header lines, body). Raises BadGatewayError or InternalError."""
    if not isinstance(answer, dict) or set(answer) - KEYS:
        raise BadGatewayError
    return status(answer), lines(answer), payload(answer, accept, binary_types)


def status(answer: dict[str, Any]) -> int:
    value = answer.get("statusCode")
    if value is None:
        return 200
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise BadGatewayError
    if isinstance(value, str):
        if not (value.isascii() and value.isdigit()):
            raise BadGatewayError
        value = int(value)
    if value < 200 or value > 599:
        raise BadGatewayError
    return value


def lines(answer: dict[str, Any]) -> list[tuple[str, str]]:
    single, multi = answer.get("headers"), answer.get("multiValueHeaders")
    single, multi = single if single is not None else {}, multi if multi is not None else {}
    if not isinstance(single, dict) or not isinstance(multi, dict):
        raise BadGatewayError
    if any(not isinstance(values, list) for values in multi.values()):
        raise BadGatewayError
    groups: list[tuple[str, list[Any]]] = []
    for name, values in multi.items():
        group(groups, name).extend(values)
    for name, value in single.items():
        values = group(groups, name)
        if not any(value == other for other in values):
            values.append(value)
    found = []
    for name, values in groups:
        found += [line for value in values if (line := written(name, value)) is not None]
    if not any(name.lower() == "content-type" for name, _ in found):
        found.append(("Content-Type", "application/json"))
    return found


def group(groups: list[tuple[str, list[Any]]], name: str) -> list[Any]:
    """The values that share a name whatever its case; the first spelling names them."""
    for known, values in groups:
        if known.lower() == name.lower():
            return values
    groups.append((name, []))
    return groups[-1][1]


def written(name: str, value: Any) -> tuple[str, str] | None:
    if isinstance(value, (dict, list)):
        raise BadGatewayError
    if name.lower() in LOST:
        return None
    text = (
        {True: "true", False: "false", None: ""}.get(value, str(value))
        if isinstance(value, bool | None)
        else str(value)
    )
    if name.lower() in RENAMED:
        return f"x-amzn-Remapped-{name}", text
    return name, text


def payload(answer: dict[str, Any], accept: str | None, binary_types: Sequence[str]) -> bytes:
    is_base64 = flag(answer)
    body = answer.get("body")
    if body is None:
        return b""
    if isinstance(body, (dict, list)):
        raise BadGatewayError
    text = body if isinstance(body, str) else ("true" if body else "false") if isinstance(body, bool) else str(body)
    first = (accept or "").split(",")[0].split(";")[0].strip().lower()
    wanted = any(fits(first, one) for one in binary_types)
    if is_base64 and wanted:
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise InternalError from None
    return text.encode()


def flag(answer: dict[str, Any]) -> bool:
    """FACTS 3.24."""
    given = [answer[key] for key in ("base64Encoded", "isBase64Encoded") if answer.get(key) is not None]
    if not given:
        return False
    if isinstance(given[0], bool):
        return given[0]
    if given[0] not in ("true", "True", "false", "False"):
        raise BadGatewayError
    return given[0].lower() == "true"


def fits(media: str, configured: str) -> bool:
    if configured == "*/*":
        return True
    kind, subtype = configured.split("/")
    if kind == "*":
        return False
    return media == configured or (subtype == "*" and media.split("/", maxsplit=1)[0] == kind)
