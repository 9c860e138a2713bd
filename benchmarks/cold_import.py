"""What a cold start imports: each function's handler in a fresh interpreter, beside the lightest thing it cannot do without.

    python -m benchmarks.cold_import

Warm page cache, so this is not a Lambda cold start; the interpreter's own start is subtracted. Rounds are interleaved;
trust the ratios to `import jwt`. `+ logger` adds the first log line, which is when Powertools' Logger is imported.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 9
LOGGED = "from functions.shared.log import _logger; _logger()"
SUBJECTS = {
    "nothing": "pass",
    "import jwt": "import jwt",
    "authorizer": "import functions.authorizer.handler",
    "authorizer + logger": f"import functions.authorizer.handler; {LOGGED}",
    "aggregator": "import functions.aggregator.handler",
    "aggregator + strict": "import functions.aggregator.handler, functions.aggregator.validation.check",
    "release": "import functions.release.handler",
}


def main() -> int:
    """Interleaved rounds; the last line is the result as JSON."""
    load = round(os.getloadavg()[0], 1)
    available = {name: code for name, code in SUBJECTS.items() if _runs(code)}
    times: dict[str, list[float]] = {name: [] for name in available}
    for _ in range(ROUNDS):
        for name, code in available.items():
            times[name].append(_milliseconds(code))
    walls = {name: statistics.median(values) for name, values in times.items()}
    medians = {name: round(wall - walls["nothing"], 1) for name, wall in walls.items() if name != "nothing"}
    ratios = {name: round(value / medians["import jwt"], 2) for name, value in medians.items()}
    for name, value in medians.items():
        print(f"{name:<24}{value:>8} ms{ratios[name]:>8}x")
    missing = sorted(SUBJECTS.keys() - available.keys())
    result = {
        "load_average": load,
        "rounds": ROUNDS,
        "medians_ms": medians,
        "ratios": ratios,
        "not_importable": missing,
    }
    print(json.dumps({"name": "cold_import", **result}))
    return 0


def _runs(code: str) -> bool:
    """Also writes the bytecode, so that no round compiles."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"cannot run {code!r}: {done.stderr.strip().splitlines()[-1]}")
    return done.returncode == 0


def _milliseconds(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    sys.exit(main())
