"""`mlp-tui weights CHECKPOINT`: figures of each tensor, and the first layer's units as pictures on a terminal or in a PNG."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.commands.ask_engine import ask_engine
from tui_trainer.commands.checkpoint_words import Checkpoint, subject_of
from tui_trainer.commands.export import Overwrite, absolute
from tui_trainer.commands.half_blocks import ZERO, Picture, can_show_pictures, format_pictures, signed, terminal_columns
from tui_trainer.commands.options import AsJson
from tui_trainer.commands.streams import print_json, print_line, print_styled, say
from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.errors import EXIT_DONE, UsageError
from tui_trainer.runs.memory_budget import format_bytes

MAX_COUNT = 256
PICTURE_SIZE = 14


def weights(
    checkpoint: Checkpoint,
    /,
    *,
    count: Annotated[int, Parameter(help=f"How many units of the first layer, at most {MAX_COUNT}.")] = 20,
    output: Annotated[
        str | None, Parameter(name=("--output", "-o"), help="A .png to write with these units; orange adds, blue takes away.")
    ] = None,
    overwrite: Overwrite = False,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False,
) -> int:
    """Say how large the weights of each layer are, and show the first layer's units, the largest norm first."""
    if not 1 <= count <= MAX_COUNT:
        raise UsageError(f"--count {count}: it takes 1 to {MAX_COUNT} units")
    params = {"limit": count, "path": None if output is None else absolute(output), "overwrite": overwrite}
    result = ask_engine("weights", {**subject_of(checkpoint), **params})
    if as_json:
        print_json(result)
        return EXIT_DONE
    has_pictures = result["image_shape"] is not None and output is None and can_show_pictures()
    for line in format_weights(result, has_units=not has_pictures and output is None):
        print_line(line)
    if has_pictures:
        _print_pictures(result)
    if result["note"]:
        say(result["note"])
    if result["path"]:
        print_line("")
        print_line(
            f"{result['path']}: {len(result['units'])} of {result['num_units']:,} units, {format_bytes(result['bytes'])}"
        )
    return EXIT_DONE


def format_weights(result: dict[str, Any], *, has_units: bool) -> list[str]:
    """The lines for people: a row for each tensor and, where there are no pictures, for each unit."""
    rows = [
        (row["layer"], " x ".join(f"{size}" for size in row["shape"]), *(_number(row[name]) for name in _FIGURES))
        for row in result["layers"]
    ]
    lines = [result["checkpoint"], "", *format_table(("weights", "shape", *_FIGURES), rows, right=range(2, 2 + len(_FIGURES)))]
    if has_units:
        units = [(f"#{unit['unit']}", _number(unit["norm"]), _number(unit["largest"])) for unit in result["units"]]
        title = f"unit (of {result['num_units']:,})"
        lines += ["", *format_table((title, "norm", "largest magnitude"), units, right=(1, 2))]
    return lines


_FIGURES = ("norm", "mean", "std", "smallest", "largest")


def _number(value: float) -> str:
    return f"{value:.4g}"


def _print_pictures(result: dict[str, Any]) -> None:
    print_line("")
    units = result["units"]
    print_line(f"{len(units)} of {result['num_units']:,} units, the largest norm first; orange adds, blue takes away")
    pictures = [Picture(f"#{unit['unit']} {unit['norm']:.2g}", unit["pixels"]) for unit in units]
    shape, columns = result["image_shape"], terminal_columns()
    print_styled(format_pictures(pictures, shape, size=PICTURE_SIZE, columns=columns, colour=signed, paper=ZERO))
