"""`mlp-tui runs` and `mlp-tui show`: which runs there are, and what is known of one."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson, Run
from tui_trainer.commands.run_card import describe_run, format_run_card
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.errors import EXIT_DONE
from tui_trainer.runs.run_index import find_run, list_runs
from tui_trainer.runs.run_summary import RunSummary

_COLUMNS = ("run", "status", "epoch", "best test", "at", "device", "saves", "created (UTC)")
_RIGHT = (2, 3, 4, 6)


def runs(*, as_json: Annotated[AsJson, Parameter(help="Print one JSON array.")] = False) -> int:
    """List the runs, newest first."""
    summaries = list_runs()
    if as_json:
        print_json([summary.as_json() for summary in summaries])
    elif not summaries:
        print_line("no runs yet; `mlp-tui train` makes one")
    else:
        for line in format_table(_COLUMNS, [_row(summary) for summary in summaries], right=_RIGHT):
            print_line(line)
    return EXIT_DONE


def show(run: Run, /, *, as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False) -> int:
    """Show one run: status, configuration in short, best and last epoch, checkpoints, warnings, damage, path."""
    found = find_run(run)
    card = describe_run(found)
    if as_json:
        print_json(card)
    else:
        for line in format_run_card(card):
            print_line(line)
    return EXIT_DONE


def _row(summary: RunSummary) -> tuple[Any, ...]:
    return (
        summary.name,
        summary.status.value,
        f"{summary.epoch}/{summary.epochs or '?'}",
        "-" if summary.best_test_acc is None else f"{summary.best_test_acc:.4f}",
        summary.best_epoch or "-",
        summary.device or "-",
        summary.num_checkpoints,
        summary.created[:16].replace("T", " "),
    )
