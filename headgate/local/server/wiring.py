"""Puts the pieces of a cloud together, keeps them running until asked to leave, and takes them apart in reverse order."""

import asyncio
import contextlib
import os
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config

from .. import apigateway, cloudformation
from ..apigateway.models import random_token
from ..dataplane import Client, DataPlane, Environment, Gateway
from ..dataplane.http_protocol import HeaderCaseProtocol
from ..dataplane.protocol import Server
from ..lambdas import backend as lambda_backend
from ..lambdas.launcher import Launcher
from ..lambdas.pool import FunctionPool, PoolParts
from ..lambdas.records import LogLine
from ..services import cloudtrail, logs, ssm, stepfunctions
from . import moto_app, pages, ports
from .access_logs import AccessLogs
from .application import Application, ASGIApp
from .clients import Clients
from .friendly import Mappings, friendly_port
from .records import Running

if TYPE_CHECKING:
    from ..cloud import CloudConfig

ACCOUNT_ID = "123456789012"  # moto's default account


@dataclass(frozen=True)
class World:
    """What exists before the loop does: worker processes, a folder for code, and the ring of access-log lines."""

    launcher: Launcher
    folder: Path
    access_log: deque[str]


@dataclass(frozen=True)
class Ports:
    """Both listening sockets, bound."""

    aws: socket.socket
    http: socket.socket

    @property
    def port(self) -> int:
        """The AWS port's number."""
        number: int = self.aws.getsockname()[1]
        return number

    @property
    def endpoint_url(self) -> str:
        """AWS's API."""
        return f"http://localhost:{self.port}"

    @property
    def http_url(self) -> str:
        """The friendly port."""
        return f"http://localhost:{self.http.getsockname()[1]}"


async def serve(config: "CloudConfig", world: World, announce: Callable[[Running], None]) -> None:
    """Run a cloud; `announce` is called once everything answers."""
    async with contextlib.AsyncExitStack() as stack:
        running = await _open(config, world, stack)
        announce(running)
        await running.leave.wait()


async def _open(config: "CloudConfig", world: World, stack: contextlib.AsyncExitStack) -> Running:
    """Each step registers its own undoing; the ports close first, moto's state goes last."""
    loop = asyncio.get_running_loop()
    listening = _listen(config, stack)
    _configure_moto(stack, listening.port)
    writer = _logs(stack)
    pool = _functions(config, world, writer, listening.endpoint_url, stack)
    clients = Clients(listening.endpoint_url, config.region)
    stack.callback(clients.close)
    engines = _control_planes(config, clients, pool)
    access_logs = AccessLogs(writer, world.access_log, config.access_output)
    gateway = await _gateway(config, pool, access_logs, stack)
    own_services = {
        "ssm": ssm.ParameterStore(ACCOUNT_ID, config.now).application,
        "cloudtrail": cloudtrail.application,
        "cloudformation": engines.application,
        "stepfunctions": stepfunctions.application,
    }
    addresses = {"endpoint": listening.endpoint_url, "http": listening.http_url}
    own_pages = {
        "health": pages.health(lambda: addresses),
        "oidc": pages.openid_provider(f"{listening.endpoint_url}/_headgate/oidc", config.now),
        "cfn-response": pages.cloudformation_responses(engines.inbox.deliver),
    }
    mappings = Mappings()
    aws = stack.enter_context(moto_app.running(own_services))
    application = Application(own_pages, DataPlane(gateway), aws)
    await stack.enter_async_context(_uvicorn(application, listening.aws))
    await stack.enter_async_context(friendly_port(Server(gateway, mappings.locate, clock=config.now), listening.http))
    # Undone first: requests that wait for a function get an answer, so that the ports can close.
    stack.push_async_callback(pool.stop)
    return Running(loop, asyncio.Event(), listening.endpoint_url, listening.http_url, clients, pool, engines, mappings)


def _listen(config: "CloudConfig", stack: contextlib.AsyncExitStack) -> Ports:
    sockets = []
    for port, what in ((config.port, "AWS"), (config.http_port, "HTTP")):
        listener = ports.listen(config.host, port)
        stack.callback(listener.close)
        got = listener.getsockname()[1]
        if port and got != port:
            config.notice(f"port {port} is in use: the {what} port is {got}")
        sockets.append(listener)
    return Ports(*sockets)


def _configure_moto(stack: contextlib.AsyncExitStack, port: int) -> None:
    """Step Functions run for real, and call this cloud by `MOTO_PORT`."""
    stack.callback(BackendDict.reset)
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


def _logs(stack: contextlib.AsyncExitStack) -> logs.LogWriter:
    writer = logs.LogWriter()
    stack.callback(logs.install(writer))
    writer.start()
    stack.callback(writer.stop)
    return writer


def _functions(
    config: "CloudConfig", world: World, writer: logs.LogWriter, endpoint_url: str, stack: contextlib.AsyncExitStack
) -> FunctionPool:
    write, output = writer.write, config.function_output

    def log(line: LogLine) -> None:
        spec, stream, epoch_millis, text, is_platform = line
        place = logs.Place(spec.account_id, spec.region, spec.log_group, stream)
        write(logs.Line(place, epoch_millis, text, True, is_platform))
        output(line)

    parts = PoolParts(
        functions=lambda_backend.MotoFunctions(),
        launcher=world.launcher,
        folder=world.folder / "code",
        log=log,
        endpoint_url=lambda: endpoint_url,
        settings=config.pool,
        random=config.random,
    )
    pool = FunctionPool(parts, asyncio.get_running_loop())
    stack.push_async_callback(pool.stop)  # in case nothing after this gets to run
    stack.callback(lambda_backend.install(pool))
    return pool


def _control_planes(config: "CloudConfig", clients: Clients, pool: FunctionPool) -> cloudformation.Engines:
    apigateway.install(
        settings=apigateway.Settings(quotas=config.quotas), world=apigateway.World(config.now, random_token)
    )
    return cloudformation.install(
        lambda _account, region: lambda name: clients.client(name, region),
        cloudformation.ResponseInbox(clients.endpoint_url),
        submit=pool.submit,
        now=config.now,
    )


async def _gateway(
    config: "CloudConfig", pool: FunctionPool, access_logs: AccessLogs, stack: contextlib.AsyncExitStack
) -> Gateway:
    client = Client()
    stack.push_async_callback(client.close)
    environment = Environment(clock=config.now, random=config.random, sink=access_logs)
    return Gateway(apigateway.directory(), pool.invoke, client, environment=environment)


@contextlib.asynccontextmanager
async def _uvicorn(application: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            http=HeaderCaseProtocol,
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
