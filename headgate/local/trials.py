"""Test invocations (TestInvokeMethod, TestInvokeAuthorizer): what the control plane asks for and the data plane answers.

The control plane freezes its draft into a record and lets go of its lock; a function behind the method may call it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from .records import ApiDefinition, empty

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TrialRequest:
    """A request that nobody sends over HTTP. `path` has no query; it need not fit the resource."""

    method: str
    path: str = "/"
    query: str = ""
    headers: Pairs = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class MethodTrial:
    """Run one method of a draft, without authorization. `http_method` is the method's verb, "ANY" included."""

    definition: ApiDefinition
    resource_id: str
    http_method: str
    request: TrialRequest
    variables: Mapping[str, str] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class MethodResult:
    """What came back, and the log that AWS's console shows."""

    status: int
    headers: Pairs
    body: str
    latency_millis: int
    log: str


@dataclass(frozen=True, slots=True)
class AuthorizerTrial:
    """Ask one authorizer of a draft."""

    definition: ApiDefinition
    authorizer_id: str
    request: TrialRequest
    variables: Mapping[str, str] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class AuthorizerResult:
    """`policy` is JSON text, as the authorizer said it; a user pool's has claims instead."""

    status: int
    latency_millis: int
    log: str
    principal_id: str = ""
    policy: str = ""
    claims: Mapping[str, str] = field(default_factory=empty)


class Trials(Protocol):
    """Runs trials; called from the control plane's threads, never from the event loop's."""

    def method(self, trial: MethodTrial) -> MethodResult:
        """Whatever fails is in the result."""
        ...

    def authorizer(self, trial: AuthorizerTrial) -> AuthorizerResult:
        """Whatever fails is in the result."""
        ...
