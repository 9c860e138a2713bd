"""The HTTP server that integrations and functions call: it answers by path and remembers what arrived.

/backend/{token}/echo tells the request back, /status/{n} answers with that status, /raw returns the body, /headers answers
with the response headers that the query asks for, /slow waits, /gzip answers compressed.
/callback/{token}/{function} counts an invocation.
"""

import contextlib
import gzip
import http.server
import json
import threading
import time
import urllib.parse
from collections import defaultdict
from typing import Any

SLOW_SECONDS = 2.0


class Backend:
    """Listens on a free port of `host` until closed."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.lock = threading.Lock()
        self.events: dict[tuple[str, str], list[Any]] = defaultdict(list)  # (token, function) -> events
        self.requests: dict[str, list[dict[str, Any]]] = defaultdict(list)  # token -> requests
        handler = type("Handler", (_Handler,), {"backend": self})
        self._server = http.server.ThreadingHTTPServer((host, 0), handler)
        self._server.daemon_threads = True
        self.address = f"{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def heard(self, token: str) -> tuple[dict[str, list[Any]], list[dict[str, Any]]]:
        """(function -> events, requests) of one run."""
        with self.lock:
            events = {name: list(seen) for (owner, name), seen in self.events.items() if owner == token}
            return events, list(self.requests.get(token, []))


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    backend: Backend

    def version_string(self) -> str:
        return "up/1"

    def log_message(self, *_: Any) -> None:
        """Silent."""

    def answer_one(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urllib.parse.urlsplit(self.path)
        kind, token, what, rest = [*url.path.lstrip("/").split("/", 3), "", "", ""][:4]
        if kind == "callback":
            with self.backend.lock:
                events = self.backend.events[token, what]
                events.append(json.loads(body))
                count = len(events)
            return self.send(200, str(count).encode())
        args = urllib.parse.parse_qs(url.query, keep_blank_values=True)
        seen = {
            "method": self.command,
            "path": url.path.removeprefix(f"/backend/{token}"),
            "query": url.query,
            "headers": self.headers.items(),
            "args": args,
            "body": body.decode("utf-8", "replace"),
        }
        with self.backend.lock:
            self.backend.requests[token].append(seen)
        return self.serve(what, rest, body, args)

    def serve(self, what: str, rest: str, body: bytes, args: dict[str, list[str]]) -> None:
        if what == "status":
            code = int(rest) if rest.isdigit() else 500
            return self.send(code, json.dumps({"status_code": code}).encode())
        if what == "raw":
            return self.send(200, body)
        if what == "headers":
            return self.send(200, b"{}", [(name, value) for name, values in args.items() for value in values])
        if what == "slow":
            time.sleep(SLOW_SECONDS)
            return self.send(200, b"{}")
        if what == "gzip":
            return self.send(200, gzip.compress(b'{"zipped":true}'), [("Content-Encoding", "gzip")])
        return self.send(200, self.echo(body, args), [("Access-Control-Allow-Origin", "*")])

    def echo(self, body: bytes, args: dict[str, list[str]]) -> bytes:
        text = body.decode("utf-8", "replace")
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        flat = {name: values if len(values) > 1 else values[0] for name, values in args.items()}
        told = {
            "args": flat,
            "data": text,
            "headers": dict(self.headers.items()),
            "json": value,
            "method": self.command,
            "url": f"http://{self.headers.get('Host')}{self.path}",
        }
        return json.dumps(told).encode()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = answer_one  # noqa: N815

    def send(self, status: int, body: bytes, headers: list[tuple[str, str]] | None = None) -> None:
        given = {name.lower() for name, _ in headers or []}
        self.send_response_only(status)
        standard = [("Server", "up/1"), ("Date", self.date_time_string()), ("Content-Type", "application/json")]
        for name, value in [*standard, ("Connection", "keep-alive"), *(headers or [])]:
            if name.lower() not in given or (name, value) in (headers or []):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            with contextlib.suppress(BrokenPipeError):  # a gateway that stopped waiting
                self.wfile.write(body)
