"""Choosing one of the runs on disk in a dialog: type to find it, newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from textual.app import App

from tui_trainer.runs.kept_summaries import KeptSummaries
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.run_summary import RunSummary
from tui_trainer.ui.choice_dialog import FindDialog
from tui_trainer.ui.form_fields import Choice

MAX_LISTED = 200
"""The newest; older ones are found on the Checkpoints screen, where they can be marked."""
_SETTINGS_SHOWN = 3


async def choose_run(app: App[Any], title: str, without: Collection[str] = ()) -> RunDirectory | None:
    """The chosen run, not one of those whose folder's name is in `without`; None where the dialog was left."""
    summaries = await asyncio.to_thread(_read_summaries, without)
    if not summaries:
        app.notify("there is no other run yet", markup=False)
        return None
    choices = [Choice(summary.run, summary.name, _describe(summary)) for summary in summaries]
    chosen = await app.push_screen_wait(FindDialog(title, choices))
    found = {summary.run: summary for summary in summaries}.get(str(chosen.value)) if chosen is not None else None
    return RunDirectory(found.path) if found is not None else None


def _read_summaries(without: Collection[str]) -> list[RunSummary]:
    kept = KeptSummaries.read()
    runs = [run for run in run_directories() if run.run not in without][:MAX_LISTED]
    return [kept.summarise(run) for run in runs]


def _describe(summary: RunSummary) -> str:
    """`done  best 0.9784  optimizer.lr 0.1`."""
    best = f"best {summary.best_test_acc:.4f}" if summary.best_test_acc is not None else f"epoch {summary.epoch}"
    settings = [f"{key} {value}" for key, value in summary.changes if key != "name"][:_SETTINGS_SHOWN]
    return "  ".join([summary.status.value, best, *settings])
