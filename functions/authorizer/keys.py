"""The key gate: which keys of an issuer's set may verify anything, and with which algorithm. PyJWT does the cryptography.

A set is refused as a whole when it holds secrets (private members, or symmetric keys beside a public-key issuer); single
keys are left out when they are for encryption, too weak, malformed, or share their `kid` with another. Rules:
RFC 7517 4.2 to 4.5, RFC 8725 3.1, 3.2 and 3.5, Wycheproof's JSON web key vectors.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from . import base64url
from .errors import RejectedError
from .token import Token

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192  # verification time grows with the square; 16,384 bits would be a lever for a slow-down
MIN_RSA_EXPONENT = 65537
MAX_RSA_EXPONENT_BITS = 64
MAX_KEYS = 100
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})

# algorithm -> (kty, curve); RFC 7518 3.1, RFC 8037 3.1
ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
    **dict.fromkeys(("HS256", "HS384", "HS512"), ("oct", None)),
}
HMAC_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}  # RFC 7518 3.2: at least as long as the hash


class KeySetError(ValueError):
    """The document is no key set that may be trusted."""


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One usable key, ready for each algorithm it may be used with."""

    key_id: str | None
    verifiers: Mapping[str, jwt.PyJWK]

    def verify(self, token: Token) -> None:
        """Check the signature with the algorithm that both the token and the key name; RejectedError when it is not good."""
        verifier = self.verifiers.get(token.header.algorithm)
        if verifier is None:
            raise RejectedError("token.algorithm-refused")
        if not verifier.Algorithm.verify(token.signing_input, verifier.key, token.signature):
            raise RejectedError("token.signature-wrong")


@dataclass(frozen=True, slots=True)
class KeySet:
    """The usable keys of one issuer."""

    keys: tuple[VerificationKey, ...]

    def find(self, key_id: str | None) -> VerificationKey | None:
        """The key of that id; without an id the only key there is. Never a trial of all keys."""
        if key_id is None:
            return self.keys[0] if len(self.keys) == 1 else None
        return next((key for key in self.keys if key.key_id == key_id), None)


def read_key_set(document: object, algorithms: frozenset[str]) -> KeySet:
    """The usable keys of a JWKS document (RFC 7517 5) for an issuer's allow-list; KeySetError when the set is not to be trusted."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise KeySetError("not a JSON Web Key Set")
    if len(listed) > MAX_KEYS:
        raise KeySetError(f"more than {MAX_KEYS} keys")
    _refuse_secrets(listed, algorithms)
    usable = [key for entry in listed if (key := _read_key(entry, algorithms)) is not None]
    times = Counter(
        entry.get("kid") for entry in listed if isinstance(entry.get("kid"), str) and _is_for_signatures(entry)
    )
    unambiguous = tuple(key for key in usable if key.key_id is None or times[key.key_id] == 1)
    if not unambiguous:
        raise KeySetError("no usable key")
    return KeySet(unambiguous)


def _refuse_secrets(entries: list[dict[str, Any]], algorithms: frozenset[str]) -> None:
    symmetric = [entry.get("kty") == "oct" for entry in entries]
    is_hmac_issuer = bool(algorithms) and algorithms <= HMAC_BYTES.keys()
    if any(symmetric) and not (is_hmac_issuer and all(symmetric)):
        raise KeySetError("a symmetric key in a public key set")
    if any(PRIVATE_MEMBERS & entry.keys() for entry in entries):
        raise KeySetError("a private key in a public key set")


def _read_key(entry: dict[str, Any], algorithms: frozenset[str]) -> VerificationKey | None:
    """The key, or None when the gate does not let it verify anything."""
    key_id, named = entry.get("kid"), entry.get("alg")
    if not _is_for_signatures(entry) or ("kid" in entry and not (isinstance(key_id, str) and key_id)):
        return None
    if "alg" in entry and not isinstance(named, str):
        return None
    candidates = algorithms if named is None else algorithms & {named}
    fitting = sorted(name for name in candidates if _fits(entry, name))
    try:
        if not fitting or not _is_strong(entry):
            return None
        return VerificationKey(key_id, {name: jwt.PyJWK(entry, algorithm=name) for name in fitting})
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None  # a broken key must not take the good ones with it


def _is_for_signatures(entry: dict[str, Any]) -> bool:
    """RFC 7517 4.2 and 4.3: `use` and `key_ops`, where given, must both say so."""
    operations = entry.get("key_ops", ["verify"])
    return entry.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _fits(entry: dict[str, Any], algorithm: str) -> bool:
    kind, curve = ALGORITHMS.get(algorithm, (None, None))
    return kind is not None and entry.get("kty") == kind and (curve is None or entry.get("crv") == curve)


def _is_strong(entry: dict[str, Any]) -> bool:
    if entry["kty"] == "oct":
        shortest = HMAC_BYTES.get(str(entry.get("alg", "HS512")), HMAC_BYTES["HS512"])
        return len(_octets(entry, "k")) >= shortest
    if entry["kty"] != "RSA":
        return True
    modulus = int.from_bytes(_octets(entry, "n"), "big")
    exponent = int.from_bytes(_octets(entry, "e"), "big")
    return (
        MIN_RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS
        and exponent >= MIN_RSA_EXPONENT
        and exponent.bit_length() <= MAX_RSA_EXPONENT_BITS
        and exponent % 2 == 1
        and not has_roca_fingerprint(modulus)
    )


def _octets(entry: dict[str, Any], member: str) -> bytes:
    text = entry.get(member)
    if not isinstance(text, str):
        raise ValueError(f"{member} is no text")
    return base64url.decode(text)


_ROCA_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
                113, 127, 131, 137, 139, 149, 151, 157, 163, 167)  # fmt: skip


def has_roca_fingerprint(modulus: int) -> bool:
    """Whether an RSA modulus comes from the broken generator of CVE-2017-15361: a power of 65537 modulo every small prime."""
    return all(modulus % prime in {pow(65537, power, prime) for power in range(prime)} for prime in _ROCA_PRIMES)
