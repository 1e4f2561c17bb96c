"""`mlp-tui examples CHECKPOINT`: the rows that a network gets wrong, largest losses first; pictures where a terminal can."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from tui_trainer.commands.ask_engine import ask_engine
from tui_trainer.commands.checkpoint_words import ActivationChoice, Checkpoint, data_params, say_assumptions, subject_of
from tui_trainer.commands.evaluate import Split
from tui_trainer.commands.half_blocks import Picture, can_show_pictures, format_pictures, grey, terminal_columns
from tui_trainer.commands.options import AsJson
from tui_trainer.commands.streams import print_json, print_line, print_styled
from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.errors import EXIT_DONE, UsageError

MAX_COUNT = 100
NUM_LIKELY = 3
NUM_VALUES = 6
PICTURE_SIZE = 28


def examples(
    checkpoint: Checkpoint,
    /,
    *,
    which: Annotated[
        Literal["wrong", "right", "all"] | None,
        Parameter(help="Which ones; unset: the wrong ones, of one cell or of a regression all."),
    ] = None,
    order: Annotated[
        Literal["largest", "smallest"] | None,
        Parameter(help="Which loss comes first; unset: the largest, of right ones the smallest."),
    ] = None,
    true: Annotated[
        str | None, Parameter(help="Only those of this class; with --predicted a cell of the confusion matrix.")
    ] = None,
    predicted: Annotated[str | None, Parameter(help="Only those that were taken for this class.")] = None,
    count: Annotated[int, Parameter(help=f"How many, at most {MAX_COUNT}.")] = 12,
    offset: Annotated[int, Parameter(help="How many to leave out at the start.")] = 0,
    data: Annotated[str | None, Parameter(help="The data to look at; unset: what the run trained on.")] = None,
    split: Annotated[Split, Parameter(help="Which set.")] = "test",
    activation: ActivationChoice = None,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False,
) -> int:
    """Show single examples with their losses and the probabilities that the network gave; images as pictures on a terminal."""
    if not 1 <= count <= MAX_COUNT:
        raise UsageError(f"--count {count}: it takes 1 to {MAX_COUNT} examples; --offset shows later ones")
    subject = subject_of(checkpoint, activation)
    asked = {"which": which, "order": order, "true": true, "predicted": predicted, "offset": offset, "limit": count}
    result = ask_engine("examples", {**subject, **data_params(subject, data, split), **asked})
    say_assumptions(result)
    if as_json:
        print_json(result)
        return EXIT_DONE
    for line in format_examples(result):
        print_line(line)
    if result["image_shape"] and result["examples"] and can_show_pictures():
        _print_pictures(result)
    return EXIT_DONE


def format_examples(result: dict[str, Any]) -> list[str]:
    """The lines for people: how many there are, and a row for each that is shown."""
    shown, offset = result["examples"], result["offset"]
    place = f"{offset + 1:,} to {offset + len(shown):,} of {result['total']:,}" if shown else f"none of {result['total']:,}"
    head = f"{result['checkpoint']} on {result['data']}, {result['split']}: {place} examples"
    if not shown:
        return [head]
    if result["class_names"]:
        rows = [_class_row(example, result) for example in shown]
        heading: tuple[str, ...] = ("row", "true", "predicted", "loss", "likeliest")
        right: tuple[int, ...] = (0, 3)
    else:
        rows = [_number_row(example) for example in shown]
        heading, right = ("row", "true", "predicted", "off by", "loss"), (0, 1, 2, 3, 4)
    if result["columns"]:
        rows = [(*row, _values(example, result["columns"])) for row, example in zip(rows, shown, strict=True)]
        heading = (*heading, "values")
    return [head, "", *format_table(heading, rows, right=right)]


def _class_row(example: dict[str, Any], result: dict[str, Any]) -> tuple[str, ...]:
    names = result["class_names"]
    ranked = sorted(enumerate(example["probabilities"]), key=lambda pair: (-pair[1], pair[0]))[:NUM_LIKELY]
    likely = ", ".join(f"{names[index]} {probability:.4f}" for index, probability in ranked)
    return f"#{example['index']}", names[example["true"]], names[example["predicted"]], _loss(example), likely


def _number_row(example: dict[str, Any]) -> tuple[str, ...]:
    numbers = example["true"], example["predicted"]
    off = "-" if None in numbers else f"{numbers[1] - numbers[0]:+.6g}"
    return f"#{example['index']}", *("-" if value is None else f"{value:.6g}" for value in numbers), off, _loss(example)


def _loss(example: dict[str, Any]) -> str:
    return "not finite" if example["loss"] is None else f"{example['loss']:.4f}"


def _values(example: dict[str, Any], columns: list[str]) -> str:
    """`sepal length 5.1, ...`: the first columns of a table's row."""
    parts = [f"{name} {value or '-'}" for name, value in zip(columns, example["values"], strict=True)]
    return ", ".join([*parts[:NUM_VALUES], *(["..."] if len(parts) > NUM_VALUES else [])])


def _print_pictures(result: dict[str, Any]) -> None:
    names = result["class_names"]
    pictures = [
        Picture(f"{names[example['true']]} as {names[example['predicted']]} #{example['index']}", example["pixels"])
        for example in result["examples"]
    ]
    print_line("")
    columns = terminal_columns()
    print_styled(format_pictures(pictures, result["image_shape"], size=PICTURE_SIZE, columns=columns, colour=grey, paper=0))
