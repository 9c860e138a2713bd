"""Our backend at moto's extension point. Its module is called `models` because moto looks for a sibling `urls`."""

import secrets
import string
import threading
import time
from collections.abc import Callable
from typing import Any

from moto.core.base_backend import BaseBackend

from ..trials import Trials
from ..usage import Usage
from .board import Board, take_snapshot
from .state import Region, Settings, World

_ALPHABET = string.ascii_lowercase + string.digits


def random_token(length: int) -> str:
    """Lower-case letters and digits, as AWS's identifiers."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _unpublished(plane: "ControlPlane") -> None:
    """Nobody reads boards until `install` says where they go."""


class ControlPlane(BaseBackend):
    """API Gateway of one account in one Region. moto makes it on first use, and again on a reset."""

    # Set once by `install`, before the first request: moto's constructor takes a Region and an account only.
    world = World(now=time.time, token=random_token)
    settings = Settings()
    usage = Usage()
    trials: Trials | None = None  # who runs test invocations; nobody without a data plane
    publish: Callable[["ControlPlane"], None] = staticmethod(_unpublished)

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.board = Board()
        self.state = Region(account_id, region_name, self.partition, self.world, self.settings, usage=self.usage)
        type(self).publish(self)

    def refresh(self) -> None:
        """Publish what the state is now; the caller holds the lock."""
        self.board.snapshot = take_snapshot(self.state)

    def describe(self) -> dict[str, Any]:
        """How much there is, for logs and health."""
        return {"restApis": len(self.state.rest_apis), "apiKeys": len(self.state.api_keys)}
