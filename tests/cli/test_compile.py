"""`headgate compile`: artefacts, diagnostics with their places, exit codes."""

import json
import re
import shutil
from pathlib import Path

import pytest

from .conftest import Headgate
from .documents import GATEWAY, LOCKED, TICKETS, TWO_MISTAKES, file, project

ROOT = Path(__file__).resolve().parents[2]
ARTEFACTS = ["ledger.json", "plans.json", "published", "routes.json", "validators.json", "wire"]
HOOKS = """\
openapi: 3.1.0
info: {title: Hooks, version: "1"}
webhooks:
  shipped:
    post: {operationId: shipped, responses: {"200": {description: Taken.}}}
"""
PLACE = re.compile(r"^(?P<path>[^:]+):\d+:\d+: (error|warning) HG\d{3} .+")


def test_sample_compiles_to_all_artefacts(headgate: Headgate, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "openapi", tmp_path / "openapi")
    shutil.copy(ROOT / "gateway.yaml", tmp_path)
    done = headgate("compile", "--out", "build")

    assert done.code == 0, done.err
    assert sorted(path.name for path in (tmp_path / "build").iterdir()) == ARTEFACTS
    assert [path.name for path in (tmp_path / "build" / "wire").iterdir()] == ["portal.json"]


def test_one_document_needs_no_project(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "docs" / "tickets.yaml", TICKETS)
    done = headgate("compile", "--spec", "docs/tickets.yaml", "--out", "deep/build")

    wire = json.loads((tmp_path / "deep" / "build" / "wire" / "tickets.json").read_text(encoding="utf-8"))
    assert (done.code, done.out) == (0, "")
    assert list(wire["paths"]) == ["/tickets/{id}"]
    assert "1 operations" in done.err


def test_document_in_several_files_is_found_from_another_folder(headgate: Headgate, tmp_path: Path) -> None:
    reference = TICKETS.replace("{type: string}", '{$ref: "../shared/types.yaml#/Id"}')
    file(tmp_path / "specs" / "api" / "tickets.yaml", reference)
    file(tmp_path / "specs" / "shared" / "types.yaml", "Id: {type: string}\n")
    done = headgate("compile", "--spec", "specs/api/tickets.yaml", "--out", "build")

    assert done.code == 0, done.err


def test_json_is_one_object_per_line_and_the_last_one_sums_up(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "tickets.yaml", TICKETS.replace("https://tickets.example.org/api/", "/api"))
    done = headgate("compile", "--spec", "tickets.yaml", "--out", "build", "--json")

    warning, total = done.lines
    assert {"path", "line", "column", "level", "code", "message", "fix", "pointer"} <= warning.keys()
    assert (warning["level"], warning["path"], warning["line"]) == ("warning", "tickets.yaml", 3)
    assert (total["ok"], total["operations"], total["out"]) == (True, 1, "build")


def test_every_mistake_is_told_with_its_place_and_nothing_is_written(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path, document=TWO_MISTAKES)
    done = headgate("compile", "--out", "build")

    told = [line for line in done.err.splitlines() if PLACE.match(line)]
    assert done.code == 1
    errors = [line for line in told if ": error " in line]
    assert [line.split()[0] + line.split()[2] for line in errors] == [
        "openapi/tickets.yaml:8:27:HG104",
        "openapi/tickets.yaml:12:18:HG141",
    ]
    assert {PLACE.match(line)["path"] for line in told} == {"openapi/tickets.yaml"}  # type: ignore[index]
    assert [line for line in done.err.splitlines() if "2 errors" in line] == [done.err.splitlines()[-2]]
    assert done.err.splitlines()[-1] == "error nothing was written to build"
    assert not (tmp_path / "build").exists()


def test_mistakes_as_json_end_with_a_refusal(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path, document=TWO_MISTAKES)
    done = headgate("compile", "--out", "build", "--json")

    assert done.code == 1
    assert done.lines[-1]["ok"] is False
    assert "HG141" in {line.get("code") for line in done.lines}


