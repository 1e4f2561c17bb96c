"""Tiles of a gallery: an example as a picture or as a row of values, with the probabilities that the network gave.

Pure functions from examples to rich text of an exact width, so that tiles stand beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from tui_trainer.ui.encoded_picture import PictureBox
from tui_trainer.ui.examples import Example, ExamplePage
from tui_trainer.ui.pixel_picture import crop_or_keep, crop_to_ink, format_greys
from tui_trainer.ui.share_bars import format_share_bar
from tui_trainer.ui.theme import Tokens

SMALL_TILE, LARGE_TILE, LARGEST_TILE = 20, 24, 28
LARGE_WIDTH, LARGE_HEIGHT = 74, 17
GAP = 1
CAPTION_ROWS = 1
MAX_BARS = 3
VALUE_ROWS = 3
VALUE_GAP = "   "


@dataclass(frozen=True, slots=True)
class TileGrid:
    """How many tiles fit, and their size."""

    size: int
    """Pixels and columns a side; half as many rows."""
    across: int
    down: int
    num_bars: int

    @property
    def num_tiles(self) -> int:
        """Examples of a page."""
        return self.across * self.down

    @property
    def tile_rows(self) -> int:
        """Rows of one tile without the air below it."""
        return CAPTION_ROWS + self.size // 2 + self.num_bars


def choose_tiles(width: int, height: int, num_bars: int = MAX_BARS) -> TileGrid:
    """The tiles that fit into `width` by `height`, at least one; bars give way where there is no room for them."""
    size = LARGE_TILE if width >= LARGE_WIDTH and height >= LARGE_HEIGHT - MAX_BARS + num_bars else SMALL_TILE
    bars = max(0, min(num_bars, height - CAPTION_ROWS - size // 2))
    across = max(1, (width + GAP) // (size + GAP))
    down = max(1, (height + 1) // (CAPTION_ROWS + size // 2 + bars + 1))
    return TileGrid(size, across, down, bars)


def format_tiles(page: ExamplePage, grid: TileGrid, palette: Tokens) -> Text:
    """The examples of a page as rows of tiles."""
    bands = []
    for start in range(0, min(len(page.examples), grid.num_tiles), grid.across):
        tiles = [_format_tile(example, page, grid, palette) for example in page.examples[start : start + grid.across]]
        bands.append(_side_by_side(tiles))
    picture = Text("\n\n").join(bands)
    picture.no_wrap, picture.overflow = True, "crop"
    return picture


def box_pictures(page: ExamplePage, grid: TileGrid, palette: Tokens) -> list[PictureBox]:
    """Where the pictures stand in what `format_tiles` draws, with their pixels: for terminals that have graphics."""
    assert page.image_shape is not None
    boxes = []
    y = CAPTION_ROWS
    for start in range(0, min(len(page.examples), grid.num_tiles), grid.across):
        band = page.examples[start : start + grid.across]
        for place, example in enumerate(band):
            pixels = crop_or_keep(example.pixels, page.image_shape, grid.size)
            values = tuple(bytes(min(255, max(0, value)) for value in row) for row in pixels)
            x = place * (grid.size + GAP)
            boxes.append(PictureBox(x, y, grid.size, grid.size // 2, values, palette["raised"], palette["text"]))
        y += CAPTION_ROWS + grid.size // 2 + len(_format_bars(band[0], page, grid, palette)) + 1
    return boxes


def _side_by_side(tiles: list[list[Text]]) -> Text:
    return Text("\n").join(Text(" " * GAP).join(row) for row in zip(*tiles, strict=True))


def _format_tile(example: Example, page: ExamplePage, grid: TileGrid, palette: Tokens) -> list[Text]:
    assert page.image_shape is not None
    picture = format_greys(crop_to_ink(example.pixels, page.image_shape, grid.size), palette)
    return [format_caption(example, page, grid.size, palette), *picture, *_format_bars(example, page, grid, palette)]


def format_caption(example: Example, page: ExamplePage, width: int, palette: Tokens) -> Text:
    """4 read as 9 at the left, #24 at the right, in exactly `width` columns; the number goes where names are long."""
    caption = format_reading(example, page, palette)
    number = f"#{example.index:,}"
    if caption.cell_len + len(number) < width:
        caption.append(" " * (width - caption.cell_len - len(number))).append(number, palette["faint"])
    caption.truncate(width, overflow="ellipsis", pad=True)
    return caption


