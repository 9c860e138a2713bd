"""Schemathesis, which reads the document on its own, finds nothing to complain about: not in answers, not in what is refused."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from headgate.local.mock import MockUpstream

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
]
# The paths that declare what a refusal looks like; the others' refusals are undocumented by the document's own fault.
PATHS = ["/items", "/items/{itemId}", "/accounts"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    upstream: MockUpstream

    def answer(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        status, headers, content = self.upstream.respond(self.command, path, query, self.headers.items(), body)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def __getattr__(self, name: str) -> Any:
        """Every method there is: `do_GET`, `do_QUERY` and the next one."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def address(shop: MockUpstream) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("ShopHandler", (Handler,), {"upstream": shop}))
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_stranger_that_reads_the_document_agrees_with_every_answer(address: str, tmp_path: Path) -> None:
    document = Path(__file__).with_name("shop.yaml")
    paths = [word for path in PATHS for word in ("--include-path", path)]
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "run",
        str(document),
        "--url",
        address,
        "--checks",
        ",".join(CHECKS),
    ]
    options = [
        "--max-examples",
        "12",
        "--seed",
        "1",
        "--generation-database",
        "none",
        "--no-color",
        "--continue-on-failure",
    ]
    phases = ["--phases", "examples,coverage,fuzzing", "--mode", "all"]

    done = subprocess.run(
        [*command, *options, *phases, *paths], cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
    )

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
