"""LivePane: a pane whose figures change many times a second, and which says in words what will be there.

Setting a border's text repaints a widget with all that lies in it; here only the bottom border's row is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.cells import cell_len
from rich.text import Text
from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Static

from tui_trainer.ui.pane import Pane

_TEXT_COLUMN = 3
"""Where a border's text begins: after corner, line and blank."""
_CLOSING_COLUMNS = 2
"""Blank and line after it."""


class LivePane(Pane):
    """Shows `empty` while it has the class -empty, and its children otherwise."""

    DEFAULT_CSS = """
    LivePane {
        .empty {
            display: none;
        }
        &.-empty {
            .empty {
                display: block;
            }
            .filled {
                display: none;
            }
        }
    }
    """

    def __init__(self, child: Widget, *, title: str, empty: Text, id: str) -> None:
        self._texts: dict[bool, Text | Content | str] = {}
        self._repainted: Region | None = None
        child.add_class("filled")
        self._empty = Static(empty, classes="empty")
        super().__init__(self._empty, child, title=title, id=id, classes="-empty")

    def show_empty(self, is_empty: bool, words: Text | None = None) -> None:
        """Say what will be here, or show it."""
        if words is not None:
            self._empty.update(words)
        self.set_class(is_empty, "-empty")

    def show_title(self, title: str | Content | Text) -> None:
        """Set the title in the top border; the same again costs nothing, another one a part of one row."""
        with self._border_row(title, is_top=True) as has_changed:
            if has_changed:
                super().show_title(title)

    def show_figures(self, figures: str | Content | Text) -> None:
        """Set the line in the bottom border, at the same price."""
        with self._border_row(figures, is_top=False) as has_changed:
            if has_changed:
                super().show_figures(figures)

    @contextmanager
    def _border_row(self, text: str | Content | Text, *, is_top: bool) -> Iterator[bool]:
        """Whether `text` is another than before; until the end of the block a refresh is one of that border's text alone."""
        before = self._texts.get(is_top, "")
        self._texts[is_top] = text
        first, last = _changed_columns(before, text)
        row = 0 if is_top else self.outer_size.height - 1
        span = Region(_TEXT_COLUMN + first, row, last - first + 1, 1)
        self._repainted = span.intersection(self.outer_size.region).translate(-self.content_offset)
        try:
            yield text != before
        finally:
            self._repainted = None

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Any:
        """As any widget's, but for a border's text alone while that is what changes."""
        if self._repainted is not None and not regions and self.is_mounted:
            regions = (self._repainted,)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


def _changed_columns(before: str | Content | Text, after: str | Content | Text) -> tuple[int, int]:
    """First and last column of the border's text that differ; beyond its end the border that closes it."""
    old, new = (value if isinstance(value, str) else value.plain for value in (before, after))
    longest = max(cell_len(old), cell_len(new))
    if len(old) != longest or len(new) != longest:
        # Without a text the border is a line also where the blank before one stands.
        return 0 if old and new else -1, longest + _CLOSING_COLUMNS
    changed = [index for index, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    # The same letters in another style: all of them.
    return (changed[0], changed[-1]) if changed else (0, longest)
