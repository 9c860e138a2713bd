"""Every case against the local cloud, one test each: `rt-012 [M] FACTS 2.1`."""

import pytest

from .caseformat import Case, load
from .run import Bench

CASES = load()


def _name(case: Case) -> str:
    return f"{case.id}-{case.grade}-{'+'.join(case.facts)}"


@pytest.mark.xdist_group("conformance")
@pytest.mark.parametrize("case", CASES, ids=_name)
def test_the_local_cloud_answers_as_recorded(case: Case, bench: Bench) -> None:
    problems = bench.problems(case)

    if case.open:
        assert problems, f"it passes now: take `open` out ({case.open})"
        pytest.xfail(case.open)
    assert not problems, f"{case.source}\n" + "\n".join(problems)
