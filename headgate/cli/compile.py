"""`headgate compile`: documents in, everything the gateway is made of out; nothing is provisioned."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from headgate import spec

from .output import CommandError, command_errors, err, print_json, print_problems

EPILOG = """Examples:

  headgate compile --out build

  headgate compile --spec openapi.yaml --unbound deny --out build --json
"""


def compile_command(
    out: Annotated[Path, typer.Option(help="Folder for the artefacts; it is made when missing.")],
    project: Annotated[Path, typer.Option(help="Folder with gateway.yaml.")] = Path(),
    document: Annotated[Path | None, typer.Option("--spec", help="One OpenAPI document, without gateway.yaml.")] = None,
    unbound: Annotated[str, typer.Option(help="Security schemes that nothing binds: error, or deny (401).")] = "error",
    environment: Annotated[str, typer.Option(help="Environment to compile for; the first by default.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per diagnostic and one at the end.")] = False,
) -> None:
    """Compile OpenAPI documents to wire documents, routes, plans, validators and the ledger."""
    with command_errors(as_json=as_json):
        if unbound not in {"error", "deny"}:
            raise CommandError(f"--unbound is {unbound!r}", "give error or deny", code=2)
        compiled, problems = run(project, document, environment=environment, unbound=unbound)
        errors = print_problems(problems, as_json=as_json)
        if compiled is None or errors:
            raise CommandError(f"{errors} {'error' if errors == 1 else 'errors'}; nothing was written", "")
        spec.write(compiled, out)
        report(compiled, out, as_json=as_json)


def run(
    project: Path, document: Path | None, *, environment: str, unbound: str
) -> tuple[spec.Compiled | None, list[spec.Diagnostic]]:
    """Compile a project, or one document on its own."""
    if document is not None:
        target = spec.Target(environment=environment or "spec", unbound=unbound)  # type: ignore[arg-type]
        return spec.compile_document(document, target)
    loaded, problems = spec.load_project(project)
    if loaded is None:
        return None, problems
    names = list(loaded.environments)
    if environment and environment not in names:
        raise CommandError(f"there is no environment {environment!r}", f"gateway.yaml has {', '.join(names)}")
    target = spec.Target(environment=environment or names[0], unbound=unbound)  # type: ignore[arg-type]
    compiled, found = spec.compile_project(loaded, target)
    return compiled, [*problems, *found]


def report(compiled: spec.Compiled, out: Path, *, as_json: bool) -> None:
    """What was made: operations, and constructs per level of the ledger."""
    levels = Counter(row["level"] for api in compiled.apis for row in api.ledger)
    operations = sum(len(api.routes["operations"]) for api in compiled.apis)
    if as_json:
        print_json({"ok": True, "out": str(out), "operations": operations, "ledger": dict(levels)})
        return
    counts = ", ".join(f"{count} {level}" for level, count in sorted(levels.items()))
    err.print(f"{operations} operations; constructs: {counts or 'none'}; written to {out}")
