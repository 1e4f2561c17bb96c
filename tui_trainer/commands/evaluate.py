"""`mlp-tui evaluate`: a checkpoint over a whole set, in an engine process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from tui_trainer.commands.foreign_weights import refuse_foreign_weights
from tui_trainer.commands.options import AsJson
from tui_trainer.commands.start_view import StartView
from tui_trainer.commands.streams import is_terminal, print_json, print_line
from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.data_source import absolute_source
from tui_trainer.runs.engine_server import EngineServer
from tui_trainer.runs.errors import EXIT_DONE
from tui_trainer.runs.run_index import find_checkpoint


def evaluate(
    checkpoint: Annotated[str, Parameter(help="RUN, RUN:best, RUN:last, RUN:EPOCH, RUN:ID, or a file of a checkpoint.")],
    /,
    *,
    data: Annotated[str | None, Parameter(help="The data to evaluate on; unset: what the run trained on.")] = None,
    split: Annotated[Literal["test", "train"], Parameter(help="Which set.")] = "test",
    as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False,
) -> int:
    """Evaluate a checkpoint: accuracy, loss, and precision, recall and F1 of each class."""
    refuse_foreign_weights(checkpoint, data)
    found = find_checkpoint(checkpoint)
    params = {
        "run": str(found.run.path),
        "checkpoint": found.manifest.id,
        "data": None if data is None else absolute_source(data, Path.cwd()),
        "split": split,
    }
    server = EngineServer()
    try:
        with StartView() as view:
            result = server.request("evaluate", params, view.show if is_terminal(sys.stderr) else _ignore)
    finally:
        server.close()
    if as_json:
        print_json(result)
    else:
        for line in format_evaluation(result):
            print_line(line)
    return EXIT_DONE


def _ignore(progress: object) -> None:
    """A pipe needs no progress of something that takes a second."""


def format_evaluation(result: dict[str, Any]) -> list[str]:
    """The lines for people: what was evaluated, accuracy and loss, then a row for each class and its commonest mistake."""
    if "per_class" not in result:
        return _format_regression(result)
    num_examples, num_classes = result["num_examples"], len(result["per_class"])
    rows = [
        (
            entry["class"],
            f"{entry['precision']:.4f}",
            f"{entry['recall']:.4f}",
            f"{entry['f1']:.4f}",
            f"{entry['support']:,}",
            _commonest_mistake(result["confusion"][index], index, result["per_class"]),
        )
        for index, entry in enumerate(result["per_class"])
    ]
    num_right = sum(result["confusion"][index][index] for index in range(num_classes))
    return [
        f"{result['checkpoint']} on {result['data']}, {result['split']}: {num_right:,} of {num_examples:,} right",
        f"accuracy {result['accuracy']:.4f}, loss {result['loss']:.4f}",
        "",
        *format_table(("class", "precision", "recall", "f1", "support", "mostly taken for"), rows, right=(1, 2, 3, 4)),
    ]


def _format_regression(result: dict[str, Any]) -> list[str]:
    scores = ((name, result[key]) for name, key in (("r2", "r2"), ("mean absolute error", "mae"), ("loss", "loss")))
    return [
        f"{result['checkpoint']} on {result['data']}, {result['split']}: {result['num_examples']:,} examples",
        ", ".join(f"{name} {'not finite' if score is None else format(score, '.4f')}" for name, score in scores),
    ]


def _commonest_mistake(row: list[int], own: int, per_class: list[dict[str, Any]]) -> str:
    """`9 (5)`: the class that examples of class `own` are most often taken for, and how many."""
    others = [(count, -index) for index, count in enumerate(row) if index != own and count]
    if not others:
        return "-"
    count, index = max(others)
    return f"{per_class[-index]['class']} ({count})"
