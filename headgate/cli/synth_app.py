"""`headgate synth`: the CDK app of a project. The CDK CLI runs it, as cdk.json says; people may run it too."""

from pathlib import Path
from typing import Annotated

import typer

from headgate import rooms

from .output import CommandError, command_errors

EPILOG = "Example:  cdk synth --quiet"


def synth_command(
    project: Annotated[Path, typer.Option(help="Folder with gateway.yaml.")] = Path(),
    out: Annotated[Path | None, typer.Option(help="Folder of the cloud assembly; the CDK CLI's by default.")] = None,
) -> None:
    """Synthesize the CloudFormation templates of every environment."""
    with command_errors():
        try:
            app = rooms.load("infra.app")
        except ImportError as error:
            raise CommandError(f"the CDK is not installed: {error}", "pip install 'headgate[infra]'") from error
        code = app.main(project, out)
        if code:
            raise typer.Exit(code)
