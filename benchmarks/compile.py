"""What compiling costs: real documents beside PyYAML's C loader on the same text, and made-up ones of 10 to 10,000 operations.

    python -m benchmarks.compile [FOLDER …]      # other documents too
    python -m benchmarks.compile --fetch         # GitHub's description first, from npm into .tools (13 MB)

CPU seconds, the best of interleaved rounds. `process` is all of `headgate compile --spec F --out D`, start and end included; the
limit for it is 1.5 times `parse` and 0.3 s. `warm` is compiling again in the same process after one line was edited. Draws
docs/compile-cost.svg.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.spec.corpus_files import samples
from tools.node import BIN, NPM, environment

from .compile_plot import exponent, plot
from .compile_series import SHAPES, SIZES

ROOT = Path(__file__).resolve().parent.parent
FETCHED = ROOT / ".tools" / "github"
GITHUB = "package/generated/api.github.com.json"
LARGEST = 5
ROUNDS = 3
PROCESS_ALLOWANCE = 0.3
PARSE_FACTOR = 1.5
TINY = """openapi: 3.1.0
info: {title: Tiny, version: "1"}
servers: [{url: "https://a.example.com"}]
paths: {/a: {get: {responses: {"200": {description: ok}}}}}
"""


def main(arguments: list[str]) -> int:
    """The last line is the result as JSON."""
    if "--fetch" in arguments:
        fetch()
    load = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch))
        start = bench.start()
        rows = [bench.document(path) for path in documents([Path(a) for a in arguments if a != "--fetch"])]
        series = {shape: bench.series(shape) for shape in SHAPES}
    (ROOT / "docs" / "compile-cost.svg").write_text(plot(series), encoding="utf-8")
    exponents = {shape: exponent(points) for shape, points in series.items()}
    print(f"start: {start} s; exponents of cost in operations: {exponents}")
    print(
        json.dumps({"load_average": load, "start": start, "documents": rows, "series": series, "exponents": exponents})
    )
    return 0


def documents(folders: list[Path]) -> list[Path]:
    """The largest of the corpus, GitHub's when it was fetched, and everything in the folders."""
    found = sorted((sample.path for sample in samples()), key=lambda path: -path.stat().st_size)[:LARGEST]
    found += [path for path in (FETCHED / GITHUB,) if path.is_file()]
    return found + [path for folder in folders for path in sorted(folder.glob("*.*")) if path.is_file()]


def fetch() -> None:
    """GitHub's description, as the npm package `@octokit/openapi` carries it (MIT)."""
    FETCHED.mkdir(parents=True, exist_ok=True)
    command = [str(BIN / "node"), str(NPM), "pack", "--loglevel=error", "@octokit/openapi"]
    done = subprocess.run(command, cwd=FETCHED, env=environment(), capture_output=True, text=True, check=True)
    archive = FETCHED / done.stdout.split()[-1]
    subprocess.run(["tar", "xzf", str(archive), "-C", str(FETCHED), GITHUB], check=True)
    archive.unlink()


class Bench:
    """Runs each measurement in a process of its own, with bytecode in the scratch folder."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        self.environment = {**kept, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(scratch / "bytecode")}

    def start(self) -> float:
        """Seconds for a document with one operation."""
        tiny = self.scratch / "tiny.yaml"
        tiny.write_text(TINY, encoding="utf-8")
        return min(self._process(tiny)[0] for _ in range(ROUNDS + 1))

    def document(self, path: Path) -> dict[str, Any]:
        """One row of the table, printed as well."""
        rounds = [(self._once(path), self._process(path)) for _ in range(ROUNDS)]
        row: dict[str, Any] = {key: min(once[key] for once, _ in rounds) for key in rounds[0][0]}
        row["process"], row["peak_mb"] = (min(process[at] for _, process in rounds) for at in (0, 1))
        limit = PARSE_FACTOR * row["parse"] + PROCESS_ALLOWANCE
        row |= {"name": path.name, "limit": round(limit, 2), "to_limit": round(row["process"] / limit, 2)}
        print("  ".join(f"{key} {row[key]}" for key in sorted(row, key=lambda key: key != "name")), flush=True)
        return row

    def series(self, shape: str) -> list[tuple[int, float]]:
        """(operations, seconds) of one shape."""
        points = []
        for size in SIZES:
            rounds = 1 if size == max(SIZES) else ROUNDS
            seconds = min(self._run("benchmarks.compile_series", shape, str(size))["seconds"] for _ in range(rounds))
            points.append((size, seconds))
        print(f"{shape}: {points}", flush=True)
        return points

    def _once(self, path: Path) -> dict[str, float]:
        return self._run("benchmarks.compile_once", str(path))

    def _run(self, module: str, *arguments: str) -> dict[str, float]:
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True)
        result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return result

    def _process(self, path: Path) -> tuple[float, int]:
        """(CPU seconds, peak resident megabytes) of the command."""
        command = [sys.executable, "-m", "headgate", "compile", "--spec", str(path), "--unbound", "deny", "--json"]
        command += ["--out", str(self.scratch / "out")]
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{path} does not compile: {process.returncode}")
        return round(usage.ru_utime + usage.ru_stime, 3), usage.ru_maxrss // 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
