"""`headgate diff`: what changes for clients between two documents, two projects, or a stage and a project."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from headgate.diff import RULES, SEVERITIES, Change, compare

from .diff_text import markdown, rules_listing, summary, terminal
from .options import Aws, Endpoint, Folder, Json
from .output import CommandError, command_errors, err, out, print_json
from .sides import STAGE, Cloud, read_sides

FailOn = Literal["breaking", "risky", "never"]


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """What to compare with, what to overlook, and how to answer."""

    allow: Annotated[
        tuple[str, ...],
        Parameter(negative=(), help="A rule to overlook, or 'RULE METHOD /path' for one operation; may be repeated."),
    ] = ()
    allow_file: Annotated[Path | None, Parameter(help="A file with one such entry per line; # starts a comment.")] = (
        None
    )
    fail_on: Annotated[FailOn, Parameter(help="The mildest change that makes the exit code 1.")] = "breaking"
    format: Annotated[Literal["text", "markdown"], Parameter(help="Markdown is for pull requests.")] = "text"
    rules: Annotated[bool, Parameter(negative=(), help="Print every rule with its severity, and compare nothing.")] = (
        False
    )
    deployed: Annotated[str | None, Parameter(help="A stage: compare what it serves with the project.")] = None
    project: Folder = Path()
    endpoint_url: Endpoint = None
    aws: Aws = False
    as_json: Json = False


def diff(old: str | None = None, new: str | None = None, /, *, options: Options | None = None) -> None:
    """Show what changes for clients: breaking, risky or safe. Breaking changes make the exit code 1.

    Each side is a file, a folder with gateway.yaml, or one of them as git has it (`HEAD:openapi/users.yaml`). The old side can
    be a stage (`stage:prod`), which compares what API Gateway holds.

    For example:

    ```
    headgate diff before.yaml after.yaml
    headgate diff main:openapi/users.yaml openapi/users.yaml --format markdown
    headgate diff HEAD: . --allow operation-removed --fail-on risky
    headgate diff --deployed prod
    headgate diff --rules
    ```
    """
    given = options or Options()
    with command_errors(as_json=given.as_json):
        if given.rules:
            show_rules(as_json=given.as_json)
            return
        entries = allowed_entries(given)
        with read_sides(*both(old, new, given), Cloud(given.project, given.endpoint_url, given.aws)) as sides:
            changes = compare(sides.old, sides.new)
        allowed = frozenset(change for change in changes if change.is_allowed(entries))
        show(changes, allowed, given, sides.note)
        if fails(changes, allowed, given.fail_on):
            raise SystemExit(1)


def both(old: str | None, new: str | None, options: Options) -> tuple[str, str]:
    """The two sides as typed. A side that is left out is the project, or the file that REF:PATH names, as it is now.

    Raises:
        CommandError: there is nothing to compare.
    """
    if options.deployed:
        return f"{STAGE}{options.deployed}", old or str(options.project)
    if old is None:
        raise CommandError("there is nothing to compare", "headgate diff OLD NEW, or --deployed STAGE", code=2)
    if new is None:
        _, colon, inside = old.partition(":")
        new = (
            inside
            if colon and inside and not old.startswith(STAGE) and not Path(old).exists()
            else str(options.project)
        )
    return old, new


def allowed_entries(options: Options) -> list[str]:
    """What --allow and --allow-file name.

    Raises:
        CommandError: an entry names no rule, or the file cannot be read.
    """
    entries = list(options.allow)
    if options.allow_file is not None:
        try:
            text = options.allow_file.read_text(encoding="utf-8")
        except OSError as error:
            raise CommandError(
                f"{options.allow_file} cannot be read: {error.strerror}", "correct --allow-file"
            ) from error
        entries += [entry for line in text.splitlines() if (entry := line.partition("#")[0].strip())]
    unknown = sorted({entry for entry in entries if entry.split(" ")[0] not in RULES})
    if unknown:
        raise CommandError(f"there is no rule {', '.join(unknown)}", "headgate diff --rules lists them")
    return entries


def show(changes: list[Change], allowed: frozenset[Change], options: Options, note: str) -> None:
    """All changes in the chosen form."""
    if options.as_json:
        for change in changes:
            print_json({**change.to_json(), "allowed": change in allowed})
        totals = {s: sum(c.severity == s and c not in allowed for c in changes) for s in SEVERITIES}
        ok = not fails(changes, allowed, options.fail_on)
        print_json({"ok": ok, **totals, "allowed": len(allowed), **({"note": note} if note else {})})
        return
    lines = markdown if options.format == "markdown" else terminal
    for line in lines(changes, allowed):
        out.print(line, markup=options.format == "text")
    if note:
        err.print(f"[dim]{note}[/]")
    err.print(f"changes: {summary(changes, allowed)}")


def fails(changes: list[Change], allowed: frozenset[Change], fail_on: FailOn) -> bool:
    """Whether a change that is not allowed is at least as bad as `fail_on`."""
    bad = {"breaking": SEVERITIES[:1], "risky": SEVERITIES[:2], "never": ()}[fail_on]
    return any(change.severity in bad for change in changes if change not in allowed)


def show_rules(*, as_json: bool) -> None:
    """The table of rules."""
    if as_json:
        for rule in RULES.values():
            print_json({"rule": rule.id, "severity": rule.severity, "says": rule.says})
        return
    for line in rules_listing():
        out.print(line)
