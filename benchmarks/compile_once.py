"""One document in one process: seconds of CPU for each step, printed as JSON. `benchmarks.compile` runs it."""

import gc
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from headgate.spec import Compiled, DocumentSet, Target, compile_document

TARGET = Target(environment="spec", unbound="deny")


def main(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    parse, _ = seconds(lambda: yaml.load(text, yaml.CSafeLoader))
    load, _ = seconds(lambda: DocumentSet(path.parent).load(path.name))
    first, _ = seconds(lambda: compiled(path))
    edited = path.with_name(f"{path.stem}.edited{path.suffix}")
    try:
        edited.write_text(one_line_edited(text), encoding="utf-8")
        warm, made = seconds(lambda: compiled(edited))
    finally:
        edited.unlink(missing_ok=True)
    ledger, _ = seconds(lambda: [api.ledger for api in made.apis])
    found = {"parse": parse, "load": load, "compile": first, "warm": warm, "ledger": ledger}
    print(json.dumps({**found, "megabytes": round(len(text) / 1e6, 2)}))
    return 0


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """What it takes and what it makes."""
    gc.collect()
    begun = time.process_time()
    made = work()
    return round(time.process_time() - begun, 3), made


def compiled(path: Path) -> Compiled:
    made, problems = compile_document(path, TARGET)
    if made is None:
        raise RuntimeError(f"{path} does not compile: {problems[0]}")
    return made


def one_line_edited(text: str) -> str:
    """The same document with another word in the middle of it: in the first summary or description behind the half."""
    found = re.compile(r"(summary|description)\"? *: *\"?(?=[A-Za-z])").search(text, len(text) // 2)
    assert found is not None
    return f"{text[: found.end()]}Edited {text[found.end() :]}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
