"""Pane: the one kind of box on a screen, with its title and its figures in the border; Rule: a line inside a pane."""

from __future__ import annotations

from rich.text import Text
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tui_trainer.ui.settled_size import SettledSize


class Pane(SettledSize, Vertical):
    """A bordered container; its border and title light up while the focus is within. A pane is never put into a pane."""

    def __init__(self, *children: Widget, title: str = "", id: str | None = None, classes: str | None = None) -> None:
        super().__init__(*children, id=id, classes=classes)
        self.show_title(title)

    def show_title(self, title: str | Content | Text) -> None:
        """Set the title in the top border; a str is taken literally, markup in it has no effect."""
        self.border_title = _literal(title)

    def show_figures(self, figures: str | Content | Text) -> None:
        """Set the line in the bottom border, left aligned; a str is taken literally, an empty one takes it away."""
        self.border_subtitle = _literal(figures)

    def render_lines(self, crop: Region) -> list[Strip]:
        """As any widget's, but the rows between top and bottom, which are all alike, are made once for all."""
        last = self.outer_size.height - 1
        made: dict[int, Strip] = {}
        for y in crop.line_range:
            row = y if y in (0, last) else 1
            if row not in made:
                [made[row]] = super().render_lines(Region(crop.x, row, crop.width, 1))
        return [made[y if y in (0, last) else 1] for y in crop.line_range]


class Rule(Static):
    """Text under a thin line: the last child of a pane."""


def _literal(text: str | Content | Text) -> Content | Text:
    return Content(text) if isinstance(text, str) else text
