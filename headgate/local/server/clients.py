"""boto3 clients for the local cloud, made once each: making one reads a service model and takes up to 100 ms."""

import threading
from typing import Any

import boto3
from botocore.config import Config

ANY_KEY = "headgate"  # signatures are not checked

# Errors here are ours and do not go away by trying again. A synchronous invocation may take Lambda's 900 s.
SETTINGS = Config(
    retries={"total_max_attempts": 1}, read_timeout=910, s3={"addressing_style": "path"}, max_pool_connections=32
)


class Clients:
    """`client("s3")` for the cloud at one address. Thread-safe."""

    def __init__(self, endpoint_url: str, region: str) -> None:
        self.endpoint_url = endpoint_url
        self.region = region
        self._session = boto3.session.Session(
            aws_access_key_id=ANY_KEY, aws_secret_access_key=ANY_KEY, region_name=region
        )
        self._made: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service_name: str, region: str | None = None) -> Any:
        """The client of a service; the cloud's region when none is given."""
        key = (service_name, region or self.region)
        with self._lock:
            if key not in self._made:
                self._made[key] = self._session.client(  # type: ignore[call-overload]
                    service_name, region_name=key[1], endpoint_url=self.endpoint_url, config=SETTINGS
                )
            return self._made[key]

    def close(self) -> None:
        """Close every client's connections."""
        with self._lock:
            for client in self._made.values():
                client.close()
            self._made.clear()
