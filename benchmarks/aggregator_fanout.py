"""What a five-way fan-out costs in CPU: the real plan runner against the cheapest thing Python can do with raw sockets.

    python -m benchmarks.aggregator_fanout [--rounds 12]

Both fetch five JSON documents of 2 kB from a service that answers after 20 ms, over connections kept open, parse and merge
them. The raw client reads only what this service sends (Content-Length, no limits, timeouts, TLS, retries or errors): it is
a floor, not a peer. Rounds are interleaved and medians compared, so that a busy machine disturbs both alike. The last line
is JSON. Takes about 15 seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import select
import socket
import statistics
import time
from collections.abc import Callable
from typing import Any

import orjson

from functions.aggregator.environment import open_environment
from functions.aggregator.handler import serve
from functions.shared.clock import SystemClock

WIDTH = 5
DELAY_SECONDS = 0.02
INVOCATIONS_PER_ROUND = 20
DOCUMENT = json.dumps({"items": [{"id": f"item-{n}", "name": "x" * 60, "rating": n / 7} for n in range(20)]}).encode()
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(DOCUMENT) + DOCUMENT


def serve_documents(ports: Any) -> None:
    """The service, in a process of its own so that its CPU is not counted."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                await asyncio.sleep(DELAY_SECONDS)
                writer.write(REPLY)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        ports.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def raw_client(port: int) -> Callable[[], bytes]:
    """Sends all, waits with epoll, cuts replies at Content-Length, parses and merges."""
    sockets = {}
    poll = select.epoll()
    for number in range(WIDTH):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(connection.fileno(), select.EPOLLIN)
        sockets[connection.fileno()] = (number, connection)
    requests = [f"GET /part{n} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode() for n in range(WIDTH)]

    def invoke() -> bytes:
        buffers = {}
        for descriptor, (number, connection) in sockets.items():
            connection.sendall(requests[number])
            buffers[descriptor] = b""
        merged: dict[str, Any] = {}
        while len(merged) < WIDTH:
            for descriptor, _ in poll.poll(1):
                number, connection = sockets[descriptor]
                buffers[descriptor] += connection.recv(65536)
                body = _complete_body(buffers[descriptor])
                if body is not None:
                    merged[f"part{number}"] = orjson.loads(body)
        return orjson.dumps(merged)

    return invoke


def _complete_body(buffer: bytes) -> bytes | None:
    head, separator, body = buffer.partition(b"\r\n\r\n")
    if not separator:
        return None
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return body if len(body) >= length else None


def aggregator_client(port: int) -> Callable[[], bytes]:
    """The handler with a plan of five steps; only the log line is left out."""
    environment = open_environment(
        _plans(port), variables={}, clock=SystemClock(), log=lambda *_: None, log_failure=lambda *_: None
    )
    event = {"httpMethod": "GET", "resource": "/page", "requestContext": {"requestId": "r"}, "headers": {}}

    class Context:
        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 29_000

    def invoke() -> bytes:
        answer = serve(environment, event, Context)
        if answer["statusCode"] != 200:
            raise RuntimeError(answer["body"])
        return str(answer["body"]).encode()

    return invoke


def _plans(port: int) -> dict[str, Any]:
    steps = [
        {
            "id": f"part{n}", "upstream": "main", "method": "GET", "path": f"/part{n}", "parameters": [], "after": [],
            "needs": [], "required": True, "timeoutSeconds": 2.0, "retry": [],
            "success": [{"op": "==", "left": {"status": True}, "right": {"const": 200}}],
            "outputs": {"body": {"value": {"body": []}, "types": ["object"], "optional": False}},
        }
        for n in range(WIDTH)
    ]  # fmt: skip
    body = {"object": {f"part{n}": {"step": f"part{n}", "output": "body", "pointer": []} for n in range(WIDTH)}}
    plan = {
        "workflow": "page", "secured": False, "timeoutSeconds": 5.0, "inputs": {}, "steps": steps,
        "respond": {"status": 200, "headers": {}, "body": body}, "declared": [200],
    }  # fmt: skip
    upstreams = {"main": {"url": f"http://127.0.0.1:{port}"}}
    return {"version": 1, "api": "bench", "upstreams": upstreams, "plans": {"GET /page": plan}}


def measure(invoke: Callable[[], bytes]) -> tuple[float, float]:
    """Median CPU and wall milliseconds of one round's invocations."""
    cpu, wall = [], []
    for _ in range(INVOCATIONS_PER_ROUND):
        wall_before, cpu_before = time.perf_counter(), time.process_time()
        invoke()
        cpu.append((time.process_time() - cpu_before) * 1000)
        wall.append((time.perf_counter() - wall_before) * 1000)
    return statistics.median(cpu), statistics.median(wall)


def main() -> None:
    """Run the rounds and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12, help="interleaved rounds (default 12)")
    rounds = parser.parse_args().rounds
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve_documents, args=(theirs,), daemon=True)
    server.start()
    try:
        port = ours.recv()
        clients = {"raw": raw_client(port), "aggregator": aggregator_client(port)}
        same = [orjson.loads(invoke()) for invoke in clients.values() for _ in range(5)]
        assert all(each == same[0] for each in same), "the clients disagree"
        cpu: dict[str, list[float]] = {name: [] for name in clients}
        wall: dict[str, list[float]] = {name: [] for name in clients}
        for number in range(rounds):
            for name in list(clients)[:: 1 if number % 2 else -1]:
                milliseconds = measure(clients[name])
                cpu[name].append(milliseconds[0])
                wall[name].append(milliseconds[1])
    finally:
        server.terminate()
        server.join()
    report(cpu, wall, rounds)


def report(cpu: dict[str, list[float]], wall: dict[str, list[float]], rounds: int) -> None:
    """A table, and the same as JSON on the last line."""
    median = {name: statistics.median(values) for name, values in cpu.items()}
    added = {name: statistics.median(values) - DELAY_SECONDS * 1000 for name, values in wall.items()}
    for name, values in cpu.items():
        spread = f"{min(values):.2f} to {max(values):.2f}"
        print(f"{name:10}  CPU {median[name]:5.2f} ms ({spread}), {added[name]:5.2f} ms on top of the delay")
    ratios = {"cpu": median["aggregator"] / median["raw"], "added_time": added["aggregator"] / added["raw"]}
    print(f"CPU ratio {ratios['cpu']:.2f}, ratio of added time {ratios['added_time']:.2f}")
    result = {
        "name": "aggregator_fanout",
        "ratios": {name: round(value, 2) for name, value in ratios.items()},
        "width": WIDTH,
        "rounds": rounds,
        "cpu_ms": {name: round(value, 3) for name, value in median.items()},
        "added_ms": {name: round(value, 3) for name, value in added.items()},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
