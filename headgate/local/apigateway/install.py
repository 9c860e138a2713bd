"""Plugging the control plane into moto, and reading what it publishes."""

from dataclasses import dataclass

from moto.apigateway.models import apigateway_backends
from moto.apigatewayv2.models import apigatewayv2_backends

from ..records import ApiKey, DomainName, Stage, UsagePlan
from ..trials import Trials
from ..usage import Usage
from .board import Board, Snapshot
from .models import ControlPlane
from .second_version.models import MappedBackend
from .state import Settings, World

# (account, Region) -> the board of the backend moto made last; a reset of moto makes new ones.
_BOARDS: dict[tuple[str, str], Board] = {}


def install(*, settings: Settings | None = None, world: World | None = None) -> None:
    """Make moto use our control plane; idempotent, and to be called before the first request.

    `settings` are the switches, `world` the clock and the source of identifiers; None leaves what is there.
    """
    if settings is not None:
        ControlPlane.settings = settings
    if world is not None:
        ControlPlane.world = world
    ControlPlane.publish = staticmethod(_publish)
    # moto types the attribute as its own class.
    apigateway_backends.backend = ControlPlane  # type: ignore[assignment]
    apigatewayv2_backends.backend = MappedBackend


def _publish(plane: ControlPlane) -> None:
    _BOARDS[plane.account_id, plane.region_name] = plane.board


def usage() -> Usage:
    """Where the data plane is to count what keys use of their quotas."""
    return ControlPlane.usage


def run_trials_with(trials: Trials | None) -> None:
    """Who runs TestInvokeMethod and TestInvokeAuthorizer from now on; None: nobody."""
    ControlPlane.trials = trials


def directory(account_id: str | None = None, region: str | None = None) -> "BoardDirectory":
    """What the data plane asks. Without an account or a Region it answers for all of them: API ids are unique."""
    return BoardDirectory(account_id, region)


_NOTHING = Snapshot()


@dataclass(frozen=True, slots=True)
class BoardDirectory:
    """A `Directory` over the boards; it holds nothing itself, so it survives a reset of moto."""

    account_id: str | None
    region: str | None

    def stage(self, rest_api_id: str, stage_name: str) -> Stage | None:
        """The stage now, or None when the API or the stage does not exist."""
        place = (rest_api_id, stage_name)
        for one in self._snapshots():
            if found := one.stages.get(place):
                return found
        return None

    def api_key(self, value: str) -> ApiKey | None:
        """The key with this value, or None."""
        return next((found for one in self._snapshots() if (found := one.keys.get(value))), None)

    def usage_plan(self, key_id: str, rest_api_id: str, stage_name: str) -> UsagePlan | None:
        """The plan through which the key may use the stage, or None (FACTS 7.1, 7.4)."""
        place = (key_id, rest_api_id, stage_name)
        return next((found for one in self._snapshots() if (found := one.plans.get(place))), None)

    def domain(self, name: str) -> DomainName | None:
        """The custom domain of that name, or None."""
        for one in self._snapshots():
            if found := one.domains.get(name):
                return found
        return None

    def _snapshots(self) -> list[Snapshot]:
        if self.account_id is None and self.region is None:
            boards = list(_BOARDS.values())
            return [boards[0].snapshot] if len(boards) == 1 else [board.snapshot for board in boards]
        if self.account_id is not None and self.region is not None:
            board = _BOARDS.get((self.account_id, self.region))
            return [board.snapshot if board else _NOTHING]
        return [
            board.snapshot
            for (account_id, region), board in list(_BOARDS.items())
            if self.account_id in (None, account_id) and self.region in (None, region)
        ]
