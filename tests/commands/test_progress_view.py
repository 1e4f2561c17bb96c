"""The live display: its figures, and that it is drawn on a terminal only and taken away at the end."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pytest

from tests.runs_factory import write_run
from tui_trainer.commands.progress_view import Pace, ProgressView
from tui_trainer.commands.run_watch import RunWatch
from tui_trainer.runs.run_history import RunHistory


class Terminal(io.StringIO):
    """A standard output that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_lines_above_and_one_that_moves_below(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = write_run("book-3f2a", epochs_done=2, steps_per_epoch=100)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    view = ProgressView(writer.directory)
    actions: list[Callable[[], object]] = [
        lambda: writer.add_steps(50),
        lambda: writer.add_steps(50),
        writer.end_epoch,
        writer.end,
    ]
    draw = view.wait

    def draw_and_train_on(history: RunHistory) -> None:
        draw(history)
        actions.pop(0)()

    monkeypatch.setattr(view, "wait", draw_and_train_on)

    assert RunWatch(writer.directory, view).watch() == 0

    shown = terminal.getvalue()
    assert "Epoch 1: train acc 0.9400" in shown
    assert "Epoch 3: train acc" in shown
    assert "epoch 3 of 20" in shown
    assert "examples/s" in shown
    assert " left" in shown
    # The cursor is shown again and the line of progress erased.
    assert shown.rindex("\x1b[?25h") > shown.rindex("Epoch 3")
    assert shown.endswith("\x1b[2K")


def test_a_picture_that_shows_nothing_new_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = write_run(epochs_done=2, steps_per_epoch=100)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    view, history = ProgressView(writer.directory), writer.directory.history()
    view.begin(history)
    before = len(terminal.getvalue())
    view.wait(history)
    assert len(terminal.getvalue()) == before
    view.close()
    view.close()
    writer.leave()


def test_pace_is_by_the_trainers_own_clock() -> None:
    pace = Pace()
    assert pace.steps_per_s is None
    pace.take({"event": "run_started", "elapsed_s": 1.0})
    pace.take({"event": "steps", "elapsed_s": 2.0, "first_step": 1, "losses": [0.5] * 100})
    pace.take({"event": "steps", "elapsed_s": 4.0, "first_step": 101, "losses": [0.5] * 300})
    assert pace.steps_per_s == 150.0
    assert pace.seconds_since_epoch == 3.0
    pace.take({"event": "epoch_ended", "elapsed_s": 5.0})
    pace.take({"event": "warning", "elapsed_s": 5.5})
    assert pace.seconds_since_epoch == 0.5
    pace.take({"event": "continued", "elapsed_s": 9.0})
    assert pace.steps_per_s is None


def test_pace_takes_no_damage_from_a_damaged_event() -> None:
    pace = Pace()
    for event in ({"event": "steps"}, {"event": "steps", "elapsed_s": "soon"}, {"event": "steps", "elapsed_s": 1, "losses": 3}):
        pace.take(event)
    assert pace.steps_per_s is None
