"""How a watched run is shown without a display: a line an epoch in the book's words, or the event lines themselves.

Results go to standard output, words about the run to standard error. The display for terminals is `progress_view`.
"""

from __future__ import annotations

import sys

from tui_trainer.commands.run_watch import RunView
from tui_trainer.commands.streams import is_terminal, print_json, print_line, say
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import ConfigError
from tui_trainer.runs.event_log import Event
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_history import EpochRecord, RunHistory
from tui_trainer.runs.safe_text import safe_text


def choose_view(run: RunDirectory, *, as_json: bool, first_attempt: int = 1) -> RunView:
    """The view that standard output wants: event lines, a live display on a terminal, else a line an epoch."""
    if as_json:
        return JsonView(run)
    if is_terminal(sys.stdout):
        from tui_trainer.commands.progress_view import ProgressView

        return ProgressView(run, first_attempt)
    return LineView(run, first_attempt)


class JsonView:
    """The event lines as they stand in the log, and nothing else on standard output."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run

    def replay(self, event: Event) -> None:
        """Print the line."""
        print_json(event)

    def begin(self, history: RunHistory) -> None:
        """Nothing to add."""

    def show(self, event: Event, history: RunHistory) -> None:
        """Print the line."""
        print_json(event)
        if event["event"] == "run_ended":
            say(ending_line(self._run, history))

    def wait(self, history: RunHistory) -> None:
        """Nothing to add."""

    def close(self) -> None:
        """Nothing to undo."""


class LineView:
    """One line an epoch on standard output; how the run began, was warned and ended on standard error."""

    def __init__(self, run: RunDirectory, first_attempt: int = 1) -> None:
        self._run, self._first_attempt = run, first_attempt
        self.has_schedule = _has_schedule(run)

    def replay(self, event: Event) -> None:
        """What came before is shown at `begin`, without what later attempts superseded."""

    def begin(self, history: RunHistory) -> None:
        """Say which run this is, then a line for each epoch that counts."""
        if history.queued is not None and history.started is None and history.ended is None:
            self.tell(queue_line(self._run, history))
        if history.started is not None:
            self.tell(beginning_line(self._run, history))
        for record in history.epochs:
            if record.attempt >= self._first_attempt:
                self.print_epoch(record)
        if history.ended is not None:
            self.tell(ending_line(self._run, history))

    def show(self, event: Event, history: RunHistory) -> None:
        """Print an epoch, tell everything else that a person should know."""
        match event["event"]:
            case "epoch_ended":
                record = next((epoch for epoch in reversed(history.epochs) if epoch.epoch == event.get("epoch")), None)
                if record is not None and record.attempt == event["attempt"]:
                    self.print_epoch(record)
            case "queued":
                self.tell(queue_line(self._run, history))
            case "run_started":
                self.tell(beginning_line(self._run, history))
            case "warning":
                self.tell(f"warning: {event.get('message', event.get('code', ''))}")
            case "paused" | "continued":
                self.tell(f"{self._run.shown_name} {event['event']} at step {event.get('step', '?')}")
            case "run_ended":
                self.tell(ending_line(self._run, history))

    def wait(self, history: RunHistory) -> None:
        """Nothing moves in a pipe."""

    def close(self) -> None:
        """Nothing to undo."""

    def print_epoch(self, record: EpochRecord) -> None:
        """Put the epoch's line on standard output."""
        print_line(epoch_line(record, has_schedule=self.has_schedule))

    def tell(self, text: str) -> None:
        """Say something to people."""
        say(text)


def epoch_line(record: EpochRecord, *, has_schedule: bool) -> str:
    """`Epoch 3: train acc 0.9805, test acc 0.9708`, with the learning rate where a schedule changes it."""
    line = f"Epoch {record.epoch}: train acc {_decimals(record.train_acc, 4)}, test acc {_decimals(record.test_acc, 4)}"
    if record.test_r2 is not None:
        line = f"Epoch {record.epoch}: test r2 {_decimals(record.test_r2, 4)}, test mae {_decimals(record.test_mae, 4)}"
    return f"{line}, lr {_decimals(record.lr, 6)}" if has_schedule else line


def beginning_line(run: RunDirectory, history: RunHistory) -> str:
    """Name, device, threads and, after a resume, where it goes on and whether that is exact."""
    started = history.started or {}
    name, threads = run.shown_name, started.get("threads", "?")
    line = f"{name}: {started.get('device', '?')}, {threads} thread{'' if threads == 1 else 's'}"
    if started.get("world_size", 1) != 1:
        line += f" in each of {started['world_size']} processes"
    resumed = started.get("resumed_from")
    if isinstance(resumed, dict):
        line += f"; goes on from {resumed.get('checkpoint', '?')} at step {resumed.get('step', '?')}"
    if isinstance(started.get("exact"), list):
        line += f"; not exact: {', '.join(str(reason) for reason in started['exact'])}"
    return safe_text(line, 400)


def queue_line(run: RunDirectory, history: RunHistory) -> str:
    """Name, and what the run waits for."""
    behind = (history.queued or {}).get("behind")
    if not behind:
        return f"{run.shown_name}: its turn has come"
    name = RunDirectory(run.path.with_name(safe_text(behind, 100))).shown_name
    return f"{run.shown_name} waits for its turn behind {name}; `mlp-tui start {run.shown_name}` begins it now"


def ending_line(run: RunDirectory, history: RunHistory) -> str:
    """Name, status, reason where it was not done, and the best epoch."""
    ended = history.ended or {}
    line = f"{run.shown_name} {ended.get('status', 'ended')}"
    if ended.get("reason") and ended.get("status") != "done":
        line += f": {ended['reason']}"
    if history.best is not None:
        best = history.best
        score = ("r2", best.test_r2) if history.is_regression else ("acc", best.test_acc)
        line += f"; best test {score[0]} {_decimals(score[1], 4)} at epoch {best.epoch}"
    if ended.get("status") in ("stopped", "failed"):
        line += f"; `mlp-tui resume {run.shown_name}` goes on"
    return safe_text(line, 400)


def _decimals(value: float | None, places: int) -> str:
    return "-" if value is None else f"{value:.{places}f}"


def _has_schedule(run: RunDirectory) -> bool:
    """Whether the learning rate of `run` changes; a damaged run.toml says nothing about it."""
    try:
        config: RunConfig = run.config
    except ConfigError:
        return False
    return config.schedule.name != "constant"