def format_reading(example: Example, page: ExamplePage, palette: Tokens) -> Text:
    """4 read as 9; of two networks 4: 9 → 4; a right one is 4 read rightly, a number 3.2 read as 3.4."""
    true = page.class_name(example.true)
    caption = Text(no_wrap=True).append(true, f"bold {palette['text']}")
    if len(example.readings) == 2:
        caption.append(" as ", palette["dim"])
        for place, reading in enumerate(example.readings):
            caption.append(" → " if place else "", palette["dim"])
            is_right = reading.predicted == example.true
            caption.append(page.class_name(reading.predicted), f"bold {palette['ok' if is_right else 'test']}")
        return caption
    predicted = example.readings[0].predicted
    if predicted == example.true and page.class_names:
        return caption.append(" read rightly", palette["dim"])
    caption.append(" read as ", palette["dim"])
    return caption.append(page.class_name(predicted), f"bold {palette['test']}")


def _format_bars(example: Example, page: ExamplePage, grid: TileGrid, palette: Tokens) -> list[Text]:
    """The likeliest classes, the true one always among them: predicted in test's colour, true in train's, others faint."""
    shares = example.readings[0].probabilities
    if not shares:
        return [Text(" " * grid.size)] * grid.num_bars if len(example.readings) == 1 else []
    return [_format_bar(shares, index, example, page, grid.size, palette) for index in choose_classes(example, grid.num_bars)]


def choose_classes(example: Example, count: int) -> list[int]:
    """Indices of the likeliest classes, the true one among them, the likeliest first."""
    shares = example.readings[0].probabilities
    ranked = sorted(range(len(shares)), key=lambda index: (-shares[index], index))
    chosen, true = ranked[:count], int(example.true)
    if count > 1 and true not in chosen and 0 <= true < len(shares):
        chosen = [*chosen[: count - 1], true]
    return chosen


def _format_bar(shares: Sequence[float], index: int, example: Example, page: ExamplePage, width: int, palette: Tokens) -> Text:
    name_width = min(8, max(cell_len(name) for name in page.class_names)) if page.class_names else 2
    name = Text(page.class_name(index))
    name.truncate(name_width, overflow="ellipsis", pad=True)
    is_predicted, is_true = index == int(example.readings[0].predicted), index == int(example.true)
    colour = palette["train"] if is_true else palette["test"] if is_predicted else palette["faint"]
    bar_width = width - name_width - 1 - 5
    line = Text(no_wrap=True)
    line.append(name.plain, f"bold {palette['text']}" if is_true or is_predicted else palette["dim"])
    line.append(" ").append(format_share_bar(shares[index], bar_width), colour)
    return line.append(f" {shares[index]:.2f}", palette["text"] if is_predicted else palette["dim"])


def num_value_rows(height: int) -> int:
    """How many examples without pictures fit into `height`."""
    return max(1, (height + 1) // (VALUE_ROWS + 1))


def format_value_rows(page: ExamplePage, width: int, height: int, palette: Tokens) -> Text:
    """Examples of a table: what was read, how sure, and the row's values, three lines an example."""
    blocks = [_format_value_block(example, page, width, palette) for example in page.examples[: num_value_rows(height)]]
    picture = Text("\n\n").join(blocks)
    picture.no_wrap, picture.overflow = True, "crop"
    return picture


def _format_value_block(example: Example, page: ExamplePage, width: int, palette: Tokens) -> Text:
    head = format_reading(example, page, palette)
    reading = example.readings[0]
    if reading.probabilities:
        for index in choose_classes(example, MAX_BARS):
            head.append(f"   {page.class_name(index)} ", palette["dim"])
            head.append(f"{reading.probabilities[index]:.2f}", palette["text"])
    elif len(example.readings) == 1:
        head.append("   off by ", palette["dim"]).append(f"{reading.predicted - example.true:+.4g}", palette["text"])
    number = f"#{example.index:,}"
    head.append(" " * max(1, width - head.cell_len - len(number))).append(number, palette["faint"])
    head.truncate(width, overflow="ellipsis")
    return Text("\n").join([head, *_format_values(example, page, width, palette)])


def _format_values(example: Example, page: ExamplePage, width: int, palette: Tokens) -> list[Text]:
    """The row's values under their columns' names, as many as fit into two lines."""
    lines = [Text(no_wrap=True)]
    for number, value in enumerate(example.values):
        name = page.columns[number] if number < len(page.columns) else f"column {number + 1}"
        part = Text.assemble((f"{name} ", palette["dim"]), (value, palette["text"]))
        gap = VALUE_GAP if lines[-1].cell_len else ""
        if lines[-1].cell_len + len(gap) + part.cell_len > width:
            if len(lines) == VALUE_ROWS - 1:
                lines[-1].append(" …" if lines[-1].cell_len + 2 <= width else "", palette["dim"])
                break
            lines.append(Text(no_wrap=True))
            gap = ""
        lines[-1].append(gap).append_text(part)
    while len(lines) < VALUE_ROWS - 1:
        lines.append(Text())
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines
