"""The matrix, its shades, its words and what takes its place where there are many classes."""

from __future__ import annotations

import re

import pytest
from rich.text import Text

from tests.ui.fake_engine import TEN_DIGITS, evaluation_answer
from tui_trainer.ui.confused_pairs import describe_cell, format_legend, format_most_confused, format_pair_table
from tui_trainer.ui.confusion_matrix import format_count, format_matrix, matrix_width
from tui_trainer.ui.evaluation import Evaluation, parse_evaluation
from tui_trainer.ui.shading import contrast, diagonal_shade, heat_shade, readable_on
from tui_trainer.ui.theme import DARK, LIGHT, Tokens


@pytest.fixture
def evaluation() -> Evaluation:
    return parse_evaluation(evaluation_answer())


def test_a_matrix_of_ten_is_62_columns_with_recall_and_73_with_precision() -> None:
    assert matrix_width(10, has_recall=True) == 62
    assert matrix_width(10, has_recall=True, has_precision=True) == 73


@pytest.mark.parametrize(("width", "columns"), [(54, 54), (61, 54), (62, 62), (72, 62), (73, 73), (120, 73)])
def test_every_row_of_the_matrix_is_as_wide_as_its_columns(evaluation: Evaluation, width: int, columns: int) -> None:
    rows = format_matrix(evaluation, (4, 9), width, DARK).plain.split("\n")
    assert len(rows) == 11
    assert {len(row) for row in rows} == {columns}


def test_counts_drawn_in_the_matrix_are_those_of_the_answer(evaluation: Evaluation) -> None:
    rows = format_matrix(evaluation, (0, 0), 54, DARK).plain.split("\n")[1:]
    drawn = [[int(cell.strip("▸ ").replace("·", "0")) for cell in re.findall(".{5}", row[4:])] for row in rows]
    assert drawn == TEN_DIGITS
    assert sum(map(sum, drawn)) == 10_000


def test_the_chosen_cell_has_a_mark_beside_its_colour(evaluation: Evaluation) -> None:
    rows = format_matrix(evaluation, (4, 9), 54, DARK).plain.split("\n")
    assert rows[5].endswith("▸ 11 ")
    assert sum(row.count("▸") for row in rows) == 1
    assert "▸1127" in format_matrix(evaluation, (1, 1), 54, DARK).plain


def shade_of(matrix: Text, row: int, column: int) -> str:
    """Background of a cell of a matrix of ten, drawn without recall."""
    offset = (row + 1) * 55 + 4 + 5 * column
    return str(next(span.style for span in matrix.spans if span.start <= offset < span.end)).rpartition(" ")[2]


def test_cells_are_shaded_by_their_share_of_the_largest_mistake(evaluation: Evaluation) -> None:
    matrix = format_matrix(evaluation, (0, 0), 54, DARK)
    assert shade_of(matrix, 4, 9) == DARK["heat-5"]
    assert shade_of(matrix, 7, 2) == DARK["heat-4"]
    assert shade_of(matrix, 0, 2) == DARK["heat-1"]
    assert shade_of(matrix, 1, 1).lower() == diagonal_shade(1127 / 1135, DARK).lower()


@pytest.mark.parametrize(("count", "shown"), [(7, "7"), (9999, "9999"), (10_000, "10k"), (999_999, "999k"), (4_200_000, "4M")])
def test_a_count_takes_at_most_four_columns(count: int, shown: str) -> None:
    assert format_count(count) == shown


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_text_can_be_read_on_every_shade(palette: Tokens) -> None:
    shades = [heat_shade(step / 20, palette) for step in range(1, 21)]
    shades += [diagonal_shade(recall / 100, palette) for recall in range(85, 101)]
    # The fourth step of the dark palette is the hardest, with 4.38.
    assert min(contrast(readable_on(shade, palette), shade) for shade in shades) >= 4.3


def test_the_largest_share_has_the_strongest_heat_and_small_ones_are_grey() -> None:
    assert heat_shade(1.0, DARK) == DARK["heat-5"]
    assert heat_shade(0.56, DARK) == DARK["heat-4"]
    assert heat_shade(0.1, DARK) == DARK["heat-1"]


def test_the_diagonal_fades_towards_a_recall_of_nine_tenths() -> None:
    assert diagonal_shade(1.0, DARK).lower() == DARK["right"]
    assert diagonal_shade(0.9, DARK).lower() == DARK["bg"]
    assert diagonal_shade(0.3, DARK).lower() == DARK["bg"]


@pytest.mark.parametrize("width", [20, 40, 62, 76])
def test_the_line_of_confused_pairs_never_overflows(evaluation: Evaluation, width: int) -> None:
    line = format_most_confused(evaluation, width, DARK)
    assert line.cell_len <= width
    assert line.plain.startswith("most confused")


def test_the_line_of_confused_pairs_begins_with_the_worst(evaluation: Evaluation) -> None:
    assert format_most_confused(evaluation, 62, DARK).plain.startswith("most confused  4→9 11   7→2 9")


def test_a_perfect_model_has_no_mistake_to_show() -> None:
    perfect = parse_evaluation(evaluation_answer([[5, 0], [0, 5]]))
    assert "no mistake" in format_most_confused(perfect, 62, DARK).plain
    assert "no mistake" in format_pair_table(perfect, 62, 10, DARK).plain
    assert format_matrix(perfect, (0, 0), 62, DARK).plain.count("·") == 2


def test_many_classes_are_shown_as_a_table_of_their_worst_pairs() -> None:
    size = 26
    confusion = [[90 if row == column else (row * column) % 3 for column in range(size)] for row in range(size)]
    evaluation = parse_evaluation(evaluation_answer(confusion, [f"a long class name {index}" for index in range(size)]))
    rows = format_pair_table(evaluation, 62, 12, DARK).plain.split("\n")
    assert len(rows) == 12
    assert max(len(row) for row in rows) <= 62
    counts = [int(row.split()[-3]) for row in rows[1:]]
    assert counts == sorted(counts, reverse=True)


def test_the_legend_gives_each_shade_its_share_of_the_row(evaluation: Evaluation) -> None:
    assert re.findall(r"[\d.]+", format_legend(evaluation, DARK).plain) == ["0.2", "0.4", "0.6", "0.9", "1.1"]


def test_a_cell_is_put_into_words(evaluation: Evaluation) -> None:
    assert describe_cell(evaluation, 4, 9) == "4 read as 9: 11 of 982, 1.1 %"
    assert describe_cell(evaluation, 0, 0) == "0 read rightly: 971 of 980, 99.1 %"
