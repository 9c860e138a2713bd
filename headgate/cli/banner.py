"""Where everything is: what `headgate up` prints when it is ready."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from headgate import spec
from headgate.local.cloud import Cloud

from .mocking import Mock
from .output import out
from .tryout import curl_lines


def environment_of(project: spec.Project, stage: str) -> str:
    """The environment that has a stage."""
    return next(name for name, environment in project.environments.items() if stage in environment.stages)


def stage_outputs(cloud: Cloud, project: spec.Project, stage: str) -> dict[str, str]:
    """The outputs of the stack that has the stage."""
    environment = environment_of(project, stage)
    client = cloud.clients.client("cloudformation", project.environments[environment].region)
    stacks = client.describe_stacks(StackName=f"{project.name}-{environment}")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}


def rest_apis(outputs: Mapping[str, str]) -> list[str]:
    """The ids of the stack's REST APIs."""
    return [value for key, value in sorted(outputs.items()) if key.startswith("RestApiId")]


def api_keys(cloud: Cloud, region: str, prefix: str) -> dict[str, str]:
    """The values of a stack's API keys, by the names of gateway.yaml."""
    keys = cloud.clients.client("apigateway", region).get_api_keys(includeValues=True)["items"]
    return {key["name"].removeprefix(prefix): key["value"] for key in keys if key["name"].startswith(prefix)}


def map_stage(cloud: Cloud, project: spec.Project, stage: str) -> None:
    """Serve a stage at the root of the HTTP port, all parts of its first API at their base paths."""
    outputs = stage_outputs(cloud, project, stage)
    first = rest_apis(outputs)[0]
    cloud.show(next((parts for parts in split_apis(outputs) if first in parts.values()), {"": first}), stage)


def split_apis(outputs: Mapping[str, str]) -> list[dict[str, str]]:
    """For each API that is split over several REST APIs: base path -> REST API id."""
    listed = [value for key, value in sorted(outputs.items()) if key.startswith("Parts")]
    parts = [[part.partition("=") for part in value.split(",")] for value in listed]
    return [{base: api_id for api_id, _, base in one} for one in parts]


def describe(cloud: Cloud, project: spec.Project, stage: str, mock: Mock | None) -> dict[str, Any]:
    """Everything a person or a program wants to know about what runs."""
    outputs = stage_outputs(cloud, project, stage)
    environment = environment_of(project, stage)
    described: dict[str, Any] = {
        "ready": True,
        "endpoint": cloud.endpoint_url,
        "url": cloud.http_url,
        "stage": stage,
        "stages": [name for environment in project.environments.values() for name in environment.stages],
        "restApis": rest_apis(outputs),
        "accessLogGroup": outputs.get("AccessLogGroup"),
        "apiKeys": api_keys(cloud, project.environments[environment].region, f"{project.name}-{environment}-"),
        "issuer": f"{cloud.endpoint_url}/_headgate/oidc",
    }
    if mock:
        served = mock.loaded.compiled.operations
        described |= {"credentials": mock.credentials, "operations": served, "refused": mock.loaded.refused}
    port = int(cloud.endpoint_url.rpartition(":")[2])
    target = spec.Target(environment=environment, local=True, port=port)
    compiled = mock.loaded.compiled if mock else spec.compile_project(project, target)[0]
    return {**described, "curl": curl_lines(described, compiled) if compiled else []}


def show(ready: Mapping[str, Any], seconds: float) -> None:
    """The banner of a terminal."""
    out.print(f"\n[bold green]ready[/] in {seconds:.1f} s")
    if ready.get("stage"):
        out.print(f"  [bold]{escape(ready['url'])}[/]  serves the stage {escape(ready['stage'])}")
    out.print(f"  {escape(ready['endpoint'])}  serves AWS's API: export AWS_ENDPOINT_URL={escape(ready['endpoint'])}")
    for credential in ready.get("credentials", ()):
        place = f"{credential['in']} {credential['name']}"
        out.print(
            f"  [yellow]test credential[/] of {escape(credential['scheme'])}: {escape(place)}: {escape(credential['value'])}"
        )
    if "operations" in ready:
        out.print(f"  {ready['operations']} operations are served, {len(ready['refused'])} refused")
        for refused in ready["refused"]:
            out.print(f"    {escape(refused)}")
    if ready.get("curl"):
        out.print("\ntry")
        for line in ready["curl"]:
            out.print(f"  {escape(line)}", crop=False)
    out.print("\nsave a document and the next request sees it; Ctrl-C stops\n")
