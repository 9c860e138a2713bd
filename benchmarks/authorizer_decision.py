"""One whole warm decision for an RS256 token, beside the signature check alone and beside PyJWT.

    python -m benchmarks.authorizer_decision

A decision is everything the Lambda handler does: find the operation, read the credential, the strict reading of the token, key,
signature, claims, the cached policy, the answer, and its log line (to nowhere). Rounds are interleaved; trust the ratios.
"""

import json
import os
import statistics
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from functions.authorizer.decision import Authorizer
from functions.authorizer.routes import read_routes
from functions.shared.clock import SystemClock

ROUNDS = 15
CALLS = 400
ISSUER = "https://id.example.com/"
PREFIX = "arn:aws:execute-api:us-east-1:123456789012:abc123/prod"
OPERATIONS = 40


def main() -> int:
    """Interleaved rounds; the last line is the result as JSON."""
    load = round(os.getloadavg()[0], 1)
    subjects = _subjects(rsa.generate_private_key(65537, 2048))
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for call in subjects.values():
        _microseconds(call)  # keys fetched, policy made, caches warm
    for _ in range(ROUNDS):
        for name, call in subjects.items():
            times[name].append(_microseconds(call))
    medians = {name: round(statistics.median(values), 1) for name, values in times.items()}
    bare = medians["verify only"]
    ratios = {name: round(value / bare, 2) for name, value in medians.items()}
    for name, value in medians.items():
        print(f"{name:<28}{value:>8} us{ratios[name]:>8}x")
    result = {"load_average": load, "rounds": ROUNDS, "calls": CALLS, "medians_us": medians, "ratios": ratios}
    print(json.dumps({"name": "authorizer_decision", **result}))
    return 0


def _subjects(key: rsa.RSAPrivateKey) -> dict[str, Callable[[], object]]:
    claims = {
        "iss": ISSUER, "aud": ["portal"], "sub": "user-4711", "client_id": "web", "scope": "openid users:read orders:read",
        "exp": time.time() + 3600, "iat": time.time(), "jti": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "name": "Ada Lovelace",
    }  # fmt: skip
    token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "k1", "typ": "at+jwt"})
    signed, _, signature = token.rpartition(".")
    message, raw = signed.encode(), jwt.utils.base64url_decode(signature)
    public = key.public_key()
    pkcs1, sha256 = padding.PKCS1v15(), hashes.SHA256()
    authorizer = Authorizer(read_routes(_routes()), fetch=lambda _url, _http: _key_set(public), clock=SystemClock())
    event = _event(token)
    return {
        "verify only": lambda: public.verify(raw, message, pkcs1, sha256),
        "pyjwt decode": lambda: jwt.decode(token, public, algorithms=["RS256"], audience="portal", issuer=ISSUER),
        "whole decision": lambda: _allowed(authorizer.decide(event).answer),
    }


def _allowed(answer: Mapping[str, Any]) -> None:
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"


def _microseconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - began) / CALLS * 1e6


def _routes() -> dict[str, Any]:
    issuer = {
        "issuer": ISSUER,
        "jwksUri": f"{ISSUER}keys",
        "audience": ["portal"],
        "algorithms": ["RS256"],
        "leewaySeconds": 30,
    }
    scheme = {"kind": "jwt", "in": "header", "name": "Authorization", "prefix": "Bearer", "issuers": ["main"]}
    sources = ["method.request.header.Authorization"]
    paths = [f"/things{number}/{{id}}" for number in range(OPERATIONS // 2)]
    return {
        "version": 1,
        "issuers": {"main": issuer},
        "schemes": {"oidc": scheme},
        "authorizers": {"jwt": {"identitySources": sources, "ttlSeconds": 60}},
        "operations": [
            {
                "id": f"{verb}{path}",
                "method": verb,
                "template": path,
                "authorizer": "jwt",
                "security": [{"oidc": [scope]}],
            }
            for path in paths
            for verb, scope in (("GET", "users:read"), ("PUT", "users:write"))
        ],
    }


def _key_set(public: rsa.RSAPublicKey) -> bytes:
    numbers = public.public_numbers()
    n, e = (
        urlsafe_b64encode(value.to_bytes(length, "big")).rstrip(b"=").decode()
        for value, length in ((numbers.n, 256), (numbers.e, 3))
    )
    return json.dumps({"keys": [{"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256", "n": n, "e": e}]}).encode()


def _event(token: str) -> dict[str, Any]:
    headers = {"Host": "api.example.com", "Accept": "*/*", "User-Agent": "bench", "X-Forwarded-For": "192.0.2.1"}
    headers |= {"X-Amzn-Trace-Id": "Root=1-0-0", "Authorization": f"Bearer {token}"}
    return {
        "type": "REQUEST",
        "methodArn": f"{PREFIX}/GET/things3/7",
        "resource": "/things3/{id}",
        "path": "/things3/7",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
    }


if __name__ == "__main__":
    sys.exit(main())
