"""RunActions: the keys of a screen that lists runs which ask the app to do something with the run under the cursor.

Starting, resuming and opening are messages to the app (`run_requests`); copying a path is the terminal's. Which keys work
follows from the row.
"""

from __future__ import annotations

from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui_trainer.runs.manifest import WEIGHTS
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.fork_lines import fork_lines, read_fork
from tui_trainer.ui.lines_dialog import LinesDialog
from tui_trainer.ui.listed_row import Row
from tui_trainer.ui.run_requests import (
    EditRequested,
    FamilyRequested,
    ForkRequested,
    OpenRequested,
    RerunRequested,
    ResumeRequested,
    RunRequest,
)

REQUESTS: dict[str, type[RunRequest]] = {
    "open": OpenRequested,
    "edit": EditRequested,
    "resume": ResumeRequested,
    "family": FamilyRequested,
}


class RunActions(Screen[object]):
    """A mix-in: the subclass keeps `row` at what is under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "ask('open')", "Open", tooltip="Show this run's curves on the Train screen"),
        Binding("r", "rerun(False)", "Rerun", tooltip="Train this configuration again, from the start"),
        Binding("R", "rerun(True)", "Rerun, new seed", tooltip="Train this configuration again with a new seed"),
        Binding("e", "ask('edit')", "Edit", tooltip="Load this run's configuration into Configure"),
        Binding("C", "ask('resume')", "Resume", tooltip="Go on with a run that was stopped or died, from its last save"),
        Binding("f", "fork", "Fork", tooltip="Go on from this save as a run of its own, with one change or none"),
        Binding("B", "ask('family')", "Family", tooltip="What this run was made of and what was made of it, as a tree"),
        Binding("y", "copy_path", "Copy path", tooltip="Copy the path of the checkpoint or run to the clipboard"),
    ]
    row: Row | None = None
    """The row under the cursor."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what works for the row is shown and runs."""
        entry = self.row.entry if self.row else None
        match action, parameters:
            case "ask", ("resume", *_):
                return entry is not None and entry.is_resumable
            case ("rerun", _) | ("ask", ("edit", *_)):
                return entry is not None and entry.config is not None
            case "fork", _:
                return entry is not None and entry.config is not None
            case "ask" | "copy_path", _:
                return entry is not None
        return super().check_action(action, parameters)

    def action_rerun(self, has_new_seed: bool) -> None:
        """Have the run's configuration trained again."""
        if self.row is not None:
            self.post_message(RerunRequested(self.row.entry.run, has_new_seed=has_new_seed))

    def action_ask(self, request: str) -> None:
        """Post one of REQUESTS about the run under the cursor."""
        if self.row is not None:
            self.post_message(REQUESTS[request](self.row.entry.run))

    def action_fork(self) -> None:
        """Open the form of a fork, at the save under the cursor or the last one."""
        if self.row is None:
            return
        run, checkpoint = self.row.entry.run, self.row.checkpoint
        which = "last" if checkpoint is None else str(checkpoint.epoch) if checkpoint.epoch_complete else checkpoint.id
        dialog = LinesDialog(f"fork {run.shown_name}", fork_lines(which), read_fork)

        def ask(fork: tuple[str, dict[str, Any]] | None) -> None:
            if fork is not None:
                self.post_message(ForkRequested(run, *fork))

        self.app.push_screen(dialog, ask)

    def action_copy_path(self) -> None:
        """Put the path of the checkpoint's weights, or of the run's folder, on the terminal's clipboard."""
        if self.row is not None:
            checkpoint = self.row.checkpoint
            path = checkpoint.folder / WEIGHTS if checkpoint else self.row.entry.run.path
            self.app.copy_to_clipboard(str(path))
            self.notify(f"copied {safe_text(path, 300)}", markup=False)
