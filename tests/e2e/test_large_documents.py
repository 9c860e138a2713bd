"""Large documents behind `headgate up --mock`: what they allow answers, what they forbid is refused where the ledger says so.

`make large` sends every forbidden request and every allowed one with all that is optional; here it is a seeded choice. The suite
has two of the documents, `make slow` the others.
"""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from .large_serving import Served, Verdict, called, serving, summary

IS_LARGE = bool(os.environ.get("HEADGATE_LARGE"))
MOST = 1_000_000 if IS_LARGE else 150
# Operations that each of them serves, counted in the documents by hand; netlify is OpenAPI 2.0.
OPERATIONS = {
    "netlify.yml": 174,
    "openai.yaml": 288,
    "box.json": 296,
    "stripe-2022.json": 410,
    "xero-accounting.yaml": 235,
    "twilio-verify.json": 57,
}
# With `validate: strict` on every operation the aggregator refuses what API Gateway does not look at.
STRICT = ("netlify.yml", "twilio-verify.json")
# Their JSON bodies must come, so API Gateway has models of them.
MODELLED = ("netlify.yml", "openai.yaml", "xero-accounting.yaml")
CHOSEN = [(name, False) for name in OPERATIONS] + [(name, True) for name in STRICT]


# These two are the slice of the suite.
QUICK = ("netlify.yml", "twilio-verify.json strict")


def _name(chosen: tuple[str, bool]) -> str:
    return chosen[0] + (" strict" if chosen[1] else "")


def _marks(name: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xdist_group(name), *([] if name in QUICK else [pytest.mark.slow])]


@pytest.fixture(scope="module", params=[pytest.param(c, id=_name(c), marks=_marks(_name(c))) for c in CHOSEN])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    name, is_strict = request.param
    with serving(name, tmp_path_factory.mktemp("large"), is_strict=is_strict) as running:
        yield running


@pytest.fixture(scope="module")
def verdicts(served: Served) -> list[Verdict]:
    found = [served.verdict(variant) for variant in served.chosen(MOST)]
    print(served.path.name, len(served.operations), "operations;", dict(summary(found)))
    return found


def test_every_operation_is_served(served: Served) -> None:
    wanted = next(count for name, count in OPERATIONS.items() if name.partition(".")[0] == served.path.stem)

    assert served.gateway.ready["operations"] == wanted
    assert served.gateway.ready["refused"] == []
    assert len(served.operations) == wanted


def test_every_operation_answers_what_the_document_promises(served: Served) -> None:
    assert called(served, with_everything=IS_LARGE) == {}


def test_what_is_forbidden_is_refused_where_the_ledger_says(verdicts: list[Verdict]) -> None:
    wrong = [str(verdict) for verdict in verdicts if verdict.wrong]

    assert wrong == [], f"{len(wrong)} of {len(verdicts)}"


def test_the_choice_breaks_constructs_of_several_levels(served: Served, verdicts: list[Verdict]) -> None:
    """Else the test above would hold for nothing."""
    levels = Counter(verdict.level for verdict in verdicts)

    assert len(verdicts) >= 150
    assert levels["gateway"] >= 10
    assert levels["validator"] >= 40
    assert {verdict.answer.status for verdict in verdicts} >= {400, 401}
    if served.path.name in MODELLED:
        assert sum("body" in verdict.variant.what and verdict.level == "gateway" for verdict in verdicts) >= 10


def test_independent_reading_takes_what_is_sent(served: Served) -> None:
    """No variant starts from a request that the independent reading refuses."""
    assert [str(each) for each in served.variants() if "sample itself" in each.what] == []
