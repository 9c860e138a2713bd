"""Cost against operations, both logarithmic, as SVG: a straight line of slope one is linear cost."""

import math
from html import escape

Points = list[tuple[int, float]]

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 440, 70, 190, 24, 46
FONT = "font-family='system-ui, sans-serif' font-size='11'"
COLOURS = ("#2b6cb0", "#c0392b", "#3a8f5c", "#d9a441", "#7d3c98", "#555555")
LEAST, MOST = 0.001, 100.0


def exponent(points: Points) -> float:
    """The slope from 1,000 operations on, where what every compilation costs no longer counts: 1 is linear."""
    (few, before), (many, after) = points[-2:]
    return round(math.log(after / before) / math.log(many / few), 2)


def plot(series: dict[str, Points]) -> str:
    """The picture, with the exponent of each line beside its name."""
    largest = max(size for points in series.values() for size, _ in points)
    parts = [_axes(largest)]
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = " ".join(f"{_x(size, largest):.1f},{_y(seconds):.1f}" for size, seconds in points)
        parts.append(f"<polyline points='{places}' fill='none' stroke='{colour}' stroke-width='2'/>")
        y = TOP + 14 + number * 18
        label = f"{escape(name)}: n^{exponent(points):g}"
        parts.append(f"<text x='{WIDTH - RIGHT + 16}' y='{y}' fill='{colour}' {FONT}>{label}</text>")
    size = f"viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}'"
    return f"<svg xmlns='http://www.w3.org/2000/svg' {size}><rect width='100%' height='100%' fill='white'/>{''.join(parts)}</svg>\n"


def _axes(largest: int) -> str:
    parts = []
    for power in range(1, round(math.log10(largest)) + 1):
        x = _x(10**power, largest)
        parts.append(f"<line x1='{x:.1f}' y1='{TOP}' x2='{x:.1f}' y2='{HEIGHT - BOTTOM}' stroke='#ddd'/>")
        parts.append(f"<text x='{x:.1f}' y='{HEIGHT - BOTTOM + 16}' text-anchor='middle' {FONT}>{10**power:,}</text>")
    for power in range(round(math.log10(LEAST)), round(math.log10(MOST)) + 1):
        y = _y(10.0**power)
        parts.append(f"<line x1='{LEFT}' y1='{y:.1f}' x2='{WIDTH - RIGHT}' y2='{y:.1f}' stroke='#ddd'/>")
        parts.append(f"<text x='{LEFT - 8}' y='{y + 4:.1f}' text-anchor='end' {FONT}>{10.0**power:g} s</text>")
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f"<text x='{middle}' y='{HEIGHT - 8}' text-anchor='middle' {FONT}>operations</text>")
    return "".join(parts)


def _x(size: int, largest: int) -> float:
    share = (math.log10(size) - 1) / (math.log10(largest) - 1)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(seconds: float) -> float:
    share = (math.log10(max(seconds, LEAST)) - math.log10(LEAST)) / (math.log10(MOST) - math.log10(LEAST))
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
