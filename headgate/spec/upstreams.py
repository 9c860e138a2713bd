"""Which service answers each operation, and at which address in this environment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from .diagnostics import Diagnostic
from .document import Located
from .operations import Operation, Upstream
from .project import UpstreamEntry
from .target import Target

# Reserved by RFC 2606: requests fail instead of reaching somebody else.
NOWHERE = "http://upstream.invalid"


@dataclass(slots=True)
class Addresses:
    """Resolves upstreams for one target. `strict` False (one document without gateway.yaml) lets `servers` be missing."""

    entries: dict[str, UpstreamEntry]
    entries_at: Located | None
    target: Target
    strict: bool
    problems: list[Diagnostic]
    found: dict[str, Upstream]

    def place(self, operation: Operation, default: str | None = None) -> Operation:
        """The operation with its upstream; unchanged for compositions and where a problem was found."""
        settings = operation.settings
        if settings.workflow:
            return replace(operation, is_function=True)
        name = settings.upstream or default
        path = settings.rewrite.path if settings.rewrite and settings.rewrite.path else operation.path
        if self.target.mock_url:
            return self._mocked(operation, name)
        if name is not None:
            return self._named(operation, name, path)
        return self._from_servers(operation, path)

    def _mocked(self, operation: Operation, name: str | None) -> Operation:
        name = name or operation.document.name
        self.found[name] = Upstream(name, "url", (self.target.mock_url or "").rstrip("/"))
        return replace(operation, upstream=name, upstream_path=operation.template)

    def _named(self, operation: Operation, name: str, path: str) -> Operation:
        if name not in self.entries:
            known = ", ".join(sorted(self.entries)) or "none"
            message = f"{operation.name}: upstream {name!r} is not among upstreams of gateway.yaml"
            self.problems.append(operation.at.problem("HG130", message, fix=f"known: {known}"))
            return operation
        if name not in self.found:
            at = self.entries_at.at(name) if self.entries_at else None
            self.found[name] = self._resolved(name, self.entries[name], at or operation.at)
        is_function = self.found[name].kind == "lambda"
        return replace(operation, upstream=name, upstream_path=path, is_function=is_function)

    def _resolved(self, name: str, entry: UpstreamEntry, at: Located) -> Upstream:
        if self.target.local and entry.local:
            return Upstream(name, "url", self._checked(entry.local, at.at("local") or at))
        if entry.lambda_:
            return Upstream(name, "lambda", function_arn=entry.lambda_)
        if entry.load_balancer:
            balancer = entry.load_balancer
            url = self._checked(balancer.url, at.at("load-balancer", "url") or at)
            return Upstream(name, "load-balancer", url, vpc_link=balancer.vpc_link, target_arn=balancer.arn)
        override = entry.environments.get(self.target.environment)
        url_at = at.at("environments", self.target.environment, "url") if override else at.at("url")
        return Upstream(name, "url", self._checked(override.url if override else entry.url or "", url_at or at))

    def _from_servers(self, operation: Operation, path: str) -> Operation:
        at, url = _server(operation)
        if url is None or not url.startswith(("http://", "https://")):
            if self.strict:
                message = f"{operation.name}: nothing says which service answers (servers: {url or 'none'})"
                self.problems.append(
                    operation.at.problem("HG130", message, fix="set x-headgate.upstream or an absolute servers.url")
                )
                return operation
            self._warn_nowhere(operation, url)
            url = NOWHERE + (url or "").rstrip("/")
        url = self._checked(url, at)
        name = url.partition("://")[2]
        self.found[name] = Upstream(name, "url", url)
        return replace(operation, upstream=name, upstream_path=path)

    def _warn_nowhere(self, operation: Operation, url: str | None) -> None:
        root = operation.document.root
        at = root.at("servers") or root
        message = f"servers has no absolute URL ({url or 'none'}); requests lead to {NOWHERE}"
        warning = at.problem("HG130", message, fix="add servers.url, or an upstream in gateway.yaml", level="warning")
        if warning not in self.problems:
            self.problems.append(warning)

    def _checked(self, url: str, at: Located) -> str:
        reason = url_problem(url)
        if reason:
            self.problems.append(
                at.problem("HG131", f"upstream address {url!r} {reason}", fix="give http(s)://host[:port][/path]")
            )
        return url.rstrip("/")


def url_problem(url: str) -> str | None:
    """Why API Gateway could not call an address; None when it could. Ports: FACTS 8.27."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"is no URL: {error}"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "is no absolute http or https URL"
    if parts.query or parts.fragment or parts.username:
        return "has a query, fragment or user"
    if "{" in url or "}" in url:
        return "has a variable without a value"
    if port is not None and port not in {80, 443} and port < 1024:
        return f"uses port {port}; API Gateway calls 80, 443 and 1024 to 65535"
    return None


def _server(operation: Operation) -> tuple[Located, str | None]:
    """The server that applies: the operation's, the path item's, then the document's (OpenAPI: the nearest list wins)."""
    item = Located(operation.at.document, operation.at.pointer.rpartition("/")[0], None)
    holders = [operation.at, operation.document.root.at("paths", operation.path) or item, operation.document.root]
    for holder in holders:
        servers = holder.at("servers", 0) if isinstance(holder.value, dict) else None
        if servers is not None and isinstance(servers.value, dict):
            return servers, _with_defaults(servers.value)
    return operation.at, None


def _with_defaults(server: dict[str, Any]) -> str | None:
    url = server.get("url")
    if not isinstance(url, str):
        return None
    for name, variable in (server.get("variables") or {}).items():
        if isinstance(variable, dict) and "default" in variable:
            url = url.replace(f"{{{name}}}", str(variable["default"]))
    return url
