"""`headgate releases`: which releases an environment keeps, and the deletion of old ones."""

from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.markup import escape

from .canary import Move, ask
from .output import command_errors, out, print_json

app = App(name="releases", help="Look after the releases of an environment.")

Keep = Annotated[int, Parameter(validator=Number(gte=1), help="How many of the newest releases stay.")]


@app.command
def gc(stage: str, /, *, keep: Keep = 10, options: Move | None = None) -> None:
    """Delete releases of the stage's environment that nothing points at, but for the newest.

    Whatever a stage serves, an undo would go back to, the last deploy wanted or somebody approved stays, and so does
    what was published within the last hour.

    Example: `headgate releases gc prod --keep 5 --dry-run`
    """
    where = options or Move()
    with command_errors(as_json=where.as_json):
        answer = ask("gc", stage, where, {"keep": keep, "dryRun": where.dry_run})
        if where.as_json:
            print_json(answer)
        else:
            show(answer)


def show(answer: Any) -> None:
    """What went and what stayed."""
    deleted = answer["deleted"]
    for item in deleted["deployments"]:
        out.print(
            f"  deployment {escape(item['deploymentId'])} of {escape(item['restApiId'])}, release {item['releaseId'][:12]}"
        )
    for item in deleted["versions"]:
        out.print(f"  {escape(item['function'])} version {item['version']}, release {item['releaseId'][:12]}")
    out.print(escape(str(answer["message"])))
