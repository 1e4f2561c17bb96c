"""The lines of the dialog that forks a run: from which save, and with what changed."""

from __future__ import annotations

from typing import Any

from tui_trainer.runs.config_layers import parse_sets
from tui_trainer.runs.errors import UsageError
from tui_trainer.ui.lines_dialog import AskedLine


def fork_lines(which: str = "last") -> list[AskedLine]:
    """From the save `which`, with no change."""
    return [
        AskedLine("from the save of epoch (or last, best, an id)", which, "last"),
        AskedLine("with changes KEY=VALUE, parted by semicolons; none goes on to the very same bits", "", "optimizer.lr=0.1"),
    ]


def read_fork(typed: list[str]) -> tuple[str, dict[str, Any]]:
    """(which save, {dotted key: value}); UsageError where a change is not written as KEY=VALUE."""
    which, changes = typed
    if not which:
        raise UsageError("write an epoch, last, best or the id of a save")
    return which, parse_sets(part.strip() for part in changes.split(";") if part.strip())
