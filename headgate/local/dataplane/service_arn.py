"""Where an AWS integration goes: `arn:aws:apigateway:{region}:{[subdomain.]service}:{path|action}/{...}` (FACTS 8.31). Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

from .service_models import Dialect, dialect_of

_URI = re.compile(r"arn:[\w-]+:apigateway:([\w-]*):([\w.-]+):(path|action)/(.*)", re.DOTALL)
_PARAMETER = re.compile(r"\{([^{}/]+)\}")
# Subdomains that are part of a service's name rather than a bucket's or an API's.
_NAMED = frozenset(("runtime", "data", "streams", "api"))


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """A parsed URI. `action` is empty for the path form; `rest` is the path, or the action's `&name=value` pairs, as written."""

    region: str
    dialect: Dialect
    subdomain: str
    action: str
    rest: str

    def path(self, values: Mapping[str, str]) -> tuple[str, str]:
        """(path, query) of the path form with `{name}` filled in; values stay as encoded as they came (FACTS 8.22)."""
        filled = _PARAMETER.sub(lambda found: values.get(found[1], found[0]), self.rest)
        path, _, query = filled.partition("?")
        bucket = f"/{self.subdomain}" if self.subdomain else ""
        return f"{bucket}/{path.removeprefix('/')}", query

    def pairs(self, values: Mapping[str, str]) -> list[str]:
        """The action form's own parameters, each encoded: a client's value cannot add another."""
        found = []
        for pair in filter(None, self.rest.split("&")):
            name, _, value = pair.partition("=")
            text = _PARAMETER.sub(lambda match: unquote(values.get(match[1], match[0])), value)
            found.append(f"{quote(name, safe='')}={quote(text, safe='')}")
        return found


@lru_cache(maxsize=512)
def service_address(uri: str) -> ServiceAddress | None:
    """The address of a URI whose stage variables are filled in; None when it is none, or names a service nobody knows."""
    found = _URI.fullmatch(uri)
    if found is None:
        return None
    region, name, form, rest = found.groups()
    subdomain, _, service = name.rpartition(".")
    dialect = dialect_of(name)
    if dialect is None and subdomain and subdomain not in _NAMED:
        dialect = dialect_of(service)
    elif dialect is not None:
        subdomain = ""
    if dialect is None:
        return None
    action, _, pairs = rest.partition("&") if form == "action" else ("", "", rest)
    return ServiceAddress(region, dialect, subdomain, action, pairs)
