"""A bad release meets its canary: load runs, one line of a composition is edited, `headgate deploy`, and nobody does anything more.

python -m tools.demo                     # on a terminal a live view, elsewhere lines
python -m tools.demo --plain             # lines
python -m tools.demo --json              # one object at the end; lines on stderr
python -m tools.demo --record demo.json  # the live view's frames as well, for tools.record

Everything is real and local: the sample's services, the local cloud, the CDK CLI, the requests. Only the cloud's clock is made to
run faster while the canary is judged, and the screen says so. Exit code 1 when the canary was not rolled back or the stable
release lost a request.
"""

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from .setting import Plan
from .stagehand import Show
from .story import DemoError, Ending, Story, new_scene

INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    is_live = sys.stdout.isatty() and not (options.plain or options.json)
    out = sys.stderr if options.json else sys.stdout
    show = Show(new_scene(), live=is_live, out=out, recording=options.record)
    try:
        with show.playing():
            ending = Story(Plan(seed=options.seed), show).run()
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted; nothing is left behind", file=sys.stderr)
        return INTERRUPTED
    if options.json:
        print(json.dumps(as_json(ending), sort_keys=True))
    else:
        print("\n".join(report(ending, is_live=is_live)))
    return 1 if ending.problems else 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m tools.demo", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--plain", action="store_true", help="lines instead of a live view")
    parser.add_argument("--json", action="store_true", help="one JSON object at the end")
    parser.add_argument("--record", type=Path, help="write the live view's frames to this file")
    parser.add_argument("--seed", type=int, default=Plan.seed, help="seed of the canary split")
    return parser.parse_args(arguments)


def report(ending: Ending, *, is_live: bool = False) -> list[str]:
    """The end in lines; the live view has shown what a request died of."""
    lines = [""]
    for side, count in ending.counts.items():
        share = count["failed"] / count["requests"] if count["requests"] else 0.0
        lines.append(f"{side}: {count['requests']} requests, {count['failed']} failed ({share:.1%})")
    if ending.judgement:
        lines.append(f"judge:  {ending.judgement.verdict}, {ending.judgement.reason}")
    moves = reversed(ending.history)
    lines += [f"history: {move['command']} of release {move['releaseId']} by {move['by']}" for move in moves]
    lines += ["", "headgate why, of one failed request (in part):", *ending.why] if ending.why and not is_live else []
    lines += [f"FAILED: {problem}" for problem in ending.problems]
    outcome = "not as promised" if ending.problems else "rolled back by itself, stable lost no request"
    return [*lines, f"{outcome}; {ending.seconds:.0f} s"]


def as_json(ending: Ending) -> dict[str, Any]:
    judgement = ending.judgement and vars(ending.judgement)
    return {**vars(ending), "judgement": judgement, "ok": not ending.problems, "problems": ending.problems}


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
