"""The zygote: a small, thread-free process that forks workers in 3 to 5 ms.

It has imported AWS's runtime client (and third-party packages the user asked for) but nothing of any function. One zygote
serves one set of the variables that awslambdaric reads when it is imported. It ends, and takes its workers with it, as
soon as the pool's process is gone.

Commands are JSON frames: {"id", "do": "spawn", "assignment"} with two descriptors -> {"id", "pid"};
{"id", "do": "kill" | "reap", "pid"} -> {"id", "status"}: exit code, or minus the signal; null when unknown.
"""

import gc
import importlib
import json
import os
import signal
import socket
import sys
import time
from typing import Any, NoReturn

from . import frames, worker

DESCRIPTORS_PER_WORKER = 2
REAP_SECONDS = 0.5  # a worker that closed its socket but does not end in this time is killed


class Zygote:
    """The set of living children, and the three commands about them."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: set[int] = set()

    def serve(self) -> None:
        """Answer commands until the pool is gone."""
        try:
            while True:
                command, descriptors = self._read()
                reply = self._spawn(command, descriptors) if command["do"] == "spawn" else self._end(command)
                self._control.sendall(frames.encode(frames.REPLY, json.dumps({"id": command["id"], **reply}).encode()))
        except (EOFError, OSError):
            pass
        for pid in list(self._children):
            self._end({"do": "kill", "pid": pid})

    def _read(self) -> tuple[dict[str, Any], list[int]]:
        # Descriptors arrive with the frame's first byte, so the header is read by recv_fds.
        header, descriptors, _, _ = socket.recv_fds(self._control, frames.HEADER.size, DESCRIPTORS_PER_WORKER)
        if not header:
            raise EOFError
        header += frames.read_exactly(self._control, frames.HEADER.size - len(header))
        length, _ = frames.HEADER.unpack(header)
        return json.loads(frames.read_exactly(self._control, length)), descriptors

    def _spawn(self, command: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        connection_fd, output = descriptors
        pid = os.fork()
        if pid == 0:
            self._control.close()
            gc.unfreeze()
            worker.become(command["assignment"], socket.socket(fileno=connection_fd), output)
        os.close(connection_fd)
        os.close(output)
        self._children.add(pid)
        return {"pid": pid}

    def _end(self, command: dict[str, Any]) -> dict[str, Any]:
        """Kill or reap. Only our own children: a number we no longer hold may be somebody else's process by now."""
        pid = command["pid"]
        if pid not in self._children:
            return {"status": None}
        self._children.discard(pid)
        if command["do"] == "reap":
            give_up = time.monotonic() + REAP_SECONDS
            while time.monotonic() < give_up:
                found, status = os.waitpid(pid, os.WNOHANG)
                if found:
                    return {"status": os.waitstatus_to_exitcode(status)}
                time.sleep(0.001)
        os.kill(pid, signal.SIGKILL)
        return {"status": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}


def main(descriptors: list[int]) -> NoReturn:
    """Entry: the control socket; the first frame says which packages to import and where they are."""
    control = socket.socket(fileno=descriptors[0])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _, body = frames.read_frame(control)
    except EOFError:
        os._exit(0)  # the pool was gone before it said anything
    setup = json.loads(body)
    before = list(sys.path)
    sys.path += setup["path"]
    importlib.import_module(f".{setup['client']}_loop", __package__)
    for name in setup["preload"]:
        importlib.import_module(name)
    sys.path[:] = before
    gc.collect()
    gc.freeze()  # shared pages stay shared: the collector writes into every object it visits
    Zygote(control).serve()
    os._exit(0)
