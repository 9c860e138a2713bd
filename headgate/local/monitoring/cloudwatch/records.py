"""What CloudWatch of one Region holds."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..alarms import INSUFFICIENT, Rule
from ..composite import Rule as CompositeRule
from ..metrics import MetricStore
from ..queries import Query

HISTORY = 1_000


@dataclass(frozen=True, slots=True)
class State:
    """An alarm's state since a moment (epoch seconds)."""

    value: str = INSUFFICIENT
    reason: str = "Unchecked: Initial alarm creation"
    reason_data: str = "{}"
    epoch_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class MetricWatch:
    """What a metric alarm watches."""

    rule: Rule
    queries: tuple[Query, ...]
    watched: str  # the id of the query that is compared


@dataclass(slots=True)
class Alarm:
    """A metric or composite alarm. `given` are the parameters it was put with."""

    name: str
    arn: str
    given: Mapping[str, Any]
    watch: MetricWatch | None
    rule: CompositeRule | None
    configured: float
    state: State
    actions_enabled: bool = True
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_composite(self) -> bool:
        """Whether it watches other alarms."""
        return self.rule is not None


# An alarm, its state before, and where it is: what happens next is the caller's business.
Changed = Callable[["Region", Alarm, State], None]


@dataclass(frozen=True, slots=True)
class World:
    """The clock, what happens when an alarm changes its state, and what is told when an alarm was put."""

    now: Callable[[], float]
    changed: Changed
    alarm_put: Callable[["Region"], None]


class Region:
    """Metrics, alarms and dashboards. `lock` guards the alarms."""

    def __init__(self, account_id: str, region: str, partition: str, world: World) -> None:
        self.account_id = account_id
        self.region = region
        self.partition = partition
        self.world = world
        self.lock = threading.RLock()
        self.metrics = MetricStore()
        self.alarms: dict[str, Alarm] = {}
        self.dashboards: dict[str, tuple[str, float]] = {}
        self.tags: dict[str, dict[str, str]] = {}

    def arn(self, kind: str, name: str) -> str:
        """An alarm's or a dashboard's ARN."""
        region = "" if kind == "dashboard" else self.region
        slash = "/" if kind == "dashboard" else ":"
        return f"arn:{self.partition}:cloudwatch:{region}:{self.account_id}:{kind}{slash}{name}"

    def move(self, alarm: Alarm, state: State) -> None:
        """A new state, its history and what follows."""
        before, alarm.state = alarm.state, state
        alarm.history.append({"before": before, "after": state})
        del alarm.history[:-HISTORY]
        self.world.changed(self, alarm, before)


def moment(epoch_seconds: float) -> datetime:
    """As the API shows times."""
    return datetime.fromtimestamp(epoch_seconds, UTC)
