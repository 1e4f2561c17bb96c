"""The live display of a watched run on a terminal: epoch lines above, one line of progress with rate and time left below.

Drawn with rich on standard output; what others say on standard error meanwhile appears above it. Only loaded for terminals.
"""

from __future__ import annotations

import sys
from collections import deque

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from tui_trainer.commands.run_views import LineView, epoch_line
from tui_trainer.runs.errors import ConfigError, shorten
from tui_trainer.runs.event_log import Event
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_history import EpochRecord, RunHistory
from tui_trainer.runs.run_progress import format_duration, measure_progress

MAX_NAME_CHARS = 24
RATE_WINDOW = 12
"""`steps` events over which the rate is taken: some three seconds."""


class ProgressView(LineView):
    """LineView's lines, and below them one that moves."""

    def __init__(self, run: RunDirectory, first_attempt: int = 1) -> None:
        super().__init__(run, first_attempt)
        self._batch_size = _batch_size(run)
        self._console = Console(file=sys.stdout, highlight=False, markup=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None, complete_style="green", finished_style="green"),
            TextColumn("{task.fields[figures]}", markup=False),
            console=self._console,
            auto_refresh=False,
            transient=True,
        )
        self._task: TaskID | None = None
        self._drawn: tuple[float, str] | None = None
        self._pace = Pace()

    def replay(self, event: Event) -> None:
        """Remember how fast it was."""
        self._pace.take(event)

    def begin(self, history: RunHistory) -> None:
        """Print what was, then start the display unless the run is over."""
        super().begin(history)
        if history.ended is None:
            name = shorten(self._run.shown_name, MAX_NAME_CHARS)
            self._task = self._progress.add_task(name, total=1.0, figures="")
            self._progress.start()
            self.wait(history)

    def show(self, event: Event, history: RunHistory) -> None:
        """As lines do, and remember how fast it is."""
        self._pace.take(event)
        super().show(event, history)

    def wait(self, history: RunHistory) -> None:
        """Draw the progress as it is now."""
        if self._task is None:
            return
        progress = measure_progress(history, self._pace.seconds_since_epoch)
        state = (round(progress.share, 2), " ".join(self._figures(history, progress.seconds_left)))
        # Over a slow line every picture costs; one that shows nothing new is not sent.
        if state != self._drawn:
            self._drawn = state
            self._progress.update(self._task, completed=progress.share, figures=state[1], refresh=True)

    def close(self) -> None:
        """Take the display away and leave the lines."""
        self._progress.stop()

    def print_epoch(self, record: EpochRecord) -> None:
        """Print the epoch's line above the display."""
        self._console.print(Text(epoch_line(record, has_schedule=self.has_schedule)), soft_wrap=True)

    def _figures(self, history: RunHistory, seconds_left: float | None) -> list[str]:
        """Epoch, examples a second and the time that the whole run still takes, each where it is known."""
        epoch = min((history.epochs[-1].epoch if history.epochs else 0) + 1, history.num_epochs or 1)
        figures = [f"epoch {epoch} of {history.num_epochs or '?'}"]
        rate = self._pace.steps_per_s
        if rate is not None and self._batch_size:
            figures.append(f" {rate * self._batch_size:,.0f} examples/s")
        if history.is_paused:
            figures.append(" paused")
        elif seconds_left is not None:
            figures.append(f" {format_duration(seconds_left)} left")
        return figures


class Pace:
    """Steps a second and time since the last epoch, by the trainer's own clock as its events carry it."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int]] = deque(maxlen=RATE_WINDOW)
        self._now_s = 0.0
        self._epoch_began_s = 0.0

    @property
    def seconds_since_epoch(self) -> float:
        """Seconds of the running epoch at the last event."""
        return max(0.0, self._now_s - self._epoch_began_s)

    @property
    def steps_per_s(self) -> float | None:
        """Over the last few `steps` events; None before the second."""
        if len(self._recent) < 2:
            return None
        (first_s, first_step), (last_s, last_step) = self._recent[0], self._recent[-1]
        return (last_step - first_step) / (last_s - first_s) if last_s > first_s else None

    def take(self, event: Event) -> None:
        """Note when `event` happened and how far it tells the run to be."""
        elapsed = event.get("elapsed_s")
        if not isinstance(elapsed, int | float):
            return
        self._now_s = float(elapsed)
        match event:
            case {"event": "run_started" | "continued"}:
                self._recent.clear()
                self._epoch_began_s = self._now_s
            case {"event": "epoch_ended"}:
                self._epoch_began_s = self._now_s
            case {"event": "steps", "first_step": int(first), "losses": list(losses)}:
                self._recent.append((self._now_s, first + len(losses) - 1))


def _batch_size(run: RunDirectory) -> int | None:
    try:
        return run.config.data.batch_size
    except ConfigError:
        return None
