"""Step Functions: moto's interpreter, with the two hooks that `aws-sdk:` integrations need and moto leaves empty.

AWS takes and gives PascalCase (`RestApiId`, `PatchOperations`), whatever the service itself writes. The conversion is in
moto; the integration class that should call it does not. Loaded with the first request, as the interpreter takes 0.3 s.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4

import botocore.session

from ..clock import Clock
from . import stepfunctions_clock
from .stepfunctions_definitions import diagnostics
from .stepfunctions_sync import add_sync_executions

_UNINSTALL: list[Callable[[], None]] = []


def application(clock: Clock) -> Callable[..., Any]:
    """moto's application for the service, after the hooks and the clock are in."""
    from moto.moto_server.werkzeug_app import create_backend_app  # noqa: PLC0415

    prepare(clock)
    made: Callable[..., Any] = create_backend_app("stepfunctions")
    return made


def prepare(clock: Clock) -> None:
    """Load the interpreter, with our hooks and this clock."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (  # noqa: PLC0415
        state_task_service_aws_sdk,
    )
    from moto.stepfunctions.parser.asl.eval.environment import Environment  # noqa: PLC0415
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend  # noqa: PLC0415
    from moto.stepfunctions.responses import StepFunctionResponse  # noqa: PLC0415

    add_sync_executions(StepFunctionResponse)
    fill_hooks(state_task_service_aws_sdk.StateTaskServiceAwsSdk)
    end_approvals(Environment)
    name_executions(StepFunctionsParserBackend)
    check_requests(StepFunctionsParserBackend)
    add_validation(StepFunctionResponse)
    if not _UNINSTALL:
        _UNINSTALL.append(stepfunctions_clock.install(clock))


def forget() -> None:
    """Take the clock out again: the next cloud brings its own."""
    while _UNINSTALL:
        _UNINSTALL.pop()()


def start(clock: Clock, machine: str, text: str, name: str) -> None:
    """StartExecution by an event rather than a request."""
    from moto.stepfunctions.responses import get_backend  # noqa: PLC0415

    prepare(clock)
    _, _, _, region, account, _ = machine.split(":", 5)
    get_backend(account, region).start_execution(state_machine_arn=machine, name=name, execution_input=text)


def name_executions(backend: Any) -> None:
    """Give an execution without a name one of its own: moto calls each of them `None`, and refuses the second; idempotent."""
    original = backend.start_execution
    if getattr(original, "names_executions", False):
        return

    def start_execution(self: Any, state_machine_arn: str, name: str | None = None, *rest: Any, **more: Any) -> Any:
        return original(self, state_machine_arn, name or str(uuid4()), *rest, **more)

    start_execution.names_executions = True  # type: ignore[attr-defined]
    backend.start_execution = start_execution


def check_requests(backend: Any) -> None:
    """Refuse wrong definitions and inputs by AWS's codes, which moto leaves empty; idempotent."""
    create, update, start = backend.create_state_machine, backend.update_state_machine, backend.start_execution
    if getattr(create, "checks", False):
        return

    def create_state_machine(self: Any, name: str, definition: str, **more: Any) -> Any:
        _check_definition(definition)
        for machine in self.list_state_machines(max_results=1000, next_token=None)[0]:
            if machine.name == name and machine.definition != definition:
                raise _refusal("StateMachineAlreadyExists", f"State Machine Already Exists: '{machine.arn}'")
        return create(self, name=name, definition=definition, **more)

    def update_state_machine(self: Any, arn: str, definition: str | None = None, *rest: Any, **more: Any) -> Any:
        if definition is not None:
            _check_definition(definition)
        return update(self, arn, definition, *rest, **more)

    def start_execution(self: Any, state_machine_arn: str, name: str | None, execution_input: str) -> Any:
        try:
            json.loads(execution_input or "{}")
        except ValueError as problem:
            message = f"Invalid State Machine Execution Input: '{problem}'"
            raise _refusal("InvalidExecutionInput", message) from problem
        return start(self, state_machine_arn, name, execution_input)

    create_state_machine.checks = True  # type: ignore[attr-defined]
    start_execution.names_executions = True  # type: ignore[attr-defined]
    backend.create_state_machine = create_state_machine
    backend.update_state_machine = update_state_machine
    backend.start_execution = start_execution


def _check_definition(text: str) -> None:
    from moto.stepfunctions.parser.api import InvalidDefinition  # noqa: PLC0415
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend  # noqa: PLC0415

    found = [str(item) for item in diagnostics(text)]
    if not found:
        try:
            StepFunctionsParserBackend._validate_definition(definition=text)
        except InvalidDefinition as problem:
            found = [f"SCHEMA_VALIDATION_FAILED: {problem.message or problem}"]
    if found:
        raise _refusal("InvalidDefinition", f"Invalid State Machine Definition: '{', '.join(found)}'")


def _refusal(code: str, message: str) -> Exception:
    from moto.core.exceptions import AWSError  # noqa: PLC0415

    refusal: Exception = AWSError(message, code)
    return refusal


def add_validation(responses: Any) -> None:
    """Give moto's response class ValidateStateMachineDefinition; idempotent."""

    def validate_state_machine_definition(self: Any) -> Any:
        from moto.core.responses import ActionResult  # noqa: PLC0415

        found = [
            {"severity": "ERROR", "code": item.code, "message": item.message, "location": item.location}
            for item in diagnostics(self._get_param("definition"))
        ]
        return ActionResult({"result": "FAIL" if found else "OK", "diagnostics": found, "truncated": False})

    responses.validate_state_machine_definition = validate_state_machine_definition


def end_approvals(environment: Any) -> None:
    """Let a stop or a timeout end a task that waits for its token, and stay what ended the execution; idempotent.

    moto's token is waited for until its own time-out, and the task's failure then counts for the execution's.
    """
    if getattr(environment.set_error, "keeps_the_end", False):
        return
    fail = environment.set_error

    def ending(name: str) -> Callable[..., None]:
        end = getattr(environment, name)

        def run(self: Any, *arguments: Any, **named: Any) -> None:
            end(self, *arguments, **named)
            for endpoint in list(self.callback_pool_manager._pool.values()):
                endpoint.interrupt_all()

        return run

    def set_error(self: Any, error: Any) -> None:
        if type(self._program_state).__name__ not in ("ProgramStopped", "ProgramTimedOut"):
            fail(self, error)

    environment.set_stop = ending("set_stop")
    environment.set_timed_out = ending("set_timed_out")
    set_error.keeps_the_end = True  # type: ignore[attr-defined]
    environment.set_error = set_error


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
