"""One rollout project per test; the process that has loaded the CDK is shared."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headgate.cli.synth import Synthesizer

from .rollouts import QUICK, Rollout


@pytest.fixture(scope="session")
def synthesizer() -> Iterator[Synthesizer]:
    """A warm one: starting it costs as much as a whole rollout."""
    made = Synthesizer()
    yield made
    made.stop()


@pytest.fixture
def rollout(tmp_path: Path, synthesizer: Synthesizer) -> Iterator[Callable[..., Rollout]]:
    """`rollout(settings, judge=PATIENT, v2=0.05)` -> the project running v1, with shares of failures by release."""
    made: list[Rollout] = []

    def make(settings: str = "", judge: str = QUICK, **shares: float) -> Rollout:
        made.append(Rollout(tmp_path, synthesizer, settings, shares, judge))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()
