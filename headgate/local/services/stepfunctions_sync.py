"""StartSyncExecution, which moto lacks: start an express execution and wait for its end. Loaded with the interpreter."""

import json
import time
from typing import Any

LONGEST_SECONDS = 300.0  # express executions last five minutes
_LOOK_EVERY_SECONDS = 0.005


def add_sync_executions(responses: Any) -> None:
    """Give moto's response class the operation; idempotent."""
    if getattr(responses, "start_sync_execution", None) is None:
        responses.start_sync_execution = _start_sync_execution


def _start_sync_execution(self: Any) -> Any:
    from moto.core.exceptions import AWSError  # noqa: PLC0415
    from moto.core.responses import ActionResult  # noqa: PLC0415

    backend, arn = self.stepfunction_backend, self._get_param("stateMachineArn")
    if backend.describe_state_machine(arn).type != "EXPRESS":
        raise AWSError("This operation is not supported by this type of state machine", "StateMachineTypeNotSupported")
    text = self._get_param("input", if_none="{}")
    execution = backend.start_execution(arn, self._get_param("name"), text)
    deadline = time.monotonic() + LONGEST_SECONDS
    while execution.status == "RUNNING" and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_SECONDS)
    return ActionResult(_told(execution, arn, text))


def _told(execution: Any, machine_arn: str, text: str) -> dict[str, Any]:
    status = {"ABORTED": "FAILED", "RUNNING": "TIMED_OUT"}.get(execution.status, execution.status)
    answer: dict[str, Any] = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": machine_arn,
        "name": execution.name,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date or execution.start_date,
        "status": status,
        "input": text,
    }
    if status == "SUCCEEDED":
        output = execution.output
        answer["output"] = output if isinstance(output, str) else json.dumps(output, separators=(",", ":"))
    for name in ("error", "cause"):
        if getattr(execution, name) is not None:
            answer[name] = getattr(execution, name)
    return answer
