"""Puts the pieces of a cloud together, keeps them running until asked to leave, and takes them apart in reverse order."""

import asyncio
import contextlib
import gc
import os
import socket
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config

from .. import apigateway, cloudformation, monitoring
from ..apigateway.models import random_token
from ..attention import Sleepy, attention
from ..clock import Clock
from ..dataplane import SWITCHES, Client, DataPlane, Environment, Gateway
from ..dataplane.http_protocol import HeaderCaseProtocol
from ..dataplane.protocol import Server
from ..dataplane.trial import Trier
from ..identities import MotoIdentities
from ..lambdas import backend as lambda_backend
from ..lambdas import resolving
from ..lambdas.asynchronous import AsyncInvocations
from ..lambdas.launcher import Launcher
from ..lambdas.pool import FunctionPool, PoolParts
from ..lambdas.records import LogLine, WorkerClock
from ..roles import Roles
from ..services import cloudtrail, logs, ssm, stepfunctions
from . import moto_app, pages, ports
from .access_logs import AccessLogs
from .application import Application, ASGIApp
from .clients import Clients
from .execution_logs import ExecutionLogs
from .friendly import Mappings, friendly_port
from .records import Running
from .service_calls import LoopbackServices
from .trials import LoopTrials
from .why import why_page

if TYPE_CHECKING:
    from ..cloud import CloudConfig

ACCOUNT_ID = "123456789012"  # moto's default account
YOUNG_OBJECTS = 10_000  # more than the default 700 before the collector looks at them
TURN_SECONDS = 0.0005
GRACE_SECONDS = 1  # for requests under way when the cloud stops; functions have been ended before


@dataclass(frozen=True)
class World:
    """What exists before the loop does: worker processes, a folder for code, and the ring of access-log lines."""

    launcher: Launcher
    folder: Path
    access_log: deque[str]


@dataclass(frozen=True)
class Sinks:
    """Where the data plane's logs go."""

    access: AccessLogs
    execution: ExecutionLogs


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
        _spare_the_loop(stack)
        announce(running)
        await running.leave.wait()


def _spare_the_loop(stack: contextlib.AsyncExitStack) -> None:
    """Leave what was imported out of garbage collections, and collect less often; take turns with other threads sooner.

    moto and botocore are a quarter of a million objects that stay; visiting them costs a request now and then 100 ms. A thread of
    moto that computes keeps the loop waiting for a whole turn: 5 ms, unless told otherwise.
    """
    stack.callback(sys.setswitchinterval, sys.getswitchinterval())
    sys.setswitchinterval(TURN_SECONDS)
    gc.freeze()
    stack.callback(gc.unfreeze)
    stack.callback(gc.set_threshold, *gc.get_threshold())
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])


async def _open(config: "CloudConfig", world: World, stack: contextlib.AsyncExitStack) -> Running:
    """Each step registers its own undoing; the ports close first, moto's state goes last."""
    loop = asyncio.get_running_loop()
    listening = _listen(config, stack)
    _configure_moto(stack, listening.port)
    clock = Clock(config.now)
    stack.callback(stepfunctions.forget)
    stack.callback(clock.close)
    now = clock.now if config.controllable_clock else config.now
    writer = _logs(stack)
    awake = attention(loop, config.attention_seconds)
    parts = _pool_parts(config, world, writer, clock, awake, endpoint_url=listening.endpoint_url)
    pool = FunctionPool(parts, loop)
    stack.push_async_callback(pool.stop)  # in case nothing after this gets to run
    clients = Clients(listening.endpoint_url, config.region)
    stack.callback(clients.close)
    monitor = _events(clock, writer, pool, stack, endpoint_url=listening.endpoint_url)
    engines = _control_planes(config, clients, pool, now)
    access_logs = AccessLogs(writer, world.access_log, config.access_output)
    sinks = Sinks(access_logs, ExecutionLogs(writer.write))
    gateway = await _gateway(config, pool, sinks, now, stack, endpoint_url=listening.endpoint_url)
    own_services = {
        "ssm": ssm.ParameterStore(ACCOUNT_ID, now).application,
        "cloudtrail": cloudtrail.application,
        "cloudformation": engines.application,
        "stepfunctions": lambda: stepfunctions.application(clock),
    }
    domains = apigateway.directory().domain
    mappings = Mappings(domains)
    own_pages = {
        "health": pages.health(lambda: {"endpoint": listening.endpoint_url, "http": listening.http_url}),
        "oidc": pages.openid_provider(f"{listening.endpoint_url}/_headgate/oidc", now),
        "function-code": pages.function_code(lambda_backend.code_of),
        "clock": pages.clock_control(clock, controllable=config.controllable_clock),
        "cfn-response": pages.cloudformation_responses(engines.inbox.deliver),
        "why": why_page(gateway, mappings.locate),
    }
    aws = stack.enter_context(moto_app.running(own_services))
    application = Application(own_pages, DataPlane(gateway, domains=domains), aws)
    await stack.enter_async_context(_uvicorn(application, listening.aws))
    friendly = Server(gateway, mappings.locate, clock=now, attention=awake)
    await stack.enter_async_context(friendly_port(friendly, listening.http))
    # Undone first: requests that wait for a function get an answer, so that the ports can close.
    stack.push_async_callback(pool.stop)
    urls = (listening.endpoint_url, listening.http_url)
    return Running(loop, asyncio.Event(), *urls, clients, pool, engines, mappings, clock, gateway, monitor)


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


