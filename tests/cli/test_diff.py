"""`headgate diff`: sides, forms of output, what is overlooked, exit codes."""

import subprocess
from pathlib import Path

import pytest

from headgate.diff import RULES

from .conftest import Headgate
from .documents import TICKETS, file, project

STRICTER = TICKETS.replace(
    "schema: {type: string}}]", "schema: {type: string}}, {name: q, in: query, required: true, schema: {type: string}}]"
)
OTHER_ID = TICKETS.replace("operationId: getTicket", "operationId: fetchTicket")


@pytest.fixture
def sides(tmp_path: Path) -> tuple[str, str]:
    file(tmp_path / "old.yaml", TICKETS)
    file(tmp_path / "sub" / "new.yaml", STRICTER)
    return "old.yaml", "sub/new.yaml"


def test_a_breaking_change_is_told_with_both_places_and_fails(headgate: Headgate, sides: tuple[str, str]) -> None:
    done = headgate("diff", *sides)

    assert done.code == 1
    assert done.out.splitlines()[0] == "GET /tickets/{id}"
    assert "breaking  query q: is new and required  required-parameter-added  old.yaml:6 -> sub/new.yaml:8" in done.out
    assert done.err == "changes: 1 breaking\n"


def test_nothing_is_nothing(headgate: Headgate, sides: tuple[str, str]) -> None:
    done = headgate("diff", sides[0], sides[0])

    assert (done.code, done.out, done.err) == (0, "", "changes: none\n")


def test_json_is_a_line_per_change_and_a_sum(headgate: Headgate, sides: tuple[str, str]) -> None:
    change, total = headgate("diff", *sides, "--json").lines

    assert (change["rule"], change["severity"], change["operations"]) == (
        "required-parameter-added",
        "breaking",
        ["GET /tickets/{id}"],
    )
    assert change["new"] == {
        "path": "sub/new.yaml",
        "line": 8,
        "column": 82,
        "pointer": "/paths/~1tickets~1{id}/get/parameters/1",
    }
    assert total == {"ok": False, "breaking": 1, "risky": 0, "safe": 0, "allowed": 0}


def test_markdown_is_for_a_pull_request(headgate: Headgate, sides: tuple[str, str]) -> None:
    done = headgate("diff", *sides, "--format", "markdown")

    assert done.out.startswith("**API changes: 1 breaking**\n\n#### `GET /tickets/{id}`\n")
    assert "- **breaking** `query q` is new and required (`required-parameter-added`" in done.out


@pytest.mark.parametrize(
    "allow",
    [
        ("--allow", "required-parameter-added"),
        ("--allow", "required-parameter-added GET /tickets/{id}"),
        ("--allow-file", "allowed.txt"),
    ],
    ids=" ".join,
)
def test_what_is_allowed_does_not_fail(
    headgate: Headgate, sides: tuple[str, str], tmp_path: Path, allow: tuple[str, ...]
) -> None:
    file(tmp_path / "allowed.txt", "# agreed\nrequired-parameter-added GET /tickets/{id}  # with all clients\n")
    done = headgate("diff", *sides, *allow)

    assert (done.code, done.err) == (0, "changes: 1 allowed\n")


def test_what_is_allowed_elsewhere_still_fails(headgate: Headgate, sides: tuple[str, str]) -> None:
    assert headgate("diff", *sides, "--allow", "required-parameter-added GET /other").code == 1


def test_an_unknown_rule_is_told(headgate: Headgate, sides: tuple[str, str]) -> None:
    done = headgate("diff", *sides, "--allow", "operation-remved")

    assert done.code == 1
    assert "no rule operation-remved" in done.err


@pytest.mark.parametrize(("fail_on", "code"), [("breaking", 0), ("risky", 1), ("never", 0)])
def test_what_fails_can_be_chosen(headgate: Headgate, tmp_path: Path, fail_on: str, code: int) -> None:
    file(tmp_path / "old.yaml", TICKETS)
    file(tmp_path / "new.yaml", OTHER_ID)

    assert headgate("diff", "old.yaml", "new.yaml", "--fail-on", fail_on).code == code


def test_projects_are_compared(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path / "old")
    project(tmp_path / "new", document=STRICTER)
    done = headgate("diff", "old", "new")

    assert done.code == 1
    assert "api: GET /tickets/{id}" in done.out
    assert "old/openapi/tickets.yaml:6 -> new/openapi/tickets.yaml:8" in done.out


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    project(tmp_path)
    file(tmp_path / "openapi" / "tickets.yaml", TICKETS.replace("{type: string}", '{$ref: "../parts.yaml#/Id"}'))
    file(tmp_path / "parts.yaml", "Id: {type: string}\n")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for command in (("init", "-q"), ("add", "."), (*identity, "commit", "-q", "-m", "one")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def test_a_file_is_compared_with_what_git_has(headgate: Headgate, repository: Path) -> None:
    file(repository / "parts.yaml", "Id: {type: integer}\n")
    done = headgate("diff", "HEAD:openapi/tickets.yaml")

    assert done.code == 1
    assert "path id: string became integer" in done.out
    assert "HEAD:parts.yaml:1 -> parts.yaml:1" in done.out.replace("HEAD:openapi/../", "HEAD:").replace(
        "openapi/../", ""
    )


def test_a_project_is_compared_with_what_git_has(headgate: Headgate, repository: Path) -> None:
    file(repository / "gateway.yaml", (repository / "gateway.yaml").read_text() + "plans: {free: {keys: [a]}}\n")
    done = headgate("diff", "HEAD:", ".")

    assert (done.code, done.err) == (0, "changes: 1 safe\n")
    assert "HEAD:gateway.yaml:1 -> gateway.yaml:4" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "there is nothing to compare"),
        (("nope.yaml", "nope.yaml"), "nope.yaml:1:1: error HG101 cannot be read"),
        (("HEAD:x.yaml", "x.yaml"), "git: "),
        (("x.yaml", "stage:prod"), "a stage can only be the old side"),
        (("stage:prod", "."), "has no gateway.yaml"),
    ],
    ids=str,
)
def test_what_cannot_be_compared_is_told(headgate: Headgate, arguments: tuple[str, ...], said: str) -> None:
    done = headgate("diff", *arguments)

    assert done.code in {1, 2}
    assert said in done.err


def test_the_rules_are_listed(headgate: Headgate) -> None:
    lines = headgate("diff", "--rules").out.splitlines()

    assert len(lines) == len(RULES)
    assert [line.split()[1] for line in lines[:1]] == ["breaking"]
    assert len(headgate("diff", "--rules", "--json").lines) == len(RULES)
