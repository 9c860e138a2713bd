"""What a cloud leaves behind: calls under way are answered or closed, and the process has room for the next cloud."""

import asyncio
import contextlib
import http.client
import io
import json
import signal
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from headgate.local.cloud import Cloud, CloudConfig
from headgate.local.lambdas.records import PoolSettings

FREE = CloudConfig(port=0, http_port=0)
STUCK = """
def handler(event, context):
    open("{folder}/started", "w").close()
    while True: pass
"""


def zipped(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("app.py", source)
    return buffer.getvalue()


def make_function(cloud: Cloud, code: bytes, name: str = "f") -> str:
    """The function's ARN."""
    role = cloud.clients.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    given: Any = {"Runtime": "python3.14", "Role": role, "Handler": "app.handler", "Timeout": 900}
    made = cloud.clients.client("lambda").create_function(FunctionName=name, Code={"ZipFile": code}, **given)
    return str(made["FunctionArn"])


def make_api(cloud: Cloud, arn: str, *, authorizer: bool) -> str:
    """The path of GET / on an API whose integration, or whose authorizer, is the function."""
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    settings = {"type": "request", "authorizerUri": uri, "identitySource": "method.request.header.Host"}
    scheme = {"type": "apiKey", "name": "Host", "in": "header", "x-amazon-apigateway-authtype": "custom"}
    operation: dict[str, Any] = {
        "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    }
    if authorizer:
        operation["security"] = [{"guard": []}]
    document = {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {"/": {"get": operation}},
        "components": {"securitySchemes": {"guard": {**scheme, "x-amazon-apigateway-authorizer": settings}}},
    }
    client = cloud.clients.client("apigateway")
    api = client.import_rest_api(body=json.dumps(document).encode())["id"]
    client.create_deployment(restApiId=api, stageName="prod")
    cloud.map_default(api, "prod")
    return f"/_aws/execute-api/{api}/prod/"


def get(url: str, path: str, ends: list[int | str]) -> None:
    """Adds the status, or how the connection ended."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=60)
    try:
        connection.request("GET", path)
        ends.append(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as problem:
        ends.append(type(problem).__name__)
    finally:
        connection.close()


def wait_until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("it did not happen within 10 s")


@pytest.mark.parametrize("authorizer", [True, False], ids=["authorizer", "integration"])
def test_calls_under_way_are_answered_or_closed_without_a_traceback(
    authorizer: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    ends: list[int | str] = []
    with Cloud(FREE) as cloud:
        path = make_api(cloud, make_function(cloud, zipped(STUCK.format(folder=tmp_path))), authorizer=authorizer)
        calls = [(cloud.endpoint_url, path)] * 4 + [(cloud.http_url, "/")] * 4
        clients = [threading.Thread(target=get, args=(*call, ends)) for call in calls]
        for client in clients:
            client.start()
        wait_until((tmp_path / "started").exists)
    for client in clients:
        client.join(timeout=10)

    assert len(ends) == len(calls)
    assert set(ends) <= {500, 502, "RemoteDisconnected", "ConnectionResetError", "ConnectionRefusedError"}
    assert "Traceback" not in capfd.readouterr().err
    assert [record.getMessage() for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


def test_calls_that_wait_for_a_worker_of_a_changed_function_are_answered(tmp_path: Path) -> None:
    config = CloudConfig(port=0, http_port=0, pool=PoolSettings(max_workers=1))
    with Cloud(config) as cloud:
        arn = make_function(cloud, zipped(STUCK.format(folder=tmp_path)))
        waiting = [cloud.pool.submit(arn, b"{}") for _ in range(3)]
        wait_until((tmp_path / "started").exists)
        cloud.pool.force_cold_start()
        asyncio.run_coroutine_threadsafe(cloud.pool.stop(), cloud._up().loop).result(timeout=10)
        are_answered = [one.done() for one in waiting]

    assert are_answered == [True, True, True]


def test_an_answer_that_nobody_reads_does_not_hold_the_stop(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with Cloud(FREE) as cloud:
        make_function(cloud, zipped("def handler(event, context): return 'x' * 6_000_000"))
        answer = cloud.clients.client("lambda").invoke(FunctionName="f")
        before = time.monotonic()
    answer["Payload"].close()

    assert time.monotonic() - before < 10
    assert "Traceback" not in capfd.readouterr().err
    assert [record.getMessage() for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


def broken() -> bytes:
    """An archive whose only file does not have the content that its checksum says."""
    return zipped("x = 1234567890").replace(b"1234567890", b"0987654321")


def test_code_that_cannot_be_unpacked_is_told_and_does_not_hold_the_stop() -> None:
    with Cloud(FREE) as cloud:
        arn = make_function(cloud, broken())

        with pytest.raises(ClientError, match=r"app\.py of the function's code cannot be unpacked: Bad CRC-32"):
            cloud.clients.client("lambda").invoke(FunctionName=arn)


@pytest.mark.parametrize("authorizer", [True, False], ids=["authorizer", "integration"])
def test_a_function_of_such_code_is_a_server_error_of_its_api(
    authorizer: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    ends: list[int | str] = []
    with Cloud(FREE) as cloud:
        path = make_api(cloud, make_function(cloud, broken()), authorizer=authorizer)
        get(cloud.endpoint_url, path, ends)

    assert ends == [500]
    assert "Traceback" not in capfd.readouterr().err


class Refusing(tuple[str, ...]):
    """Packages to preload that nobody can write down: what happens in the cloud's thread before there is a loop."""

    __slots__ = ()

    def __iter__(self) -> Any:
        raise OSError("Cannot allocate memory")

    def __len__(self) -> int:
        return 1


def test_a_cloud_that_cannot_start_a_process_says_so_and_leaves_its_place() -> None:
    with pytest.raises(OSError, match="Cannot allocate memory"):
        Cloud(CloudConfig(port=0, http_port=0, preload=Refusing(("x",)))).start()

    with Cloud(FREE) as cloud:
        assert cloud.endpoint_url


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # Python's own, of a thread that is not to be
@pytest.mark.parametrize("seconds", [0.0001, 0.001, 0.005, 0.02])
def test_an_interrupted_start_leaves_the_place_free(seconds: float) -> None:
    """As a test's time limit does: an exception out of a signal, while `start` waits, or just after it."""

    def interrupt(_number: int, _frame: object) -> None:
        raise InterruptedError("time is over")

    interrupted = Cloud(FREE)
    before = signal.signal(signal.SIGALRM, interrupt)
    with contextlib.suppress(InterruptedError):
        signal.setitimer(signal.ITIMER_REAL, seconds)
        interrupted.start()
        signal.pause()
    signal.signal(signal.SIGALRM, before)
    interrupted.stop()

    with Cloud(FREE) as cloud:
        assert cloud.endpoint_url
