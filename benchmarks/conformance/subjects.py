"""What is scored: how each emulator is installed, apart from this project's environment, and how it is started."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / ".tools" / "peers"
START_SECONDS = 60.0
STOP_SECONDS = 10.0


class NotInstalledError(Exception):
    """The peer could not be installed or started; the message says why."""


@dataclass(frozen=True)
class Subject:
    """`packages` go into a virtual environment of their own; `newest` keeps out what was released later (LocalStack's own
    dependencies are open upwards and have since changed). `{port}` in command and environment is the port."""

    name: str
    command: tuple[str, ...]
    packages: tuple[str, ...] = ()
    newest: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    builds: tuple[str, ...] = ("import",)
    port: int = 0
    note: str = ""


SUBJECTS = (
    Subject(
        "headgate",
        (sys.executable, "-m", "headgate.local", "--port", "{port}", "--http-port", "0"),
        port=4570,
        note="Lambda in worker processes",
    ),
    Subject(
        "moto server",
        ("bin/moto_server", "-p", "{port}"),
        ("moto[server,apigateway,awslambda,iam,cognitoidp,logs]==5.2.5",),
        builds=("import", "calls"),
        port=4572,
        note="server mode has no data plane",
    ),
    Subject(
        "MiniStack",
        ("bin/ministack",),
        ("ministack==1.5.33",),
        environment={"GATEWAY_PORT": "{port}"},
        builds=("import", "calls"),
        port=4571,
        note="Lambda in local processes",
    ),
    Subject(
        "LocalStack core",
        ("bin/python", "-m", "localstack.runtime.main"),
        ("localstack-core[runtime]==4.7.0",),
        newest="2025-09-05",
        environment={
            "GATEWAY_LISTEN": "127.0.0.1:{port}",
            "LOCALSTACK_HOST": "localhost:{port}",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "DNS_ADDRESS": "0",
        },
        builds=("import", "calls"),
        port=4573,
        note="host mode without Docker, so its functions never start",
    ),
)


def install(subject: Subject) -> Path:
    """The folder in which the subject's command is found. Raises NotInstalledError."""
    if not subject.packages:
        return ROOT
    folder = TOOLS / subject.name.lower().replace(" ", "-")
    stamp = folder / "installed.txt"
    wanted = "\n".join((*subject.packages, subject.newest or ""))
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return folder
    python = folder / "bin" / "python"
    newest = ("--exclude-newer", subject.newest) if subject.newest else ()
    _uv("venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder))
    _uv("pip", "install", "--quiet", "--python", str(python), *newest, *subject.packages)
    stamp.write_text(wanted, encoding="utf-8")
    return folder


def _uv(*arguments: str) -> None:
    command = [str(ROOT / ".venv" / "bin" / "uv"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstalledError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "uv failed")


@contextlib.contextmanager
def running(subject: Subject) -> Iterator[str]:
    """The endpoint, while the block runs. Raises NotInstalledError."""
    folder = install(subject)
    port = str(subject.port)
    command = [word.replace("{port}", port) for word in subject.command]
    if subject.packages:
        command[0] = str(folder / command[0])
    given = {name: value.replace("{port}", port) for name, value in subject.environment.items()}
    with tempfile.TemporaryDirectory(prefix="headgate-peer-") as scratch:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "FILESYSTEM_ROOT": scratch, **given}
        if subject.packages:
            environment.pop("PYTHONPATH")
        log = Path(scratch) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=ROOT if not subject.packages else scratch, env=environment, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
            try:
                yield _wait(subject, process, log)
            finally:
                _stop(process)


def _wait(subject: Subject, process: subprocess.Popen[bytes], log: Path) -> str:
    endpoint = f"http://localhost:{subject.port}"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(endpoint, timeout=1):
            return endpoint
        if _answers(endpoint):
            return endpoint
        time.sleep(0.3)
    tail = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    raise NotInstalledError(f"{subject.name} did not start: {' '.join(tail)[:200]}")


def _answers(endpoint: str) -> bool:
    """Any HTTP answer will do, an error included."""
    try:
        urllib.request.urlopen(endpoint, timeout=1).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    """The whole session: emulators leave children."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
