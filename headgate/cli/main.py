"""The `headgate` command: every subcommand parses its arguments, calls a room and shows the answer."""

import sys
from typing import Annotated

import typer

from headgate import __version__

from . import canary, compile, deploy, init, synth_app, up  # noqa: A004 - `compile` is the command's name

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="An API gateway your team owns: OpenAPI in, Amazon API Gateway with canary releases out, and the same here.",
)


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Print the version when asked; subcommands do the rest."""
    if version:
        typer.echo(f"headgate {__version__}")
        raise typer.Exit


app.command("up", epilog=up.EPILOG)(up.up_command)
app.command("compile", epilog=compile.EPILOG)(compile.compile_command)
app.command("init", epilog=init.EPILOG)(init.init_command)
app.command("deploy", epilog=deploy.EPILOG)(deploy.deploy_command)
app.command("synth", epilog=synth_app.EPILOG)(synth_app.synth_command)
app.add_typer(canary.app, name="canary")


def main() -> int:
    """Run the command line; returns the exit code: 0 fine, 1 the user's mistake or a failed check, 2 usage."""
    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        return 130
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if not hasattr(error, "format_message"):  # a bug keeps its traceback; click's usage errors are told in a line
            raise
        show_usage_error(error)
        return 2
    return code if isinstance(code, int) else 0


def show_usage_error(error: Exception) -> None:
    """A usage error as click would show it."""
    show = getattr(error, "show", None)
    if show:
        show()
    else:
        sys.stderr.write(f"{error}\n")
