"""`headgate synth`: the CDK app of a project. The CDK CLI runs it, as cdk.json says; people may run it too."""

from headgate import rooms

from .output import CommandError, command_errors


def synth() -> None:
    """Synthesize the CloudFormation templates of every environment: the app that `cdk` runs in a project.

    Examples:

    ```
    cdk synth --quiet
    ```
    """
    with command_errors():
        try:
            app = rooms.load("infra.app")
        except ImportError as error:
            raise CommandError(f"the CDK is not installed: {error}", "pip install 'headgate[infra]'") from error
        code = app.main()
        if code:
            raise SystemExit(code)
