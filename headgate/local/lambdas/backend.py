"""Our Lambda behind moto's: its registry of functions, versions and aliases, our workers.

Plugged in at `lambda_backends.backend`. Function objects are a subclass too, because SNS, SQS, EventBridge, Kinesis,
DynamoDB streams and log subscriptions invoke the function object and not the backend.
"""

import base64
import contextlib
import copy
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from uuid import uuid4

from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends

from . import checks
from .asynchronous import AsyncInvocations
from .errors import (
    EVENT_BYTES,
    REQUEST_BYTES,
    RequestContentError,
    RequestTooLargeError,
    cannot_run,
    refuse_runtime,
)
from .event_configs import EventConfigs
from .functions import MOTO_MODELS, LocalFunction, LocalStorage
from .invoking import client_context_of, event_of, run, sns_event
from .names import Clock, parted
from .policies import Policies
from .pool import FunctionPool
from .provisioned import Provisioned
from .records import Resolved
from .resolving import invoked_arn
from .resolving import resolved as resolve
from .response import InvokeResponse

EVERY_PATH = "/(?P<api_version>[^/]+)/(?P<rest>.+)$"


class LocalLambda(LambdaBackend):
    """Lambda's API. `pool` and `asynchronous` are set by `install`."""

    __module__ = MOTO_MODELS
    pool: ClassVar[FunctionPool]
    asynchronous: ClassVar[AsyncInvocations]
    now: ClassVar[Clock] = staticmethod(time.time)
    code_url: ClassVar[Callable[[str], str]] = staticmethod(lambda digest: f"code:{digest}")

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lambdas = LocalStorage(region_name=region_name, account_id=account_id)
        self._lock = threading.RLock()
        self.policies = Policies()
        self.event_configs = EventConfigs(type(self).now)
        self.provisioned = Provisioned(type(self).now)

    def create_function(self, spec: dict[str, Any]) -> LambdaFunction:
        """CreateFunction; refuses at once what could never run here."""
        refuse_runtime(spec.get("Runtime"))
        checks.check_settings(spec)
        if spec.get("PackageType", "Zip") != "Zip":
            raise cannot_run("PackageType Image", "it starts no containers: give a zip archive")
        checks.check_package(spec)
        checks.check_layers(spec.get("Layers") or (), lambda arn: self.layers_versions_by_arn(arn) is not None)
        function = LocalFunction(self.account_id, spec, self.region_name, "$LATEST")  # type: ignore[abstract]
        checks.check_archive(function.code_bytes)
        with self._changing():
            self._lambdas.put_function(function)
            if not spec.get("Publish"):
                return function
            published = copy.copy(function)
            version = self.publish_version(spec["FunctionName"])
            published.version, published.function_arn = version.version, version.function_arn
        return published

    def invoke(
        self, function_name: str, qualifier: str | None, body: Any, headers: Any, response_headers: Any
    ) -> bytes:
        """Invoke: RequestResponse, Event (answered before it runs) or DryRun."""
        function = self.get_function(function_name, qualifier)
        arn = invoked_arn(self, function_name, qualifier)
        event = event_of(body)
        kind = headers.get("X-Amz-Invocation-Type", "RequestResponse")
        response_headers["x-amz-executed-version"] = str(function.version)
        if kind == "DryRun":
            return b""
        limit = EVENT_BYTES if kind == "Event" else REQUEST_BYTES
        if len(event) > limit:
            raise RequestTooLargeError(len(event), kind, limit)
        try:
            json.loads(event)
        except ValueError as problem:
            raise RequestContentError(problem) from problem
        trace_id = headers.get("X-Amzn-Trace-Id")
        if kind == "Event":
            self.asynchronous.send(arn, event, trace_id)
            return b""
        context = headers.get("X-Amz-Client-Context")
        invocation = run(self.pool, arn, event, trace_id, client_context_of(context))
        if invocation.function_error:
            response_headers["x-amz-function-error"] = invocation.function_error
        response_headers["x-amz-log-result"] = base64.b64encode(invocation.log_tail.encode()).decode()
        response_headers["Content-Length"] = str(len(invocation.payload))
        return invocation.payload

    @property
    def url_paths(self) -> dict[str, Any]:
        """moto's paths and all others, answered by our response class: it refuses by name what neither has."""
        return dict.fromkeys([*super().url_paths, EVERY_PATH], InvokeResponse.dispatch)

    @property
    def urls(self) -> dict[str, Any]:
        """The same as addresses, for calls inside `mock_aws`."""
        return dict.fromkeys([*super().urls, *(base + EVERY_PATH for base in self.url_bases)], InvokeResponse.dispatch)

    # Every change makes the pool look its functions up again.

    def publish_version(self, *arguments: Any, **named: Any) -> Any:
        """PublishVersion."""
        with self._changing():
            return super().publish_version(*arguments, **named)

    def update_function_code(self, function_name: str, qualifier: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """UpdateFunctionCode; moto forgets Architectures."""
        with self._changing():
            function: Any = self.get_function(function_name, qualifier)
            checks.check_revision(body.get("RevisionId"), function.revision_id)
            checks.check_source(body)
            tried = copy.copy(function)
            tried.code = dict(function.code)
            tried.architectures = body.get("Architectures") or function.architectures
            publish = body.pop("Publish", False)
            tried.update_function_code(body)
            checks.check_archive(tried.code_bytes)
            tried.touch()
            configuration: dict[str, Any] = tried.get_configuration()
            if not body.get("DryRun"):
                vars(function).update(vars(tried))
            if publish and not body.get("DryRun"):
                configuration = self.publish_version(function_name).get_configuration()
            return configuration

    def update_function_configuration(self, *arguments: Any, **named: Any) -> Any:
        """UpdateFunctionConfiguration."""
        with self._changing():
            return super().update_function_configuration(*arguments, **named)

    def delete_function(self, function_name: str, qualifier: str | None = None) -> None:
        """DeleteFunction."""
        name, version = parted(function_name, qualifier)
        with self._changing():
            aliases = self.aliases(self.get_function(name).function_name) if version else {}
            checks.check_deletion(version, [alias for alias, target in aliases.items() if target == version])
            super().delete_function(name, version or None)
        self._forget(name, version)

    def _forget(self, name: str, qualifier: str) -> None:
        """What is kept beside a function, a version or an alias goes with it."""
        for kept in (self.policies, self.event_configs, self.provisioned):
            kept.forget(name, qualifier)

    @staticmethod
    def new_revision() -> str:
        """A RevisionId."""
        return str(uuid4())

    def has(self, name: str) -> bool:
        """Whether there is a function of that name."""
        return name in self._lambdas._functions

    def arn_of(self, name: str) -> str:
        """The ARN of a function that need not be there."""
        return invoked_arn(self, name, None)

    def get_layer_arn(self, name: str) -> str:
        """The ARN of a layer, by its name or ARN."""
        return name if name.startswith("arn:") else self.arn_of(name).replace(":function:", ":layer:")

    def aliases(self, name: str) -> dict[str, str]:
        """A function's aliases and the versions they lead to."""
        return {alias.name: str(alias.function_version) for alias in self._lambdas.list_aliases(name)}

    def alias(self, name: str, qualifier: str) -> Any:
        """The alias of that name, if there is one."""
        return self._lambdas._aliases[self.get_function(name).function_arn].get(qualifier)

    def create_alias(self, *arguments: Any, **named: Any) -> Any:
        """CreateAlias."""
        with self._changing():
            return super().create_alias(*arguments, **named)

    def update_alias(self, *arguments: Any, **named: Any) -> Any:
        """UpdateAlias."""
        with self._changing():
            return super().update_alias(*arguments, **named)

    def delete_alias(self, name: str, function_name: str) -> None:
        """DeleteAlias."""
        with self._changing():
            super().delete_alias(name, function_name)
        self._forget(parted(function_name)[0], name)

    def put_function_concurrency(self, function_name: str, reserved_concurrency: Any) -> Any:
        """PutFunctionConcurrency."""
        with self._changing():
            own = self.get_function(function_name)
            others = (one.reserved_concurrency for one in self._lambdas.latest() if one is not own)
            checks.check_reserved(int(reserved_concurrency), sum(int(other or 0) for other in others))
            return super().put_function_concurrency(function_name, reserved_concurrency)

    def delete_function_concurrency(self, *arguments: Any, **named: Any) -> Any:
        """DeleteFunctionConcurrency."""
        with self._changing():
            return super().delete_function_concurrency(*arguments, **named)

    def code_of(self, digest: str) -> bytes | None:
        """The archive of a function or a layer by its digest."""
        layers = (version for layer in self._layers._layers.values() for version in layer.layer_versions.values())
        kept: list[Any] = [*self._lambdas.all(), *layers]
        return next((one.code_bytes for one in kept if one.code_digest == digest), None)

    def send_sns_message(
        self, function_name: str, message: str, subject: str | None = None, qualifier: str | None = None
    ) -> None:
        """What a topic calls: asynchronous, as on AWS."""
        event = sns_event(message, subject, type(self).now())
        self.asynchronous.send(invoked_arn(self, function_name, qualifier), json.dumps(event).encode())

    def resolved(self, function_name: str, qualifier: str | None) -> Resolved:
        """What the pool asks for."""
        with self._lock:
            function = self.get_function(function_name, qualifier)
            reserved = self.get_function(function_name).reserved_concurrency
            own = resolve(self, function, reserved)
            alias = self._lambdas._aliases[own.spec.arn].get(qualifier or "")
            routing: Any = alias.routing_config if alias else None
            weights = (routing or {}).get("AdditionalVersionWeights") or {}
            if not weights:
                return own
            others = tuple(
                (float(share), resolve(self, self.get_function(function_name, version), reserved))
                for version, share in weights.items()
            )
            return Resolved(own.spec, own.code, own.layers, reserved, others)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        with self._lock:
            yield
        self.pool.forget()


def install(
    pool: FunctionPool, asynchronous: AsyncInvocations, now: Clock, code_url: Callable[[str], str]
) -> Callable[[], None]:
    """Put our Lambda in the place of moto's; returns what takes it out again. `code_url` is where an archive's digest leads."""
    LocalLambda.pool = LocalFunction.pool = pool
    LocalLambda.asynchronous = asynchronous
    LocalLambda.now = LocalFunction.now = staticmethod(now)
    LocalLambda.code_url = staticmethod(code_url)
    previous = lambda_backends.backend
    lambda_backends.backend = LocalLambda

    def uninstall() -> None:
        lambda_backends.backend = previous
        lambda_backends.clear()

    return uninstall


def code_of(digest: str) -> bytes | None:
    """An archive of any account and Region."""
    backends: list[Any] = [one for regions in lambda_backends.values() for one in regions.values()]
    return next((found for one in backends if (found := one.code_of(digest)) is not None), None)
