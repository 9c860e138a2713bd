"""`headgate up` as a process: what it refuses, what it says, how it goes on and how it ends."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ..e2e.gateway import ROOT, wait_until_ready
from ..e2e.warehouse import Warehouse, warehouse
from .conftest import Headgate
from .documents import GATEWAY, TICKETS, file, project

# The one from before a test moves it: jsii keeps what it has unpacked there, which is 20 seconds of work.
HOME = str(Path.home())

SECONDS_TO_STOP = 10
SECONDS_TO_DEPLOY = 30
DOCUMENT = TICKETS.replace("/tickets/{id}", "/parts/{id}")


@pytest.fixture(scope="module")
def service() -> Iterator[Warehouse]:
    with warehouse() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, service: Warehouse) -> Path:
    """A project in front of the service."""
    return project(tmp_path, document=DOCUMENT.replace("https://tickets.example.org/api/", service.url))


class Running:
    """A `headgate up` that was started; `ready` once it said so."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "headgate", "up", "--json", *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": HOME}
        self.lines: list[str] = []
        self.ready: dict[str, Any] = {}
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def wait(self) -> None:
        self.ready = wait_until_ready(self.process, self.lines)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in list(self.lines) if line.startswith("{")]

    def heard(self, event: str, times: int = 1) -> bool:
        """Whether it says so in time."""
        for _ in range(SECONDS_TO_DEPLOY * 20):
            if sum(1 for said in self.events() if said.get("event") == event) >= times:
                return True
            time.sleep(0.05)  # another process writes: there is nothing to wait on but the clock
        return False

    def get(self, path: str) -> int:
        address = urlsplit(self.ready["url"])
        assert address.hostname
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(SECONDS_TO_STOP)


@contextmanager
def up(folder: Path, *options: str) -> Iterator[Running]:
    """Started on free ports unless `options` say otherwise, and ended whatever happens."""
    running = Running(folder, *(options or ("--port", "0", "--http-port", "0")))
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()
        if running.process.stdout and not running.ready:
            running.process.stdout.close()


def children(process: int) -> set[int]:
    """Every process that a process started, and theirs."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        parents[int(stat.parent.name)] = int(fields[1])
    found = {process}
    while new := {child for child, parent in parents.items() if parent in found} - found:
        found |= new
    return found - {process}


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def busy_port() -> socket.socket:
    """A socket that holds a port whose successors are likely to be free."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    holder.listen()
    return holder


# ---- what is refused before anything starts


@pytest.mark.parametrize(
    "arguments",
    [
        ("--empty", "--mock"),
        ("--empty", "--spec", "x.yaml"),
        ("--port", "x"),
        ("--port", "65536"),
        ("--http-port", "-1"),
        ("--canary", "101"),
        ("--canary", "a-lot"),
    ],
    ids=" ".join,
)
def test_bad_options_are_usage(headgate: Headgate, arguments: tuple[str, ...]) -> None:
    done = headgate("up", *arguments)

    assert done.code == 2
    assert done.err.startswith("error ")


def test_missing_document_is_told(headgate: Headgate) -> None:
    done = headgate("up", "--spec", "gone.yaml", "--mock")

    assert done.code == 1
    assert "gone.yaml is no file" in done.err


def test_document_with_nothing_to_serve_is_told(headgate: Headgate, tmp_path: Path) -> None:
    """API Gateway refuses to deploy an API without methods."""
    file(tmp_path / "hooks.yaml", "openapi: 3.1.0\ninfo: {title: Hooks, version: '1'}\nwebhooks: {}\n")
    done = headgate("up", "--spec", "hooks.yaml", "--mock", "--port", "0", "--http-port", "0")

    assert done.code == 1
    assert "hooks.yaml has no operations: there is nothing to serve" in done.err


def test_folder_without_a_project_is_told(headgate: Headgate, tmp_path: Path) -> None:
    done = headgate("up", "--json")

    assert done.code == 1
    assert f"{tmp_path} has no gateway.yaml" in done.lines[-1]["error"]["message"]


def test_broken_gateway_yaml_is_told_completely(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path, gateway="name: 1 2\nbogus: 1\nenvironments: {}\n")
    done = headgate("up")

    assert done.code == 1
    for line in (1, 2, 3):
        assert f"gateway.yaml:{line}:1: error HG110" in done.err


