"""`mlp-tui checkpoints`: every saved state with its metrics, of one run or of all."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.errors import EXIT_DONE
from tui_trainer.runs.labels import read_labels
from tui_trainer.runs.loss_words import format_loss
from tui_trainer.runs.manifest import RESUME
from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.runs.run_directory import RunDirectory, best_checkpoint
from tui_trainer.runs.run_index import find_run, run_directories

_COLUMNS = ("checkpoint", "epoch", "train acc", "test acc", "test loss", "size", "")
_RIGHT = (1, 2, 3, 4, 5)


def checkpoints(
    run: Annotated[str | None, Parameter(help="A run; unset: all runs.")] = None,
    /,
    *,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON array.")] = False,
) -> int:
    """List saved states with their metrics, newest run first, oldest state first."""
    runs = run_directories() if run is None else [find_run(run)]
    rows = [row for found in runs for row in describe_checkpoints(found)]
    if as_json:
        print_json(rows)
    elif not rows:
        print_line("no checkpoints yet" if run is None else f"{runs[0].shown_name} has no checkpoints yet")
    else:
        for line in format_table(_COLUMNS, [_cells(row) for row in rows], right=_RIGHT):
            print_line(line)
    return EXIT_DONE


def describe_checkpoints(run: RunDirectory) -> list[dict[str, Any]]:
    """One object for each well-formed checkpoint, oldest first."""
    found = run.checkpoints()
    history, keep = run.history(with_steps=False), read_labels(run.path).keep
    current = [manifest for manifest in found if not history.is_superseded(manifest.attempt, manifest.step)]
    best = best_checkpoint(current)
    return [
        {
            "run": run.run,
            "name": run.shown_name,
            "checkpoint": manifest.id,
            "step": manifest.step,
            "epoch": manifest.epoch,
            "epoch_complete": manifest.epoch_complete,
            "metrics": manifest.metrics,
            "bytes": manifest.num_bytes,
            "weights_sha256": manifest.weights_sha256,
            "is_best": best is not None and manifest.id == best.id,
            "is_kept": manifest.id in keep,
            "is_resumable": RESUME in manifest.files,
            "is_superseded": history.is_superseded(manifest.attempt, manifest.step),
            "path": str(run.checkpoints_folder / manifest.id),
        }
        for manifest in found
    ]


def _cells(row: dict[str, Any]) -> tuple[Any, ...]:
    metrics = row["metrics"]
    marks = [word for key, word in (("is_best", "best"), ("is_kept", "kept"), ("is_superseded", "superseded")) if row[key]]
    return (
        f"{row['name']}:{row['checkpoint']}",
        row["epoch"],
        *(format_loss(metrics[name]) if name in metrics else "-" for name in ("train_acc", "test_acc", "test_loss")),
        format_bytes(row["bytes"]),
        " ".join([*marks, *([] if row["epoch_complete"] else ["in mid-epoch"])]),
    )
