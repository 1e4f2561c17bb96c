"""The pictures and the table of a scaling study: docs/scaling.json, docs/scaling.svg, a part of docs/performance.md.

Called by scaling_study alone. The drawing is plain SVG: three panels, logarithmic both ways, a line for each contender.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- scaling: begin -->", "<!-- scaling: end -->"
AXIS_TITLES = {"width": "units of the first hidden layer", "batch_size": "examples in a batch", "rows": "examples to train on"}
LINES = {
    "book": ("DataLoader loop", "#b45309"),
    "numpy": ("NumPy by hand", "#6d28d9"),
    "ours": ("mlp-tui", "#15803d"),
    "floor": ("matrix products alone", "#6b7280"),
}
PANEL, GAP, LEFT, TOP, HEIGHT = 300, 60, 60, 60, 260
FONT = 'font-family="sans-serif" font-size="12" fill="#111827"'


def write_report(result: dict[str, Any], docs: Path) -> None:
    """Write the three files into `docs`; performance.md must hold the two markers."""
    (docs / "scaling.json").write_text(json.dumps(result, indent=1) + "\n")
    (docs / "scaling.svg").write_text(draw(result["points"]))
    page = docs / "performance.md"
    before, _, rest = page.read_text().partition(BEGIN)
    _, marker, after = rest.partition(END)
    if not marker:
        raise SystemExit(f"{page} lacks the lines {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n{table(result)}\n{END}{after}")


def table(result: dict[str, Any]) -> str:
    """Markdown: how it was measured in one line, then a row a point."""
    machine = result["machine"]
    quick = " A quick pass, to be read for its shape only." if result["is_quick"] else ""
    lines = [
        f"{machine['cores']} cores, torch {machine['versions']['torch']}, NumPy {machine['versions']['numpy']}; "
        f"{result['rounds']} rounds of {result['epochs_per_round']} epochs a contender.{quick}",
        "",
        "| varied | value | threads | mlp-tui | DataLoader loop | NumPy by hand | products | x book | / NumPy | timed rows |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for point in result["points"]:
        seconds = point["seconds"]
        lines.append(
            f"| {point['axis'].replace('_', ' ')} | {point[point['axis']]:,} | {point['threads']} | {seconds['ours']:.3g} "
            f"| {seconds['book']:.3g} | {seconds['numpy']:.3g} | {seconds['floor']:.3g} "
            f"| {seconds['book'] / seconds['ours']:.2f} | {seconds['ours'] / seconds['numpy']:.2f} | {point['timed_rows']:,} |"
        )
    return "\n".join(lines)


def draw(points: list[dict[str, Any]]) -> str:
    """The whole picture."""
    axes = [axis for axis in AXIS_TITLES if any(point["axis"] == axis for point in points)]
    width = LEFT + len(axes) * (PANEL + GAP)
    height = TOP + HEIGHT + 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" {FONT}>Seconds an epoch, both evaluations included (lower is faster)</text>',
        *_legend(),
    ]
    for index, axis in enumerate(axes):
        parts += _panel(axis, [point for point in points if point["axis"] == axis], LEFT + index * (PANEL + GAP))
    return "\n".join([*parts, "</svg>", ""])


def _legend() -> list[str]:
    parts, x = [], LEFT
    for title, colour in LINES.values():
        parts.append(f'<line x1="{x}" y1="38" x2="{x + 24}" y2="38" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{x + 30}" y="42" {FONT}>{title}</text>')
        x += 60 + 7 * len(title)
    return parts


def _panel(axis: str, points: list[dict[str, Any]], left: float) -> list[str]:
    xs = [point[axis] for point in points]
    seconds = [value for point in points for value in point["seconds"].values()]
    low, high = math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds)))
    x_low, x_high = math.log10(min(xs)), math.log10(max(xs))

    def x_of(value: float) -> float:
        return left + PANEL * (math.log10(value) - x_low) / ((x_high - x_low) or 1)

    def y_of(value: float) -> float:
        return TOP + HEIGHT * (high - math.log10(value)) / ((high - low) or 1)

    parts = [f'<rect x="{left}" y="{TOP}" width="{PANEL}" height="{HEIGHT}" fill="none" stroke="#9ca3af"/>']
    for power in range(low, high + 1):
        y = y_of(10.0**power)
        parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{left + PANEL}" y2="{y:.1f}" stroke="#e5e7eb"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end" {FONT}>{10.0**power:g}</text>')
    parts += [
        f'<text x="{x_of(value):.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle" {FONT}>{_short(value)}</text>'
        for value in xs
    ]
    parts.append(f'<text x="{left + PANEL / 2}" y="{TOP + HEIGHT + 42}" text-anchor="middle" {FONT}>{AXIS_TITLES[axis]}</text>')
    for name, (_, colour) in LINES.items():
        line = " ".join(f"{x_of(point[axis]):.1f},{y_of(point['seconds'][name]):.1f}" for point in points)
        dashes = ' stroke-dasharray="5 4"' if name == "floor" else ""
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>')
        parts += [
            f'<circle cx="{x_of(point[axis]):.1f}" cy="{y_of(point["seconds"][name]):.1f}" r="3" fill="{colour}"/>'
            for point in points
        ]
    return parts


def _short(value: int) -> str:
    return f"{value // 1000}k" if value >= 6000 and value % 1000 == 0 else str(value)
