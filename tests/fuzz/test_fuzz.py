"""A slice of `make fuzz`, always the same mutants."""

from pathlib import Path

import pytest

from .run import run, seeds

SLICES = 5
PER_SLICE = 100


@pytest.mark.parametrize("part", range(SLICES))
def test_no_mutant_breaks_the_compiler(tmp_path: Path, part: int) -> None:
    failures, became = run(PER_SLICE, 1, tmp_path, seeds(), part * PER_SLICE)

    assert [f"{failure.number}: {failure.reason}" for failure in failures] == []
    assert became["compiled"] > PER_SLICE // 20  # else the mutants are too wild to reach anything
