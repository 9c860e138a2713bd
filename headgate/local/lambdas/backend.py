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
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend, LambdaFunction, LambdaStorage, lambda_backends
from moto.core.exceptions import JsonRESTError

from ..records import FunctionNotFoundError, Invocation, TooManyInvocationsError
from . import checks
from .asynchronous import AsyncInvocations, Settings
from .errors import (
    REQUEST_BYTES,
    RequestContentError,
    RequestTooLargeError,
    TooManyRequestsError,
    cannot_run,
    refuse_runtime,
)
from .pool import FunctionPool
from .records import FunctionSpec, Resolved
from .response import InvokeResponse

# moto finds a backend's URLs by its module's name.
MOTO_MODELS = "moto.awslambda.models"


class LocalFunction(LambdaFunction):
    """A function of moto's that runs in our workers and remembers its logging configuration."""

    __module__ = MOTO_MODELS

    def __init__(self, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
        super().__init__(account_id=account_id, spec=spec, region=region, version=version)
        self.logging_config: dict[str, str] = spec.get("LoggingConfig") or {}
        self.dead_letter_config: dict[str, str] = spec.get("DeadLetterConfig") or {}
        self.revision_id = str(uuid4())

    def get_configuration(self, on_create: bool = False) -> dict[str, Any]:
        """moto's answer, its revision and LoggingConfig, with Lambda's defaults."""
        configuration: dict[str, Any] = super().get_configuration(on_create)
        logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}", **self.logging_config}
        configuration |= {"RevisionId": self.revision_id, "LoggingConfig": logging}
        if self.dead_letter_config.get("TargetArn"):
            configuration["DeadLetterConfig"] = self.dead_letter_config
        return configuration

    def update_configuration(self, config_updates: dict[str, Any]) -> dict[str, Any]:
        """moto's update, and LoggingConfig and Architectures."""
        refuse_runtime(config_updates.get("Runtime"))
        checks.check_settings(config_updates)
        checks.check_revision(config_updates.get("RevisionId"), self.revision_id)
        self.revision_id = str(uuid4())
        self.logging_config = config_updates.get("LoggingConfig") or self.logging_config
        self.dead_letter_config = config_updates.get("DeadLetterConfig") or self.dead_letter_config
        super().update_configuration(config_updates)
        return self.get_configuration()

    def invoke(self, body: str, request_headers: Any, response_headers: Any) -> str | bytes:  # noqa: ARG002 - moto's
        """What event sources call: runs to the end, whatever the invocation type."""
        arn = self.function_arn
        invocation = _run(LocalLambda.pool, arn, _event(body))
        if invocation.function_error:
            response_headers["x-amz-function-error"] = invocation.function_error
        return invocation.payload


class LocalStorage(LambdaStorage):
    """moto's storage, except that a version's number is never given twice (moto counts the versions left)."""

    __module__ = MOTO_MODELS

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._highest: dict[str, int] = {}

    def publish_version(self, name_or_arn: str, description: str = "") -> LambdaFunction | None:
        """A new version, or the last one when nothing has changed since."""
        latest = self.get_function_by_name_or_arn_forbid_qualifier(name_or_arn)
        versions = self._functions[latest.function_name]["versions"]
        if versions and not latest.code_or_config_updated:
            last: LambdaFunction = versions[-1]
            return last
        latest.code_or_config_updated = False
        number = self._highest.get(latest.function_name, 0) + 1
        self._highest[latest.function_name] = number
        version = copy.copy(latest)
        version.code = dict(latest.code)
        version.set_version(number)
        if description:
            version.description = description
        versions.append(version)
        self._arns[version.function_arn] = version
        return version

    def del_function(self, name_or_arn: str, qualifier: str | None = None) -> None:
        """Delete a function or one version; a new function of that name starts at version 1 again."""
        super().del_function(name_or_arn, qualifier)
        for name in list(self._highest):
            if name not in self._functions:
                del self._highest[name]


