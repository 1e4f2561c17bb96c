"""SpanCompositor: Textual's compositor, but a partial update sends the cells that changed, and each style once.

Textual 8.2 begins each partial update of a row where the widget begins, so a curve that grows at its right end costs the whole
row at each picture (measured at 120 x 40: about three times the bytes). And it names the style of every piece, which in true
colour takes more bytes than the few cells that differ; here the pieces of one style are sent one after the other, wherever they
are. For screens that draw several times a second; it rests on `Screen._compositor`, on ChopsUpdate's three fields and on rich's
codes of a style, which a test watches.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from tui_trainer.ui.front_compositor import FrontCompositor


class SpanUpdate(ChopsUpdate):
    """Writes exactly the cells of its spans."""

    def render_segments(self, console: Console) -> str:
        """The update as the bytes for the terminal."""
        by_style: dict[Style | None, list[str]] = {}
        ends: dict[Style | None, tuple[int, int]] = {}
        for x, y, strip in self._changed():
            for text, style, _ in strip:
                pieces = by_style.setdefault(style, [])
                if ends.get(style) != (x, y):
                    pieces.append(f"\x1b[{y + 1};{x + 1}H")
                pieces.append(text)
                x += cell_len(text)
                ends[style] = x, y
        return "".join(_styled("".join(pieces), style, console) for style, pieces in by_style.items())

    def _changed(self) -> Iterator[tuple[int, int, Strip]]:
        """(column, row, cells) of each piece of a span."""
        for y, x1, x2 in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                start, stop = max(x, x1), min(end, x2)
                if strip is not None and start < stop:
                    yield start, y, strip if (start, stop) == (x, end) else strip.crop(start - x, stop - x)


def _styled(text: str, style: Style | None, console: Console) -> str:
    return text if style is None else style.render(text, color_system=console._color_system or ColorSystem.TRUECOLOR)


class SpanCompositor(FrontCompositor):
    """Answers partial updates with SpanUpdate."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """The update of what is dirty; None where nothing is."""
        update = super().render_partial_update()
        return None if update is None else SpanUpdate(update.chops, update.spans, update.chop_ends)
