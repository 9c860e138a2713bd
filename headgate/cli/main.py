"""The `headgate` command: every subcommand parses its arguments, calls a room and shows the answer."""

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from headgate import __version__

from . import canary, compile, deploy, init, synth_app, up  # noqa: A004 - `compile` is the command's name
from .output import err, usage_text

USAGE = 2
INTERRUPTED = 130

app = App(
    name="headgate",
    version=f"headgate {__version__}",
    help="An API gateway your team owns: OpenAPI in, Amazon API Gateway with canary releases out, and the same here.",
    help_format="markdown",
    result_action="return_value",
)
app.command(up.up)
app.command(compile.compile_documents, name="compile")
app.command(init.init)
app.command(deploy.deploy)
app.command(synth_app.synth)
app.command(canary.app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 fine, 1 the user's mistake or a failed check, 2 usage."""
    try:
        app(arguments, exit_on_error=False, error_console=err, error_formatter=usage_text)
    except CycloptsError:
        return USAGE  # cyclopts has said what was wrong
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
