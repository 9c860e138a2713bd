"""Our own stand-in for awslambdaric, for hosts without its wheel (macOS): same frames, same context, same error shapes."""

import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, NoReturn

from . import frames, shift

Handler = Callable[[Any, Any], Any]


class InitError(Exception):
    """The handler cannot be had; `kind` is the errorType that Lambda reports."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Context:
    """Lambda's context object: the attributes of awslambdaric's, from the same variables."""

    def __init__(self, invoke: frames.Invoke) -> None:
        variables = os.environ.get
        self.aws_request_id = invoke.request_id
        self.invoked_function_arn = invoke.function_arn
        self.function_name = variables("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = variables("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = variables("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = variables("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = variables("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = _client_context(invoke.client_context)
        self.tenant_id = None
        self._deadline_millis = invoke.deadline_millis

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped, never below zero."""
        return max(0, self._deadline_millis - int(time.time() * 1000))

    def log(self, message: object) -> None:
        """Write to the function's log."""
        sys.stdout.write(str(message))


def run(handler: str, connection: socket.socket) -> NoReturn:
    """Serve `handler` until the socket closes (EOFError) or the handler cannot be imported (SystemExit)."""
    request = _set_up_logging()
    try:
        function = _find(handler)
    except Exception as problem:  # noqa: BLE001 - whatever an import raises is the function's init error
        kind = problem.kind if isinstance(problem, InitError) else type(problem).__name__
        frames_of = [] if isinstance(problem, InitError) else traceback.extract_tb(problem.__traceback__)
        error = _error(kind, str(problem), _own_frames(frames_of), "")
        print(f"[ERROR] {kind}: {problem}", flush=True)
        connection.sendall(frames.encode(frames.INIT_ERROR, _dump(error)))
        sys.exit(1)
    connection.sendall(frames.encode(frames.READY, b""))
    is_alone = False
    while True:
        sort, body = frames.read_lone_frame(connection, awake=is_alone)
        is_alone = sort == frames.LONE_INVOKE
        invoke = frames.decode_invoke(body)
        shift.follow(invoke.clock)
        request.request_id = invoke.request_id
        connection.sendall(_answer(function, invoke))


def _find(handler: str) -> Handler:
    """`package.module.function` to the function; Lambda's error types."""
    module_name, dot, name = handler.rpartition(".")
    if not dot:
        raise InitError("Runtime.MalformedHandlerName", f"Bad handler '{handler}': not enough values to unpack")
    if module_name.partition(".")[0] in sys.builtin_module_names:
        raise InitError(
            "Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module"
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as problem:
        raise InitError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {problem}") from problem
    except SyntaxError as problem:
        raise InitError(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {problem}"
        ) from problem
    if not hasattr(module, name):
        raise InitError("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'")
    function: Handler = getattr(module, name)
    return function


def _answer(function: Handler, invoke: frames.Invoke) -> bytes:
    """The frame for one event."""
    if invoke.trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = invoke.trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        result = function(json.loads(invoke.event), Context(invoke))
    except Exception as problem:  # noqa: BLE001 - whatever a handler raises is the invocation's error
        lines = _own_frames(traceback.extract_tb(problem.__traceback__))
        told = [f"[ERROR] {type(problem).__name__}: {problem}", "Traceback (most recent call last):", *lines]
        print("\n".join(told).strip().replace("\n", "\r"), flush=True)  # one record, as awslambdaric writes it
        error = _error(type(problem).__name__, str(problem), lines, invoke.request_id)
        return frames.encode(frames.ERROR, _dump(error))
    if isinstance(result, bytes):
        return frames.encode(frames.RESULT, result)
    try:
        return frames.encode(frames.RESULT, _dump(result))
    except (TypeError, ValueError) as problem:
        error = _error("Runtime.MarshalError", f"Unable to marshal response: {problem}", [], invoke.request_id)
        return frames.encode(frames.ERROR, _dump(error))


def _own_frames(stack: list[traceback.FrameSummary]) -> list[str]:
    """The stack from the user's first frame on."""
    return traceback.format_list([frame for frame in stack if frame.filename != __file__])


def _error(kind: str, message: str, stack: list[str], request_id: str) -> dict[str, Any]:
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": stack}


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=_plain).encode("utf-8", "surrogatepass")


def _plain(value: object) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _client_context(text: str) -> SimpleNamespace | None:
    if not text:
        return None
    fields = json.loads(text)
    client = SimpleNamespace(**fields["client"]) if fields.get("client") else None
    return SimpleNamespace(custom=fields.get("custom"), env=fields.get("env"), client=client)


def _set_up_logging() -> SimpleNamespace:
    """Root logger in Lambda's text format, to stdout; returns the holder of the current request id."""
    request = SimpleNamespace(request_id="")

    def add_request_id(record: logging.LogRecord) -> bool:
        record.aws_request_id = request.request_id
        return True

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )
    )
    logging.Formatter.converter = time.gmtime
    handler.addFilter(add_request_id)
    logging.getLogger().addHandler(handler)
    return request
