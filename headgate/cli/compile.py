"""`headgate compile`: documents in, everything the gateway is made of out; nothing is provisioned."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from headgate import spec

from .options import Folder, Json
from .output import CommandError, command_errors, err, print_json, print_problems
from .problem_text import relocated

Unbound = Literal["error", "deny"]


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """What to compile, for what, and where to."""

    out: Annotated[Path, Parameter(help="Folder for the artefacts; it is made when missing.")]
    project: Folder = Path()
    document: Annotated[Path | None, Parameter(name="--spec", help="One OpenAPI document, without gateway.yaml.")] = (
        None
    )
    unbound: Annotated[
        Unbound, Parameter(help="What a security scheme that nothing binds becomes; deny answers 401.")
    ] = "error"
    environment: Annotated[str, Parameter(help="Environment to compile for; the first by default.")] = ""
    as_json: Json = False


def compile_documents(*, options: Options) -> None:
    """Compile OpenAPI documents to wire documents, routes, plans, validators and the ledger.

    For example:

    ```
    headgate compile --out build
    headgate compile --spec openapi.yaml --unbound deny --out build --json
    ```
    """
    with command_errors(as_json=options.as_json):
        compiled, problems = run(options)
        errors = print_problems(problems, as_json=options.as_json)
        if compiled is None or errors:
            raise CommandError(f"nothing was written to {options.out}")
        spec.write(compiled, options.out)
        report(compiled, options.out, as_json=options.as_json)


def run(options: Options) -> tuple[spec.Compiled | None, list[spec.Diagnostic]]:
    """Compile a project, or one document on its own."""
    if options.document is not None:
        target = spec.Target(environment=options.environment or "spec", unbound=options.unbound)
        return spec.compile_document(options.document, target)
    from .releases import must_be_project  # noqa: PLC0415  its imports take a tenth of the start, and --spec needs none of them

    must_be_project(options.project)
    loaded, problems = spec.load_project(options.project.absolute())
    if loaded is None:
        return None, relocated(problems, options.project)
    names = list(loaded.environments)
    if options.environment and options.environment not in names:
        raise CommandError(f"there is no environment {options.environment!r}", f"gateway.yaml has {', '.join(names)}")
    target = spec.Target(environment=options.environment or names[0], unbound=options.unbound)
    compiled, found = spec.compile_project(loaded, target)
    return compiled, relocated([*problems, *found], options.project)


def report(compiled: spec.Compiled, out: Path, *, as_json: bool) -> None:
    """What was made: operations, and constructs per level of the ledger."""
    rows = [row for api in compiled.wholes for row in api.ledger]
    levels = Counter(row["level"] for row in rows)
    operations, folded = compiled.operations, sum(row["reason"].startswith("served through the edge ") for row in rows)
    if as_json:
        counts = {"operations": operations, "folded": folded, "refused": compiled.refused}
        print_json({"ok": True, "out": str(out), **counts, "ledger": dict(levels)})
        return
    constructs = ", ".join(f"{count} {level}" for level, count in sorted(levels.items()))
    if compiled.refused:
        err.print(f"{compiled.refused} operations refused; the warnings above say why")
    told = f" ({folded} of them behind greedy resources, HG167)" if folded else ""
    err.print(f"{operations} operations{told}; constructs: {constructs or 'none'}; written to {out}")
