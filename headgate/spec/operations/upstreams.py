"""Which service answers each operation, and at which address in this environment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

from ..diagnostics.records import Diagnostic
from ..settings.project import UpstreamEntry
from ..settings.target import Target
from ..source.document import Located
from .path_keys import plain_path
from .records import Operation, Upstream
from .servers import server_of, server_warnings

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
    _told: set[Diagnostic] = field(default_factory=set)

    def place(self, operation: Operation, default: str | None = None) -> Operation:
        """The operation with its upstream; unchanged for compositions and where a problem was found."""
        settings = operation.settings
        if settings.workflow:
            return replace(operation, is_function=True)
        name = settings.upstream or default
        path = settings.rewrite.path if settings.rewrite and settings.rewrite.path else plain_path(operation.path)
        if self.target.mock_url:
            return self._mocked(operation, name)
        if name is not None:
            return self._named(operation, name, path)
        return self._from_servers(operation, path)

    def _mocked(self, operation: Operation, name: str | None) -> Operation:
        name = name or operation.document.name
        self.found[name] = Upstream(name, "url", (self.target.mock_url or "").rstrip("/"))
        return replace(operation, upstream=name, upstream_path=plain_path(operation.template))

    def _named(self, operation: Operation, name: str, path: str) -> Operation:
        if name not in self.entries:
            known = ", ".join(sorted(self.entries)) or "none"
            message = f"{operation.name}: upstream {name!r} is not among upstreams of gateway.yaml"
            self.problems.append(operation.at.problem("HG130", message, fix=f"known: {known}"))
            return operation
        if name not in self.found:
            at = self.entries_at.at(name) if self.entries_at else None
            self.found[name] = self._stand_in(self._resolved(name, self.entries[name], at or operation.at))
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
        if entry.aws:
            return Upstream(name, "aws", target_arn=entry.aws.arn, aws=entry.aws)
        override = entry.environments.get(self.target.environment)
        url_at = (at.at("environments", self.target.environment, "url") if override else at.at("url")) or at
        url = self._checked(override.url if override else entry.url or "", url_at)
        self._warn_unencrypted(url, url_at)
        return Upstream(name, "url", url)

    def _stand_in(self, real: Upstream) -> Upstream:
        """The upstream itself, or what tests put in its place: at its own name, with the same path."""
        if not self.target.upstreams_at or real.kind == "lambda":
            return real
        path = urlsplit(real.url or "").path.rstrip("/")
        return Upstream(real.name, "url", f"{self.target.upstreams_at}/{quote(real.name, safe='')}{path}")

    def _from_servers(self, operation: Operation, path: str) -> Operation:
        at, url = server_of(operation)
        self._warn(server_warnings(operation))
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
        self._warn_unencrypted(url, at)
        name = url.partition("://")[2]
        self.found[name] = self._stand_in(Upstream(name, "url", url))
        return replace(operation, upstream=name, upstream_path=path)

    def _warn_nowhere(self, operation: Operation, url: str | None) -> None:
        root = operation.document.root
        at = root.at("servers") or root
        message = f"servers has no absolute URL ({url or 'none'}); requests lead to {NOWHERE}"
        warning = at.problem("HG130", message, fix="add servers.url, or an upstream in gateway.yaml", level="warning")
        self._warn([warning])

    def _warn_unencrypted(self, url: str, at: Located) -> None:
        if url.startswith("http://") and not self.target.local and not url.startswith(NOWHERE):
            message = f"{url} is called without encryption, with whatever credentials and data a request has"
            self._warn([at.problem("HG169", message, fix="use https, or a load balancer in a VPC", level="warning")])

    def _warn(self, found: Iterable[Diagnostic]) -> None:
        """Says each thing once, however many operations it concerns."""
        new = [warning for warning in dict.fromkeys(found) if warning not in self._told]
        self._told.update(new)
        self.problems += new

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
