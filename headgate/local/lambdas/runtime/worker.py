"""One worker: become the function's environment, then let AWS's runtime client (or our own loop) call the handler."""

import importlib
import json
import os
import random
import signal
import socket
import sys
import threading
import time
from typing import Any, NoReturn, TypedDict

from . import frames, shift


class Assignment(TypedDict):
    """What a worker is told before it imports anything of the user's."""

    handler: str
    environment: dict[str, str]
    path_before: list[str]  # sys.path: these, then the interpreter's own library, then path_after
    path_after: list[str]
    directory: str
    client: str  # "awslambdaric" or "own"
    clock: str | None  # what `shift.follow` takes; None where nobody can move the clock


def become(assignment: Assignment, connection: socket.socket, output: int) -> NoReturn:
    """Run the function in this process until the pool closes the connection. Never returns."""
    code = 1
    try:
        _enter(assignment, output)
        _serve(assignment, connection)
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:  # noqa: BLE001 - the last frame of the process: print, then leave
        sys.excepthook(*sys.exc_info())
    finally:
        _flush()
        os._exit(code)


def _enter(assignment: Assignment, output: int) -> None:
    """Environment, folder, path, output and signals of the function."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    # Fresh objects: a zygote's buffers must not be flushed once per child.
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115 - lives as long as the process
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(assignment["environment"])
    time.tzset()
    os.chdir(assignment["directory"])
    sys.path[:] = [*assignment["path_before"], *sys.path, *assignment["path_after"]]
    sys.path_importer_cache.clear()
    sys.argv[:] = ["bootstrap"]
    if assignment["clock"] is not None:
        shift.install()
        shift.follow(assignment["clock"])
    random.seed()  # every child of a zygote would draw the same numbers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the terminal's foreground process
    _prefer_own_handler(assignment)


def _prefer_own_handler(assignment: Assignment) -> None:
    """The handler's own top-level package comes from the function's code, even where host packages go first.

    Careless wheels ship top-level packages called `tests` or `service`; they must not shadow the function itself.
    """
    name = assignment["handler"].replace("/", ".").partition(".")[0]
    code = assignment["directory"]
    from importlib.machinery import ModuleSpec, PathFinder  # noqa: PLC0415 - already loaded, costs nothing

    class OwnCode:
        @staticmethod
        def find_spec(fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:  # noqa: ARG004
            return PathFinder.find_spec(name, [code], target) if fullname == name else None

    sys.meta_path.insert(0, OwnCode)


def _serve(assignment: Assignment, connection: socket.socket) -> None:
    loop = importlib.import_module(f".{assignment['client']}_loop", __package__)
    try:
        loop.run(assignment["handler"], connection)
    except EOFError:
        return  # the pool is done with this worker


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue  # the reader is gone or the handler closed it; the process ends anyway


def main(descriptors: list[int]) -> NoReturn:
    """Entry of a spawned worker: connection, output and lifeline; the assignment is the first frame."""
    connection_fd, output, lifeline = descriptors
    connection = socket.socket(fileno=connection_fd)
    threading.Thread(target=_die_with_parent, args=(lifeline,), daemon=True).start()
    try:
        _, body = frames.read_frame(connection)
    except EOFError:
        os._exit(0)  # the pool was gone before it said anything
    become(json.loads(body), connection, output)


def _die_with_parent(lifeline: int) -> None:
    """Ends the process when the pool's process is gone, even while a handler runs in a loop."""
    os.read(lifeline, 1)
    os._exit(0)
