"""FrontCompositor: Textual's compositor, but it renders only what will be seen, where it has changed.

Textual 8.2 renders every widget of the screen whole for each update, however little of it changed, and whatever lies under
others: screen, containers and panes below the charts took most of a picture's processor time (measured at 120 x 40: the update
after a zoom 11 ms of 15). Rests on `Compositor._render_chops`; a test compares what both compositors send.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

Chops = dict[int, Strip | None]
"""The pieces of one row by their first column; None where nothing changed."""


class FrontCompositor(Compositor):
    """Draws the same cells as Textual's."""

    _dirty_spans: Sequence[tuple[int, int, int]] | None = None
    """(row, start, end) of what is to be drawn, `end` not included; None: all of it."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """The update of what is dirty; None where nothing is."""
        self._dirty_spans = list(self._regions_to_spans(self._dirty_regions))
        try:
            return super().render_partial_update()
        finally:
            self._dirty_spans = None

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        cuts = self.cuts
        chops: list[Chops] = [dict.fromkeys(row[:-1]) for row in cuts]
        missing = self._find_missing(crop, is_rendered_line)
        # From front to back, so that the first widget that fills a piece is the one that is seen.
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            first, last = shown.column_span
            wanted = {y: found for y in shown.line_range if (found := [x for x in missing.get(y, ()) if first <= x < last])}
            if not wanted:
                continue
            top, bottom = min(wanted), max(wanted)
            lines = widget.render_lines(Region(shown.x - region.x, top - region.y, shown.width, bottom - top + 1))
            for y, found in wanted.items():
                starts = [cut for cut in cuts[y] if first <= cut <= last]
                pieces = dict(zip(starts, lines[y - top].divide([cut - first for cut in starts[1:]]), strict=False))
                chops[y].update((x, pieces[x]) for x in found if x in pieces)
                missing[y] = [x for x in missing[y] if x not in pieces]
        return chops  # type: ignore[return-value]

    def _find_missing(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> dict[int, list[int]]:
        """Where the pieces begin that are to be drawn, by row."""
        if self._dirty_spans is None:
            return {y: self.cuts[y][:-1] for y in crop.line_range if is_rendered_line(y)}
        missing: dict[int, list[int]] = {}
        for y, first, last in self._dirty_spans:
            if 0 <= y < len(self.cuts):
                row = self.cuts[y]
                found = [start for start, end in pairwise(row) if start < last and end > first]
                missing[y] = sorted({*missing.get(y, ()), *found})
        return missing
