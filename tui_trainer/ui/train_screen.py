"""TrainScreen: one run as it goes, and the keys that steer it.

It follows the run's log through one worker (run_follower.py) and draws what is new (run_view.py), at most as often as the
follower reads. All state is the follower's history: the screen could be closed at any moment and lose nothing. Requests to
the trainer go through `runs.control`; starting, resuming and editing are messages to the app.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize

from tui_trainer.runs import control
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import MlpTuiError, NumericError
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.trainer_load import TrainerGauge
from tui_trainer.ui.epoch_table import EpochTable
from tui_trainer.ui.frame import FramedScreen
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.run_follower import (
    AttemptStarted,
    RequestRefused,
    RunAttached,
    RunEnded,
    RunFollower,
    RunMessage,
    RunRemoved,
    StatusChanged,
)
from tui_trainer.ui.run_requests import EditRequested, OpenRequested, RerunRequested, ResumeRequested
from tui_trainer.ui.run_view import RunView
from tui_trainer.ui.screen_cost import ScreenCost
from tui_trainer.ui.span_compositor import SpanCompositor
from tui_trainer.ui.status_line import RunFacts
from tui_trainer.ui.train_figures import header_facts, run_facts

GAUGE_S = 1.0
"""Seconds between two looks at the trainer's load."""
_REQUEST_WORDS = {
    "stop": "asked to stop: the trainer ends its step, saves and stops",
    "save": "asked to save: a checkpoint of this step appears when it is on disk",
}


