"""What of a large API goes behind greedy resources: as little as it takes; every request as before, and none asked for less."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.aggregator.edges import match, parse_edges
from headgate.spec import Target
from headgate.spec.operations.paths import count_resources, name_resources, segments
from headgate.spec.operations.reading import read_operations
from headgate.spec.operations.records import Operation, Upstream
from headgate.spec.operations.routing import routes_of
from headgate.spec.placement.edge_checks import extra_candidates
from headgate.spec.placement.edges import edge_entries
from headgate.spec.placement.folding import Folded, Neighbourhood, fold
from headgate.spec.security.authorizers import Guard, guard
from headgate.spec.security.schemes import Binding
from headgate.spec.source.document import DocumentSet

OIDC = {"type": "openIdConnect", "openIdConnectUrl": "https://id.example.com/"}
SHOP = {"shop": Upstream("shop", "url", "https://shop.example.com")}


@dataclass(frozen=True)
class Api:
    """Operations with their resources, and how they are protected."""

    operations: list[Operation]
    protection: Guard

    def fold(self, limit: int, *, base_path: str = "", held: frozenset[str] = frozenset()) -> Folded:
        def asks(operation: Operation) -> Hashable:
            return str(self.protection.requirement(operation))

        def holds(operation: Operation) -> str | None:
            return "a reason" if operation.name in held else None

        return fold(self.operations, limit, base_path=base_path, of=Neighbourhood(asks, holds))


def api(*given: str, folder: Path = Path()) -> Api:
    """`GET /a` is public, `GET /a read` asks for the scope."""
    paths: dict[str, Any] = {}
    for text in given:
        verb, path, *scopes = text.split()
        security = [{"oidc": scopes}] if scopes else []
        paths.setdefault(path, {})[verb.lower()] = {"security": security, "responses": {"200": {"description": "OK"}}}
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}
    document["components"] = {"securitySchemes": {"oidc": OIDC}}
    loaded = DocumentSet(folder).adopt("api.json", json.dumps(document))
    assert loaded is not None
    return protected([placed(each) for each in name_resources(read_operations(loaded, problems=[]))])


def placed(operation: Operation) -> Operation:
    return replace(operation, upstream="shop", upstream_path=operation.template)


def protected(operations: list[Operation]) -> Api:
    return Api(operations, guard(operations, Binding({}, False, Target("dev", unbound="deny"), [], {})))


def gone(folded: Folded) -> dict[str, list[str]]:
    return {each.resource: sorted(one.name for one in each.operations) for each in folded.folds}


def listed(prefix: str, count: int, verb: str = "GET", scope: str = "") -> list[str]:
    return [f"{verb} {prefix}/r{number:04} {scope}" for number in range(count)]


def chosen(resources: dict[str, set[str]], path: str, verb: str) -> str | None:
    """The resource that API Gateway takes (FACTS 2.1, 2.3)."""
    parts = segments(path)

    def walk(done: tuple[str, ...], rest: list[str]) -> str | None:
        here = "/" + "/".join(done)
        if not rest:
            return here if verb in resources.get(here, ()) else None
        size = len(done)
        below = {s[size] for r in resources if tuple((s := segments(r))[:size]) == done and len(s) > size}
        ranked = [rest[0]] * (rest[0] in below and "{" not in rest[0])
        ranked += sorted((s for s in below if s.startswith("{")), key=lambda s: s.endswith("+}"))
        for part in ranked:
            answer = walk((*done, part), [] if part.endswith("+}") else rest[1:])
            if answer is not None:
                return answer
        return None

    return walk((), parts)


@dataclass
class Routing:
    """Which operation answers a request, and what was asked of the caller before."""

    api: Api

    def __post_init__(self) -> None:
        self.resources: dict[str, set[str]] = {}
        for operation in self.api.operations:
            self.resources.setdefault(operation.resource, set()).add(operation.method)
        self.routes = {route.key: route for route in routes_of(self.api.operations)}
        extras, self.problems = extra_candidates(self.api.operations, self.api.protection, SHOP)
        entries = edge_entries(list(self.routes.values()), self.api.protection, extras)
        self.edges = parse_edges({"edges": entries})

    def answer(self, verb: str, path: str) -> tuple[str, object] | None:
        resource = chosen(self.resources, path, verb)
        if resource is None:
            return None
        route = self.routes[f"{verb} {resource}"]
        asked = self.api.protection.requirement(route.first)
        if route.key not in self.edges:
            return route.first.name, asked
        found = match(self.edges[route.key], path, {})
        return None if found is None else (found[0].operation, asked)


def requests(operations: list[Operation]) -> set[str]:
    """Paths of all operations, with values that are literals elsewhere, cut short, and going on."""
    found = set()
    for operation in operations:
        texts = [""]
        for part in segments(operation.template):
            values = ["a", "zz"] if part.startswith("{") else [part]
            texts = [f"{text}/{value}" for text in texts for value in values]
        for text in texts:
            found |= {text or "/", f"{text}/zz", text.rpartition("/")[0] or "/"}
    return found


@st.composite
def apis(draw: st.DrawFn) -> list[str]:
    """Documents with few names, so that paths meet."""
    parts = st.sampled_from(["a", "b", "c", "{x}"])
    paths = draw(st.lists(st.lists(parts, min_size=1, max_size=4), min_size=2, max_size=25))
    verbs, scopes = st.sampled_from(["GET", "POST"]), st.sampled_from(["", "", "", "s"])
    found = {}
    for path in paths:
        renamed = [f"{{x{depth}}}" if part == "{x}" else part for depth, part in enumerate(path)]
        found["/" + "/".join(renamed), draw(verbs)] = draw(scopes)
    return [f"{verb} {path} {scope}" for (path, verb), scope in found.items()]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(apis(), st.integers(2, 20), st.booleans())
def test_a_request_reaches_the_operation_that_it_reached_before_and_asks_for_the_same(
    given_operations: list[str], limit: int, has_held: bool
) -> None:
    before = api(*given_operations)
    held = frozenset({before.operations[0].name}) if has_held else frozenset()
    after = protected(before.fold(limit, held=held).operations)
    first, second = Routing(before), Routing(after)
    lost = {word for problem in second.problems for word in problem.message.split(": requests")[:1]}
    for path in requests(before.operations):
        for verb in ("GET", "POST"):
            was, now = first.answer(verb, path), second.answer(verb, path)

            assert now == was or (now is None and was is not None and was[0] in lost), (verb, path)


@given(apis(), st.integers(2, 20), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_document_does_not_matter(given_operations: list[str], limit: int, random: Any) -> None:
    first = gone(api(*given_operations).fold(limit))
    random.shuffle(given_operations)

    assert gone(api(*given_operations).fold(limit)) == first


@given(apis(), st.integers(2, 20))
@settings(max_examples=60, deadline=None)
def test_what_is_left_is_counted_and_within_the_limit_unless_nothing_more_can_go(
    given_operations: list[str], limit: int
) -> None:
    made = api(*given_operations)
    folded = made.fold(limit)
    resources = {o.resource for o in folded.operations}
    prefixes = {tuple(segments(r)[:n]) for r in resources for n in range(len(segments(r)) + 1)}

    assert folded.size == len(prefixes)
    assert [o.name for o in folded.operations] == [o.name for o in made.operations]
    assert folded.size <= max(limit, count_resources(made.operations))
    if folded.size > limit:
        assert protected(folded.operations).fold(limit).folds == ()


def test_only_what_is_too_much_folds_and_the_rest_is_as_it_was() -> None:
    made = api(*listed("/a/{b}", 20))
    folded = made.fold(15)

    assert gone(folded) == {"/a/{b}/{proxy+}": [f"GET /a/{{b}}/r{n:04}" for n in range(9)]}
    assert folded.size == 15
    assert folded.operations[9:] == made.operations[9:]
    assert all(operation.is_folded for operation in folded.operations[:9])


def test_within_the_limit_nothing_folds() -> None:
    made = api(*listed("/a/{b}", 12))

    assert made.fold(15) == Folded(made.operations, (), 15)


def test_subtrees_with_few_operations_for_their_resources_go_first() -> None:
    rich = [f"{verb} /a/{{b}}/rich{n}" for n in range(8) for verb in ("GET", "PUT", "POST")]
    folded = api(*rich, "GET /a/{b}/deep/down/below/it").fold(9)

    thinnest = sorted(f"{verb} /a/{{b}}/rich{n}" for n in range(3) for verb in ("GET", "PUT", "POST"))
    assert gone(folded) == {"/a/{b}/{proxy+}": ["GET /a/{b}/deep/down/below/it", *thinnest]}


def test_a_subtree_that_is_more_than_it_takes_stays_while_smaller_ones_do() -> None:
    made = api(*listed("/a/{b}", 12), *(f"GET /a/{{b}}/deep/{name}" for name in "uvwxyz"))

    assert {o.name for o in made.fold(18).operations if o.is_folded} == {f"GET /a/{{b}}/r{n:04}" for n in range(5)}


def test_what_the_aggregator_serves_anyway_goes_first() -> None:
    paths = {f"/a/r{n}": {"get": {"responses": {}}} for n in range(10)}
    for number in (3, 7):
        paths[f"/a/r{number}"]["get"]["x-headgate"] = {"validate": "strict"}
    loaded = DocumentSet(Path()).adopt("api.json", json.dumps({"openapi": "3.1.0", "info": {}, "paths": paths}))
    assert loaded is not None
    made = protected([placed(each) for each in name_resources(read_operations(loaded, problems=[]))])

    assert gone(made.fold(11)) == {"/a/{proxy+}": ["GET /a/r3", "GET /a/r7"]}


def test_the_smallest_place_that_has_twice_of_it_folds_and_the_root_last() -> None:
    made = api(*listed("/a/{b}", 40), *listed("/c", 12), *listed("", 10))

    assert set(gone(made.fold(60))) == {"/c/{proxy+}"}
    assert set(gone(made.fold(45))) == {"/a/{b}/{proxy+}"}
    assert set(gone(made.fold(12))) == {"/a/{b}/{proxy+}", "/c/{proxy+}", "/{proxy+}"}


def test_a_flat_api_folds_at_its_root() -> None:
    folded = api(*listed("", 1000)).fold(300)

    assert [(each.resource, each.resources) for each in folded.folds] == [("/{proxy+}", 702)]
    assert folded.size == 300


def test_operations_that_ask_for_different_things_have_greedy_resources_of_their_own() -> None:
    made = api(*listed("/a/{b}", 20, scope="read"), *listed("/c/{d}", 20, scope="write"))
    folded = made.fold(10)

    assert set(gone(folded)) == {"/a/{b}/{proxy+}", "/c/{d}/{proxy+}"}
    assert folded.size <= 10


def test_of_neighbours_that_ask_for_different_things_most_fold_and_the_others_stay() -> None:
    made = api(*listed("/a/{b}", 20, scope="read"), *(f"GET /a/{{b}}/w{n} write" for n in range(8)))
    folded = made.fold(15)

    assert {o.name for o in folded.operations if o.is_folded} <= {f"GET /a/{{b}}/r{n:04}" for n in range(20)}
    assert folded.size == 15


def test_verbs_may_ask_for_different_things_behind_one_greedy_resource() -> None:
    made = api(*listed("/a", 20, scope="read"), *listed("/a", 20, "PUT", scope="write"))
    folded = made.fold(10)
    routes = routes_of(folded.operations)

    assert folded.size == 10
    assert {route.key for route in routes if route.is_edge} == {"GET /a/{proxy+}", "PUT /a/{proxy+}"}


def test_what_cannot_share_stays_and_is_counted() -> None:
    folded = api(*(f"GET /a/r{n} s{n}" for n in range(20))).fold(10)

    assert (folded.folds, folded.size) == ((), 22)


def test_what_api_gateway_has_to_do_itself_keeps_its_resource() -> None:
    made = api(*listed("/a", 20), "GET /a/r0004/x")
    folded = made.fold(15, held=frozenset({"GET /a/r0004/x", "GET /a/r0011"}))

    assert not {"GET /a/r0004", "GET /a/r0004/x", "GET /a/r0011"} & {o.name for o in folded.operations if o.is_folded}
    assert folded.size == 15


def test_a_place_with_a_variable_folds_it_too() -> None:
    made = api(*listed("/a", 10), "GET /a/{id}", "PUT /a/{id}/x")
    folded = made.fold(9)

    assert {"GET /a/{id}", "PUT /a/{id}/x"} <= set(gone(folded)["/a/{proxy+}"])
    names = {o.name: o.path_names for o in folded.operations}
    assert names["PUT /a/{id}/x"] == {"id": "id"}


def test_a_place_whose_variable_cannot_go_folds_nothing() -> None:
    made = api(*listed("/a", 10), "GET /a/{id}")

    assert made.fold(9, held=frozenset({"GET /a/{id}"})).folds == ()


def test_a_route_for_the_rest_of_the_path_takes_what_folds_beside_it() -> None:
    folded = api(*listed("/a", 10), "GET /a/{rest+}").fold(9)

    assert set(gone(folded)) == {"/a/{rest+}"}
    assert "GET /a/{rest+}" in gone(folded)["/a/{rest+}"]


def test_the_greedy_variable_has_a_name_that_no_variable_above_it_has() -> None:
    made = api(*listed("/{proxy}/{proxy2}", 10))

    assert set(gone(made.fold(8))) == {"/{proxy}/{proxy2}/{proxy3+}"}


def test_variables_above_keep_the_names_of_api_gateway_and_those_below_the_document_s() -> None:
    made = api("GET /a/{id}", *(f"GET /a/{{key}}/r{n}/{{id}}" for n in range(9)))
    folded = made.fold(6)
    (one, *_) = [o for o in folded.operations if o.is_folded]

    assert one.resource.startswith("/a/{")
    assert one.path_names["id"] == "id"
    assert one.path_names["key"] == made.operations[0].path_names["id"]


def test_below_a_base_path_only_what_is_below_counts() -> None:
    made = api(*listed("/v1/a", 10))
    folded = made.fold(9, base_path="/v1/a")

    assert gone(folded) == {"/v1/a/{proxy+}": ["GET /v1/a/r0000", "GET /v1/a/r0001", "GET /v1/a/r0002"]}
    assert folded.size == 9


@pytest.mark.parametrize("seed", range(8))
def test_one_operation_more_moves_few_others(seed: int) -> None:
    chance = Random(seed)
    words = [f"w{n}" for n in range(30)]
    given_operations = sorted(
        {f"GET /a/{{b}}/{'/'.join(chance.choices(words, k=chance.randint(1, 3)))}" for _ in range(220)}
    )
    more = f"GET /a/{{b}}/{chance.choice(words)}/new"
    before, after = (
        {o.name for o in api(*some).fold(150).operations if o.is_folded}
        for some in (given_operations, [*given_operations, more])
    )

    moved = {name.split("/")[3] for name in before ^ after}

    assert len(moved) <= 4, (len(before), moved)


def test_a_segment_that_api_gateway_cannot_hold_folds_with_its_place() -> None:
    routing = Routing(protected(api(*listed("/a", 9), "GET /a/@me").fold(6).operations))

    for path in ("/a/%40me", "/a/@me"):
        assert (routing.answer("GET", path) or ("",))[0] == "GET /a/@me"
    assert routing.answer("GET", "/a/me") is None