class LocalLambda(LambdaBackend):
    """Lambda's API. `pool` and `asynchronous` are set by `install`."""

    __module__ = MOTO_MODELS
    pool: ClassVar[FunctionPool]
    asynchronous: ClassVar[AsyncInvocations]
    now: ClassVar[Callable[[], float]] = staticmethod(time.time)

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lambdas = LocalStorage(region_name=region_name, account_id=account_id)
        self._lock = threading.RLock()

    def create_function(self, spec: dict[str, Any]) -> LambdaFunction:
        """CreateFunction; refuses at once what could never run here."""
        refuse_runtime(spec.get("Runtime"))
        checks.check_settings(spec)
        if spec.get("PackageType", "Zip") != "Zip":
            raise cannot_run("PackageType Image", "it starts no containers: give a zip archive")
        function = LocalFunction(self.account_id, spec, self.region_name, "$LATEST")  # type: ignore[abstract]
        checks.check_archive(function.code_bytes)
        with self._changing():
            self._lambdas.put_function(function)
            if not spec.get("Publish"):
                return function
            published = copy.copy(function)
            published.version = self.publish_version(spec["FunctionName"]).version
        return published

    def invoke(
        self, function_name: str, qualifier: str | None, body: Any, headers: Any, response_headers: Any
    ) -> bytes:
        """Invoke: RequestResponse, Event (answered before it runs) or DryRun."""
        function = self.get_function(function_name, qualifier)
        arn = _invoked_arn(self, function_name, qualifier)
        event = _event(body)
        kind = headers.get("X-Amz-Invocation-Type", "RequestResponse")
        response_headers["x-amz-executed-version"] = str(function.version)
        if kind == "DryRun":
            return b""
        if len(event) > REQUEST_BYTES:
            raise RequestTooLargeError(len(event))
        try:
            json.loads(event)
        except ValueError as problem:
            raise RequestContentError(problem) from problem
        trace_id = headers.get("X-Amzn-Trace-Id")
        if kind == "Event":
            self.asynchronous.send(arn, event, trace_id)
            return b""
        context = headers.get("X-Amz-Client-Context")
        invocation = _run(self.pool, arn, event, trace_id, _client_context(context))
        if invocation.function_error:
            response_headers["x-amz-function-error"] = invocation.function_error
        response_headers["x-amz-log-result"] = base64.b64encode(invocation.log_tail.encode()).decode()
        response_headers["Content-Length"] = str(len(invocation.payload))
        return invocation.payload

    @property
    def url_paths(self) -> dict[str, Any]:
        """moto's paths, answered by our response class."""
        return dict.fromkeys(super().url_paths, InvokeResponse.dispatch)

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
            tried = copy.copy(function)
            tried.code = dict(function.code)
            tried.architectures = body.get("Architectures") or function.architectures
            publish = body.pop("Publish", False)
            configuration: dict[str, Any] = tried.update_function_code(body)
            checks.check_archive(tried.code_bytes)
            tried.revision_id = configuration["RevisionId"] = str(uuid4())
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
        checks.check_deletion(qualifier)
        with self._changing():
            super().delete_function(function_name, qualifier)

    def add_permission(self, function_name: str, qualifier: str, raw: str) -> dict[str, Any]:
        """AddPermission, once per statement id."""
        checks.check_statement(raw, self.get_function(function_name, qualifier).policy.statements)
        return super().add_permission(function_name, qualifier, raw)

    def create_alias(self, *arguments: Any, **named: Any) -> Any:
        """CreateAlias."""
        with self._changing():
            return super().create_alias(*arguments, **named)

    def update_alias(self, *arguments: Any, **named: Any) -> Any:
        """UpdateAlias."""
        with self._changing():
            return super().update_alias(*arguments, **named)

    def delete_alias(self, *arguments: Any, **named: Any) -> None:
        """DeleteAlias."""
        with self._changing():
            super().delete_alias(*arguments, **named)

    def put_function_concurrency(self, *arguments: Any, **named: Any) -> Any:
        """PutFunctionConcurrency."""
        with self._changing():
            return super().put_function_concurrency(*arguments, **named)

    def delete_function_concurrency(self, *arguments: Any, **named: Any) -> Any:
        """DeleteFunctionConcurrency."""
        with self._changing():
            return super().delete_function_concurrency(*arguments, **named)

    def put_function_event_invoke_config(self, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
        """PutFunctionEventInvokeConfig, which overwrites; moto keeps showing the first."""
        self.get_function(function_name).event_invoke_config = []
        answer: dict[str, Any] = super().put_function_event_invoke_config(function_name, config)
        return answer

    def send_sns_message(
        self, function_name: str, message: str, subject: str | None = None, qualifier: str | None = None
    ) -> None:
        """What a topic calls: asynchronous, as on AWS."""
        event = sns_event(message, subject, type(self).now())
        self.asynchronous.send(_invoked_arn(self, function_name, qualifier), json.dumps(event).encode())

    def resolved(self, function_name: str, qualifier: str | None) -> Resolved:
        """What the pool asks for."""
        with self._lock:
            function = self.get_function(function_name, qualifier)
            reserved = self.get_function(function_name).reserved_concurrency
            own = _resolved(self, function, reserved)
            alias = self._lambdas._aliases[own.spec.arn].get(qualifier or "")
            routing: Any = alias.routing_config if alias else None
            weights = (routing or {}).get("AdditionalVersionWeights") or {}
            if not weights:
                return own
            others = tuple(
                (float(share), _resolved(self, self.get_function(function_name, version), reserved))
                for version, share in weights.items()
            )
            return Resolved(own.spec, own.code, own.layers, reserved, others)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        with self._lock:
            yield
        self.pool.forget()


class MotoFunctions:
    """`Functions` for the pool, over moto's registry."""

    def resolve(self, function_arn: str) -> Resolved:
        """See Functions."""
        parts = function_arn.split(":")
        if len(parts) not in (7, 8) or parts[2] != "lambda" or parts[5] != "function":
            raise FunctionNotFoundError(
                f"{function_arn}: not a function's ARN (arn:aws:lambda:REGION:ACCOUNT:function:NAME)"
            )
        region, account_id, name = parts[3], parts[4], parts[6]
        qualifier = parts[7] if len(parts) == 8 else None
        try:
            backend = lambda_backends[account_id][region]
            assert isinstance(backend, LocalLambda)
            return backend.resolved(name, qualifier)
        except (KeyError, JsonRESTError) as problem:
            raise FunctionNotFoundError(f"{function_arn}: no such function, version or alias here") from problem


def install(pool: FunctionPool, asynchronous: AsyncInvocations) -> Callable[[], None]:
    """Put our Lambda in the place of moto's; returns what takes it out again."""
    LocalLambda.pool = pool
    LocalLambda.asynchronous = asynchronous
    previous = lambda_backends.backend
    lambda_backends.backend = LocalLambda

    def uninstall() -> None:
        lambda_backends.backend = previous
        lambda_backends.clear()

    return uninstall


def _resolved(backend: LocalLambda, function: LambdaFunction, reserved: int | None) -> Resolved:
    logging = function.logging_config if isinstance(function, LocalFunction) else {}
    found = (backend.layers_versions_by_arn(layer["Arn"]) for layer in function.layers)
    layers = [layer for layer in found if layer is not None]
    spec = FunctionSpec(
        arn=f"arn:{function.partition}:lambda:{function.region}:{function.account_id}:function:{function.function_name}",
        name=function.function_name,
        version=str(function.version),
        account_id=function.account_id,
        region=function.region,
        handler=function.handler or "",
        runtime=function.run_time or "",
        architecture=function.architectures[0],
        timeout_seconds=int(function.timeout),
        memory_mb=int(function.memory_size),
        code_digest=function.code_digest,
        layer_digests=tuple(layer.code_digest for layer in layers),
        environment=tuple(sorted((str(k), str(v)) for k, v in function.environment_vars.items())),
        log_group=logging.get("LogGroup") or f"/aws/lambda/{function.function_name}",
        log_format=logging.get("LogFormat") or "Text",
        log_level=logging.get("ApplicationLogLevel"),
    )
    limit = None if reserved is None else int(reserved)
    return Resolved(spec, function.code_bytes, tuple(layer.code_bytes for layer in layers), limit)


def _invoked_arn(backend: LocalLambda, name: str, qualifier: str | None) -> str:
    """The ARN as it was invoked: with the qualifier that was given, and only then."""
    last = name.rpartition(":function:")[2]
    bare, _, inline = last.partition(":")
    suffix = f":{inline or qualifier}" if inline or qualifier else ""
    return f"arn:{backend.partition}:lambda:{backend.region_name}:{backend.account_id}:function:{bare}{suffix}"


def sns_event(message: str, subject: str | None, now: float) -> dict[str, Any]:
    """The event of one SNS notification. moto does not tell the topic or the attributes."""
    when = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%S.000Z}"
    sns = {"Type": "Notification", "MessageId": str(uuid4()), "Subject": subject, "Message": message, "Timestamp": when}
    return {"Records": [{"EventVersion": "1.0", "EventSource": "aws:sns", "Sns": {**sns, "MessageAttributes": {}}}]}


