"""`mlp-tui export CHECKPOINT`: the weights in a form that other programs read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from tui_trainer.commands.ask_engine import ask_engine
from tui_trainer.commands.checkpoint_words import ActivationChoice, Checkpoint, subject_of
from tui_trainer.commands.options import AsJson
from tui_trainer.commands.streams import print_json, print_line, say
from tui_trainer.runs.errors import EXIT_DONE
from tui_trainer.runs.memory_budget import format_bytes

Overwrite = Annotated[bool, Parameter(help="Replace what is there.")]


def export(
    checkpoint: Checkpoint,
    /,
    *,
    output: Annotated[str, Parameter(name=("--output", "-o"), help="The file to write, or the folder.")],
    written: Annotated[
        Literal["safetensors", "pt", "onnx", "folder"],
        Parameter(name="--format", help="pt: a plain state_dict; folder: weights and a predict.py that needs torch alone."),
    ] = "safetensors",
    activation: ActivationChoice = None,
    overwrite: Overwrite = False,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False,
) -> int:
    """Write a checkpoint's weights in another form; an ONNX file is compared with the network first."""
    params = {"format": written, "path": absolute(output), "overwrite": overwrite}
    result = ask_engine("export", {**subject_of(checkpoint, activation), **params})
    if as_json:
        print_json(result)
    else:
        print_line(f"{result['path']}: {result['format']}, {format_bytes(result['bytes'])}")
        if result["checked"]:
            say(f"checked: {result['checked']}")
    return EXIT_DONE


def absolute(path: str) -> str:
    """`path` from this working folder, which the engine does not share."""
    return str(Path(os.path.expanduser(path)).absolute())  # noqa: PTH111 (~x may be no user)
