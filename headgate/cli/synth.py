"""A warm synthesizer: one process that has loaded the CDK and answers each synth in a fraction of a second.

The first synth of a process costs seconds, the second 0.05 s, so `headgate up` keeps the process for as long as it runs.
Speaks JSON lines with `infra.warm` over its standard input and output.
"""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headgate import rooms

from .output import CommandError


@dataclass(frozen=True)
class Assembly:
    """What a synth made: the cloud assembly's folder and the stacks in it, in order; `diagnostics` are JSON objects."""

    folder: Path | None
    stacks: tuple[str, ...]
    seconds: float
    diagnostics: tuple[Mapping[str, Any], ...]
    error: str = ""


class Synthesizer:
    """The warm process. Start it early: it loads while other things happen."""

    def __init__(self, command: list[str] | None = None) -> None:
        command = command or [sys.executable, "-m", rooms.module_name("infra.warm")]
        self.process = subprocess.Popen(  # noqa: S603 - our own module under our own interpreter
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.lock = threading.Lock()
        self.complaints: list[str] = []
        threading.Thread(target=self._collect_stderr, daemon=True).start()

    def synth(self, project: Path, outdir: Path, context: Mapping[str, str]) -> Assembly:
        """Synthesize; problems of the user's files come back as diagnostics, not as an exception.

        Raises:
            CommandError: the process died.
        """
        request = json.dumps({"project": str(project), "outdir": str(outdir), "context": dict(context)})
        with self.lock:
            answer = self._exchange(request)
        return Assembly(
            folder=Path(answer["assembly"]) if answer.get("ok") else None,
            stacks=tuple(answer.get("stacks", ())),
            seconds=float(answer.get("seconds", 0)),
            diagnostics=tuple(answer.get("diagnostics", ())),
            error=str(answer.get("error") or ""),
        )

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                with contextlib.suppress(BrokenPipeError):  # a request that it did not read any more
                    stream.close()

    def _exchange(self, request: str) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        try:
            self.process.stdin.write(request + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except (BrokenPipeError, ValueError):
            line = ""
        if not line:
            detail = "\n".join(self.complaints[-12:]) or "it printed nothing"
            raise CommandError(f"the synthesizer died: {detail}", "install the extra: pip install 'headgate[infra]'")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _collect_stderr(self) -> None:
        assert self.process.stderr
        with self.process.stderr as stream:
            keep: Callable[[str], None] = self.complaints.append
            for line in stream:
                keep(line.rstrip())
                del self.complaints[:-50]
