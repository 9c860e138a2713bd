"""The `headgate` command: every subcommand parses its arguments, calls a room and shows the answer."""

import sys
from collections.abc import Sequence
from importlib import import_module

from cyclopts import App, CycloptsError

from headgate import __version__
from headgate.spec.collector import collect_no_more

from .output import err, usage_text

USAGE = 2
INTERRUPTED = 130

COMMANDS = {
    "up": "up:up",
    "compile": "compile:compile_documents",
    "diff": "diff:diff",
    "explain": "explain:explain",
    "init": "init:init",
    "deploy": "deploy:deploy",
    "synth": "synth_app:synth",
    "canary": "canary:app",
    "releases": "cleanup:app",
    "why": "why:why",
    "doctor": "doctor:doctor",
}


def command_line(first: str) -> App:
    """The application. Of a known command only that one is imported: `headgate compile` pays neither for boto3 nor for the CDK."""
    app = App(
        name="headgate",
        version=f"headgate {__version__}",
        help="An API gateway your team owns: OpenAPI in, Amazon API Gateway with canary releases out, and the same here.",
        help_format="markdown",
        result_action="return_value",
    )
    for name, place in COMMANDS.items():
        module, _, attribute = f"headgate.cli.{place}".partition(":")
        if first in COMMANDS:
            app.command(f"{module}:{attribute}", name=name)
        else:
            app.command(getattr(import_module(module), attribute), name=name)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 fine, 1 the user's mistake or a failed check, 2 usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None and given[:1] == ["compile"]:
        collect_no_more()
    app = command_line(given[0] if given else "")
    try:
        app(given, exit_on_error=False, error_console=err, error_formatter=usage_text)
    except CycloptsError:
        return USAGE  # cyclopts has said what was wrong
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
