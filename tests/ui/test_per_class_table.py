"""Bars of the per-class table, and its columns where names are long."""

from __future__ import annotations

import pytest

from tests.ui.fake_engine import evaluation_answer
from tui_trainer.ui.evaluation import parse_evaluation
from tui_trainer.ui.per_class_table import PerClassTable, format_bar
from tui_trainer.ui.themed_app import ThemedApp


class TableApp(ThemedApp):
    def compose(self):
        yield PerClassTable()


@pytest.mark.parametrize(("share", "bar"), [(0.0, ""), (1e-9, "╸"), (0.5, "━━━━╸"), (1.0, "━" * 9)])
def test_a_bar_is_seen_as_soon_as_something_was_missed(share: float, bar: str) -> None:
    assert format_bar(share) == bar


@pytest.mark.parametrize(("name", "columns"), [("7", 7), ("a class with a long name", 6)])
async def test_the_bar_gives_way_to_long_names(name: str, columns: int) -> None:
    app = TableApp()
    async with app.run_test(size=(63, 20)) as pilot:
        table = app.query_one(PerClassTable)
        table.show_evaluation(parse_evaluation(evaluation_answer([[30, 2], [1, 20]], ["0", name])))
        await pilot.pause()
        assert len(table.columns) == columns
        assert table.virtual_size.width <= table.size.width
        assert [[cell.plain for cell in table.get_row_at(row)][:6] for row in range(3)] == [
            ["0", "0.9677", "0.9375", "0.9524", "32", "2"],
            [name, "0.9091", "0.9524", "0.9302", "21", "1"],
            ["mean", "0.9384", "0.9449", "0.9413", "53", "3"],
        ]
        table.show_evaluation(None)
        assert table.row_count == 0
