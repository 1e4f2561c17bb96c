"""A real training that goes on while its screen is lost: where it is, how fast it goes, who else runs, and its end."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.ui.terminal_app import TerminalApp, opened
from tests.waiting import wait_until, waited_s
from tui_trainer.runs.config_file import format_config
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.control import request
from tui_trainer.runs.event_log import EventReader
from tui_trainer.runs.paths import home
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.run_lock import read_holder

MANY_EPOCHS = 100_000
SPEED_S = 3.0
"""Seconds of training over which a speed is taken."""
LEAST_SPEED = 0.5
"""Of the speed before: a run that waits for its screen stands still."""
ATTACH_S = 1.0
"""Seconds in which a new screen shows the whole run."""
NUM_TRIES = 3
"""Openings of which the best counts: one may meet a busy machine."""
FIRST_FRAME, EPOCHS = "in words", r"epoch +([0-9,]+) of 100,000"
"""What the Train screen has from its first frame on, and what it has when it has read the log."""


class LiveTraining:
    """A run and its log, read as it grows."""

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self.history = RunHistory()
        self.elapsed_s = 0.0
        """The trainer's clock at its last event."""
        self._reader = EventReader(run.events_path)

    def read(self) -> RunHistory:
        """The history up to now."""
        for event in self._reader.read_all():
            self.history.apply(event)
            self.elapsed_s = event["elapsed_s"]
        return self.history

    @property
    def num_epochs(self) -> int:
        """Epochs that have ended."""
        return len(self.read().epochs)

    def steps_per_s(self, seconds: float = SPEED_S) -> float:
        """Speed over the next seconds of its own clock, without what others had the processor; AssertionError: it stands."""
        pid = self.trainer.pid
        self.read()
        begun_s, begun_at, waited_before_s = self.elapsed_s, self.history.step, waited_s(pid)
        wait_until(lambda: self.read() and self.elapsed_s >= begun_s + seconds, within_s=seconds + 20)
        return (self.history.step - begun_at) / (self.elapsed_s - begun_s - (waited_s(pid) - waited_before_s))

    @property
    def trainer(self) -> psutil.Process:
        """The process that holds the lock."""
        return psutil.Process(int(read_holder(self.run.lock_path)["pid"]))

    def let_end(self) -> None:
        """Set its epochs to a few more than there are, and wait until it is done."""
        request(self.run, "set", 1, key="training.epochs", value=self.num_epochs + 50)
        wait_until(lambda: self.read().ended is not None, within_s=60)


def processes_of(module: str) -> list[psutil.Process]:
    """Living processes of this test's home that run `-m module`."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if module in process.cmdline() and process.environ().get("MLP_TUI_HOME") == str(home()):
                found.append(process)
    return found


def engine_processes() -> list[psutil.Process]:
    """Trainers, spares and servers of this test's home."""
    return processes_of("tui_trainer.engine")


def write_lasting_config(folder: Path) -> Path:
    """A configuration whose training lasts longer than any test, on one thread, with few saves."""
    changes = {"training.epochs": MANY_EPOCHS, "training.save_every_epochs": 500, "training.threads": 1}
    path = folder / "lasting.toml"
    path.write_text(format_config(resolve_config(preset="quick", flags=changes)))
    return path


@contextmanager
def cleared() -> Iterator[None]:
    """Whatever engine process is left at the end of a test is killed."""
    try:
        yield
    finally:
        for process in engine_processes():
            with contextlib.suppress(psutil.Error):
                os.kill(process.pid, signal.SIGKILL)


def await_training() -> LiveTraining:
    """The run that the app has started, after its first epochs, with the app's spare and server beside it."""
    wait_until(run_directories, within_s=60)
    training = LiveTraining(run_directories()[0])
    wait_until(lambda: training.num_epochs >= 20 and len(engine_processes()) == 3, within_s=60)
    return training


def check_shown_whole(training: LiveTraining) -> None:
    """A new app shows all epochs that there were when it was opened, at best within ATTACH_S of its screen being open."""
    took = []
    for _ in range(NUM_TRIES):
        num_epochs = training.num_epochs
        with opened(training.run.path) as app:
            shown_at = app.await_shown(EPOCHS)
            assert last_epoch_shown(app) >= num_epochs
            took.append(shown_at - app.await_shown(FIRST_FRAME))
        if took[-1] < ATTACH_S:
            return
    raise AssertionError(f"the run was shown {took} s after its screen was open")


def last_epoch_shown(app: TerminalApp, since: int = 0) -> int:
    """The epoch that the status line named when it was drawn whole for the last time."""
    return app.last_number(EPOCHS, since)
