"""Plain tables."""

from __future__ import annotations

from tui_trainer.commands.text_table import format_table


def test_columns_are_as_wide_as_their_widest_cell_and_numbers_end_in_line() -> None:
    lines = format_table(("run", "saves"), [("a", 5), ("book-3f2a", 120)], right=(1,))
    assert lines == ["run        saves", "a              5", "book-3f2a    120"]


def test_a_table_without_rows_is_its_heading() -> None:
    assert format_table(("a", "b"), []) == ["a  b"]
