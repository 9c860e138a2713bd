"""What the provider answers: discovery, keys and tokens. Pure but for its keys; the clock is passed in.

It issues a token to whoever asks, with whatever claims they ask for: it exists to rehearse, and is only ever on loopback.

    curl -s http://localhost:4566/_headgate/oidc/token -d 'sub=ada&scope=users:read&aud=portal'
    curl -s http://localhost:4566/_headgate/oidc/token -d 'format=text&sub=ada&aud=portal'      # the bare token
    curl -s -X POST http://localhost:4566/_headgate/oidc/rotate                                 # new keys; the last stay known
    curl -s -d 'forget=true' http://localhost:4566/_headgate/oidc/rotate                        # new keys, all others withdrawn
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

DEFAULT_SECONDS = 3600
DEFAULT_AUDIENCE = "portal"
FORM = "application/x-www-form-urlencoded"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class SigningKey:
    """A private key and the id under which its public half is published."""

    key_id: str
    algorithm: str
    private: PrivateKey = field(repr=False)

    def public(self) -> dict[str, Any]:
        """The public key as a JWK (RFC 7517)."""
        public = self.private.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            jwk: dict[str, Any] = RSAAlgorithm.to_jwk(public, as_dict=True)
        else:
            jwk = ECAlgorithm.to_jwk(public, as_dict=True)
        return {
            **{k: v for k, v in jwk.items() if k != "key_ops"},
            "kid": self.key_id,
            "alg": self.algorithm,
            "use": "sig",
        }


def new_keys() -> dict[str, SigningKey]:
    """One key per algorithm, with fresh ids."""
    return {
        "RS256": SigningKey(f"rsa-{uuid.uuid4().hex[:8]}", "RS256", rsa.generate_private_key(65537, 2048)),
        "ES256": SigningKey(f"ec-{uuid.uuid4().hex[:8]}", "ES256", ec.generate_private_key(ec.SECP256R1())),
    }


class Provider:
    """An OpenID provider with its own keys. `issuer` is the address it is mounted at, without a trailing slash."""

    def __init__(self, issuer: str, keys: dict[str, SigningKey] | None = None) -> None:
        self.issuer = issuer
        self._keys = keys
        self._retired: tuple[SigningKey, ...] = ()

    @property
    def keys(self) -> dict[str, SigningKey]:
        """The signing keys, by algorithm; made when first needed, as an RSA key costs 50 ms."""
        if self._keys is None:
            self._keys = new_keys()
        return self._keys

    def respond(self, method: str, path: str, *, content_type: str = "", body: bytes = b"", now: float) -> Reply:
        """The answer to a request for `path`, which is relative to the issuer; `now` is in epoch seconds."""
        if path == "/.well-known/openid-configuration":
            return answer(200, self.discovery())
        if path == "/jwks.json":
            return answer(200, {"keys": [key.public() for key in (*self.keys.values(), *self._retired)]})
        if path == "/rotate" and method == "POST":
            return self.rotate(content_type, body)
        if path == "/token":
            return self.token(method, content_type, body, now=now)
        return answer(404, {"error": "not_found", "error_description": f"{path} is not an address of this provider"})

    def rotate(self, content_type: str, body: bytes) -> Reply:
        """Sign with new keys from now on. The last ones stay published, as issuers do; `forget=true` withdraws them all."""
        try:
            is_forgetting = str(read_fields(content_type, body).get("forget", "")).lower() == "true"
        except ValueError as error:
            return refused(400, "invalid_request", f"the fields cannot be read: {error}")
        self._retired = () if is_forgetting else tuple(self.keys.values())
        self._keys = new_keys()
        published = [key.key_id for key in (*self.keys.values(), *self._retired)]
        return answer(200, {"keys": published})

    def discovery(self) -> dict[str, Any]:
        """The discovery document (OpenID Connect Discovery 1.0, section 3)."""
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks.json",
            "token_endpoint": f"{self.issuer}/token",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": sorted(self.keys),
        }

    def token(self, method: str, content_type: str, body: bytes, *, now: float) -> Reply:
        """Issue a token (RFC 6749, section 4.4); every field that is not the protocol's becomes a claim."""
        if method != "POST":
            return refused(405, "invalid_request", "ask with POST")
        try:
            fields = read_fields(content_type, body)
            seconds = int(fields.pop("expires_in", DEFAULT_SECONDS))
        except ValueError as error:
            return refused(400, "invalid_request", f"the fields cannot be read: {error}")
        algorithm = str(fields.pop("alg", "RS256"))
        if algorithm not in self.keys:
            return refused(400, "invalid_request", f"alg is {algorithm!r}; give one of {', '.join(sorted(self.keys))}")
        as_text = fields.pop("format", "") == "text"
        claims = self.claims({name: read_claim(name, value) for name, value in fields.items()}, seconds, int(now))
        key = self.keys[algorithm]
        headers = {"kid": key.key_id, "typ": "at+jwt"}  # RFC 9068, section 2.1
        token = jwt.encode(claims, key.private, algorithm=algorithm, headers=headers)
        if as_text:
            return Reply(200, "text/plain", token.encode())
        granted = {"access_token": token, "token_type": "Bearer", "expires_in": seconds}
        return answer(200, {**granted, "scope": claims.get("scope", "")})

    def claims(self, fields: Mapping[str, Any], seconds: int, now: int) -> dict[str, Any]:
        """The claims of RFC 9068, section 2.2, overlaid by what was asked for."""
        asked = {name: value for name, value in fields.items() if name not in {"grant_type", "client_secret"}}
        client = str(asked.get("client_id", "local"))
        defaults = {"iss": self.issuer, "aud": DEFAULT_AUDIENCE, "sub": client, "client_id": client}
        times = {"iat": now + min(0, seconds), "exp": now + seconds}
        return {**defaults, "jti": uuid.uuid4().hex, **times, **asked}


def read_fields(content_type: str, body: bytes) -> dict[str, Any]:
    """A form or a JSON object.

    Raises:
        ValueError: it is neither.
    """
    if content_type.partition(";")[0].strip().lower() == "application/json":
        value = json.loads(body or b"{}")
        if not isinstance(value, dict):
            raise ValueError("the body is no JSON object")
        return value
    return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))


def read_claim(name: str, value: Any) -> Any:
    """A claim as it belongs into a token: a form can only send texts, times are numbers (RFC 7519, section 2)."""
    is_time = name in {"exp", "nbf", "iat", "auth_time"}
    return int(value) if is_time and isinstance(value, str) and value.isdecimal() else value


def answer(status: int, value: object) -> Reply:
    """A JSON answer."""
    return Reply(status, "application/json", json.dumps(value).encode())


def refused(status: int, error: str, description: str) -> Reply:
    """An error of RFC 6749, section 5.2."""
    return answer(status, {"error": error, "error_description": description})
