"""Serve the portal's services on loopback, one port each, with switches to make one slow or broken while they run.

python -m examples.portal                                          # ports 9101 to 9107
curl -X POST 'http://127.0.0.1:9105/_switch?slow=3'                # weather answers after three seconds
curl -X POST 'http://127.0.0.1:9107/_switch?broken=true'           # recommendations answers 500
curl -X POST 'http://127.0.0.1:9107/_switch?broken=true&share=0.05'  # one answer in twenty, by chance of a kept seed
curl -X POST 'http://127.0.0.1:9107/_switch'                       # well again
"""

import json
import random
import signal
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .services import PORTS, Services

LONGEST_DELAY_SECONDS = 60.0


@dataclass
class Switch:
    """How a service misbehaves now; when broken, `share` of its answers fail."""

    slow_seconds: float = 0.0
    broken: bool = False
    share: float = 1.0


class Server(ThreadingHTTPServer):
    """One service on one port."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], service: str, services: Services) -> None:
        self.service = service
        self.services = services
        self.switch = Switch()
        self.random = random.Random(service)
        self.stopping = threading.Event()
        self.seen: dict[str, str] = {}  # the headers of the newest request, for tests of what the gateway sends
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up before a slow answer is no error of the service."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self.serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def serve(self) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if url.path == "/_switch":
            self.turn_switch(query)
            return
        self.server.seen = {**self.headers, ":path": self.path}
        if self.server.switch.slow_seconds:
            self.server.stopping.wait(min(self.server.switch.slow_seconds, LONGEST_DELAY_SECONDS))
        if self.server.switch.broken and self.server.random.random() < self.server.switch.share:
            self.reply(500, {"title": "Broken on purpose", "status": 500})
            return
        try:
            body = json.loads(content) if content else None
            answering = self.server.services.answer
            status, answer = answering(self.server.service, self.command, url.path, query=query, body=body)
        except (ValueError, TypeError) as error:
            status, answer = 400, {"title": "Bad Request", "status": 400, "detail": str(error)}
        self.reply(status, answer)

    def turn_switch(self, query: dict[str, str]) -> None:
        try:
            slow, share = float(query.get("slow", "0")), float(query.get("share", "1"))
        except ValueError as error:
            self.reply(400, {"detail": f"{error}; give numbers, such as slow=2.5 seconds or share=0.05"})
            return
        self.server.switch = Switch(slow, query.get("broken", "").lower() in {"1", "true", "yes"}, share)
        told = {"slow": slow, "broken": self.server.switch.broken, "share": share}
        self.reply(200, {"service": self.server.service, **told})

    def reply(self, status: int, answer: Any) -> None:
        kind = "application/problem+json" if status >= 400 else "application/json"
        content = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Quiet: the gateway's access log tells the story."""


def start(ports: dict[str, int], host: str = "127.0.0.1") -> list[Server]:
    """Start the services, each on its port (0 picks a free one).

    Raises:
        OSError: a port is taken; the message names the service and the port.
    """
    services = Services()
    servers: list[Server] = []
    for service, port in ports.items():
        try:
            servers.append(Server((host, port), service, services))
        except OSError as error:
            for started in servers:
                started.server_close()
            message = f"port {port} of the service {service} is taken; stop what uses it, then start again"
            raise OSError(error.errno, message) from error
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return servers


def stop(servers: list[Server]) -> None:
    """End every service and close its port; a loop whose socket only was closed would spin."""
    for server in servers:
        server.stopping.set()
        server.shutdown()
        server.server_close()


def main() -> int:
    try:
        servers = start(PORTS)
    except OSError as error:
        print(f"portal services: {error.strerror}", file=sys.stderr)
        return 1
    print("portal services: " + ", ".join(f"{s.service} {s.server_port}" for s in servers), flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        signal.pause()
    except KeyboardInterrupt:
        stop(servers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
