"""What an ARN means now: the version behind it for the pool, and how its asynchronous invocations end."""

from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends
from moto.core.exceptions import JsonRESTError

from ..records import FunctionNotFoundError
from .asynchronous import Settings
from .functions import LocalFunction
from .names import parted
from .records import FunctionSpec, Resolved


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
            backend: Any = lambda_backends[account_id][region]
            resolved: Resolved = backend.resolved(name, qualifier)
        except (KeyError, JsonRESTError) as problem:
            raise FunctionNotFoundError(f"{function_arn}: no such function, version or alias here") from problem
        return resolved


def resolved(backend: LambdaBackend, function: LambdaFunction, reserved: int | None) -> Resolved:
    """What the pool runs of a version; `reserved` is its function's concurrency."""
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


def invoked_arn(backend: LambdaBackend, name: str, qualifier: str | None) -> str:
    """The ARN as it was invoked: with the qualifier that was given, and only then."""
    bare, chosen = parted(name, qualifier)
    suffix = f":{chosen}" if chosen else ""
    return f"arn:{backend.partition}:lambda:{backend.region_name}:{backend.account_id}:function:{bare}{suffix}"


def settings_of(function_arn: str) -> Settings:
    """How asynchronous invocations of a function are retried, and where they end."""
    parts = function_arn.split(":")
    backend: Any = lambda_backends[parts[4]][parts[3]]
    function = backend.get_function(parts[6])
    config = backend.event_configs.settings((parts[6], parts[7] if len(parts) == 8 else "$LATEST"))
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
