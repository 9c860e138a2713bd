"""The pytest plugin: `headgate_gateway`, a project's gateway in this process.

Starts with the first test that asks for it and serves the rest of the session; each test finds it as new. Nothing heavier than
pytest is imported before that.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .gateway import Gateway
    from .running import Running


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ini options."""
    parser.addini("headgate_project", "folder with gateway.yaml, relative to the ini file (default: its folder)")
    parser.addini("headgate_stage", "stage to serve (default: local.stage of gateway.yaml)")


class _Keeper:
    """The one running gateway of a process: moto's state is the process's, so another project takes its place."""

    def __init__(self) -> None:
        self._running: Running | None = None
        self._key: tuple[Path, str] | None = None

    def running(self, project: Path, stage: str) -> "Running":
        """The gateway of a project, deployed."""
        from .running import Running  # noqa: PLC0415 - half a second, for those who use it

        key = (project.resolve(), stage)
        if self._running is None or self._key != key:
            self.stop()
            self._running, self._key = Running(project.resolve(), stage), key
        try:
            self._running.ensure()
        except BaseException:
            self.stop()
            raise
        return self._running

    def stop(self) -> None:
        """End it."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()


@pytest.fixture(scope="session")
def headgate_keeper() -> Iterator[_Keeper]:
    """Internal: keeps the gateway between tests."""
    keeper = _Keeper()
    yield keeper
    keeper.stop()


@pytest.fixture(scope="session")
def headgate_project(pytestconfig: pytest.Config) -> Path:
    """The project's folder; override it in a conftest or a test module (any scope up to `module` as well) for another one."""
    root = pytestconfig.inipath.parent if pytestconfig.inipath else pytestconfig.rootpath
    folder = root / (pytestconfig.getini("headgate_project") or ".")
    if not (folder / "gateway.yaml").is_file():
        pytest.fail(
            f"{folder} has no gateway.yaml: set `headgate_project` in the ini file, or override the fixture", False
        )
    return folder


@pytest.fixture
def headgate_gateway(
    headgate_keeper: _Keeper, headgate_project: Path, pytestconfig: pytest.Config
) -> Iterator["Gateway"]:
    """The project's gateway: what is deployed stays, what other tests did to it is forgotten."""
    from .gateway import Gateway  # noqa: PLC0415

    gateway = Gateway(headgate_keeper.running(headgate_project, str(pytestconfig.getini("headgate_stage") or "")))
    yield gateway
    gateway.client.close()
