"""Diagnostics on a terminal and elsewhere: places, carets, folding, colours, summaries."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from headgate.cli.problem_text import FOLD_ABOVE, plain, relocated, source_lines, summary, terminal
from headgate.spec import Diagnostic

from .conftest import Headgate
from .documents import TICKETS, file, project


def problem(
    line: int = 1, column: int = 1, *, path: str = "a.yaml", level: str = "error", code: str = "HG104"
) -> Diagnostic:
    return Diagnostic(path, line, column, level, code, "it is [odd]", "mend it", "/a")  # type: ignore[arg-type]


def printed(lines: object, **console: object) -> str:
    """What a console makes of rich markup."""
    target = io.StringIO()
    screen = Console(file=target, highlight=False, soft_wrap=True, **console)  # type: ignore[arg-type]
    for line in lines:  # type: ignore[attr-defined]
        screen.print(line)
    return target.getvalue()


def test_a_terminal_sees_the_line_and_a_caret_under_the_place() -> None:
    text = printed(terminal([problem(3, 5)], lambda path, line: "\tab [c] d"))

    assert text.splitlines() == [
        "a.yaml",
        "a.yaml:3:5: error HG104 it is [odd] (mend it)",
        "    3 | \tab [c] d".expandtabs(8) if "\t" not in text else "    3 | \tab [c] d",
        "      | \t   ^".expandtabs(8) if "\t" not in text else "      | \t   ^",
        "",
    ]


def test_a_long_line_is_cut_around_the_caret() -> None:
    lines = printed(terminal([problem(1, 5000)], lambda path, line: "x" * 4999 + "Y" + "x" * 4999)).splitlines()

    assert len(lines[2]) < 200
    assert lines[2][lines[3].index("^")] == "Y"


def test_a_line_that_cannot_be_read_is_left_out() -> None:
    assert len(list(terminal([problem()], lambda path, line: None))) == 3


def test_files_with_errors_come_last_and_each_is_together() -> None:
    told = [problem(2, path="b"), problem(1, path="a", level="warning"), problem(1, path="b", level="warning")]
    lines = [line for line in printed(terminal(told, lambda path, line: None)).splitlines() if line]

    assert [line.partition(" ")[0] for line in lines] == ["a", "a:1:1:", "b", "b:1:1:", "b:2:1:"]


def test_many_of_one_code_are_folded_with_their_number() -> None:
    many = [problem(line) for line in range(1, FOLD_ABOVE + 12)]
    text = printed(terminal([*many, problem(1, code="HG130")], lambda path, line: None))

    assert text.count("HG104 it is") == 5
    assert f"{FOLD_ABOVE + 6} more of HG104; --json lists all" in text
    assert "HG130" in text
    assert "more of" not in printed(terminal(many[:FOLD_ABOVE], lambda path, line: None))


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"NO_COLOR": "1"}, False),
    ],
    ids=str,
)
def test_colours_follow_the_environment(variables: dict[str, str], coloured: bool) -> None:
    text = printed([plain(problem())], _environ={"TERM": "xterm-256color", **variables})

    assert ("\x1b[31m" in text) == coloured
    assert "HG104 it is [odd] (mend it)" in text


@pytest.mark.parametrize(
    ("problems", "says"),
    [
        ([problem()], "1 error in 1 file; headgate explain HG104"),
        (
            [problem(level="warning", code="HG130"), problem(2), problem(path="b")],
            "2 errors, 1 warning in 2 files; headgate explain HG104",
        ),
        ([problem(level="warning")] * 2, "2 warnings in 1 file; headgate explain HG104"),
    ],
)
def test_the_summary_counts(problems: list[Diagnostic], says: str) -> None:
    assert summary(problems) == says


def test_paths_are_as_somebody_outside_would_type_them() -> None:
    told = relocated([problem(path="openapi/a.yaml"), problem(path="/else/b.yaml")], Path("../shop"))

    assert [each.path for each in told] == ["../shop/openapi/a.yaml", "/else/b.yaml"]


def test_source_lines_come_from_the_files(tmp_path: Path) -> None:
    path = file(tmp_path / "a.yaml", "one\ntwo\n")
    read = source_lines()

    assert [read(str(path), line) for line in (1, 2, 3)] == ["one", "two", None]
    assert read(str(tmp_path / "none"), 1) is None


ANCHORED = """\
openapi: 3.1.0
info: {title: Tickets, version: "1"}
servers: [{url: "https://tickets.example.org"}]
x-answers: &answers
  "200": {description: Fine.}
  "404": {$ref: "#/components/responses/Nowhere"}
paths:
  /a: {get: {operationId: a, responses: *answers}}
"""


def test_a_place_inside_an_anchor_is_where_it_is_written(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path, document=ANCHORED)
    done = headgate("compile", "--out", "build")

    assert "openapi/tickets.yaml:6:11: error HG104" in done.err


def test_a_place_in_another_file_names_that_file_as_seen_from_here(headgate: Headgate, tmp_path: Path) -> None:
    reference = TICKETS.replace("{type: string}", '{$ref: "../parts.yaml#/Id"}')
    project(tmp_path / "shop", document=reference)
    file(tmp_path / "shop" / "parts.yaml", 'First: 1\nId:\n  allOf:\n    - {$ref: "#/Nowhere"}\n')
    done = headgate("compile", "--project", "shop", "--out", "build")

    assert "shop/parts.yaml:4:8: error HG104" in done.err
    assert "1 error in 1 file; headgate explain HG104" in done.err


def test_a_missing_file_is_named_as_typed(headgate: Headgate) -> None:
    assert headgate("compile", "--spec", "/missing", "--out", "build").err.startswith("/missing:1:1: error HG101")
    assert headgate("compile", "--spec", "no/such.yaml", "--out", "build").err.startswith("no/such.yaml:1:1: error")


def test_programs_get_every_problem_unfolded(headgate: Headgate, tmp_path: Path) -> None:
    operations = "".join(
        f"  /a{n}: {{get: {{responses: {{'200': {{$ref: '#/x{n}'}}}}}}}}\n" for n in range(FOLD_ABOVE + 9)
    )
    head = 'openapi: 3.1.0\ninfo: {title: T, version: "1"}\nservers: [{url: "https://t.example.org"}]\npaths:\n'
    project(tmp_path, document=head + operations)
    done = headgate("compile", "--out", "build", "--json")

    assert sum(line.get("code") == "HG104" for line in done.lines) == FOLD_ABOVE + 9
