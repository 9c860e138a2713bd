"""`headgate canary`: look at a stage's releases and move the split. Every verb goes through the release function."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.markup import escape

from . import releases
from .options import Aws, Endpoint, Folder, Json
from .output import command_errors, err, out, print_json

app = App(name="canary", help="Look at a stage's releases and move the split between them.")

Percent = Annotated[float, Parameter(validator=Number(gte=0, lte=100), help="Share of requests, 0 to 100.")]
BAR = 40


@Parameter(name="*")
@dataclass(frozen=True)
class Look:
    """Where the stage is, and how to answer."""

    project: Folder = Path()
    endpoint_url: Endpoint = None
    aws: Aws = False
    as_json: Json = False


@Parameter(name="*")
@dataclass(frozen=True)
class Move(Look):
    """The same for verbs that change something."""

    dry_run: Annotated[bool, Parameter(negative=(), help="Print the patch operations and change nothing.")] = False


@app.command
def status(stage: str, /, *, options: Look | None = None) -> None:
    """Show the stable release, the canary and the split.

    Example: `headgate canary status prod`
    """
    command("status", stage, options or Look())


@app.command
def start(stage: str, percent: Percent = 10.0, /, *, options: Move | None = None) -> None:
    """Start the newest published release as a canary.

    Example: `headgate canary start prod 10`
    """
    command("start", stage, options or Move(), {"percent": percent})


@app.command(name="set")
def set_percent(stage: str, percent: Percent, /, *, options: Move | None = None) -> None:
    """Give the canary a share of the requests.

    Example: `headgate canary set prod 25`
    """
    command("set", stage, options or Move(), {"percent": percent})


@app.command
def promote(stage: str, /, *, options: Move | None = None) -> None:
    """Make the canary the stable release: all requests go to it.

    Example: `headgate canary promote prod --dry-run`
    """
    command("promote", stage, options or Move())


@app.command
def rollback(stage: str, /, *, options: Move | None = None) -> None:
    """Remove the canary: all requests go to the stable release, which never moved.

    Example: `headgate canary rollback prod`
    """
    command("rollback", stage, options or Move())


@app.command
def pause(stage: str, /, *, options: Move | None = None) -> None:
    """Give the canary no requests, but keep it.

    Example: `headgate canary pause prod`
    """
    command("pause", stage, options or Move())


def command(verb: str, stage: str, where: Look, more: Mapping[str, Any] | None = None) -> None:
    """Find the stage, send the verb, show the answer."""
    with command_errors(as_json=where.as_json):
        address = releases.find(where.project, stage, endpoint_url=where.endpoint_url, aws=where.aws)
        if not where.as_json:
            err.print(f"[dim]{stage} on {escape(address.cloud.endpoint_url or 'AWS ' + address.cloud.region)}[/]")
        is_dry = isinstance(where, Move) and where.dry_run
        answer = releases.send(address, {"command": verb, "stage": stage, "dryRun": is_dry, **(more or {})})
        if where.as_json:
            print_json(answer)
        else:
            show(answer, is_dry=is_dry)


def show(answer: Mapping[str, Any], *, is_dry: bool) -> None:
    """The answer for people: what happened, what would be patched, and the split as a bar."""
    if answer.get("message"):
        out.print(escape(str(answer["message"])))
    for operation in (answer.get("operations") or []) if is_dry else []:
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
