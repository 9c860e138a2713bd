"""The near side of one worker process: send it an event, take its answer, its output and its end."""

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fcntl import ioctl
from termios import FIONREAD
from typing import Any, Protocol

from ..records import Invocation
from .launcher import Launcher
from .records import FunctionSpec, LogLine, LogSink, WorkerClock, error_payload, exit_reason
from .runtime import frames
from .runtime.worker import Assignment

RECEIVE_BYTES = 262_144
NOTHING = bytes(4)
RESPONSE_BYTES = 6_291_556  # Lambda's limit for what a function answers
TOO_LARGE = json.dumps(
    {
        "errorMessage": f"Response payload size exceeded maximum allowed payload size ({RESPONSE_BYTES} bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
).encode()


class Answer(Protocol):
    """A future of asyncio or of concurrent.futures: what both have."""

    def done(self) -> bool: ...
    def set_result(self, result: Invocation, /) -> None: ...
    def set_exception(self, exception: BaseException, /) -> None: ...
    def add_done_callback(self, fn: Callable[[Any], object], /) -> None: ...


@dataclass(slots=True)
class Call:
    """One invocation under way. `leave` is told the function's ARN once, whatever becomes of it."""

    request_id: str
    function_arn: str
    event: bytes
    trace_id: str
    client_context: str
    answer: Answer
    arn: str  # without qualifier
    leave: Callable[[str], None]
    asked_at: float  # monotonic seconds
    is_alone: bool = False  # no other call is under way: the worker may stay awake for the next one

    def finish(self, result: Invocation | Exception) -> None:
        """Answer the caller, unless it has gone."""
        self.leave(self.arn)
        if self.answer.done():
            return
        if isinstance(result, Exception):
            self.answer.set_exception(result)
        else:
            self.answer.set_result(result)


class Owner(Protocol):
    """The group a worker belongs to."""

    def worker_ready(self, worker: "Worker") -> None: ...
    def worker_gone(self, worker: "Worker", failure: Invocation | None) -> None: ...


@dataclass(slots=True)
class Connection:
    """Our ends of a worker's two channels."""

    socket: socket.socket
    output: int
    buffer: frames.FrameBuffer = field(default_factory=frames.FrameBuffer)
    unsent: bytearray = field(default_factory=bytearray)
    partial_line: bytes = b""


class Worker:
    """A worker process of one function version. All methods run on the event loop."""

    def __init__(
        self,
        spec: FunctionSpec,
        stream: str,
        owner: Owner,
        launcher: Launcher,
        log: LogSink,
        *,
        clock: WorkerClock | None = None,
    ) -> None:
        self.spec = spec
        self.idle_since = 0.0
        self._stream = stream
        self._owner = owner
        self._launcher = launcher
        self._log = log
        self._clock = clock or WorkerClock()
        self._loop = asyncio.get_running_loop()
        self._call: Call | None = None
        self._started_at = time.monotonic()
        self._init_millis: float | None = None
        self._ready = False
        self._failure: Invocation | None = None  # what the init went wrong with
        self._pid: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tail: list[str] = []
        self._unlogged = ""  # a START that waits for company: most calls print nothing, and then one record is enough
        self._connection: Connection | None = None
        self._deadline = 0.0
        self._unread = bytearray(NOTHING)

    # ---- life

    async def start(self, assignment: Assignment, init_seconds: float) -> None:
        """Make the process; `worker_ready` or `worker_gone` of the owner follows."""
        ours, theirs = socket.socketpair()
        reader, writer = os.pipe()
        try:
            self._connection = Connection(ours, reader)
            self._pid = await self._launcher.spawn(self.spec, assignment, (theirs.fileno(), writer))
        except OSError:
            self._close()
            raise
        finally:
            theirs.close()
            os.close(writer)
        if not self._launcher.hands_over_assignment:
            with contextlib.suppress(OSError):  # it died this moment: its end of file follows
                ours.sendall(frames.encode(frames.COMMAND, json.dumps(assignment).encode()))
        ours.setblocking(False)
        os.set_blocking(reader, False)
        self._loop.add_reader(ours, self._receive)
        self._loop.add_reader(reader, self._read_output)
        self._arm(time.monotonic() + init_seconds)

    def run(self, call: Call) -> None:
        """Send an event to this idle worker."""
        now = time.monotonic()
        self._call = call
        self._started_at = now
        self._tail.clear()
        deadline_millis = int((self._clock.now() + self.spec.timeout_seconds) * 1000)
        self._unlogged = f"START RequestId: {call.request_id} Version: {self.spec.version}"
        invoke = frames.Invoke(
            call.request_id,
            call.function_arn,
            deadline_millis,
            call.trace_id,
            call.client_context,
            call.event,
            self._clock.told() if self._clock.told else "",
        )
        self._arm(now + self.spec.timeout_seconds)
        self._send(frames.encode_invoke(invoke, frames.LONE_INVOKE if call.is_alone else frames.INVOKE))

    def retire(self) -> None:
        """Let an idle worker go: its loop ends when the socket closes."""
        if self._connection is not None:
            self._end(kill=False)

    def kill(self) -> None:
        """Stop the worker at once; a call under way is answered as a crash."""
        if self._connection is not None:
            self._end(kill=True)

    @property
    def is_busy(self) -> bool:
        """Whether a call is under way."""
        return self._call is not None

    # ---- channels

    def _send(self, data: bytes) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            sent = connection.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # the worker died this moment: its end of file follows
        if sent < len(data):
            connection.unsent += data[sent:]
            self._loop.add_writer(connection.socket, self._send_rest)

    def _send_rest(self) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            del connection.unsent[: connection.socket.send(connection.unsent)]
        except BlockingIOError:
            return
        except OSError:
            connection.unsent.clear()
        if not connection.unsent:
            self._loop.remove_writer(connection.socket)

    def _receive(self) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            chunk = connection.socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._end(kill=False)
            return
        for kind, body in connection.buffer.feed(chunk):
            self._handle(kind, body)

    def _handle(self, kind: int, body: bytes) -> None:
        if kind == frames.READY:
            self._init_millis = (time.monotonic() - self._started_at) * 1000
            self._ready = True
            self._disarm()
            self._owner.worker_ready(self)
        elif kind == frames.INIT_ERROR:
            self._failure = Invocation(body, "Unhandled")
        elif self._call is not None:
            self._answered(body, "Unhandled" if kind == frames.ERROR else None)

    def _answered(self, body: bytes, function_error: str | None) -> None:
        call = self._call
        assert call is not None
        if len(body) > RESPONSE_BYTES:
            body, function_error = TOO_LARGE, "Unhandled"
        if self._has_output():  # what the handler printed is in the pipe before its answer is in the socket
            self._read_output()
        self._report(call, "")
        self._call = None
        self._disarm()
        call.finish(Invocation(body, function_error, False, tuple(self._tail)))
        self._owner.worker_ready(self)

    # ---- time

    def _arm(self, deadline: float) -> None:
        """One timer per worker, not per call: a pending one that fires early looks again."""
        self._deadline = deadline
        if self._timer is None or self._timer.when() > deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(deadline, self._look_at_deadline)

    def _disarm(self) -> None:
        self._deadline = 0.0

    def _look_at_deadline(self) -> None:
        self._timer = None
        if not self._deadline or self._connection is None:
            return
        if time.monotonic() < self._deadline:
            self._arm(self._deadline)
            return
        call = self._call
        request_id = call.request_id if call else ""
        message = f"Task timed out after {self.spec.timeout_seconds:.2f} seconds"
        result = _ended("Sandbox.Timedout", f"RequestId: {request_id} Error: {message}", timed_out=True)
        self._read_output()
        if call is None:
            self._failure = result
        else:
            self._report(call, "\tStatus: timeout", f"{_timestamp(self._clock.now())} {request_id} {message}")
            self._call = None
            call.finish(result._replace(log=tuple(self._tail)))
        self._end(kill=True)

    # ---- end

    def _end(self, *, kill: bool) -> None:
        self._read_output()
        self._close()
        task = self._loop.create_task(self._finish(kill=kill))
        _ENDING.add(task)
        task.add_done_callback(_ENDING.discard)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        self._loop.remove_reader(connection.socket)
        self._loop.remove_writer(connection.socket)
        self._loop.remove_reader(connection.output)
        connection.socket.close()
        os.close(connection.output)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _finish(self, *, kill: bool) -> None:
        status = await self._launcher.end(self._pid, kill=kill) if self._pid is not None else None
        call, self._call = self._call, None
        reason = exit_reason(status)
        if call is not None:
            self._report(call, "\tStatus: error\tError Type: Runtime.ExitError")
            result = _ended("Runtime.ExitError", f"RequestId: {call.request_id} Error: {reason}")
            call.finish(result)
        failure = self._failure
        if failure is None and not self._ready:
            failure = _ended("Runtime.ExitError", f"RequestId:  Error: {reason}")
        self._owner.worker_gone(self, failure)

    # ---- log

    def _has_output(self) -> bool:
        """Whether the pipe holds something; asking costs a third of a read that finds nothing."""
        if self._connection is not None:
            ioctl(self._connection.output, FIONREAD, self._unread)
        return self._unread != NOTHING

    def _read_output(self) -> None:
        """Whatever the function has printed, line by line."""
        connection = self._connection
        if connection is None:
            return
        try:
            chunk = os.read(connection.output, RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._loop.remove_reader(connection.output)
            chunk = b"\n" if connection.partial_line else b""
        *lines, connection.partial_line = (connection.partial_line + chunk).split(b"\n")
        for line in lines:
            if line:
                self._log_start()
                # awslambdaric parts the lines of one record by carriage returns.
                self._write(line.decode("utf-8", "replace").replace("\r", "\n"), is_platform=False)
        if len(chunk) == RECEIVE_BYTES:
            self._read_output()

    def _log_start(self) -> None:
        if self._unlogged:
            self._write(self._unlogged, is_platform=True)
            self._unlogged = ""

    def _report(self, call: Call, status: str, notice: str = "") -> None:
        """END and REPORT, after what is still to be logged before them."""
        millis = (time.monotonic() - self._started_at) * 1000
        init = "" if self._init_millis is None else f"\tInit Duration: {self._init_millis:.2f} ms"
        self._init_millis = None
        before = f"{self._unlogged}\n" if self._unlogged else ""
        if notice:
            before += f"{notice}\n"
        self._unlogged = ""
        text = (
            f"{before}END RequestId: {call.request_id}\n"
            f"REPORT RequestId: {call.request_id}\tDuration: {millis:.2f} ms\tBilled Duration: {int(millis) + 1} ms"
            f"\tMemory Size: {self.spec.memory_mb} MB{init}{status}"
        )
        self._write(text, is_platform=True)

    def _write(self, text: str, *, is_platform: bool) -> None:
        self._tail.append(text)
        self._log(LogLine(self.spec, self._stream, int(self._clock.now() * 1000), text, is_platform))


# Ends under way: the event loop itself keeps only weak references to tasks.
_ENDING: set["asyncio.Task[None]"] = set()


def _ended(kind: str, message: str, *, timed_out: bool = False) -> Invocation:
    return Invocation(json.dumps(error_payload(kind, message)).encode(), "Unhandled", timed_out=timed_out)


def _timestamp(now: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
