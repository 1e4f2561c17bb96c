"""Watching a run: replay, growth, its end and its death."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.runs.fake_run import ended, epoch_ended, make_run, started, write_events
from tests.runs_factory import write_run
from tui_trainer.commands.run_watch import RunWatch
from tui_trainer.runs.errors import ResourceError, TrainerDiedError
from tui_trainer.runs.event_log import Event
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_history import RunHistory


class RecordingView:
    """Notes what it was told, and lets the test act while the watch waits."""

    def __init__(self, *actions: Any) -> None:
        self.replayed: list[str] = []
        self.shown: list[str] = []
        self.began_at: int | None = None
        self.num_closed = 0
        self._actions = list(actions)

    def replay(self, event: Event) -> None:
        self.replayed.append(event["event"])

    def begin(self, history: RunHistory) -> None:
        self.began_at = history.num_events

    def show(self, event: Event, history: RunHistory) -> None:
        self.shown.append(event["event"])

    def wait(self, history: RunHistory) -> None:
        if self._actions:
            self._actions.pop(0)()

    def close(self) -> None:
        self.num_closed += 1


def test_a_run_that_has_ended_is_replayed_and_gives_its_exit_code() -> None:
    events = [started(), epoch_ended(1), {**ended("stopped"), "exit_code": 143}]
    view = RecordingView()
    assert RunWatch(make_run(events=events), view).watch() == 143
    assert view.replayed == ["run_started", "epoch_ended", "run_ended"]
    assert (view.began_at, view.shown, view.num_closed) == (3, [], 1)


def test_what_a_live_run_appends_is_shown_until_it_ends() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=4)
    view = RecordingView(lambda: writer.add_steps(4), writer.end_epoch, lambda: writer.end("failed", exit_code=5, reason="nan"))
    assert RunWatch(writer.directory, view).watch() == 5
    assert view.replayed[-1] == "checkpoint_saved"
    assert view.shown == ["steps", "epoch_ended", "checkpoint_saved", "run_ended"]


def test_a_run_whose_trainer_died_is_told_with_the_way_to_go_on() -> None:
    writer = write_run("book-dead", epochs_done=1, status="crashed")
    view = RecordingView()
    with pytest.raises(TrainerDiedError, match="mlp-tui resume book-dead"):
        RunWatch(writer.directory, view).watch()
    assert view.num_closed == 1


def test_a_trainer_that_dies_while_it_is_watched_is_told() -> None:
    writer = write_run(epochs_done=1)
    view = RecordingView(lambda: None, writer.leave)
    with pytest.raises(TrainerDiedError):
        RunWatch(writer.directory, view).watch()


def dead_child(program: str) -> subprocess.Popen[bytes]:
    """A process that has ended as `program` says."""
    process = subprocess.Popen([sys.executable, "-c", program])
    process.wait(10)
    return process


def test_a_killed_child_is_told_with_its_signal() -> None:
    run = make_run(events=[started()])
    killed = dead_child("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(TrainerDiedError, match="signal 9"):
        RunWatch(run, RecordingView(), process=killed).watch()


def test_a_child_that_could_not_log_its_end_keeps_its_own_exit_code() -> None:
    run = make_run(events=[started()])
    run.log_path.write_text("Traceback\nno room on the disk\n")
    with pytest.raises(ResourceError, match=r"no room on the disk.*mlp-tui resume"):
        RunWatch(run, RecordingView(), process=dead_child("raise SystemExit(6)")).watch()


def test_the_end_of_an_earlier_attempt_is_not_the_end_of_the_watched_one() -> None:
    run = make_run(events=[started(), epoch_ended(1), {**ended("stopped"), "exit_code": 130}])
    lines = run.events_path.read_text()

    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)

    def resume() -> None:
        write_events(run.events_path, [started(2, 10), epoch_ended(2, attempt=2), ended("done", 2)])
        run.events_path.write_text(lines + run.events_path.read_text())
        child.communicate()

    view = RecordingView(resume)
    assert RunWatch(run, view, first_attempt=2, process=child).watch() == 0
    assert view.replayed == []
    assert view.shown == ["run_started", "epoch_ended", "run_ended"]


@pytest.mark.parametrize("code", ["9", None, -3, 1000])
def test_an_exit_code_that_cannot_be_one_counts_as_a_bug(code: object) -> None:
    run: RunDirectory = make_run(events=[started(), {**ended(), "exit_code": code}])
    assert RunWatch(run, RecordingView()).watch() == 1