def _pool_parts(
    config: "CloudConfig", world: World, writer: logs.LogWriter, clock: Clock, awake: Sleepy, *, endpoint_url: str
) -> PoolParts:
    write, output = writer.write, config.function_output
    places: dict[str, logs.Place] = {}

    def log(line: LogLine) -> None:
        spec, stream, epoch_millis, text, is_platform = line
        place = places.get(stream)
        if place is None:  # one per worker
            places[stream] = place = logs.Place(spec.account_id, spec.region, spec.log_group, stream)
        write(logs.Line(place, epoch_millis, text, True, is_platform))
        output(line)

    return PoolParts(
        functions=resolving.MotoFunctions(),
        launcher=world.launcher,
        folder=world.folder / "code",
        log=log,
        endpoint_url=lambda: endpoint_url,
        settings=config.pool,
        random=config.random,
        clock=WorkerClock(clock.now, lambda: str(clock.setting)) if config.controllable_clock else WorkerClock(),
        observe=config.invoked,
        attention=awake,
    )


def _events(
    clock: Clock,
    writer: logs.LogWriter,
    pool: FunctionPool,
    stack: contextlib.AsyncExitStack,
    *,
    endpoint_url: str,
) -> monitoring.Monitor:
    """Metrics, alarms and events, and the functions they call."""

    def start(machine: str, text: str, name: str) -> None:
        stepfunctions.start(clock, machine, text, name)

    def invoke(function: str, payload: bytes) -> None:
        asynchronous.send(function, payload)

    def write_line(account: str, region: str, group: str, line: str) -> None:
        writer.write(logs.Line(logs.Place(account, region, group, "events"), int(clock.now() * 1000), line))

    delivery = monitoring.Delivery(invoke, start, write_line)
    asynchronous = AsyncInvocations(pool.submit, clock, resolving.settings_of, delivery.send)
    stack.callback(lambda_backend.install(pool, asynchronous, clock.now, pages.code_address(endpoint_url)))
    monitor = monitoring.install(monitoring.Parts(clock, delivery, writer.flush))
    writer.observer = monitor.logs
    stack.callback(monitor.uninstall)
    return monitor


def _control_planes(
    config: "CloudConfig", clients: Clients, pool: FunctionPool, now: Callable[[], float]
) -> cloudformation.Engines:
    apigateway.install(settings=apigateway.Settings(quotas=config.quotas), world=apigateway.World(now, random_token))
    engines = cloudformation.install(
        lambda _account, region: lambda name: clients.client(name, region),
        cloudformation.ResponseInbox(clients.endpoint_url),
        submit=pool.submit,
        now=now,
    )
    _forget_strangers()
    return engines


def _forget_strangers() -> None:
    """What a test under `mock_aws` left of the services that are ours now is of moto's classes, and would take their place."""
    for backends in list(BackendDict._instances):  # type: ignore[misc]
        for account, regions in list(backends.items()):
            if regions.backend is not backends.backend:
                del backends[account]


async def _gateway(
    config: "CloudConfig",
    pool: FunctionPool,
    sinks: Sinks,
    now: Callable[[], float],
    stack: contextlib.AsyncExitStack,
    *,
    endpoint_url: str,
) -> Gateway:
    client = Client()
    stack.push_async_callback(client.close)
    services = LoopbackServices(client, endpoint_url, Roles(permissions_checked=SWITCHES.role_permissions_checked))
    environment = Environment(
        clock=now,
        random=config.random,
        sink=sinks.access,
        execution_sink=sinks.execution,
        usage=apigateway.usage(),
        services=services,
    )
    identities = MotoIdentities(ACCOUNT_ID)
    trier = Trier(pool.invoke, client, environment, identities)
    apigateway.run_trials_with(LoopTrials(trier, asyncio.get_running_loop()))
    stack.callback(apigateway.run_trials_with, None)
    return Gateway(apigateway.directory(), pool.invoke, client, environment=environment, identities=identities)


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
            timeout_graceful_shutdown=2 * GRACE_SECONDS,
        )
    )
    task = asyncio.get_running_loop().create_task(server.serve(sockets=[listener]))
    while not server.started and not task.done():
        await asyncio.sleep(0.001)
    try:
        yield
    finally:
        server.should_exit = True
        finished, _ = await asyncio.wait({task}, timeout=GRACE_SECONDS)
        if not finished:  # somebody does not read an answer, or does not end a request
            for connection in list(server.server_state.connections):
                connection.transport.abort()
        await task
