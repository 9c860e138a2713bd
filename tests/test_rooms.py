"""Who may import whom (docs/architecture.md): read from the source, so that a rule cannot be broken quietly."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for room in ("headgate", "functions", "infra") for path in (ROOT / room).rglob("*.py"))
WORLD = {"socket", "time", "random", "secrets", "subprocess", "requests", "urllib.request", "http.client", "boto3"}

# Modules that decide and do nothing else: no socket, clock, randomness or environment.
PURE = [
    "functions/authorizer/token.py",
    "functions/authorizer/policy.py",
    "functions/aggregator/plan.py",
    "functions/aggregator/schedule.py",
    "functions/aggregator/answer.py",
    "functions/aggregator/cache_key.py",
    "functions/release/canary.py",
    *(str(path.relative_to(ROOT)) for path in SOURCES if path.is_relative_to(ROOT / "headgate" / "spec")),
    *(str(path.relative_to(ROOT)) for path in SOURCES if path.is_relative_to(ROOT / "headgate" / "diff")),
]

# The rooms of the compiler, and which of them each may import. The modules beside the rooms put the steps in order: they import any
# room, and no room imports them (docs/decisions/0015-rooms-of-the-compiler.md).
SPEC_ROOMS = {
    "diagnostics": "",
    "source": "diagnostics",
    "settings": "diagnostics source",
    "operations": "diagnostics source settings",
    "arazzo": "diagnostics source settings operations",
    "contract": "diagnostics source operations",
    "security": "diagnostics source settings operations",
    "wire": "diagnostics source settings operations contract security",
    "placement": "diagnostics operations security wire",
    "ledger": "source operations contract security wire",
}


def imported(path: Path) -> Iterator[str]:
    """Absolute names of everything a file imports, at load time or later."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def breaches(room: str, *forbidden: str, but: tuple[str, ...] = ()) -> list[str]:
    """Imports below a folder that start with a forbidden name."""
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in SOURCES
        if path.is_relative_to(ROOT / room)
        for name in imported(path)
        if any(name == banned or name.startswith(f"{banned}.") for banned in forbidden)
        if not any(name == allowed or name.startswith(f"{allowed}.") for allowed in but)
    ]


def test_functions_import_neither_other_room() -> None:
    assert breaches("functions", "headgate", "infra", "aws_cdk", "moto") == []


@pytest.mark.parametrize("room", ["authorizer", "aggregator", "release"])
def test_a_function_imports_shared_and_never_its_neighbour(room: str) -> None:
    assert breaches(f"functions/{room}", "functions", but=(f"functions.{room}", "functions.shared")) == []


def test_shared_imports_no_function() -> None:
    assert breaches("functions/shared", "functions", but=("functions.shared",)) == []


def test_only_infra_imports_aws_cdk() -> None:
    assert breaches("headgate", "aws_cdk", "jsii", "constructs", "cdk_nag") == []


def test_only_the_local_cloud_imports_moto() -> None:
    assert breaches("headgate/spec", "moto") + breaches("headgate/cli", "moto") + breaches("infra", "moto") == []


def test_infra_imports_nothing_of_headgate_but_spec() -> None:
    assert breaches("infra", "headgate", but=("headgate.spec", "headgate.rooms")) == []


def test_the_local_cloud_never_imports_a_handler() -> None:
    assert breaches("headgate/local", "functions", "infra") == []


def test_control_plane_and_data_plane_do_not_know_each_other() -> None:
    assert breaches("headgate/local/dataplane", "headgate.local.apigateway") == []
    assert breaches("headgate/local/apigateway", "headgate.local.dataplane") == []


def test_spec_imports_no_other_room() -> None:
    assert breaches("headgate/spec", "headgate", "functions", "infra", but=("headgate.spec",)) == []


@pytest.mark.parametrize("room", SPEC_ROOMS)
def test_a_room_of_the_compiler_imports_only_the_rooms_below_it(room: str) -> None:
    below = tuple(f"headgate.spec.{name}" for name in (room, *SPEC_ROOMS[room].split()))

    assert breaches(f"headgate/spec/{room}", "headgate.spec", but=below) == []


def test_the_rooms_of_the_compiler_are_those_listed_and_stand_on_each_other_without_a_circle() -> None:
    folders = {path.parent.name for path in (ROOT / "headgate" / "spec").glob("*/*.py")}

    assert folders == set(SPEC_ROOMS)
    assert set(TopologicalSorter({room: below.split() for room, below in SPEC_ROOMS.items()}).static_order()) == folders


def test_diff_imports_spec_and_no_other_room() -> None:
    assert breaches("headgate/diff", "headgate", "functions", "infra", but=("headgate.diff", "headgate.spec")) == []


@pytest.mark.parametrize("path", PURE)
def test_pure_modules_reach_for_nothing(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    reads_environment = any(isinstance(node, ast.Attribute) and node.attr == "environ" for node in ast.walk(tree))

    assert not WORLD & {name for full in imported(ROOT / path) for name in (full, full.rpartition(".")[0])}
    assert not reads_environment
