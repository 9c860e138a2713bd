"""What surrounds the authorizer in tests: a clock, an issuer, compiled routes, events, and IAM's way of reading a policy."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from functions.authorizer.decision import Authorizer, Decision
from functions.authorizer.errors import AuthorizerError
from functions.authorizer.fetching import FetchError
from functions.authorizer.routes import read_routes

from .keyring import key_set

NOW = 1_800_000_000
ISSUER = "https://issuer.example.com/"
AUDIENCE = "api://gateway"
REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
PREFIX = "arn:aws:execute-api:us-east-1:123456789012:abc123/prod"


@dataclass
class FakeClock:
    seconds: float = NOW

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds - NOW + 50

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class FakeIssuer:
    """Answers for every issuer's key set address; `answer` may be a document, raw bytes or an error."""

    answer: Any = field(default_factory=lambda: key_set(["rsa1"]))
    asked: list[str] = field(default_factory=list)

    def __call__(self, url: str, allow_http: bool) -> bytes:
        self.asked.append(url)
        answer = self.answer[url] if isinstance(self.answer, dict) and url in self.answer else self.answer
        if isinstance(answer, AuthorizerError):
            raise answer
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def refused() -> FetchError:
    return FetchError("connection refused")


def issuer(address: str = ISSUER, **settings: Any) -> dict[str, Any]:
    return {
        "issuer": address,
        "jwksUri": f"{address}keys",
        "audience": [AUDIENCE],
        "algorithms": ["RS256", "PS256", "ES256", "ES384", "EdDSA"],
        **settings,
    }


def bearer(*issuers: str) -> dict[str, Any]:
    return {"kind": "jwt", "in": "header", "name": "Authorization", "prefix": "Bearer", "issuers": list(issuers)}


def routes(operations: dict[str, Any], /, **members: Any) -> dict[str, Any]:
    """A routes.json from `{"GET /users/{id}": ["users:read"]}` (scopes of the one JWT scheme) or whole `security` lists."""
    return {
        "version": 1,
        "api": "portal",
        "issuers": {"main": issuer()},
        "schemes": {"oidc": bearer("main")},
        "authorizers": {"jwt": {"identitySources": ["method.request.header.Authorization"], "ttlSeconds": 60}},
        "operations": [_operation(name, needs) for name, needs in operations.items()],
        **members,
    }


def _operation(name: str, needs: list[Any]) -> dict[str, Any]:
    method, template = name.split(" ")
    security = needs if needs and isinstance(needs[0], dict) else [{"oidc": needs}]
    return {"id": name, "method": method, "template": template, "authorizer": "jwt", "security": security}


def authorizer(document: dict[str, Any], fetch: Any = None, clock: Any = None) -> Authorizer:
    return Authorizer(read_routes(document), fetch=fetch or FakeIssuer(), clock=clock or FakeClock())


def event(operation: str, path: str | None = None, **members: Any) -> dict[str, Any]:
    """The event API Gateway sends for `GET /users/{id}` requested at `path` (FACTS 4.2, 4.3)."""
    method, template = operation.split(" ")
    return {
        "type": "REQUEST",
        "methodArn": f"{PREFIX}/{method}{path or template}",
        "resource": template,
        "path": path or template,
        "httpMethod": method,
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        "pathParameters": {},
        "stageVariables": {},
        "requestContext": {"stage": "prod", "apiId": "abc123", "requestId": REQUEST_ID},
        **members,
    }


def with_token(token: str) -> dict[str, Any]:
    return {
        "headers": {"Authorization": f"Bearer {token}"},
        "multiValueHeaders": {"Authorization": [f"Bearer {token}"]},
    }


def iam_allows(decision: Decision | dict[str, Any], arn: str) -> bool:
    """Whether a policy lets a method ARN pass, as IAM evaluates it: Deny wins, `*` and `?` span slashes (FACTS 4.10)."""
    answer = decision.answer if isinstance(decision, Decision) else decision
    effects = {
        statement["Effect"]
        for statement in answer["policyDocument"]["Statement"]
        for pattern in statement["Resource"]
        if _glob(pattern).fullmatch(arn)
    }
    return effects == {"Allow"}


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.DOTALL)
