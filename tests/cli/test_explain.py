"""`headgate explain`: one code, all codes, unknown codes."""

import pytest

from headgate.spec.diagnostics.explanations import EXPLANATIONS

from .conftest import Headgate


@pytest.mark.parametrize("typed", ["HG130", "hg130", "130"])
def test_a_code_is_explained_however_it_is_typed(headgate: Headgate, typed: str) -> None:
    done = headgate("explain", typed)

    assert done.code == 0
    assert done.out.startswith("HG130  Nothing says which service answers an operation.")
    assert "recorded from AWS" in done.out
    assert done.out.index("This gives it:") < done.out.index("This does not:")
    assert 'servers: [{url: "https://shop.example.com"}]' in done.out


def test_all_codes_are_listed(headgate: Headgate) -> None:
    done = headgate("explain")

    assert [line.split()[0] for line in done.out.splitlines()] == list(EXPLANATIONS)


def test_programs_get_the_files(headgate: Headgate) -> None:
    (entry,) = headgate("explain", "HG130", "--json").lines

    assert entry["code"] == "HG130"
    assert entry["grade"] == "R"
    assert {"shop.yaml"} == entry["example"].keys() == entry["fix"].keys()
    assert len(headgate("explain", "--json").lines) == len(EXPLANATIONS)


@pytest.mark.parametrize("typed", EXPLANATIONS)
def test_every_code_has_a_text(headgate: Headgate, typed: str) -> None:
    assert len(headgate("explain", typed).out.splitlines()) > 8


def test_an_unknown_code_is_told_with_one_that_is_near(headgate: Headgate) -> None:
    done = headgate("explain", "HG13O")

    assert done.code == 1
    assert "there is no diagnostic HG13O" in done.err
    assert "did you mean HG1" in done.err
