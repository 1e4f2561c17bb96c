"""`mlp-tui evaluate`: a checkpoint, or any file of weights, over a whole set, in an engine process."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from tui_trainer.commands.ask_engine import ask_engine
from tui_trainer.commands.checkpoint_words import ActivationChoice, Checkpoint, data_params, say_assumptions, subject_of
from tui_trainer.commands.options import AsJson
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.errors import EXIT_DONE
from tui_trainer.runs.loss_words import format_loss

NUM_PAIRS_SHOWN = 5
Split = Literal["test", "train", "validation"]


def evaluate(
    checkpoint: Checkpoint,
    /,
    *,
    data: Annotated[str | None, Parameter(help="The data to evaluate on; unset: what the run trained on.")] = None,
    split: Annotated[Split, Parameter(help="Which set.")] = "test",
    activation: ActivationChoice = None,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False,
) -> int:
    """Evaluate a checkpoint: accuracy with its interval, loss, calibration, and precision, recall and F1 of each class."""
    subject = subject_of(checkpoint, activation)
    result = ask_engine("evaluate", {**subject, **data_params(subject, data, split)})
    say_assumptions(result)
    if as_json:
        print_json(result)
    else:
        for line in format_evaluation(result):
            print_line(line)
    return EXIT_DONE


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
        f"accuracy {result['accuracy']:.4f}{_interval(result)}, loss {_loss(result['loss'])}",
        *_more_scores(result),
        "",
        *format_table(("class", "precision", "recall", "f1", "support", "mostly taken for"), rows, right=(1, 2, 3, 4)),
    ]


def _interval(result: dict[str, Any]) -> str:
    low, high = result["interval"]
    return f" (95 %: {low:.4f} to {high:.4f})"


def _number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4f}"


def _loss(value: float | None) -> str:
    return "not finite" if value is None else format_loss(value)


def _more_scores(result: dict[str, Any]) -> list[str]:
    """Calibration and top-2, the baseline, and the pairs that are confused most."""
    names = [entry["class"] for entry in result["per_class"]]
    baseline, top2 = result["baseline"], result["top2"]
    pairs = [
        f"{names[pair['true']]} as {names[pair['predicted']]} ({pair['count']})"
        for pair in result["confused_pairs"][:NUM_PAIRS_SHOWN]
    ]
    return [
        f"macro F1 {result['macro_f1']:.4f}, calibration error {result['calibration']['ece']:.4f}"
        + ("" if top2 is None else f", right in two guesses {top2:.4f}"),
        f"always saying {baseline['class']} would reach {baseline['accuracy']:.4f}",
        *([f"most confused: {', '.join(pairs)}"] if pairs else []),
    ]


_SCORES = (("r2", "r2"), ("mean absolute error", "mae"), ("root mean squared error", "rmse"), ("loss", "loss"))


def _format_regression(result: dict[str, Any]) -> list[str]:
    scores = ((name, result[key]) for name, key in _SCORES)
    return [
        f"{result['checkpoint']} on {result['data']}, {result['split']}: {result['num_examples']:,} examples",
        ", ".join(f"{name} {_number(score)}" for name, score in scores),
        f"always saying the mean would err by {result['baseline']['mae']:.4f}",
    ]


def _commonest_mistake(row: list[int], own: int, per_class: list[dict[str, Any]]) -> str:
    """`9 (5)`: the class that examples of class `own` are most often taken for, and how many."""
    others = [(count, -index) for index, count in enumerate(row) if index != own and count]
    if not others:
        return "-"
    count, index = max(others)
    return f"{per_class[-index]['class']} ({count})"
