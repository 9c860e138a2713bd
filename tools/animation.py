"""Frames of a terminal as one animated SVG: a strip that is moved up step by step, which browsers play without a script.

A frame is {"at": seconds, "step": what is done, "lines": [[[text, colour, ground, weight], ...], ...]}. Lines that come again are
drawn once. Block characters become shapes, so that charts have no gaps whatever the font. Who asks for less motion, or cannot play
it, sees the last frame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

Run = Sequence[str]
Line = Sequence[Run]

CELL, LEADING, PADDING, TITLE = 8, 17, 14, 34
GROUND, INK = "#1b1d1e", "#d4d6d2"
BLOCKS = " ▁▂▃▄▅▆▇█"
HOLD_SECONDS = 6.0
SEAM = 0.6
# rich's own red and green are for paper; these can be read on a dark ground
COLOURS = {"#f4005f": "#ff6b7d", "#98e024": "#8fce5a", "#fd971f": "#f2b84b", "#58d1eb": "#58d1eb"}


@dataclass(frozen=True)
class Shot:
    """A frame and how long it stays, in seconds."""

    lines: Sequence[Line]
    seconds: float


@dataclass
class Drawn:
    """Lines that are drawn once and used by their number."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, line: Line) -> int:
        """The number of a line's drawing."""
        return self.numbers.setdefault(draw_line(line), len(self.numbers))

    def definitions(self) -> list[str]:
        return [f'<g id="l{number}">{drawing}</g>' for drawing, number in self.numbers.items()]


def animate(recording: Mapping[str, Any], title: str, pace: Mapping[str, float] | None = None) -> str:
    """The SVG. `pace` says how many times faster a step is shown in which little happens."""
    shots = read_shots(recording["frames"], pace or {})
    rows = max(len(shot.lines) for shot in shots)
    width, height = recording["width"] * CELL + 2 * PADDING, rows * LEADING + 2 * PADDING
    drawn = Drawn()
    strip = [draw_shot(shot, index * height, drawn) for index, shot in enumerate(shots)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height + TITLE:g}" role="img" xml:space="preserve">',
            f"<title>{escape(title)}</title>",
            style(shots, height),
            f"<defs>{''.join(drawn.definitions())}",
            f'<clipPath id="window"><rect width="{width:g}" height="{height:g}"/></clipPath></defs>',
            f'<rect width="{width:g}" height="{height + TITLE:g}" rx="8" fill="{GROUND}"/>',
            *(f'<circle cx="{18 + 18 * i}" cy="17" r="5.5" fill="{c}"/>' for i, c in enumerate(LIGHTS)),
            f'<text x="{width / 2:g}" y="21" text-anchor="middle" fill="#9a9c99">{escape(title)}</text>',
            f'<g transform="translate(0 {TITLE:g})" clip-path="url(#window)"><g class="strip">',
            *strip,
            "</g></g></svg>\n",
        ]
    )


LIGHTS = ("#ff5f57", "#febc2e", "#28c840")


def read_shots(frames: Sequence[Mapping[str, Any]], pace: Mapping[str, float]) -> list[Shot]:
    """How long each frame is shown; frames alike are one, the last one is held."""
    shots: list[Shot] = []
    for frame, following in zip(frames, [*frames[1:], None], strict=True):
        seconds = following["at"] - frame["at"] if following else HOLD_SECONDS
        faster = pace.get(frame["step"], 1.0) if following else 1.0
        if shots and shots[-1].lines == frame["lines"]:
            shots[-1] = Shot(shots[-1].lines, shots[-1].seconds + seconds / faster)
        else:
            shots.append(Shot(frame["lines"], seconds / faster))
    return shots


def style(shots: Sequence[Shot], height: float) -> str:
    """The strip stands at its last frame, and moves from frame to frame."""
    total = sum(shot.seconds for shot in shots)
    steps, passed = [], 0.0
    for index, shot in enumerate(shots):
        steps.append(f"{100 * passed / total:.3f}%{{transform:translateY({-index * height:g}px)}}")
        passed += shot.seconds
    last = f"translateY({-(len(shots) - 1) * height:g}px)"
    return (
        "<style>text{font:13.33px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}"
        f".b{{font-weight:700}}.d{{opacity:.62}}.strip{{transform:{last};animation:play {total:.2f}s step-end infinite}}"
        f"@keyframes play{{{''.join(steps)}100%{{transform:{last}}}}}"
        "@media(prefers-reduced-motion:reduce){.strip{animation:none}}</style>"
    )


def draw_shot(shot: Shot, top: float, drawn: Drawn) -> str:
    uses = [
        f'<use href="#l{drawn.number(line)}" y="{index * LEADING:g}"/>' for index, line in enumerate(shot.lines) if line
    ]
    return f'<g transform="translate({PADDING:g} {top + PADDING:g})">{"".join(uses)}</g>'


def draw_line(line: Line) -> str:
    """Text and blocks of one line, its upper left corner at the origin."""
    parts, boxes, column = [], Boxes(), 0
    for text, colour, ground, weight in line:
        fill = COLOURS.get(colour, colour) or INK
        if ground:
            boxes.add(column, len(text), COLOURS.get(ground, ground), 8)
        for is_block, piece in pieces(text):
            if is_block:
                boxes.add(column, len(piece), fill, BLOCKS.index(piece[0]))
            elif piece.strip():
                parts.append(_text(column, piece, fill, weight))
            column += len(piece)
    return "".join([*boxes.paths(), *parts])


def pieces(text: str) -> list[tuple[bool, str]]:
    """A text cut where a block character begins or another one follows."""
    found: list[tuple[bool, str]] = []
    for character in text:
        is_block = character in BLOCKS[1:]
        previous = found[-1] if found else (not is_block, "")
        if previous[0] is is_block and (not is_block or previous[1][0] == character):
            found[-1] = (is_block, previous[1] + character)
        else:
            found.append((is_block, character))
    return found


@dataclass
class Boxes:
    """Rectangles of one line, by colour; those drawn first lie below."""

    outlines: dict[str, list[str]] = field(default_factory=dict)

    def add(self, column: int, cells: int, fill: str, eighths: int) -> None:
        """On the line's lower edge, and a hair beyond it, so that lines leave no seam."""
        height = round(LEADING * eighths / 8, 1)
        x, y, width = column * CELL, LEADING - height, cells * CELL
        height += SEAM
        self.outlines.setdefault(fill, []).append(f"M{x:g} {y:g}h{width:g}v{height:g}h-{width:g}z")

    def paths(self) -> list[str]:
        return [f'<path fill="{fill}" d="{"".join(lines)}"/>' for fill, lines in self.outlines.items()]


def _text(column: int, text: str, fill: str, weight: str) -> str:
    shown = text.strip()
    column += len(text) - len(text.lstrip())
    of_weight = {"bold": ' class="b"', "dim": ' class="d"'}.get(weight, "")
    length = f' textLength="{len(shown) * CELL:g}"'
    return f'<text x="{column * CELL:g}" y="13"{of_weight}{length} fill="{fill}">{escape(shown)}</text>'
