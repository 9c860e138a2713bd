"""Plugging CloudFormation into the local cloud: one engine per account and region, and the WSGI application of its API."""

import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from .engine import Engine
from .handlers.contract import Clients
from .handlers.custom import Submit
from .handlers.registry import registry
from .inbox import ResponseInbox

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Engines:
    """Every engine of a process, made on first use. `clients_for(account, region)` gives its boto3 clients."""

    def __init__(
        self,
        clients_for: Callable[[str, str], Clients],
        inbox: ResponseInbox,
        *,
        submit: Submit | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.inbox = inbox
        self._clients_for = clients_for
        self._submit = submit
        self._now = now
        self._engines: dict[tuple[str, str], Engine] = {}
        self._lock = Lock()

    def engine(self, account: str = "123456789012", region: str = "us-east-1") -> Engine:
        """The engine of an account and region."""
        with self._lock:
            if (account, region) not in self._engines:
                clients, handlers = self._clients_for(account, region), registry(self.inbox, self._submit)
                self._engines[account, region] = Engine(
                    clients, handlers, account=account, region=region, now=self._now
                )
            return self._engines[account, region]

    def application(self) -> WSGIApp:
        """AWS's CloudFormation API as a WSGI application, for moto's domain dispatcher."""
        # moto is a third of a second; a process that only applies assemblies never pays for it.
        from .api.application import application  # noqa: PLC0415

        return application(self)


def install(
    clients_for: Callable[[str, str], Clients],
    inbox: ResponseInbox,
    *,
    submit: Submit | None = None,
    now: Callable[[], float] = time.time,
) -> Engines:
    """The engines of this process. `submit` (the Lambda pool's) lets a failed invocation fail its resource at once."""
    return Engines(clients_for, inbox, submit=submit, now=now)
