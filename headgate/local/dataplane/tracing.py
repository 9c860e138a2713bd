"""Request ids and the X-Amzn-Trace-Id header (FACTS 1.20 to 1.22, 3.5). Pure: randomness is passed in."""

import binascii
from random import Random
from typing import NamedTuple


class Ids(NamedTuple):
    """What tells one request from another."""

    request: str
    extended: str
    trace: str


def request_ids(random: Random, incoming: str | None, epoch_seconds: int) -> Ids:
    """All three, from one draw when the client sent no trace header."""
    if incoming:
        return Ids(request_id(random), extended_request_id(random), trace_header(incoming, epoch_seconds, random))
    bits = random.getrandbits(376)
    text = f"{bits >> 88 & _UUID_MASK | _UUID_4:072x}"
    extended = binascii.b2a_base64((bits & _EXTENDED_MASK).to_bytes(11, "big"), newline=False).decode()
    return Ids(
        f"{text[40:48]}-{text[48:52]}-{text[52:56]}-{text[56:60]}-{text[60:]}",
        extended,
        f"Root=1-{epoch_seconds:08x}-{text[:24]};Parent={text[24:40]};Sampled=0",
    )


_UUID_4 = (4 << 76) | (2 << 62)  # version and variant (RFC 9562, 5.4)
_UUID_MASK = (1 << 288) - 1 & ~(0xF << 76) & ~(0x3 << 62)
_EXTENDED_MASK = (1 << 88) - 1


def request_id(random: Random) -> str:
    """A version 4 UUID, such as `b0f1c9d2-3c4e-4f5a-8b6c-7d8e9fa0b1c2`."""
    bits = random.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | (4 << 76) | (2 << 62)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def extended_request_id(random: Random) -> str:
    """The `x-amz-apigw-id`: base64 of eleven bytes, so it ends in `=` (FACTS 1.20)."""
    return binascii.b2a_base64(random.randbytes(11), newline=False).decode()


def trace_header(incoming: str | None, epoch_seconds: int, random: Random) -> str:
    """Keep the client's Root, Parent and Sampled; make what is missing (FACTS 1.22)."""
    if not incoming:
        digits = f"{random.getrandbits(160):040x}"
        return f"Root=1-{epoch_seconds:08x}-{digits[:24]};Parent={digits[24:]};Sampled=0"
    given = _fields(incoming)
    root = given.get("root") or f"1-{epoch_seconds:08x}-{random.getrandbits(96):024x}"
    parent = given.get("parent")
    sampled = given.get("sampled") or ("1" if parent else "0")
    return f"Root={root};Parent={parent or f'{random.getrandbits(64):016x}'};Sampled={sampled}"


def _fields(header: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in header.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
