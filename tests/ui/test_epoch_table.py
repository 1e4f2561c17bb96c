"""EpochTable: rows, figures, star, cursor and what it sends."""

from __future__ import annotations

import pytest
from textual.app import ComposeResult
from textual.geometry import Region

from tests.ui.pilot_waiting import wait_for
from tests.ui.test_accuracy_plot import record
from tui_trainer.ui.epoch_rows import choose_columns, format_rate, format_seconds
from tui_trainer.ui.epoch_table import EpochTable
from tui_trainer.ui.theme import DARK
from tui_trainer.ui.themed_app import ThemedApp


class TableApp(ThemedApp):
    """The table alone."""

    CSS = "EpochTable { width: 1fr; height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield EpochTable()


async def test_the_newest_epoch_is_on_top_and_the_best_has_the_star() -> None:
    async with TableApp().run_test(size=(56, 10)) as pilot:
        table = pilot.app.query_one(EpochTable)
        epochs = [record(1, 0.9), record(2, 0.97), record(3, 0.95)]
        table.show(epochs, epochs[1], {})
        head, *rows = table.shown_lines
        assert head.split() == ["#", "train", "loss", "train", "acc", "test", "acc", "lr", "s"]
        assert [row.split()[0] for row in rows] == ["3", "2", "1"]
        assert [("★" in row) for row in rows] == [False, True, False]
        assert rows[1].split() == ["2", "★", "0.1000", "0.9900", "0.9700", "0.5000", "0.7"]


async def test_head_and_thumb_have_the_colours_that_they_were_given() -> None:
    async with TableApp().run_test(size=(56, 6)) as pilot:
        table = pilot.app.query_one(EpochTable)
        table.show([record(number, 0.9) for number in range(1, 30)], None, {})
        styles = {segment.text.strip(): str(segment.style) for line in table._lines for segment in line}
        assert styles["▐"] == DARK["line"].lower()
        assert any("train loss" in text and styles[text] == DARK["dim"].lower() for text in styles)


async def test_figures_stand_under_each_other_with_and_without_the_star() -> None:
    async with TableApp().run_test(size=(56, 14)) as pilot:
        table = pilot.app.query_one(EpochTable)
        epochs = [record(number, 0.9 + number / 1000) for number in range(1, 12)]
        table.show(epochs, epochs[-1], {})
        assert len({row.index("0.1000") for row in table.shown_lines[1:]}) == 1
        assert len({row.index(row.split()[0]) + len(row.split()[0]) for row in table.shown_lines[1:]}) == 1
        assert len({len(row) for row in table.shown_lines}) == 1


async def test_a_wide_table_says_what_each_checkpoint_takes() -> None:
    async with TableApp().run_test(size=(76, 6)) as pilot:
        table = pilot.app.query_one(EpochTable)
        table.show([record(1, 0.9), record(2, 0.9)], None, {2: 438_000})
        assert table.shown_lines[0].endswith("saved") and table.shown_lines[1].endswith("438 kB")
        assert "kB" not in table.shown_lines[2]


async def test_the_cursor_stays_on_its_epoch_while_epochs_come_and_home_goes_with_the_newest() -> None:
    async with TableApp().run_test(size=(56, 8)) as pilot:
        table = pilot.app.query_one(EpochTable)
        table.focus()
        epochs = [record(number, 0.9) for number in range(1, 41)]
        table.show(epochs[:20], None, {})
        await pilot.press("down", "down", "down")
        assert table.cursor_epoch == 17
        table.show(epochs[:30], None, {})
        assert table.cursor_epoch == 17 and any(row.split()[0] == "17" for row in table.shown_lines[1:])
        await pilot.press("home")
        table.show(epochs, None, {})
        assert table.cursor_epoch == 40 and table.shown_lines[1].split()[0] == "40"
        await pilot.press("end")
        assert table.cursor_epoch == 1 and table.shown_lines[-1].split()[0] == "1"
        await pilot.press("down", "pagedown")
        assert table.cursor_epoch == 1


async def test_a_longer_table_than_the_room_has_a_thumb_and_a_shorter_one_none() -> None:
    async with TableApp().run_test(size=(56, 8)) as pilot:
        table = pilot.app.query_one(EpochTable)
        table.show([record(number, 0.9) for number in range(1, 8)], None, {})
        assert not any("▐" in line for line in table.shown_lines)
        table.show([record(number, 0.9) for number in range(1, 30)], None, {})
        assert "▐" in table.shown_lines[1] and "▐" not in table.shown_lines[-1]


async def test_a_new_epoch_sends_less_than_half_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    async with TableApp().run_test(size=(56, 20)) as pilot:
        table = pilot.app.query_one(EpochTable)
        epochs = [record(number, 0.9 + number / 10_000) for number in range(1, 16)]
        table.show(epochs[:14], None, {})
        await pilot.pause()
        regions: list[Region] = []
        monkeypatch.setattr(table, "_set_dirty", lambda *spans: regions.extend(spans or (table.size.region,)))
        table.show(epochs, None, {})
        await pilot.pause()
        assert 0 < sum(region.area for region in regions) < 0.5 * 16 * 56
        regions.clear()
        table.show(epochs, None, {})
        await pilot.pause()
        assert not regions


async def test_a_click_puts_the_cursor_on_a_row() -> None:
    async with TableApp().run_test(size=(56, 10)) as pilot:
        table = pilot.app.query_one(EpochTable)
        table.show([record(number, 0.9) for number in range(1, 6)], None, {})
        await pilot.click(EpochTable, offset=(5, 3))
        await wait_for(pilot, lambda: table.cursor_epoch == 3)


@pytest.mark.parametrize("last_epoch", [1, 99, 100, 999])
def test_the_columns_fit_into_a_pane_of_half_a_terminal(last_epoch: int) -> None:
    columns = choose_columns(55, last_epoch)
    assert 1 + sum(column.width for column in columns) + 2 * (len(columns) - 1) <= 55


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0.5, "0.5000"), (0.05, "0.05000"), (0.001, "0.00100"), (0.000994, "9.94e-4"), (0.0, "0.000"), (12.0, "12.00")],
)
def test_a_rate_has_four_digits_or_what_fits(rate: float, text: str) -> None:
    assert format_rate(rate) == text and len(text) <= 7


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.026, "0.03"), (0.7, "0.7"), (12.34, "12.3"), (99.96, "100"), (1234.4, "1234")]
)
def test_seconds_take_at_most_four_characters(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text and len(text) <= 4
