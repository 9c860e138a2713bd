"""A function's asset: what is inside, and that it is the same on every machine."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from infra.assets import Bundle, BundlingError, build_bundle, find_uv, run_quietly


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    functions = tmp_path / "functions"
    for name in ("authorizer", "shared", "aggregator"):
        (functions / name).mkdir(parents=True)
        (functions / name / "__init__.py").touch()
        (functions / name / "code.py").write_text(f"name = {name!r}\n")
    (functions / "authorizer" / "requirements.txt").write_text("orjson==3.13.0 --hash=sha256:aaaa\n")
    return Bundle(functions, "authorizer", {"routes.json": {"b": 1, "a": []}})


def install(command: Sequence[str]) -> None:
    """Stands in for uv: what it leaves behind in its target."""
    target = Path(command[command.index("--target") + 1])
    (target / "orjson").mkdir()
    (target / "orjson" / "__init__.py").write_text("fast = True\n")
    for name in ("orjson/__pycache__", "bin", "orjson-3.13.0.dist-info"):
        (target / name).mkdir()
    for name in (
        "orjson/__pycache__/x.pyc",
        "bin/tool",
        "orjson-3.13.0.dist-info/RECORD",
        "orjson-3.13.0.dist-info/METADATA",
    ):
        (target / name).write_text("x")


def contents(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_an_asset_is_a_room_the_shared_room_its_artefacts_and_its_dependencies(bundle: Bundle, tmp_path: Path):
    folder = build_bundle(bundle, tmp_path / "cache", install)

    assert contents(folder) == {
        "functions/__init__.py",
        "functions/authorizer/__init__.py",
        "functions/authorizer/code.py",
        "functions/authorizer/routes.json",
        "functions/shared/__init__.py",
        "functions/shared/code.py",
        "orjson/__init__.py",
        "orjson-3.13.0.dist-info/METADATA",
    }
    assert (folder / "functions/authorizer/routes.json").read_text() == '{"a":[],"b":1}'


def test_wheels_are_fetched_for_lambda_hash_checked_and_never_built(bundle: Bundle, tmp_path: Path):
    seen: list[Sequence[str]] = []

    build_bundle(bundle, tmp_path / "cache", seen.append)

    text = " ".join(seen[0])
    assert "--python-platform aarch64-manylinux_2_28 --python-version 3.14 --only-binary :all: --require-hashes" in text


def test_a_built_asset_is_used_again(bundle: Bundle, tmp_path: Path):
    first = build_bundle(bundle, tmp_path / "cache", install)

    def fail(_command: Sequence[str]) -> None:
        raise AssertionError("built twice")

    assert build_bundle(bundle, tmp_path / "cache", fail) == first


def test_the_local_cloud_needs_no_dependencies_and_has_another_hash(bundle: Bundle, tmp_path: Path):
    local = replace(bundle, with_dependencies=False)

    folder = build_bundle(local, tmp_path / "cache", lambda command: pytest.fail("nothing to install"))

    assert local.digest != bundle.digest
    assert not (folder / "orjson").exists()


def test_an_edit_gives_another_hash(bundle: Bundle):
    before = bundle.digest

    (bundle.functions / "shared" / "code.py").write_text("name = 'edited'\n")

    assert bundle.digest != before
    assert replace(bundle, artefacts={"routes.json": {}}).digest != bundle.digest


def test_a_neighbours_edit_does_not(bundle: Bundle):
    before = bundle.digest

    (bundle.functions / "aggregator" / "code.py").write_text("name = 'edited'\n")

    assert bundle.digest == before


def test_a_failed_fetch_leaves_nothing_behind(bundle: Bundle, tmp_path: Path):
    def fail(_command: Sequence[str]) -> None:
        raise BundlingError("no network")

    with pytest.raises(BundlingError, match="no network"):
        build_bundle(bundle, tmp_path / "cache", fail)

    assert os.listdir(tmp_path / "cache") == []


def test_what_the_installer_says_is_told():
    with pytest.raises(BundlingError, match=r"exited with 2: .*unexpected argument"):
        run_quietly([*find_uv(), "--no-such-flag"])
