"""`mlp-tui predict CHECKPOINT FILE`: classes and probabilities of a picture, an array or a table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.commands.ask_engine import ask_engine
from tui_trainer.commands.checkpoint_words import ActivationChoice, Checkpoint, subject_of
from tui_trainer.commands.options import AsJson
from tui_trainer.commands.streams import print_json, print_line, say
from tui_trainer.runs.errors import EXIT_DONE, UsageError
from tui_trainer.runs.safe_text import safe_text

NUM_CLASSES_SHOWN = 3


def predict(
    checkpoint: Checkpoint,
    file: Annotated[
        str, Parameter(help="A picture (.png ...), an array (.npy), or a table with names in its first row (.csv).")
    ],
    /,
    *,
    activation: ActivationChoice = None,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False,
) -> int:
    """Say what a checkpoint makes of each row of a file, with the probabilities of the likeliest classes."""
    path = Path(os.path.expanduser(file)).absolute()  # noqa: PTH111 (~x may be no user)
    if not path.exists():
        raise UsageError(f"{safe_text(file, 160)} is not there; give a picture, an .npy or a .csv")
    result = ask_engine("predict", {**subject_of(checkpoint, activation), "path": str(path)})
    if result["note"]:
        say(result["note"])
    if as_json:
        print_json(result)
        return EXIT_DONE
    for row in result["rows"]:
        print_line(format_row(row, result["class_names"]))
    if result["num_rows"] > len(result["rows"]):
        say(f"the first {len(result['rows']):,} of {result['num_rows']:,} rows")
    return EXIT_DONE


def format_row(row: dict[str, Any], names: list[str] | None) -> str:
    """`7  7 0.9981, 9 0.0012, 2 0.0004`, or the number that a regression predicts."""
    if "value" in row:
        return f"{row['value']:.6g}"
    ranked = sorted(enumerate(row["probabilities"]), key=lambda pair: (-pair[1], pair[0]))[:NUM_CLASSES_SHOWN]
    likely = ", ".join(f"{names[index] if names else index} {probability:.4f}" for index, probability in ranked)
    return f"{row['class']}  {likely}"
