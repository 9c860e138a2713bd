"""Splitting an API by base paths: every operation in one part, no part too large, and no request that ends elsewhere."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.spec import Target, compile_document, compile_project, joined_wire, load_project, write
from headgate.spec.operations.paths import segments
from headgate.spec.placement.split import Rules, Split, below, split

from ..projects import compile_files, document, operation, variables

DOMAIN = {"name": "api.example.com", "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/1"}
SPLIT = {"environments": {"dev": {"stages": {"dev": {}}, "domains": {"shop": DOMAIN}}}}
GET = frozenset({"GET"})

NAMES = st.sampled_from(["a", "ab", "abc", "b", "c", "d", "x:y", "v1", "v10", "{p}", "{rest+}"])


@st.composite
def trees(draw: st.DrawFn) -> dict[str, frozenset[str]]:
    """Resources as API Gateway has them: a greedy variable is last, and a place has one variable."""
    paths = draw(st.lists(st.lists(NAMES, min_size=1, max_size=4), min_size=1, max_size=40))
    found: dict[str, frozenset[str]] = {}
    for path in paths:
        cut = path[: path.index("{rest+}") + 1] if "{rest+}" in path else path
        names = [f"{{p{n}}}" if part == "{p}" else part for n, part in enumerate(cut)]
        found["/" + "/".join(names)] = frozenset(draw(st.sets(st.sampled_from(["GET", "POST"]), min_size=1)))
    return found


def count(resources: list[str], prefix: str) -> int:
    paths = [segments(below(prefix, resource)) for resource in resources]
    return len({tuple(path[:length]) for path in paths for length in range(len(path) + 1)} | {()})


def mapped(found: Split, path: str) -> str:
    """The base path that API Gateway chooses for a request."""
    inner = path.lstrip("/")
    keys = [prefix.lstrip("/") for prefix in found.prefixes]
    if found.is_multi_level:
        return "/" + max((key for key in keys if inner.startswith(key)), key=len, default="")
    return "/" + next((key for key in keys if inner.partition("/")[0] == key), "")


def requests(resource: str) -> list[str]:
    """Paths that a resource answers: variables take values that are names of literals too."""
    found = [""]
    for part in segments(resource):
        values = ["a", "ab", "zz"] if part.startswith("{") else [part]
        found = [f"{path}/{value}" for path in found for value in values]
    return found


def served(resources: dict[str, frozenset[str]], path: str, verb: str) -> str | None:
    """The resource that API Gateway chooses in one REST API (FACTS 2.1, 2.3)."""

    def walk(done: list[str], rest: list[str]) -> str | None:
        here = "/" + "/".join(done)
        if not rest:
            return here if verb in resources.get(here, ()) else None
        below_here = {s[len(done)] for r in resources if (s := segments(r))[: len(done)] == done and len(s) > len(done)}
        ranked = [rest[0]] * (rest[0] in below_here) + sorted(
            (s for s in below_here if s.startswith("{")), key=lambda s: s.endswith("+}")
        )
        for part in ranked:
            answer = walk([*done, part], [] if part.endswith("+}") else rest[1:])
            if answer is not None:
                return answer
        return None

    return walk([], segments(path))


@given(trees(), st.integers(2, 30), st.booleans())
def test_every_resource_is_in_one_part_and_no_part_is_too_large(
    resources: dict[str, frozenset[str]], limit: int, multi_level: bool
) -> None:
    found = split(resources, Rules(multi_level, limit))
    if found.stuck:
        return

    parts: dict[str, list[str]] = {prefix: [] for prefix in ("", *found.prefixes)}
    for resource in resources:
        parts[found.owner(resource)].append(resource)
    assert all(len(parts[prefix]) > 0 and count(parts[prefix], prefix) <= limit for prefix in parts)


@settings(max_examples=200)
@given(trees(), st.integers(2, 30), st.booleans())
def test_no_request_ends_in_another_route_than_before(
    resources: dict[str, frozenset[str]], limit: int, multi_level: bool
) -> None:
    found = split(resources, Rules(multi_level, limit))
    if found.stuck:
        return

    for path in {path for resource in resources for path in requests(resource)}:
        base = mapped(found, path).rstrip("/")
        part = {below(base, r): verbs for r, verbs in resources.items() if found.owner(r) == base}
        for verb in ("GET", "POST"):
            now = served(part, below(base, path), verb)
            whole = base + ("" if now == "/" and base else now) if now else None
            assert whole == served(resources, path, verb), (path, verb, found.prefixes)


@given(trees(), st.integers(2, 30), st.randoms())
def test_the_order_of_the_paths_does_not_matter(resources: dict[str, frozenset[str]], limit: int, random: Any) -> None:
    shuffled = list(resources.items())
    random.shuffle(shuffled)

    assert split(resources, Rules(limit=limit)) == split(dict(shuffled), Rules(limit=limit))


def blocks(**sizes: int) -> dict[str, frozenset[str]]:
    return {f"/{name}/{number}": GET for name, size in sizes.items() for number in range(size)}


@given(
    st.dictionaries(st.text("abcdef", min_size=2, max_size=3), st.integers(1, 40), min_size=3, max_size=12), st.data()
)
def test_one_path_more_moves_few_others(sizes: dict[str, int], data: st.DataObject) -> None:
    resources = blocks(**sizes)
    rules = Rules(limit=60)
    name = data.draw(st.sampled_from(sorted(sizes)))
    before, after = split(resources, rules), split({**resources, f"/{name}/more": GET}, rules)
    if before.stuck or after.stuck:
        return

    others = set(before.prefixes) ^ set(after.prefixes) - {f"/{name}"}
    changed = {prefix for prefix in others if prefix != f"/{name}"}
    crossed = (sizes[name] + 1).bit_length() != (sizes[name] + 2).bit_length()
    assert len(changed) <= (len(before.prefixes) if crossed else 1)


def test_a_path_more_in_a_part_changes_no_part() -> None:
    resources = blocks(users=100, orders=100, other=20)

    assert split(resources, Rules(limit=130)).prefixes == ("/orders",)
    assert split({**resources, "/orders/more": GET}, Rules(limit=130)).prefixes == ("/orders",)


@pytest.mark.parametrize(
    "intruder", ["/{tenant}/settings", "/{tenant}/{id}", "/{proxy+}", "/{tenant}"], ids=lambda path: path.strip("/{}")
)
def test_a_base_path_that_another_route_reaches_into_is_not_used(intruder: str) -> None:
    resources = blocks(users=100, orders=100) | {intruder: GET}
    found = split(resources, Rules(limit=130))

    assert not found.prefixes
    assert any(intruder in str(stuck) for stuck in found.stuck)


def test_a_variable_beside_a_literal_that_has_the_same_methods_is_no_intruder() -> None:
    resources = blocks(users=100, orders=100) | {"/{tenant}": GET, "/users": GET, "/orders": GET}

    assert split(resources, Rules(limit=130)).prefixes == ("/orders",)


def test_a_route_for_the_rest_of_the_path_reaches_into_every_base_path() -> None:
    resources = blocks(users=100, orders=100) | {"/{proxy+}": GET, "/users": GET, "/orders": GET}

    assert not split(resources, Rules(limit=130)).prefixes


def test_with_several_levels_a_variable_beside_a_base_path_would_lose_what_begins_like_it() -> None:
    resources = {f"/v1/{path.strip('/')}": GET for path in blocks(users=100, orders=100)}
    resources |= {"/v1/users": GET, "/v1/orders": GET, "/v1/{name}": GET}

    assert not split(resources, Rules(limit=150)).prefixes  # `/v1/usersX` is a name


def test_with_several_levels_a_name_that_begins_like_another_is_not_taken_off() -> None:
    resources = {f"/v1/{path.strip('/')}": GET for path in blocks(order=100, orders=90)}
    found = split(resources, Rules(limit=150))

    assert found.prefixes == ("/v1/orders",)  # by text, `v1/order` would take `/v1/orders` as well


def test_what_has_left_already_is_not_split_further() -> None:
    nested = {
        f"/{a}/{b}/{n}": GET
        for a, b, size in (("v1", "a", 20), ("v1", "b", 20), ("w", "x", 30), ("w", "y", 30))
        for n in range(size)
    }
    resources = nested | blocks(**{"q:q": 30}) | {"/wz/0": GET}

    assert split(resources, Rules(limit=60)).prefixes == ("/v1", "/w/x", "/w/y", "/wz")


def test_variables_keep_resources_together_and_are_named() -> None:
    found = split({f"/{{owner}}/{number}": GET for number in range(20)}, Rules(limit=10))

    assert [str(stuck) for stuck in found.stuck] == ["/{owner} (21 resources: below a variable)"]


def test_characters_that_mappings_do_not_take_are_no_base_path() -> None:
    found = split(blocks(**{"a:b": 20, "c:d": 20}), Rules(limit=30))

    assert not found.prefixes
    assert not split(blocks(**{"a" * 301: 20, "b" * 301: 20}), Rules(limit=30)).prefixes
    assert "cannot have these characters" in str(found.stuck[0])


def test_a_domain_of_one_level_says_so() -> None:
    resources = {f"/v1/{path.strip('/')}": GET for path in blocks(a=20, b=20)}

    assert split(resources, Rules(limit=30)).prefixes == ("/v1/a",)
    assert "one level only" in str(split(resources, Rules(multi_level=False, limit=30)).stuck[0])


def large(count: int = 160) -> dict[str, Any]:
    """Two blocks of `2 * count` resources."""
    paths: dict[str, Any] = {}
    for block in ("users", "orders"):
        for number in range(count):
            path = f"/{block}/{number}"
            paths[path] = {"get": operation(security=[{"oidc": []}])}
            item = {"get": operation(security=[{"oidc": []}], parameters=variables("id"))}
            item["get"]["x-headgate"] = {"throttle": {"rate": 5, "burst": 5}}
            paths[path + "/{id}"] = item
    return document(paths)


def test_without_a_domain_what_cannot_share_is_an_error_with_the_figures(tmp_path: Path) -> None:
    compiled, problems = compile_files(tmp_path, {"shop.yaml": large(80)})

    assert compiled is None
    assert [(problem.code, problem.message) for problem in problems] == [
        (
            "HG126",
            (
                "323 resources; API Gateway has at most 300 per REST API, and these keep resources of their own: 160 for a "
                "throttle of its own (GET /users/0/{id}, GET /users/1/{id}, GET /users/2/{id} and 157 more)"
            ),
        )
    ]
    assert "give the API a domain" in problems[0].fix


def test_behind_a_domain_every_part_has_its_own_artefacts(tmp_path: Path) -> None:
    compiled, problems = compile_files(tmp_path, {"shop.yaml": large(80)}, SPLIT)
    assert compiled is not None, problems

    first, second = compiled.apis
    assert [(api.name, api.base_path, api.whole) for api in compiled.apis] == [
        ("shop", "", "shop"),
        ("shop-orders", "/orders", "shop"),
    ]
    assert set(first.wire["paths"]) == {p for n in range(80) for p in (f"/users/{n}", f"/users/{n}/{{id}}")}
    assert set(second.wire["paths"]) == {p for n in range(80) for p in (f"/{n}", f"/{n}/{{id}}")}
    assert {entry["template"] for entry in second.routes["operations"]} == set(second.wire["paths"])
    assert second.throttles.keys() == {f"/{n}/{{id}}/GET" for n in range(80)}
    integration = second.wire["paths"]["/7/{id}"]["get"]["x-amazon-apigateway-integration"]
    assert integration["uri"] == "https://shop.internal.example.com/orders/7/{id}"


def test_a_change_in_one_part_leaves_the_other_parts_artefacts_alone(tmp_path: Path) -> None:
    value = large(80)
    before, _ = compile_files(tmp_path, {"shop.yaml": value}, SPLIT)
    value["paths"]["/users/7"]["get"]["security"] = [{"oidc": ["users:read"]}]
    after, _ = compile_files(tmp_path, {"shop.yaml": value}, SPLIT)
    assert before
    assert after

    assert after.apis[0].routes != before.apis[0].routes
    assert (after.apis[1].wire, after.apis[1].routes) == (before.apis[1].wire, before.apis[1].routes)


def test_what_is_published_stays_one(tmp_path: Path) -> None:
    compiled, _ = compile_files(tmp_path, {"shop.yaml": large(80)}, SPLIT)
    small, _ = compile_files(tmp_path, {"shop.yaml": large(70)}, SPLIT)
    assert compiled
    assert small
    write(compiled, tmp_path / "out")

    assert sorted(path.name for path in (tmp_path / "out" / "wire").iterdir()) == ["shop-orders.json", "shop.json"]
    assert {path.name.partition(".")[0] for path in (tmp_path / "out" / "published").iterdir()} == {"shop"}
    assert len(compiled.apis[0].published["paths"]) == 320
    many = {(row["kind"], row["construct"], row["level"]) for row in compiled.apis[0].ledger}
    assert {(row["kind"], row["construct"], row["level"]) for row in small.apis[0].ledger} <= many


def test_a_document_on_its_own_is_split_with_a_warning(tmp_path: Path) -> None:
    compile_files(tmp_path, {"shop.yaml": large(80)})
    compiled, problems = compile_document(
        tmp_path / "shop.yaml", Target("mock", mock_url="http://127.0.0.1:1", unbound="test")
    )

    assert compiled is not None
    assert (len(compiled.apis), compiled.refused) == (2, 0)
    assert [problem.code for problem in problems if problem.code.startswith("HG18")] == ["HG186"]


def test_one_wire_document_of_all_parts_has_whole_paths_and_every_model(tmp_path: Path) -> None:
    value = large(80)
    for block, name in (("users", "a"), ("orders", "b")):
        schema = {"type": "object", "required": [name], "properties": {name: {"type": "string"}}}
        body = {"required": True, "content": {"application/json": {"schema": schema}}}
        value["paths"][f"/{block}"] = {"post": operation(security=[], operationId="same", requestBody=body)}
    compiled, problems = compile_files(tmp_path, {"shop.yaml": value}, SPLIT)
    assert compiled is not None, problems

    wire = joined_wire(compiled.apis)
    assert set(wire["paths"]) == set(value["paths"])
    for block, name in (("users", "a"), ("orders", "b")):
        reference = wire["paths"][f"/{block}"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        assert wire["components"]["schemas"][reference.rpartition("/")[2]]["required"] == [name]


def test_two_apis_never_share_a_name_with_a_part(tmp_path: Path) -> None:
    small = document({"/a": {"get": operation()}})
    apis = {"shop": {"documents": ["shop.yaml"]}, "shop-orders": {"documents": ["small.yaml"]}}
    compiled, problems = compile_files(tmp_path, {"shop.yaml": large(80), "small.yaml": small}, {**SPLIT, "apis": apis})
    assert compiled is not None, problems

    names = [api.name for api in compiled.apis]
    assert len(set(names)) == 3
    assert names[1].startswith("shop-orders-")


def test_compositions_go_with_their_operation(tmp_path: Path) -> None:
    paths = large(80)
    paths["paths"]["/orders/all"] = {"get": operation(**{"x-headgate": {"workflow": "all", "upstream": None}})}
    del paths["paths"]["/orders/all"]["get"]["x-headgate"]["upstream"]
    paths["paths"]["/users/0"]["get"]["operationId"] = "firstUser"
    workflow = {
        "arazzo": "1.0.1",
        "info": {"title": "All", "version": "1"},
        "sourceDescriptions": [{"name": "shop", "url": "shop.yaml", "type": "openapi"}],
        "workflows": [
            {
                "workflowId": "all",
                "steps": [{"stepId": "one", "operationId": "firstUser", "outputs": {"user": "$response.body"}}],
                "outputs": {"user": "$steps.one.outputs.user"},
            }
        ],
    }
    del paths["x-headgate"]
    paths["servers"] = [{"url": "https://shop.internal.example.com"}]
    apis = {"shop": {"documents": ["shop.yaml"], "workflows": ["all.arazzo.yaml"]}}
    compiled, problems = compile_files(
        tmp_path, {"shop.yaml": paths, "all.arazzo.yaml": workflow}, {**SPLIT, "apis": apis}
    )
    assert compiled is not None, "\n".join(map(str, problems))

    first, second = compiled.apis
    assert (first.uses_aggregator, second.uses_aggregator) == (False, True)
    assert list(second.plans["plans"]) == ["GET /all"]
    assert second.plans["basePath"] == "/orders"


def test_a_domain_that_cannot_have_levels_is_asked_before_it_fails_on_aws(tmp_path: Path) -> None:
    value = large(80)
    value["paths"] = {f"/v1{path}": item for path, item in value["paths"].items()}
    edge = {**SPLIT["environments"]["dev"], "domains": {"shop": {**DOMAIN, "endpoint": "edge"}}}
    _, problems = compile_files(tmp_path, {"shop.yaml": value}, {"environments": {"dev": edge}})

    assert [problem.code for problem in problems] == ["HG185"]
    assert "one level only" in problems[0].message
    project, _ = load_project(tmp_path)
    assert project is not None
    assert compile_project(project, Target("dev"))[0] is None
