"""Run every benchmark and keep what it printed: `python -m benchmarks [name …]`.

Each benchmark is a module that prints one JSON object on its last line, with a `name` and its `ratios`.
"""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
BENCHMARKS = (
    "dataplane",
    "aggregator_fanout",
    "authorizer_decision",
    "strict_validation",
    "cold_import",
    "save_to_served",
    "compile",
)
LIMIT_SECONDS = 300


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    results = [measure(name) for name in names or BENCHMARKS]
    RESULTS.mkdir(exist_ok=True)
    commit = git("rev-parse", "--short=12", "HEAD") + ("-dirty" if git("status", "--porcelain") else "")
    report = {"commit": commit, "machine": machine(), "results": results}
    path = RESULTS / f"{time.strftime('%Y-%m-%d')}-{commit}.json"
    path.write_text(json.dumps(report, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"written to {path.relative_to(ROOT)}")
    return 1 if any("error" in result for result in results) else 0


def measure(name: str) -> dict[str, Any]:
    """Run one benchmark; a failure is a result too."""
    print(f"== {name}", flush=True)
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS
        )
    except subprocess.TimeoutExpired:
        return {"name": name, "error": f"took longer than {LIMIT_SECONDS} s"}
    print(done.stdout.rstrip(), flush=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return {"name": name, "error": done.stderr.strip().splitlines()[-1:] or done.returncode}
    lines = done.stdout.strip().splitlines()
    result: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return {"name": name, **result}


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def machine() -> dict[str, Any]:
    """What the figures depend on, without a name."""
    return {"cores": os.cpu_count(), "architecture": platform.machine(), "python": platform.python_version()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
