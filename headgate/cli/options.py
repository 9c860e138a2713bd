"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON, one object per line.")]
Folder = Annotated[Path, Parameter(help="Folder with gateway.yaml.")]
Endpoint = Annotated[str | None, Parameter(help="The AWS API to talk to, such as http://localhost:4566.")]
Aws = Annotated[bool, Parameter(negative=(), help="Talk to AWS even though a local cloud runs for this project.")]
