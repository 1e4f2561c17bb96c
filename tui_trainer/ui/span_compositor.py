"""SpanCompositor: Textual's compositor, but a change within a row sends that span of the row and not all that is left of it.

Textual 8.2 begins each partial update of a row where the widget begins, so a curve that grows at its right end costs the whole
row at each picture (measured at 120 x 40: about three times the bytes). For screens that draw several times a second; it
rests on `Screen._compositor` and on ChopsUpdate's three fields, which a test watches.
"""

from __future__ import annotations

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor


class SpanUpdate(ChopsUpdate):
    """Writes exactly the cells of its spans."""

    def render_segments(self, console: Console) -> str:
        """The update as the bytes for the terminal."""
        sequences: list[str] = []
        for y, x1, x2 in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                start, stop = max(x, x1), min(end, x2)
                if strip is None or start >= stop:
                    continue
                shown = strip if (start, stop) == (x, end) else strip.crop(start - x, stop - x)
                sequences += [Control.move_to(start, y).segment.text, shown.render(console)]
        return "".join(sequences)


class SpanCompositor(Compositor):
    """Answers partial updates with SpanUpdate."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """The update of what is dirty; None where nothing is."""
        update = super().render_partial_update()
        return None if update is None else SpanUpdate(update.chops, update.spans, update.chop_ends)
