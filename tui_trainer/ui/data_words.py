"""A data source in words and small pictures: counts, classes as bars, columns as sparklines, sample images in half blocks.

Pure functions from a DataDescription to rich text of a given width.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.ui.data_description import Column, DataDescription
from tui_trainer.ui.pixel_picture import crop_to_ink, format_greys
from tui_trainer.ui.quantities import BARS
from tui_trainer.ui.theme import Tokens

LABEL_COLUMNS = 10
NAME_COLUMNS = 20
COUNT_COLUMNS = 9
TILE, TILE_GAP = 20, 2
MAX_CLASS_ROWS = 20


def format_description(data: DataDescription, width: int, palette: Tokens) -> Text:
    """All there is to say, rows no wider than `width`."""
    sections = [_facts(data, palette)]
    if data.samples and data.image_shape:
        sections.append(_samples(data, data.image_shape, width, palette))
    if data.classes:
        sections.append(_classes(data, width, palette))
    if data.target_histogram:
        target = Column(data.target, True, 0, data.target_histogram, data.target_extent)
        sections.append([_heading("target", palette), _column(target, palette)])
    if data.columns:
        more = data.num_columns - len(data.columns)
        rows = [
            _heading(f"{'pixels' if data.image_shape else 'columns'}, in the training part", palette),
            *(_column(column, palette) for column in data.columns),
        ]
        sections.append([*rows, Text(f"and {more:,} more", palette["dim"])] if more > 0 else rows)
    for row in (rows := [row for section in sections for row in [*section, Text()]][:-1]):
        row.truncate(width, overflow="ellipsis")
    return Text("\n").join(rows)


def _facts(data: DataDescription, palette: Tokens) -> list[Text]:
    text, dim = palette["text"], palette["dim"]
    rows = [_fact("source", data.source, palette)]
    if data.path:
        size = f"   {format_bytes(data.num_bytes)}" if data.num_bytes is not None else ""
        rows.append(_fact("kept in" if data.is_here else "not here", f"{data.path}{size}", palette))
    if not data.is_here:
        cost = format_bytes(data.download_bytes) if data.download_bytes else "an unknown number of bytes"
        rows.append(_fact("download", f"{cost}, once; f fetches it now, the first run would too", palette))
        return rows
    row = Text.assemble((f"{'rows':<{LABEL_COLUMNS}}", dim), (f"{data.num_train:,}", text), (" to train, ", dim))
    rows.append(row.append(f"{data.num_test:,}", text).append(" to test", dim))
    if data.image_shape:
        rows.append(_fact("inputs", f"{data.num_inputs:,}, images of {data.image_shape[0]} x {data.image_shape[1]}", palette))
    else:
        made = f" made of {data.num_columns:,} columns" if data.num_columns != data.num_inputs else " columns"
        rows.append(_fact("inputs", f"{data.num_inputs:,}{made}", palette))
    what = f"{data.num_classes:,} classes" if data.num_classes else "a number (regression)"
    rows.append(_fact("target", f"{data.target}, {what}" if data.target else what, palette))
    num_missing = sum(column.num_missing for column in data.columns)
    if num_missing:
        rows.append(_fact("empty", f"{num_missing:,} cells; Missing says what becomes of them", palette))
    rows.extend(_fact("note", note, palette) for note in data.notes)
    return rows


def _fact(label: str, words: str, palette: Tokens) -> Text:
    return Text.assemble((f"{label:<{LABEL_COLUMNS}}", palette["dim"]), (words, palette["text"]))


def _heading(words: str, palette: Tokens) -> Text:
    return Text(words, f"bold {palette['text']}")


def _classes(data: DataDescription, width: int, palette: Tokens) -> list[Text]:
    """A row a class; the bar is its share of the largest one."""
    shown = data.classes[:MAX_CLASS_ROWS]
    name_columns = min(NAME_COLUMNS, max(len(entry.name) for entry in shown))
    bar_columns = max(4, min(40, width - name_columns - 2 * COUNT_COLUMNS - 12))
    largest = max(1, *(entry.num_train for entry in shown))
    rows = [_heading("classes", palette).append("   to train, to test", f"not bold {palette['dim']}")]
    for entry in shown:
        row = Text.assemble((f"{entry.name[:name_columns]:<{name_columns}}", palette["text"]))
        row.append(f"{entry.num_train:>{COUNT_COLUMNS},}", palette["text"])
        row.append(f"{entry.num_test:>{COUNT_COLUMNS},}  ", palette["dim"])
        rows.append(row.append("━" * max(1, round(bar_columns * entry.num_train / largest)), palette["train"]))
    more = data.num_classes - len(shown)
    return [*rows, Text(f"and {more:,} more", palette["dim"])] if more > 0 else rows


def _column(column: Column, palette: Tokens) -> Text:
    row = Text.assemble((f"{column.name[:NAME_COLUMNS]:<{NAME_COLUMNS}}  ", palette["text"]))
    row.append(f"{format_histogram(column.histogram):<16}  ", palette["train"])
    row.append(column.extent, palette["dim"])
    if column.num_missing:
        row.append(f"   {column.num_missing:,} empty", palette["best"])
    return row


def format_histogram(counts: tuple[int, ...]) -> str:
    """A bar a count; an empty bin is a blank, something is always seen."""
    largest = max(counts, default=0)
    return "".join(BARS[max(0, -(-count * len(BARS) // largest) - 1)] if count else " " for count in counts)


def _samples(data: DataDescription, shape: tuple[int, int], width: int, palette: Tokens) -> list[Text]:
    """One image of each of the first classes, as many abreast as there is room for, one row of them."""
    across = max(1, (width + TILE_GAP) // (TILE + TILE_GAP))
    rows = [_heading("samples", palette)]
    tiles = []
    for sample in data.samples[:across]:
        lines = format_greys(crop_to_ink(sample.pixels, shape, TILE), palette)
        tiles.append([*lines, Text(sample.label[:TILE].center(TILE), palette["dim"])])
    rows.extend(_abreast(tiles))
    return rows


def _abreast(tiles: list[list[Text]]) -> Iterator[Text]:
    for parts in zip(*tiles, strict=True):
        yield Text(" " * TILE_GAP).join(parts)
