"""A bar per scenario and rule, drawn as SVG: how many rollouts were rolled back, paused or promoted."""

from html import escape
from typing import Any

COLOURS = {"rolled-back": "#c0392b", "paused": "#d9a441", "promoted": "#3a8f5c"}
WIDTH, LABELS, BAR, ROW, TOP = 920, 300, 520, 14, 46
FONT = "font-family='system-ui, sans-serif' font-size='11'"


def chart(found: dict[str, dict[str, dict[str, Any]]]) -> str:
    """The picture; shares are written as widths, the legend on top."""
    parts = [_legend()]
    y = TOP
    for scenario, rules in found.items():
        parts.append(f"<text x='8' y='{y + 2 * ROW - 3}' {FONT}>{escape(scenario)}</text>")
        for rule, row in rules.items():
            parts.append(f"<text x='{LABELS - 6}' y='{y + 10}' text-anchor='end' fill='#555' {FONT}>{rule}</text>")
            parts.append(_bar(y, row))
            y += ROW
        y += 10
    size = f"viewBox='0 0 {WIDTH} {y}' width='{WIDTH}' height='{y}'"
    return f"<svg xmlns='http://www.w3.org/2000/svg' {size}><rect width='100%' height='100%' fill='white'/>{''.join(parts)}</svg>\n"


def _bar(y: int, row: dict[str, Any]) -> str:
    x, drawn = float(LABELS), []
    for outcome, colour in COLOURS.items():
        width = BAR * row[outcome]
        drawn.append(f"<rect x='{x:.1f}' y='{y}' width='{width:.1f}' height='{ROW - 3}' fill='{colour}'/>")
        x += width
    note = "" if row["median"] is None else f"after {row['median']:g} min"
    return "".join(drawn) + f"<text x='{LABELS + BAR + 8}' y='{y + 10}' fill='#555' {FONT}>{note}</text>"


def _legend() -> str:
    parts = []
    for number, (outcome, colour) in enumerate(COLOURS.items()):
        x = LABELS + number * 120
        parts.append(f"<rect x='{x}' y='14' width='12' height='12' fill='{colour}'/>")
        parts.append(f"<text x='{x + 17}' y='24' {FONT}>{outcome}</text>")
    return "".join(parts)
