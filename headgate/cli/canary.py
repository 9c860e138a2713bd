"""`headgate canary`: look at a stage's releases and move the split. Every verb goes through the release function."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from . import releases
from .output import command_errors, err, out, print_json

app = typer.Typer(no_args_is_help=True, help="Look at a stage's releases and move the split between them.")

Stage = Annotated[str, typer.Argument(help="Stage, such as prod.")]
Project = Annotated[Path, typer.Option(help="Folder with gateway.yaml.")]
Endpoint = Annotated[str | None, typer.Option(help="The AWS API to talk to, such as http://localhost:4566.")]
Aws = Annotated[bool, typer.Option("--aws", help="Talk to AWS even though a local cloud runs for this project.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the patch operations and change nothing.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as one JSON object.")]

BAR = 40


@dataclass(frozen=True)
class Where:
    """The options that every verb has."""

    project: Path
    endpoint_url: str | None
    aws: bool
    as_json: bool


@app.command(epilog="Example:  headgate canary status prod")
def status(
    stage: Stage,
    project: Project = Path(),
    endpoint_url: Endpoint = None,
    aws: Aws = False,
    as_json: Json = False,
) -> None:
    """Show the stable release, the canary and the split."""
    command("status", stage, Where(project, endpoint_url, aws, as_json))


@app.command("set", epilog="Example:  headgate canary set prod 25")
def set_percent(
    stage: Stage,
    percent: Annotated[float, typer.Argument(min=0, max=100, help="Share of requests for the canary, 0 to 100.")],
    project: Project = Path(),
    endpoint_url: Endpoint = None,
    aws: Aws = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give the canary a share of the requests."""
    more = {"percent": percent, "dryRun": dry_run}
    command("set", stage, Where(project, endpoint_url, aws, as_json), more)


@app.command(epilog="Example:  headgate canary start prod 10")
def start(
    stage: Stage,
    percent: Annotated[float, typer.Argument(min=0, max=100, help="Share of requests for the canary.")] = 10.0,
    project: Project = Path(),
    endpoint_url: Endpoint = None,
    aws: Aws = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Start the newest published release as a canary."""
    more = {"percent": percent, "dryRun": dry_run}
    command("start", stage, Where(project, endpoint_url, aws, as_json), more)


@app.command(epilog="Example:  headgate canary promote prod --dry-run")
def promote(
    stage: Stage,
    project: Project = Path(),
    endpoint_url: Endpoint = None,
    aws: Aws = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Make the canary the stable release: all requests go to it."""
    command("promote", stage, Where(project, endpoint_url, aws, as_json), {"dryRun": dry_run})


@app.command(epilog="Example:  headgate canary rollback prod")
def rollback(
    stage: Stage,
    project: Project = Path(),
    endpoint_url: Endpoint = None,
    aws: Aws = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Remove the canary: all requests go to the stable release, which never moved."""
    command("rollback", stage, Where(project, endpoint_url, aws, as_json), {"dryRun": dry_run})


@app.command(epilog="Example:  headgate canary pause prod")
def pause(
    stage: Stage,
    project: Project = Path(),
    endpoint_url: Endpoint = None,
    aws: Aws = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give the canary no requests, but keep it."""
    command("pause", stage, Where(project, endpoint_url, aws, as_json), {"dryRun": dry_run})


def command(verb: str, stage: str, where: Where, more: Mapping[str, Any] | None = None) -> None:
    """Find the stage, send the verb, show the answer."""
    with command_errors(as_json=where.as_json):
        address = releases.find(where.project, stage, endpoint_url=where.endpoint_url, aws=where.aws)
        if not where.as_json:
            err.print(f"[dim]{stage} on {escape(address.cloud.endpoint_url or 'AWS ' + address.cloud.region)}[/]")
        answer = releases.send(address, {"command": verb, "stage": stage, **(more or {})})
        if where.as_json:
            print_json(answer)
        else:
            show(answer)


def show(answer: Mapping[str, Any]) -> None:
    """The answer for people: what happened, what would be patched, and the split as a bar."""
    if answer.get("message"):
        out.print(escape(str(answer["message"])))
    for operation in answer.get("operations") or []:
        if answer.get("dryRun"):
            out.print(f"  {escape(describe(operation))}")
    state = answer.get("state") or {}
    canary = state.get("canary")
    percent = float(canary["percent"]) if canary else 0.0
    filled = round(BAR * percent / 100)
    out.print(f"[green]{'█' * (BAR - filled)}[/][yellow]{'█' * filled}[/]")
    out.print(f"stable {100 - percent:g} %  {escape(release(state.get('stable')))}")
    if canary:
        out.print(f"canary {percent:g} %  {escape(release(canary))}")


def describe(operation: Mapping[str, Any]) -> str:
    """A patch operation on one line."""
    source = f" from {operation['from']}" if "from" in operation else ""
    value = f" = {operation['value']}" if "value" in operation else ""
    return f"{operation.get('op')} {operation.get('path')}{source}{value}"


def release(pointer: Any) -> str:
    """A release's id (shortened) and deployments."""
    if not isinstance(pointer, dict):
        return "none"
    identity = str(pointer.get("releaseId") or "unknown release")[:12]
    deployments = pointer.get("deployments") or [pointer.get("deploymentId")]
    return f"release {identity}, deployment {', '.join(str(d) for d in deployments if d)}"
