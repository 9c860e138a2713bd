"""The CDK app: `headgate synth` runs it for `cdk`, and the warm synthesizer runs it again and again.

python -m infra.app          # in a folder with gateway.yaml; reads and writes what the CDK CLI says in the environment
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import App

from headgate.spec import Compiled, Diagnostic, Project, Target, compile_document, compile_project, load_project

from .assets import BundlingError
from .settings import Context, ContextError, environment_settings, read_context
from .stack import EnvironmentStack, Sources

FUNCTIONS = Path(__file__).resolve().parent.parent / "functions"
CACHE = Path(".headgate") / "assets"


class ProjectError(Exception):
    """The project's files have errors; `diagnostics` has all of them."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(f"{sum(1 for diagnostic in diagnostics if diagnostic.level == 'error')} errors")
        self.diagnostics = tuple(diagnostics)


class ChecksError(Exception):
    """A check refused the template; what it found is on stderr and in `validation-report.json`."""


@dataclass(frozen=True, slots=True)
class Synthesis:
    """A cloud assembly: its folder, its stacks in the order of the environments, and the warnings on the way."""

    assembly: Path
    stacks: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def synthesize(folder: Path, *, outdir: Path | None = None, context: Mapping[str, Any] | None = None) -> Synthesis:
    """Compile the project in `folder` and write its cloud assembly. Raises ProjectError, ContextError, ChecksError or
    BundlingError."""
    app = App(outdir=str(outdir) if outdir else None, context=dict(context or {}), analytics_reporting=False)
    wanted = read_context(app.node.try_get_context)
    project, problems = load_project(folder)
    if project is None:
        raise ProjectError(problems)
    compiled, found = compile_environments(project, wanted)
    diagnostics = [*problems, *found]
    if any(diagnostic.level == "error" for diagnostic in diagnostics):
        raise ProjectError(diagnostics)
    sources = Sources(FUNCTIONS, folder.resolve() / CACHE)
    stacks = [
        EnvironmentStack(app, environment_settings(project, name, wanted), gateway, sources)
        for name, gateway in compiled.items()
    ]
    if not wanted.local:
        from .checks import add_checks  # noqa: PLC0415 - cdk-nag is half a second, and the local cloud has no use for it

        add_checks(app, stacks)
    return Synthesis(_write(app), tuple(stack.stack_name for stack in stacks), tuple(diagnostics))


def _write(app: App) -> Path:
    """The folder of the assembly. jsii knows one exception; a failed check is the one that is the user's to mend."""
    try:
        return Path(app.synth().directory)
    except RuntimeError as error:
        if "ValidationFailed" not in str(error):
            raise
        raise ChecksError(str(error).partition("ValidationFailed: ")[2]) from error


def compile_environments(project: Project, context: Context) -> tuple[dict[str, Compiled], list[Diagnostic]]:
    """The compiled gateway of each environment, or of the one the context names."""
    compiled: dict[str, Compiled] = {}
    diagnostics: list[Diagnostic] = []
    for name in _wanted(project, context):
        target = Target(
            environment=name,
            local=context.local,
            port=context.port,
            mock_url=context.mock_url,
            upstreams_at=context.upstreams_at,
            unbound=context.unbound,
        )
        if context.document:
            gateway, problems = compile_document(Path(context.document), target)
        else:
            gateway, problems = compile_project(project, target)
        diagnostics += [problem for problem in problems if problem not in diagnostics]
        if gateway is not None:
            compiled[name] = gateway
    return compiled, diagnostics


def _wanted(project: Project, context: Context) -> list[str]:
    names = list(project.environments)
    if context.environment is None:
        return names
    if context.environment not in names:
        raise ContextError("headgate:environment", context.environment, f"one of {', '.join(names)}")
    return [context.environment]


def main(folder: Path | None = None, outdir: Path | None = None) -> int:
    """Synthesize a project, the current folder's unless given, as the CDK CLI asks; its exit code."""
    try:
        synthesis = synthesize(folder or Path.cwd(), outdir=outdir)
    except ProjectError as error:
        report(error.diagnostics)
        return 1
    except (ContextError, ChecksError, BundlingError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    report(synthesis.diagnostics)
    return 0


def report(diagnostics: Sequence[Diagnostic]) -> None:
    """Print problems to stderr, one per line: stdout belongs to the CDK CLI's caller."""
    for diagnostic in diagnostics:
        sys.stderr.write(f"{diagnostic}\n")


if __name__ == "__main__":
    sys.exit(main())
