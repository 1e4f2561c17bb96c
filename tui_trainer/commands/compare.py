"""`mlp-tui compare A B`: rows fixed, broken and wrong in both, McNemar's test, distance of the weights, other configuration."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.commands.ask_engine import ask_engine
from tui_trainer.commands.checkpoint_words import ActivationChoice, Checkpoint, data_params, subject_of
from tui_trainer.commands.evaluate import Split
from tui_trainer.commands.options import AsJson
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.errors import EXIT_DONE

NUM_ROWS_SHOWN = 8


def compare(
    a: Checkpoint,
    b: Checkpoint,
    /,
    *,
    data: Annotated[str | None, Parameter(help="The data to compare on; unset: what the runs trained on.")] = None,
    split: Annotated[Split, Parameter(help="Which set.")] = "test",
    activation: ActivationChoice = None,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False,
) -> int:
    """Compare two checkpoints on the same rows: which B fixes, which it breaks, and whether that can be chance."""
    subjects = {"a": subject_of(a, activation), "b": subject_of(b, activation)}
    named = next((subject for subject in subjects.values() if "run" in subject), subjects["a"])
    result = ask_engine("compare", {**subjects, **data_params(named, data, split), "limit": 100})
    if as_json:
        print_json(result)
    else:
        for line in format_comparison(result):
            print_line(line)
    return EXIT_DONE


def format_comparison(result: dict[str, Any]) -> list[str]:
    """The lines for people."""
    a, b, names = result["a"], result["b"], result["class_names"]
    lines = [
        f"{result['data']}, {result['split']}: {result['num_examples']:,} examples",
        f"A  {a['checkpoint']}  accuracy {a['accuracy']:.4f}",
        f"B  {b['checkpoint']}  accuracy {b['accuracy']:.4f}",
        f"B fixes {result['fixed']['count']:,} and breaks {result['broken']['count']:,}; "
        f"{result['both_wrong']['count']:,} wrong in both, {result['both_right']:,} right in both",
        result["mcnemar"]["words"],
    ]
    for which, title in (("fixed", "fixed"), ("broken", "broken"), ("both_wrong", "wrong in both")):
        lines += _rows(result[which], title, names)
    if result["layers"]:
        rows = [(row["layer"], f"{row['distance']:.4f}", _share(row["relative"])) for row in result["layers"]]
        lines += ["", *format_table(("weights", "distance", "of A's norm"), rows, right=(1, 2))]
    elif result["layers_note"]:
        lines += ["", result["layers_note"]]
    if result["config"]:
        lines += [
            "",
            *format_table(("configuration", "A", "B"), [(row["key"], row["a"], row["b"]) for row in result["config"]]),
        ]
    return lines


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _rows(part: dict[str, Any], title: str, names: list[str]) -> list[str]:
    if not part["examples"]:
        return []
    rows = [
        (f"#{row['index']}", names[row["true"]], names[row["predicted_a"]], names[row["predicted_b"]])
        for row in part["examples"][:NUM_ROWS_SHOWN]
    ]
    hidden = part["count"] - len(rows)
    more = [f"and {hidden:,} more"] if hidden > 0 else []
    return ["", *format_table((title, "true", "A says", "B says"), rows), *more]
