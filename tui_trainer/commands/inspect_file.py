"""`mlp-tui inspect FILE`: what a file of weights is, and what of its network is known, inferred or unknown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.commands.ask_engine import ask_engine
from tui_trainer.commands.options import AsJson
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.errors import EXIT_DONE
from tui_trainer.runs.memory_budget import format_bytes

NUM_TENSORS_SHOWN = 20


def inspect(
    file: Annotated[str, Parameter(help="A file of weights: .safetensors, .pt, .pth, .ckpt, .bin.")],
    /,
    *,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False,
) -> int:
    """Say what a file of weights holds, without running anything in it."""
    path = Path(os.path.expanduser(file)).absolute()  # noqa: PTH111 (~x may be no user)
    result = ask_engine("inspect", {"file": str(path)})
    if as_json:
        print_json(result)
    else:
        for line in format_inspection(result):
            print_line(line)
    return EXIT_DONE


def format_inspection(result: dict[str, Any]) -> list[str]:
    """The lines for people."""
    lines = [
        f"{result['file']}: {result['format']}, {format_bytes(result['bytes'])}, {result['num_parameters']:,} parameters",
        *result["notes"],
        *([result["problem"]] if result["problem"] else []),
    ]
    if result["statements"]:
        rows = [(row["certainty"], row["about"], row["value"], row["why"]) for row in result["statements"]]
        lines += ["", *format_table(("", "what", "value", "because"), rows)]
    tensors = result["tensors"][:NUM_TENSORS_SHOWN]
    shapes = [(row["key"], row["dtype"], "x".join(map(str, row["shape"])) or "scalar") for row in tensors]
    hidden = result["num_tensors"] - len(shapes)
    return [*lines, "", *format_table(("tensor", "dtype", "shape"), shapes), *([f"and {hidden:,} more"] if hidden else [])]
