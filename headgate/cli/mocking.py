"""What `headgate up --spec FILE --mock` needs besides the cloud: a project around the document, and the mock upstream."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from headgate import spec
from headgate.local.mock import MockUpstream

from .output import CommandError

GATEWAY = """\
name: mock
apis: {api: {documents: []}}
environments: {mock: {stages: {mock: {}}}}
local: {stage: mock}
"""


@dataclass(frozen=True)
class Document:
    """A compiled document: what is served, and what is not."""

    compiled: spec.Compiled
    refused: tuple[str, ...]
    upstream: MockUpstream


class Mock:
    """The mock upstream of one document, on a loopback port; the document can be loaded again while it serves."""

    def __init__(self, document: Path, project: Path) -> None:
        self.document = document
        self.project = project
        self.server = Server(("127.0.0.1", 0), Handler)
        try:
            self.loaded = load(document, self.url)
        except CommandError:
            self.server.server_close()
            raise
        self.server.upstream = self.loaded.upstream
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where the upstream is."""
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def credentials(self) -> list[dict[str, str]]:
        """The made-up credentials that the gateway accepts."""
        rows = self.loaded.compiled.credentials
        return [{"scheme": row.scheme, "in": row.where, "name": row.name, "value": row.value} for row in rows]

    def reload(self) -> None:
        """Answer from the document as it is now; one with errors changes nothing."""
        try:
            self.loaded = load(self.document, self.url)
        except CommandError:
            return  # the synthesizer reports the same errors
        self.server.upstream = self.loaded.upstream

    def stop(self) -> None:
        """Close the port."""
        self.server.shutdown()
        self.server.server_close()


def load(document: Path, url: str) -> Document:
    """Compile a document for the mock.

    Raises:
        CommandError: it has errors, all of which are in the message, or no operations.
    """
    compiled, problems = spec.compile_document(document, target(url))
    if compiled is None:
        details = "\n".join(str(problem) for problem in problems if problem.level == "error")
        raise CommandError(f"{document} cannot be served\n{details}", "mend it, then try again")
    if not compiled.operations:
        raise CommandError(f"{document} has no operations: there is nothing to serve", "add one under `paths`")
    refused = tuple(str(problem) for problem in problems if is_refusal(problem))
    real, _ = spec.compile_document(document, spec.Target(environment="mock", unbound="deny"))
    wire = spec.joined_wire(real.apis) if real else None  # what API Gateway itself would check, were there no mock
    return Document(compiled, refused, MockUpstream(compiled.apis[0].validators, wire))


def target(url: str, port: int = 4566) -> spec.Target:
    """What the document is compiled for: every upstream is the mock, every unbound scheme gets a test credential."""
    return spec.Target(environment="mock", local=True, port=port, mock_url=url, unbound="test")


def is_refusal(problem: spec.Diagnostic) -> bool:
    """Whether a warning says that an operation is left out."""
    return problem.level == "warning" and "left out" in problem.message


def prepare_mock(document: Path, state: Path) -> Mock:
    """A project folder for the document below the state folder, and its running mock."""
    project = state / "mock"
    project.mkdir(parents=True, exist_ok=True)
    (project / "gateway.yaml").write_text(GATEWAY, encoding="utf-8")
    return Mock(document, project)


class Server(ThreadingHTTPServer):
    """HTTP around a MockUpstream."""

    daemon_threads = True
    request_queue_size = 256
    upstream: MockUpstream


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def answer(self) -> None:
        """Any method: read the request, let the upstream answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        status, headers, content = self.server.upstream.respond(self.command, path, query, self.headers.items(), body)
        self.reply(status, headers, content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815 - http.server's names

    def reply(self, status: int, headers: Iterable[tuple[str, str]], content: bytes) -> None:
        """Send an answer as it is."""
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status not in {204, 304}:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Quiet: the gateway logs access."""
