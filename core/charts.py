"""Figures drawn as SVG with presentation attributes only (the policy forbids inline styles), each with its table.

A chart is a dictionary for `admin/charts.html`: `title`, `template` ("columns" or "stacked"), `bars`, the `head` and
`rows` of its table, `empty`; `key` for colours that need one, `mark` for a line across columns, a `note` below.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from core.templatetags.guichet import CHART_COLOURS

# Size of a drawing, in its own units.
WIDTH, HEIGHT, BASE = 360, 150, 122


def columns(rows: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    """Standing bars, with the count on top and the label below."""
    most = max((count for _, count in rows), default=0) or 1
    slot = WIDTH / max(len(rows), 1)
    bars = []
    for index, (label, count) in enumerate(rows):
        height = (BASE - 18) * count / most
        bars.append(
            {
                "x": round(slot * index + slot * 0.14, 1),
                "middle": round(slot * (index + 0.5), 1),
                "width": round(slot * 0.72, 1),
                "y": round(BASE - height, 1),
                "height": round(height, 1),
                "above": round(BASE - height - 4, 1),
                "label": label,
                "count": count,
                "colour": CHART_COLOURS["main"],
            }
        )
    return bars


def stacked(rows: Sequence[tuple[str, Sequence[int]]], colours: Sequence[str]) -> list[dict[str, Any]]:
    """Lying bars cut in parts, one bar under the other; `colours` are those of the parts."""
    most = max((sum(values) for _, values in rows), default=0) or 1
    bars = []
    for index, (label, values) in enumerate(rows):
        x, segments = 0.0, []
        for count, colour in zip(values, colours, strict=True):
            width = (WIDTH - 44) * count / most
            if count:
                segments.append(
                    {"x": round(x, 1), "width": round(max(width - 1, 1), 1), "colour": CHART_COLOURS[colour]}
                )
            x += width
        top = 37 * index
        bars.append(
            {
                "label": label,
                "segments": segments,
                "total": sum(values),
                "text_y": top + 12,
                "y": top + 17,
                "end": round(x + 5, 1),
                "total_y": top + 29,
            }
        )
    return bars


def across(position: float, bars: int) -> float:
    """Where a line stands that parts `bars` columns after `position` of them (2.5: in the middle of the third)."""
    return round(WIDTH * position / max(bars, 1), 1)


def short(day: date) -> str:
    """« 5/03 », below a bar."""
    return f"{day.day}/{day.month:02d}"