def test_broken_yaml_is_told_where_it_breaks(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "broken.yaml", "openapi: 3.0.3\npaths: {\n")
    done = headgate("compile", "--spec", "broken.yaml", "--out", "build")

    assert done.code == 1
    assert re.match(r"broken\.yaml:3:1: error HG101 ", done.err)


def test_scheme_that_nothing_binds_is_an_error(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "locked.yaml", LOCKED)
    done = headgate("compile", "--spec", "locked.yaml", "--out", "build")

    assert done.code == 1
    assert "locked.yaml:12:5: error HG140 " in done.err
    assert "--unbound deny" in done.err


def test_unbound_deny_compiles_it_closed(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "locked.yaml", LOCKED)
    done = headgate("compile", "--spec", "locked.yaml", "--out", "build", "--unbound", "deny")

    routes = json.loads((tmp_path / "build" / "routes.json").read_text(encoding="utf-8"))
    assert done.code == 0, done.err
    assert routes["schemes"]["office"] == {"kind": "deny"}
    assert routes["operations"][0]["security"] == [{"office": []}]


def test_broken_gateway_yaml_is_told_completely(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path, gateway="name: a b\napis: {api: {document: []}}\nenvironments: {dev: {stages: {}}}\n")
    done = headgate("compile", "--out", "build")

    assert done.code == 1
    assert [line.partition(": ")[0] for line in done.err.splitlines()[:3]] == [
        "gateway.yaml:1:1",
        "gateway.yaml:2:14",
        "gateway.yaml:3:22",
    ]


def test_wrong_folder_is_told_to_be_one(headgate: Headgate, tmp_path: Path) -> None:
    done = headgate("compile", "--out", "build")

    assert done.code == 1
    assert f"{tmp_path} has no gateway.yaml" in done.err
    assert "headgate init" in done.err


def test_missing_document_is_told(headgate: Headgate) -> None:
    done = headgate("compile", "--spec", "nowhere.yaml", "--out", "build")

    assert done.code == 1
    assert done.err.startswith("nowhere.yaml:1:1: error HG101 cannot be read")


def test_unknown_environment_names_the_known_ones(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path, GATEWAY)
    done = headgate("compile", "--out", "build", "--environment", "prd")

    assert done.code == 1
    assert "'prd'" in done.err
    assert "dev, live" in done.err


@pytest.mark.parametrize(
    "arguments",
    [(), ("--out",), ("--out", "b", "--unbound", "open"), ("--out", "b", "--sepc", "x"), ("--out", "b", "extra")],
    ids=" ".join,
)
def test_wrong_usage_is_2_and_leads_to_the_help(headgate: Headgate, arguments: tuple[str, ...]) -> None:
    done = headgate("compile", *arguments)

    assert done.code == 2
    assert "headgate compile --help" in done.err


def test_document_of_webhooks_alone_compiles_to_nothing_and_says_so(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "hooks.yaml", HOOKS)
    done = headgate("compile", "--spec", "hooks.yaml", "--out", "build", "--json")

    warning, total = done.lines
    assert (done.code, total["operations"], total["refused"]) == (0, 0, 0)
    assert (warning["level"], warning["code"]) == ("warning", "HG198")
    assert json.loads((tmp_path / "build" / "wire" / "hooks.json").read_text(encoding="utf-8"))["paths"] == {}
    assert "webhooks" in json.loads((tmp_path / "build" / "published" / "hooks.json").read_text(encoding="utf-8"))


def test_project_without_operations_is_refused(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path, document=HOOKS)
    done = headgate("compile", "--out", "build")

    assert done.code == 1
    assert "error HG107 no operation is left to serve" in done.err


def test_document_whose_operations_are_all_refused_is_refused(headgate: Headgate, tmp_path: Path) -> None:
    file(tmp_path / "traced.yaml", HOOKS + "paths: {/a: {trace: {responses: {}}}}\n")
    done = headgate("compile", "--spec", "traced.yaml", "--out", "build")

    assert done.code == 1
    assert "HG107" in done.err
