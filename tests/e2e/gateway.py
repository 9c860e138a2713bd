"""A gateway as a user starts it: `headgate up` as a process, spoken to over HTTP and by the command line."""

import contextlib
import http.client
import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3

from examples.portal.__main__ import Server, start, stop
from examples.portal.services import PORTS
from headgate.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90


@dataclass(frozen=True)
class Answer:
    """What came back; header names are lower-case here, the body as bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One keep-alive connection to a base URL."""

    def __init__(self, base: str) -> None:
        url = urlsplit(base)
        assert url.hostname
        self.prefix = url.path.rstrip("/")
        self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)

    def request(
        self, path: str, method: str = "GET", *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        self.connection.request(method, self.prefix + path, body, dict(headers or {}))
        response = self.connection.getresponse()
        content = response.read()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def close(self) -> None:
        self.connection.close()


@dataclass
class Gateway:
    """A running `headgate up`: where it is, and its project folder."""

    project: Path
    endpoint: str
    url: str
    process: "subprocess.Popen[str]"
    ready: Mapping[str, Any]
    services: Mapping[str, Server] = field(default_factory=dict)
    output: list[str] = field(default_factory=list)

    def get(self, path: str, method: str = "GET", **options: Any) -> Answer:
        client = Client(self.url)
        try:
            return client.request(path, method, **options)
        finally:
            client.close()

    def token(self, **claims: str) -> str:
        """A real token of the local OpenID provider."""
        client = Client(self.endpoint)
        form = urlencode({"grant_type": "client_credentials", "aud": "portal", **claims}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = client.request("/_headgate/oidc/token", "POST", headers=kind, body=form)
        client.close()
        token: str = answer.json["access_token"]
        return token

    def bearer(self, **claims: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(**claims)}"}

    def access_log(self) -> list[dict[str, Any]]:
        """The lines of the stage's access log, from CloudWatch Logs."""
        logs = boto3.client(
            "logs",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
        group = self.ready["accessLogGroup"]
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [json.loads(event["message"]) for page in pages for event in page["events"]]

    def cli(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command as a process of its own."""
        return headgate(*arguments, folder=self.project)

    def here(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command in this process, which has imported everything already."""
        out, errors = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.project), contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            code = main(arguments)
        return subprocess.CompletedProcess(["headgate", *arguments], code, out.getvalue(), errors.getvalue())

    def canary(self, *arguments: str) -> Any:
        """A canary command's JSON answer."""
        done = self.here("canary", *arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])


def headgate(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the command line in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "headgate", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=180
    )


@contextmanager
def portal(folder: Path, *options: str) -> Iterator[Gateway]:
    """The sample project, copied, with its services on free ports."""
    servers = start(dict.fromkeys(PORTS, 0))
    try:
        copy_sample(folder, {server.service: server.server_port for server in servers})
        if (ROOT / "node_modules").exists():  # else a deploy installs the CDK CLI, which test_deploys.py sees it do
            (folder / "node_modules").symlink_to(ROOT / "node_modules")
        with up("--project", str(folder), *options, folder=folder) as gateway:
            gateway.services = {server.service: server for server in servers}
            yield gateway
    finally:
        stop(servers)


def copy_sample(folder: Path, ports: Mapping[str, int]) -> None:
    """The sample as a project of its own that starts no processes."""
    shutil.copytree(ROOT / "openapi", folder / "openapi")
    shutil.copy(ROOT / "cdk.json", folder / "cdk.json")
    text = (ROOT / "gateway.yaml").read_text(encoding="utf-8")
    for service, fixed in PORTS.items():
        text = text.replace(f"http://127.0.0.1:{fixed}", f"http://127.0.0.1:{ports[service]}")
    text = re.sub(r"^  start:.*\n", "", text, flags=re.MULTILINE)
    (folder / "gateway.yaml").write_text(text, encoding="utf-8")


@contextmanager
def up(*options: str, folder: Path) -> Iterator[Gateway]:
    """`headgate up --json` on free ports, until it says it is ready; stopped by Ctrl-C."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "headgate", "up", "--json", "--port", "0", "--http-port", "0", *options]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output: list[str] = []
    try:
        ready = wait_until_ready(process, output)
        yield Gateway(folder, ready["endpoint"], ready["url"], process, ready, output=output)
    finally:
        process.send_signal(2)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_ready(process: "subprocess.Popen[str]", output: list[str]) -> dict[str, Any]:
    """The line that says where everything is; later output goes on being collected."""
    ready: dict[str, Any] = {}
    found = threading.Event()

    def read() -> None:
        assert process.stdout
        with process.stdout as lines:
            for line in lines:
                output.append(line)
                if not found.is_set() and line.startswith("{") and '"ready"' in line:
                    ready.update(json.loads(line))
                    found.set()
        found.set()

    threading.Thread(target=read, daemon=True).start()
    assert found.wait(READY_SECONDS), "".join(output)
    assert ready, "".join(output)
    return ready
