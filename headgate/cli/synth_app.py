"""`headgate synth`: the CDK app of a project. The CDK CLI runs it, as cdk.json says; people may run it too."""

import os
from pathlib import Path

from headgate import rooms

from . import releases
from .options import Folder
from .output import CommandError, command_errors, err


def synth(*, project: Folder = Path()) -> None:
    """Synthesize the CloudFormation templates of every environment: the app that `cdk` runs in a project.

    They are written where the CDK CLI says, else into cdk.out.

    For example:

    ```
    headgate synth
    cdk synth --quiet
    ```
    """
    with command_errors():
        releases.load(project)
        try:
            app = rooms.load("infra.app")
        except ImportError as error:
            raise CommandError(f"the CDK is not installed: {error}", "pip install 'headgate[infra]'") from error
        outdir = None if "CDK_OUTDIR" in os.environ else project / "cdk.out"
        code = app.main(project.absolute(), outdir)
        if code:
            raise SystemExit(code)
        if outdir:
            err.print(f"the templates are in {outdir}")
