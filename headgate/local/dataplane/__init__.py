"""The local data plane: API Gateway's behaviour in front of functions and HTTP services, fact by fact (docs/aws-facts.md)."""

from .access_log import Sink
from .asgi import DataPlane
from .client import Client
from .gateway import Environment, Gateway
from .http_backend import BackendError, HttpClient, Outgoing
from .message import Request, Response
from .protocol import Limits, Locate, Located, serve
from .switches import SWITCHES, Switches

__all__ = [
    "SWITCHES",
    "BackendError",
    "Client",
    "DataPlane",
    "Environment",
    "Gateway",
    "HttpClient",
    "Limits",
    "Locate",
    "Located",
    "Outgoing",
    "Request",
    "Response",
    "Sink",
    "Switches",
    "serve",
]
