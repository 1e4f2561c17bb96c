"""LiveText, LivePane and SpanCompositor: what changes is sent, and nothing beside it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.ui.live_pane import LivePane
from tui_trainer.ui.live_text import LiveText
from tui_trainer.ui.span_compositor import SpanCompositor, SpanUpdate
from tui_trainer.ui.strip_difference import bridge
from tui_trainer.ui.themed_app import ThemedApp


class PaneScreen(Screen[Any]):
    """A pane with a text."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = SpanCompositor()

    def compose(self) -> ComposeResult:
        yield LivePane(LiveText(id="text"), title="loss", empty=Text("nothing yet"), id="pane")


class PaneApp(ThemedApp):
    """Its app."""

    def on_mount(self) -> None:
        self.push_screen(PaneScreen())


def record_regions(monkeypatch: pytest.MonkeyPatch, widget: Any) -> list[Region]:
    """What `widget` repaints from now on, the whole of it as its outer size."""
    regions: list[Region] = []
    set_dirty = widget._set_dirty

    def note(*spans: Region) -> None:
        regions.extend(spans or (widget.outer_size.region,))
        set_dirty(*spans)

    monkeypatch.setattr(widget, "_set_dirty", note)
    return regions


async def test_another_text_repaints_the_cells_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    async with PaneApp().run_test(size=(60, 8)) as pilot:
        pane, text = pilot.app.screen.query_one(LivePane), pilot.app.screen.query_one(LiveText)
        pane.show_empty(False)
        text.show_text(Text("speed 86,000 examples a second"))
        await wait_for(pilot, lambda: "86,000" in screen_lines(pilot)[1])
        regions = record_regions(monkeypatch, text)
        text.show_text(Text("speed 87,000 examples a second"))
        await wait_for(pilot, lambda: "87,000" in screen_lines(pilot)[1])
        assert regions == [Region(7, 0, 1, 1)]
        text.show_text(Text("speed 87,000 examples a second"))
        assert len(regions) == 1


async def test_a_text_is_wrapped_at_words_and_again_at_another_width() -> None:
    async with PaneApp().run_test(size=(60, 8)) as pilot:
        pane, text = pilot.app.screen.query_one(LivePane), pilot.app.screen.query_one(LiveText)
        pane.show_empty(False)
        text.show_text(Text("the network learns the examples by heart"))
        await pilot.resize_terminal(30, 8)
        await wait_for(pilot, lambda: "by heart" in screen_lines(pilot)[2])
        assert "the network learns the" in screen_lines(pilot)[1]


async def test_a_border_text_repaints_a_part_of_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    async with PaneApp().run_test(size=(60, 8)) as pilot:
        pane = pilot.app.screen.query_one(LivePane)
        pane.show_figures(Text("0.0121  smooth 0.985"))
        await wait_for(pilot, lambda: "0.0121" in screen_lines(pilot)[-1])
        regions = record_regions(monkeypatch, pane)
        pane.show_figures(Text("0.0119  smooth 0.985"))
        await wait_for(pilot, lambda: "0.0119" in screen_lines(pilot)[-1])
        assert sum(region.area for region in regions) <= 2
        regions.clear()
        pane.show_figures(Text("0.0119  smooth 0.985"))
        assert regions == []
        pane.show_figures("")
        await wait_for(pilot, lambda: "smooth" not in screen_lines(pilot)[-1])


async def test_the_border_text_on_the_terminal_is_the_one_that_was_set() -> None:
    async with PaneApp().run_test(size=(60, 8)) as pilot:
        pane = pilot.app.screen.query_one(LivePane)
        for figures in ("1.2", "0.34567", "0.1", "9"):
            pane.show_figures(Text(figures))
            border = f"╰─ {figures} ─"
            await wait_for(pilot, lambda border=border: border in screen_lines(pilot)[-1])


async def test_the_compositor_writes_the_changed_span_and_not_the_row_before_it() -> None:
    async with PaneApp().run_test(size=(60, 8)) as pilot:
        pane, text = pilot.app.screen.query_one(LivePane), pilot.app.screen.query_one(LiveText)
        pane.show_empty(False)
        text.show_text(Text("abcdefghijklmnopqrstuvwxyz"))
        await pilot.pause()
        await pilot.pause()
        compositor = pilot.app.screen._compositor
        compositor._dirty_regions.clear()
        compositor._dirty_regions.add(Region(text.region.x + 20, text.region.y, 3, 1))
        update = compositor.render_partial_update()
        assert isinstance(update, SpanUpdate)
        written = update.render_segments(pilot.app.console)
        assert "uvw" in written and "t" not in written.replace("uvw", "")


def test_short_gaps_are_bridged_and_long_ones_are_not() -> None:
    assert bridge([1, 2, 4, 20]) == [(1, 5), (20, 21)]
    assert bridge([]) == []


async def test_a_wide_character_repaints_its_row_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async with PaneApp().run_test(size=(60, 8)) as pilot:
        pane, text = pilot.app.screen.query_one(LivePane), pilot.app.screen.query_one(LiveText)
        pane.show_empty(False)
        text.show_text(Text("name"))
        await pilot.pause()
        regions = record_regions(monkeypatch, text)
        text.show_text(Text("名前"))
        assert [region.width for region in regions] == [text.content_size.width]


def cells_on_terminal(sequences: str) -> dict[tuple[int, int], tuple[str, str]]:
    """{(column, row): (character, codes of its style)} after these bytes, from 1."""
    cells, column, row, codes = {}, 1, 1, ""
    for match in re.finditer(r"\x1b\[(\d+);(\d+)H|\x1b\[([\d;]*)m|([^\x1b])", sequences):
        if match[1]:
            row, column = int(match[1]), int(match[2])
        elif match[3] is not None:
            codes = "" if match[3] == "0" else match[3]
        else:
            cells[column, row] = match[4], codes
            column += cell_len(match[4])
    return cells


def test_an_update_names_each_style_once_and_draws_the_same_cells() -> None:
    dim, bright = Style(color="#939aa5", bgcolor="#121417"), Style(color="#56B4E9", bgcolor="#121417")
    rows = [Strip([Segment("loss ", dim), Segment(f"0.{row}日", bright), Segment(" x", dim)]) for row in range(4)]
    width = rows[0].cell_length
    update = SpanUpdate([{0: row} for row in rows], [(0, 0, 3), (1, 5, 8), (2, 0, width), (3, 2, 7)], [[width]] * 4)
    console = Console(color_system="truecolor", force_terminal=True)

    grouped = update.render_segments(console)

    one_by_one = "".join(
        Control.move_to(x1, y).segment.text + rows[y].crop(x1, x2).render(console) for y, x1, x2 in update.spans
    )
    assert cells_on_terminal(grouped) == cells_on_terminal(one_by_one)
    assert grouped.count("\x1b[38;2;") == 2 < one_by_one.count("\x1b[38;2;")


async def test_the_first_text_of_a_border_brings_its_blank_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line of the border stayed where the blank before the text belongs, until something repainted the whole pane."""
    async with PaneApp().run_test(size=(60, 8)) as pilot:
        pane = pilot.app.screen.query_one(LivePane)
        regions = record_regions(monkeypatch, pane)
        pane.show_figures(Text("0.5"))
        pane.show_figures(Text(""))
        assert [region.translate(pane.content_offset).x for region in regions] == [2, 2]