def settings_of(function_arn: str) -> Settings:
    """How asynchronous invocations of a function are retried, and where they end."""
    parts = function_arn.split(":")
    function = lambda_backends[parts[4]][parts[3]].get_function(parts[6])
    config = function.event_invoke_config[-1].config if function.event_invoke_config else {}
    destinations = config.get("DestinationConfig") or {}
    dead_letter = getattr(function, "dead_letter_config", None) or {}
    usual = Settings()
    return Settings(
        retries=int(config.get("MaximumRetryAttempts", usual.retries)),
        max_age_seconds=float(config.get("MaximumEventAgeInSeconds", usual.max_age_seconds)),
        on_success=(destinations.get("OnSuccess") or {}).get("Destination") or "",
        on_failure=(destinations.get("OnFailure") or {}).get("Destination") or "",
        dead_letter=dead_letter.get("TargetArn") or "",
    )


def _event(body: Any) -> bytes:
    if not body:
        return b"{}"
    return body if isinstance(body, bytes) else str(body).encode()


def _client_context(header: str | None) -> str:
    """The client context header (base64 of JSON) as JSON on one line."""
    if not header:
        return ""
    try:
        return json.dumps(json.loads(base64.b64decode(header)))
    except ValueError as problem:
        raise RequestContentError(problem) from problem


def _run(
    pool: FunctionPool, arn: str, event: bytes, trace_id: str | None = None, client_context: str = ""
) -> Invocation:
    """Invoke from one of moto's threads and wait."""
    try:
        return pool.submit(arn, event, trace_id, client_context=client_context).result()
    except TooManyInvocationsError:
        raise TooManyRequestsError from None
    except (OSError, ValueError) as problem:
        raise InvalidParameterValueException(f"{arn}: {problem}") from problem
