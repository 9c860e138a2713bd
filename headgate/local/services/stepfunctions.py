"""Step Functions: moto's interpreter, with the two hooks that `aws-sdk:` integrations need and moto leaves empty.

AWS takes and gives PascalCase (`RestApiId`, `PatchOperations`), whatever the service itself writes. The conversion is in
moto; the integration class that should call it does not. Loaded with the first request, as the interpreter takes 0.3 s.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import botocore.session


def application() -> Callable[..., Any]:
    """moto's application for the service, after the hooks are in."""
    from moto.moto_server.werkzeug_app import create_backend_app  # noqa: PLC0415
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (  # noqa: PLC0415
        state_task_service_aws_sdk,
    )

    fill_hooks(state_task_service_aws_sdk.StateTaskServiceAwsSdk)
    made: Callable[..., Any] = create_backend_app("stepfunctions")
    return made


def fill_hooks(integration: Any) -> None:
    """Give moto's integration class its conversions; idempotent."""

    def parameters(self: Any, given: dict[str, Any], *_: Any) -> None:
        self._to_boto_request(given, _operation(self).input_shape)

    def response(self: Any, answer: Any, *_: Any) -> None:
        shape = _operation(self).output_shape
        if shape is not None:
            self._from_boto_response(answer, shape)
        _write_times(answer)

    integration._normalise_parameters = parameters
    integration._normalise_response = response


def _operation(task: Any) -> Any:
    """botocore's model of the operation a task calls."""
    service = _service(task._get_boto_service_name())
    action = task._get_boto_service_action().replace("_", "")
    return next(service.operation_model(name) for name in service.operation_names if name.lower() == action)


@lru_cache
def _service(name: str) -> Any:
    return botocore.session.get_session().get_service_model(name)


def _write_times(value: Any) -> None:
    """Times as text, in place: states are JSON."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in list(members):
        if isinstance(member, datetime):
            value[key] = member.isoformat().replace("+00:00", "Z")
        else:
            _write_times(member)
