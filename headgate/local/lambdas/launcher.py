"""Starting, killing and reaping worker processes: through zygotes (fork), or one interpreter each (spawn)."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol

from .records import FunctionSpec
from .runtime import frames
from .runtime.worker import Assignment

START = str(Path(__file__).parent / "runtime" / "start.py")

# Isolated: no .pth processing, no PYTHON* variables, no current folder.
INTERPRETER = (sys.executable, "-I", "-S")

Client = Literal["awslambdaric", "own"]

RECEIVE_BYTES = 65536

CLOSED = "no Lambda worker is made any more: the local cloud is stopping"
GONE = "the process that makes Lambda workers has ended; the next invocation starts another"


def site_packages() -> tuple[str, ...]:
    """The running interpreter's package folders, pure and platform."""
    paths = sysconfig.get_paths()
    return tuple(dict.fromkeys([paths["purelib"], paths["platlib"]]))


def default_client() -> Client:
    """AWS's runtime client where it is installed, our own loop elsewhere (there is no wheel for macOS)."""
    return "awslambdaric" if find_spec("awslambdaric") else "own"


def default_fork() -> bool:
    """Fork where it is safe; macOS's system libraries do not survive it."""
    return sys.platform == "linux"


class Launcher(Protocol):
    """Makes worker processes. Statuses are exit codes, or minus the signal; None when unknown.

    Where `hands_over_assignment` is false, the worker expects its assignment as the first frame of its connection.
    """

    hands_over_assignment: bool
    client: Client

    async def spawn(self, spec: FunctionSpec, assignment: Assignment, descriptors: tuple[int, int], /) -> int:
        """A worker that serves `descriptors` (connection, output); the caller closes its copies. Its pid."""
        ...

    async def end(self, pid: int, *, kill: bool) -> int | None:
        """Wait for a worker that is leaving, or kill it."""
        ...

    def close(self) -> None:
        """End every process started here."""
        ...


class ZygoteLauncher:
    """Forks workers from zygotes; one zygote per set of variables that AWS's runtime client reads at import."""

    hands_over_assignment = True

    def __init__(self, client: Client, preload: tuple[str, ...] = ()) -> None:
        self.client = client
        self._preload = preload
        self._zygotes: dict[tuple[str, str, str], ZygoteProcess] = {}
        self._home: dict[int, ZygoteProcess] = {}
        self._is_closed = False

    def warm_up(self, spec_variables: tuple[str, str, str]) -> None:
        """Start a zygote now, so that the first invocation does not wait for its imports."""
        self._zygote(spec_variables)

    async def spawn(self, spec: FunctionSpec, assignment: Assignment, descriptors: tuple[int, int]) -> int:
        """See Launcher."""
        zygote = self._zygote(spec.import_variables)
        reply = await zygote.ask({"do": "spawn", "assignment": assignment}, descriptors)
        pid: int = reply["pid"]
        self._home[pid] = zygote
        return pid

    async def end(self, pid: int, *, kill: bool) -> int | None:
        """See Launcher."""
        zygote = self._home.pop(pid, None)
        if zygote is None:
            return None
        try:
            reply = await zygote.ask({"do": "kill" if kill else "reap", "pid": pid})
        except ConnectionError:
            _kill_orphan(pid)
            return None
        status: int | None = reply["status"]
        return status

    def close(self) -> None:
        """See Launcher."""
        self._is_closed = True
        for zygote in self._zygotes.values():
            zygote.close()
        self._zygotes.clear()

    def _zygote(self, names: tuple[str, str, str]) -> "ZygoteProcess":
        if self._is_closed:
            raise ConnectionError(CLOSED)
        zygote = self._zygotes.get(names)
        if zygote is None or not zygote.is_alive:
            if zygote is not None:
                zygote.close()
            keys = ("AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL")
            zygote = ZygoteProcess(self.client, self._preload, {k: v for k, v in zip(keys, names, strict=True) if v})
            self._zygotes[names] = zygote
        return zygote


class ZygoteProcess:
    """One zygote and the commands under way to it."""

    def __init__(self, client: Client, preload: tuple[str, ...], environment: Mapping[str, str]) -> None:
        setup = json.dumps({"client": client, "preload": preload, "path": site_packages()}).encode()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
                [*INTERPRETER, START, "zygote", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C in the terminal is for the server, which then stops us
            )
        with contextlib.suppress(OSError):  # it died this moment: the first command finds out
            self._control.sendall(frames.encode(frames.COMMAND, setup))
        self._buffer = frames.FrameBuffer()
        self._ids = itertools.count()
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_alive = True

    def ask(self, command: dict[str, Any], descriptors: tuple[int, ...] = ()) -> asyncio.Future[dict[str, Any]]:
        """The reply to a command; ConnectionError when the zygote is gone."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._control, self._receive)
        reply: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        if not self.is_alive:
            reply.set_exception(ConnectionError(GONE))
            return reply
        number = next(self._ids)
        self._waiting[number] = reply
        try:
            body = json.dumps({"id": number, **command}).encode()
            socket.send_fds(self._control, [frames.encode(frames.COMMAND, body)], descriptors)
        except OSError:
            self._lose()
        return reply

    def close(self) -> None:
        """End the zygote; it kills its workers when its socket closes."""
        self._lose()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _receive(self) -> None:
        try:
            chunk = self._control.recv(RECEIVE_BYTES)
        except OSError:
            chunk = b""
        if not chunk:
            self._lose()
            return
        for _, body in self._buffer.feed(chunk):
            reply = json.loads(body)
            waiting = self._waiting.pop(reply["id"])
            if not waiting.done():
                waiting.set_result(reply)

    def _lose(self) -> None:
        if not self.is_alive:
            return
        self.is_alive = False
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._control)
        self._control.close()
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_exception(ConnectionError(GONE))
        self._waiting.clear()


class SpawnLauncher:
    """A fresh interpreter per worker, for hosts where forking is not safe: slower to start, the same afterwards."""

    hands_over_assignment = False

    def __init__(self, client: Client) -> None:
        self.client = client
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        # Never written: every worker reads it, and ends when this process, the only writer, is gone.
        self._lifeline, self._writer = os.pipe()

    async def spawn(self, _spec: FunctionSpec, assignment: Assignment, descriptors: tuple[int, int]) -> int:
        """See Launcher."""
        if self._writer < 0:
            raise ConnectionError(CLOSED)
        connection, output = descriptors
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            [*INTERPRETER, START, "worker", str(connection), str(output), str(self._lifeline)],
            pass_fds=[connection, output, self._lifeline],
            env=assignment["environment"],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._processes[process.pid] = process
        return process.pid

    async def end(self, pid: int, *, kill: bool) -> int | None:
        """See Launcher."""
        process = self._processes.pop(pid, None)
        if process is None:
            return None
        if kill:
            process.kill()
        return await asyncio.to_thread(_wait, process)

    def close(self) -> None:
        """See Launcher."""
        for process in self._processes.values():
            process.kill()
            process.wait()
        self._processes.clear()
        if self._writer >= 0:
            os.close(self._writer)
            os.close(self._lifeline)
            self._writer = -1


def _kill_orphan(pid: int) -> None:
    """A worker whose zygote was killed: nobody else ends it while its handler runs in a loop."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _wait(process: "subprocess.Popen[bytes]") -> int:
    try:
        return process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
