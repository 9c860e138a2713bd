"""What the demo shows, as data, and as one screen of a terminal. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from .load import Column, Count
from .setting import Look

WIDTH = 100
LABEL = 10
BAR = 50
CHART_COLUMNS = 78
CHART_ROWS = 5
EIGHTHS = " ▁▂▃▄▅▆▇█"
COLOURS = {"stable": "green", "canary": "yellow"}
EVIDENCE_NEEDED = 100.0


@dataclass
class Step:
    """A line of the story: what is done, how far it is. `state` is waiting, running or done."""

    title: str
    note: str = ""
    state: str = "waiting"
    details: tuple[tuple[str, str], ...] = ()  # (text, style) below it


@dataclass
class Scene:
    """Everything on the screen. Times in seconds; `cloud_time` is the cloud's, in epoch seconds."""

    steps: list[Step]
    elapsed: float = 0.0
    cloud_time: float | None = None
    speed: int = 1
    percent: float | None = None
    columns: Sequence[Column] = ()
    counts: dict[str, Count] = field(default_factory=lambda: {"stable": Count(), "canary": Count()})
    releases: dict[str, str] = field(default_factory=dict)
    look: Look | None = None
    ending: list[Text] = field(default_factory=list)


def screen(scene: Scene) -> RenderableType:
    """The whole screen."""
    parts: list[RenderableType] = [header(scene), Text()]
    for step in scene.steps:
        parts += step_lines(step)
    if scene.columns:
        parts += [Text(), split(scene.percent), Text(), *traffic(scene.columns), *failures(scene.columns)]
        parts += [Text(), table(scene)]
    if scene.look:
        parts += [Text(), verdict(scene.look)]
    if scene.ending:
        parts += [Text(), *scene.ending]
    return Group(*parts)


def header(scene: Scene) -> RenderableType:
    grid = Table.grid(expand=True)
    grid.add_column()
    grid.add_column(justify="right")
    grid.add_row(Text("headgate: a bad release meets its canary", "bold"), Text(times(scene), "dim"))
    return grid


def times(scene: Scene) -> str:
    """How long it runs here, and what the cloud's clock says."""
    parts = []
    if scene.cloud_time is not None:
        clock = datetime.fromtimestamp(scene.cloud_time, UTC).strftime("%H:%M:%S")
        parts.append(f"cloud's clock {clock}" + (f", 1 s here = {scene.speed} s there" if scene.speed > 1 else ""))
    return "   ".join([*parts, f"{scene.elapsed:.0f} s"])


def step_lines(step: Step) -> list[Text]:
    marks = {"waiting": ("·", "dim"), "running": ("●", "cyan"), "done": ("✓", "green"), "failed": ("✗", "red")}
    mark, colour = marks[step.state]
    style = "dim" if step.state == "waiting" else "bold"
    line = Text.assemble((f"{mark} ", colour), (step.title, style), (f"   {step.note}" if step.note else "", "dim"))
    line.truncate(WIDTH, overflow="ellipsis")
    return [line, *(Text(f"    {text}", look) for text, look in step.details)]


def split(percent: float | None) -> Text:
    """The stage's split as API Gateway has it."""
    share = percent or 0.0
    filled = round(BAR * share / 100)
    shares = f"  stable {100 - share:g} %" + (f"  canary {share:g} %" if percent is not None else "")
    bar = (("█" * (BAR - filled), COLOURS["stable"]), ("█" * filled, COLOURS["canary"]))
    return Text.assemble("split".ljust(LABEL), *bar, shares)


def traffic(columns: Sequence[Column]) -> list[Text]:
    """Answers by second, the canary's below the stable release's, rows from the top."""
    shown = columns[-CHART_COLUMNS:]
    top = max(1, *(sum(column.requests.values()) for column in shown))
    rows = []
    for row in reversed(range(CHART_ROWS)):
        line = Text.assemble(({CHART_ROWS - 1: f"{top} req/s"}.get(row, "").ljust(LABEL), "dim"))
        for column in shown:
            cell, style = _cell(column, row, top)
            line.append(cell, style)
        rows.append(line)
    return rows


def _cell(column: Column, row: int, top: int) -> tuple[str, str]:
    """One character of the stacked chart: the canary's part grows from below, on the stable release's ground."""
    scale = CHART_ROWS * 8 / top
    # A single request must be seen.
    canary = math.ceil(column.requests["canary"] * scale)
    total = max(canary, round(sum(column.requests.values()) * scale))
    low = row * 8
    of_canary, of_both = (min(8, max(0, height - low)) for height in (canary, total))
    if of_canary == 8:
        return EIGHTHS[8], COLOURS["canary"]
    if of_canary and of_both == 8:
        return EIGHTHS[of_canary], f"{COLOURS['canary']} on {COLOURS['stable']}"
    if of_canary:
        return EIGHTHS[of_canary], COLOURS["canary"]
    return EIGHTHS[of_both], COLOURS["stable"]


def failures(columns: Sequence[Column]) -> list[Text]:
    """Failed answers by second and side."""
    shown = columns[-CHART_COLUMNS:]
    top = max(4, *(failed for column in shown for failed in column.failed.values()))
    lines = []
    for side in ("canary", "stable"):
        line = Text.assemble((f"✗ {side}".ljust(LABEL), "dim"))
        for column in shown:
            failed = column.failed[side]
            cell = EIGHTHS[max(1, min(8, math.ceil(failed / top * 8)))] if failed else "·"
            line.append(cell, "red" if failed else "dim")
        lines.append(line)
    return lines


def table(scene: Scene) -> Table:
    """Answers by release."""
    grid = Table(box=None, pad_edge=False, header_style="dim")
    grid.add_column("")
    grid.add_column("release", min_width=16)
    for title in ("answers", "failed", "share", "200 without recommendations"):
        grid.add_column(title, justify="right")
    for side, count in scene.counts.items():
        failed = Text(f"{count.failed}", "bold red" if count.failed else "")
        values = (f"{count.requests:,}", failed, f"{count.share:.1%}", f"{count.degraded:,}")
        release = Text(scene.releases.get(side, ""), COLOURS[side])
        grid.add_row(Text(side.ljust(LABEL - 2), COLOURS[side]), release, *values)
    return grid


def verdict(look: Look) -> Text:
    """The judge's evidence on a logarithmic scale from 1 to what it takes, and its verdict."""
    share = math.log(max(1.0, look.evidence)) / math.log(EVIDENCE_NEEDED)
    filled = min(20, round(20 * share))
    colour = {"bad": "red", "good": "green"}.get(look.verdict, "yellow")
    line = Text.assemble(
        "judge".ljust(LABEL),
        ("█" * filled, colour),
        ("─" * (20 - filled), "dim"),
        f"  evidence {min(look.evidence, 9999):.3g}, bad from {EVIDENCE_NEEDED:g}: ",
        (look.verdict, f"bold {colour}"),
    )
    line.append(f"\n{' ' * LABEL}{look.reason}", "dim")
    return line
