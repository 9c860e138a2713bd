"""`headgate up`: the whole gateway on this machine, deployed from the same template as on AWS."""

from pathlib import Path
from typing import Annotated

import typer

from .output import CommandError, command_errors

EPILOG = """Examples:

  headgate up

  headgate up --canary 10

  headgate up --spec openapi.yaml --mock

  headgate up --empty --port 4566
"""


def up_command(
    project: Annotated[Path, typer.Option(help="Folder with gateway.yaml.")] = Path(),
    port: Annotated[int, typer.Option(help="Port of AWS's API; a busy one takes the next, 0 any.")] = 4566,
    http_port: Annotated[int, typer.Option(help="Port that serves the local stage at /; 0 any.")] = 8080,
    document: Annotated[Path | None, typer.Option("--spec", help="One OpenAPI document instead of a project.")] = None,
    mock: Annotated[bool, typer.Option("--mock", help="Answer from the documents' examples and schemas.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="An empty account: nothing is deployed.")] = False,
    canary: Annotated[
        float | None, typer.Option(min=0, max=100, help="A save enters as a canary at this share, not at 100 %.")
    ] = None,
    stage: Annotated[str, typer.Option(help="Stage on the HTTP port; `local.stage` of gateway.yaml by default.")] = "",
    watch: Annotated[bool, typer.Option(help="Deploy again on every save.")] = True,
    seed: Annotated[int | None, typer.Option(help="Seed of the canary split, to repeat a run.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per event, the first when ready.")] = False,
) -> None:
    """Run the gateway here: no account, no Docker, no token."""
    from .session import Options, Session  # noqa: PLC0415 - moto and uvicorn cost every other command half a second

    with command_errors(as_json=as_json):
        if document is not None and not mock:
            raise CommandError("--spec alone has no upstream to call", "add --mock, or write a project: headgate init --from")
        if empty and (document is not None or mock):
            raise CommandError("--empty excludes --spec and --mock", "give one of them", code=2)
        options = Options(
            project=project.resolve(),
            port=port,
            http_port=http_port,
            document=document.resolve() if document else None,
            mock=mock,
            empty=empty,
            canary=canary,
            stage=stage,
            watch=watch,
            seed=seed,
            as_json=as_json,
        )
        Session(options).run()
