"""The composed pages over HTTP, with services that fail in every way the issue names."""

from collections.abc import Callable, Iterator

import pytest

from examples.portal.__main__ import Switch

from .gateway import Gateway

pytestmark = pytest.mark.xdist_group("portal")

Switching = Callable[[str, Switch], None]


@pytest.fixture
def switch(gateway: Gateway) -> Iterator[Switching]:
    """Make a service slow or broken; it is well again after the test."""
    touched: list[str] = []

    def turn(service: str, how: Switch) -> None:
        touched.append(service)
        gateway.services[service].switch = how

    yield turn
    for service in touched:
        gateway.services[service].switch = Switch()


def test_home_page_has_all_five_parts(gateway: Gateway) -> None:
    answer = gateway.get("/portal/home?city=London", headers=gateway.bearer(sub="ada"))

    assert answer.status == 200
    assert {"news", "trending", "ad", "weather", "cafes"} <= answer.json.keys()
    assert answer.json["weather"]["city"] == "London"
    assert "x-headgate-degraded" not in answer.headers


def test_weather_is_cached_between_requests(gateway: Gateway) -> None:
    headers = gateway.bearer(sub="ada")
    first = gateway.get("/portal/home?city=Lisbon", headers=headers)
    second = gateway.get("/portal/home?city=Lisbon", headers=headers)

    assert first.json["weather"]["measured"] == second.json["weather"]["measured"]


def test_cafe_page_follows_the_user_to_the_city(gateway: Gateway) -> None:
    answer = gateway.get("/portal/cafes/grace", headers=gateway.bearer(sub="grace", scope="users:read"))

    assert answer.status == 200
    assert [cafe["city"] for cafe in answer.json["cafes"]] == ["Lisbon"]
    assert answer.json["recommendations"][0]["cafeId"] == "eletrico"


def test_broken_recommendations_leave_the_cafe_page_and_say_so(gateway: Gateway, switch: Switching) -> None:
    switch("recommendations", Switch(broken=True))
    answer = gateway.get("/portal/cafes/ada", headers=gateway.bearer(sub="ada", scope="users:read"))

    assert answer.status == 200
    assert answer.json["recommendations"] == []
    assert answer.headers["x-headgate-degraded"].startswith("recommendations;")
    assert [part["step"] for part in answer.json["missing"]] == ["recommendations"]


def test_broken_cafes_are_a_problem(gateway: Gateway, switch: Switching) -> None:
    switch("cafes", Switch(broken=True))
    answer = gateway.get("/portal/cafes/ada", headers=gateway.bearer(sub="ada", scope="users:read"))

    assert answer.status == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == 502
    assert b"127.0.0.1" not in answer.body


def test_unknown_user_passes_through_as_404(gateway: Gateway) -> None:
    answer = gateway.get("/portal/cafes/nobody", headers=gateway.bearer(sub="ada", scope="users:read"))

    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_slow_weather_is_left_out_within_the_deadline(gateway: Gateway, switch: Switching) -> None:
    switch("weather", Switch(slow_seconds=30))
    answer = gateway.get("/portal/home?city=Helsinki", headers=gateway.bearer(sub="ada"))

    assert answer.status == 200
    assert answer.json["weather"] is None
    assert answer.headers["x-headgate-degraded"] == "weather;reason=timeout"
    assert answer.json["news"]
