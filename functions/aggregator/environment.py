"""What stays warm between invocations of one execution environment: plans, connections, cache, retry budget."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from ..shared.clock import Clock, SystemClock
from ..shared.log import LogEvent, log_event, log_failure
from .cache import open_store
from .checks import Checks
from .plan import PlanBook, parse_plans
from .retry_budget import RetryBudget
from .runner import World
from .transport import Transport

PLANS_FILE = Path(__file__).with_name("plans.json")
VALIDATORS_FILE = Path(__file__).with_name("validators.json")

# Gives a parsed validators.json; called with the first request that is checked.
ReadValidators = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Environment:
    """One world per API; upstream names, and so connections, are an API's own."""

    worlds: tuple[World, ...]
    clock: Clock
    log: LogEvent
    log_failure: LogEvent


def open_environment(
    plans: Mapping[str, Any],
    *,
    variables: Mapping[str, str],
    clock: Clock,
    validators: ReadValidators = dict,
    log: LogEvent = log_event,
    log_failure: LogEvent = log_failure,
) -> Environment:
    """An environment for the plans and edges of a parsed plans.json."""
    store = open_store(variables, log=log)
    release_id = variables.get("HEADGATE_RELEASE_ID", "")

    def world(book: PlanBook) -> World:
        checks = Checks(lambda: _of_api(validators(), book.api))
        return World(book, Transport(book.upstreams.values()), store, clock, RetryBudget(), release_id, checks)

    return Environment(tuple(world(book) for book in parse_plans(plans)), clock, log, log_failure)


@cache
def warm_environment() -> Environment:
    """The environment of the plans that ship beside this file."""
    return open_environment(
        orjson.loads(PLANS_FILE.read_bytes()), variables=os.environ, clock=SystemClock(), validators=_read_validators
    )


def _read_validators() -> Mapping[str, Any]:
    content: Mapping[str, Any] = orjson.loads(VALIDATORS_FILE.read_bytes())
    return content


def _of_api(validators: Mapping[str, Any], api: str) -> Mapping[str, Any]:
    """The file of a single API is its content itself."""
    content: Mapping[str, Any] = validators["apis"][api] if "apis" in validators else validators
    return content