class TrainScreen(FramedScreen):
    """Tab 2."""

    TAB = 2
    CSS_PATH = "train.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", tooltip="Hold the training at the next step; the device stays taken"),
        Binding("space", "go_on", "Go on", tooltip="Let the paused training go on"),
        Binding("s", "stop", "Stop", tooltip="End the training after the step it is in, and save; C goes on from there"),
        Binding("S", "save_now", "Save", tooltip="Save a checkpoint of this very step"),
        Binding("C", "resume", "Resume", tooltip="Go on from the last save, to the weights that it would have had"),
        Binding("r", "rerun", "Rerun", tooltip="Train the same configuration again, as a run of its own"),
        Binding("R", "rerun_with_new_seed", "New seed", tooltip="Train it again with another seed"),
        Binding("e", "edit", "Edit", tooltip="Load this configuration into the form"),
        Binding("m", "swap_machine", "Machine", tooltip="Show what the run takes of this machine in place of its epochs"),
        Binding("y", "copy_path", "Copy path", tooltip="Copy the path of the run's folder"),
    ]
    KEY_BAR: ClassVar[KeyBarTable] = {
        "pause": KeyHint(1, key="space"),
        "go_on": KeyHint(0, key="space"),
        "stop": 0,
        "resume": 0,
        "save_now": 5,
        "rerun": 3,
        "rerun_with_new_seed": 7,
        "edit": 4,
        "swap_machine": 6,
        "copy_path": 9,
    }

    def __init__(self, run: RunDirectory | None = None) -> None:
        super().__init__()
        self._first_run = run
        self._follower: RunFollower | None = None
        self._gauge: TrainerGauge | None = None
        self._config: RunConfig | None = None
        self._cost = ScreenCost()
        self._is_draw_queued = False
        self._is_new = True
        self._is_removed = False
        self._has_view = False
        self._keys_shown_for: tuple[object, ...] = ()
        self._compositor = SpanCompositor()

    @property
    def run(self) -> RunDirectory | None:
        """The run that is shown."""
        return self._follower.run if self._follower else self._first_run

    @property
    def history(self) -> RunHistory | None:
        """What is known of it; None before its log was read to its end once."""
        return self._follower.history if self._follower and self._follower.is_attached else None

    @property
    def status(self) -> RunStatus | None:
        """What it does now; None where that is not known yet, or where the run is gone."""
        return self._follower.status if self._follower and self._follower.is_attached and not self._is_removed else None

    @property
    def view(self) -> RunView:
        """What is drawn."""
        return self.query_one(RunView)

    def compose_body(self) -> ComposeResult:
        """The view takes all."""
        yield RunView(id="run-view")

    def on_mount(self) -> None:
        """Attach to the run that was given, or else to the newest on disk."""
        self.app.theme_changed_signal.subscribe(self, self._draw_in_new_colours)
        self.set_interval(GAUGE_S, self._read_machine)
        self._has_view = True
        self.view.show_empty(None)
        if self._first_run is not None:
            self.show_run(self._first_run)
        else:
            self.run_worker(self._find_newest(), group="find")

    async def _find_newest(self) -> None:
        runs = await asyncio.to_thread(run_directories)
        if runs and self._follower is None and self.is_current:
            self.show_run(runs[0])
            # So that the app knows it, and asks before it leaves it alone.
            self.post_message(OpenRequested(runs[0]))

    def show_run(self, run: RunDirectory) -> None:
        """Follow `run` from now on; one that is followed already goes on."""
        self._first_run = run
        is_followed = self._follower is not None and self._follower.run == run and not self._is_removed
        if is_followed or not self._has_view:
            return
        self._follower, self._gauge = RunFollower(run, self.post_message), TrainerGauge(run)
        self._is_new, self._is_removed = True, False
        try:
            self._config = run.config
        except MlpTuiError:
            self._config = None
        self.view.show_empty(run.shown_name)
        self._show_keys()
        self.run_worker(self._follower.follow(), group="follow", exclusive=True)

    # What the follower tells

    def on_run_attached(self, message: RunAttached) -> None:
        """Draw the whole run."""
        self._draw_soon(message)

    def on_attempt_started(self, message: AttemptStarted) -> None:
        """Draw anew: what lies beyond the save that a resumed run began from is no longer its course."""
        self._is_new = True
        self._draw_soon(message)

    def on_steps_recorded(self, message: RunMessage) -> None:
        """Draw the new steps."""
        self._draw_soon(message)

    def on_epoch_ended(self, message: RunMessage) -> None:
        """Draw the new epoch."""
        self._draw_soon(message)

    def on_checkpoints_changed(self, message: RunMessage) -> None:
        """Draw what is on disk."""
        self._draw_soon(message)

    def on_warning_raised(self, message: RunMessage) -> None:
        """Draw the warning."""
        self._draw_soon(message)

    def on_status_changed(self, message: StatusChanged) -> None:
        """Draw what it does now, and the keys that go with it."""
        self._draw_soon(message)

    def on_run_ended(self, message: RunEnded) -> None:
        """Draw the end."""
        self._draw_soon(message)

    def on_run_removed(self, message: RunRemoved) -> None:
        """Keep the last picture and say that the run is gone."""
        if message.follower is self._follower:
            self._is_removed = True
        self._draw_soon(message)

    def on_request_refused(self, message: RequestRefused) -> None:
        """Tell why the trainer did not do what was asked."""
        if message.follower is self._follower:
            kind, reason = (safe_text(message.event.get(name, ""), 120) for name in ("kind", "reason"))
            self.notify(f"{kind} was refused: {reason}", severity="warning", markup=False)

    # Drawing

    def on_screen_resume(self) -> None:
        """Draw what happened while another screen was shown."""
        self._draw_soon()

    def on_resize(self, event: Resize) -> None:
        """Choose figures that suit the new width, once it is laid out."""
        self.call_after_refresh(self._draw_soon)

    def _draw_in_new_colours(self, _theme: object) -> None:
        self.call_after_refresh(self._draw_soon)

    def _draw_soon(self, message: RunMessage | None = None) -> None:
        """Queue one picture for all messages of this turn; those of a run that is no longer followed draw nothing."""
        if self._is_draw_queued or (message is not None and message.follower is not self._follower):
            return
        self._is_draw_queued = True
        self.call_later(self._draw)

    def _draw(self) -> None:
        self._is_draw_queued = False
        follower, history = self._follower, self.history
        if not self.is_current or not self.is_mounted:
            return
        if follower is None or history is None:
            self.view.show_empty(self.run.shown_name if self.run else None)
            return
        self._cost.count_picture()
        self.show_facts(header_facts(history, self._config))
        self.view.show_status(self._describe_status(follower))
        self.view.show_curves(history, is_new=self._is_new)
        self.view.show_epochs(history)
        self.view.show_words(history, follower.status, self._config, follower.damaged_lines)
        self.view.show_machine(history)
        self._is_new = False
        if self.focused is None and history.epochs:
            self.set_focus(self.query_one(EpochTable))
        self._show_keys()

    def _show_keys(self) -> None:
        """Draw the key bar where other keys work than before; it is drawn whole."""
        now = (self.run, self.status, self.has_class("-small"), self.focused)
        if now != self._keys_shown_for:
            self._keys_shown_for = now
            self.refresh_bindings()

    def _describe_status(self, follower: RunFollower) -> RunFacts:
        if self._is_removed:
            return RunFacts(follower.run.shown_name, RunStatus.UNKNOWN, problem="its folder is gone; this is what was seen")
        return run_facts(follower.run.shown_name, follower.history, follower.status, follower.epoch_age_s)

    async def _read_machine(self) -> None:
        gauge, history, status = self._gauge, self.history, self.status
        if gauge is None or history is None or status is None or not self.is_current:
            return
        # A run that is not alive has no load, and what its screen costs would be the only thing that moves.
        is_live = status.is_live
        load = await asyncio.to_thread(gauge.read) if is_live else None
        if gauge is self._gauge:
            self.view.note_machine(load, self._cost.read() if is_live else None)
            self.view.show_machine(history)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What works now: a run that is not alive cannot be stopped, one that is cannot be resumed."""
        status = self.status
        is_live = status is not None and status.is_live
        match action:
            case "pause":
                return status is RunStatus.RUNNING
            case "go_on":
                return status is RunStatus.PAUSED
            case "stop" | "save_now":
                return is_live
            case "resume":
                return self._is_resumable
            case "rerun" | "rerun_with_new_seed" | "edit":
                return self.history is not None and self._config is not None
            case "copy_path":
                return self.run is not None
            case "swap_machine":
                return self.has_class("-small") and self.history is not None
        return True

    @property
    def _is_resumable(self) -> bool:
        """A loss that became NaN becomes it again, so going on does not help there."""
        if self.status is RunStatus.FAILED and self.history is not None and self.history.ended is not None:
            return self.history.ended.get("exit_code") != NumericError.exit_code
        return self.status in (RunStatus.STOPPED, RunStatus.CRASHED)

    def action_pause(self) -> None:
        """Ask the trainer to pause."""
        self._request("pause")

    def action_go_on(self) -> None:
        """Ask the trainer to go on."""
        self._request("continue")

    def action_stop(self) -> None:
        """Ask the trainer to save and end."""
        self._request("stop", save=True)

    def action_save_now(self) -> None:
        """Ask the trainer for a checkpoint now."""
        self._request("save")

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

    def _request(self, kind: str, **args: object) -> None:
        if self.run is not None and self.history is not None:
            ask = partial(control.request, self.run, kind, self.history.attempt, **args)
            self.run_worker(self._publish_request(kind, ask), group="request")

    async def _publish_request(self, kind: str, ask: partial[str]) -> None:
        try:
            # Publishing waits for the disk.
            await asyncio.to_thread(ask)
        except OSError as error:
            self.notify(safe_text(f"{kind} could not be asked for: {error}", 200), severity="error", markup=False)
            return
        if kind in _REQUEST_WORDS:
            self.notify(_REQUEST_WORDS[kind], markup=False)
