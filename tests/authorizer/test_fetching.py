"""The one door to the network, against a real server on this machine that misbehaves in every way we know."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from functions.authorizer import fetching
from functions.authorizer.addresses import may_connect
from functions.authorizer.errors import AuthorizerError, ConfigurationError
from functions.authorizer.fetching import FetchError, fetch

Reply = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(reply: Reply) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply(self)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/keys"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answering(status: int, body: bytes, *headers: tuple[str, str], promised: int | None = None) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body) if promised is None else promised))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def test_a_document_is_fetched() -> None:
    with serving(answering(200, b'{"keys": []}')) as url:
        assert fetch(url, allow_http=True) == b'{"keys": []}'


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(answering(500, b"{}"), id="500"),
        pytest.param(answering(404, b"{}"), id="404"),
        pytest.param(answering(204, b""), id="204"),
        pytest.param(answering(302, b"", ("Location", "http://127.0.0.1:1/")), id="redirect"),
        pytest.param(answering(200, b"x" * (fetching.MAX_BYTES + 1)), id="too-large"),
        pytest.param(answering(200, b"{}", promised=100), id="cut-short"),
        pytest.param(lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"), id="no-http"),
        pytest.param(lambda handler: None, id="hangs-up"),
    ],
)
def test_every_other_answer_is_an_error(reply: Reply) -> None:
    with serving(reply) as url, pytest.raises(FetchError):
        fetch(url, allow_http=True)


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        answering(302, b"", ("Location", "/elsewhere"))(handler)

    with serving(reply) as url, pytest.raises(FetchError):
        fetch(url, allow_http=True)
    assert asked == ["/keys"]


def test_plain_http_is_for_issuers_that_say_so() -> None:
    with serving(answering(200, b"{}")) as url, pytest.raises(ConfigurationError):
        fetch(url, allow_http=False)


def test_nobody_listening_is_an_error() -> None:
    with serving(answering(200, b"{}")) as url:
        pass
    with pytest.raises(FetchError):
        fetch(url, allow_http=True)


def test_a_name_that_leads_to_this_machine_is_not_followed_over_https() -> None:
    with pytest.raises(AuthorizerError):
        fetch("https://localhost./keys", allow_http=False)


@pytest.mark.parametrize(
    ("address", "public", "local"),
    [
        ("93.184.216.34", True, True),
        ("10.0.0.7", True, True),
        ("fd00::1", True, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("::ffff:127.0.0.1", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
        ("not-an-address", False, False),
    ],
)
def test_which_resolved_addresses_are_connected_to(address: str, public: bool, local: bool) -> None:
    assert (may_connect(address, allow_http=False), may_connect(address, allow_http=True)) == (public, local)
