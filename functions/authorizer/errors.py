"""What can go wrong while deciding, one class per thing the edge treats differently.

    AuthorizerError
    |-- RejectedError         the credential is missing or not good: 401
    |-- KeysUnavailableError  an issuer's keys cannot be had now: 500, never cached, never an Allow (FACTS 1.11)
    |-- ConfigurationError    routes.json is missing or wrong: 500

A reason is one of our own fixed words, never text of the caller, so it can be logged as it is.
"""


class AuthorizerError(Exception):
    """Base of everything this function raises on purpose."""


class RejectedError(AuthorizerError):
    """A credential that proves nothing; `reason` is `noun.verb` of our own making, such as `token.expired`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeysUnavailableError(AuthorizerError):
    """No usable keys of an issuer: never fetched, or older than the stale limit."""


class ConfigurationError(AuthorizerError):
    """The compiled routes cannot be trusted; nothing is authorized with them."""
