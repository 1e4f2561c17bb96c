"""What stands in the terminal once the app has closed; reads the runs' folders, so called after the screens are gone."""

from __future__ import annotations

from collections.abc import Sequence

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.run_closing_words import closing_lines
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.live_runs import is_alive


def closing_words(runs: Sequence[RunDirectory]) -> list[str]:
    """Six lines on the last of `runs`, and one on each other that goes on; nothing of a run whose folder is gone."""
    *others, last = runs
    lines = []
    for run in others:
        if is_alive(run):
            name = safe_text(run.shown_name)
            lines.append(f"{name} goes on training; `mlp-tui` shows it again, `mlp-tui stop {name}` saves and stops it")
    try:
        return [*lines, *closing_lines(last)] if last.path.is_dir() else lines
    except (MlpTuiError, OSError):
        return lines
