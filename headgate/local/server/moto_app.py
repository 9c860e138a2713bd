"""moto as one WSGI application, with our own services at its extension points and a fence against its crashes."""

import contextlib
import json
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from a2wsgi import WSGIMiddleware
from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY, should_preserve_original_header_name
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .application import ASGIApp

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WSGIApp = Callable[[Environ, StartResponse], Iterable[bytes]]

# Control-plane code calls itself (custom resources, Step Functions, functions with boto3), so there must be room.
THREADS = 32


@contextlib.contextmanager
def running(own_services: Mapping[str, Callable[[], WSGIApp]]) -> Iterator[ASGIApp]:
    """The ASGI application and its threads. `own_services` maps moto's service names (`ssm`, ...) to factories."""

    def create(service: str) -> WSGIApp:
        factory = own_services.get(service)
        application: WSGIApp = factory() if factory else create_backend_app(service)  # type: ignore[arg-type]
        return application

    middleware = WSGIMiddleware(fence(keep_raw_request(DomainDispatcherApplication(create))), workers=THREADS)  # type: ignore[arg-type]
    try:
        yield middleware  # type: ignore[misc]  # its messages are typed dictionaries, ours plain ones
    finally:
        middleware.executor.shutdown(wait=False, cancel_futures=True)


def keep_raw_request(application: WSGIApp) -> WSGIApp:
    """Tell moto the path and the S3 metadata names as they were sent: WSGI has lost both (keys like `a%2Fb c`)."""

    def shim(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        scope = environ["asgi.scope"]
        query = scope["query_string"]
        environ["RAW_URI"] = (scope["raw_path"] + (b"?" + query if query else b"")).decode("latin1")
        names = {}
        for name, _ in scope.get("headgate.headers", ()):
            text = name.decode("latin1")
            if should_preserve_original_header_name(text):
                names["HTTP_" + text.upper().replace("-", "_")] = text
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = names
        return application(environ, start_response)

    return shim


def fence(application: WSGIApp) -> WSGIApp:
    """Turn an exception or a 5xx of moto's into a modelled 4xx.

    An SDK retries every 5xx with back-off: one operation that moto lacks would turn a command of 3 s into 47 s.
    """

    def fenced(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def never_5xx(status: str, headers: Any, exc_info: Any = None) -> Any:
            return start_response("400 Bad Request" if status.startswith("5") else status, headers, exc_info)

        try:
            return list(application(environ, never_5xx))
        except NotImplementedError as problem:
            return _refuse(environ, start_response, "NotImplementedException", f"not supported locally: {problem}")
        except Exception as problem:  # noqa: BLE001 - whatever moto raises
            traceback.print_exc(file=sys.stderr)
            message = f"the local cloud failed on this request: {type(problem).__name__}: {problem}"
            return _refuse(environ, start_response, "LocalCloudFailure", message)

    return fenced


def _refuse(environ: Environ, start_response: StartResponse, code: str, message: str) -> list[bytes]:
    """A 400 in the dialect of the request: JSON protocols, or XML for the query protocol and S3."""
    if _speaks_xml(environ):
        content_type = "text/xml"
        text = escape(message)
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
            f"<Code>{code}</Code><Message>{text}</Message></ErrorResponse>"
        )
    else:
        content_type = "application/x-amz-json-1.1"
        body = json.dumps({"__type": code, "message": message})
    data = body.encode()
    headers = [("Content-Type", content_type), ("Content-Length", str(len(data))), ("x-amzn-ErrorType", code)]
    start_response("400 Bad Request", headers)
    return [data]


def _speaks_xml(environ: Environ) -> bool:
    scope = environ.get("HTTP_AUTHORIZATION", "")
    content_type = environ.get("CONTENT_TYPE", "")
    return "/s3/aws4_request" in scope or content_type.startswith("application/x-www-form-urlencoded")
