"""`pause`, `save`, `set` and `stop` from a shell: the trainer's own answers, and refusals in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.commands.command_process import CommandLine, run_process
from tests.commands.test_train import DIGITS, status_of
from tests.runs_factory import RunWriter, write_run
from tests.waiting import wait_until
from tui_trainer.runs import control
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_index import run_directories


@pytest.fixture
def run() -> Iterator[RunDirectory]:
    """A real run of many epochs; ended without a save if the test did not end it."""
    assert run_process(*DIGITS, "--epochs", "5000", "--detach").returncode == 0
    found = run_directories()[0]
    yield found
    history = found.history(with_steps=False)
    if found.status(history).is_live:
        control.request(found, "stop", history.attempt, save=False)
        wait_until(lambda: not status_of(found).is_live, within_s=20)


@pytest.mark.process
def test_a_run_is_steered_from_a_shell(command_line: CommandLine, run: RunDirectory) -> None:
    assert command_line("pause", "last") == 0
    assert "is paused at step" in command_line.out
    assert status_of(run) is RunStatus.PAUSED
    assert command_line("pause", "last") == 7

    assert command_line("set", "last", "optimizer.lr=0.25", "training.epochs=+1", "--json") == 0
    lr, epochs = json.loads(command_line.out)
    assert (lr["key"], lr["old"], lr["new"]) == ("optimizer.lr", 0.5, 0.25)
    assert (epochs["old"], epochs["new"]) == (5000, 5001)
    assert command_line("save", "last") == 0
    assert "is saved at step" in command_line.out
    assert run.checkpoints()[-1].step == lr["step"]

    assert command_line("resume", "last") == 0
    assert command_line("stop", "last", "--no-save", "--json") == 0
    assert json.loads(command_line.out)["status"] == "stopped"
    history = run.history(with_steps=False)
    assert [change.key for change in history.changes] == ["optimizer.lr", "training.epochs"]
    assert history.num_epochs == 5001


@pytest.fixture
def live_run() -> Iterator[RunWriter]:
    """A run that this process pretends to train."""
    writer = write_run("book-3f2a", epochs_done=3)
    yield writer
    writer.leave()


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ((), 2, "set what?"),
        (("optimizer.lr=-1",), 2, "optimizer.lr"),
        (("optimizer.lr",), 2, "not KEY=VALUE"),
        (("optimizer.lr=0.1", "optimizer.lr=0.2"), 2, "twice"),
        (("model.dropout=0.5",), 2, "cannot be changed while a run trains"),
        (("training.epochs=2",), 2, "have begun"),
        (("optimizer.lr=0.1", "training.clip_norm=-1"), 2, "training.clip_norm"),
    ],
)
def test_a_wrong_change_is_refused_before_anything_is_asked(
    command_line: CommandLine, live_run: RunWriter, changes: tuple[str, ...], code: int, words: str
) -> None:
    assert command_line("set", "last", *changes) == code
    assert words in command_line.complaint
    assert control.pending(live_run.directory) == []


@pytest.mark.parametrize("command", [("pause",), ("save",), ("set",), ("stop",)])
def test_a_run_that_has_ended_cannot_be_asked(command_line: CommandLine, command: tuple[str, ...]) -> None:
    write_run("book-3f2a", epochs_done=1, status="done")

    changes = ("optimizer.lr=0.1",) if command == ("set",) else ()
    assert command_line(*command, "last", *changes) == 2
    assert "is done" in command_line.complaint
