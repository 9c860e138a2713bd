"""A stage for people: the split as a bar, canary beside stable, what the judge says and what comes next. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

BAR = 40
SPARKS = "▁▂▃▄▅▆▇█"
VERDICTS = {"good": "green", "bad": "red", "inconclusive": "yellow"}


def stage_view(state: Mapping[str, Any], now: float) -> RenderableType:
    """Everything `canary status` shows. `now` in seconds since 1970."""
    parts: list[RenderableType] = [bar(state), *(Text(line) for line in pointers(state, now))]
    if state.get("judgement"):
        parts += [Text(), signals(state["judgement"])]
        parts += chart(state.get("minutes") or [])
        parts.append(verdict(state["judgement"]))
    parts.append(Text(f"next: {following(state, now)}", style="bold"))
    return Group(*parts)


def bar(state: Mapping[str, Any]) -> Text:
    """The split: stable in green, canary in yellow."""
    filled = round(BAR * percent(state) / 100)
    return Text.assemble(("█" * (BAR - filled), "green"), ("█" * filled, "yellow"))


def percent(state: Mapping[str, Any]) -> float:
    canary = state.get("canary")
    return float(canary["percent"]) if canary else 0.0


def pointers(state: Mapping[str, Any], now: float) -> list[str]:
    """A line for the stable release and one for the canary."""
    lines = [f"stable {100 - percent(state):g} %  {release(state.get('stable'))}"]
    if state.get("canary"):
        since = f", here for {age(now - state['entered'])}" if state.get("entered") else ""
        lines.append(f"canary {percent(state):g} %  {release(state['canary'])}{since}")
    return lines


def release(pointer: Any) -> str:
    """A release's id (shortened) and deployments."""
    if not isinstance(pointer, dict):
        return "none"
    identity = str(pointer.get("releaseId") or "unknown release")[:12]
    deployments = pointer.get("deployments") or [pointer.get("deploymentId")]
    return f"release {identity}, deployment {', '.join(str(d) for d in deployments if d)}"


def age(seconds: float) -> str:
    """
    >>> age(42), age(600), age(8000), age(200_000)
    ('42 s', '10 min', '2 h 13 min', '2 days')
    """
    seconds = max(0.0, seconds)
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds // 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:.0f} min"
    return f"{seconds // 86_400:.0f} days"


def signals(judgement: Mapping[str, Any]) -> Table:
    """Shares of bad answers, canary beside stable."""
    table = Table(box=None, pad_edge=False)
    table.add_column("signal")
    for title in ("canary", "stable", "evidence"):
        table.add_column(title, justify="right")
    for row in judgement["signals"]:
        shares = (f"{row['canaryShare']:.2%}", f"{row['stableShare']:.2%}")
        table.add_row(row["name"], *shares, f"{row['evidence']:.3g}")
    table.add_row("requests", str(judgement["canaryRequests"]), str(judgement["stableRequests"]), "", style="dim")
    return table


def chart(minutes: Sequence[Mapping[str, Any]]) -> list[Text]:
    """The share of 5xx by minute, a line per side on the same scale; nothing without errors."""
    shares = {
        side: [_share(minute[side]["errors"], minute[side]["requests"]) for minute in minutes]
        for side in ("canary", "stable")
    }
    top = max((share for side in shares.values() for share in side), default=0.0)
    if not top:
        return []
    return [Text(f"5xx {side}  {sparkline(values, top)}  up to {top:.1%}") for side, values in shares.items()]


def sparkline(values: Sequence[float], top: float) -> str:
    """
    >>> sparkline([0.0, 0.5, 1.0], 1.0)
    '▁▅█'
    """
    last = len(SPARKS) - 1
    return "".join(SPARKS[min(last, round(value / top * last + 0.001))] for value in values)


def verdict(judgement: Mapping[str, Any]) -> Text:
    word = str(judgement["verdict"])
    return Text.assemble(("judge: "), (word, VERDICTS.get(word, "")), f", {judgement['reason']}")


def following(state: Mapping[str, Any], now: float) -> str:
    """What happens next, and who does it."""
    stage, phase = state.get("stage"), state.get("phase")
    if phase == "stable":
        return "the next deploy starts a canary"
    if phase in {"starting", "superseding", "promoting", "moving"}:
        return f"a command was interrupted ({phase}): repeat it, or headgate canary rollback {stage}"
    strategy = state.get("strategy") or {}
    if not strategy.get("automatic") or phase == "paused":
        return f"headgate canary set {stage} PERCENT, promote {stage} or rollback {stage}"
    return _next_step(state, strategy, now)


def _next_step(state: Mapping[str, Any], strategy: Mapping[str, Any], now: float) -> str:
    steps: list[float] = strategy["steps"]
    share = percent(state)
    if share not in steps:
        return f"moved by hand: the automation has let go; headgate canary resume {state.get('stage')} from a step of {steps}"
    position = steps.index(share)
    began = max([float(state.get("entered") or now), *_moves_at(state)])
    left = max(0.0, began + float(strategy["stepSeconds"]) - now)
    when = f"in {age(left)} at the earliest" if left else "as soon as the judge says good"
    if position + 1 < len(steps):
        return f"{steps[position + 1]:g} % {when}"
    approved = state.get("approved")
    if strategy.get("approval") and (approved is None or approved != state["canary"].get("releaseId")):
        return f"promotion needs approval: headgate canary approve {state.get('stage')}"
    return f"promotion {when}"


def _moves_at(state: Mapping[str, Any]) -> list[float]:
    """When the automation last moved the stage."""
    return [float(entry["at"]) for entry in (state.get("history") or [])[:1]]


def history_table(entries: Sequence[Mapping[str, Any]], now: float) -> Table:
    """What happened to a stage, newest first."""
    table = Table(box=None, pad_edge=False)
    for title in ("when", "what", "release", "by", ""):
        table.add_column(title)
    for entry in entries:
        note = "" if entry.get("finished") else "interrupted"
        when = f"{age(now - float(entry['at']))} ago"
        table.add_row(when, entry["command"], str(entry.get("releaseId") or "")[:12], str(entry.get("by")), note)
    return table


def _share(bad: float, requests: float) -> float:
    return bad / requests if requests else 0.0
