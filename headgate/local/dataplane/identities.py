"""What the data plane asks about IAM's and Cognito's identities; the local cloud answers from moto, a test from a dictionary."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Caller:
    """Who owns an access key. `policies` are the documents attached to the user or role."""

    access_key: str
    secret: str = field(repr=False)
    account_id: str
    arn: str
    user_id: str
    session_token: str | None = field(default=None, repr=False)
    policies: tuple[Mapping[str, Any], ...] = ()

    @property
    def identity(self) -> dict[str, str]:
        """What `requestContext.identity` says of an IAM caller (FACTS 3.3)."""
        return {
            "accessKey": self.access_key,
            "accountId": self.account_id,
            "caller": self.user_id,
            "user": self.user_id,
            "userArn": self.arn,
        }


@dataclass(frozen=True, slots=True)
class Pool:
    """A user pool: who its tokens say issued them, and the public key as PEM."""

    issuer: str
    public_key: bytes


class Identities(Protocol):
    """Look-ups in process, made on every request that needs one."""

    def caller(self, access_key: str) -> Caller | None:
        """The owner of an active access key."""
        ...

    def pool(self, arn: str) -> Pool | None:
        """The user pool with this ARN."""
        ...


class NobodyKnown:
    """No identities at all: every signature and every token is refused."""

    def caller(self, access_key: str) -> Caller | None:  # noqa: ARG002 the protocol's parameter
        """Nobody."""
        return None

    def pool(self, arn: str) -> Pool | None:  # noqa: ARG002 the protocol's parameter
        """None."""
        return None
