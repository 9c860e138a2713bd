"""`headgate canary`: look at a stage's releases and move the split. Every verb goes through the release function."""

import getpass
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.live import Live
from rich.markup import escape

from . import releases
from .canary_view import history_table, stage_view
from .options import Aws, Endpoint, Folder, Json
from .output import CommandError, command_errors, err, out, print_json

app = App(name="canary", help="Look at a stage's releases and move the split between them.")

Percent = Annotated[float, Parameter(validator=Number(gte=0, lte=100), help="Share of requests, 0 to 100.")]

DryRun = Annotated[bool, Parameter(negative=(), help="Print what would be done and change nothing.")]


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

    dry_run: DryRun = False


@app.command
def status(
    stage: str,
    /,
    *,
    watch: Annotated[bool, Parameter(negative=(), help="Show it again and again until Ctrl-C.")] = False,
    every: Annotated[float, Parameter(validator=Number(gte=0.5), help="Seconds between two looks.")] = 2.0,
    options: Look | None = None,
) -> None:
    """Show the releases of a stage, the split, what the judge says and what comes next.

    Example: `headgate canary status prod --watch`
    """
    where = options or Look()
    if not watch:
        command("status", stage, where)
        return
    with command_errors(as_json=where.as_json):
        show_again(looks(stage, where, every, time.sleep), as_json=where.as_json)


@app.command
def history(stage: str, /, *, options: Look | None = None) -> None:
    """Show what happened to a stage, and who did it.

    Example: `headgate canary history prod`
    """
    where = options or Look()
    with command_errors(as_json=where.as_json):
        state = ask("status", stage, where)["state"]
        if where.as_json:
            for entry in state["history"]:
                print_json(entry)
        elif state["history"]:
            out.print(history_table(state["history"], time.time()))
        else:
            out.print(f"nothing has moved stage {escape(stage)} yet")


@app.command
def start(
    stage: str,
    percent: Percent = 10.0,
    /,
    *,
    source: Annotated[str | None, Parameter(name="--from", help="Take what this stage serves.")] = None,
    release: Annotated[str | None, Parameter(help="Take this release instead of the newest.")] = None,
    options: Move | None = None,
) -> None:
    """Start a release as a canary: the newest published one, or what another stage serves.

    Example: `headgate canary start prod 10 --from staging`
    """
    chosen = {"from": source, "release": release}
    more = {name: value for name, value in chosen.items() if value}
    command("start", stage, options or Move(), {"percent": percent, **more})


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


@app.command
def undo(stage: str, /, *, options: Move | None = None) -> None:
    """After a promotion: serve the release that was stable before it.

    Example: `headgate canary undo prod`
    """
    command("undo", stage, options or Move())


@app.command
def approve(stage: str, /, *, options: Move | None = None) -> None:
    """Let the automation promote the canary once the judge says good.

    Example: `headgate canary approve prod`
    """
    command("approve", stage, options or Move())


@app.command
def resume(stage: str, /, *, options: Move | None = None) -> None:
    """Let the automation go on with a canary that was paused or moved by hand.

    Example: `headgate canary resume prod`
    """
    command("resume", stage, options or Move())


def command(verb: str, stage: str, where: Look, more: Mapping[str, Any] | None = None) -> None:
    """Find the stage, send the verb, show the answer."""
    with command_errors(as_json=where.as_json):
        is_dry = isinstance(where, Move) and where.dry_run
        answer = ask(verb, stage, where, {"dryRun": is_dry, **(more or {})})
        if where.as_json:
            print_json(answer)
        else:
            show(answer, is_dry=is_dry)


def ask(verb: str, stage: str, where: Look, more: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """The release function's answer. Raises CommandError."""
    address = releases.find(where.project, stage, endpoint_url=where.endpoint_url, aws=where.aws)
    if not where.as_json:
        err.print(f"[dim]{stage} on {escape(address.cloud.endpoint_url or 'AWS ' + address.cloud.region)}[/]")
    return releases.send(address, {"command": verb, "stage": stage, "by": operator(), **(more or {})})


def operator() -> str:
    """Who asks, for the stage's history."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a user of that number
        return "operator"


def looks(stage: str, where: Look, every: float, sleep: Callable[[float], None]) -> Iterator[Mapping[str, Any]]:
    """States of the stage for ever. The stage is found once; a look that fails is told and tried again."""
    address = releases.find(where.project, stage, endpoint_url=where.endpoint_url, aws=where.aws)
    while True:
        try:
            yield releases.send(address, {"command": "status", "stage": stage})["state"]
        except CommandError as error:
            yield {"error": str(error)}
        sleep(every)


def show_again(states: Iterator[Mapping[str, Any]], *, as_json: bool) -> None:
    """Each state over the one before it, or as a line of JSON; ends with Ctrl-C."""
    try:
        if as_json:
            for state in states:
                print_json(state)
            return
        with Live(console=out, auto_refresh=False) as live:
            for state in states:
                shown = state["error"] if "error" in state else stage_view(state, time.time())
                live.update(shown, refresh=True)
    except KeyboardInterrupt:
        return


def show(answer: Mapping[str, Any], *, is_dry: bool) -> None:
    """The answer for people: what happened, what would be patched, and the stage as it is."""
    if answer.get("message"):
        out.print(escape(str(answer["message"])))
    for operation in (answer.get("operations") or []) if is_dry else []:
        out.print(f"  {escape(describe(operation))}")
    for line in (answer.get("commands") or []) if is_dry else []:
        out.print(f"  [dim]{escape(str(line))}[/]")
    state = answer.get("state") or {}
    out.print(stage_view(state, time.time()))


def describe(operation: Mapping[str, Any]) -> str:
    """A patch operation on one line."""
    source = f" from {operation['from']}" if "from" in operation else ""
    value = f" = {operation['value']}" if "value" in operation else ""
    return f"{operation.get('op')} {operation.get('path')}{source}{value}"
