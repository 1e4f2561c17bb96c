"""SteerKeys: the keys that change a run while it trains, or lead off from one of its epochs.

A change is a request to the trainer, which saves first and answers in the log; a fork is a message to the app. What is typed
is checked before anything is asked for.
"""

from __future__ import annotations

from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.live_keys import effective_config
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.ui.diagnosed_words import suggested_changes
from tui_trainer.ui.fork_lines import fork_lines, read_fork
from tui_trainer.ui.frame import FramedScreen
from tui_trainer.ui.lines_dialog import LinesDialog
from tui_trainer.ui.live_lines import LiveSet, live_lines, read_sets
from tui_trainer.ui.run_requests import EditRequested, ForkRequested
from tui_trainer.ui.stop_dialog import StopDialog


class SteerKeys(FramedScreen):
    """A subclass says which run it shows, what is known of it, and how the trainer is asked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "set_live", "Set lr", tooltip="Change learning rate, decay, epochs, patience or clipping; it saves first"),
        Binding("E", "one_more_epoch", "Epoch more", tooltip="Train one epoch more than planned; a schedule keeps its length"),
        Binding("X", "stop_unsaved", "Stop, no save", tooltip="End the training now, without a save; asks again"),
        Binding("f", "fork", "Fork", tooltip="Go on from an epoch's save as a run of its own, with one change or none"),
        Binding("T", "try", "Try it", tooltip="Load the configuration into the form with the change that the words suggest"),
    ]

    @property
    def run(self) -> RunDirectory | None:
        """The run that is shown."""
        raise NotImplementedError

    @property
    def history(self) -> RunHistory | None:
        """What is known of it; None before its log was read to its end once."""
        raise NotImplementedError

    @property
    def status(self) -> RunStatus | None:
        """What it does now; None where that is not known."""
        raise NotImplementedError

    @property
    def config(self) -> RunConfig | None:
        """The configuration that it began with; None where it cannot be read."""
        raise NotImplementedError

    @property
    def chosen_epoch(self) -> int | None:
        """The epoch under the cursor; None where there is none."""
        raise NotImplementedError

    def ask_trainer(self, kind: str, **args: object) -> None:
        """Send a request to the trainer, and tell where that fails."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Live keys need a trainer, a fork a save."""
        match action:
            case "set_live" | "one_more_epoch":
                return self.status in (RunStatus.RUNNING, RunStatus.PAUSED) and self.effective_config is not None
            case "stop_unsaved":
                return self.status is not None and self.status.is_live
            case "fork":
                return self.config is not None and self.history is not None and bool(self.history.checkpoints)
            case "try":
                return bool(self._suggested)
        return super().check_action(action, parameters)

    @property
    def effective_config(self) -> RunConfig | None:
        """The configuration as it was changed since the start."""
        config, history = self.config, self.history
        return effective_config(config, history.changes) if config is not None and history is not None else None

    @property
    def _suggested(self) -> dict[str, Any]:
        if self.history is None or self.status is None:
            return {}
        return suggested_changes(self.history, self.status, self.config)

    def action_try(self) -> None:
        """Ask the app for the form, with what the words suggest."""
        if self.run is not None:
            self.post_message(EditRequested(self.run, self._suggested))

    def action_set_live(self) -> None:
        """Open the form of live keys."""
        config, history = self.effective_config, self.history
        if config is None or history is None:
            return
        least = max(1, -(-history.step // (history.steps_per_epoch or 1)))
        dialog = LinesDialog("set while it trains", live_lines(config), lambda typed: read_sets(config, typed, least))
        self.app.push_screen(dialog, self._ask_for_sets)

    def _ask_for_sets(self, sets: list[LiveSet] | None) -> None:
        for change in sets or ():
            self.ask_trainer("set", key=change.key, value=change.value)

    def action_one_more_epoch(self) -> None:
        """Ask for an epoch more than is planned now."""
        if self.effective_config is not None:
            self.ask_trainer("set", key="training.epochs", value=self.effective_config.training.epochs + 1)

    def action_stop_unsaved(self) -> None:
        """Ask again, then ask the trainer to end without a save."""
        if self.run is not None and self.history is not None:
            self.app.push_screen(StopDialog(self.run.shown_name, self.history), self._stop_unsaved)

    def _stop_unsaved(self, is_sure: bool | None) -> None:
        if is_sure:
            self.ask_trainer("stop", save=False)

    def action_fork(self) -> None:
        """Open the form of a fork, at the epoch under the cursor."""
        run = self.run
        if run is None:
            return
        lines = fork_lines(str(self.chosen_epoch or "last"))
        self.app.push_screen(LinesDialog(f"fork {run.shown_name}", lines, read_fork), self._ask_for_fork)

    def _ask_for_fork(self, fork: tuple[str, dict[str, Any]] | None) -> None:
        if fork is not None and self.run is not None:
            self.post_message(ForkRequested(self.run, *fork))
