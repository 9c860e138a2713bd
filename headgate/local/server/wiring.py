"""Puts the pieces of a cloud together, keeps them running until asked to leave, and takes them apart in reverse order."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config

from .. import apigateway, cloudformation
from ..apigateway.models import random_token
from ..lambdas import backend as lambda_backend
from ..lambdas.launcher import Launcher
from ..lambdas.pool import FunctionPool, PoolParts
from ..lambdas.records import LogLine
from ..services import cloudtrail, logs, ssm
from . import moto_app, pages, ports
from .application import Application
from .clients import Clients
from .protocol import CaseKeepingProtocol
from .records import Running

if TYPE_CHECKING:
    from ..cloud import CloudConfig

ACCOUNT_ID = "123456789012"  # moto's default account


async def serve(config: "CloudConfig", launcher: Launcher, folder: Path, announce: Callable[[Running], None]) -> None:
    """Run a cloud; `announce` is called once everything answers."""
    async with contextlib.AsyncExitStack() as stack:
        running = await _open(config, launcher, folder, stack)
        announce(running)
        await running.leave.wait()


async def _open(config: "CloudConfig", launcher: Launcher, folder: Path, stack: contextlib.AsyncExitStack) -> Running:
    loop = asyncio.get_running_loop()
    aws_socket = _listen(config, config.port, "AWS")
    stack.callback(aws_socket.close)
    endpoint_url = f"http://localhost:{aws_socket.getsockname()[1]}"
    stack.callback(BackendDict.reset)
    _configure_moto(stack, aws_socket.getsockname()[1])

    writer = logs.LogWriter()
    stack.callback(logs.install(writer))
    writer.start()
    stack.callback(writer.stop)

    parts = PoolParts(
        functions=lambda_backend.MotoFunctions(),
        launcher=launcher,
        folder=folder / "code",
        log=_function_log(writer, config.function_output),
        endpoint_url=lambda: endpoint_url,
        settings=config.pool,
    )
    pool = FunctionPool(parts, loop)
    stack.push_async_callback(pool.stop)
    stack.callback(lambda_backend.install(pool))

    clients = Clients(endpoint_url, config.region)
    stack.callback(clients.close)
    apigateway.install(
        settings=apigateway.Settings(quotas=config.quotas), world=apigateway.World(config.now, random_token)
    )
    engines = cloudformation.install(
        lambda _account, region: lambda name: clients.client(name, region),
        cloudformation.ResponseInbox(endpoint_url),
        submit=pool.submit,
        now=config.now,
    )
    own_services = {
        "ssm": ssm.ParameterStore(ACCOUNT_ID, config.now).application,
        "cloudtrail": cloudtrail.application,
        "cloudformation": engines.application,
    }
    own_pages = {
        "health": pages.health(lambda: {"endpoint": endpoint_url, "services": sorted(own_services)}),
        "cfn-response": pages.cloudformation_responses(engines.inbox.deliver),
    }
    application = Application(own_pages, None, moto_app.build(own_services))
    await stack.enter_async_context(_uvicorn(application, aws_socket))
    return Running(loop, asyncio.Event(), endpoint_url, "", clients, pool, engines)


def _listen(config: "CloudConfig", port: int, what: str) -> socket.socket:
    listener = ports.listen(config.host, port)
    got = listener.getsockname()[1]
    if port and got != port:
        config.notice(f"port {port} is in use; the {what} port is {got}")
    return listener


def _configure_moto(stack: contextlib.AsyncExitStack, port: int) -> None:
    """Step Functions run for real, and call this cloud by `MOTO_PORT`."""
    previous = default_user_config["stepfunctions"]
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    stack.callback(default_user_config.__setitem__, "stepfunctions", previous)
    outside = os.environ.get("MOTO_PORT")
    os.environ["MOTO_PORT"] = str(port)

    def restore() -> None:
        if outside is None:
            os.environ.pop("MOTO_PORT", None)
        else:
            os.environ["MOTO_PORT"] = outside

    stack.callback(restore)


def _function_log(writer: logs.LogWriter, output: Callable[[LogLine], None]) -> Callable[[LogLine], None]:
    """Function lines go to CloudWatch Logs and to the terminal."""

    def log(line: LogLine) -> None:
        spec = line.spec
        writer.write(
            logs.Line(
                spec.account_id,
                spec.region,
                spec.log_group,
                line.stream,
                line.epoch_millis,
                line.text,
                makes_group=True,
            )
        )
        output(line)

    return log


@contextlib.asynccontextmanager
async def _uvicorn(application: Application, listener: socket.socket) -> AsyncIterator[None]:
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            http=CaseKeepingProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
        )
    )
    task = asyncio.get_running_loop().create_task(server.serve(sockets=[listener]))
    while not server.started and not task.done():
        await asyncio.sleep(0.001)
    try:
        yield
    finally:
        server.should_exit = True
        await task
