"""AWS's own runtime interface client over the socket: handler look-up, marshalling, context, logging and errors are AWS's.

Leans on four methods of `BaseLambdaRuntimeClient` and on `bootstrap.run` (awslambdaric 4.2.2, pinned; contract tests).
"""

import socket
from typing import Any, NoReturn

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_client import BaseLambdaRuntimeClient, InvocationRequest
from awslambdaric.lambda_runtime_marshaller import to_json

from . import frames, shift


class SocketClient(BaseLambdaRuntimeClient):
    """Reads events from and writes answers to the pool's socket instead of the HTTP Runtime API."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__("unused")  # type: ignore[no-untyped-call]
        self._connection = connection
        self._is_ready = False
        self._is_awake = False

    def wait_next_invocation(self) -> InvocationRequest:
        """The next event; EOFError when the pool closed the socket."""
        if not self._is_ready:
            self._connection.sendall(frames.encode(frames.READY, b""))
            self._is_ready = True
        kind, body = frames.read_lone_frame(self._connection, awake=self._is_awake)
        self._is_awake = kind == frames.LONE_INVOKE
        invoke = frames.decode_invoke(body)
        shift.follow(invoke.clock)
        return InvocationRequest(  # type: ignore[no-untyped-call]
            invoke_id=invoke.request_id,
            x_amzn_trace_id=invoke.trace_id or None,
            invoked_function_arn=invoke.function_arn,
            deadline_time_in_ms=invoke.deadline_millis,
            client_context=invoke.client_context or None,
            cognito_identity=None,
            tenant_id=None,
            content_type="application/json",
            event_body=invoke.event,
            invocation_id=None,
        )

    def post_invocation_result(self, _invoke_id: str, result_data: str | bytes, *_: Any) -> None:
        """The handler returned."""
        body = result_data if isinstance(result_data, bytes) else result_data.encode()
        self._connection.sendall(frames.encode(frames.RESULT, body))

    def post_invocation_error(self, _invoke_id: str, error_response_data: str, *_: Any) -> None:
        """The handler raised."""
        self._connection.sendall(frames.encode(frames.ERROR, error_response_data.encode()))

    def post_init_error(self, error_response_data: dict[str, Any], *_: Any) -> None:
        """The handler could not be imported; `bootstrap.run` ends the process next."""
        error = to_json(error_response_data)  # type: ignore[no-untyped-call]
        self._connection.sendall(frames.encode(frames.INIT_ERROR, error.encode()))


def run(handler: str, connection: socket.socket) -> NoReturn:
    """Serve `handler` until the socket closes (EOFError) or the handler cannot be imported (SystemExit)."""
    bootstrap.run(handler, SocketClient(connection))  # type: ignore[no-untyped-call]
    raise AssertionError("bootstrap.run never returns")
