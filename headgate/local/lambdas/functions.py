"""moto's functions and their versions, as they run and are numbered here."""

import copy
import time
from typing import Any, ClassVar
from uuid import uuid4

from moto.awslambda.models import LambdaFunction, LambdaStorage, lambda_backends

from . import checks
from .errors import refuse_runtime
from .invoking import event_of, run
from .names import Clock, iso_time
from .pool import FunctionPool

# moto finds a backend's URLs by its module's name.
MOTO_MODELS = "moto.awslambda.models"


class LocalFunction(LambdaFunction):
    """A function of moto's that runs in our workers and remembers its logging configuration. `install` sets what it needs."""

    __module__ = MOTO_MODELS
    pool: ClassVar[FunctionPool]
    now: ClassVar[Clock] = staticmethod(time.time)

    def __init__(self, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
        super().__init__(account_id=account_id, spec=spec, region=region, version=version)
        self.logging_config: dict[str, str] = spec.get("LoggingConfig") or {}
        self.dead_letter_config: dict[str, str] = spec.get("DeadLetterConfig") or {}
        self.touch()

    def touch(self) -> None:
        """It has changed now."""
        self.revision_id = str(uuid4())
        self.changed = type(self).now()

    def get_configuration(self, on_create: bool = False) -> dict[str, Any]:
        """moto's answer, its revision and LoggingConfig, with Lambda's defaults."""
        configuration: dict[str, Any] = super().get_configuration(on_create)
        logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}", **self.logging_config}
        configuration |= {
            "RevisionId": self.revision_id,
            "LoggingConfig": logging,
            "LastModified": iso_time(self.changed),
        }
        if not configuration["Layers"]:
            del configuration["Layers"]
        if self.dead_letter_config.get("TargetArn"):
            configuration["DeadLetterConfig"] = self.dead_letter_config
        return configuration

    def update_configuration(self, config_updates: dict[str, Any]) -> dict[str, Any]:
        """moto's update, and LoggingConfig and Architectures."""
        refuse_runtime(config_updates.get("Runtime"))
        checks.check_settings(config_updates)
        checks.check_revision(config_updates.get("RevisionId"), self.revision_id)
        checks.check_layers(config_updates.get("Layers") or (), self.is_layer)
        self.logging_config = config_updates.get("LoggingConfig") or self.logging_config
        self.dead_letter_config = config_updates.get("DeadLetterConfig") or self.dead_letter_config
        super().update_configuration(config_updates)
        self.touch()
        return self.get_configuration()

    def is_layer(self, arn: str) -> bool:
        """Whether a layer version is there."""
        backend: Any = lambda_backends[self.account_id][self.region]
        return backend.layers_versions_by_arn(arn) is not None

    def invoke(self, body: str, request_headers: Any, response_headers: Any) -> str | bytes:  # noqa: ARG002 - moto's
        """What event sources call: runs to the end, whatever the invocation type."""
        arn = self.function_arn
        invocation = run(type(self).pool, arn, event_of(body))
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
        vars(version).update(revision_id=str(uuid4()), changed=LocalFunction.now())
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
