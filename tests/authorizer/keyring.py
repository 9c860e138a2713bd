"""Private keys by role, and the key sets made of them. Generated once per process; nothing secret is kept in the repository."""

import json
from base64 import urlsafe_b64encode
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KINDS = {
    "rsa1": ("RSA", 2048), "rsa2": ("RSA", 2048), "rsa_noalg": ("RSA", 2048), "rsa_enc": ("RSA", 2048), "rsa_weak": ("RSA", 1024),
    "issB_rsa": ("RSA", 2048), "new_rsa": ("RSA", 2048), "att_rsa": ("RSA", 2048),
    "ec1": ("EC", ec.SECP256R1), "ec2": ("EC", ec.SECP384R1), "att_ec": ("EC", ec.SECP256R1),
    "ed1": ("OKP", 0), "hs1": ("oct", 32), "hs_short": ("oct", 8),
}  # fmt: skip
LABELS = {
    "rsa1": ("rsa-1", "RS256"), "rsa2": ("rsa-2", "PS256"), "rsa_noalg": ("rsa-noalg", None),
    "rsa_enc": ("rsa-enc", "RSA-OAEP"), "rsa_weak": ("rsa-weak", "RS256"), "issB_rsa": ("rsa-1", "RS256"),
    "new_rsa": ("rsa-new", "RS256"), "att_rsa": ("att-rsa", "RS256"),
    "ec1": ("ec-1", "ES256"), "ec2": ("ec-2", "ES384"), "att_ec": ("att-ec", "ES256"),
    "ed1": ("ed-1", "EdDSA"), "hs1": ("hs-1", "HS256"), "hs_short": ("hs-short", "HS256"),
}  # fmt: skip


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, length: int | None = None) -> str:
    return b64(value.to_bytes(length or max(1, (value.bit_length() + 7) // 8), "big"))


@cache
def private_key(role: str) -> Any:
    kind, detail = KINDS[role]
    if kind == "RSA":
        return rsa.generate_private_key(65537, detail)
    if kind == "EC":
        return ec.generate_private_key(detail())
    if kind == "OKP":
        return ed25519.Ed25519PrivateKey.generate()
    return bytes(range(1, detail + 1))


def jwk(role: str) -> dict[str, Any]:
    """The public key of a role as a JWK (the secret itself for symmetric ones)."""
    kid, alg = LABELS[role]
    members = {"kid": kid, "use": "enc" if role == "rsa_enc" else "sig", **({"alg": alg} if alg else {})}
    return {"kty": KINDS[role][0], **_material(role), **members}


def _material(role: str) -> dict[str, str]:
    key, kind = private_key(role), KINDS[role][0]
    if kind == "oct":
        return {"k": b64(key)}
    if kind == "OKP":
        return {"crv": "Ed25519", "x": b64(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))}
    numbers = key.public_key().public_numbers()
    if kind == "RSA":
        return {"n": number(numbers.n), "e": number(numbers.e)}
    size = (key.curve.key_size + 7) // 8
    return {"crv": f"P-{key.curve.key_size}", "x": number(numbers.x, size), "y": number(numbers.y, size)}


def key_set(entries: list[Any]) -> dict[str, Any]:
    """A JWKS of roles, patched roles (`{"role", "patch", "drop"}`) and raw members (`{"raw"}`)."""
    return {"keys": [_entry(entry) for entry in entries]}


def _entry(entry: Any) -> dict[str, Any]:
    if isinstance(entry, str):
        return jwk(entry)
    if "raw" in entry:
        return dict(entry["raw"])
    patched = jwk(entry["role"]) | entry.get("patch", {})
    return {name: value for name, value in patched.items() if name not in entry.get("drop", [])}


def secret(spec: Any) -> Any:
    """What to sign with: a role's private key, or bytes an attacker could try as an HMAC secret."""
    if isinstance(spec, str):
        return private_key(spec)
    ((how, value),) = spec.items()
    if how == "bytes_hex":
        return bytes.fromhex(value)
    if how == "text":
        return value.encode()
    return _PUBLIC_BYTES[how](value)


def _pem(role: str, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> bytes:
    return bytes(private_key(role).public_key().public_bytes(Encoding.PEM, form))


_PUBLIC_BYTES = {
    "pem_of": _pem,
    "pem_stripped_of": lambda role: _pem(role).strip(),
    "pkcs1_pem_of": lambda role: _pem(role, PublicFormat.PKCS1),
    "der_of": lambda role: private_key(role).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "jwk_json_of": lambda role: json.dumps(jwk(role)).encode(),
    "jwk_min_json_of": lambda role: json.dumps(jwk(role), separators=(",", ":"), sort_keys=True).encode(),
    "n_bytes_of": lambda role: private_key(role).public_key().public_numbers().n.to_bytes(256, "big"),
    "x_bytes_of": lambda role: private_key(role).public_key().public_numbers().x.to_bytes(32, "big"),
}
