"""Pictures of pixels: the window around the ink, greys that follow the theme, and tiles of an exact width."""

from __future__ import annotations

import pytest

from tests.ui.fake_engine import examples_answer
from tui_trainer.runs.pixel_grid import to_grid
from tui_trainer.ui.example_tiles import choose_tiles, format_tiles
from tui_trainer.ui.examples import parse_examples
from tui_trainer.ui.pixel_picture import NUM_GREYS, crop_or_keep, crop_to_ink, format_greys, format_signed
from tui_trainer.ui.share_bars import format_share_bar
from tui_trainer.ui.theme import DARK, LIGHT


def ink_at(row: int, column: int, shape: tuple[int, int] = (28, 28)) -> list[int]:
    pixels = [0] * (shape[0] * shape[1])
    pixels[row * shape[1] + column] = 255
    return pixels


@pytest.mark.parametrize(("row", "column"), [(0, 0), (27, 27), (3, 20)])
def test_the_window_is_centred_on_the_ink_wherever_it_is(row: int, column: int) -> None:
    grid = crop_to_ink(ink_at(row, column), (28, 28), 20)
    assert len(grid) == len(grid[0]) == 20
    assert [(y, x) for y in range(20) for x in range(20) if grid[y][x]] == [(10, 10)] or grid[9][9] == 255


def test_small_images_grow_and_large_ones_shrink() -> None:
    assert sum(value > 0 for row in crop_to_ink(ink_at(4, 4, (8, 8)), (8, 8), 20) for value in row) == 4
    assert len(crop_to_ink([255] * 10_000, (100, 100), 20)) == 20


def test_an_empty_image_is_paper() -> None:
    assert not any(map(any, crop_to_ink([0] * 784, (28, 28), 20)))


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_greys_go_from_paper_to_ink_in_sixteen_steps(palette: dict[str, str]) -> None:
    lines = format_greys([list(range(256)), list(range(256))], palette)
    colours = {span.style.color.name for span in lines[0].spans}
    assert len(colours) == NUM_GREYS
    assert {palette["raised"].lower(), palette["text"].lower()} <= {colour.lower() for colour in colours}


def test_weights_of_zero_are_paper_and_signs_have_colours_of_their_own() -> None:
    line = format_signed([[0, 128, 255]] * 2, DARK)[0]
    assert [span.style.color.name.lower() for span in line.spans] == [
        DARK[name].lower() for name in ("train", "raised", "test")
    ]


@pytest.mark.parametrize(
    ("width", "height", "size", "across"), [(62, 18, 20, 3), (76, 20, 24, 3), (158, 38, 24, 6), (30, 12, 20, 1)]
)
def test_tiles_fill_their_lines_and_never_more(width: int, height: int, size: int, across: int) -> None:
    grid = choose_tiles(width, height)
    assert (grid.size, grid.across) == (size, across)
    asked = {"true": 4, "predicted": 9, "which": "all", "offset": 0, "limit": grid.num_tiles}
    lines = format_tiles(parse_examples(examples_answer(asked, total=40)), grid, DARK).split("\n")
    assert max(line.cell_len for line in lines) <= width
    assert len(lines) <= height


def test_a_bar_is_as_long_as_its_share_and_never_quite_nothing() -> None:
    assert format_share_bar(1.0, 8) == "█" * 8
    assert format_share_bar(0.5, 8).rstrip() == "█" * 4
    assert format_share_bar(0.01, 8).strip() == "▏"
    assert format_share_bar(0.0, 8).strip() == ""
    assert len(format_share_bar(0.37, 8)) == 8


def test_a_picture_with_dots_of_its_own_is_cropped_only_where_no_ink_is_lost() -> None:
    small = [0] * 28 * 28
    small[4 * 28 + 4] = small[23 * 28 + 23] = 255
    assert crop_or_keep(small, (28, 28), 20) == crop_to_ink(small, (28, 28), 20)
    wide = list(small)
    wide[4 * 28 + 25] = 255
    for pixels, shape in ((wide, (28, 28)), ([9] * 60 * 30, (60, 30))):
        assert crop_or_keep(pixels, shape, 20) == to_grid(pixels, shape)
