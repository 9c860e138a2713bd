"""Starting, stopping and dying: what is left behind is nothing."""

import asyncio
import io
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.logs.models import logs_backends

from headgate.local.cloud import Cloud, CloudConfig
from headgate.local.server.ports import listen

BUSY_WORKER = '''
import io, sys, zipfile
from headgate.local.cloud import Cloud, CloudConfig
source = """
import io
import os
def handler(event, context):
    while event:
        pass
    return os.getpid()
"""
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w") as package:
    package.writestr("app.py", source)
with Cloud(CloudConfig(port=0, http_port=0, fork_workers=sys.argv[1] == "fork")) as cloud:
    role = cloud.clients.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    lambdas = cloud.clients.client("lambda")
    made = lambdas.create_function(
        FunctionName="f", Runtime="python3.14", Role=role, Handler="app.handler", Timeout=900, Code={"ZipFile": buffer.getvalue()}
    )
    print(lambdas.invoke(FunctionName="f", Payload=b"0")["Payload"].read().decode(), flush=True)
    cloud.pool.submit(made["FunctionArn"], b"1")
    sys.stdin.read()
'''


def test_a_cloud_starts_again_in_the_same_process_and_has_forgotten_everything() -> None:
    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        cloud.clients.client("s3").create_bucket(Bucket="first")
        cloud.clients.client("apigateway").create_rest_api(name="first")

    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        assert cloud.clients.client("s3").list_buckets()["Buckets"] == []
        assert cloud.clients.client("apigateway").get_rest_apis()["items"] == []


def test_a_stopped_cloud_has_closed_its_ports() -> None:
    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        urls = (cloud.endpoint_url, cloud.http_url)

    for url in urls:
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(url)


def test_two_clouds_in_one_process_are_refused() -> None:
    with Cloud(CloudConfig(port=0, http_port=0)), pytest.raises(RuntimeError, match="another cloud runs"):
        Cloud(CloudConfig(port=0, http_port=0)).start()


def test_a_cloud_that_is_not_started_says_so() -> None:
    with pytest.raises(RuntimeError, match="does not run"):
        _ = Cloud().endpoint_url


def test_a_busy_port_takes_the_next_and_says_so() -> None:
    notices: list[str] = []
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        with Cloud(CloudConfig(port=port, http_port=0, notice=notices.append)) as cloud:
            got = int(cloud.endpoint_url.rpartition(":")[2])

    assert got > port
    assert notices == [f"port {port} is in use: the AWS port is {got}"]


def test_a_host_that_is_not_ours_fails_in_the_callers_thread() -> None:
    with pytest.raises(OSError, match="requested address"):
        Cloud(CloudConfig(port=0, http_port=0, host="192.0.2.1")).start()
    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        assert cloud.endpoint_url


def test_a_cloud_is_an_asynchronous_context_too() -> None:
    async def use() -> str:
        async with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
            return cloud.endpoint_url

    assert asyncio.run(use()).startswith("http://localhost:")


def test_an_empty_cloud_runs_as_a_program_until_interrupted(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "headgate.local", "--port", "0", "--http-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(), cwd=tmp_path) as process:
        assert process.stdout is not None
        addresses = [process.stdout.readline().split()[1] for _ in range(2)]
        answer = urllib.request.urlopen(f"{addresses[0]}/_headgate/health")
        status = answer.status
        answer.close()
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=20)

    assert (status, code) == (200, 0)


@pytest.mark.parametrize("mode", ["fork", "spawn"])
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_the_cloud_even_while_a_handler_loops(
    mode: str, ending: signal.Signals, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", BUSY_WORKER, mode]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(), cwd=tmp_path
    )
    assert process.stdin is not None
    assert process.stdout is not None
    line = process.stdout.readline()
    assert re.fullmatch(r"\d+\n", line), line
    worker = int(line)
    children = descendants(process.pid)
    assert worker in children

    process.send_signal(ending)
    process.wait(timeout=20)
    process.stdin.close()
    process.stdout.close()

    wait_until(lambda: not [pid for pid in children if is_alive(pid)])


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}


def descendants(pid: int) -> set[int]:
    """All living processes below one, by /proc; zombies do not count."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found |= {int(child)} | descendants(int(child))
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    """Poll, for what other processes do."""
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("it did not happen within 10 s")


def test_the_friendly_port_refuses_until_a_stage_is_mapped() -> None:
    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            urllib.request.urlopen(f"{cloud.http_url}/anything")
        refused.value.close()


def test_open_connections_do_not_delay_the_stop() -> None:
    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        connections = [
            socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
            for url in (cloud.endpoint_url, cloud.http_url)
        ]
        connections[1].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connections[1].recv(12) == b"HTTP/1.1 403"

    for connection in connections:
        connection.close()


def test_a_function_that_never_ends_does_not_delay_the_stop(tmp_path: Path) -> None:
    source = f"def handler(event, context):\n    open('{tmp_path}/started', 'w').close()\n    while True: pass"
    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        arn = make_function(cloud, source)
        calls = [cloud.pool.submit(arn, b"{}") for _ in range(20)]
        wait_until((tmp_path / "started").exists)
        asleep = threading.Thread(
            target=lambda: outcome(lambda: cloud.clients.client("lambda").invoke(FunctionName=arn))
        )
        asleep.start()

        before = time.monotonic()

    assert time.monotonic() - before < 5
    assert all(call.done() for call in calls)
    asleep.join(timeout=5)
    assert not asleep.is_alive()


def test_a_killed_zygote_is_replaced() -> None:
    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        arn = make_function(cloud, "import os\ndef handler(event, context): return os.getppid()")
        zygote = int(cloud.pool.submit(arn, b"{}").result().payload)

        os.kill(zygote, signal.SIGKILL)
        cloud.pool.force_cold_start()
        answers = [outcome(lambda: cloud.pool.submit(arn, b"{}").result().payload) for _ in range(3)]

    assert re.fullmatch(rb"\d+", answers[-1])
    assert int(answers[-1]) != zygote


def make_function(cloud: Cloud, source: str) -> str:
    """The function's ARN."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("app.py", source)
    role = cloud.clients.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = {"ZipFile": buffer.getvalue()}
    made = cloud.clients.client("lambda").create_function(
        FunctionName="f", Runtime="python3.14", Role=role, Handler="app.handler", Timeout=900, Code=code
    )
    return str(made["FunctionArn"])


def outcome(action: Callable[[], Any]) -> Any:
    """What an action returns, or the error it raises."""
    try:
        return action()
    except (OSError, ClientError) as problem:
        return problem


def test_what_moto_kept_from_an_earlier_test_does_not_take_the_place_of_our_services() -> None:
    left = logs_backends["123456789012"]["us-east-1"]

    with Cloud(CloudConfig(port=0, http_port=0)):
        assert type(logs_backends["123456789012"]["us-east-1"]) is not type(left)
