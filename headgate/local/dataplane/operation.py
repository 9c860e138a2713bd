"""One (resource, verb) pair on one side of a stage, compiled: its phases with everything fixed already worked out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ..records import EMPTY, Authorizer, Integration, Invoke, Method, MethodSettings, Resource
from .authorize import LambdaAuthorizer, World
from .cognito import CognitoAuthorizer
from .event import EventWriter
from .exchange import Exchange, Grant
from .functions import Caller, function_arn
from .headers import ILLEGAL_AWS_MAPPINGS, ILLEGAL_MAPPINGS
from .http_backend import HttpBackend, HttpClient
from .identities import Identities
from .lambda_custom import LambdaCustom
from .lambda_proxy import LambdaProxy
from .mapping import with_stage_variables
from .message import Response
from .mock import Mock
from .place import Place, Side
from .refusal import misconfigured
from .service_arn import service_address
from .service_backend import ServiceBackend
from .service_call import Services
from .stage_cache import OperationCache, Store
from .switches import Switches
from .validate import Validation


class Runner(Protocol):
    """An integration: the last phase."""

    async def run(self, exchange: Exchange) -> Response:
        """Raises Refusal."""
        ...


class Authorizing(Protocol):
    """An authorizer of any type."""

    async def authorize(self, exchange: Exchange, generation: int) -> Grant:
        """Raises Refusal."""
        ...


class Checking(Protocol):
    """A request validator."""

    def check(self, exchange: Exchange) -> None:
        """Raises Refusal."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What compiled operations need from outside, the same for all of them."""

    invoke: Invoke
    client: HttpClient
    authorizers: World
    store: Store
    switches: Switches
    identities: Identities
    services: Services


Connected = tuple[Authorizing | None, Runner]


@dataclass(frozen=True, slots=True)
class Logging:
    """How an operation writes its execution log (FACTS 5.18): `is_verbose` at INFO, which `is_traced` adds data to.

    `connect` makes what calls out once more, with tools that are listened to.
    """

    is_verbose: bool
    is_traced: bool
    authorizer: Authorizer | None
    connect: Callable[[Tools], Connected]


@dataclass(frozen=True, slots=True)
class Operation:
    """The phases of one pair; absent ones are None and cost nothing."""

    place: Place
    method: Method
    settings: MethodSettings
    authorizer: Authorizing | None
    validation: Checking | None
    cache: OperationCache | None
    runner: Runner
    validator: str | None = None  # its name, for a trace
    logging: Logging | None = None  # None when it is OFF


class _Refusing:
    """An integration that fails every call, with the reason in the log."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def run(self, exchange: Exchange) -> Response:  # noqa: ARG002 every runner takes one
        raise misconfigured(self._reason)


def compile_operation(
    resource: Resource, method: Method, side: Side, *, settings: MethodSettings, cached: bool, tools: Tools
) -> Operation:
    """Everything about a pair that no request changes; `cached` says whether the stage has a cache for it."""
    definition, switches = side.definition, tools.switches
    place = Place(resource.id, resource.path, method.api_key_required)

    def connect(tools: Tools) -> Connected:
        events = EventWriter(side, place, switches)
        return _authorizer(method, side, events, tools), _runner(method.integration, side, events, tools)

    authorizer, runner = connect(tools)
    validator = definition.validators.get(method.request_validator_id or "")
    integration = method.integration
    return Operation(
        place=place,
        method=method,
        settings=settings,
        authorizer=authorizer,
        validation=Validation(method, validator, definition.models, switches=switches) if validator else None,
        cache=OperationCache(tools.store, integration, settings) if cached and integration else None,
        runner=runner,
        validator=validator.name if validator else None,
        logging=None if settings.logging_level == "OFF" else _logging(settings, method, side, connect),
    )


def _logging(settings: MethodSettings, method: Method, side: Side, connect: Callable[[Tools], Connected]) -> Logging:
    is_verbose = settings.logging_level == "INFO"
    record = side.definition.authorizers.get(method.authorizer_id or "")
    return Logging(is_verbose, settings.data_trace_enabled, record, connect)


def _authorizer(method: Method, side: Side, events: EventWriter, tools: Tools) -> Authorizing | None:
    record = side.definition.authorizers.get(method.authorizer_id or "")
    if record is not None and method.authorization_type == "CUSTOM":
        return LambdaAuthorizer(record, side, events, tools.authorizers)
    if record is not None and method.authorization_type == "COGNITO_USER_POOLS":
        clock = tools.authorizers.cache.clock
        return CognitoAuthorizer(record, method.authorization_scopes, tools.identities, clock)
    return None


def _runner(integration: Integration | None, side: Side, events: EventWriter, tools: Tools) -> Runner:
    if integration is None:
        return _Refusing("the method has no integration")
    if illegal := _illegal(integration):
        return _Refusing(f"header {illegal} must not be mapped")  # FACTS 8.26
    switches = tools.switches
    if integration.type == "MOCK":
        return Mock(integration, switches)
    if integration.type in ("HTTP", "HTTP_PROXY"):
        return HttpBackend(integration, side.variables, tools.client, switches=switches)
    caller = Caller(tools.invoke, switches)
    arn = function_arn(integration.uri, side.variables)
    if integration.type == "AWS_PROXY":
        return LambdaProxy(integration, arn, events, caller)
    if arn is not None:
        caller = Caller(tools.invoke, switches, answers_timeouts=True)
        return LambdaCustom(integration, arn, caller, switches=switches)
    address = service_address(with_stage_variables(integration.uri or "", side.variables))
    if address is None:
        return _Refusing(f"no AWS service is known by {integration.uri}")
    return ServiceBackend(integration, address, side.variables, tools.services, switches=switches)


def _illegal(integration: Integration) -> str | None:
    forbidden = ILLEGAL_MAPPINGS | (ILLEGAL_AWS_MAPPINGS if integration.type in ("AWS", "AWS_PROXY") else frozenset())
    prefix = "integration.request.header."
    names = (target.removeprefix(prefix) for target in integration.request_parameters if target.startswith(prefix))
    return next((name for name in names if name.lower() in forbidden), None)


def settings_for(
    settings: Mapping[str, MethodSettings], path: str, verb: str, *, default: MethodSettings
) -> tuple[MethodSettings, bool]:
    """The method settings of a pair, and whether they are its own rather than the stage's `*/*` (FACTS 6.1, 6.9)."""
    settings = settings or EMPTY
    own = settings.get(f"{path.removeprefix('/')}/{verb}") or settings.get(f"{path}/{verb}")
    return (own, True) if own else (settings.get("*/*", default), False)
