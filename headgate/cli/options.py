"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

AS_CONFIGURED = "auto"


def check_share(_type: object, value: str | None) -> None:
    """A number from 0 to 100, or `auto`. Raises ValueError."""
    if value is None or value == AS_CONFIGURED:
        return
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 100:
        raise ValueError(f"{value!r}: must be a number from 0 to 100, or {AS_CONFIGURED}")


def share_of(value: object) -> str:
    """The share as the CDK context has it: `10`, `12.5` or `auto`."""
    return AS_CONFIGURED if value == AS_CONFIGURED else f"{float(str(value)):g}"


Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON, one object per line.")]
Folder = Annotated[Path, Parameter(help="Folder with gateway.yaml.")]
Endpoint = Annotated[str | None, Parameter(help="The AWS API to talk to, such as http://localhost:4566.")]
Aws = Annotated[bool, Parameter(negative=(), help="Talk to AWS even though a local cloud runs for this project.")]
