"""Compiles mutants and judges what happens. `python -m tests.fuzz` runs many; the suite runs a slice."""

import argparse
import json
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from headgate.spec import Compiled, Diagnostic, DocumentSet, Target, compile_document
from headgate.spec.compiled import dumps

from .mutation import Mutant, mutant

SEEDS = Path(__file__).parent / "seeds"
SLOW_SECONDS = 10
UNBOUND = ("error", "deny", "test")


@dataclass(frozen=True)
class Failure:
    """A mutant that broke the compiler, and how."""

    number: int
    mutant: Mutant
    reason: str


def seeds(folder: Path = SEEDS) -> dict[str, Any]:
    """The documents that mutants are made of, by name."""
    documents = DocumentSet(folder)
    files = [path.name for path in sorted(folder.iterdir()) if path.suffix in {".yaml", ".yml", ".json"}]
    found = [documents.load(name) for name in files]
    return {document.name: document.source for document in found if document is not None}


def judged(given: Mutant, folder: Path, target: Target) -> tuple[str | None, str]:
    """(what is wrong or None, what became of it)."""
    path = folder / given.name
    path.write_bytes(given.content)
    try:
        with time_limit():
            compiled, problems = compile_document(path, target)
            wrong = unserved(compiled, problems) or misplaced(given, path, problems)
    except Exception:  # noqa: BLE001 (that is what is looked for)
        return traceback.format_exc(), "broken"
    return wrong, "compiled" if compiled else "refused"


@contextmanager
def time_limit() -> Iterator[None]:
    """Breaks into a compilation that does not end. Where there are no signals for that it is left to pytest's limit."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"took more than {SLOW_SECONDS} seconds")

    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SLOW_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def unserved(compiled: Compiled | None, problems: list[Diagnostic]) -> str | None:
    """Why an answer is none: neither artefacts nor an error, or artefacts that cannot be written."""
    if compiled is None:
        return None if any(problem.level == "error" for problem in problems) else "neither compiled nor an error"
    if any(problem.level == "error" for problem in problems):
        return "compiled in spite of an error"
    for api in compiled.apis:
        for part in (api.wire, api.published, api.routes, api.plans, api.validators, api.ledger):
            dumps(part).encode()
    return None


def misplaced(given: Mutant, path: Path, problems: list[Diagnostic]) -> str | None:
    """A problem that is outside of the file that it names."""
    lines = given.content.decode("utf-8", "replace").splitlines() or [""]
    for problem in problems:
        if problem.path != path.as_posix():
            return f"names another file: {problem}"
        if not 1 <= problem.line <= len(lines) + 1 or problem.column < 1:
            return f"outside of the file: {problem}"
    return None


def run(
    count: int, seed: int, folder: Path, documents: dict[str, Any], first: int = 0
) -> tuple[list[Failure], Counter[str]]:
    """Compiles `count` mutants of a seed, from number `first` on."""
    failures: list[Failure] = []
    became: Counter[str] = Counter()
    for number in range(first, first + count):
        random = Random(f"{seed}:{number}")
        given = mutant(documents, random)
        wrong, outcome = judged(given, folder, Target("fuzz", unbound=random.choice(UNBOUND)))
        became[outcome] += 1
        if wrong is not None:
            failures.append(Failure(number, given, wrong))
    return failures, became


def keep(failures: list[Failure], seed: int, folder: Path) -> None:
    """Writes failing mutants with what they did."""
    folder.mkdir(parents=True, exist_ok=True)
    for failure in failures:
        stem = f"{seed}-{failure.number}"
        (folder / f"{stem}-{failure.mutant.name}").write_bytes(failure.mutant.content)
        (folder / f"{stem}.txt").write_text(failure.reason, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first mutant; with --count 1 this replays one"
    )
    parser.add_argument("--seeds", type=Path, default=SEEDS, help="folder of documents to start from")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="where failing mutants go")
    given = parser.parse_args()
    print(f"fuzz: seed {given.seed}, {given.count} mutants", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        failures, became = run(given.count, given.seed, Path(folder), seeds(given.seeds), given.first)
    keep(failures, given.seed, given.keep)
    for failure in failures[:20]:
        print(f"mutant {failure.number} ({failure.mutant.name}): {failure.reason.strip().splitlines()[-1][:200]}")
    print(
        json.dumps(
            {"seed": given.seed, **became, "failures": len(failures), "seconds": round(time.monotonic() - started, 1)}
        )
    )
    if failures:
        print(f"kept in {given.keep}; replay one: python -m tests.fuzz --seed {given.seed} --first NUMBER --count 1")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
