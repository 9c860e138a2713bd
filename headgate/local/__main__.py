"""`python -m headgate.local --port N --http-port N`: an empty cloud until interrupted. The CLI is `headgate up --empty`."""

import argparse
import signal
import sys
import threading

from .cloud import Cloud, CloudConfig


def main() -> int:
    """Run until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m headgate.local", description="An empty local cloud.")
    parser.add_argument("--port", type=int, default=4566, help="AWS's API and execute-api (default 4566; 0: any)")
    parser.add_argument("--http-port", type=int, default=8080, help="the friendly port (default 8080; 0: any)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--quotas", action="store_true", help="enforce AWS's control-plane quotas")
    arguments = parser.parse_args()
    leave = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: leave.set())
    config = CloudConfig(
        port=arguments.port,
        http_port=arguments.http_port,
        host=arguments.host,
        region=arguments.region,
        quotas=arguments.quotas,
    )
    with Cloud(config) as cloud:
        print(f"AWS {cloud.endpoint_url}\nHTTP {cloud.http_url}", flush=True)
        leave.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
