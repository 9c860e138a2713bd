"""How API Gateway calls what answers an operation: an HTTP service, a Lambda function, or a service behind a VPC link.

Query and headers pass through HTTP_PROXY by themselves; path variables are mapped (FACTS 8.22). Identity headers are set on every
operation, public ones too, so that a client cannot forge them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..diagnostics.records import Diagnostic
from ..operations.paths import is_wire_name, segments, variable_name
from ..operations.records import Operation, Upstream
from ..security.requirements import Requirement
from ..source.document import Located

_LAMBDA_URI = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/{}/invocations"
_FUNCTION_ARN = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:headgate-{}"

# Variables that API Gateway fills in at import (FACTS 9.12); infra puts version-qualified ARNs in their place.
CREDENTIALS = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/headgate-invoke"

SUBJECT_HEADER = "X-Headgate-Subject"
SCOPE_HEADER = "X-Headgate-Scope"

# FACTS 10.1
MAX_TIMEOUT_MS = 29_000
# The aggregator answers problem+json on time itself; API Gateway must not be faster.
_COMPOSITION_GRACE_MS = 1_000

# What the authorizer puts into its context by name; other claims are one JSON text.
CLAIMS = ("sub", "scope", "iss", "client_id")

# FACTS 8.26: mapping one of these makes every call a 500. Host belongs to the connection.
_UNMAPPABLE = {
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "proxy-authenticate",
    "te",
    "transfer-encoding",
    "x-amzn-apigateway-api-id",
    "x-amzn-trace-id",
}

_OUR_HEADERS = "integration.request.header.x-headgate-"

_EXPRESSION = re.compile(
    r"^(?:'(?P<literal>[^']*)'|request\.(?P<where>path|query|header)\.(?P<name>\S+)|(?P<context>context\.[\w.]+)|principal\.(?P<claim>\w+))$"
)


def function_arn(name: str) -> str:
    """The fixed ARN of one of our functions in a wire document."""
    return _FUNCTION_ARN.replace("{}", name)


def invocation_uri(arn: str) -> str:
    """The URI by which API Gateway invokes a function."""
    return _LAMBDA_URI.replace("{}", arn)


def integration(operation: Operation, upstream: Upstream | None, requirement: Requirement) -> dict[str, Any]:
    """`x-amazon-apigateway-integration` of an operation. Rewrites are added by `apply_rewrite`."""
    identity = {f"integration.request.header.{name}": value for name, value in _identity(requirement).items()}
    found: dict[str, Any]
    if operation.settings.workflow or upstream is None:
        found = _function(function_arn("aggregator"), identity)
    elif upstream.kind == "lambda":
        found = _function(upstream.function_arn, identity)
    else:
        found = _http(operation, upstream, identity)
    timeout = timeout_ms(operation)
    return found if timeout is None else {**found, "timeoutInMillis": timeout}


def edge_integration(operations: Sequence[Operation], requirement: Requirement) -> dict[str, Any]:
    """How API Gateway calls the aggregator for operations that only it can tell apart or check."""
    identity = {f"integration.request.header.{name}": value for name, value in _identity(requirement).items()}
    found = _function(function_arn("aggregator"), identity)
    seconds = [operation.settings.timeout for operation in operations]
    if None in seconds:
        return found
    longest = max(second for second in seconds if second is not None)
    return {**found, "timeoutInMillis": min(int(longest * 1000) + _COMPOSITION_GRACE_MS, MAX_TIMEOUT_MS)}


def timeout_ms(operation: Operation) -> int | None:
    """The integration's timeout in milliseconds; None leaves API Gateway's 29 s."""
    seconds = operation.settings.timeout
    if seconds is None:
        return None
    grace = _COMPOSITION_GRACE_MS if operation.settings.workflow else 0
    return min(int(seconds * 1000) + grace, MAX_TIMEOUT_MS)


def own_integration(operation: Operation, requirement: Requirement) -> dict[str, Any] | None:
    """The operation's own `x-amazon-apigateway-integration` with identity headers, which no document may do without."""
    own = operation.at.value.get("x-amazon-apigateway-integration")
    if not isinstance(own, dict):
        return None
    if not str(own.get("type", "")).lower().startswith("http"):
        return own
    identity = {f"integration.request.header.{name}": value for name, value in _identity(requirement).items()}
    kept = {k: v for k, v in (own.get("requestParameters") or {}).items() if not k.lower().startswith(_OUR_HEADERS)}
    return {**own, "requestParameters": {**kept, **identity}}


def _function(arn: str, identity: dict[str, str]) -> dict[str, Any]:
    # Only POST invokes (FACTS 3.13).
    return {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": invocation_uri(arn),
        "credentials": CREDENTIALS,
        "requestParameters": identity,
        "passthroughBehavior": "when_no_match",
    }


def _http(operation: Operation, upstream: Upstream, identity: dict[str, str]) -> dict[str, Any]:
    names = upstream_names(operation)
    path = "/".join(_renamed(part, names) for part in operation.upstream_path.split("/"))
    variables = [name for part in segments(operation.upstream_path) if (name := variable_name(part))]
    mapped = {
        f"integration.request.path.{names[name]}": f"method.request.path.{operation.path_names[name]}"
        for name in variables
        if name in names
    }
    found: dict[str, Any] = {
        "type": "http_proxy",
        "httpMethod": operation.method,
        "uri": upstream.url + path,
        "requestParameters": {**mapped, **identity},
        "passthroughBehavior": "when_no_match",
    }
    if upstream.kind == "load-balancer":
        found |= {"connectionType": "VPC_LINK", "connectionId": upstream.vpc_link}
        if ":loadbalancer/app/" in upstream.target_arn:
            found["integrationTarget"] = upstream.target_arn
    return found


