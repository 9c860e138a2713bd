"""gateway.yaml: every mistake at once, with its place."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from headgate.spec import load_project, project_schema

from ..projects import GATEWAY


def said(folder: Path, gateway: dict[str, Any] | str) -> list[str]:
    text = gateway if isinstance(gateway, str) else yaml.safe_dump(gateway, sort_keys=False)
    (folder / "gateway.yaml").write_text(text)
    return [str(problem) for problem in load_project(folder)[1]]


def test_a_good_file_says_nothing(tmp_path: Path) -> None:
    assert said(tmp_path, GATEWAY) == []


def test_all_mistakes_are_reported_together_and_in_order(tmp_path: Path) -> None:
    text = """name: 3
apis:
  shop: {documents: [5], endpoints: edge}
environments:
  dev: {stages: {dev: {canary: {percent: 101}}}}
"""

    assert said(tmp_path, text) == [
        "gateway.yaml:1:1: error HG110 name is 3 (wanted: a valid string)",
        "gateway.yaml:3:22: error HG110 apis/shop/documents/0 is 5 (wanted: a valid string or an object)",
        "gateway.yaml:3:26: error HG110 'endpoints' is not known here (did you mean 'endpoint'?)",
        "gateway.yaml:5:33: error HG110 environments/dev/stages/dev/canary/percent is 101 (wanted: less than or equal to 100)",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"upstreams": {"u": {"url": "https://x", "lambda": "arn:x"}}}, "got url and lambda"),
        ({"upstreams": {"u": {}}}, "got none"),
        ({"issuers": {"i": {"issuer": "http://x", "audience": ["a"], "schemes": ["s"]}}}, "over https"),
        ({"issuers": {"i": {"issuer": "https://x", "audience": ["a"], "schemes": ["s"], "algorithms": ["none"]}}}, "is 'none'"),
        ({"issuers": {"i": {"issuer": "https://x", "audience": ["a"], "schemes": ["s"], "algorithms": ["HS256"]}}}, "is 'HS256'"),
        ({"issuers": {"i": {"issuer": "https://x", "audience": [], "schemes": ["s"]}}}, "audience"),
        ({"apis": {"shop": {"cors": {"origins": ["*"], "credentials": True}}}}, "refused by every browser"),
        ({"environments": {"dev": {"stages": {}}}}, "stages"),
        ({"environments": {"dev": {"stages": {"a b": {}}}}}, "stage names"),
        ({"local": {"stage": "nope"}}, "stage 'nope' is in no environment (known: dev)"),
        ({"apis": {"shop": {"documents": [{"document": "a.yaml", "upstream": "nope"}]}}}, "upstream 'nope' is not among upstreams"),
        ({"upstreams": {"shop": {"url": "https://x", "environments": {"qa": {"url": "https://y"}}}}}, "environment 'qa'"),
        ({"apis": {"shop": {"documents": [{"document": "a.yaml", "base-path": "v1"}]}}}, "base-path is 'v1'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    assert message in "\n".join(said(tmp_path, {**GATEWAY, **change}))


def test_a_missing_file_is_a_problem_not_an_exception(tmp_path: Path) -> None:
    project, problems = load_project(tmp_path)

    assert project is None
    assert str(problems[0]).startswith("gateway.yaml:1:1: error HG101 cannot be read")


def test_documents_are_found_in_openapi_when_none_are_listed(tmp_path: Path) -> None:
    (tmp_path / "openapi").mkdir()
    for name in ("b.yaml", "a.json", "pages.arazzo.yaml", "notes.txt"):
        (tmp_path / "openapi" / name).write_text("{}")
    assert said(tmp_path, {**GATEWAY, "apis": {"shop": {}}}) == []
    project, _ = load_project(tmp_path)
    assert project is not None

    assert [entry.document for entry, _ in project.entries("shop")] == ["openapi/a.json", "openapi/b.yaml"]
    assert [name for name, _ in project.workflows("shop")] == ["openapi/pages.arazzo.yaml"]


def test_the_published_schema_agrees_with_the_models() -> None:
    schema = json.loads(json.dumps(project_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    assert validator.is_valid(GATEWAY)
    assert not validator.is_valid({**GATEWAY, "nane": 1})
