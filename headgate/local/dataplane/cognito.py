"""COGNITO_USER_POOLS authorizers: a pool's token, its claims, its scopes (DG apigateway-integrate-with-cognito)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import jwt.types

from ..records import Authorizer
from .exchange import Exchange, Grant, as_text
from .identities import Identities
from .mapping import source
from .refusal import Refusal


class CognitoAuthorizer:
    """Without scopes the method wants an ID token, with scopes an access token that has one of them."""

    def __init__(
        self, authorizer: Authorizer, scopes: tuple[str, ...], identities: Identities, clock: Callable[[], float]
    ) -> None:
        self._pools = authorizer.provider_arns
        self._scopes = frozenset(scopes)
        self._source = source((authorizer.identity_sources or ("method.request.header.Authorization",))[0])
        self._identities = identities
        self._clock = clock

    async def authorize(self, exchange: Exchange, generation: int) -> Grant:  # noqa: ARG002 as other authorizers
        """The grant with the token's claims. Raises Refusal 401."""
        text = (self._source(exchange) or "").strip()
        claims = self._claims(text.removeprefix("Bearer ").strip())
        if claims is None:
            raise Refusal("UNAUTHORIZED", "no token of the user pools")
        use = "access" if self._scopes else "id"
        if claims.get("token_use") != use:
            raise Refusal("UNAUTHORIZED", f"an {use} token is wanted")
        if self._scopes and not self._scopes & set(str(claims.get("scope", "")).split()):
            raise Refusal("UNAUTHORIZED", "the token has none of the scopes")
        return Grant(claims={name: _text(value) for name, value in claims.items()}, status=200)

    def _claims(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token that one of the pools signed and that is valid now."""
        for arn in self._pools:
            pool = self._identities.pool(arn)
            if pool is None:
                continue
            options: jwt.types.Options = {  # the clock is ours
                "verify_aud": False,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            }
            try:
                claims: Mapping[str, Any] = jwt.decode(
                    token, pool.public_key.decode(), algorithms=["RS256"], issuer=pool.issuer, options=options
                )
            except jwt.PyJWTError:
                continue
            expires = claims.get("exp")
            if isinstance(expires, int) and expires > self._clock():
                return claims
        return None


def _text(value: Any) -> str:
    """Claims arrive as text; lists and objects as JSON."""
    return json.dumps(value) if isinstance(value, (dict, list)) else as_text(value)
