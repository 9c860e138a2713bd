"""What a large edge costs: finding one of its candidates, and reading them at a cold start.

    python -m benchmarks.edge_dispatch [candidates]

The paths are shaped like those of a large public API: below two variables, two to five segments, one in twenty with a variable
inside a segment. Beside the tree stands trying each candidate in turn. Prints microseconds; asserts nothing.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any

from functions.aggregator.candidates import PathText, parse_candidate
from functions.aggregator.dispatch import Dispatch
from functions.aggregator.edges import match, parse_edges

SEED = 20_261_121
CANDIDATES = 1_000
REQUESTS = 2_000
WORDS = 60


def main(count: int) -> None:
    """Print the figures, and a JSON object on the last line."""
    random.seed(SEED)
    paths = made_paths(count)
    document = {"edges": {"GET /repos/{owner}/{repo}/{proxy+}": {"secured": False, "candidates": entries(paths)}}}
    began = time.perf_counter()
    edge = parse_edges(document)["GET /repos/{owner}/{repo}/{proxy+}"]
    reading = (time.perf_counter() - began) * 1000
    known = [request(random.choice(paths)) for _ in range(REQUESTS)]
    unknown = [f"{path}/nothing" for path in known]
    alone = [Dispatch((parse_candidate(entry),)) for entry in entries(paths)]
    figures = {
        "known": per_request(lambda path: match(edge, path, {}), known),
        "unknown": per_request(lambda path: match(edge, path, {}), unknown),
        "one by one": per_request(lambda path: one_by_one(alone, path), known[:20]),
    }
    print(f"{count:,} candidates, {len(json.dumps(document)):,} bytes; read in {reading:.1f} ms")
    for name, microseconds in figures.items():
        print(f"  {name:<12} {microseconds:>10.1f} µs per request")
    print(
        json.dumps({"name": "edge_dispatch", "candidates": count, "microseconds": figures, "readMilliseconds": reading})
    )


def made_paths(count: int) -> list[list[Any]]:
    """Different paths below /repos/{owner}/{repo}."""
    words = [f"word{number}" for number in range(WORDS)]
    found: dict[str, list[Any]] = {}
    while len(found) < count:
        path: list[Any] = ["repos", {"name": "owner"}, {"name": "repo"}]
        for depth in range(random.randint(2, 5)):
            word, kind = random.choice(words), random.random()
            part: Any = {"name": f"v{depth}"} if depth % 2 and kind < 0.7 else word
            path.append([{"name": f"v{depth}"}, f":{word}"] if kind > 0.95 else part)
        found[json.dumps(path)] = path
    return sorted(found.values(), key=lambda path: [str(part) for part in path])


def entries(paths: list[list[Any]]) -> list[dict[str, Any]]:
    """The candidates of plans.json."""
    return [
        {
            "operation": f"GET /{number}", "id": f"op{number}", "segments": path, "query": {}, "validate": False,
            "upstream": "main", "path": f"/{number}", "plan": None, "rewrite": {"headers": {}, "query": {}}, "timeout": 29.0,
        }
        for number, path in enumerate(paths)
    ]  # fmt: skip


def request(path: list[Any]) -> str:
    """A path that a candidate takes."""
    return "".join(f"/{_text(part)}" for part in path)


def _text(part: Any) -> str:
    if isinstance(part, str):
        return part
    return "7" if isinstance(part, dict) else "".join(_text(each) for each in part)


def one_by_one(alone: list[Dispatch], path: str) -> Any:
    """The first of the candidates that takes a path, each in a tree of its own."""
    segments = [PathText(part, part) for part in path.split("/")[1:]]
    return next((found for tree in alone if (found := tree.find(segments, {}))), None)


def per_request(find: Callable[[str], Any], paths: list[str]) -> float:
    """Microseconds, the best of five rounds."""
    return min(_round(find, paths) for _ in range(5)) / len(paths) * 1e6


def _round(find: Callable[[str], Any], paths: list[str]) -> float:
    began = time.perf_counter()
    for path in paths:
        find(path)
    return time.perf_counter() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CANDIDATES)
