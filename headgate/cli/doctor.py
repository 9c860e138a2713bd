"""`headgate doctor`: looks at everything a deploy and a request depend on, and says how to mend what is wrong."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclopts import Parameter
from rich.markup import escape

from . import doctor_cloud, doctor_machine
from .doctor_check import Check
from .doctor_machine import Machine
from .options import Aws, Endpoint, Folder, Json
from .output import CommandError, command_errors, out, print_json
from .target import Cloud, choose

MARKS = {"ok": "[green]✓[/]", "warn": "[yellow]![/]", "fail": "[red]✗[/]", "skipped": "[dim]·[/]"}


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """What to look at."""

    project: Folder = Path()
    endpoint_url: Endpoint = None
    aws: Aws = False
    as_json: Json = False


def doctor(environment: str | None = None, /, *, options: Options | None = None) -> None:
    """Check tools, project, ports, credentials, bootstrap, quotas, stacks, stages and certificates, and print the fixes.

    It changes nothing. The exit code is 1 when a check fails.

    For example:

    ```
    headgate doctor
    headgate doctor prod --aws
    headgate doctor --json
    ```

    Parameters
    ----------
    environment
        Environment of gateway.yaml; all of them by default.
    """
    options = options or Options()
    with command_errors(as_json=options.as_json):
        failed = 0
        for check in checks(environment, options, doctor_machine.this_machine()):
            show(check, as_json=options.as_json)
            failed += check.state == "fail"
        if failed:
            raise CommandError(f"{failed} {'check' if failed == 1 else 'checks'} failed", "the fixes are above")


def checks(environment: str | None, options: Options, machine: Machine) -> Iterator[Check]:
    """All checks, the machine's first; the cloud's only for a project that can be read."""
    folder = options.project
    yield from doctor_machine.machine_checks(machine, folder)
    project, found = doctor_machine.project_checks(folder, environment)
    yield from found
    if project is None:
        return
    for name in project.environments if environment is None else [environment]:
        region = project.environments[name].region
        cloud = choose(folder, region, endpoint_url=options.endpoint_url, aws=options.aws)

        def client(service: str, where: str, cloud: Cloud = cloud) -> Any:
            return Cloud(cloud.endpoint_url, where).client(service)

        yield from doctor_cloud.cloud_checks(doctor_cloud.Ground(project, name, cloud.is_local, client, time.time()))


def show(check: Check, *, as_json: bool) -> None:
    """One check for people or programs."""
    if as_json:
        print_json(check.to_json())
        return
    out.print(f"{MARKS[check.state]} [bold]{escape(check.name)}[/]: {escape(check.found)}")
    if check.state in ("warn", "fail"):
        if check.wanted:
            out.print(f"    wanted: {escape(check.wanted)}")
        if check.fix:
            out.print(f"    fix: {escape(check.fix)}")
