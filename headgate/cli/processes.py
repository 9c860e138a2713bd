"""The project's own processes that `headgate up` starts beside the cloud, such as the sample's services."""

import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

GRACE_SECONDS = 3.0


class Processes:
    """Started together, stopped together; each line they print is handed to `say(name, line)`."""

    def __init__(self, say: Callable[[str, str], None]) -> None:
        self.say = say
        self.running: list[tuple[str, subprocess.Popen[str]]] = []

    def start(self, commands: Iterable[str], folder: Path) -> None:
        """Start each command; `{python}` stands for this interpreter.

        Raises:
            OSError: a command cannot be started.
        """
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
        for command in commands:
            arguments = [part.replace("{python}", sys.executable) for part in shlex.split(command)]
            process = subprocess.Popen(  # noqa: S603 - the commands stand in the user's own gateway.yaml
                arguments,
                cwd=folder,
                env=environment,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches headgate alone, which then stops them in order
            )
            self.running.append((command, process))
            threading.Thread(target=self._relay, args=(command, process), daemon=True).start()

    def stop(self) -> None:
        """Ask each to end, then make it."""
        for _, process in self.running:
            signal_group(process, signal.SIGTERM)
        for _, process in self.running:
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                signal_group(process, signal.SIGKILL)
                process.wait()
        self.running.clear()

    def _relay(self, command: str, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        with process.stdout as lines:
            for line in lines:
                self.say(command, line.rstrip())
        code = process.wait()
        if code > 0:
            self.say(command, f"ended with exit code {code}")


def signal_group(process: "subprocess.Popen[str]", number: signal.Signals) -> None:
    """Signal a process and its children; one that has ended is fine."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
