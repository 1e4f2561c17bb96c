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

    def render_partial_update(self) -> ChopsUpdate | None:
        """The update of what is dirty; None where nothing is."""
        spans = [span for span in self._regions_to_spans(self._dirty_regions) if 0 <= span[0] < len(self.cuts)]
        self._dirty_regions.clear()
        if not spans:
            return None
        missing: dict[int, set[int]] = {}
        for y, first, last in spans:
            found = {start for start, end in pairwise(self.cuts[y]) if start < last and end > first}
            missing[y] = missing.get(y, set()) | found
        return ChopsUpdate(self._render_pieces(missing), spans, [row[1:] for row in self.cuts])

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        return self._render_pieces({y: set(self.cuts[y][:-1]) for y in crop.line_range if is_rendered_line(y)})

    def _render_pieces(self, missing: dict[int, set[int]]) -> Sequence[Mapping[int, Strip]]:
        """All rows of the screen with the pieces that begin where `missing` says, by row; it is emptied."""
        cuts = self.cuts
        chops: list[Chops] = [dict.fromkeys(row[:-1]) for row in cuts]
        # From front to back, so that the first widget that fills a piece is the one that is seen.
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            first, last = shown.column_span
            wanted = {y: found for y in shown.line_range if (found := {x for x in missing.get(y, ()) if first <= x < last})}
            if not wanted:
                continue
            top, bottom = min(wanted), max(wanted)
            lines = widget.render_lines(Region(shown.x - region.x, top - region.y, shown.width, bottom - top + 1))
            for y, found in wanted.items():
                starts = [cut for cut in cuts[y] if first <= cut <= last]
                pieces = dict(zip(starts, lines[y - top].divide([cut - first for cut in starts[1:]]), strict=False))
                chops[y].update((x, pieces[x]) for x in found if x in pieces)
                missing[y] -= pieces.keys()
        return chops  # type: ignore[return-value]
