"""Which base path of a custom domain takes a request: API Gateway's own examples, and what becomes of the path."""

import pytest

from headgate.local.dataplane.domains import host_name, route
from headgate.local.dataplane.protocol import lowered
from headgate.local.records import BasePath, DomainName
from headgate.local.server.friendly import Mappings


def domain(**bases: str) -> DomainName:
    """`api2="orders"`: the base path `orders` leads to `api2`."""
    return DomainName("api.example.com", tuple(BasePath(path, api, "prod") for api, path in bases.items()))


# rest-api-mappings.html, the table of examples.
EXAMPLES = domain(
    api1="", api2="orders", api3="orders/v1/items", api4="orders/v2/items", api5="orders/v1/items/categories"
)


@pytest.mark.parametrize(
    ("path", "api", "rest", "mount"),
    [
        (b"/orders", "api2", b"", b"/orders"),
        (b"/orders/v1/items", "api3", b"", b"/orders/v1/items"),
        (b"/orders/v2/items", "api4", b"", b"/orders/v2/items"),
        (b"/orders/v1/items/123", "api3", b"/123", b"/orders/v1/items"),
        (b"/orders/v1/items/categories/5", "api5", b"/5", b"/orders/v1/items/categories"),
        (b"/customers", "api1", b"/customers", b""),
        (b"/ordersandmore", "api2", b"/andmore", b"/orders"),
    ],
)
def test_the_longest_text_wins_once_a_base_path_has_levels(path: bytes, api: str, rest: bytes, mount: bytes) -> None:
    found = route(EXAMPLES, path)

    assert found is not None
    assert (found.api_id, found.path, found.mount, found.lower_headers) == (api, rest, mount, True)


@pytest.mark.parametrize(
    ("path", "api", "rest"),
    [
        (b"/orders", "api2", b""),
        (b"/orders/7/", "api2", b"/7/"),
        (b"/ordersandmore", "api1", b"/ordersandmore"),
        (b"/", "api1", b"/"),
    ],
)
def test_with_single_levels_the_first_segment_decides(path: bytes, api: str, rest: bytes) -> None:
    found = route(domain(api1="", api2="orders"), path)

    assert found is not None
    assert (found.api_id, found.path, found.lower_headers, found.custom_domain) == (api, rest, False, True)


def test_without_an_empty_base_path_the_rest_leads_nowhere() -> None:
    assert route(domain(api2="orders"), b"/customers") is None
    assert route(domain(api2="orders/v1"), b"/customers") is None


def test_a_mapping_without_a_stage_takes_it_from_the_path() -> None:
    found = route(DomainName("x", (BasePath("orders", "api2", None),)), b"/orders/beta/7")

    assert found is not None
    assert (found.stage, found.path, found.mount) == ("beta", b"/7", b"/orders/beta")


@pytest.mark.parametrize("host", ["api.example.com", "API.Example.com:8080", "api.example.com:4566"])
def test_a_host_is_compared_without_its_port_and_case(host: str) -> None:
    assert host_name(host) == "api.example.com"


def test_a_custom_domain_wins_over_what_the_friendly_port_shows() -> None:
    known = {"api.example.com": domain(api2="orders")}
    mappings = Mappings(known.get)
    mappings.show({"": "chosen", "/v1/a": "part"}, "prod")

    assert mappings.locate("api.example.com", b"/v1/a") is None
    assert (mappings.locate("localhost:8080", b"/v1/a/7") or ())[:3] == ("part", "prod", b"/7")
    assert (mappings.locate("localhost:8080", b"/other") or ())[:3] == ("chosen", "prod", b"/other")


def test_what_is_shown_is_replaced_as_a_whole() -> None:
    mappings = Mappings()
    mappings.show({"": "one", "/a": "gone"}, "prod")
    mappings.show({"": "two"}, "prod")

    assert (mappings.locate("localhost", b"/a") or ())[:3] == ("two", "prod", b"/a")


def test_header_names_lose_their_case_behind_several_levels() -> None:
    assert lowered([(b"X-Mixed", b"Kept")]) == ((b"x-mixed", b"Kept"),)
