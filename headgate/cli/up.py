"""`headgate up`: the whole gateway on this machine, deployed from the same template as on AWS."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from .options import Folder, Json, check_share
from .output import CommandError, command_errors

PORT_NUMBER = Number(gte=0, lte=65535)


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """What to run, and where."""

    project: Folder = Path()
    port: Annotated[
        int, Parameter(help="Port of AWS's API; a busy one takes the next, 0 any.", validator=PORT_NUMBER)
    ] = 4566
    http_port: Annotated[
        int, Parameter(help="Port that serves the local stage at /; 0 any.", validator=PORT_NUMBER)
    ] = 8080
    document: Annotated[Path | None, Parameter(name="--spec", help="One OpenAPI document instead of a project.")] = None
    mock: Annotated[bool, Parameter(negative=(), help="Answer from the document's examples and schemas.")] = False
    empty: Annotated[bool, Parameter(negative=(), help="An empty account: nothing is deployed.")] = False
    canary: Annotated[
        str | None,
        Parameter(help="A save enters as a canary at this share, or as its stage says (auto).", validator=check_share),
    ] = None
    stage: Annotated[str, Parameter(help="Stage on the HTTP port; `local.stage` of gateway.yaml by default.")] = ""
    watch: Annotated[bool, Parameter(help="Deploy again on every save.")] = True
    controllable_clock: Annotated[
        bool, Parameter(negative=(), help="Let POST /_headgate/clock move the time of everything.")
    ] = False
    seed: Annotated[int | None, Parameter(help="Seed of the canary split, to repeat a run.")] = None
    as_json: Json = False


def up(*, options: Options | None = None) -> None:
    """Run the gateway here: no account, no Docker, no token.

    For example:

    ```
    headgate up
    headgate up --canary 10
    headgate up --spec openapi.yaml --mock
    headgate up --empty --port 4566
    ```
    """
    options = options or Options()
    with command_errors(as_json=options.as_json):
        check(options)
        try:
            from .session import Session  # noqa: PLC0415 - moto and uvicorn would cost every other command half a second
        except ModuleNotFoundError as error:
            fix = "pip install 'headgate[infra,local]'"
            raise CommandError(f"the local cloud is not installed: {error}", fix) from error
        Session(options).run()


def check(options: Options) -> None:
    """Options that exclude each other, and files that are not there.

    Raises:
        CommandError: names the options.
    """
    if options.empty and (options.document is not None or options.mock):
        raise CommandError("--empty excludes --spec and --mock", "give one of them", code=2)
    if options.document is not None and not options.mock:
        raise CommandError(
            "--spec alone has no upstream to call", "add --mock, or write a project: headgate init --from FILE"
        )
    if options.mock and options.document is None:
        raise CommandError("--mock needs a document", "add --spec FILE", code=2)
    if options.document is not None and not options.document.is_file():
        raise CommandError(f"{options.document} is no file", "give the path of an OpenAPI document")
