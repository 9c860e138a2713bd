"""Bytes of HTTP/1.1 responses. Pure."""

from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus

from .message import Response

_BODILESS = frozenset((204, 304))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=512)
def status_line(status: int) -> bytes:
    """`HTTP/1.1 200 OK`; a status nobody named gets an empty reason."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()


@lru_cache(maxsize=4)
def http_date(epoch_seconds: int) -> bytes:
    """The value of a Date header (RFC 9110, 5.6.7)."""
    moment = datetime.fromtimestamp(epoch_seconds, UTC)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment:%d} {month} {moment:%Y %H:%M:%S} GMT".encode()


@lru_cache(maxsize=4)
def date_line(epoch_seconds: int) -> bytes:
    """The Date header of a second."""
    return b"Date: %b\r\n" % http_date(epoch_seconds)


def has_body(status: int) -> bool:
    """Whether a response of this status may have a body (RFC 9110, 6.4.1)."""
    return status not in _BODILESS


def encode(response: Response, *, head: bool, close: bool, epoch_seconds: int) -> bytes:
    """The whole response; `head` leaves the body out and keeps its length (RFC 9110, 9.3.2)."""
    parts = [status_line(response.status), date_line(epoch_seconds)]
    for name, value in response.headers:
        parts += (name, b": ", value, b"\r\n")
    bodied = has_body(response.status)
    if bodied:
        parts.append(b"Content-Length: %d\r\n" % len(response.body))
    parts.append(b"Connection: close\r\n\r\n" if close else b"Connection: keep-alive\r\n\r\n")
    if bodied and not head:
        parts.append(response.body)
    return b"".join(parts)
