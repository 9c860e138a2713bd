"""What every command has: help with an example, exit codes, and an error that says what to do."""

import json
import os
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from headgate import __version__
from headgate.cli.target import running

from .conftest import Headgate
from .documents import file, project

COMMANDS = [
    *("up", "compile", "init", "deploy", "synth"),
    *(f"canary {verb}" for verb in ("status", "start", "set", "promote", "rollback", "pause")),
    *(f"canary {verb}" for verb in ("history", "undo", "approve", "resume")),
    "releases gc",
    *("why", "doctor"),
]
NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(headgate: Headgate, command: str) -> None:
    done = headgate(*command.split(), "--help")

    assert done.code == 0
    assert re.search(rf"For example:[\s\S]*headgate {command}|Example: headgate {command}", done.out), done.out


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("canary", "--help")], ids=" ".join)
def test_help_lists_the_commands(headgate: Headgate, arguments: tuple[str, ...]) -> None:
    done = headgate(*arguments)

    assert done.code == 0
    assert ("rollback" if "canary" in arguments else "compile") in done.out


def test_version(headgate: Headgate) -> None:
    done = headgate("--version")

    assert (done.code, done.out.strip()) == (0, f"headgate {__version__}")


def test_unknown_command_names_the_known_ones(headgate: Headgate) -> None:
    done = headgate("depoly", "dev")

    assert done.code == 2
    assert "depoly" in done.err
    assert "deploy" in done.err


def test_unknown_option_is_usage(headgate: Headgate) -> None:
    done = headgate("up", "--prot", "4566")

    assert done.code == 2
    assert "--port" in done.err


@pytest.mark.parametrize("percent", ["-1", "101", "many", ""])
def test_percent_is_0_to_100(headgate: Headgate, percent: str) -> None:
    assert headgate("canary", "set", "dev", percent).code == 2


def test_canary_without_a_project(headgate: Headgate, tmp_path: Path) -> None:
    done = headgate("canary", "status", "dev")

    assert done.code == 1
    assert f"{tmp_path} has no gateway.yaml" in done.err


def test_canary_of_an_unknown_stage_names_the_known_ones(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("canary", "status", "prod")

    assert done.code == 1
    assert "no stage 'prod'" in done.err
    assert "dev, live" in done.err


def test_canary_without_a_cloud_says_how_to_get_one(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("canary", "status", "dev", "--endpoint-url", NOBODY)

    assert done.code == 1
    assert f"{NOBODY} does not answer" in done.err
    assert "headgate up" in done.err


def test_canary_on_aws_without_credentials_says_so(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("canary", "status", "dev", "--aws", "--json")

    assert done.code == 1
    assert done.lines[-1]["ok"] is False
    assert "credentials" in done.lines[-1]["error"]["message"]


def test_two_clouds_at_once_are_usage(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)

    assert headgate("canary", "status", "dev", "--aws", "--endpoint-url", NOBODY).code == 2


def test_deploy_of_an_unknown_environment_names_the_known_ones(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("deploy", "prod")

    assert done.code == 1
    assert "no environment 'prod'" in done.err
    assert "dev, live" in done.err


def test_deploy_without_a_cloud_says_so_before_it_synthesizes(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path)
    done = headgate("deploy", "dev", "--endpoint-url", NOBODY)

    assert done.code == 1
    assert "does not answer" in done.err


def test_broken_gateway_yaml_is_told_by_every_command(headgate: Headgate, tmp_path: Path) -> None:
    project(tmp_path, gateway="name: 1 2\nbogus: 1\n")
    told = [headgate(*command) for command in (("canary", "status", "dev"), ("deploy", "dev"), ("synth",))]

    assert [done.code for done in told] == [1, 1, 1]
    assert all("gateway.yaml:1:1: error HG110" in done.err for done in told)
    assert all("gateway.yaml:2:1: error HG110" in done.err for done in told)


class Healthy(BaseHTTPRequestHandler):
    """Somebody else's cloud: it is healthy."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.mark.parametrize(("process", "is_believed"), [(os.getpid(), True), (2**22 + 1, False)], ids=["ours", "gone"])
def test_state_of_a_crashed_cloud_is_not_believed(
    headgate: Headgate, tmp_path: Path, process: int, is_believed: bool
) -> None:
    """Its port may be another project's by now: the process that wrote it is gone, so nothing is asked there."""
    project(tmp_path)
    with HTTPServer(("127.0.0.1", 0), Healthy) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        file(tmp_path / ".headgate" / "up.json", json.dumps({"endpoint": endpoint, "pid": process}))

        assert (running(tmp_path) == endpoint) is is_believed
