"""RunKeys: the keys of a screen that shows one run, and what they do.

Requests to the trainer are published through `runs.control`, in a thread, because publishing waits for the disk; starting,
resuming and editing are messages to the app. Which keys work follows from what the run does now.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui_trainer.runs import control
from tui_trainer.runs.errors import NumericError
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.run_requests import (
    EditRequested,
    FamilyRequested,
    OverlayRequested,
    RerunRequested,
    ResumeRequested,
)
from tui_trainer.ui.steer_keys import SteerKeys

_REQUEST_WORDS = {
    "stop": "asked to stop: the trainer ends its step, saves and stops",
    "save": "asked to save: a checkpoint of this step appears when it is on disk",
    "set": "asked to change it: the trainer saves first, then goes on with the new value",
}


class RunKeys(SteerKeys):
    """A subclass says which run it shows, and what is known of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", tooltip="Hold the training at the next step; the device stays taken"),
        Binding("space", "go_on", "Go on", tooltip="Let the paused training go on"),
        Binding(
            "space", "start_now", "Start now", tooltip="Begin at once, beside what trains, instead of waiting for its turn"
        ),
        Binding("s", "stop", "Stop", tooltip="End the training after the step it is in, and save; C goes on from there"),
        Binding("S", "save_now", "Save", tooltip="Save a checkpoint of this very step"),
        Binding("C", "resume", "Resume", tooltip="Go on from the last save, to the weights that it would have had"),
        Binding("r", "rerun", "Rerun", tooltip="Train the same configuration again, as a run of its own"),
        Binding("R", "rerun_with_new_seed", "New seed", tooltip="Train it again with another seed"),
        Binding("e", "edit", "Edit", tooltip="Load this configuration into the form"),
        Binding("m", "swap_machine", "Machine", tooltip="Show what the run takes of this machine in place of its epochs"),
        Binding("y", "copy_path", "Copy path", tooltip="Copy the path of the run's folder"),
        Binding(
            "o", "overlay", "Overlay", tooltip="Lay its curves over those of the runs marked in the list, or of one you choose"
        ),
        Binding("B", "show_family", "Family", tooltip="What it was made of and what was made of it, as a tree"),
    ]
    KEY_BAR: ClassVar[KeyBarTable] = {
        "pause": KeyHint(1, key="space"),
        "go_on": KeyHint(0, key="space"),
        "start_now": KeyHint(0, key="space"),
        "stop": 0,
        "resume": 0,
        "save_now": 5,
        "rerun": 3,
        "rerun_with_new_seed": 7,
        "edit": 4,
        "fork": 5,
        "set_live": 5,
        "try": 6,
        "swap_machine": 6,
        "overlay": 7,
        "copy_path": 9,
        "one_more_epoch": 8,
        "stop_unsaved": 9,
    }

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What works now: a run that is not alive cannot be stopped, one that is cannot be resumed."""
        status = self.status
        is_live = status is not None and status.is_live
        match action:
            case "pause":
                return status is RunStatus.RUNNING
            case "go_on":
                return status is RunStatus.PAUSED
            case "start_now":
                return status is RunStatus.QUEUED
            case "stop":
                return is_live
            case "save_now":
                return is_live and status is not RunStatus.QUEUED
            case "resume":
                return self._is_resumable
            case "rerun" | "rerun_with_new_seed" | "edit":
                return self.history is not None and self.config is not None
            case "copy_path" | "show_family" | "overlay":
                return self.run is not None
            case "swap_machine":
                return self.has_class("-small") and self.history is not None
        return super().check_action(action, parameters)

    @property
    def _is_resumable(self) -> bool:
        """A loss that became NaN becomes it again, so going on does not help there."""
        if self.status is RunStatus.FAILED and self.history is not None and self.history.ended is not None:
            return self.history.ended.get("exit_code") != NumericError.exit_code
        return self.status in (RunStatus.STOPPED, RunStatus.CRASHED)

    def action_pause(self) -> None:
        """Ask the trainer to pause."""
        self.ask_trainer("pause")

    def action_go_on(self) -> None:
        """Ask the trainer to go on."""
        self.ask_trainer("continue")

    def action_start_now(self) -> None:
        """Ask the waiting trainer to begin."""
        self.ask_trainer("start")

    def action_overlay(self) -> None:
        """Ask the app for the curves of several runs."""
        if self.run is not None:
            self.post_message(OverlayRequested((self.run,)))

    def action_show_family(self) -> None:
        """Ask the app for the tree."""
        if self.run is not None:
            self.post_message(FamilyRequested(self.run))

    def action_stop(self) -> None:
        """Ask the trainer to save and end."""
        self.ask_trainer("stop", save=True)

    def action_save_now(self) -> None:
        """Ask the trainer for a checkpoint now."""
        self.ask_trainer("save")

    def action_resume(self) -> None:
        """Ask the app to go on with the run."""
        if self.run is not None:
            self.post_message(ResumeRequested(self.run))

    def action_rerun(self) -> None:
        """Ask the app to train the configuration again."""
        if self.run is not None:
            self.post_message(RerunRequested(self.run))

    def action_rerun_with_new_seed(self) -> None:
        """Ask the app to train it again with another seed."""
        if self.run is not None:
            self.post_message(RerunRequested(self.run, has_new_seed=True))

    def action_edit(self) -> None:
        """Ask the app for the form."""
        if self.run is not None:
            self.post_message(EditRequested(self.run))

    def action_swap_machine(self) -> None:
        """Show machine and words where the epochs are, or the epochs again."""
        self.toggle_class("-machine")

    def action_copy_path(self) -> None:
        """Copy the run's folder by the terminal's own way (OSC 52)."""
        if self.run is not None:
            self.app.copy_to_clipboard(str(self.run.path))
            self.notify(safe_text(self.run.path, 200), title="copied", markup=False)

    def ask_trainer(self, kind: str, **args: object) -> None:
        """Publish the request in a thread, because publishing waits for the disk."""
        if self.run is not None and self.history is not None:
            ask = partial(control.request, self.run, kind, self.history.attempt, **args)
            self.run_worker(self._publish_request(kind, ask), group="request")

    async def _publish_request(self, kind: str, ask: partial[str]) -> None:
        try:
            await asyncio.to_thread(ask)
        except OSError as error:
            self.notify(safe_text(f"{kind} could not be asked for: {error}", 200), severity="error", markup=False)
            return
        if kind in _REQUEST_WORDS:
            self.notify(_REQUEST_WORDS[kind], markup=False)
