"""How the demo is shown: over itself on a terminal, as lines elsewhere, and as frames for a recording."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.live import Live
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import MONOKAI

from .scene import WIDTH, Scene, screen

REFRESH_SECONDS = 0.5
LINE_SECONDS = 5.0


class Show:
    """Shows a scene again and again while it is entered. `update` is called before each time and brings the scene up to date."""

    def __init__(self, scene: Scene, *, live: bool, out: TextIO = sys.stdout, recording: Path | None = None) -> None:
        self.scene, self.live, self.out, self.recording = scene, live, out, recording
        self.update: Callable[[], None] = lambda: None
        self.failure: Exception | None = None
        self.frames: list[dict[str, Any]] = []
        self._began = time.monotonic()
        self._said = 0.0
        self._console = Console(file=out, highlight=False)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @contextmanager
    def playing(self) -> Iterator["Show"]:
        """Until the block ends; the last frame stays."""
        if not self.live:
            with self._looping(lambda: None):
                yield self
            return
        with (
            Live(console=self._console, auto_refresh=False, vertical_overflow="crop") as display,
            self._looping(lambda: display.update(screen(self.scene), refresh=True)),
        ):
            yield self

    @contextmanager
    def _looping(self, show: Callable[[], None]) -> Iterator[None]:
        self._show = show
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()
            self._draw()
            if self.recording:
                self.recording.write_text(json.dumps({"width": WIDTH, "frames": self.frames}), encoding="utf-8")

    def say(self, text: str) -> None:
        """An event, where there is no live view."""
        if not self.live:
            self._said = self.scene.elapsed
            print(f"[{time.monotonic() - self._began:5.1f} s] {text}", file=self.out, flush=True)

    def _run(self) -> None:
        while not self._stop.wait(REFRESH_SECONDS):
            try:
                self._once()
            except Exception as error:  # noqa: BLE001 - the story asks for it; a thread's traceback would spoil the screen
                self.failure = error
                return

    def _once(self) -> None:
        self.scene.elapsed = time.monotonic() - self._began
        self.update()
        self._draw()
        if self.scene.columns and self.scene.elapsed - self._said >= LINE_SECONDS:
            self.say(summary(self.scene))

    def _draw(self) -> None:
        self._show()
        if self.recording:
            running = next((step.title for step in self.scene.steps if step.state == "running"), "")
            self.frames.append({"at": round(self.scene.elapsed, 2), "step": running, "lines": frame(self.scene)})


def summary(scene: Scene) -> str:
    """The counts on one line."""
    sides = "; ".join(
        f"{side} {count.requests:,} answers, {count.failed} failed" for side, count in scene.counts.items()
    )
    judge = f"; judge {scene.look.verdict}, evidence {scene.look.evidence:.3g} of 100" if scene.look else ""
    return sides + judge


def frame(scene: Scene) -> list[list[list[str]]]:
    """The screen as lines of [text, colour, ground, weight]; colours as #rrggbb, "" for the terminal's."""
    console = Console(width=WIDTH, force_terminal=True, color_system="truecolor", file=sys.stderr)
    lines = console.render_lines(screen(scene), pad=False)
    return [[_run_of(segment) for segment in line if segment.text] for line in lines]


def _run_of(segment: Segment) -> list[str]:
    style = segment.style or Style.null()
    colours = [colour.get_truecolor(MONOKAI).hex if colour else "" for colour in (style.color, style.bgcolor)]
    weight = "bold" if style.bold else "dim" if style.dim else ""
    return [segment.text, *colours, weight]
