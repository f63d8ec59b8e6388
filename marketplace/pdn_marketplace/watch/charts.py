"""Lines over time as SVG, drawn on the server. Pure: numbers in, markup out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT, MARGIN = 640, 160, 12


@dataclass(frozen=True, slots=True)
class Chart:
    """A line and its dots. Units: pixels. A gap where nothing was known."""

    segments: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    highest: float
    width: int = WIDTH
    height: int = HEIGHT


def chart(points: Sequence[tuple[datetime, float | None]]) -> Chart:
    """Draw the points, oldest first, from zero to the highest."""
    known = [value for _, value in points if value is not None]
    highest = max(known, default=0.0)
    first = points[0][0] if points else None
    span_s = (points[-1][0] - first).total_seconds() if first else 0
    segments: list[list[str]] = [[]]
    dots = []
    for at, value in points:
        if value is None or first is None:
            segments.append([])
            continue
        share = (at - first).total_seconds() / span_s if span_s else 0.5
        x = round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)
        rise = value / highest if highest else 0
        y = round(HEIGHT - MARGIN - rise * (HEIGHT - 2 * MARGIN), 1)
        segments[-1].append(f"{x},{y}")
        dots.append((x, y))
    drawn = tuple(" ".join(s) for s in segments if len(s) > 1)
    return Chart(drawn, tuple(dots), highest)
