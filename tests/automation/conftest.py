"""One rollout project per test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .rollouts import Rollout


@pytest.fixture
def rollout(tmp_path: Path) -> Iterator[Callable[..., Rollout]]:
    """`rollout(settings, v2=0.05)` -> the project running v1, with shares of failures by release."""
    made: list[Rollout] = []

    def make(settings: str = "", **shares: float) -> Rollout:
        made.append(Rollout(tmp_path, settings, shares))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()
