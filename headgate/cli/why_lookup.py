"""A request that was: from the stage's logs, on AWS and here, else from the local cloud's ring; and what the project adds to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.markup import escape

from headgate import spec

from . import releases, why_log, why_project
from .output import CommandError, err
from .why_place import Where, compiled_for, get
from .why_routes import near

USAGE = 2
FUNCTION = "AWS::Lambda::Function"


def look_up(where: Where, request_id: str) -> dict[str, Any]:
    """A request that was, from the stage's access log and the functions' logs; else from the local cloud's ring.

    Raises:
        CommandError: nobody knows it.
    """
    if not all(char.isalnum() or char == "-" for char in request_id):
        raise CommandError(
            f"{request_id!r} is no request id", "it is in the header x-amzn-RequestId of every answer", code=USAGE
        )
    found = from_logs(where, request_id) if where.address is not None else None
    if found is not None:
        return found
    ring = get(where.cloud, {"requestId": request_id})["requests"] if where.cloud.is_local else []
    if ring:
        return from_ring(ring[0])
    raise CommandError(
        f"no request {request_id} in the access log of stage {where.stage or 'at hand'}",
        "lines arrive on AWS within a minute; --stage names another stage; a local cloud remembers the last 1,000",
    )


def from_logs(where: Where, request_id: str) -> dict[str, Any] | None:
    """The request as the logs have it, None when they have not."""
    assert where.address is not None
    logs = why_log.Logs(where.cloud.client("logs"))
    group = f"/headgate/{where.address.stack}/{where.stage}/access"
    lines = [line for name in access_groups(where, group) for line in logs.find(name, request_id)]
    line = next((one for one in lines if one.get("requestId") == request_id), None)
    if line is None:
        return None
    functions = [f"/aws/lambda/{name}" for name in function_names(where)]
    own = [one for name in functions for one in logs.find(name, request_id) if one.get("request_id") == request_id]
    told = why_log.trace(line, own, release_of(where, line))
    told["request"] = {"method": line.get("httpMethod"), "path": line.get("resourcePath"), "stage": where.stage}
    return explained(where, told)


def access_groups(where: Where, group: str) -> list[str]:
    """The access-log groups of a stage: one per part of a split API."""
    assert where.address is not None
    listed = [group]
    outputs = releases.outputs(where.address)
    listed += [value for name, value in sorted(outputs.items()) if name.startswith("AccessLogGroup")]
    return list(dict.fromkeys(listed))


def function_names(where: Where) -> Iterator[str]:
    """The stack's functions that write about requests."""
    assert where.address is not None
    try:
        pages = where.cloud.client("cloudformation").get_paginator("list_stack_resources")
        listed = [
            one for page in pages.paginate(StackName=where.address.stack) for one in page["StackResourceSummaries"]
        ]
    except (ClientError, BotoCoreError) as error:
        err.print(f"[yellow]the stack's functions cannot be listed, so steps are not told: {escape(str(error))}[/]")
        return
    names = (str(one.get("PhysicalResourceId", "")) for one in listed if one["ResourceType"] == FUNCTION)
    yield from (name for name in names if "aggregator" in name or "authorizer" in name)


def release_of(where: Where, line: Mapping[str, Any]) -> str | None:
    """The release of the line's deployment; None when the deployment is gone or may not be read."""
    try:
        found = where.cloud.client("apigateway").get_deployment(
            restApiId=str(line.get("apiId")), deploymentId=str(line.get("deploymentId"))
        )
    except (ClientError, BotoCoreError):
        return None
    return str(found.get("description", "")).removeprefix("release ") or None


def from_ring(one: Mapping[str, Any]) -> dict[str, Any]:
    """A summary of the local cloud as a trace, by way of an access-log line's names."""
    line = {
        **{name: one.get(name) for name in ("requestId", "apiId", "stage", "deploymentId", "resourcePath", "status")},
        "httpMethod": one.get("method"),
        "errorType": one.get("kind"),
        "responseLatency": one.get("millis"),
        "integrationStatus": one.get("integrationStatus"),
        "integrationLatency": one.get("integrationMillis"),
        "authorizerStatus": one.get("authorizerStatus"),
        "authorizerLatency": one.get("authorizerMillis"),
    }
    if one.get("hasCanary"):
        line["isCanaryRequest"] = one.get("isCanary")
    told = why_log.trace(line, (), None)
    return {**told, "source": "ring", "request": {"method": one.get("method"), "path": one.get("path")}}


def explained(where: Where, told: dict[str, Any]) -> dict[str, Any]:
    """The trace with what the project adds: near routes, wanted scopes, upstreams of steps, the ledger's word."""
    phases = {phase["phase"]: phase for phase in told["phases"]}
    routing = phases.get("route", {}).get("facts", {})
    if "routes" in routing:
        found = near(routing.pop("routes"), routing["verb"], routing["path"])
        routing["near"] = [one.to_json() for one in found]
    resource, method = routing.get("resource"), str(told.get("request", {}).get("method", ""))
    refused = next((phase for phase in told["phases"] if phase["facts"].get("responseType")), None)
    has_steps = any(said.get("steps") for said in phases.get("integration", {}).get("facts", {}).get("said") or [])
    if resource and (refused or has_steps) and (compiled := compiled_for(where)):
        add_notes(compiled, phases, method, str(resource))
    return told


def add_notes(compiled: spec.Compiled, phases: Mapping[str, Any], method: str, resource: str) -> None:
    """What the compiled project knows about the phases that decided."""
    api = next((one for one in compiled.apis if resource in one.wire.get("paths", {})), None)
    if api is None:
        return
    for name, phase in phases.items():
        kind = phase["facts"].get("responseType")
        notes = [*why_project.wanted(api, method, resource)] if kind and name == "authorizer" else []
        notes += why_project.ledger_notes(api, method, resource, str(kind)) if name == "validate" else []
        if notes:
            phase["facts"]["notes"] = [*phase["facts"].get("notes", []), *notes]
    for said in phases.get("integration", {}).get("facts", {}).get("said") or []:
        upstreams = why_project.step_upstreams(api, str(said.get("workflow")))
        for step, result in (said.get("steps") or {}).items():
            result["upstream"] = upstreams.get(step)
