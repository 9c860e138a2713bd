"""An account of its own in moto, reached without a socket; SSM, which would load EC2, is a dictionary."""

import json
import random
from functools import cache
from typing import Any

from moto.moto_server.werkzeug_app import create_backend_app

from headgate.local.cloudformation import Engine, ResponseInbox, StackResult
from headgate.local.cloudformation.handlers.registry import registry

from .fakes import FakeParameters, template
from .wire import client


class Account:
    """So that tests share a process without sharing state."""

    def __init__(self) -> None:
        self.id = str(random.SystemRandom().randrange(10**11, 10**12))
        self.parameters: dict[str, str] = {}
        self.clients = cache(self._client)
        handlers = registry(ResponseInbox("http://localhost:1"))
        self.engine = Engine(self.clients, handlers, account=self.id)

    def _client(self, name: str) -> Any:
        return FakeParameters(self.parameters) if name == "ssm" else client(name, application(name), account=self.id)

    def deploy(self, **resources: Any) -> StackResult:
        """Deploys the stack `demo`, which must work."""
        result = self.engine.deploy("demo", json.dumps(template(resources)))
        assert result.ok, result.failures
        return result

    def destroy(self) -> None:
        """Deletes it, which must work."""
        result = self.engine.destroy("demo")
        assert result.ok, result.failures

    def physical(self, logical_id: str) -> str:
        """A physical id."""
        return str(self.engine.get("demo").resources[logical_id].physical_id)


@cache
def application(name: str) -> Any:
    return create_backend_app(name)  # type: ignore[arg-type]
