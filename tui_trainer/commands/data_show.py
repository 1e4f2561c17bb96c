"""`mlp-tui data show`: what a data source holds, as lines: rows, classes as bars, a sparkline a column, some images."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson, Sets
from tui_trainer.commands.start_view import StartView
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.config import dump_config
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.data_source import absolute_source
from tui_trainer.runs.engine_server import EngineServer
from tui_trainer.runs.errors import EXIT_DONE
from tui_trainer.runs.memory_budget import format_bytes

BLOCKS = "▁▂▃▄▅▆▇█"
LEVELS = ".:-=+*#@"
SHADES = " .:-=+*#%@"
BAR_COLUMNS = 30
MAX_CLASSES = 20
MAX_IMAGES = 3


def show(
    source: Annotated[str, Parameter(help="A data source, as `data list` shows them.")],
    /,
    *,
    sets: Sets = None,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON object.")] = False,
) -> int:
    """Show what a data source holds, without downloading it: --set data.target=... and the like choose as in a run."""
    wanted = resolve_config(flags={"data.source": absolute_source(source, Path.cwd())}, sets=sets or ())
    params = {key: value for key, value in dump_config(wanted)["data"].items() if value is not None}
    server = EngineServer()
    try:
        with StartView() as view:
            found = server.request("describe_data", params, view.show)
    finally:
        server.close()
    if as_json:
        print_json(found)
        return EXIT_DONE
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    for line in describe_lines(found, is_unicode=is_unicode):
        print_line(line)
    return EXIT_DONE


def describe_lines(found: dict[str, Any], *, is_unicode: bool) -> list[str]:
    """The lines for what the server's `describe_data` answered."""
    if not found["is_here"]:
        size = found["download_bytes"]
        cost = f"a download of some {format_bytes(size)}" if size else "a download whose size OpenML tells when it begins"
        return [f"{found['source']}: not on this machine; {cost}: mlp-tui data fetch {found['source']}"]
    outputs = "1 number" if found["task"] == "regression" else f"{found['num_classes']} classes"
    lines = [
        f"{found['source']}: {found['num_train']:,} to train and {found['num_test']:,} to test on, "
        f"{found['num_inputs']:,} inputs, {outputs}"
    ]
    if found["target"]:
        lines.append(f"target {found['target']} ({found['task']}), {found['missing']:,} empty cells")
    if found["bytes"]:
        lines.append(f"{format_bytes(found['bytes'])} in {found['path']}")
    lines += [f"note: {note}" for note in found["notes"]]
    lines += _class_lines(found["classes"], is_unicode=is_unicode)
    lines += _column_lines(found, is_unicode=is_unicode)
    return lines + _image_lines(found)


def _class_lines(classes: Sequence[dict[str, Any]], *, is_unicode: bool) -> list[str]:
    if not classes:
        return []
    most = max(entry["train"] for entry in classes) or 1
    mark = "█" if is_unicode else "#"
    rows = [
        (entry["name"], f"{entry['train']:,}", f"{entry['test']:,}", mark * max(1, round(entry["train"] / most * BAR_COLUMNS)))
        for entry in classes[:MAX_CLASSES]
    ]
    more = [f"… {len(classes) - MAX_CLASSES:,} more classes"] if len(classes) > MAX_CLASSES else []
    return ["", *format_table(("class", "train", "test", ""), rows, right={1, 2}), *more]


def _column_lines(found: dict[str, Any], *, is_unicode: bool) -> list[str]:
    """A line a column; of images, whose pixels have no names, none."""
    histogram = found["target_histogram"]
    target = [{"name": f"{found['target']} (target)", "missing": 0, **histogram}] if histogram else []
    columns = [] if found["image_shape"] else found["columns"]
    rows = [
        (column["name"], sparkline(column["histogram"], is_unicode=is_unicode), _range(column), f"{column['missing']:,}")
        for column in [*columns, *target]
    ]
    if not rows:
        return []
    more = found["num_columns"] - len(found["columns"]) if found["column_names"] else 0
    tail = [f"… {more:,} more columns"] if more > 0 else []
    return ["", *format_table(("column", "training part", "from, to", "empty"), rows, right={3}), *tail]


def sparkline(counts: Sequence[int], *, is_unicode: bool) -> str:
    """One character a bin, as high as its count among them; a bin of none is blank."""
    levels, most = BLOCKS if is_unicode else LEVELS, max(counts, default=0) or 1
    return "".join(levels[min(len(levels) - 1, count * len(levels) // (most + 1))] if count else " " for count in counts)


def _range(column: dict[str, Any]) -> str:
    if column["kind"] == "number":
        return f"{column['low']:.4g}, {column['high']:.4g}"
    shown = ", ".join(column["categories"][:3])
    return f"{shown}, … ({column['num_categories']:,})" if column["num_categories"] > 3 else shown


def _image_lines(found: dict[str, Any]) -> list[str]:
    """The first images side by side, two rows of pixels a line."""
    if not found["samples"]:
        return []
    height, width = found["image_shape"]
    images = found["samples"][:MAX_IMAGES]
    lines = ["", "   ".join(f"{image['label'][:width]:<{width}}" for image in images).rstrip()]
    for row in range(0, height, 2):
        parts = ["".join(_shade(image["pixels"], row, column, height, width) for column in range(width)) for image in images]
        lines.append("   ".join(parts).rstrip())
    return lines


def _shade(pixels: Sequence[int], row: int, column: int, height: int, width: int) -> str:
    below = pixels[min(row + 1, height - 1) * width + column]
    return SHADES[(pixels[row * width + column] + below) // 2 * (len(SHADES) - 1) // 255]
