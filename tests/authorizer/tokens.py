"""Builds the tokens that cases.json describes: `build_token(case["build"], now)`.

A build is header and claims (or their raw text), who signs with which algorithm, and what is bent before or after signing.
Texts such as "$now+300" become seconds since 1970; raw texts know `${now+300}`, `${repeat:A:4000}` and `${jwk:ROLE}`.
"""

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from .keyring import b64, jwk, number, secret

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_NOW = re.compile(r"\$now([+-]\d+(?:\.\d+)?)?")
_HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
Change = dict[str, Any]


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def build_token(build: dict[str, Any], now: int) -> str:
    """The compact token of one build."""
    changes = build.get("mutate", [])
    segments = [b64(_text(build, "header", now)), b64(_text(build, "claims", now))]
    for change in changes:
        if change["op"] == "presign_segment_text":
            segments[change["segment"]] = _bent(segments[change["segment"]], change)
    signing = build.get("sign", {"alg": "none"})
    key = secret(signing["key"]) if "key" in signing else None
    payload = _text(build, "claims", now).decode("latin1") if signing.get("unencoded_payload") else segments[1]
    segments.append(b64(sign(signing["alg"], key, f"{segments[0]}.{payload}".encode("latin1"))))
    text: str | None = None
    for change in changes:
        if change["op"] == "token_text":
            text = _whole(".".join(segments) if text is None else text, change, now, segments)
        elif change["op"] != "presign_segment_text":
            segments = _CHANGES[change["op"]](segments, change, now)
    return ".".join(segments) if text is None else text


def sign(algorithm: str, key: Any, message: bytes) -> bytes:
    """A JWS signature (RFC 7518 3)."""
    family, bits = algorithm[:2], algorithm[-3:]
    if algorithm == "none":
        return b""
    if family == "HS":
        return hmac.new(key, message, f"sha{bits}").digest()
    if algorithm == "EdDSA":
        return bytes(key.sign(message))
    digest = _HASHES[bits]()
    if family == "RS":
        return bytes(key.sign(message, padding.PKCS1v15(), digest))
    if family == "PS":
        return bytes(key.sign(message, padding.PSS(padding.MGF1(digest), digest.digest_size), digest))
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _text(build: dict[str, Any], part: str, now: int) -> bytes:
    if f"{part}_raw_hex" in build:
        return bytes.fromhex(build[f"{part}_raw_hex"])
    if f"{part}_raw" in build:
        return _expanded(build[f"{part}_raw"], now).encode("utf-8", "surrogatepass")
    return json.dumps(filled(build[part], now), separators=(",", ":")).encode()


def filled(value: Any, now: int) -> Any:
    """A value with its placeholders replaced."""
    if isinstance(value, dict):
        return jwk(value["$jwk"]) if "$jwk" in value else {name: filled(inner, now) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, now) for inner in value]
    if not isinstance(value, str):
        return value
    match = _NOW.fullmatch(value)
    if not match:
        return _expanded(value, now)
    offset = match[1] or "0"
    return now + (float(offset) if "." in offset else int(offset))


def _expanded(text: str, now: int) -> str:
    text = re.sub(r"\$\{now([+-]\d+)?\}", lambda match: str(now + int(match[1] or 0)), text)
    text = re.sub(r"\$\{repeat:(.*?):(\d+)\}", lambda match: match[1] * int(match[2]), text)
    return re.sub(r"\$\{jwk:(\w+)\}", lambda match: json.dumps(jwk(match[1])), text)


def _bent(segment: str, change: Change) -> str:
    if change["how"] == "trailing_bits":  # sets a bit that decoders ignore
        return segment[:-1] + _ALPHABET[_ALPHABET.index(segment[-1]) | 1]
    bends: dict[str, Callable[[], str]] = {
        "pad": lambda: segment + "=" * (-len(segment) % 4 or change.get("force", 0)),
        "append": lambda: segment + change["value"],
        "prepend": lambda: change["value"] + segment,
        "std_alphabet": lambda: segment.replace("-", "+").replace("_", "/"),
    }
    return bends[change["how"]]()


