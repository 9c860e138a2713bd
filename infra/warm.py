"""A synthesizer that stays: `python -m infra.warm` loads the CDK once, then answers each request in a fraction of a second.

One JSON object per line on standard input, one per line on standard output; everything else goes to standard error.

    {"project": "/home/me/gateway", "outdir": "/tmp/out", "context": {"headgate:local": "true"}}
    -> {"ok": true, "assembly": "/tmp/out", "stacks": ["gateway-dev"], "seconds": 0.08, "diagnostics": []}
    -> {"ok": false, "diagnostics": [{"path": ..., "line": ..., ...}], "error": "2 errors"}
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO

from .app import ChecksError, ProjectError, synthesize
from .assets import BundlingError
from .settings import ContextError

Clock = Callable[[], float]


def serve(requests: Iterable[str], answers: TextIO, clock: Clock = time.perf_counter) -> None:
    """Answer requests until there are no more."""
    for line in requests:
        if line.strip():
            answers.write(json.dumps(answer(line, clock)) + "\n")
            answers.flush()


def answer(line: str, clock: Clock) -> dict[str, Any]:
    """The answer to one request. Never raises: a fault of ours is told in `error`, with its traceback on stderr."""
    try:
        return synth(json.loads(line), clock)
    except ProjectError as error:
        diagnostics = [diagnostic.to_json() for diagnostic in error.diagnostics]
        return {"ok": False, "diagnostics": diagnostics, "error": str(error)}
    except (ContextError, ChecksError, BundlingError) as error:
        return {"ok": False, "diagnostics": [], "error": str(error)}
    except Exception as error:  # noqa: BLE001 - the one who asked waits for a line
        traceback.print_exc()
        return {"ok": False, "diagnostics": [], "error": f"{type(error).__name__}: {error}"}


def synth(request: dict[str, Any], clock: Clock) -> dict[str, Any]:
    """Synthesize one request."""
    started = clock()
    made = synthesize(Path(request["project"]), outdir=Path(request["outdir"]), context=request.get("context") or {})
    return {
        "ok": True,
        "assembly": str(made.assembly),
        "stacks": list(made.stacks),
        "seconds": round(clock() - started, 3),
        "diagnostics": [diagnostic.to_json() for diagnostic in made.diagnostics],
    }


def warm_up() -> None:
    """Make jsii load what a synth needs, before anybody waits for it."""
    from aws_cdk import App, Stack  # noqa: PLC0415 - only when serving

    from .tables import add_cache_table  # noqa: PLC0415

    app = App(analytics_reporting=False)
    add_cache_table(Stack(app, "warm"))
    app.synth()


def main() -> None:
    """Serve standard input. Standard output is kept for answers: whatever else prints there goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    warm_up()
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
