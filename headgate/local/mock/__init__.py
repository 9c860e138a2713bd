"""The mock upstream: one object made from validators.json, with `respond(method, path, query, headers, body)`."""

from .answers import Answer
from .upstream import MockUpstream

__all__ = ["Answer", "MockUpstream"]
