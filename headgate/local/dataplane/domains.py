"""Custom domain names: which base path takes a request (rest-api-mappings.html). Pure.

With base paths of one level the first segment decides. As soon as one has several, API Gateway compares text: the longest that the
path begins with, so `orders` takes `/ordersandmore`. Then it also converts header names to lower case.
"""

from functools import lru_cache

from ..records import BasePath, DomainName
from .protocol import Located


def route(domain: DomainName, path: bytes) -> Located | None:
    """Where a raw path on a domain leads; None: nowhere (403).

    >>> route(DomainName("api.example.com", (BasePath("users", "a1", "prod"),)), b"/users/7")
    Located(api_id='a1', stage='prod', path=b'/7', mount=b'/users', custom_domain=True, lower_headers=False)
    """
    bases = domain.base_paths
    if len(bases) == 1 and not bases[0].path and bases[0].stage is not None:  # everything leads to one stage
        return Located(bases[0].rest_api_id, bases[0].stage, path, b"", True, domain.has_levels)
    inner = path.lstrip(b"/")
    if domain.has_levels:
        found = _longest(domain, inner)
    else:
        found = domain.by_path.get(inner.partition(b"/")[0]) or domain.by_path.get(b"")
    if found is None:
        return None
    key = found.path.encode()
    rest = inner[len(key) :] if key else path
    if rest and not rest.startswith(b"/"):
        rest = b"/" + rest
    mount = b"/" + key if key else b""
    if found.stage is None:  # then callers name it
        stage, slash, rest = rest.lstrip(b"/").partition(b"/")
        return Located(
            found.rest_api_id, stage.decode("latin-1"), slash + rest, mount + b"/" + stage, True, domain.has_levels
        )
    return Located(found.rest_api_id, found.stage, rest, mount, True, domain.has_levels)


def _longest(domain: DomainName, inner: bytes) -> BasePath | None:
    fitting = [base for base in domain.base_paths if inner.startswith(base.path.encode())]
    return max(fitting, key=lambda base: len(base.path), default=None)


@lru_cache(maxsize=256)
def host_name(host: str) -> str:
    """The Host header's name without its port, in lower case."""
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()