def test_unknown_stage_is_told_before_a_cloud_starts(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("up", "--stage", "prod")

    assert done.code == 1
    assert "no stage 'prod'" in done.err
    assert "dev, live" in done.err


def test_broken_document_is_told_completely_and_ends_with_1(folder: Path) -> None:
    file(
        folder / "openapi" / "tickets.yaml", DOCUMENT.replace("{type: string}", "{$ref: '#/a'}").replace("200", "2000")
    )
    with up(folder) as running:
        assert running.process.wait(60) == 1
        assert running.process.stdout
        with running.process.stdout as lines:
            said = [json.loads(line) for line in lines if line.startswith("{")]

    assert {event["code"] for event in said if event.get("event") == "diagnostic"} >= {"HG104"}
    assert said[-1]["ok"] is False


# ---- ports


def test_busy_ports_take_the_next_and_say_so(tmp_path: Path) -> None:
    with busy_port() as first, busy_port() as second:
        wanted = [holder.getsockname()[1] for holder in (first, second)]
        with up(tmp_path, "--empty", "--port", str(wanted[0]), "--http-port", str(wanted[1])) as running:
            running.wait()
            told = "".join(running.lines)
            got = [urlsplit(running.ready[name]).port or 0 for name in ("endpoint", "url")]

            assert all(is_port > was_port for is_port, was_port in zip(got, wanted, strict=True))
            assert f"port {wanted[0]} is in use: the AWS port is {got[0]}" in told
            assert f"port {wanted[1]} is in use: the HTTP port is {got[1]}" in told


# ---- life


def test_empty_cloud_is_healthy_and_stops_within_seconds(tmp_path: Path) -> None:
    with up(tmp_path, "--empty", "--port", "0", "--http-port", "0") as running:
        running.wait()
        address = urlsplit(running.ready["endpoint"])
        connection = http.client.HTTPConnection("localhost", address.port, timeout=10)
        connection.request("GET", "/_headgate/health")

        assert connection.getresponse().status == 200
        connection.close()
        assert running.stop(signal.SIGTERM) == 0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_ctrl_c_leaves_no_process_and_no_state(folder: Path) -> None:
    with (folder / "gateway.yaml").open("a", encoding="utf-8") as gateway:
        gateway.write('local: {start: ["{python} -c \\"import time; time.sleep(600)\\""]}\n')
    with up(folder) as running:
        running.wait()
        assert running.get("/parts/7") == 200
        started = children(running.process.pid)
        assert len(started) >= 2  # the synthesizer and the project's own process

        assert running.stop() == 0
        assert [process for process in started if is_running(process)] == []
        assert not (folder / ".headgate" / "up.json").exists()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_ctrl_c_while_it_deploys_stops_within_seconds(folder: Path) -> None:
    with up(folder) as running:
        for _ in range(400):
            if started := children(running.process.pid):
                break
            time.sleep(0.05)  # until the synthesizer has been started

        assert running.stop() == 0
        assert [process for process in started if is_running(process)] == []


def test_mistakes_on_save_keep_the_gateway_serving(folder: Path) -> None:
    """A document, then gateway.yaml: both are told with their place, both are taken back, and nobody noticed."""
    document, gateway = folder / "openapi" / "tickets.yaml", folder / "gateway.yaml"
    good = document.read_text(encoding="utf-8")
    with up(folder) as running:
        running.wait()
        file(document, good.replace("paths:", "paths: {"))
        assert running.heard("failed", 1), running.lines
        assert running.get("/parts/7") == 200

        file(document, good)
        file(gateway, GATEWAY.replace("apis:", "bogus: 1\napis:"))
        assert running.heard("failed", 2), running.lines
        assert running.get("/parts/7") == 200

        file(gateway, GATEWAY)
        deployed = sum(1 for event in running.events() if event.get("event") == "deployed")
        file(document, good.replace("title: Tickets", "title: Seats"))
        assert running.heard("deployed", deployed + 1), running.lines
        told = [event for event in running.events() if event.get("event") == "diagnostic"]

    assert {(event["path"], event["code"]) for event in told} >= {
        ("openapi/tickets.yaml", "HG101"),
        ("gateway.yaml", "HG110"),
    }


def test_second_up_of_a_project_takes_over_and_gives_back(folder: Path) -> None:
    def endpoint() -> str:
        return str(json.loads((folder / ".headgate" / "up.json").read_text(encoding="utf-8"))["endpoint"])

    with up(folder) as first:
        first.wait()
        with up(folder, "--port", "0", "--http-port", "0", "--no-watch") as second:
            second.wait()
            assert f"serves this project, {first.ready['endpoint']}" in "".join(second.lines)
            assert endpoint() == second.ready["endpoint"]
            assert [running.get("/parts/7") for running in (first, second)] == [200, 200]
            assert second.stop() == 0
        assert endpoint() == first.ready["endpoint"]
        assert sorted(path.name for path in (folder / ".headgate").iterdir()) == ["assets", "cdk.out", "up.json"]
        assert first.stop() == 0
    assert not (folder / ".headgate" / "up.json").exists()


def test_region_of_an_environment_is_where_commands_look(folder: Path, headgate: Headgate) -> None:
    file(folder / "gateway.yaml", GATEWAY.replace("dev: {stages", "dev: {region: eu-central-1, stages"))
    with up(folder) as running:
        running.wait()
        done = headgate("canary", "status", "dev", "--json")

    assert done.code == 0, done.out
    assert done.lines[-1]["state"]["phase"] == "stable"
