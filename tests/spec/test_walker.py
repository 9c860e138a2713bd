"""The second reading can tell: each lie in a ledger, and each thing missing from what was made, is found."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from .corpus_files import OWN, Sample
from .test_corpus import compiled, evidence
from .walker.evidence import Evidence
from .walker.reader import constructs
from .walker.texts import Texts

NEWEST = Sample("newest.yaml", OWN, "newest.yaml")
OLDER = Sample("older.yaml", OWN, "older.yaml")
FLIGHTS = "/paths/~1flights"
BOOKING = "/components/schemas/Booking"


def changed(change: Callable[[Evidence], None], sample: Sample = NEWEST) -> list[str]:
    """What is found in a sample after a change to what the compiler made of it."""
    found, _ = compiled(sample)
    assert found is not None
    given = evidence(sample, found)
    given.made = copy.deepcopy(given.made)
    change(given)
    return list(type(given)(given.texts, given.file, given.kinds, given.made).complaints())


def nothing(_: Evidence) -> None:
    pass


def test_an_honest_ledger_is_believed() -> None:
    assert changed(nothing) == []


def levels() -> dict[str, str]:
    found, _ = compiled(NEWEST)
    assert found is not None
    return {row["pointer"]: row["level"] for row in found.apis[0].ledger}


# Places whose level nothing else of the document speaks for.
LIES = [
    pytest.param(f"{FLIGHTS}/query", "gateway", id="a method that is not there"),
    pytest.param(f"{FLIGHTS}/get/parameters/0/schema/minLength", "gateway", id="a keyword of a parameter"),
    pytest.param(f"{FLIGHTS}/get/parameters/2/name", "gateway", id="a header"),
    pytest.param(f"{FLIGHTS}/get/responses/200", "gateway", id="an answer"),
    pytest.param("/components/parameters/Unused/name", "validator", id="a parameter that nobody uses"),
    pytest.param(
        "/components/schemas/Flight/properties/price/exclusiveMinimum", "validator", id="a keyword of answers"
    ),
    pytest.param(f"{BOOKING}/properties/pay/oneOf", "gateway", id="composition"),
    pytest.param(f"{BOOKING}/properties/bags/items/properties/kg/exclusiveMaximum", "gateway", id="an exclusive bound"),
    pytest.param(f"{BOOKING}/properties/flight/examples", "gateway", id="an annotation"),
    pytest.param(f"{BOOKING}/properties/contact/allOf/1/properties/mail/format", "gateway", id="a format"),
    pytest.param("/components/securitySchemes/unused", "gateway", id="a scheme that nobody asks for"),
    pytest.param("/paths/~1strict/put/requestBody", "gateway", id="a body that only the aggregator checks"),
    pytest.param("/servers", "published", id="an address that clients do not see"),
    pytest.param(f"{FLIGHTS}/get/operationId", "refused", id="a refusal without a diagnostic"),
    pytest.param("/info/license/name", "validator", id="information"),
]


@pytest.mark.parametrize(("pointer", "level"), LIES)
def test_a_row_at_the_wrong_level_is_found(pointer: str, level: str) -> None:
    def lie(given: Evidence) -> None:
        (row,) = [row for row in given.made.rows if row["pointer"] == pointer]
        assert row["level"] != level
        row["level"] = level

    assert any(pointer in complaint for complaint in changed(lie))


def of(made: Any, *keys: Any) -> Any:
    for key in keys:
        made = made[key]
    return made


REMOVED = [
    pytest.param("wire", ("paths", "/flights", "post"), f"{FLIGHTS}/post", id="a method"),
    pytest.param(
        "wire", ("paths", "/flights", "get", "parameters", 0), f"{FLIGHTS}/get/parameters/0/name", id="a parameter"
    ),
    pytest.param(
        "wire", ("paths", "/flights", "post", "requestBody"), "/components/requestBodies/Booking/content", id="a body"
    ),
    pytest.param("wire", ("components", "schemas", "Booking", "required"), f"{BOOKING}/required", id="a keyword"),
    pytest.param(
        "wire",
        ("components", "schemas", "Booking", "properties", "bags", "maxItems"),
        f"{BOOKING}/properties/bags/maxItems",
        id="a keyword inside",
    ),
    pytest.param(
        "wire",
        ("components", "schemas", "Booking", "properties", "name"),
        f"{BOOKING}/properties/name",
        id="a property",
    ),
    pytest.param(
        "validators",
        ("operations", "GET /flights", "parameters", 1),
        "/components/parameters/Limit/name",
        id="a check of a parameter",
    ),
    pytest.param(
        "validators",
        ("operations", "PUT /strict", "body"),
        "/paths/~1strict/put/requestBody/required",
        id="a check of a body",
    ),
    pytest.param(
        "validators",
        ("$defs", "Booking.request", "properties", "pay", "oneOf"),
        f"{BOOKING}/properties/pay/oneOf",
        id="a check of a schema",
    ),
    pytest.param("published", ("info", "summary"), "/info/summary", id="information"),
    pytest.param("published", ("x-own",), "/x-own", id="an extension"),
    pytest.param("published", ("paths", "/flights", "x-owner"), f"{FLIGHTS}/x-owner", id="an extension of a path"),
    pytest.param("published", ("paths", "/nothing"), "/paths/~1nothing", id="a path without operations"),
    pytest.param("published", ("webhooks",), "/webhooks/delayed/post", id="a webhook"),
    pytest.param(
        "published",
        ("components", "schemas", "Flight", "dependentRequired"),
        "/components/schemas/Flight/dependentRequired",
        id="a schema of answers",
    ),
    pytest.param(
        "published",
        ("paths", "/flights", "get", "responses", "200", "links"),
        f"{FLIGHTS}/get/responses/200/links",
        id="a link",
    ),
]


@pytest.mark.parametrize(("where", "keys", "pointer"), REMOVED)
def test_what_is_missing_is_found(where: str, keys: tuple[Any, ...], pointer: str) -> None:
    def remove(given: Evidence) -> None:
        del of(getattr(given.made, where), *keys[:-1])[keys[-1]]

    assert any(f"#{pointer} " in complaint for complaint in changed(remove))


def test_an_opened_operation_is_found() -> None:
    def open_up(given: Evidence) -> None:
        given.made.wire["paths"]["/flights/{id}"]["get"]["security"] = []

    assert any("/security" in complaint for complaint in changed(open_up))


def test_a_method_that_nobody_asked_for_is_found() -> None:
    def invent(given: Evidence) -> None:
        given.made.wire["paths"]["/flights"]["delete"] = copy.deepcopy(given.made.wire["paths"]["/flights"]["get"])

    assert changed(invent) == ["nothing in the documents asks for delete /flights"]


def test_a_missing_diagnostic_is_found() -> None:
    def be_quiet(given: Evidence) -> None:
        given.made.diagnostics.clear()

    assert any(f"{FLIGHTS}/query " in complaint for complaint in changed(be_quiet))


def test_a_dropped_row_is_missed() -> None:
    counted = constructs(Texts(OWN), "newest.yaml")

    assert {pointer for _, pointer in counted} == set(levels())
    assert len(counted) > 300


def test_data_is_no_construct() -> None:
    counted = {pointer for _, pointer in constructs(Texts(OWN), "newest.yaml")}

    assert "/x-own" in counted
    assert "/components/requestBodies/Booking/content/application~1json/examples/one/value" in counted
    assert not any(pointer.startswith(("/x-own/", "/components/schemas/Flight/unknown/")) for pointer in counted)
    assert not any("examples/one/value/" in pointer for pointer in counted)


LIES_20 = [
    ("/paths/~1tickets/get/parameters/0/type", "gateway"),
    ("/paths/~1tickets/get/parameters/2/name", "gateway"),
    ("/consumes", "gateway"),
    ("/parameters/Limit/maximum", "gateway"),
    ("/paths/~1tickets~1{id}~1image/post/parameters/2/maxLength", "gateway"),
    ("/paths/~1tickets~1{id}/patch/parameters/1/schema/properties", "gateway"),
    ("/definitions/Ticket/properties/kind/type", "refused"),
    ("/definitions/Problem/properties/code/enum", "validator"),
    ("/paths/~1tickets/get/responses/200/description", "validator"),
    ("/paths/~1tickets/get/parameters/1/items", "published"),
]


@pytest.mark.parametrize(("pointer", "level"), LIES_20)
def test_a_row_of_openapi_20_at_the_wrong_level_is_found(pointer: str, level: str) -> None:
    def lie(given: Evidence) -> None:
        (row,) = [row for row in given.made.rows if row["pointer"] == pointer]
        assert row["level"] != level
        row["level"] = level

    assert changed(nothing, OLDER) == []
    assert any(pointer in complaint for complaint in changed(lie, OLDER))
