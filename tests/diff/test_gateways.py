"""Two projects: what clients notice of gateway.yaml, x-headgate and workflows."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from headgate.diff import Surface, compare, read_surface, surface_of_wires

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders": {
            "get": {"x-headgate": {"upstream": "shop", "timeout": 10}, "responses": {"200": {"description": "OK"}}}
        },
        "/page": {"get": {"x-headgate": {"workflow": "page"}, "responses": {"200": {"description": "OK"}}}},
    },
}
GATEWAY: dict[str, Any] = {
    "name": "shop",
    "apis": {
        "shop": {
            "documents": ["shop.yaml"],
            "workflows": ["page.arazzo.yaml"],
            "cors": {"origins": ["https://a.example.com"], "headers": ["X-A"]},
        }
    },
    "upstreams": {"shop": {"url": "https://shop.example.com"}, "other": {"url": "https://other.example.com"}},
    "issuers": {"id": {"issuer": "https://id.example.com/", "audience": ["shop", "app"], "schemes": ["oidc"]}},
    "plans": {
        "free": {"throttle": {"rate": 5, "burst": 10}, "quota": {"limit": 1000, "period": "day"}, "keys": ["demo"]}
    },
    "environments": {"dev": {"stages": {"dev": {"throttle": {"rate": 100, "burst": 200}}}}},
}
WORKFLOW: dict[str, Any] = {"arazzo": "1.0.1", "workflows": [{"workflowId": "page", "outputs": {"a": "1"}}]}
FILES = {"gateway.yaml": GATEWAY, "shop.yaml": DOCUMENT, "page.arazzo.yaml": WORKFLOW}


def surface(folder: Path, files: dict[str, Any]) -> Surface:
    folder.mkdir()
    for name, value in files.items():
        (folder / name).write_text(yaml.safe_dump(value, sort_keys=False), encoding="utf-8")
    found, problems = read_surface(folder, prefix=f"{folder.name}/")
    assert found is not None, problems
    return found


CASES: list[tuple[str, str, Any, list[str]]] = [
    ("gateway.yaml", "apis.shop.cors.origins", ["https://b.example.com"], ["cors-narrowed", "cors-widened"]),
    ("gateway.yaml", "apis.shop.cors.origins", ["*"], ["cors-widened"]),
    ("gateway.yaml", "apis.shop.cors.headers", ["x-a", "X-B"], ["cors-widened"]),
    ("gateway.yaml", "apis.shop.cors.max-age", 5, ["cors-changed"]),
    ("gateway.yaml", "apis.shop.cors", None, ["cors-narrowed"]),
    ("gateway.yaml", "apis.shop.endpoint", "private", ["endpoint-changed"]),
    ("gateway.yaml", "issuers.id.audience", ["shop"], ["audience-narrowed"]),
    ("gateway.yaml", "issuers.id.audience", ["shop", "app", "web"], ["audience-widened"]),
    ("gateway.yaml", "issuers.id.issuer", "https://other.example.com/", ["issuer-changed"]),
    ("gateway.yaml", "issuers.id.algorithms", ["RS256"], ["algorithm-removed"]),
    ("gateway.yaml", "issuers", {}, ["issuer-removed"]),
    ("gateway.yaml", "plans.free.throttle.rate", 4, ["throttle-tightened"]),
    ("gateway.yaml", "plans.free.quota.period", "month", ["quota-tightened"]),
    ("gateway.yaml", "plans.free.keys", ["demo", "more"], ["api-key-added"]),
    ("gateway.yaml", "plans.free.keys", [], ["api-key-removed"]),
    ("gateway.yaml", "plans", {}, ["plan-removed"]),
    ("gateway.yaml", "environments.dev.stages.dev.throttle", None, ["throttle-loosened"]),
    ("gateway.yaml", "environments.dev.stages", {"next": {}}, ["stage-removed", "stage-added"]),
    ("gateway.yaml", "upstreams.shop.url", "https://new.example.com", ["upstream-address-changed"]),
    ("gateway.yaml", "upstreams.shop.local", "http://127.0.0.1:9000", []),
    ("shop.yaml", "paths./orders.get.x-headgate.upstream", "other", ["upstream-changed"]),
    ("shop.yaml", "paths./orders.get.x-headgate.timeout", 5, ["timeout-shortened"]),
    ("shop.yaml", "paths./orders.get.x-headgate.timeout", 20, ["timeout-lengthened"]),
    ("shop.yaml", "paths./orders.get.x-headgate.validate", "strict", ["validation-stricter"]),
    ("shop.yaml", "paths./orders.get.x-headgate.throttle", {"rate": 1, "burst": 1}, ["throttle-tightened"]),
    ("shop.yaml", "paths./orders.get.x-headgate.rewrite", {"path": "/v2/orders"}, ["rewrite-changed"]),
    ("shop.yaml", "paths./page.get.x-headgate.workflow", "other", ["workflow-changed"]),
    ("page.arazzo.yaml", "workflows.0.outputs", {"a": "2"}, ["workflow-changed"]),
    ("page.arazzo.yaml", "workflows.0.summary", "A page.", []),
]


@pytest.mark.parametrize(
    ("file", "way", "value", "expected"), CASES, ids=[f"{way} = {value}" for _, way, value, _ in CASES]
)
def test_a_change_of_a_project_gets_its_rules(
    tmp_path: Path, file: str, way: str, value: Any, expected: list[str]
) -> None:
    files = copy.deepcopy(FILES)
    *keys, last = [int(key) if key.isdigit() else key for key in way.split(".")]
    here: Any = files[file]
    for key in keys:
        here = here[key]
    here[last] = value

    changes = compare(surface(tmp_path / "old", FILES), surface(tmp_path / "new", files))

    assert sorted({change.rule for change in changes}) == sorted(expected)
    assert all(change.new is None or change.new.path == f"new/{file}" for change in changes)


def test_two_apis_are_compared_one_by_one(tmp_path: Path) -> None:
    gateway = copy.deepcopy(GATEWAY)
    gateway["apis"]["more"] = {"documents": ["shop.yaml"]}

    changes = compare(surface(tmp_path / "old", FILES), surface(tmp_path / "new", {**FILES, "gateway.yaml": gateway}))

    assert {(change.rule, change.api) for change in changes} == {("operation-added", "more")}


def test_a_document_beside_a_project_is_compared_with_all_its_operations(tmp_path: Path) -> None:
    project = surface(tmp_path / "old", FILES)
    alone, _ = read_surface(tmp_path / "old" / "shop.yaml")
    assert alone is not None

    assert compare(project, alone) == []


def test_an_unreadable_side_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("openapi: 3.1.0\npaths: {\n", encoding="utf-8")

    found, problems = read_surface(tmp_path / "x.yaml")

    assert found is None
    assert problems[0].code == "HG101"
    assert read_surface(tmp_path)[1][0].message == "the folder has no gateway.yaml"


def test_an_authorizer_of_another_release_is_the_same_when_it_reads_the_same_place() -> None:
    def wire(name: str, header: str, source: str) -> dict[str, Any]:
        authorizer = {"type": "request", "identitySource": source, "authorizerUri": f"arn:{name}"}
        scheme = {"type": "apiKey", "in": "header", "name": header, "x-amazon-apigateway-authorizer": authorizer}
        operation = {"security": [{name: []}], "responses": {}}
        return {
            "openapi": "3.0.1",
            "paths": {"/a": {"get": operation}},
            "components": {"securitySchemes": {name: scheme}},
        }

    token, cookie = "method.request.header.Authorization", "method.request.header.Cookie"
    deployed, same, other = (
        surface_of_wires({"shop": (name, json.dumps(wire(name, header, source)))})
        for name, header, source in (
            ("jwt-1", "Unused", token),
            ("jwt-2", "Authorization", token),
            ("jwt-2", "Authorization", cookie),
        )
    )

    renamed = surface_of_wires({"shop": ("jwt-1", json.dumps(wire("jwt-1", "Authorization", token)))})

    assert compare(deployed, same) == []
    assert compare(deployed, renamed) == []
    assert {change.rule for change in compare(deployed, other)} == {
        "security-alternative-removed",
        "security-alternative-added",
    }
