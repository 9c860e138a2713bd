"""Frames between the pool and its workers: 4 bytes of length, 1 byte of kind, then the body.

An INVOKE body is seven fields parted by newlines: request id, function ARN, deadline (epoch milliseconds), trace id, client
context (JSON on one line), the clock (see `shift`) and the event. The first six never hold a newline, so one `split` reads it.
"""

import os
import socket
import struct
import time
from typing import NamedTuple

HEADER = struct.Struct("!IB")
CHUNK_BYTES = 65_536

INVOKE = 1  # pool -> worker
READY = 2  # worker -> pool: the handler is imported
RESULT = 3  # worker -> pool: the answer's JSON
ERROR = 4  # worker -> pool: {"errorMessage", "errorType", "requestId", "stackTrace"}
INIT_ERROR = 5  # worker -> pool: the same shape, from the import of the handler; the worker then ends
COMMAND = 6  # pool -> zygote: JSON
REPLY = 7  # zygote -> pool: JSON
LONE_INVOKE = (
    8  # pool -> worker: an INVOKE while no other call is under way; wait for the next one without sleeping at first
)

AWAKE_SECONDS = 0.0006  # how long a worker waits so


class Invoke(NamedTuple):
    """One event on its way to a handler; absent trace id, client context and clock are empty strings."""

    request_id: str
    function_arn: str
    deadline_millis: int
    trace_id: str
    client_context: str
    event: bytes
    clock: str = ""


def encode(kind: int, body: bytes) -> bytes:
    """The frame's bytes."""
    return HEADER.pack(len(body), kind) + body


def encode_invoke(invoke: Invoke, kind: int = INVOKE) -> bytes:
    """The INVOKE frame's bytes."""
    request_id, arn, deadline, trace_id, context, event, clock = invoke
    fields = f"{request_id}\n{arn}\n{deadline}\n{trace_id}\n{context}\n{clock}\n".encode()
    return HEADER.pack(len(fields) + len(event), kind) + fields + event


def decode_invoke(body: bytes) -> Invoke:
    """The fields of an INVOKE body."""
    request_id, arn, deadline, trace_id, context, clock, event = body.split(b"\n", 6)
    return Invoke(
        request_id.decode(), arn.decode(), int(deadline), trace_id.decode(), context.decode(), event, clock.decode()
    )


class FrameBuffer:
    """Cuts a byte stream into frames, whatever the sizes of its chunks."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> list[tuple[int, bytes]]:
        """The frames (kind, body) that `chunk` completes, in order."""
        pending = self._pending
        if not pending and len(chunk) >= HEADER.size:
            length, kind = HEADER.unpack_from(chunk)
            if len(chunk) == HEADER.size + length:  # as nearly always: one frame, whole
                return [(kind, chunk[HEADER.size :])]
        pending += chunk
        frames = []
        start = 0
        while len(pending) - start >= HEADER.size:
            length, kind = HEADER.unpack_from(pending, start)
            end = start + HEADER.size + length
            if len(pending) < end:
                break
            frames.append((kind, bytes(pending[start + HEADER.size : end])))
            start = end
        del pending[:start]
        return frames


def _some(connection: socket.socket, most: int) -> bytes:
    try:
        chunk = connection.recv(most)
    except ConnectionResetError:
        chunk = b""
    if not chunk:
        raise EOFError
    return chunk


def read_exactly(connection: socket.socket, size: int) -> bytes:
    """`size` bytes from a blocking socket; EOFError when the other side is gone, by a reset too."""
    chunks = []
    missing = size
    while missing:
        chunk = _some(connection, missing)
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)


def read_frame(connection: socket.socket) -> tuple[int, bytes]:
    """The next frame from a blocking socket, and not a byte more."""
    length, kind = HEADER.unpack(read_exactly(connection, HEADER.size))
    return kind, read_exactly(connection, length)


def _caught(connection: socket.socket) -> bytes:
    """What comes within `AWAKE_SECONDS`, if anything."""
    until = time.monotonic() + AWAKE_SECONDS
    while time.monotonic() < until:
        try:
            return connection.recv(CHUNK_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            os.sched_yield()
        except ConnectionResetError:
            break  # the blocking read says so again
    return b""


def read_lone_frame(connection: socket.socket, *, awake: bool = False) -> tuple[int, bytes]:
    """The next frame, mostly in one read, where nothing follows it before it is answered: the pool's next event waits.

    `awake` looks again and again before it sleeps: see `headgate.local.attention`.
    """
    chunk = _caught(connection) if awake else b""
    while len(chunk) < HEADER.size:
        chunk += _some(connection, CHUNK_BYTES)
    length, kind = HEADER.unpack_from(chunk)
    missing = HEADER.size + length - len(chunk)
    if missing > 0:
        chunk += read_exactly(connection, missing)
    return kind, chunk[HEADER.size :]