def _whole(text: str, change: Change, now: int, segments: list[str]) -> str:
    middle = len(text) // 2
    bends: dict[str, Callable[[], str]] = {
        "prepend": lambda: change["value"] + text,
        "append": lambda: text + change["value"],
        "upper": text.upper,
        "replace": lambda: text.replace(change["find"], change["value"]),
        "const": lambda: _expanded(change["value"], now),
        "insert_mid": lambda: text[:middle] + change["value"] + text[middle:],
        "json_flattened": lambda: json.dumps(dict(zip(("protected", "payload", "signature"), segments, strict=True))),
    }
    return bends[change["how"]]()


def _signature(bend: Callable[[bytes, Change], bytes]) -> Callable[[list[str], Change, int], list[str]]:
    return lambda segments, change, _now: [*segments[:2], b64(bend(unb64(segments[2]), change))]


def _segment(place: int, text: str, segments: list[str]) -> list[str]:
    return [*segments[:place], text, *segments[place + 1 :]]


def _json(value: Any, now: int) -> str:
    return b64(json.dumps(filled(value, now), separators=(",", ":")).encode())


def _der(signature: bytes, _change: Change) -> bytes:
    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


def _chosen_scalars(_signature: bytes, change: Change) -> bytes:
    values = {"0": 0, "1": 1, "n": P256_ORDER, "n-1": P256_ORDER - 1, "n+1": P256_ORDER + 1}
    return b"".join(values[change[name]].to_bytes(32, "big") for name in "rs")


def _padded_hash(segments: list[str], _change: Change, _now: int) -> list[str]:
    """What an RSA key with exponent 1 accepts: the padded hash itself."""
    digest = hashlib.sha256(".".join(segments[:2]).encode()).digest()
    info = bytes.fromhex("3031300d060960864801650304020105000420") + digest
    return [*segments[:2], b64(b"\x00\x01" + b"\xff" * (253 - len(info)) + b"\x00" + info)]


_CHANGES: dict[str, Callable[[list[str], Change, int], list[str]]] = {
    "set_segment": lambda segments, change, _: _segment(change["segment"], change["value"], segments),
    "drop_last_segment": lambda segments, _change, _: segments[:-1],
    "drop_segments": lambda segments, change, _: [s for place, s in enumerate(segments) if place not in change["segments"]],
    "add_segment": lambda segments, change, _: [*segments, change["value"]],
    "post_segment_text": lambda segments, change, _: _segment(
        change["segment"], _bent(segments[change["segment"]], change), segments
    ),
    "swap_claims": lambda segments, change, now: _segment(1, _json(change["claims"], now), segments),
    "swap_header": lambda segments, change, now: _segment(0, _json(change["header"], now), segments),
    "sig_hex": _signature(lambda _, change: bytes.fromhex(change["hex"]) * change.get("times", 1)),
    "sig_flip": _signature(
        lambda data, change: bytes(byte ^ (change.get("mask", 1) if i == change["byte"] else 0) for i, byte in enumerate(data))
    ),
    "sig_truncate": _signature(lambda data, change: data[: -change["bytes"]]),
    "sig_extend": _signature(lambda data, change: data + bytes.fromhex(change["hex"])),
    "sig_prefix": _signature(lambda data, change: bytes.fromhex(change["hex"]) + data),
    "sig_der": _signature(_der),
    "sig_high_s": _signature(lambda data, _: data[:32] + unb64(number(P256_ORDER - int.from_bytes(data[32:], "big"), 32))),
    "sig_rs": _signature(_chosen_scalars),
    "sig_pkcs1_em": _padded_hash,
    "sig_ed_noncanonical": _signature(
        lambda data, _: data[:32] + (int.from_bytes(data[32:], "little") + ED25519_ORDER).to_bytes(32, "little")
    ),
}  # fmt: skip
