"""FormLayout: places group titles and fields, two fields a row where both fit, with air between groups where there is room.

A layout of its own, because a grid spends more time and can neither pair fields by their widths nor give up the gaps when
the screen is short.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

ROOMY_COLUMNS = 50
"""From this width on, fields that are marked `-roomy` share a row too."""


class FormLayout(Layout):
    """Rows of one cell height; widgets marked `-own-row`, and those that are no field, take a whole row."""

    name = "form"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """One placement a child."""
        parent.pre_layout(self)
        rows = _pack(children, is_narrow=size.width < ROOMY_COLUMNS)
        num_titles = sum(row[0].has_class("-group-title") for row in rows)
        # A blank row above each group, the first one too, if everything is still seen.
        gap = 1 if len(rows) + num_titles <= size.height else 0
        left = size.width // 2
        placements: list[WidgetPlacement] = []
        y = 0
        for row in rows:
            y += gap if row[0].has_class("-group-title") else 0
            if len(row) == 2:
                regions = [Region(0, y, left, 1), Region(left, y, size.width - left, 1)]
            else:
                regions = [Region(0, y, size.width if _is_whole(row[0], size.width < ROOMY_COLUMNS) else left, 1)]
            placements.extend(
                WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, child) for region, child in zip(regions, row, strict=True)
            )
            y += 1
        return placements


def _pack(children: Sequence[Widget], *, is_narrow: bool) -> list[list[Widget]]:
    """Children in rows of one or two."""
    rows: list[list[Widget]] = []
    is_open = False
    for child in children:
        is_whole = _is_whole(child, is_narrow)
        if is_open and not is_whole:
            rows[-1].append(child)
            is_open = False
        else:
            rows.append([child])
            is_open = not is_whole
    return rows


def _is_whole(child: Widget, is_narrow: bool) -> bool:
    return child.has_class("-group-title") or child.has_class("-own-row") or (is_narrow and child.has_class("-roomy"))