def upstream_names(operation: Operation) -> dict[str, str]:
    """The document's variable names to those in the upstream URI: the same where API Gateway allows."""
    return {name: name if is_wire_name(name) else wire for name, wire in operation.path_names.items()}


def _renamed(part: str, names: dict[str, str]) -> str:
    name = variable_name(part)
    return part if name is None else "{" + names.get(name, name) + "}"


def _identity(requirement: Requirement) -> dict[str, str]:
    if requirement.alternatives:
        return {SUBJECT_HEADER: "context.authorizer.sub", SCOPE_HEADER: "context.authorizer.scope"}
    if requirement.native:
        return {SUBJECT_HEADER: "context.authorizer.principalId", SCOPE_HEADER: "'none'"}
    return {SUBJECT_HEADER: "'anonymous'", SCOPE_HEADER: "'none'"}


def rewrite_problems(operation: Operation, requirement: Requirement) -> list[Diagnostic]:
    """What is wrong with an operation's `rewrite`."""
    rewrite = operation.settings.rewrite
    if rewrite is None:
        return []
    at = operation.at.at("x-headgate", "rewrite") or operation.at
    if operation.is_function and (rewrite.headers or rewrite.query or rewrite.path):
        message = f"{operation.name}: a Lambda function answers, and API Gateway rewrites nothing for functions"
        return [at.problem("HG133", message, fix="remove rewrite, or rewrite in the function")]
    problems = [p for name in rewrite.headers for p in _header_problems(operation, name, at)]
    for kind, values in (("headers", rewrite.headers), ("query", rewrite.query)):
        for name, expression in values.items():
            if _mapped(expression, operation, requirement) is None:
                message = f"{operation.name}: rewrite.{kind}.{name} is {expression!r}"
                problems.append(at.problem("HG133", message, fix=_WANTED_EXPRESSION))
    for part in segments(rewrite.path or ""):
        variable = variable_name(part)
        if (variable is None and "{" in part) or (variable is not None and variable not in operation.path_names):
            known = ", ".join(operation.path_names) or "none"
            message = f"{operation.name}: rewrite.path has {part!r}"
            problems.append(at.problem("HG133", message, fix=f"whole segments with the path's own variables: {known}"))
    if rewrite.path is not None and not rewrite.path.startswith("/"):
        problems.append(
            at.problem("HG133", f"{operation.name}: rewrite.path is {rewrite.path!r}", fix="start it with /")
        )
    return problems


_WANTED_EXPRESSION = (
    "wanted 'literal', request.path.<variable>, request.query.<name>, request.header.<name>, context.<name>,"
    f" or on a protected operation principal.<{'|'.join(CLAIMS)}>"
)


def _header_problems(operation: Operation, name: str, at: Located) -> list[Diagnostic]:
    is_ours = name.lower().startswith("x-headgate-")
    if name.lower() not in _UNMAPPABLE and not is_ours:
        return []
    why = "is set by the gateway itself" if is_ours else "makes API Gateway answer 500"
    return [at.problem("HG133", f"{operation.name}: rewrite.headers.{name} {why}", fix="choose another header")]


def apply_rewrite(found: dict[str, Any], operation: Operation, requirement: Requirement) -> dict[str, Any]:
    """The integration with the mappings of `rewrite`; its path is already in the upstream path."""
    rewrite = operation.settings.rewrite
    if rewrite is None:
        return found
    mapped = dict(found["requestParameters"])
    for place, values in (("header", rewrite.headers), ("querystring", rewrite.query)):
        for name, expression in values.items():
            source = _mapped(expression, operation, requirement)
            if source is not None:
                mapped[f"integration.request.{place}.{name}"] = source
    return {**found, "requestParameters": mapped}


def rewrite_sources(operation: Operation) -> list[tuple[str, str]]:
    """(location, name) of request parameters that a rewrite reads: API Gateway wants them declared."""
    rewrite = operation.settings.rewrite
    expressions = [*rewrite.headers.values(), *rewrite.query.values()] if rewrite else []
    found = [read for expression in expressions if (read := read_expression(expression))]
    return [(where, name) for where, name in found if where in {"query", "header"}]


def read_expression(text: str) -> tuple[str, str] | None:
    """What a rewrite's value reads; None when it is no such value.

    >>> read_expression("request.path.id"), read_expression("'v2'"), read_expression("context.identity.sourceIp")
    (('path', 'id'), ('literal', 'v2'), ('context', 'identity.sourceIp'))
    """
    match = _EXPRESSION.match(text)
    if match is None:
        return None
    if match.group("where"):
        return match.group("where"), match.group("name")
    if match.group("context"):
        return "context", match.group("context").removeprefix("context.")
    return ("principal", match.group("claim")) if match.group("claim") else ("literal", match.group("literal"))


def _mapped(expression: str, operation: Operation, requirement: Requirement) -> str | None:
    """A rewrite's value as an API Gateway mapping expression (FACTS 8.16); None when it is not one."""
    read = read_expression(expression)
    if read is None:
        return None
    where, name = read
    if where == "principal":
        return f"context.authorizer.{name}" if name in CLAIMS and requirement.alternatives else None
    if where == "context":
        return f"context.{name}"
    if where == "literal":
        return expression
    if where == "path":
        return f"method.request.path.{operation.path_names[name]}" if name in operation.path_names else None
    place = "querystring" if where == "query" else "header"
    return f"method.request.{place}.{name}" if is_wire_name(name) else None
