"""`mlp-tui report CHECKPOINT`: an evaluation as one Markdown or HTML file with pictures."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from tui_trainer.commands.ask_engine import ask_engine
from tui_trainer.commands.checkpoint_words import ActivationChoice, Checkpoint, data_params, say_assumptions, subject_of
from tui_trainer.commands.evaluate import Split
from tui_trainer.commands.export import Overwrite, absolute
from tui_trainer.commands.options import AsJson
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.runs.errors import EXIT_DONE
from tui_trainer.runs.memory_budget import format_bytes


def report(
    checkpoint: Checkpoint,
    /,
    *,
    output: Annotated[str, Parameter(name=("--output", "-o"), help="The file to write; it ends in .md or .html.")],
    data: Annotated[str | None, Parameter(help="The data to evaluate on; unset: what the run trained on.")] = None,
    split: Annotated[Split, Parameter(help="Which set.")] = "test",
    activation: ActivationChoice = None,
    overwrite: Overwrite = False,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False,
) -> int:
    """Write scores, confusion, calibration and the examples that went wrong into one file that needs no other."""
    subject = subject_of(checkpoint, activation)
    params = {**subject, **data_params(subject, data, split), "path": absolute(output), "overwrite": overwrite}
    result = ask_engine("report", params)
    say_assumptions(result["evaluation"])
    if as_json:
        print_json(result)
    else:
        print_line(f"{result['path']}: {format_bytes(result['bytes'])}")
    return EXIT_DONE
