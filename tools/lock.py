"""Write the hashed requirement files: one for development, one beside the code of each function.

The files name no registry, so they install from whichever index a machine is configured for.
"""

import subprocess
import sys
from pathlib import Path

import uv

ROOT = Path(__file__).resolve().parent.parent
LAMBDA_PYTHON = "3.14"  # the runtime infra/ gives to the functions
FUNCTIONS = ("authorizer", "aggregator", "release")
COMMON = ("--universal", "--generate-hashes", "--no-header", "--no-annotate", "--quiet", "--upgrade")


def main() -> int:
    groups = [part for name in ("dev", *FUNCTIONS) for part in ("--group", name)]
    extras = ["--extra", "infra", "--extra", "local"]
    development = ["pyproject.toml", *extras, *groups, "--python-version", "3.11", "-o", "requirements/dev.txt"]
    compiles = [development]
    for name in FUNCTIONS:
        output = f"functions/{name}/requirements.txt"
        compiles.append(["--group", name, "--python-version", LAMBDA_PYTHON, "-o", output])
    for arguments in compiles:
        command = [uv.find_uv_bin(), "pip", "compile", *COMMON, *arguments]
        subprocess.run(command, cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
