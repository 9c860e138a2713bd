"""The release id: equal for equal traffic, anywhere and at any time."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from infra.release_id import locked_dependencies, release_id, source_digests, source_files

from .conftest import ROOT

LOCK = """\
# made by a tool, in some folder, at some time
orjson==3.13.0 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
    # via headgate
"""


def identity(functions: Path, **changes: Any) -> str:
    content: dict[str, Any] = {
        "artefacts": {"portal": {"wire": {"paths": {}}}},
        "requirements": {"authorizer": LOCK},
        "sources": source_digests(functions),
        "settings": {"memory": 512},
    }
    return release_id(**{**content, **changes})


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    """A checkout's functions folder."""
    for room in ("authorizer", "aggregator", "shared", "release"):
        (tmp_path / "functions" / room).mkdir(parents=True)
        (tmp_path / "functions" / room / "handler.py").write_text(f"name = {room!r}\n")
    return tmp_path / "functions"


def test_another_folder_gives_the_same_id(functions: Path, tmp_path: Path):
    elsewhere = shutil.copytree(functions, tmp_path / "other" / "place" / "functions")

    assert identity(functions) == identity(elsewhere)


def test_a_reverted_commit_gives_the_old_id_back(functions: Path):
    before, handler = identity(functions), functions / "authorizer" / "handler.py"
    text = handler.read_text()
    handler.write_text("changed = True\n")
    assert identity(functions) != before

    handler.write_text(text)

    assert identity(functions) == before


@pytest.mark.parametrize("room", ["authorizer", "aggregator", "shared"])
def test_one_changed_line_of_a_serving_room_gives_another_id(functions: Path, room: str):
    before = identity(functions)

    (functions / room / "handler.py").write_text("changed = True\n")

    assert identity(functions) != before


def test_the_release_function_is_no_part_of_a_release(functions: Path):
    before = identity(functions)

    (functions / "release" / "handler.py").write_text("changed = True\n")

    assert identity(functions) == before


@pytest.mark.parametrize(
    "name", ["__pycache__/handler.cpython-311.pyc", ".DS_Store", "handler.pyc", "requirements.txt"]
)
def test_bytecode_and_leftovers_do_not_count(functions: Path, name: str):
    before, file = identity(functions), functions / "authorizer" / name
    file.parent.mkdir(exist_ok=True)

    file.write_text("anything")

    assert identity(functions) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"artefacts": {"portal": {"wire": {"paths": {"/new": {}}}}}},
        {"requirements": {"authorizer": LOCK.replace("bbbb", "cccc")}},
        {"settings": {"memory": 1024}},
    ],
    ids=["artefact", "dependency hash", "setting"],
)
def test_what_traffic_can_see_changes_the_id(functions: Path, changes: dict[str, Any]):
    assert identity(functions, **changes) != identity(functions)


def test_comments_and_layout_of_a_lock_do_not_count():
    assert locked_dependencies(LOCK) == ["orjson==3.13.0 --hash=sha256:aaaa --hash=sha256:bbbb"]
    assert locked_dependencies("# other\n" + LOCK.replace("    ", "  ")) == locked_dependencies(LOCK)


def test_the_order_of_keys_does_not_count(functions: Path):
    one = identity(functions, artefacts={"a": 1, "b": 2})

    assert one == identity(functions, artefacts={"b": 2, "a": 1})


def test_our_own_rooms_are_found():
    assert ROOT / "functions" / "release" / "handler.py" in source_files(ROOT / "functions" / "release")
