"""The app as the CDK CLI and the warm synthesizer run it: on a project's folder, with context, and with mistakes in it."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.app import ProjectError, main, synthesize
from infra.node import bundled_node, prepare_node
from infra.settings import Context, ContextError, read_context
from infra.warm import serve

from .conftest import ROOT

LOCAL = {"headgate:local": "true"}


def template(folder: Path, stack: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{stack}.template.json").read_text())
    return found


def test_every_environment_is_a_stack_in_the_order_of_the_file(project: Path, tmp_path: Path):
    assert synthesize(project, outdir=tmp_path / "out", context=LOCAL).stacks == ("tiny-dev", "tiny-prod")


def test_one_environment_can_be_asked_for(project: Path, tmp_path: Path):
    context = {**LOCAL, "headgate:environment": "dev"}

    assert synthesize(project, outdir=tmp_path / "out", context=context).stacks == ("tiny-dev",)


@pytest.mark.parametrize(("context", "mode"), [({}, "all-at-once"), ({"headgate:canary": "20"}, "manual")])
def test_locally_a_release_takes_everything_unless_a_canary_is_asked_for(
    project: Path, tmp_path: Path, context: dict[str, str], mode: str
):
    synthesize(project, outdir=tmp_path / "out", context={**LOCAL, **context})

    rollout = template(tmp_path / "out", "tiny-prod")["Resources"]["ProdRollout"]["Properties"]
    assert rollout["Mode"] == mode


def test_on_aws_a_stage_has_the_canary_of_its_file_and_a_throttle(project: Path, tmp_path: Path):
    synthesize(project, outdir=tmp_path / "out", context={"aws:cdk:bundling-stacks": []})

    resources = template(tmp_path / "out", "tiny-prod")["Resources"]
    assert resources["ProdRollout"]["Properties"]["Percent"] == "10"
    assert resources["UsersProdStage"]["Properties"]["MethodSettings"][0]["ThrottlingRateLimit"] == 10_000


def test_the_same_project_elsewhere_is_the_same_release(project: Path, tmp_path: Path):
    elsewhere = tmp_path / "somewhere" / "else"
    elsewhere.parent.mkdir()
    before = synthesize(project, outdir=tmp_path / "one", context=LOCAL)
    project.rename(elsewhere)

    after = synthesize(elsewhere, outdir=tmp_path / "two", context=LOCAL)

    assert release(after.assembly) == release(before.assembly)


def release(folder: Path) -> str:
    found: str = template(folder, "tiny-prod")["Outputs"]["ReleaseId"]["Value"]
    return found


def test_nothing_of_this_machine_is_in_the_template(project: Path, tmp_path: Path):
    synthesize(project, outdir=tmp_path / "out", context=LOCAL)

    assert str(tmp_path) not in (tmp_path / "out" / "tiny-prod.template.json").read_text()


def test_mistakes_in_the_files_are_diagnostics_and_exit_1(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "gateway.yaml").write_text("name: tiny\napis: {users: {document: x}}\n")

    assert main(project) == 1

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("gateway.yaml:") and "error HG" in line for line in lines)


def test_all_mistakes_of_a_project_are_told(project: Path, tmp_path: Path):
    (project / "openapi" / "users.yaml").write_text(
        "openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths: {a: {}, b: {}}\n"
    )

    with pytest.raises(ProjectError) as caught:
        synthesize(project, outdir=tmp_path / "out", context=LOCAL)

    assert len(caught.value.diagnostics) >= 2


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("headgate:canary", "ten", "context headgate:canary is 'ten', wanted a number"),
        ("headgate:environment", "qa", "wanted one of dev, prod"),
        ("headgate:on-conflict", "shrug", "wanted one of fail, adopt, override"),
        ("headgate:unbound", "open", "wanted one of error, deny, test"),
    ],
)
def test_a_context_value_that_cannot_be_used_names_what_was_wanted(
    project: Path, tmp_path: Path, key: str, value: str, said: str
):
    with pytest.raises(ContextError, match=said):
        synthesize(project, outdir=tmp_path / "out", context={**LOCAL, key: value})


def test_context_arrives_as_text_or_as_json():
    as_text = {"headgate:local": "true", "headgate:functions": '{"authorizer": {"concurrency": 5}}'}
    as_json = {"headgate:local": True, "headgate:functions": {"authorizer": {"concurrency": 5}}}

    assert read_context(as_text.get) == read_context(as_json.get) != Context()


def test_the_warm_synthesizer_answers_line_by_line(project: Path, tmp_path: Path):
    request = {"project": str(project), "outdir": str(tmp_path / "out"), "context": LOCAL}
    answers = io.StringIO()

    serve([json.dumps(request), "\n", json.dumps(request)], answers, clock=lambda: 0.0)

    first, second = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert first == second
    assert first["ok"] is True
    assert first["stacks"] == ["tiny-dev", "tiny-prod"]
    assert Path(first["assembly"], "tiny-dev.template.json").exists()


def test_the_warm_synthesizer_answers_mistakes_with_diagnostics(project: Path, tmp_path: Path):
    (project / "gateway.yaml").write_text("name: [")
    answers = io.StringIO()

    serve([json.dumps({"project": str(project), "outdir": str(tmp_path)})], answers)

    answer = json.loads(answers.getvalue())
    assert answer["ok"] is False
    assert answer["diagnostics"][0]["path"] == "gateway.yaml"


def test_the_warm_synthesizer_survives_a_request_that_is_none(capsys: pytest.CaptureFixture[str]):
    answers = io.StringIO()

    serve(["{", "{}"], answers)

    assert [json.loads(line)["ok"] for line in answers.getvalue().splitlines()] == [False, False]


def test_the_warm_process_keeps_standard_output_for_answers(project: Path, tmp_path: Path):
    request = {"project": str(project), "outdir": str(tmp_path / "out"), "context": LOCAL}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [sys.executable, "-m", "infra.warm"],
        input=json.dumps(request) + "\n",
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=tmp_path,
    )

    assert [json.loads(line)["ok"] for line in done.stdout.splitlines()] == [True]


def test_jsii_runs_on_the_bundled_node_unless_the_user_chose_one():
    environment: dict[str, str] = {}
    prepare_node(environment)
    chosen = {"JSII_NODE": "/mine"}
    prepare_node(chosen)

    assert environment["JSII_NODE"] == str(bundled_node())
    assert chosen["JSII_NODE"] == "/mine"
