"""FACTS 6: the stage cache."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from headgate.local.records import MethodSettings


@pytest.fixture
def cached(world: Any, make: Any) -> Any:
    """`cached(...)` deploys a counting function behind a cache keyed by `type`."""

    def deploy(**settings: Any) -> Any:
        counter = itertools.count(1)
        world.functions["n"] = lambda _event: {"body": str(next(counter))}
        key = ("method.request.querystring.type",)
        routes = {"GET /c": make.proxy("n", cache_key_parameters=key), "POST /c": make.proxy("n")}
        own = settings.pop("own", "*/*")
        given = MethodSettings(
            **{"caching_enabled": True, "require_authorization_for_cache_control": False, **settings}
        )
        world.deploy(routes, stage={"cache_cluster_enabled": True, "method_settings": {own: given}})
        return lambda url="/c?type=a", verb="GET", **headers: world.call(verb, url, **headers).body.decode()

    return deploy


def test_only_declared_parameters_vary_the_key(cached: Any) -> None:
    call = cached()

    assert [call(url) for url in ("/c?type=a&d=1", "/c?type=a&d=2", "/c?type=b", "/c")] == ["1", "1", "2", "3"]


def test_entries_expire_on_the_clock(cached: Any, world: Any) -> None:
    call = cached(cache_ttl_seconds=300)
    seen = [call()]
    for seconds in (299, 1):
        world.now += seconds
        seen.append(call())

    assert seen == ["1", "1", "2"]


def test_only_get_is_cached_unless_a_method_says_so(cached: Any) -> None:
    everywhere = cached()
    assert [everywhere(verb="POST"), everywhere(verb="POST")] == ["1", "2"]

    own = cached(own="c/POST")
    assert [own(verb="POST"), own(verb="POST")] == ["1", "1"]


@pytest.mark.parametrize("ttl", [0])
def test_a_ttl_of_zero_caches_nothing(cached: Any, ttl: int) -> None:
    call = cached(cache_ttl_seconds=ttl)

    assert [call(), call()] == ["1", "2"]


def test_max_age_zero_refreshes_the_entry(cached: Any) -> None:
    call = cached()

    assert [call(), call(**{"Cache-Control": "max-age=0"}), call()] == ["1", "2", "2"]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("FAIL_WITH_403", (403, False)),
        ("SUCCEED_WITH_RESPONSE_HEADER", (200, True)),
        ("SUCCEED_WITHOUT_RESPONSE_HEADER", (200, False)),
    ],
)
def test_strangers_may_not_refresh(
    cached: Any, world: Any, make: Any, strategy: str, expected: tuple[int, bool]
) -> None:
    cached(require_authorization_for_cache_control=True, unauthorized_cache_control_strategy=strategy)()

    response = world.call("GET", "/c?type=a", **{"Cache-Control": "max-age=0"})

    assert (response.status, make.header(response, "Warning") is not None) == expected
    assert len(world.events) == 1


def test_a_flush_and_a_deployment_start_empty(cached: Any, world: Any) -> None:
    call = cached()
    seen = [call()]
    stage = world.stages["api1", "dev"]
    world.stages["api1", "dev"] = replace(stage, cache_generation=1)
    seen.append(call())
    world.stages["api1", "dev"] = replace(stage, deployment=replace(stage.deployment, id="d9"), cache_generation=1)
    seen.append(call())

    assert seen == ["1", "2", "3"]


@pytest.mark.parametrize(("use_stage_cache", "expected"), [(False, ["1", "2"]), (True, ["1", "1"])])
def test_the_canary_is_cached_only_if_it_uses_the_stage_cache(
    cached: Any, world: Any, use_stage_cache: bool, expected: list[str]
) -> None:
    call = cached()
    deployment = replace(world.stages["api1", "dev"].deployment, id="d2")
    world.canary(deployment, 100.0, use_stage_cache=use_stage_cache)

    assert [call(), call()] == expected


def test_each_answer_has_its_own_request_id(cached: Any, world: Any, make: Any) -> None:
    cached()
    ids = [make.header(world.call("GET", "/c"), "x-amzn-RequestId") for _ in range(2)]

    assert ids[0] != ids[1]


def test_refusals_are_not_cached(cached: Any, world: Any) -> None:
    call = cached()
    world.functions["n"] = lambda _event: None
    call()
    world.functions["n"] = lambda _event: {"body": "well"}

    assert call() == "well"


@pytest.mark.parametrize(("namespaces", "seen"), [(("n", "n"), ["1", "1"]), (("n", "m"), ["1", "2"])])
def test_resources_of_one_namespace_share_their_entries(
    world: Any, make: Any, namespaces: tuple[str, str], seen: list[str]
) -> None:
    counter = itertools.count(1)
    world.functions["n"] = lambda _event: {"body": str(next(counter))}
    settings = {"*/*": MethodSettings(caching_enabled=True)}
    routes = {f"GET /{at}": make.proxy("n", cache_namespace=name) for at, name in enumerate(namespaces)}
    world.deploy(routes, stage={"cache_cluster_enabled": True, "method_settings": settings})

    assert [world.call("GET", f"/{at}").body.decode() for at in (0, 1)] == seen
